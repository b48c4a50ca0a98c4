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
    w = aligned(n_in, (-(-n_units * size // LINE) | 1) * LINE // size, dtype)
    return w, w[:, :n_units].T


def aligned(rows: int, width: int, dtype: Any) -> np.ndarray:
    """(rows, width) zeros that begin at a cache line."""
    size = np.dtype(dtype).itemsize
    memory = np.zeros(rows * width + LINE // size, dtype=dtype)
    skip = -memory.ctypes.data % LINE // size
    return memory[skip : skip + rows * width].reshape(rows, width)
