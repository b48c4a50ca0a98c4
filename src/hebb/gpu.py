"""The GPU as CuPy shows it: what there is, why it cannot be used, how much memory is left.

Each look tells one thing, or raises `Lack` with the cure. CuPy is imported by the first of them,
so nobody pays for it who does not ask.
"""

import ctypes
import os
import re
from dataclasses import dataclass
from types import ModuleType

EXTRAS = "pip install 'hebb-lab[cuda13]' (or [cuda12])"
NO_DRIVER = "there is no NVIDIA driver", "install one, until nvidia-smi lists the GPU"


class Lack(Exception):
    """Why no GPU can be used, and the cure. broken: something is there and does not work."""

    def __init__(self, what: str, cure: str, *, broken: bool = False):
        super().__init__(what)
        self.what, self.cure, self.broken = what, cure, broken


@dataclass(frozen=True)
class Card:
    """A GPU that CuPy sees. memory: bytes in all."""

    index: int
    name: str
    capability: str
    memory: int


def cupy() -> ModuleType:
    """CuPy. Its import needs neither a driver nor a GPU."""
    try:
        import cupy  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError:
        raise Lack("CuPy is not installed", EXTRAS) from None
    except Exception as err:
        why = f"CuPy cannot be imported: {first_line(err)}"
        raise Lack(why, f"install it anew: {EXTRAS}", broken=True) from None
    return cupy


def driver_alone() -> int:
    """What the NVIDIA driver says of itself where CuPy is not, such as 13000; 0 without one."""
    found = ctypes.c_int(0)
    try:
        ctypes.CDLL("libcuda.so.1").cuDriverGetVersion(ctypes.byref(found))
    except (OSError, AttributeError):
        return 0
    return found.value


def driver(cupy: ModuleType) -> str:
    """The newest CUDA that the NVIDIA driver knows, such as 13.0."""
    runtime = cupy.cuda.runtime
    if (knows := runtime.driverGetVersion()) == 0:
        raise Lack(*NO_DRIVER)
    needs = runtime.runtimeGetVersion()
    if knows // 1000 < needs // 1000:
        other = ", or pip install 'hebb-lab[cuda12]'" if 12000 <= knows < 13000 else ""
        raise Lack(
            f"the NVIDIA driver knows CUDA {version(knows)}, and CuPy is for {version(needs)}",
            f"update the driver{other}",
            broken=True,
        )
    return version(knows)


def cards(cupy: ModuleType) -> list[Card]:
    """The GPUs that there are, by number."""
    runtime = cupy.cuda.runtime
    try:
        count = runtime.getDeviceCount()
    except Exception as err:
        if "cudaErrorNoDevice" not in str(err):
            why = f"CUDA does not start: {first_line(err)}"
            raise Lack(why, "see whether nvidia-smi does", broken=True) from None
        count = 0
    if count == 0:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        cure = "see whether nvidia-smi lists one"
        if visible is not None:
            cure = f"CUDA_VISIBLE_DEVICES is set to {visible!r}: unset it"
        raise Lack("the driver shows no GPU", cure)
    return [card(cupy, index) for index in range(count)]


def card(cupy: ModuleType, index: int) -> Card:
    """A GPU that is there, by its number."""
    known = cupy.cuda.runtime.getDeviceProperties(index)  # what is free, only work on it tells
    capability = f"{known['major']}.{known['minor']}"
    return Card(index, known["name"].decode(), capability, known["totalGlobalMem"])


def compiler(cupy: ModuleType) -> str:
    """The version of NVRTC, which compiles kernels, such as 13.0."""
    try:
        major, minor = cupy.cuda.nvrtc.getVersion()
    except Exception as err:
        raise Lack(
            f"CuPy finds no compiler for kernels (NVRTC): {first_line(err)}",
            f"{EXTRAS} brings one",
        ) from None
    return f"{major}.{minor}"


def trial(cupy: ModuleType, index: int) -> None:
    """That kernels compile and a product is right; the first time ever takes some seconds."""
    try:
        with cupy.cuda.Device(index), cupy.cuda.Stream.null:  # as runs do
            x = cupy.arange(6, dtype=cupy.float32).reshape(2, 3) + 1
            found = float((x @ x.T).sum())
    except Exception as err:
        raise Lack(
            f"a first kernel does not run on it: {first_line(err)}",
            f"{EXTRAS} brings what CuPy needs beside the driver",
        ) from None
    if found != 155:
        raise Lack(f"it computes wrongly: 155 came out as {found:g}", "test its memory")


def _to_use() -> ModuleType:
    """CuPy. Nobody is told to install it, and nothing else, where that would not be enough."""
    try:
        return cupy()
    except Lack as lack:
        if lack.broken or driver_alone():
            raise
        cure = f"where there is a GPU, install its driver and CuPy: {EXTRAS}"
        raise Lack(f"{NO_DRIVER[0]}, and {lack.what}", cure) from None


def usable(index: int) -> tuple[ModuleType, Card]:
    """CuPy and the GPU of a number, tried."""
    module = _to_use()
    driver(module)
    there = cards(module)
    if index >= len(there):
        names = ", ".join(f"cuda:{each.index}" for each in there)
        raise Lack("there is no such GPU", f"there are {names}")
    compiler(module)
    trial(module, index)
    return module, there[index]


def first_seen() -> Card:
    """The first GPU, looked at and not tried."""
    module = _to_use()
    driver(module)
    return cards(module)[0]


def free(cupy: ModuleType, index: int) -> int:
    """Bytes that can still be had: of the GPU, and what CuPy keeps from arrays that are gone."""
    with cupy.cuda.Device(index) as device:
        return device.mem_info[0] + cupy.get_default_memory_pool().free_bytes()


def wanted(err: BaseException) -> int | None:
    """How many bytes a GPU was asked for and did not have; None if that was not what happened.

    CuPy's own error cannot be imported where CuPy is not, and CUDA has another.
    """
    if isinstance(err, MemoryError) and type(err).__module__.startswith("cupy"):
        found = re.search(r"allocating ([\d,]+) bytes", str(err))
        return int(found[1].replace(",", "")) if found else 0
    return 0 if "cudaErrorMemoryAllocation" in str(err) else None


def first_line(err: BaseException) -> str:
    lines = str(err).strip().splitlines() or [type(err).__name__]
    return lines[0][:160]


def version(number: int) -> str:
    """CUDA's 13020 is 13.2."""
    return f"{number // 1000}.{number % 1000 // 10}"
