"""A stand-in for CuPy on NumPy: it offers what CuPy has, and refuses what CuPy refuses.

It is put in the place of `cupy`. Arrays do not mix with NumPy's, reductions give arrays and not
numbers, arguments that CuPy's functions lack are errors (see cupy_names.json), and so is what has
no defined outcome there. `cuda.syncs` tells each time that the host would wait for the GPU.
What it gives is NumPy's, to the bit.
"""

import json
import operator
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import strict_cuda as cuda
from strict_cuda import sync

__all__ = ["cuda", "cupyx", "ndarray"]

NAMES = json.loads(Path(__file__).with_name("cupy_names.json").read_text())
UPLOADS = {"array", "asarray", "ascontiguousarray", "asfortranarray"}
ORDERS = {"ascontiguousarray": "C", "asfortranarray": "F"}
SEQUENCES = {"tup", "arrays", "array_list", "operands", "xi"}  # arguments that take several arrays
ARRAYS = {"a", "b", "x", "x1", "x2", "v", "m", "condition", "ar", "y", "arr"}
WAITS = {  # the shape of the answer depends on values
    "argwhere", "bincount", "compress", "extract", "flatnonzero", "nonzero", "setdiff1d",
    "trim_zeros", "unique",
}  # fmt: skip
GENERATOR = {
    "beta", "binomial", "chisquare", "dirichlet", "exponential", "f", "gamma", "geometric",
    "hypergeometric", "integers", "logseries", "poisson", "power", "random",
    "standard_exponential", "standard_gamma", "standard_normal", "uniform",
}  # fmt: skip
__version__ = NAMES["version"]


def _wrapped(a: Any) -> Any:
    """What NumPy has answered, as CuPy would."""
    if isinstance(a, tuple):
        return tuple(_wrapped(each) for each in a)
    if not isinstance(a, np.ndarray | np.generic):
        return a
    array = object.__new__(ndarray)
    array._a, array._gpu, array._made = np.asarray(a), cuda.current(), cuda.now()
    if array._a.base is None:
        cuda.allocate(array._a.nbytes)
    cuda.check_here(array._gpu)
    return array


def _operand(x: Any) -> Any:
    """What an operator or a ufunc takes: an array of CuPy's, or a number."""
    if isinstance(x, ndarray):
        if not cuda.World.compiles:
            raise RuntimeError('catastrophic error: cannot open source file "cuda_fp16.h"')
        cuda.check_here(x._gpu)
        return x._a
    if isinstance(x, np.generic | bool | int | float | complex):
        return x
    raise TypeError(f"Unsupported type {type(x)}")


class ndarray:
    """An array. Its numbers are in `_a`, which nobody but this module looks at."""

    __array_priority__ = 100
    __hash__ = None  # pyright: ignore
    __cuda_array_interface__ = SimpleNamespace()
    _a: np.ndarray
    _gpu: int
    _made: int

    def __init__(self, shape: Any, dtype: Any = float):
        filled = zeros(shape, dtype)  # noqa: F821
        self._a, self._gpu, self._made = filled._a, filled._gpu, filled._made

    def __array__(self, *args: Any, **kwargs: Any):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
        if method != "__call__":
            return NotImplemented
        return __getattr__(ufunc.__name__)(*args, **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return __getattr__(function.__name__)(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in NAMES["attributes"]:
            value = getattr(self._a, name)
            return _wrapped(value) if isinstance(value, np.ndarray) else value
        if name not in NAMES["methods"]:
            raise AttributeError(f"'cupy.ndarray' object has no attribute {name!r}")
        if name in WAITS:
            sync(name)
        takes = NAMES["methods"][name]

        def method(*args: Any, **kwargs: Any) -> Any:
            cuda.check_here(self._gpu)
            args, kwargs = _arguments(f"ndarray.{name}", takes, args, kwargs)
            return _wrapped(_numpy_method(self._a, name)(*args, **kwargs))

        return method

    # What makes the host wait

    def get(self, stream: Any = None, order: str = "C", out: Any = None, blocking: bool = True):
        cuda.check_here(self._gpu)
        to = np.empty_like(self._a, order=order, subok=False) if out is None else out
        assert to.shape == self._a.shape and to.dtype == self._a.dtype
        if blocking:
            sync("get")
            to[...] = self._a
            return to
        stream = stream or cuda.get_current_stream()
        assert stream is cuda.Stream.null or stream.seen > self._made, "not computed yet"
        assert out is not None, "the host's memory is not pinned, so the copy would wait"
        stream.copies.append(lambda: np.copyto(to, self._a))
        return to

    def _number(self, what: str, number: Any) -> Any:
        sync(what)
        return number(self._a)

    def __float__(self) -> float:
        return self._number("float", float)

    def __int__(self) -> int:
        return self._number("int", int)

    def __bool__(self) -> bool:
        return self._number("bool", bool)

    def __complex__(self) -> complex:
        return self._number("complex", complex)

    def __str__(self) -> str:
        return self._number("str", str)

    def __repr__(self) -> str:
        return self._number("repr", repr)

    def __format__(self, spec: str) -> str:
        return self._number("format", lambda a: format(a if a.ndim else a.item(), spec))

    def item(self) -> Any:
        return self._number("item", lambda a: a.item())

    def tolist(self) -> Any:
        return self._number("tolist", lambda a: a.tolist())

    # Places

    def __len__(self) -> int:
        return len(self._a)

    def __iter__(self) -> Any:
        if self._a.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self._a)))

    def __copy__(self) -> "ndarray":
        return self.copy()

    def __getitem__(self, place: Any) -> Any:
        cuda.check_here(self._gpu)
        if any(each.dtype.kind == "b" for each in _index_arrays(place)):
            sync("reading through a mask")
        key = _key(place)
        views = not _index_arrays(place)  # a number's place too: CuPy gives a view of no axes
        return _wrapped(self._a[(*key, ...)] if views and Ellipsis not in key else self._a[key])

    def __setitem__(self, place: Any, value: Any) -> None:
        cuda.check_here(self._gpu)
        for each in _index_arrays(place):
            if each.dtype.kind == "b" and isinstance(value, ndarray) and value.ndim:
                sync("writing through a mask")
            assert each.dtype.kind not in "iu" or np.unique(each).size == each.size, (
                "of two values for one place CuPy keeps either; use cupyx.scatter_add"
            )
        if isinstance(value, np.ndarray) and value.ndim:
            raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
        self._a[_key(place)] = value.item() if isinstance(value, np.ndarray) else _operand(value)
        self._made = cuda.now()


def _numpy_method(a: np.ndarray, name: str) -> Any:
    if name == "copy":  # CuPy's gives C order unless it is told, NumPy's method does too
        return a.copy
    if name == "astype":
        return lambda *args, **kwargs: _cast(a, *args, **kwargs)
    if name in ("argsort", "sort"):
        return lambda axis=-1, kind=None: getattr(a, name)(axis=axis, kind=_stable(kind))
    if name in ("partition", "argpartition"):  # it sorts all of them
        whole = name.replace("partition", "sort")
        return lambda kth, axis=-1: getattr(a, whole)(axis=axis, kind="stable")
    return getattr(a, name)


def _stable(kind: str | None) -> str:
    if kind not in (None, "stable"):
        raise ValueError(f"kind={kind!r} is not supported: only None and 'stable' are")
    return "stable"


def _cast(a: np.ndarray, dtype: Any, *args: Any, **kwargs: Any) -> np.ndarray:
    kind = np.dtype(dtype).kind
    if a.dtype.kind == "f" and kind in "iu":
        low = a.min(initial=0) < 0 and kind == "u"
        assert np.isfinite(a).all() and not low, "a GPU makes other whole numbers of these"
    return a.astype(dtype, *args, **kwargs)


def _index_arrays(place: Any) -> list[np.ndarray]:
    """The arrays and lists among an index."""
    parts = place if isinstance(place, tuple) else (place,)
    arrays = [each._a if isinstance(each, ndarray) else each for each in parts]
    return [np.asarray(each) for each in arrays if isinstance(each, np.ndarray | list)]


def _key(place: Any) -> tuple:
    """An index for NumPy: CuPy wraps numbers beyond the end silently, and here they are errors."""
    parts = place if isinstance(place, tuple) else (place,)
    return tuple(each._a if isinstance(each, ndarray) else each for each in parts)


_BINARY = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift lt le gt ge eq ne"


def _operators() -> None:
    def plain(function: Any) -> Any:
        return lambda self, other: _wrapped(function(_operand(self), _operand(other)))

    def turned(function: Any) -> Any:
        return lambda self, other: _wrapped(function(_operand(other), _operand(self)))

    def in_place(ufunc: Any) -> Any:
        def method(self: ndarray, other: Any) -> ndarray:
            ufunc(_operand(self), _operand(other), out=self._a, casting="same_kind")
            self._made = cuda.now()
            return self

        return method

    ufuncs = {
        "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide",
        "floordiv": "floor_divide", "mod": "remainder", "pow": "power", "lshift": "left_shift",
        "rshift": "right_shift", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
    }  # fmt: skip
    for name in _BINARY.split():
        setattr(ndarray, f"__{name}__", plain(getattr(operator, f"__{name}__")))
        if name in ufuncs or name == "matmul":
            setattr(ndarray, f"__r{name}__", turned(getattr(operator, f"__{name}__")))
        if name in ufuncs:
            setattr(ndarray, f"__i{name}__", in_place(getattr(np, ufuncs[name])))
    for name in ("neg", "pos", "abs", "invert"):
        function = getattr(operator, f"__{name}__")
        setattr(ndarray, f"__{name}__", lambda self, f=function: _wrapped(f(_operand(self))))


_operators()


def _arguments(what: str, takes: list[str], args: tuple, kwargs: dict) -> tuple[list, dict]:
    """Arguments as NumPy takes them; TypeError for those that CuPy does not take."""
    several = bool(takes) and takes[0].startswith("*")
    if unknown := kwargs.keys() - set(takes) or (not several and len(args) > len(takes)):
        raise TypeError(f"cupy.{what} takes {', '.join(takes)} (got {unknown or len(args)})")
    names = [takes[0]] * len(args) if several else takes
    given = [_argument(what, name, each) for name, each in zip(names, args, strict=False)]
    return given, {name: _argument(what, name, each) for name, each in kwargs.items()}


def _argument(what: str, name: str, value: Any) -> Any:
    if isinstance(value, ndarray):
        return _operand(value)
    if isinstance(value, np.ndarray) and what not in UPLOADS:
        raise TypeError(f"Unsupported type {type(value)}")
    if isinstance(value, list | tuple):
        inner = [isinstance(each, ndarray) for each in value]
        if any(inner) and not (all(inner) and (name in SEQUENCES or what in UPLOADS)):
            raise TypeError(f"cupy.{what}: {name} mixes arrays and numbers")
        if not any(inner) and name in ARRAYS and what not in UPLOADS:
            raise TypeError(f"Unsupported type {type(value)}")
        return [_operand(each) for each in value] if any(inner) else value
    return value


def _function(name: str, takes: list[str], module: Any = np) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        if name in WAITS or (name == "where" and len(args) + len(kwargs) == 1):
            sync(name)
        given, named = _arguments(name, takes, args, kwargs)
        if name in ("argsort", "argpartition"):
            return getattr(_wrapped(given[0]), name)(*given[1:], **named)
        if name in ("sort", "partition"):  # the methods work in place
            copied = _wrapped(given[0].copy())
            getattr(copied, name)(*given[1:], **named)
            return copied
        if name in UPLOADS:  # a copy: what is on the host may change before it is over
            named.pop("blocking", None)
            order = named.pop("order", None) or ORDERS.get(name, "K")
            return _wrapped(np.array(given[0], *given[1:], order=order, **named))
        return _wrapped(getattr(module, name)(*given, **named))

    return function


def _ufunc(name: str) -> Any:
    def function(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if kwargs.keys() - {"dtype", "casting"}:
            raise TypeError(f"cupy.{name} takes out, dtype, casting (got {sorted(kwargs)})")
        given = [_operand(each) for each in args]
        if out is None:
            return _wrapped(getattr(np, name)(*given, **kwargs))
        getattr(np, name)(*given, out=_operand(out), **kwargs)
        return out

    return function


def asnumpy(
    a: Any, stream: Any = None, order: str = "C", out: Any = None, *, blocking: bool = True
):
    if isinstance(a, ndarray):
        return a.get(stream, order, out, blocking)
    return np.asarray(a)


def get_array_module(*args: Any) -> Any:
    return sys.modules[__name__] if any(isinstance(each, ndarray) for each in args) else np


def get_default_memory_pool() -> Any:
    return SimpleNamespace(free_bytes=lambda: 0, used_bytes=lambda: 0)


class _Generator:
    def __init__(self, seed: Any = None):
        self._rng = np.random.default_rng(seed)

    def __getattr__(self, name: str) -> Any:
        if name not in GENERATOR:
            raise AttributeError(f"'cupy.random.Generator' object has no attribute {name!r}")
        return lambda *args, **kwargs: _wrapped(getattr(self._rng, name)(*args, **kwargs))


random = SimpleNamespace(default_rng=_Generator)
linalg = SimpleNamespace(
    **{name: _function(name, takes, np.linalg) for name, takes in NAMES["linalg"].items()}
)
cupyx = ModuleType("cupyx")
cupyx.empty_pinned = lambda shape, dtype=float, order="C": np.empty(shape, dtype, order)  # pyright: ignore


def __getattr__(name: str) -> Any:
    if name in NAMES["ufuncs"]:
        return _ufunc(name)
    if name in NAMES["functions"]:
        return _function(name, NAMES["functions"][name])
    value = getattr(np, name, None)
    if name in ("newaxis", "pi", "inf", "nan"):
        return value
    if isinstance(value, type) and issubclass(value, np.generic):
        return value
    raise AttributeError(f"module 'cupy' has no attribute {name!r}")
