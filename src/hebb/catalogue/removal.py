"""Removing runs: what may go, and how it goes."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from hebb.catalogue.contents import files
from hebb.catalogue.listing import Entry, find, listing_text
from hebb.errors import HebbError, UsageError
from hebb.size import size
from hebb.store import Run, is_sweep, paths_of


def find_run(name: str, runs_dir: Path) -> Run:
    """The run to remove. UsageError: there is none; of a sweep, how it is removed."""
    for path in paths_of(name, runs_dir):
        if is_sweep(path):
            way = f"`rm -r {quote(str(path))}` removes it with all its runs"
            raise UsageError(f"{name}: is a sweep, not a run; {way}")
    return find(name, runs_dir)


def check_removable(run: Run) -> None:
    """UsageError: it is a link, no run directory, or under way."""
    if run.path.is_symlink():
        raise UsageError(f"{run.path}: is a link; name what it leads to, to remove that")
    names = [name for name, _ in files(run.path)]
    whole = "run.json" in names and ("config.yaml" in names or (run.path / "snapshots").is_dir())
    held = {"snapshots", "lock"}  # all there is of a run that was cut as it began
    claimed = {"snapshots"} <= set(os.listdir(run.path)) <= held and set(names) <= held
    if not whole and not claimed:
        raise UsageError(f"{run.path}: is left alone: without a run.json it may be no run")
    with run.held():
        pass


def remove(run: Run) -> None:
    """Remove a run directory whole, renamed first, so that no half of it passes for a run.

    UsageError: it is a link, no run directory, or under way. HebbError: the disk does not let go.
    """
    check_removable(run)
    path = run.path.resolve()
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    with run.held():
        try:
            path.rename(aside)
            shutil.rmtree(aside)
        except OSError as err:
            left = f"; what is left of it is {aside}" if aside.exists() else ""
            raise HebbError(f"{run.path}: cannot be removed: {err.strerror}{left}") from None


def removal_text(entries: Sequence[Entry], heirs: Sequence[tuple[str, str]], width: int) -> str:
    """What goes, and who began with its weights: pairs of a run that stays and one that goes."""
    lines = [listing_text(entries, width)]
    lines += [f"{child} began with weights of {parent}" for child, parent in dict.fromkeys(heirs)]
    runs = "1 run" if len(entries) == 1 else f"{len(entries)} runs"
    return "\n".join([*lines, f"{runs}, {size(sum(each.size for each in entries))}"])
