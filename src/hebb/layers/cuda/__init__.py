"""Rules on a GPU: each `.cu` file here is a rule's kernel, which CuPy compiles where it first runs.

A launch takes a whole chunk. Its blocks meet at barriers, so all must run at once: there is one
a multiprocessor, which every GPU has room for, or fewer where there is less to do. How many there
are changes no bit: see `online.cuh`.
"""

import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from hebb.device import Array
from hebb.layers.base import PREC, Layer
from hebb.layers.floor import FLOOR

HERE = Path(__file__).parent
THREADS = 256  # of a block
WARP = 32  # threads that take a unit, and inputs that a block takes at a time
REAL = {np.dtype(np.float32): "float", np.dtype(np.float64): "double"}


def answer(layer: Layer, kernel: str, x: Array, *own: Any) -> Array:
    """What `layer` answers (T, N) to x (T, D), by the kernel `kernel` of the file of its name.

    own: the kernel's arguments after those that all kernels take; see `_as_argument`.
    Nothing here waits for the GPU.
    """
    xp, n_in, n_units = layer.xp, layer.n_in, layer.n_out
    answers = xp.zeros((len(x), n_units), dtype=layer.dtype)
    if not len(x):
        return answers
    tiles = -(-n_in // WARP)
    arguments = (
        xp.ascontiguousarray(x, dtype=layer.dtype), layer.w, answers, len(x), n_in, n_units,
        layer.tally, layer.wins,
        xp.empty((3, n_units), dtype=layer.dtype),
        xp.empty(n_units + 1, dtype=np.int64),
        xp.empty(tiles, dtype=np.float64),
        *own,
    )  # fmt: skip
    work = max(tiles, -(-n_units * WARP // THREADS))
    device = xp.cuda.Device().id
    blocks = min(work, _multiprocessors(xp, device))
    run = _kernel(xp, kernel, layer.dtype, device)
    run((blocks,), (THREADS,), tuple(_as_argument(each, layer.dtype) for each in arguments))
    return answers


def source(name: str) -> str:
    """The text of a file of this folder, with those of it that it includes in their place.

    CuPy keeps what it has compiled under the text alone, so a header must be part of it.
    """
    text = (HERE / name).read_text(encoding="utf-8")

    def included(line: re.Match) -> str:
        number = text.count("\n", 0, line.end()) + 1
        return f'{source(line[1])}#line {number} "{name}"\n'

    return f'#line 1 "{name}"\n' + re.sub(r'#include "(.*)"\n', included, text)


def options(dtype: np.dtype) -> tuple[str, ...]:
    """What the compiler must be told, beside the source."""
    constants = {
        "REAL": REAL[dtype],
        "FLOOR": repr(float(FLOOR[dtype])),
        "PREC": repr(PREC),
        "THREADS": THREADS,
    }
    return ("-std=c++17", *(f"-DHEBB_{name}={value}" for name, value in constants.items()))


@cache
def _kernel(xp: ModuleType, name: str, dtype: np.dtype, device: int) -> Any:
    """Of a device: what is loaded to one cannot be launched on another."""
    code = source(f"{name}.cu")
    module = xp.RawModule(code=code, options=options(dtype), enable_cooperative_groups=True)
    return module.get_function(name)


@cache
def _multiprocessors(xp: ModuleType, device: int) -> int:
    return xp.cuda.Device(device).attributes["MultiProcessorCount"]


def _as_argument(value: Any, dtype: np.dtype) -> Any:
    """A kernel's argument: bool is int, int is Index, float is Real; the rest is what it is."""
    if isinstance(value, bool):
        return np.int32(value)
    if isinstance(value, int):
        return np.int64(value)
    return dtype.type(value) if type(value) is float else value
