// The rule `mwta`: see layers/mwta.py for its equations.
//
// An input meets three barriers of the grid, and with `lateral` a fourth:
//   1. after the drives, which all units are compared by
//   2. with `lateral`, after the claims, which are sums over neighbours' drives
//   3. after the winners are known, whom all blocks rebuild the input from
//   4. while training, after the winners have learned, whose weights give the next drives.
// The answers of an input are normalized, and its error counted, while the next input drives.

#include "online.cuh"

// c = L p for unit j, by a warp: the box around it is summed as it lies on the torus.
__device__ Real excited(
    Index j, const Real* p, Index rows, Index columns, Index radius, Real weight)
{
    const Index side = 2 * radius + 1;
    Real box = 0;
    for (Index n = lane(); n < side * side; n += WARP) {
        const Index row = (j / columns + n / side - radius + rows) % rows;
        const Index column = (j % columns + n % side - radius + columns) % columns;
        box += p[row * columns + column];
    }
    return p[j] + weight * (warp_sum(box) - p[j]);
}

// x (T, D). w (N, D), tally and wins change in place; y (T, N) is all 0 and takes the answers.
// room (3, N), winners (N + 1,) and squares (a number for every 32 inputs) are scratch.
extern "C" __global__ void __launch_bounds__(THREADS, 1) mwta(
    const Real* x, Real* w, Real* y, Index n_steps, Index n_in, Index n_units,
    double* tally, Index* wins, Real* room, Index* winners, double* squares,
    Index n_w, Real xi, Real clip, Index rows, Index columns, Index radius, Real weight,
    int learns, int trains, int normalized)
{
    const auto grid = cooperative_groups::this_grid();
    Real* p = room;
    Real* c = rows ? room + n_units : p;
    for (Index t = 0;; ++t) {
        const Real* v = x + t * n_in;
        Real* answers = y + t * n_units;
        for (Index j = first_unit(); j < n_units; j += next_unit()) {
            const Real* row = w + j * n_in;
            if (t > 0 && normalized && answers[j - n_units] != 0) {
                const double total = row_sum(row, n_in);
                if (lane() == 0) answers[j - n_units] /= total;
            }
            if (t < n_steps) {
                const Real drives = drive(v, row, n_in);
                if (lane() == 0) p[j] = drives;
            }
        }
        if (t > 0 && trains && is_last_warp()) count(tally, v - n_in, squares, n_in);
        if (t == n_steps) return;
        grid.sync();
        if (rows) {
            for (Index j = first_unit(); j < n_units; j += next_unit()) {
                const Real claim = excited(j, p, rows, columns, radius, weight);
                if (lane() == 0) c[j] = claim;
            }
            grid.sync();
        }
        for (Index j = first_unit(); j < n_units; j += next_unit()) {
            const Index place = place_of(j, c, n_units);
            if (lane() > 0 || place >= n_w) continue;
            winners[place] = j;
            answers[j] = p[j];
            if (trains && p[j] != 0) ++wins[j];
        }
        grid.sync();
        if (trains) {
            rebuild(v, w, n_in, winners, n_w, answers, xi, clip, learns, squares);
            grid.sync();
        }
    }
}
