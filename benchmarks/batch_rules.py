"""A step of the rules that learn from batches, against the one product of matrices it cannot avoid.

    python benchmarks/batch_rules.py [--batches 20] [--repeats 7]

For `compspec` and `krotov_hopfield` (p 3: two products a step) with 100 and 2,000 units, 784
inputs, batches of 100, float32: the rule compiled, the rule as read and a bare product of the same
shape take turns in one process, all from the weights that some batches of training leave. BLAS
takes one thread a product, as in a run. Printed are the median times of a step and the medians
of the ratios of each turn. Inputs are MNIST where HEBB_DATA names a folder that holds it, else
drawn with as many lit pixels.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

import numpy as np

from hebb import draws
from hebb.data import DatasetSpec, load
from hebb.device import Device, one_blas_thread
from hebb.layers.compspec import CompSpec, CompSpecSpec
from hebb.layers.krotov_hopfield import KrotovHopfield, KrotovHopfieldSpec
from hebb.layers.product import product

SIZE, N_IN, INPUTS = 100, 784, 6000
LIT = 0.19  # of the pixels of MNIST

RULES = [
    (CompSpec, CompSpecSpec(name="a", units=100, xi=0.1, phi=2 / 11)),
    (CompSpec, CompSpecSpec(name="a", units=2000, xi=0.1, phi=2 / 11)),
    (KrotovHopfield, KrotovHopfieldSpec(name="a", units=100, p=3, k=7, eps=0.04)),
    (KrotovHopfield, KrotovHopfieldSpec(name="a", units=2000, p=3, k=7, eps=0.04)),
]


def inputs() -> np.ndarray:
    """(INPUTS, 784) float32."""
    if os.environ.get("HEBB_DATA"):
        return load(DatasetSpec(source="mnist")).train.rows(slice(0, INPUTS), np.dtype("float32"))
    rng = np.random.default_rng(0)
    x = rng.random((INPUTS, N_IN)) * (rng.random((INPUTS, N_IN)) < LIT)
    return x.astype(np.float32)


def seconds(work: Callable, batches: list[np.ndarray]) -> float:
    """For one batch."""
    began = time.perf_counter()
    for batch in batches:
        work(batch)
    return (time.perf_counter() - began) / len(batches)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    x = inputs()
    batches = [x[i : i + SIZE] for i in range(0, INPUTS, SIZE)]
    print("rule              units   product  compiled   as read   compiled/product  read/compiled")
    for rule, spec in RULES:
        layers = [rule(spec, N_IN, Device(compiled=compiled)) for compiled in (True, False)]
        compiled, read = layers
        compiled.restart(spec.init, draws.generator(0, "init", spec.name))
        seconds(compiled.learn, batches)  # compiles, and leaves the first steps behind
        read.load(compiled.state() | compiled.motion())
        w = compiled.state()["w"]
        works = (lambda v, w=w: product(v, w)), compiled.learn, read.learn
        turns = []
        for turn in range(options.repeats):
            start = turn * options.batches % len(batches)
            now = (batches[start:] + batches[:start])[: options.batches]
            turns.append([seconds(work, now) for work in works])
        ms = [1000 * statistics.median(each) for each in zip(*turns, strict=True)]
        over = [statistics.median(turn[1] / turn[0] for turn in turns),
                statistics.median(turn[2] / turn[1] for turn in turns)]  # fmt: skip
        print(f"{spec.rule:<17}{spec.n_units:6,}" + "".join(f"{each:7.2f} ms" for each in ms)
              + f"{over[0]:19.2f}{over[1]:15.1f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    with one_blas_thread():
        main()
