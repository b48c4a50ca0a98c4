"""What the machine is called, and what computes on it."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_info

from hebb.cores import cores
from hebb.provenance import versions

CPU0 = Path("/sys/devices/system/cpu/cpu0/cache")


@dataclass(frozen=True)
class Machine:
    """caches: bytes by name (L1, L2, L3), of a core or of those that share one; those known."""

    cpu: str
    cores: int
    caches: dict[str, int]
    memory: int | None
    system: str
    versions: dict[str, str]
    blas: str


def this() -> Machine:
    return Machine(
        _cpu(), cores(), _caches(CPU0), _memory(), f"{platform.system()} {platform.machine()}",
        {name: number for name, number in versions().items() if number != "none"}, _blas(),
    )  # fmt: skip


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def _caches(folder: Path) -> dict[str, int]:
    """Of data, by level, as Linux tells it; empty elsewhere."""
    found = {}
    for each in sorted(folder.glob("index*")):
        try:
            level, kind, size = (
                (each / name).read_text().strip() for name in ("level", "type", "size")
            )
        except OSError:
            continue
        if kind != "Instruction" and size.endswith("K"):
            found[f"L{level}"] = int(size[:-1]) * 1024
    return found


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


def _blas() -> str:
    """The library that multiplies matrices for NumPy, and what it takes the CPU for."""
    import numpy as np

    with np.errstate(all="ignore"):
        np.dot(np.ones((2, 2)), np.ones((2, 2)))  # it is loaded
    for each in threadpool_info():
        if each["user_api"] == "blas":
            kind = each.get("architecture", "")
            return " ".join(filter(None, (each["internal_api"], each["version"], kind)))
    return "unknown"
