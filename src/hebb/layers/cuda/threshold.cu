// The rule `threshold`: see layers/threshold.py for its equations.
//
// An input meets two barriers of the grid, and while training a third:
//   1. after the drives, which the first block finds the winners by
//   2. after the winners are known, whom all blocks rebuild the input from
//   3. while training, after the winners have learned, whose weights give the next drives.
// The sum of a row is taken when its drive is, and only if the unit has just learned.

#include "online.cuh"

// The unit of the largest s above 0, the lowest of equals, and that s; 0 and unit -1 if there is
// none. By a whole block; all of its threads are given the same.
__device__ Real strongest(const Real* s, Index n_units, Index* unit) {
    __shared__ Real highs[WARP];
    __shared__ Index units[WARP];
    Real high = 0;
    Index k = -1;
    for (Index j = threadIdx.x; j < n_units; j += blockDim.x)
        if (s[j] > high) {
            high = s[j];
            k = j;
        }
    for (int apart = WARP / 2; apart > 0; apart /= 2) {
        const Real other = __shfl_xor_sync(ALL, high, apart);
        const Index j = __shfl_xor_sync(ALL, k, apart);
        if (other > high || (other == high && j < k)) {
            high = other;
            k = j;
        }
    }
    if (lane() == 0) {
        highs[warp()] = high;
        units[warp()] = k;
    }
    __syncthreads();  // the strongest of each warp is there
    high = highs[0];
    k = units[0];
    for (int n = 1; n < warps(); ++n)
        if (highs[n] > high || (highs[n] == high && units[n] < k)) {
            high = highs[n];
            k = units[n];
        }
    *unit = k;
    return high;
}

// The units with s / highest > above and p != 0: their indices in order to winners, their p to o,
// one to their wins. By a whole block. Returns how many there are, to all of its threads.
__device__ Index compete(
    const Real* p, const Real* s, Real highest, Real above, Index n_units,
    Index* winners, Real* o, Index* wins, int trains)
{
    __shared__ int counts[WARP];
    Index n = 0;
    for (Index start = 0; start < n_units; start += blockDim.x) {
        const Index j = start + threadIdx.x;
        const bool won = j < n_units && s[j] / highest > above && p[j] != 0;
        const unsigned winning = __ballot_sync(ALL, won);
        if (lane() == 0) counts[warp()] = __popc(winning);
        __syncthreads();  // the winners of each warp are counted
        Index place = n + __popc(winning & ((1u << lane()) - 1));
        for (int each = 0; each < warps(); ++each) {
            if (each < warp()) place += counts[each];
            n += counts[each];
        }
        if (won) {
            winners[place] = j;
            o[j] = p[j];
            if (trains) ++wins[j];
        }
        __syncthreads();  // every count has been read: the next units may write theirs
    }
    return n;
}

// x (T, D). w (N, D), thresh and m (1,), tally and wins change in place; y (T, N) is all 0 and
// takes the answers, best (T,) the winners of a vote. room (3, N), winners (N + 1,) and squares (a
// number for every 32 inputs) are scratch.
extern "C" __global__ void __launch_bounds__(THREADS, 1) threshold(
    const Real* x, Real* w, Real* y, Index n_steps, Index n_in, Index n_units,
    double* tally, Index* wins, Real* room, Index* winners, double* squares,
    Index* best, double* thresh, double* m, double target, double memory, double pull,
    double closest, int mean, Real xi, Real clip, int steered, int learns, int trains)
{
    const auto grid = cooperative_groups::this_grid();
    Real* p = room;
    Real* s = p + n_units;
    Real* q = s + n_units;  // the sums of rows, kept from input to input
    Index* n_winners = winners + n_units;
    for (Index t = 0;; ++t) {
        const Real* v = x + t * n_in;
        Real* answers = y + t * n_units;
        if (t > 0 && trains && is_last_warp()) count(tally, v - n_in, squares, n_in);
        if (t == n_steps) return;
        for (Index j = first_unit(); j < n_units; j += next_unit()) {
            const Real* row = w + j * n_in;
            const Real drives = drive(v, row, n_in);
            if (mean && (t == 0 || (learns && answers[j - n_units] != 0))) {
                const Real total = row_sum(row, n_in);
                if (lane() == 0) q[j] = total != 0 ? total : 1;
            }
            if (lane() == 0) {
                p[j] = drives;
                s[j] = mean ? drives / q[j] : drives;
            }
        }
        grid.sync();
        if (blockIdx.x == 0) {
            Index k;
            const Real highest = at_least_prec(strongest(s, n_units, &k));
            const Index n =
                compete(p, s, highest, *thresh, n_units, winners, answers, wins, trains);
            if (threadIdx.x == 0) {
                best[t] = k;
                *n_winners = n;
                if (steered) {
                    *m += (n - *m) / memory;
                    const double apart = (1 - *thresh) * pow(target / *m, pull);
                    *thresh = 1 - (apart < closest ? closest : apart > 1 ? 1 : apart);
                }
            }
        }
        grid.sync();
        if (trains) {
            rebuild(v, w, n_in, winners, *n_winners, answers, xi, clip, learns, squares);
            grid.sync();
        }
    }
}
