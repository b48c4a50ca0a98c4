"""The runs of a directory, looked at again and again: what has not changed is not read anew."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from hebb import library
from hebb.library import Entry
from hebb.progress import Progress, progress
from hebb.store import Run

Stamp: TypeAlias = tuple[object, ...]


@dataclass(frozen=True)
class Line:
    """What the list says of a run."""

    entry: Entry
    progress: Progress | None  # of a run under way


_known: dict[Path, tuple[Stamp, Line]] = {}


def listed(runs_dir: Path) -> list[Line]:
    """A line for each run of `library.runs`, the youngest first."""
    return [_known[each.path][1] for each in library.runs(runs_dir, _entry)]


def _entry(run: Run) -> Entry:
    stamp = _stamp(run)
    before, line = _known.get(run.path, (None, None))
    if line is None or before != stamp:
        entry = library.entry(run)
        line = Line(entry, progress(run) if entry.status == "running" else None)
        _known[run.path] = stamp, line
    return line.entry


def _stamp(run: Run) -> Stamp:
    """The times of what a line is read from, and whether somebody is at the run: no file's time
    tells when it is killed. What is written aside and renamed shows in its folder's time."""
    times = []
    for name in ("", "run.json", "config.yaml", "eval.json", "metrics.jsonl", "snapshots"):
        try:
            times.append(os.stat(run.path / name).st_mtime_ns)
        except FileNotFoundError:
            times.append(0)
    return library.is_worked_on(run), *times
