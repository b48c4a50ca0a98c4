"""`cores`: how many cores this process may use. Everything that works on several asks here."""

import math
import os
from pathlib import Path

from hebb.errors import UsageError

NAME = "HEBB_THREADS"  # of the environment: overrides what is found
GROUPS = Path("/sys/fs/cgroup")
OWN_GROUP = Path("/proc/self/cgroup")


def cores() -> int:
    """$HEBB_THREADS, else those that batch systems and containers leave to this process.

    UsageError: $HEBB_THREADS is not a whole number, 1 or more. What is computed is the same to the
    bit whatever the number.
    """
    wanted = os.environ.get(NAME, "")
    if wanted:
        if not (wanted.isascii() and wanted.isdigit() and int(wanted)):
            must = f"must be a whole number, 1 or more (got {wanted})"
            raise UsageError(f"{NAME}: {must}; unset it to use all cores there are")
        return int(wanted)
    mine = getattr(os, "sched_getaffinity", None)  # not on macOS
    there = len(mine(0)) if mine else os.cpu_count() or 1
    return max(1, math.ceil(min(there, _granted())))


def shares(runs: int) -> list[int]:
    """What each of so many runs at once gets of the cores: one at least, and none is left over."""
    each, rest = divmod(cores(), runs)
    return [max(1, each + (i < rest)) for i in range(runs)]


def _granted() -> float:
    """Cores' worth of time that control groups (version 2) grant; inf where nothing limits it."""
    try:
        lines = OWN_GROUP.read_text(encoding="utf-8").splitlines()
    except OSError:
        return math.inf
    own = next((line[3:] for line in lines if line.startswith("0::")), "/")
    group = GROUPS / own.lstrip("/")
    return min((_quota(each / "cpu.max") for each in (group, *group.parents)), default=math.inf)


def _quota(path: Path) -> float:
    """Microseconds in a period, such as `200000 100000`; or `max`."""
    try:
        quota, period = path.read_text(encoding="utf-8").split()
        return math.inf if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return math.inf
