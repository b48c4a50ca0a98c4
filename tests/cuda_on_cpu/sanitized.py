"""The kernels under a sanitizer: python sanitized.py FLAG, with its library preloaded.

Each CUDA thread is a thread here. With `--planted` each kernel runs without one of its barriers,
too. What is run is told on standard error, among what the sanitizer finds.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers import build, stream
from rules import ALL_SPECS

from cuda_on_cpu import Plan, barriers, cupy
from hebb.device import Device
from hebb.layers.cuda import HERE, source

N_IN = 70  # three tiles for two blocks


def run(what, spec, verbs, skipped=("", 0)):
    print(f"\n= {what}", file=sys.stderr, flush=True)
    # What is read too soon may be taken as an index, so it is 0.
    plan = Plan(skipped=skipped, runtime="threads", flags=(sys.argv[1],), fill=0)
    device = Device(cupy(plan))
    layer = build(spec, device, np.float32, n_in=N_IN)
    for verb in verbs:
        getattr(layer, verb)(device.put(stream(4, np.float32, n_in=N_IN)))


def of_grid(file, line):
    return ".sync()" in (HERE / file).read_text().splitlines()[line - 1]


online = {name: spec for name, spec in ALL_SPECS.items() if (HERE / f"{spec.rule}.cu").exists()}
for name, spec in online.items():
    run(f"sound {name}", spec, ("learn", "follow", "infer"))
if "--planted" in sys.argv:
    for spec in {spec.rule: spec for spec in online.values()}.values():
        # Those of the header, and the first of the grid: without a later one, the threads of a
        # warp may part, and wait for each other for ever.
        known = barriers(source(f"{spec.rule}.cu"))
        first = min(line for file, line in known if file != "online.cuh" and of_grid(file, line))
        shared = [each for each in known if each[0] == "online.cuh"]
        for file, line in (*shared, (f"{spec.rule}.cu", first)):
            run(f"without {file}:{line} {spec.rule}", spec, ("learn",), (file, line))
