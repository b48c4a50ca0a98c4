// What the kernels use of CUDA, told to a C++ compiler. How threads run is in fibers.cpp, or in
// threads.cpp for the sanitizers.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#define __global__
#define __device__ [[maybe_unused]] static
#define __launch_bounds__(...)
#define __syncthreads() on_cpu::meet(on_cpu::Block, __FILE__, __LINE__)
#define threadIdx (on_cpu::here->thread)
#define blockIdx (on_cpu::here->block)
#define blockDim (on_cpu::here->threads)
#define gridDim (on_cpu::here->blocks)

namespace on_cpu {

constexpr unsigned WARP_SIZE = 32;

// How a kernel is launched. order: whether blocks and warps run in ascending order (0) or
// descending (1). The barrier of skipped_file at skipped_line is left out. fill: the bytes of
// shared memory before they are written.
struct Plan {
    unsigned blocks, threads;
    int order, skipped_line, fill;
    const char* skipped_file;
};

struct Along {
    unsigned x;
};

struct Here {
    Along thread, block, threads, blocks;
};

enum Party { Warp, Block, Grid };

extern thread_local constinit Here* here;

// Wait until the whole party has come.
void meet(Party party, const char* file, int line);

// What each lane of this warp has brought; all of them must come.
const uint64_t* exchange(uint64_t mine, const char* file, int line);

// The n-th shared array of this block.
void* shared(int n);

// Run a kernel. sizes: of its shared arrays, in bytes, then 0. Returns what has gone wrong, or null.
const char* launch(const Plan& plan, const size_t* sizes, void (*run)(void*), void* kernel);

inline bool skips(const Plan& plan, const char* file, int line) {
    return line == plan.skipped_line && !strcmp(file, plan.skipped_file);
}

}  // namespace on_cpu

template <class T>
T __shfl_xor_sync(unsigned, T value, int mask, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) {
    static_assert(sizeof(T) <= sizeof(uint64_t));
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof(T));
    const uint64_t* all = on_cpu::exchange(bits, file, line);
    memcpy(&value, &all[threadIdx.x % on_cpu::WARP_SIZE ^ mask], sizeof(T));
    return value;
}

inline unsigned __ballot_sync(unsigned, bool mine, const char* file = __builtin_FILE(),
                              int line = __builtin_LINE()) {
    const uint64_t* all = on_cpu::exchange(mine, file, line);
    unsigned ballot = 0;
    for (unsigned lane = 0; lane < on_cpu::WARP_SIZE; ++lane) ballot |= (unsigned)all[lane] << lane;
    return ballot;
}

inline int __popc(unsigned bits) { return __builtin_popcount(bits); }
