"""Each barrier of the CUDA kernels is needed: without it, threads in one of two orders go wrong."""

from functools import cache

import numpy as np
import pytest
from cuda_on_cpu import COMPILER, LACKING, Plan, barriers, cupy
from helpers import build, larger, stream
from rules import ALL_SPECS

from hebb.device import Device
from hebb.layers.cuda import HERE, source
from hebb.layers.trial import everything

pytestmark = pytest.mark.skipif(COMPILER is None, reason=LACKING)

RULES = sorted(path.stem for path in HERE.glob("*.cu"))
BARRIERS = [(rule, *barrier) for rule in RULES for barrier in barriers(source(f"{rule}.cu"))]
N_IN = 150  # five tiles for three blocks: some take one, then another
N_UNITS = 10, 15  # so many that each warp of a block has some, more than once
VERBS = ("learn", "infer")


def results(spec, **plan):
    """What a layer says and holds, or nothing where a kernel has failed."""
    plan = Plan(blocks=3, threads=64, fill=0, **plan)  # what is read too soon is an index, too
    device = Device(cupy(plan))
    layer, x = build(spec, device, np.float32, n_in=N_IN), stream(5, np.float32, n_in=N_IN)
    try:
        answers = [device.get(getattr(layer, verb)(device.put(x))) for verb in VERBS]
    except RuntimeError:
        return []
    return [*answers, *everything(layer).values()]


@cache
def sound(name, descending):
    return results(larger(ALL_SPECS[name], *N_UNITS), descending=descending)


def same(some, others):
    return len(some) == len(others) and all(
        np.array_equal(a, b, equal_nan=True) for a, b in zip(some, others, strict=True)
    )


def test_every_barrier_of_the_kernels_is_known():
    text = "".join(path.read_text() for path in (*HERE.glob("*.cu"), *HERE.glob("*.cuh")))
    named = {barrier[1:] for barrier in BARRIERS}
    assert len(named) == text.count("__syncthreads()") + text.count(".sync()")


@pytest.mark.parametrize("rule, file, line", BARRIERS)
def test_a_missing_barrier_is_caught(rule, file, line):
    cases = [
        (name, descending)
        for name, spec in ALL_SPECS.items()
        for descending in (False, True)
        if spec.rule == rule
    ]
    for name, descending in cases:
        wanted = sound(name, descending)
        assert len(wanted) > len(VERBS)
        spec = larger(ALL_SPECS[name], *N_UNITS)
        if not same(results(spec, descending=descending, skipped=(file, line)), wanted):
            return
    pytest.fail("nothing goes wrong without it")
