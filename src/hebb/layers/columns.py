"""Weights that lie transposed: those of all units to one input are neighbours, a row of the array.

Rows are filled with zeros up to whole cache lines, of 64 bytes, and begin at one: what runs along
them never stops for a rest that fills no register, nor loads from two lines at once. An odd number
of lines keeps what runs across them from meeting in a few places of a cache.
"""

from typing import Any

import numpy as np

from hebb.device import Array

LINE = 64  # bytes


def columns(n_in: int, n_units: int, dtype: Any, xp: Any) -> tuple[Array, Array]:
    """(D, N and more) zeros, and the same memory as the w (N, D) that everybody else sees."""
    size = np.dtype(dtype).itemsize
    width = (-(-n_units * size // LINE) | 1) * LINE // size
    memory = xp.zeros(n_in * width + LINE // size, dtype=dtype)
    skip = -_address(memory) % LINE // size
    w = memory[skip : skip + n_in * width].reshape(n_in, width)
    return w, w[:, :n_units].T


def _address(memory: Array) -> int:
    return memory.ctypes.data if isinstance(memory, np.ndarray) else memory.data.ptr
