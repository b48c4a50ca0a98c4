"""Where arrays live, and which form of a rule runs there.

CuPy has a current GPU and a current stream for each thread. All work of a run is queued on the
null stream, which the layers' threads share: so what one of them has queued is done before what
another queues on its answer, and memory that one gives back is not taken while it is still read.
"""

import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from types import ModuleType
from typing import Any, TypeAlias, TypeVar

import numpy as np

from hebb import gpu
from hebb.cores import cores
from hebb.errors import HebbError, UsageError
from hebb.size import size

Array: TypeAlias = Any  # numpy.ndarray on the CPU, cupy.ndarray on a GPU
F = TypeVar("F")
ROOM = "make layers smaller, take float32 where it is float64, or take --device cpu"


@dataclass(frozen=True)
class Device:
    """The array module, and whether compiled forms are wanted. One a run."""

    xp: ModuleType = np
    compiled: bool = True
    index: int = 0  # of the GPU, where it is one

    @property
    def kind(self) -> str:
        return "cpu" if self.xp is np else "cuda"

    @property
    def name(self) -> str:
        """As `--device` calls it."""
        return "cpu" if self.xp is np else f"cuda:{self.index}"

    def form(self, *, read: F, compiled: F | None, cuda: F | None = None) -> tuple[F, str]:
        """The form of a rule that runs here, and its name: "compiled", "cuda" or "read"."""
        if compiled is not None and self.compiled and self.xp is np:
            return compiled, "compiled"
        if cuda is not None and self.compiled and self.xp is not np:
            return cuda, "cuda"
        return read, "read"

    def described(self) -> dict[str, str]:
        """What run.json says of it."""
        known = {"kind": self.kind, "name": self.name, "machine": platform.machine()}
        if self.xp is not np:
            known |= {"gpu": gpu.card(self.xp, self.index).name, "cupy": self.xp.__version__}
        return known

    def put(self, array: np.ndarray) -> Array:
        """The array there. On a GPU it is under way: the copy is queued like any other work."""
        return self.xp.asarray(array)

    def get(self, array: Array) -> np.ndarray:
        return array if self.xp is np else self.xp.asnumpy(array)

    def take(self) -> None:
        """From now on the calling thread works here."""
        if self.xp is not np:
            self.xp.cuda.Device(self.index).use()
            self.xp.cuda.Stream.null.use()  # it need not be the default: an environment may say so

    @contextmanager
    def within(self) -> Iterator[None]:
        """The calling thread works here. HebbError: the GPU's memory is full."""
        if self.xp is np:
            yield
            return
        cuda = self.xp.cuda
        with cuda.Device(self.index):
            before = cuda.get_current_stream()
            cuda.Stream.null.use()
            try:
                yield
            except Exception as err:
                if (wanted := gpu.wanted(err)) is None:
                    raise
                raise HebbError(self._full(wanted)) from None
            finally:
                before.use()

    def free(self) -> int:
        """Bytes of a GPU that can still be had."""
        return gpu.free(self.xp, self.index)

    def check_room(self, n_bytes: int) -> None:
        """UsageError: weights of so many bytes do not fit, whatever else is needed beside them."""
        if self.kind == "cuda" and n_bytes > (free := self.free()):
            raise UsageError(
                f"--device {self.name}: the weights take {size(n_bytes)}, and {size(free)} of its "
                f"memory are free; {ROOM}"
            )

    def fetch(self, arrays: dict[str, Array]) -> "Fetched":
        """Copies of arrays as they are now, on their way to the host."""
        if self.xp is np:
            return Fetched({name: np.array(a, order="C") for name, a in arrays.items()})
        return _queued(self.xp, arrays)

    def _full(self, wanted: int) -> str:
        asked = f"{size(wanted)} more were needed" if wanted else "more was needed"
        return (
            f"the memory of {self.name} is full: {asked}, and {size(self.free())} are free; {ROOM}"
        )


class Fetched:
    """Arrays by name that are on the host, or will be: `result` waits for them."""

    def __init__(self, arrays: dict[str, np.ndarray], *there: Any):
        self._arrays, self._there = arrays, there

    def result(self) -> dict[str, np.ndarray]:
        if there := self._there:  # two threads may ask
            there[0].synchronize()
            self._there = ()  # what they were copied from is not needed any more
        return self._arrays


def _queued(cupy: ModuleType, arrays: dict[str, Array]) -> Fetched:
    """Copies on the GPU are made at once, in order; on a stream of their own they go to the host.

    So whoever changes the arrays afterwards waits for nothing. Copies, not the arrays: those may
    have changed before they are over.
    """
    import cupyx  # pyright: ignore[reportMissingImports]

    copies = {name: array.copy() for name, array in arrays.items()}
    stream = cupy.cuda.Stream(non_blocking=True)
    stream.wait_event(cupy.cuda.Stream.null.record())
    host = {name: cupyx.empty_pinned(a.shape, a.dtype) for name, a in copies.items()}
    for name, array in copies.items():
        array.get(stream=stream, out=host[name], blocking=False)
    return Fetched(host, stream.record(), stream, copies)


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
    """The device called `auto`, `cpu`, `cuda` or `cuda:N`, and a sentence why it was taken.

    `auto` takes the CPU, whose compiled rules have been timed, while no rule has been on a GPU.
    UsageError: no such device, or it cannot be used, or $HEBB_THREADS is no number of cores.
    """
    cores()  # what is wrong there is told before hours of training
    if found := re.fullmatch(r"cuda(?::(\d+))?", name):
        index = int(found[1] or 0)
        try:
            cupy, card = gpu.usable(index)
        except gpu.Lack as lack:
            cure = f"{lack.cure}, or take --device cpu"
            raise UsageError(f"--device {name}: {lack.what}; {cure}") from None
        device = Device(cupy, compiled=not reference, index=index)
        how = ", the rules as read" if reference else ""
        return device, f"{device.name}, {card.name}{how}, as asked"
    if name not in ("auto", "cpu"):
        raise UsageError(f"--device: must be auto, cpu, cuda or cuda:N (got {name})")
    if reference:
        return Device(compiled=False), "cpu, the rules as read, as asked"
    return Device(), f"cpu ({'as asked' if name == 'cpu' else _why_not_a_gpu()})"


def _why_not_a_gpu() -> str:
    try:
        seen = gpu.first_seen()
    except gpu.Lack as lack:
        return f"auto: {lack.what}"
    return f"auto: no rule has been timed on a GPU yet; --device cuda takes the {seen.name}"
