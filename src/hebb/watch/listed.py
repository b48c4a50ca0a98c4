"""The runs of a directory, looked at again and again: what has not changed is not read anew."""

import os
from pathlib import Path
from typing import TypeAlias

from hebb import library
from hebb.library import Entry
from hebb.store import Run

Stamp: TypeAlias = tuple[int, ...]

_known: dict[Path, tuple[Stamp, Entry]] = {}


def entries(runs_dir: Path) -> list[Entry]:
    """As `library.runs`, the youngest first."""
    return library.runs(runs_dir, _entry)


def _entry(run: Run) -> Entry:
    stamp = _stamp(run.path)
    before, entry = _known.get(run.path, (None, None))
    # Whether a run that says so is under way is told by a lock, which no file's time tells.
    if entry is None or before != stamp or entry.status == "running":
        entry = library.entry(run)
        _known[run.path] = stamp, entry
    return entry


def _stamp(path: Path) -> Stamp:
    """The times of what a line of the list is read from."""
    times = []
    for name in ("", "run.json", "config.yaml", "eval.json", "metrics.jsonl", "snapshots"):
        try:
            times.append(os.stat(path / name).st_mtime_ns)
        except FileNotFoundError:
            times.append(0)
    return tuple(times)
