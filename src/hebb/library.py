"""What there is among runs: entries to list, what a run is, families, differences, removal.

Plain functions for the command line and for notebooks. They read small files and the names of
others; of weights they read no more than the digest of those that a run began with.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from hebb.contents import (
    damages,
    files,
    first_weights,
    flat,
    is_snapshot,
    last_metrics,
    results,
    settings,
    signs_of_collapse,
)
from hebb.errors import HebbError, UsageError
from hebb.kept import kept
from hebb.store import Run, file_digest, no_such_run
from hebb.titles import FIGURES, value_of

WRITTEN = ("running", "completed", "interrupted", "failed")  # in run.json
STATUSES = (*WRITTEN, "killed", "damaged")  # to whoever looks


@dataclass(frozen=True)
class Entry:
    """A run as it is listed."""

    id: str
    path: Path
    status: str  # one of STATUSES
    error: str | None  # why it failed, was interrupted or is damaged
    started: datetime
    inputs: int | None  # seen by its last snapshot
    accuracy: float | None  # of the first classifier of eval.json, in [0, 1]
    lift: float | None  # of that accuracy over the same stack at its first weights
    size: int  # bytes

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        plain = asdict(self) | {"path": str(self.path), "started": self.started.isoformat()}
        return {"kind": "run", **plain}


ORDERS: dict[str, Callable[[Entry], Any]] = {  # the first in each: youngest, best, largest
    "age": lambda entry: -entry.started.timestamp(),
    "accuracy": lambda entry: -(entry.accuracy or 0),
    "size": lambda entry: -entry.size,
    "id": lambda entry: entry.id,
}


def find(name: str, runs_dir: Path = Path("runs")) -> Run:
    """The run called `name`: a path, a bare id or `latest`; it may be damaged. UsageError."""
    if name == "latest":
        return Run.open(name, runs_dir)
    # Only a bare id is looked for in runs_dir: `../x` must not lead out of it.
    bare = name not in ("", "..") and Path(name).name == name
    for path in (Path(name), runs_dir / name) if bare else (Path(name),):
        if name and is_like_a_run(path):
            return Run(path)
    raise no_such_run(name, runs_dir)


def runs(runs_dir: Path = Path("runs"), read: Callable[[Run], Entry] | None = None) -> list[Entry]:
    """Every run in a directory, the youngest first; none where there is no directory.

    read: what makes an entry of a run, in place of `entry`.
    """
    entries = []
    for run in runs_in(runs_dir):
        with suppress(FileNotFoundError):  # it has been removed meanwhile
            entries.append((read or entry)(run))
    return ordered(entries)


def entry(run: Run) -> Entry:
    """A run as it is listed. Whatever is wrong with it makes it `damaged`, and is no error.

    Of its snapshots the last alone is looked at: `describe` looks at all.
    """
    info, names, first, last, error = {}, {}, {}, None, None
    try:
        names = dict(files(run.path))
        last = max((name for name in names if is_snapshot(name)), key=_inputs, default=None)
        info = run.info()
        status = _status(run, info)
        error = info.get("error")
        first = next((each for each in results(run) if "accuracy" in each), {})
        if "config.yaml" not in names:
            raise UsageError(f"{run.path}: has no config.yaml")
        if broken := damages(run, [run.path / last] if last else []):
            rest = len(broken) - 1
            more = f"; and {rest} more file{'s' * (rest > 1)}" if rest else ""
            raise UsageError(broken[0] + more)
    except (HebbError, OSError) as err:
        status, error = "damaged", _sentence(err)
    return Entry(
        run.id, run.path, status, None if error is None else str(error), _started(run, info),
        _inputs(last) if last else None, first.get("accuracy"),
        first.get("controls", {}).get("random_weights", {}).get("lift"), sum(names.values()),
    )  # fmt: skip


def ordered(entries: list[Entry], by: str = "age", reverse: bool = False) -> list[Entry]:
    """Entries by `age`, `accuracy`, `size` or `id`; those that have none of it come last."""
    if by not in ORDERS:
        raise UsageError(f"--sort: must be one of {', '.join(ORDERS)} (got {by})")
    known = [each for each in entries if by != "accuracy" or each.accuracy is not None]
    known.sort(key=lambda each: (ORDERS[by](each), each.id), reverse=reverse)
    return known + [each for each in entries if by == "accuracy" and each.accuracy is None]


def chosen(
    entries: list[Entry], status: str | None = None, name: str = "*", where: Sequence[str] = ()
) -> list[Entry]:
    """Entries of a status, with an id like `name` and with settings as `where`: KEY=VALUE.

    UsageError: a status or a setting that is none. `where` reads a file of each run left.
    """
    if status not in (None, *STATUSES):
        raise UsageError(f"--status: must be one of {', '.join(STATUSES)} (got {status})")
    wanted = dict(_setting(text) for text in where)
    return [
        each
        for each in entries
        if status in (None, each.status)
        and fnmatchcase(each.id, name)
        and (not wanted or wanted.items() <= _settings_or_none(Run(each.path)).items())
    ]


# One run


def describe(run: Run) -> dict[str, Any]:
    """What a run is: its entry, run.json, settings, last metrics, results, family and files, and
    in sentences whether it has `collapsed`.

    What cannot be read is None, and said in `damages`.
    """
    broken: list[str] = []

    def have(read: Callable[[Run], Any]) -> Any:
        try:
            return read(run)
        except (HebbError, OSError) as err:
            broken.append(_sentence(err))
            return None

    found = {
        **entry(run).plain(),
        "info": have(Run.info),
        "settings": have(settings),
        "metrics": have(last_metrics),
        "results": have(results),
        "collapsed": signs_of_collapse(run),
        "family": _family(run),
        "files": have(lambda run: dict(files(run.path))),
    }
    cut = have(damages) or []
    broken = list(dict.fromkeys([*broken, *cut]))
    return found | {"damages": broken} | ({"status": "damaged"} if broken else {})


# Several runs


def _family(run: Run) -> dict[str, list[dict[str, Any]]] | None:
    """`family`; None where it cannot be read, which says nothing against the run itself."""
    try:
        return family(run)
    except (HebbError, OSError):
        return None


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


def differences(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """The settings that differ among runs: a value for each run, None where it has none."""
    rows = _side_by_side([settings(run) for run in runs])
    groups = list(dict.fromkeys(_group(path) for path in rows))
    return {
        path: rows[path]
        for path in sorted(rows, key=lambda path: groups.index(_group(path)))
        if any(value != rows[path][0] for value in rows[path])
    }


def compare(runs: Sequence[Run]) -> dict[str, Any]:
    """Runs side by side: results, the last epoch's metrics, and the settings that differ.

    Each is a list, a value for each run, None where it has none. UsageError: fewer than two runs.
    """
    if len(runs) < 2:
        raise UsageError(f"compare: must be given two runs or more (got {len(runs)})")
    return {
        "runs": [run.id for run in runs],
        "results": _side_by_side([_results_by_name(run) for run in runs]),
        "metrics": _side_by_side([_metrics_by_name(run) for run in runs]),
        "settings": differences(runs),
    }


# Removal


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


# Reading


def _sentence(err: HebbError | OSError) -> str:
    return str(err) if isinstance(err, HebbError) else f"{err.filename}: {err.strerror}"


def runs_in(runs_dir: Path) -> list[Run]:
    """Whatever is like a run in a directory, by name. UsageError: it cannot be read."""
    try:
        names = sorted(name for name in os.listdir(runs_dir) if not name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as err:
        raise UsageError(f"{runs_dir}: cannot be read: {err.strerror}") from None
    return [Run(runs_dir / name) for name in names if is_like_a_run(runs_dir / name)]


def is_like_a_run(path: Path) -> bool:
    """Whether there is any of what makes a run, which may be damaged."""
    files = ("run.json", "config.yaml")
    return any(os.path.isfile(path / name) for name in files) or os.path.isdir(path / "snapshots")


def is_worked_on(run: Run) -> bool | None:
    """Whether some process is at a run. None: its lock is somebody else's, which tells nothing."""
    try:
        return run.is_held()
    except OSError:
        return None


def _status(run: Run, info: dict[str, Any]) -> str:
    status = info["status"]
    if status not in WRITTEN:
        raise UsageError(f"{run.path / 'run.json'}: its status is not one of {', '.join(WRITTEN)}")
    if status != "running":
        return status
    return "killed" if is_worked_on(run) is False else status  # it says so, and nobody is at it


def _inputs(snapshot: str) -> int:
    """The inputs seen by a snapshot, by its name."""
    return int(Path(snapshot).stem)


def _started(run: Run, info: dict[str, Any]) -> datetime:
    """When a run began; where it does not say so, when its directory last changed."""
    try:
        return datetime.fromisoformat(info["started"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return datetime.fromtimestamp(run.path.lstat().st_mtime, UTC)


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


@kept(64)
def _digest(path: Path) -> str:
    return file_digest(path)


def _setting(text: str) -> tuple[str, Any]:
    """KEY=VALUE as a path and what YAML makes of the value."""
    from hebb.config.document import parse

    key, equals, value = text.partition("=")
    if not key or not equals:
        raise UsageError(f"--where: must be KEY=VALUE, such as layers.sparse.n_w=15 (got {text})")
    return next(flat(parse(value, text, [], lines=False).plain(), key))


def _settings_or_none(run: Run) -> dict[str, Any]:
    try:
        return settings(run)
    except HebbError:
        return {}


def _group(path: str) -> str:
    return ".".join(path.split(".")[:3])


def _side_by_side(columns: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """A row for each name that any column has, None where one has it not."""
    names = dict.fromkeys(name for column in columns for name in column)
    return {name: [column.get(name) for column in columns] for name in names}


def _results_by_name(run: Run) -> dict[str, Any]:
    listed = entry(run)
    found: dict[str, Any] = {"status": listed.status, "inputs": listed.inputs}
    for each in results(run):
        if "measure" in each:
            parts = [FIGURES[each["measure"]], each["layer"], each.get("input")]
            parts += [each["label"] if each["label"] != each["measure"] else None]
            found[".".join(filter(None, parts))] = value_of(each)
            continue
        name = f"{each['label']}.{each['layer']}"
        found[f"accuracy.{name}"] = each["accuracy"]
        if "training_accuracy" in each:
            found[f"accuracy.{name}.training"] = each["training_accuracy"]
        for control, its in each["controls"].items():
            found[f"accuracy.{name}.{control}"] = its["accuracy"]
            found[f"lift.{name}.{control}"] = its["lift"]
    return found


def _metrics_by_name(run: Run) -> dict[str, Any]:
    record = last_metrics(run) or {"layers": {}}
    layers = record["layers"].items()
    rate = {key: record[key] for key in ("inputs_per_second",) if key in record}
    return rate | {f"{name}.{key}": value for name, each in layers for key, value in each.items()}
