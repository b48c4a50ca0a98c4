// The rule `invariance`: see layers/invariance.py for its equations.
//
// While training an input meets two barriers of the grid:
//   1. after the responses and traces, which all blocks rebuild the input from
//   2. after the weights have learned, which give the next responses.
// Outside training there is none: no input waits for another. A row is scaled by the warp that
// then takes its response, each lane its own weights, so that nobody waits for that either.

#include "online.cuh"

// The unit that wins, for the count of wins: the largest a, by one warp.
__device__ void count_winner(Index* wins, const Real* a, Index n_units) {
    Index k = lane() < n_units ? lane() : 0;
    for (Index j = k; j < n_units; j += WARP)
        if (goes_before(a[j], j, a[k], k)) k = j;
    for (int apart = WARP / 2; apart > 0; apart /= 2) {
        const Index j = __shfl_xor_sync(ALL, k, apart);
        if (goes_before(a[j], j, a[k], k)) k = j;
    }
    if (lane() == 0 && a[k] != 0) ++wins[k];
}

// x (T, D). w (N, D), u (N,), step (1,), tally and wins change in place; y (T, N) takes the
// answers. room (3, N) and squares (a number for every 32 inputs) are scratch.
extern "C" __global__ void __launch_bounds__(THREADS, 1) invariance(
    const Real* x, Real* w, Real* y, Index n_steps, Index n_in, Index n_units,
    double* tally, Index* wins, Real* room, Index* winners, double* squares,
    Real* u, Index* step, Real alpha, Real leta, Real seta, Index renormalize_every,
    int trace, int learns, int trains)
{
    const auto grid = cooperative_groups::this_grid();
    Real* a = room;
    const Index begun = *step;
    for (Index t = 0;; ++t) {
        const Real* s = x + t * n_in;
        const bool scales = learns && t > 0 && (begun + t - 1) % renormalize_every == 0;
        for (Index j = first_unit(); j < n_units; j += next_unit()) {
            Real* row = w + j * n_in;
            if (scales) {
                const double total = row_sum(row, n_in);
                if (total != 0) {
                    const double factor = (double)n_in / n_units / total;
                    for (Index i = lane(); i < n_in; i += WARP) row[i] *= factor;
                }
            }
            if (t == n_steps) continue;
            const Real response = drive(s, row, n_in);
            if (lane() > 0) continue;
            a[j] = response;
            if (trains) u[j] += alpha * (response - u[j]);
            y[t * n_units + j] = trains && trace ? u[j] : response;
        }
        if (t > 0 && trains && is_last_warp()) count(tally, s - n_in, squares, n_in);
        if (t == n_steps) break;
        if (!trains) continue;
        grid.sync();
        for (Index tile = blockIdx.x; tile * WARP < n_in; tile += gridDim.x) {
            const Index i = tile * WARP + lane();
            const Real r = rebuilt(i, w, n_in, nullptr, n_units, u);
            const Real e = i < n_in ? s[i] - r : 0;
            keep_squares(squares, tile, e);
            if (!learns || i >= n_in) continue;
            const Real gain = (s[i] > 0 ? leta : seta) * e / at_least_prec(r);
            for (Index j = warp(); j < n_units; j += warps()) {
                Real* weight = w + j * n_in + i;
                *weight = lifted(*weight * (1 + u[j] * gain));
            }
        }
        if (is_last_warp()) count_winner(wins, a, n_units);
        grid.sync();
    }
    if (trains && is_last_warp() && lane() == 0) *step += n_steps;
}
