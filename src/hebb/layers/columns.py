"""Weights that lie transposed: those of all units to one input are neighbours, a row of the array.

Rows are filled with zeros up to whole cache lines, of 64 bytes, and begin at one: what runs along
them never stops for a rest that fills no register, nor loads from two lines at once. An odd number
of lines keeps what runs across them from meeting in a few places of a cache.
"""

from typing import Any

import numpy as np

LINE = 64  # bytes


def columns(n_in: int, n_units: int, dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    """(D, N and more) zeros, and the same memory as the w (N, D) that everybody else sees."""
    size = np.dtype(dtype).itemsize
    width = (-(-n_units * size // LINE) | 1) * LINE // size
    memory = np.zeros(n_in * width + LINE // size, dtype=dtype)
    skip = -memory.ctypes.data % LINE // size
    w = memory[skip : skip + n_in * width].reshape(n_in, width)
    return w, w[:, :n_units].T
