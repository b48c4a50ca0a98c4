"""Where arrays live, and which form of a rule runs there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from types import ModuleType
from typing import Any, TypeAlias, TypeVar

import numpy as np

from hebb.errors import UsageError

Array: TypeAlias = Any  # numpy.ndarray on the CPU, cupy.ndarray on a GPU
F = TypeVar("F")


@dataclass(frozen=True)
class Device:
    """The array module, and whether compiled forms are wanted. One a run."""

    xp: ModuleType = np
    compiled: bool = True

    @property
    def kind(self) -> str:
        return "cpu" if self.xp is np else "cuda"

    def form(self, *, read: F, compiled: F | None, cuda: F | None = None) -> tuple[F, str]:
        """The form of a rule that runs here, and its name: "compiled", "cuda" or "read"."""
        if compiled is not None and self.compiled and self.xp is np:
            return compiled, "compiled"
        if cuda is not None and self.compiled and self.xp is not np:
            return cuda, "cuda"
        return read, "read"

    def put(self, array: np.ndarray) -> Array:
        return self.xp.asarray(array)

    def get(self, array: Array) -> np.ndarray:
        return array if self.xp is np else self.xp.asnumpy(array)


CPU = Device()


_door = Lock()
_limits: list[Any] = []  # as they were found, by each who is within `one_blas_thread`
_within = 0


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within it BLAS takes one thread a product: on more, its sums and so its bits differ.

    The limit holds for the whole process, so it is lifted when the last who is within leaves.
    """
    global _within
    from threadpoolctl import threadpool_limits

    with _door:
        _limits.append(threadpool_limits(1, user_api="blas"))  # of libraries loaded since, too
        _within += 1
    try:
        yield
    finally:
        with _door:
            _within -= 1
            while not _within and _limits:
                _limits.pop().restore_original_limits()


def choose(name: str, *, reference: bool = False) -> tuple[Device, str]:
    """The device called `auto`, `cpu` or `cuda`, and a sentence that says why it was taken.

    `auto` takes the CPU: compiled rules run there only, and there they outrun the rules as
    read on a GPU, which is what `cuda` gives. `cuda` has not been run on hardware yet.
    """
    if name == "cuda":
        return Device(_cupy(), compiled=False), "cuda, as asked: the rules as read, on CuPy"
    if name not in ("auto", "cpu"):
        raise UsageError(f"--device: must be auto, cpu or cuda (got {name})")
    if reference:
        return Device(compiled=False), "cpu, the rules as read, as asked"
    why = "as asked" if name == "cpu" else "auto: compiled rules run on the CPU only"
    return Device(), f"cpu ({why})"


def _cupy() -> ModuleType:
    try:
        import cupy  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError:
        raise UsageError(
            "--device cuda: CuPy is not installed; "
            "pip install 'hebb-lab[cuda13]' (or [cuda12]), or take --device cpu"
        ) from None
    except ImportError as err:
        raise UsageError(f"--device cuda: CuPy cannot be imported: {err}") from None
    if not cupy.cuda.is_available():
        raise UsageError(
            "--device cuda: no usable GPU was found (CuPy sees none); take --device cpu"
        )
    return cupy
