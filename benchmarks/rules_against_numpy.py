"""Threshold D11 and DreamFlow C2 against the notebooks' loops in NumPy, in one process.

    python benchmarks/rules_against_numpy.py [--repeats 5]

Each loop is the notebook's arithmetic in float32: for `threshold` one image at a time on all units,
for DreamFlow a batch at a time, its three-dimensional product taken as the product of matrices
that it is. Both sides start from the same weights, those of `threshold` after two epochs, and take
turns; the loops on fewer inputs. Printed are median rates with their spread, the median ratio,
and how far the weights lie apart after the same inputs in float64.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from copy import deepcopy

import numpy as np

from hebb import config
from hebb.apparatus import Apparatus
from hebb.data import load
from hebb.device import one_blas_thread
from hebb.stack import Stack

CHUNK = 500
Inputs = tuple[np.ndarray, np.ndarray]  # x (T, D) and labels (T,)


def threshold_loop(inputs: Inputs, w: np.ndarray) -> None:
    """D11 over x (T, D). w (400, D) changes in place."""
    for v in inputs[0]:
        p = w @ v
        s = p / w.sum(axis=1)
        o = np.where(s / max(s.max(), 1e-10) > 0.75, p, 0)
        r = w.T @ o
        e = np.clip(v - r, -1, 1) / np.maximum(r, 1e-10)
        w += w * np.outer(o, e) * w.dtype.type(0.005)


def dreamflow_loop(inputs: Inputs, w: np.ndarray, top: np.ndarray, label: np.ndarray) -> None:
    """C2 over x (T, D) in batches of 100. w (90, D), top (100, 90), label (100, 10) change."""
    x, labels = inputs
    for start in range(0, len(x), 100):
        v = x[start : start + 100]
        c = np.eye(10, dtype=v.dtype)[labels[start : start + 100]]
        h = (v @ w.T).reshape(100, 9, 10)
        code = np.where(h.argmax(axis=2)[:, :, None] == np.arange(10), h, 0).reshape(100, 90)
        h = code @ top.T + c @ label.T
        won = np.where(h.argmax(axis=1)[:, None] == np.arange(100), h, 0)
        for weights, said, seen in ((top, won, code), (label, won, c), (w, code, v)):
            p = said @ weights
            change = weights * (said.T @ ((seen - p) / np.where(p > 1e-20, p, 1)))
            weights += weights.dtype.type(0.01) / max(abs(change).max(), 1e-20) * change


def begin(name: str, dtype: str, epochs: int) -> tuple[Stack, Inputs]:
    """An experiment's stack after some epochs of 10,000 images, and the images of the next."""
    experiment = config.load(name, [f"dtype={dtype}", "phases.digits.steps=10000"])
    apparatus = Apparatus.of(experiment, load(experiment.dataset))
    stack, feed = apparatus.stack(), apparatus.feed(experiment.phases[0])
    for epoch in range(epochs + 1):
        x = feed.rows(epoch, 0, 10_000, np.dtype(dtype))
        labels = feed.labels(epoch, 0, 10_000)
        assert labels is not None
        if epoch < epochs:
            learn(stack, (x, labels))
    return stack, (x, labels)


def learn(stack: Stack, inputs: Inputs) -> None:
    stack.begin_epoch(0, 1)
    x, labels = inputs
    starts = range(0, len(x), CHUNK)
    chunks = ((x[i : i + CHUNK], labels[i : i + CHUNK]) for i in starts)
    for _ in stack.learn(chunks, stack.layers):
        pass


def weights(stack: Stack) -> list[np.ndarray]:
    return list(deepcopy(stack.state()).values())


def compare(name: str, epochs: int, few: int, loop: Callable, per: int, unit: str, repeats: int):
    stack, (x, labels) = begin(name, "float64", epochs)
    ours = weights(stack)
    loop((x[:few], labels[:few]), *ours)
    learn(stack, (x[:few], labels[:few]))
    apart = max(abs(a - b).max() for a, b in zip(weights(stack), ours, strict=True))

    stack, (x, labels) = begin(name, "float32", epochs)
    start = stack.state()
    compiled, numpy, ratios = [], [], []
    for _ in range(repeats):
        ours = [array.copy() for array in start.values()]
        began = time.perf_counter()
        loop((x[:few], labels[:few]), *ours)
        numpy.append(few / (time.perf_counter() - began) / per)
        stack.load(start)
        began = time.perf_counter()
        learn(stack, (x, labels))
        compiled.append(len(x) / (time.perf_counter() - began) / per)
        ratios.append(compiled[-1] / numpy[-1])
    print(f"{name}: weights after {few:,} inputs in float64 at most {apart:.1e} apart")
    for side, rates in (("NumPy loop", numpy), ("compiled", compiled)):
        spread = f"({min(rates):,.0f} to {max(rates):,.0f})"
        print(f"  {side:<11}{statistics.median(rates):9,.0f} {unit}/s {spread}")
    print(f"  ratio      {statistics.median(ratios):9.1f} ({min(ratios):.1f} to {max(ratios):.1f})")
    if "winners" in (figures := stack.layers[next(iter(stack.layers))].metrics()):
        print(f"  winners an input: {figures['winners']:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with one_blas_thread():
        compare("d11_mean_between", 0, 500, threshold_loop, 1, "inputs", repeats)
        compare("d11_mean_between", 2, 500, threshold_loop, 1, "inputs", repeats)
        compare("c2_blocks", 0, 10_000, dreamflow_loop, 100, "batches", repeats)


if __name__ == "__main__":
    main()
