// Each CUDA thread is a thread of the CPU, so that a sanitizer sees all that may run at once.
#include <barrier>
#include <memory>
#include <thread>
#include <vector>

#include "cuda.h"

thread_local constinit on_cpu::Here* on_cpu::here = nullptr;

namespace {

using namespace on_cpu;

struct WarpRoom {
    std::barrier<> all{WARP_SIZE};
    uint64_t brought[2][WARP_SIZE];  // by turns, so that one wait an exchange is enough
};

struct BlockRoom {
    std::barrier<> all;
    std::unique_ptr<WarpRoom[]> warps;
    std::vector<std::unique_ptr<char[]>> arrays;
};

struct Thread : Here {
    const Plan* plan;
    std::barrier<>* grid;
    BlockRoom* block_room;
    WarpRoom* warp_room;
    unsigned exchanges = 0;
};

Thread& self() { return *static_cast<Thread*>(here); }

}  // namespace

void on_cpu::meet(Party party, const char* file, int line) {
    Thread& thread = self();
    if (skips(*thread.plan, file, line)) return;
    (party == Warp    ? thread.warp_room->all
     : party == Block ? thread.block_room->all
                      : *thread.grid)
        .arrive_and_wait();
}

const uint64_t* on_cpu::exchange(uint64_t mine, const char* file, int line) {
    Thread& thread = self();
    uint64_t* brought = thread.warp_room->brought[thread.exchanges++ % 2];
    brought[thread.thread.x % WARP_SIZE] = mine;
    meet(Warp, file, line);
    return brought;
}

void* on_cpu::shared(int n) { return self().block_room->arrays[n].get(); }

const char* on_cpu::launch(
    const Plan& plan, const size_t* sizes, void (*run)(void*), void* kernel) {
    std::barrier<> grid(plan.blocks * plan.threads);
    std::vector<std::unique_ptr<BlockRoom>> blocks;
    for (unsigned block = 0; block < plan.blocks; ++block) {
        blocks.emplace_back(new BlockRoom{std::barrier<>(plan.threads), {}, {}});
        blocks.back()->warps.reset(new WarpRoom[plan.threads / WARP_SIZE]);
        for (const size_t* size = sizes; *size; ++size)
            blocks.back()->arrays.emplace_back(new char[*size]);
    }
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < plan.blocks * plan.threads; ++i)
        threads.emplace_back([&, i] {
            Thread own;
            static_cast<Here&>(own) = {{i % plan.threads}, {i / plan.threads}, {plan.threads},
                                       {plan.blocks}};
            own.plan = &plan;
            own.grid = &grid;
            own.block_room = blocks[own.block.x].get();
            own.warp_room = &own.block_room->warps[own.thread.x / WARP_SIZE];
            here = &own;
            run(kernel);
        });
    for (std::thread& thread : threads) thread.join();
    return nullptr;
}
