"""Families of runs: which began with the weights of which.

Of weights no more is read than the digest of those that a run began with.
"""

from pathlib import Path
from typing import Any

from hebb.catalogue.contents import first_weights
from hebb.catalogue.file_cache import file_cache
from hebb.catalogue.listing import runs_in
from hebb.store import Run, file_digest


def family(run: Run) -> dict[str, list[dict[str, Any]]]:
    """The runs whose weights a run began with, theirs in turn, and those that began with its own.

    A parent's `state`: its snapshot is the `same` as then, has `changed`, or is `gone`.
    """
    return {"parents": parents(run), "children": children(run)}


def parents(run: Run) -> list[dict[str, Any]]:
    """The runs whose weights a run began with, and theirs in turn, as `family` tells them."""
    return _parents(run, ())


def children(run: Run) -> list[dict[str, Any]]:
    """The runs beside a run that began with its weights, and from which snapshot."""
    own, beside = run.path.resolve(), run.path.resolve().parent
    return [
        {"id": each.id, "path": str(each.path), "snapshot": int(snapshot.stem)}
        for each in runs_in(beside)
        for snapshot in first_weights(each)
        if snapshot.parent.parent == own
    ]


def _parents(run: Run, below: tuple[Path, ...]) -> list[dict[str, Any]]:
    parents, below = [], (*below, run.path.resolve())
    for snapshot, digest in first_weights(run).items():
        parent, state = Run(snapshot.parent.parent), "gone"
        if snapshot.is_file():
            state = "same" if _digest(snapshot) == digest else "changed"
        known = [] if parent.path in below else _parents(parent, below)
        parents.append(
            {"id": parent.id, "path": str(parent.path), "snapshot": int(snapshot.stem),
             "state": state, "parents": known}
        )  # fmt: skip
    return parents


@file_cache(64)
def _digest(path: Path) -> str:
    return file_digest(path)
