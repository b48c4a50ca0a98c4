"""The product x w' of the batch rules, the same to the bit on any number of cores.

How BLAS sums depends on how many threads share a product. So each product here is cut into
blocks of UNITS units, whatever the machine, and BLAS takes each on one thread, where the run
says so (`device.one_blas_thread`); the blocks run side by side.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from hebb.cores import cores
from hebb.device import Array

UNITS = 500  # below twice as many, handing over costs what it gains


def product(x: Array, w: Array) -> Array:
    """x (B, D) times w (N, D) transposed: (B, N)."""
    if len(w) < 2 * UNITS or not isinstance(w, np.ndarray):
        return x @ w.T
    out = np.empty((len(x), len(w)), dtype=w.dtype)

    def block(start: int) -> None:
        np.matmul(x, w[start : start + UNITS].T, out=out[:, start : start + UNITS])

    for _ in _pool().map(block, range(0, len(w), UNITS)):
        pass
    return out


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="hebb-product")
