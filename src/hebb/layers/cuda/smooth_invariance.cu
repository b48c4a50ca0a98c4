// The rule `smooth_invariance`: see layers/smooth_invariance.py for its equations.
//
// An input meets two barriers of the grid, and while training a third:
//   1. after the drives, which all units are compared by
//   2. after the winners are known, from whom all blocks smooth, and rebuild the input
//   3. while training, after the weights have learned, which give the next drives.

#include "online.cuh"

// x (T, D). w (N, D), y1 and y2 (N,), s1 (D,), tally and wins change in place; y (T, N) is all 0
// and takes the answers. room (3, N), winners (N + 1,) and squares (a number for every 32 inputs)
// are scratch.
extern "C" __global__ void __launch_bounds__(THREADS, 1) smooth_invariance(
    const Real* x, Real* w, Real* y, Index n_steps, Index n_in, Index n_units,
    double* tally, Index* wins, Real* room, Index* winners, double* squares,
    Real* y1, Real* y2, Real* s1, Index n_w, Real eta, Real zeta, int reconstruct,
    int learns, int trains)
{
    const auto grid = cooperative_groups::this_grid();
    Real* p = room;
    // The answers and the code of the inputs before, first those that are kept between chunks.
    const Real* last = y1;
    const Real* last_but_one = y2;
    const Real* code = s1;
    for (Index t = 0;; ++t) {
        const Real* s = x + t * n_in;
        Real* answers = y + t * n_units;
        if (t > 0 && trains && is_last_warp()) count(tally, s - n_in, squares, n_in);
        if (t == n_steps) break;
        for (Index j = first_unit(); j < n_units; j += next_unit()) {
            const Real drives = drive(s, w + j * n_in, n_in);
            if (lane() == 0) p[j] = drives;
        }
        grid.sync();
        for (Index j = first_unit(); j < n_units; j += next_unit()) {
            const Index place = place_of(j, p, n_units);
            if (lane() > 0 || place >= n_w) continue;
            winners[place] = j;
            answers[j] = p[j];
            if (trains && p[j] != 0) ++wins[j];
        }
        grid.sync();
        if (!trains) continue;
        for (Index tile = blockIdx.x; tile * WARP < n_in; tile += gridDim.x) {
            const Index i = tile * WARP + lane();
            if (learns && i < n_in && code[i] != 0)
                for (Index j = warp(); j < n_units; j += warps()) {
                    const Real apart = (answers[j] + last_but_one[j]) / 2 - last[j];
                    const Real change = eta * (apart * code[i]);
                    if (change == 0) continue;
                    Real* weight = w + j * n_in + i;
                    *weight = lifted(*weight * (1 + change));
                }
            // Its rows may have been smoothed by other warps: see its first barrier.
            const Real r = rebuilt(i, w, n_in, winners, n_w, answers);
            const Real e = i < n_in ? s[i] - r : 0;
            keep_squares(squares, tile, e);
            if (!learns || !reconstruct || i >= n_in || !(s[i] > 0)) continue;
            const Real gain = e / at_least_prec(r);
            for (Index n = warp(); n < n_w; n += warps()) {
                const Index k = winners[n];
                const Real change = zeta * (answers[k] * gain);
                if (change == 0) continue;
                Real* weight = w + k * n_in + i;
                *weight = lifted(*weight * (1 + change));
            }
        }
        last_but_one = last;
        last = answers;
        code = s;
        grid.sync();
    }
    if (!trains) return;
    for (Index j = blockIdx.x * blockDim.x + threadIdx.x; j < n_units; j += gridDim.x * blockDim.x) {
        const Real before = last_but_one[j];  // may be y1 itself
        y1[j] = last[j];
        y2[j] = before;
    }
    for (Index i = blockIdx.x * blockDim.x + threadIdx.x; i < n_in; i += gridDim.x * blockDim.x)
        s1[i] = code[i];
}
