"""The compiled stack of A1 against the notebook's loop in NumPy, in one process.

    python benchmarks/a1_against_numpy.py [--inputs 4000] [--repeats 5]

Both start from the same weights and see the same frames in float32; the loop is the notebook's
arithmetic, full matrices and one frame at a time, the neighbourhood as a matrix. The two take
turns; printed are the median rates, their spread, the median ratio, and how far the final
weights of a float64 run lie apart, so that it is the same work that was timed.
"""

import argparse
import statistics
import time

import numpy as np

from hebb import config
from hebb.apparatus import Apparatus
from hebb.data import load
from hebb.experiment import CHUNK


def loop(x: np.ndarray, w: np.ndarray, v: np.ndarray, t: np.ndarray, lateral: np.ndarray) -> None:
    """One epoch over x (T, 784). w (1600, 784), v (100, 1600), t (100, 100) change in place."""
    u = np.zeros(len(v), x.dtype)
    for step, pixels in enumerate(x):
        p = w @ pixels
        best = np.argsort(lateral @ p)[-5:]
        code = np.zeros_like(p)
        code[best] = p[best]
        r = w.T @ code
        w += w * np.outer(code, (pixels - r) / np.maximum(r, 1e-10)) * x.dtype.type(0.02)
        s = code / w.sum(axis=1)
        u += (v @ s - u) / 3
        r = v.T @ u
        rate = np.where(s > 0, x.dtype.type(0.08), x.dtype.type(0.0008))
        v += v * np.outer(u, (s - r) * rate / np.maximum(r, 1e-10))
        if step % 2000 == 0:
            v *= x.dtype.type(16) / v.sum(axis=1, keepdims=True)
        p = t @ u
        out = np.zeros_like(p)
        out[p.argmax()] = p.max()
        r = t.T @ out
        t += t * np.outer(out, (u - r) / np.maximum(r, 1e-10)) * x.dtype.type(0.01)


def neighbourhood(side: int, dtype: np.dtype) -> np.ndarray:
    """(side^2, side^2): 1 on the diagonal, 0.5 / sqrt(24) within two rows and columns."""
    at = np.arange(side)
    apart = np.abs(at[:, None] - at)
    near = np.minimum(apart, side - apart) <= 2
    both = (near[:, None, :, None] & near[None, :, None, :]).reshape(side**2, side**2)
    matrix = both * 0.5 / np.sqrt(24)
    np.fill_diagonal(matrix, 1)
    return matrix.astype(dtype)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=4000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()

    def begin(dtype: str):
        experiment = config.load("invariant_mnist", [f"dtype={dtype}"])
        apparatus = Apparatus.of(experiment, load(experiment.dataset))
        x = apparatus.inputs["wander"].rows(slice(0, options.inputs), np.dtype(dtype))
        stack = apparatus.stack()
        weights = [np.array(w, order="C") for w in stack.state().values()]
        return x, stack, weights, neighbourhood(40, np.dtype(dtype))

    def compiled(x: np.ndarray, stack) -> None:
        stack.begin_epoch(0, 1)
        for _ in stack.learn(
            ((x[i : i + CHUNK], None) for i in range(0, len(x), CHUNK)), stack.layers
        ):
            pass

    x, stack, weights, lateral = begin("float64")
    x = x[:300]
    compiled(x, stack)
    loop(x, *weights, lateral)
    apart = max(abs(a - b).max() for a, b in zip(stack.state().values(), weights, strict=True))

    x, stack, weights, lateral = begin("float32")
    compiled(x, stack)  # compiles
    few = x[: max(len(x) // 20, 1)]
    ours, theirs, ratios = [], [], []
    for _ in range(options.repeats):
        began = time.perf_counter()
        loop(few, *weights, lateral)
        theirs.append(len(few) / (time.perf_counter() - began))
        began = time.perf_counter()
        compiled(x, stack)
        ours.append(len(x) / (time.perf_counter() - began))
        ratios.append(ours[-1] / theirs[-1])
    print(f"final float64 weights after 300 inputs: at most {apart:.1e} apart")
    for name, rates in (("NumPy loop", theirs), ("compiled", ours)):
        print(f"{name:<11}{statistics.median(rates):9,.0f} inputs/s "
              f"({min(rates):,.0f} to {max(rates):,.0f})")  # fmt: skip
    print(f"ratio      {statistics.median(ratios):9.1f} ({min(ratios):.1f} to {max(ratios):.1f})")


if __name__ == "__main__":
    main()
