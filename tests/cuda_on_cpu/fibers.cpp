// A whole grid on one thread of the CPU: each CUDA thread is a fiber, which runs until it waits.
//
// So the order is known: a warp runs as far as it comes, then the next, then the next block. A
// warp that needed another to wait for it, and has no barrier, meets what that one has not done
// yet, or has done too much of, in one of the two orders.
#include <csetjmp>
#include <memory>
#include <string>
#include <ucontext.h>
#include <vector>

#include "cuda.h"

thread_local constinit on_cpu::Here* on_cpu::here = nullptr;

namespace {

using namespace on_cpu;

constexpr size_t STACK = 64 << 10;

enum State { Runs, AtWarp, AtBlock, AtGrid, Done };

struct Exchange {
    uint64_t brought[2][WARP_SIZE];  // by turns, so that one wait an exchange is enough
};

struct Room {
    std::vector<Exchange> warps;
    std::vector<std::unique_ptr<char[]>> arrays;
};

struct Fiber : Here {
    Room* room;
    State state = Runs;
    const char* file = "";
    int line = 0;
    unsigned exchanges = 0;
    bool begun = false;
    jmp_buf at;
    ucontext_t start;
};

struct Launch {
    const Plan& plan;
    void (*run)(void*);
    void* kernel;
    std::vector<Fiber> fibers;
    std::vector<Room> rooms;
    std::string fault;
    jmp_buf scheduler;
};

thread_local Launch* current;
thread_local std::vector<std::unique_ptr<char[]>> stacks;  // kept from launch to launch

Fiber& self() { return *static_cast<Fiber*>(here); }

[[noreturn]] void enter() {
    current->run(current->kernel);
    self().state = Done;
    _longjmp(current->scheduler, 1);
}

// No local of the caller may change between leaving here and coming back, hence its own function.
[[gnu::noinline]] void go_on(Fiber& fiber) {
    here = &fiber;
    if (_setjmp(current->scheduler)) return;
    if (fiber.begun) _longjmp(fiber.at, 1);
    fiber.begun = true;
    setcontext(&fiber.start);
}

// From first on, n fibers: whether all are in one state, and, if they wait, at one place.
bool together(const Fiber* first, unsigned n, State state) {
    for (unsigned i = 0; i < n; ++i)
        if (first[i].state != state || (state != Done && first[i].line != first->line))
            return false;
    return true;
}

void release(Fiber* first, unsigned n) {
    for (unsigned i = 0; i < n; ++i) first[i].state = Runs;
}

std::string told(const char* party, unsigned number, const Fiber* first, unsigned n) {
    std::string places;
    for (unsigned i = 0; i < n; ++i) {
        const Fiber& fiber = first[i];
        const std::string place =
            fiber.state == Done ? "its end" : fiber.file + (":" + std::to_string(fiber.line));
        if (places.find(place) == std::string::npos) places += (i ? " and " : "") + place;
    }
    return party + (" " + std::to_string(number)) + " has parted: its threads wait at " + places;
}

// Until the warp has come to a barrier of its block or of the grid, or to its end.
bool run_warp(Fiber* first, unsigned number) {
    for (;;) {
        for (unsigned i = 0; i < WARP_SIZE; ++i)
            if (first[i].state == Runs) go_on(first[i]);
        if (together(first, WARP_SIZE, AtWarp)) {
            release(first, WARP_SIZE);
            continue;
        }
        for (State state : {AtBlock, AtGrid, Done})
            if (together(first, WARP_SIZE, state)) return true;
        current->fault = told("warp", number, first, WARP_SIZE);
        return false;
    }
}

bool run_block(Fiber* first, unsigned number) {
    const unsigned n = current->plan.threads, n_warps = n / WARP_SIZE;
    for (;;) {
        for (unsigned i = 0; i < n_warps; ++i) {
            const unsigned warp = current->plan.order ? n_warps - 1 - i : i;
            Fiber* lanes = first + warp * WARP_SIZE;
            if (lanes->state == Runs && !run_warp(lanes, warp)) return false;
        }
        if (together(first, n, AtGrid) || together(first, n, Done)) return true;
        if (!together(first, n, AtBlock)) {
            current->fault = told("block", number, first, n);
            return false;
        }
        release(first, n);
    }
}

void run_grid() {
    const unsigned n = current->plan.threads, n_blocks = current->plan.blocks;
    std::vector<Fiber>& all = current->fibers;
    for (;;) {
        for (unsigned i = 0; i < n_blocks; ++i) {
            const unsigned block = current->plan.order ? n_blocks - 1 - i : i;
            if (!run_block(all.data() + block * n, block)) return;
        }
        if (together(all.data(), all.size(), Done)) return;
        if (!together(all.data(), all.size(), AtGrid)) {
            current->fault = told("grid", 0, all.data(), all.size());
            return;
        }
        release(all.data(), all.size());
    }
}

}  // namespace

void on_cpu::meet(Party party, const char* file, int line) {
    if (skips(current->plan, file, line)) return;
    Fiber& fiber = self();
    fiber.state = party == Warp ? AtWarp : party == Block ? AtBlock : AtGrid;
    fiber.file = file;
    fiber.line = line;
    if (!_setjmp(fiber.at)) _longjmp(current->scheduler, 1);
}

const uint64_t* on_cpu::exchange(uint64_t mine, const char* file, int line) {
    Fiber& fiber = self();
    uint64_t* brought =
        fiber.room->warps[fiber.thread.x / WARP_SIZE].brought[fiber.exchanges++ % 2];
    brought[fiber.thread.x % WARP_SIZE] = mine;
    meet(Warp, file, line);
    return brought;
}

void* on_cpu::shared(int n) { return self().room->arrays[n].get(); }

const char* on_cpu::launch(
    const Plan& plan, const size_t* sizes, void (*run)(void*), void* kernel) {
    static thread_local std::string fault;
    Launch launch{plan, run, kernel, {}, {}, {}, {}};
    launch.rooms.resize(plan.blocks);
    launch.fibers.resize(plan.blocks * plan.threads);
    for (Room& room : launch.rooms) {
        room.warps.resize(plan.threads / WARP_SIZE);
        for (const size_t* size = sizes; *size; ++size) {
            room.arrays.emplace_back(new char[*size]);
            memset(room.arrays.back().get(), plan.fill, *size);
        }
    }
    for (unsigned i = 0; i < launch.fibers.size(); ++i) {
        Fiber& fiber = launch.fibers[i];
        static_cast<Here&>(fiber) = {{i % plan.threads}, {i / plan.threads}, {plan.threads},
                                     {plan.blocks}};
        fiber.room = &launch.rooms[fiber.block.x];
        if (i == stacks.size()) stacks.emplace_back(new char[STACK]);
        getcontext(&fiber.start);
        fiber.start.uc_stack.ss_sp = stacks[i].get();
        fiber.start.uc_stack.ss_size = STACK;
        fiber.start.uc_link = nullptr;
        makecontext(&fiber.start, enter, 0);
    }
    current = &launch;
    run_grid();
    current = nullptr;
    fault = launch.fault;
    return fault.empty() ? nullptr : fault.c_str();
}
