"""All kernels once, with a sanitizer: python sanitized.py FLAG [RULE [FILE LINE]].

Each CUDA thread is a thread here. To be run with the sanitizer's library preloaded. With FILE LINE
that barrier is left out.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from cuda_on_cpu import Plan, cupy
from helpers import ALL_SPECS, build, stream

from hebb.device import Device
from hebb.layers.cuda import HERE

FLAG, RULE, FILE, LINE = [*sys.argv[1:], *("", "", "0")[len(sys.argv) - 2 :]]
PLAN = Plan(
    blocks=2, threads=64, skipped=(FILE, int(LINE)), runtime="threads", flags=(FLAG,), fill=0
)

for name, spec in ALL_SPECS.items():
    if (HERE / f"{spec.rule}.cu").exists() and RULE in ("", spec.rule):
        layer = build(spec, Device(cupy(PLAN)), np.float32, n_in=70)
        for verb in ("learn", "follow", "infer"):
            getattr(layer, verb)(stream(4, np.float32, n_in=70))
        print(name)
