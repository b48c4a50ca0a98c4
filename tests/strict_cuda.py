"""`cupy.cuda` for `strict_cupy`: GPUs, streams and events that know who has waited for what.

Like CuPy, each thread has a current GPU, 0 at first, and for each GPU a current stream; work
belongs on the stream that all threads share. A copy that is not waited for is not made before
somebody waits for it, from what the array then holds.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

syncs: list[str] = []  # each time that the host waited for the GPU: what made it wait
_here = threading.local()
_clock = iter(range(10**12))  # of all that GPUs have done


class World:
    """What there is, for a test to change (with monkeypatch)."""

    gpus = 2
    multiprocessors = 1000
    driver = 13000
    free, total = 6 << 30, 8 << 30
    compiler = True  # whether NVRTC is found
    compiles = True  # whether it finds what kernels include
    per_thread = False  # $CUPY_CUDA_PER_THREAD_DEFAULT_STREAM


def sync(what: str) -> None:
    syncs.append(what)


@contextmanager
def waits() -> Iterator[list[str]]:
    """What makes the host wait within the block."""
    found: list[str] = []
    begin = len(syncs)
    yield found
    found += syncs[begin:]


def now() -> int:
    return next(_clock)


def current() -> int:
    return getattr(_here, "gpu", 0)


def check_here(gpu: int) -> None:
    """An array is used where it lies, in the order that all threads keep."""
    if gpu != current():
        raise ValueError(
            "Array device must be same as the current device: "
            f"array device = {gpu} while current = {current()}"
        )
    assert get_current_stream() is Stream.null, "work of one thread is not in order with others'"


def allocate(size: int) -> None:
    if size > World.free:
        raise OutOfMemoryError(size, World.total - World.free)


class CUDARuntimeError(RuntimeError):
    __module__ = "cupy_backends.cuda.api.runtime"


class OutOfMemoryError(MemoryError):
    __module__ = "cupy.cuda.memory"

    def __init__(self, size: int, total: int):
        super().__init__(
            f"Out of memory allocating {size:,} bytes (allocated so far: {total:,} bytes)."
        )


class Device:
    def __init__(self, device: int | None = None):
        self.id = current() if device is None else int(device)
        self._before: list[int] = []

    def use(self) -> None:
        if not 0 <= self.id < World.gpus:
            raise CUDARuntimeError("cudaErrorInvalidDevice: invalid device ordinal")
        _here.gpu = self.id

    def __enter__(self) -> "Device":
        self._before.append(current())
        self.use()
        return self

    def __exit__(self, *why) -> None:
        _here.gpu = self._before.pop()

    @property
    def attributes(self) -> dict[str, int]:
        return {"MultiProcessorCount": World.multiprocessors}

    @property
    def mem_info(self) -> tuple[int, int]:
        return World.free, World.total


class Event:
    def __init__(self) -> None:
        self.time, self.copies = -1, []

    def synchronize(self) -> None:
        sync("Event.synchronize")
        for copy in self.copies:
            copy()
        self.copies = []


class Stream:
    null: "Stream"
    ptds: "Stream"

    def __init__(self, null=False, non_blocking=False, ptds=False):
        self.ptr = 0 if null else 2 if ptds else id(self)
        self.device_id = -1 if null or ptds else current()
        self.seen = -1  # the time of the last event that it has waited for
        self.copies = []
        self.before: list[Stream] = []

    def use(self) -> "Stream":
        assert self.device_id in (-1, current())
        streams()[current()] = self
        return self

    def __enter__(self) -> "Stream":
        self.before.append(get_current_stream())
        return self.use()

    def __exit__(self, *why) -> None:
        self.before.pop().use()

    def record(self, event: Event | None = None) -> Event:
        event = event or Event()
        event.time = now() if self is Stream.null else self.seen
        event.copies = list(self.copies)
        return event

    def wait_event(self, event: Event) -> None:
        self.seen = max(self.seen, event.time)

    def synchronize(self) -> None:
        sync("Stream.synchronize")
        for copy in self.copies:
            copy()
        self.copies = []


Stream.null, Stream.ptds = Stream(null=True), Stream(ptds=True)


def streams() -> dict[int, Stream]:
    if not hasattr(_here, "streams"):
        _here.streams = {}
    return _here.streams


def get_current_stream(device_id: int = -1) -> Stream:
    gpu = current() if device_id == -1 else device_id
    return streams().get(gpu, Stream.ptds if World.per_thread else Stream.null)


def _count() -> int:
    if World.driver < 13000:
        raise CUDARuntimeError(
            "cudaErrorInsufficientDriver: CUDA driver version is insufficient for CUDA runtime "
            "version"
        )
    if World.gpus == 0:
        raise CUDARuntimeError("cudaErrorNoDevice: no CUDA-capable device is detected")
    return World.gpus


def _properties(gpu: int) -> dict:
    name = f"Stand-in {gpu}".encode()
    return {"name": name, "totalGlobalMem": World.total, "major": 9, "minor": 0}


def _nvrtc() -> tuple[int, int]:
    if not World.compiler:
        raise RuntimeError('Failure finding "libnvrtc.so.13 or libnvrtc.so.12": No such file')
    return 13, 0


def is_available() -> bool:
    try:
        return _count() > 0
    except CUDARuntimeError:
        return False


runtime = SimpleNamespace(
    CUDARuntimeError=CUDARuntimeError,
    getDeviceCount=_count,
    getDeviceProperties=_properties,
    driverGetVersion=lambda: World.driver,
    runtimeGetVersion=lambda: 13000,
)
nvrtc = SimpleNamespace(getVersion=_nvrtc)
memory = SimpleNamespace(OutOfMemoryError=OutOfMemoryError)
