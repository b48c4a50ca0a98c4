"""The runs of a directory, looked at again and again: what has not changed is not read anew."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from hebb.catalogue import listing
from hebb.catalogue.listing import Entry
from hebb.catalogue.progress import Progress, progress
from hebb.store import Run

Stamp: TypeAlias = tuple[object, ...]


@dataclass(frozen=True)
class Line:
    """What the list says of a run."""

    entry: Entry
    progress: Progress | None  # of a run under way


_known: dict[Path, dict[Path, tuple[Stamp, Line]]] = {}  # of each directory, by its last look


def run_list(runs_dir: Path) -> list[Line]:
    """A line for each run of `listing.runs`, the youngest first."""
    before, found = _known.get(runs_dir, {}), {}

    def look(run: Run) -> Entry:
        stamp, known = _stamp(run), before.get(run.path)
        found[run.path] = known if known and known[0] == stamp else (stamp, _line(run))
        return found[run.path][1].entry

    entries = listing.runs(runs_dir, look)
    _known[runs_dir] = found  # a run that is gone is forgotten
    return [found[each.path][1] for each in entries]


def _line(run: Run) -> Line:
    entry = listing.entry(run)
    return Line(entry, progress(run) if entry.status == "running" else None)


def _stamp(run: Run) -> Stamp:
    """The times of what a line is read from, and whether somebody is at the run: no file's time
    tells when it is killed. What is written aside and renamed shows in its folder's time."""
    times = []
    for name in ("", "run.json", "config.yaml", "eval.json", "metrics.jsonl", "snapshots"):
        try:
            times.append(os.stat(run.path / name).st_mtime_ns)
        except FileNotFoundError:
            times.append(0)
    return listing.is_worked_on(run), *times
