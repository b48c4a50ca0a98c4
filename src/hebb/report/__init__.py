"""`report`: runs and sweeps as one HTML file that opens anywhere and fetches nothing."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hebb.catalogue.comparison import differences
from hebb.catalogue.sweeps import SweepFolder
from hebb.errors import HebbError, UsageError
from hebb.output_paths import to_file
from hebb.report import sweeps
from hebb.report.gather import Told, gathered
from hebb.report.images import pictures, thinned, weights
from hebb.report.page import page
from hebb.store import Folder, Run

MEGABYTES = 10.0  # a page may have by default: as much as mail takes
ROOM = 100_000  # bytes left for what stands around the pictures

__all__ = ["MEGABYTES", "pictures", "report"]


def report(
    shown: Sequence[Run | SweepFolder],
    to: Path | None = None,
    megabytes: float = MEGABYTES,
    say: Callable[[str], None] = lambda line: None,
) -> Path:
    """Write the page of some runs and sweeps, side by side. Returns its path.

    to: by default report.html in the directory of the only one, or a file beside the first.
    Snapshots are left out, evenly, where the page would be larger than `megabytes`. The first and
    the last of each run are always kept: `say` is told where it is larger all the same.
    """
    if not shown:
        raise UsageError("report: must be given a run or a sweep")
    out = to_file(to or _beside(shown))
    runs = [each for each in shown if isinstance(each, Run)]
    told, swept = (
        [gathered(run) for run in runs],
        [sweeps.gathered(each) for each in shown if isinstance(each, SweepFolder)],
    )
    how: dict[str, Any] = {"title": _title(shown), "differences": _differences(runs)}
    without = len(page(told, swept, frames=[{} for _ in runs], **how).encode())
    frames = _shared_out(runs, told, max(megabytes * 1e6 - without - ROOM, 0))
    Folder(out.parent).write_text(out.name, page(told, swept, frames=frames, **how))
    if (size := out.stat().st_size / 1e6) > megabytes:
        kept = "; the first and the last snapshot of each run are always in it" if runs else ""
        say(f"{out}: has {size:.1f} MB, more than the {megabytes:g} asked for{kept}")
    return out


def _shared_out(runs: Sequence[Run], told: Sequence[Told], budget: float) -> list[dict[int, str]]:
    """The pictures of each run. What one leaves of its share of the bytes is for those after it.

    So those that need the least come first.
    """

    def needs(i: int) -> int:
        weights = sum(math.prod(layer.shape) for layer in told[i]["layers"])
        return len(told[i]["snapshots"]) * weights

    frames: list[dict[int, str]] = [{} for _ in runs]
    order = sorted(range(len(runs)), key=needs)
    for n, i in enumerate(order):
        frames[i] = _frames(runs[i], told[i], budget / (len(order) - n))
        budget -= sum(map(len, frames[i].values()))
    return frames


def _frames(run: Run, told: Told, budget: float) -> dict[int, str]:
    """The pictures of a run that have room. Snapshots that cannot be read are said in it."""
    readable = []
    for number in (each["inputs"] for each in told["snapshots"]):
        try:
            weights(run, number, told["layers"])
            readable.append(number)
        except HebbError as err:
            told["damages"].append(str(err))
            told["status"] = "damaged"
    if not readable or not told["layers"]:
        return {}
    return thinned(readable, lambda number: pictures(run, number, told["layers"]), budget)


def _differences(runs: Sequence[Run]) -> dict[str, Any]:
    """Settings that differ among runs: those that all have, and what else each has of its own."""
    if len(runs) < 2:
        return {}
    try:
        found = differences(runs)
    except HebbError:  # whose config.yaml cannot be read says so on the page
        return {}
    only_some = {path: values for path, values in found.items() if None in values}
    own = [
        (run.id, {path: values[n] for path, values in only_some.items() if values[n] is not None})
        for n, run in enumerate(runs)
    ]
    shared = {path: values for path, values in found.items() if path not in only_some}
    return {"shared": shared, "own": own, "only_some": len(only_some)} if found else {}


def _title(shown: Sequence[Run | SweepFolder]) -> str:
    ids = [each.id for each in shown]
    return ids[0] if len(ids) == 1 else f"{', '.join(ids[:-1])} and {ids[-1]}"


def _beside(shown: Sequence[Run | SweepFolder]) -> Path:
    first = shown[0].path
    if len(shown) == 1:
        return first / "report.html"
    return first.parent / f"report-{'-'.join(each.id for each in shown)[:80]}.html"
