"""Rows that are filled with zeros up to whole cache lines, of 64 bytes, and begin at one.

What runs along them never stops for a rest that fills no register, nor loads from two lines at
once. An odd number of lines keeps what runs across them from meeting in a few places of a cache.
Where the array that everybody else sees is a view of such rows, the zeros stay what they are.
"""

from typing import Any

import numpy as np

LINE = 64  # bytes


def lines(rows: int, columns: int, dtype: Any) -> np.ndarray:
    """(rows, columns and more) zeros."""
    size = np.dtype(dtype).itemsize
    return aligned(rows, (-(-columns * size // LINE) | 1) * LINE // size, dtype)


def aligned(rows: int, width: int, dtype: Any) -> np.ndarray:
    """(rows, width) zeros that begin at a cache line."""
    size = np.dtype(dtype).itemsize
    memory = np.zeros(rows * width + LINE // size, dtype=dtype)
    skip = -memory.ctypes.data % LINE // size
    return memory[skip : skip + rows * width].reshape(rows, width)


def filled(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """x (T, D) in rows of the width and the kind of those of w: itself, where it has such."""
    if x.shape[1] == w.shape[1] and x.dtype == w.dtype:
        return np.ascontiguousarray(x)
    wide = lines(len(x), x.shape[1], w.dtype)
    wide[:, : x.shape[1]] = x
    return wide
