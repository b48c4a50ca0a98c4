// The one thing that the kernels use of CUDA's header of this name.
#pragma once

namespace cooperative_groups {

struct grid_group {
    void sync(const char* file = __builtin_FILE(), int line = __builtin_LINE()) const {
        on_cpu::meet(on_cpu::Grid, file, line);
    }
};

inline grid_group this_grid() { return {}; }

}  // namespace cooperative_groups
