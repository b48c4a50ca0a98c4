"""Rules that other packages bring: entry points of the group `hebb.rules`.

They are looked for only where a name is none of hebb's own, since that takes its time.
"""

import sys
import traceback
from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from hebb.errors import UsageError
from hebb.layers import RULES

GROUP = "hebb.rules"


def installed() -> dict[str, list[EntryPoint]]:
    """The entry points of each name that is not a built-in rule's."""
    return {name: points for name, points in _all(tuple(sys.path)).items() if name not in RULES}


def hidden() -> Iterator[str]:
    """A sentence for each rule that cannot be had, because a built-in one has its name."""
    for name, points in _all(tuple(sys.path)).items():
        for point in points if name in RULES else ():
            package = " ".join(package_of(point))
            yield f"rule {name} of {package} is not used: a rule of hebb has that name"


def package_of(point: EntryPoint) -> tuple[str, str]:
    """The name and the version of the distribution that an entry point belongs to."""
    return (point.dist.name, point.dist.version) if point.dist else ("unknown", "")


def load(name: str, points: list[EntryPoint]) -> Any:
    """What the one entry point of a name stands for. UsageError."""
    packages = sorted(" ".join(package_of(point)) for point in points)
    if len(points) > 1:
        both = f"{' and '.join(packages)} each have one of this name"
        raise UsageError(f"must be the rule of one package; {both}: uninstall all but one")
    try:
        return points[0].load()
    except (Exception, SystemExit) as err:
        told = f"{packages[0]}, {points[0].value}: {_place(err)}{in_a_line(err)}"
        raise UsageError(f"must be importable; {told}") from err


def in_a_line(err: BaseException) -> str:
    return f"{type(err).__name__}: {' '.join(str(err).split())}"


def _place(err: BaseException) -> str:
    """File and line where the package's own code raised; nothing where it was not reached."""
    frames = traceback.extract_tb(err.__traceback__)[1:]
    own = [frame for frame in frames if "importlib" not in frame.filename]
    return f"{own[-1].filename}:{own[-1].lineno}: " if own else ""


@cache
def _all(path: tuple[str, ...]) -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, []).append(point)
    return found
