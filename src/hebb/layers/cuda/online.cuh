// What the kernels of the rules that learn from one input after another have in common.
//
// One launch takes a whole chunk x (T, D). All blocks of the grid run at once and go through its
// inputs together; where one needs what another has written they meet at a barrier of the grid.
// A warp takes the units j of the grid's warps in turn, a block the tiles of 32 inputs i.
//
// The bits of a result are the same for any number of blocks and of warps in them, so on any GPU
// that compiles this alike: a sum over inputs is taken by one warp, whose lane l adds up inputs l,
// l + 32, ...; a rebuilt input is the sum of SEGMENTS parts, part n of the units n, n + SEGMENTS,
// ... in their order; what chooses winners compares, and never depends on who comes first.
//
// Where data is written by one block and read by another there is a barrier of the grid between
// the two, which also orders memory; so nothing is volatile, and no pointer says __restrict__,
// which would let a read go through the cache that no barrier empties.
//
// HEBB_REAL, HEBB_FLOOR and HEBB_PREC come from __init__.py: the type of weights, and the bounds
// that layers/floor.py and layers/base.py explain.

#include <cooperative_groups.h>

typedef HEBB_REAL Real;
typedef long long Index;  // D x N may be above 2^31

constexpr int WARP = 32;
constexpr unsigned ALL = 0xffffffff;
constexpr int SEGMENTS = 8;
constexpr int THREADS = HEBB_THREADS;  // of a block, at most
constexpr Real FLOOR = HEBB_FLOOR;
constexpr Real PREC = HEBB_PREC;

__device__ int lane() { return threadIdx.x % WARP; }
__device__ int warp() { return threadIdx.x / WARP; }
__device__ int warps() { return blockDim.x / WARP; }

// The units of a warp. Neighbours go to different blocks: a few units keep as many busy.
__device__ Index first_unit() { return blockIdx.x + (Index)gridDim.x * warp(); }
__device__ Index next_unit() { return (Index)gridDim.x * warps(); }

// The warp with the fewest units does what one alone must do.
__device__ bool is_last_warp() {
    return blockIdx.x == gridDim.x - 1 && warp() == warps() - 1;
}

// The sum over the lanes of a warp, the same bits in each.
template <class T>
__device__ T warp_sum(T value) {
    for (int apart = WARP / 2; apart > 0; apart /= 2)
        value += __shfl_xor_sync(ALL, value, apart);
    return value;
}

// v . row, by a warp. An input of 0 costs no look at its weight.
__device__ Real drive(const Real* v, const Real* row, Index n_in) {
    Real sum = 0;
    for (Index i = lane(); i < n_in; i += WARP)
        if (v[i] != 0) sum += v[i] * row[i];
    return warp_sum(sum);
}

// The sum of a row, by a warp.
__device__ double row_sum(const Real* row, Index n_in) {
    double sum = 0;
    for (Index i = lane(); i < n_in; i += WARP) sum += row[i];
    return warp_sum(sum);
}

// Whether unit i with claim a goes before unit j with b. A total order, whatever the claims are:
// equals by index, and what is no number last.
__device__ bool goes_before(Real a, Index i, Real b, Index j) {
    if (a == b || (a != a && b != b)) return i < j;
    return a > b || b != b;
}

// How many of n claims go before that of unit j, by a warp: the place of j among them.
__device__ Index place_of(Index j, const Real* claims, Index n) {
    Index before = 0;
    for (Index i = lane(); i < n; i += WARP) before += goes_before(claims[i], i, claims[j], j);
    return warp_sum(before);
}

// A weight that learning has left too small, put to the floor.
__device__ Real lifted(Real weight) {
    const Real size = weight < 0 ? -weight : weight;
    return size < FLOOR && weight != 0 ? (weight < 0 ? -FLOOR : FLOOR) : weight;
}

__device__ Real at_least_prec(Real r) { return r > PREC ? r : PREC; }

// r = sum over n of y[k] w[k, i], k = units[n], for the input i of each lane; all warps of a block
// call it together, and all are given r. `units` may be null: then k = n. i may be beyond n_in.
__device__ Real rebuilt(
    Index i, const Real* w, Index n_in, const Index* units, Index n_units, const Real* y)
{
    __shared__ Real parts[SEGMENTS][WARP];
    __syncthreads();  // the parts of the tile before have been read, and this tile's rows are ready
    for (int segment = warp(); segment < SEGMENTS; segment += warps()) {
        Real part = 0;
        if (i < n_in)
            for (Index n = segment; n < n_units; n += SEGMENTS) {
                const Index k = units ? units[n] : n;
                part += y[k] * w[k * n_in + i];
            }
        parts[segment][lane()] = part;
    }
    __syncthreads();  // every part is there
    Real r = 0;
    for (int segment = 0; segment < SEGMENTS; ++segment) r += parts[segment][lane()];
    return r;
}

// Sum over a tile of the squares of the errors e, one a lane, for `count`; by the first warp.
__device__ void keep_squares(double* squares, Index tile, Real e) {
    if (warp() > 0) return;
    const double sum = warp_sum((double)e * (double)e);
    if (lane() == 0) squares[tile] = sum;
}

// Tally the input v, whose errors' squares have been kept; by one warp.
__device__ void count(double* tally, const Real* v, const double* squares, Index n_in) {
    double lit = 0, error = 0;
    for (Index i = lane(); i < n_in; i += WARP) lit += (double)v[i] * (double)v[i];
    for (Index tile = lane(); tile * WARP < n_in; tile += WARP) error += squares[tile];
    lit = warp_sum(lit);
    error = warp_sum(error);
    if (lane() > 0) return;
    if (lit > 0) {
        tally[0] += error / lit;
        tally[1] += 1;
    }
    tally[2] += 1;
}

// r = W' y;  e = v - r, clipped to +-clip;  W *= 1 + xi y (e / max(r, prec))', for rows `units`.
// The error is kept for `count` as it is before the clip. By all blocks together.
__device__ void rebuild(
    const Real* v, Real* w, Index n_in, const Index* units, Index n_units, const Real* y,
    Real xi, Real clip, bool learns, double* squares)
{
    for (Index tile = blockIdx.x; tile * WARP < n_in; tile += gridDim.x) {
        const Index i = tile * WARP + lane();
        const Real r = rebuilt(i, w, n_in, units, n_units, y);
        const Real e = i < n_in ? v[i] - r : 0;
        keep_squares(squares, tile, e);
        if (!learns || i >= n_in) continue;
        const Real clipped = e < -clip ? -clip : e > clip ? clip : e;
        const Real gain = xi * (clipped / at_least_prec(r));
        for (Index n = warp(); n < n_units; n += warps()) {
            const Index k = units[n];
            if (y[k] == 0) continue;
            Real* weight = w + k * n_in + i;
            *weight = lifted(*weight * (1 + y[k] * gain));
        }
    }
}
