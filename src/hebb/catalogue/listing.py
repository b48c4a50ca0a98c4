"""Runs as they are listed: found in a directory, told in an entry each, ordered and chosen from.

Small files and the names of others are read, and no weights.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from hebb.catalogue.contents import damages, files, flat, is_snapshot, results, settings
from hebb.catalogue.text import age, columns, count, lift, percent, sentence
from hebb.errors import HebbError, UsageError
from hebb.size import size
from hebb.store import Run, is_like_a_run, no_such_run, paths_of

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
    for path in paths_of(name, runs_dir):
        if is_like_a_run(path):
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


def runs_in(runs_dir: Path) -> list[Run]:
    """Whatever is like a run in a directory, by name. UsageError: it cannot be read."""
    try:
        names = sorted(name for name in os.listdir(runs_dir) if not name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as err:
        raise UsageError(f"{runs_dir}: cannot be read: {err.strerror}") from None
    return [Run(runs_dir / name) for name in names if is_like_a_run(runs_dir / name)]


def entry(run: Run) -> Entry:
    """A run as it is listed. Whatever is wrong with it makes it `damaged`, and is no error.

    Of its snapshots the last alone is looked at: `describe` looks at all.
    """
    info, names, first, last, error = {}, {}, {}, None, None
    try:
        names = dict(files(run.path))
        last = max((name for name in names if is_snapshot(name)), key=_inputs, default=None)
        info = run.info()
        status = status_of(run, info)
        error = info.get("error")
        first = next((each for each in results(run) if "accuracy" in each), {})
        if "config.yaml" not in names:
            raise UsageError(f"{run.path}: has no config.yaml")
        if broken := damages(run, [run.path / last] if last else []):
            rest = len(broken) - 1
            more = f"; and {rest} more file{'s' * (rest > 1)}" if rest else ""
            raise UsageError(broken[0] + more)
    except (HebbError, OSError) as err:
        status, error = "damaged", sentence(err)
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


def is_worked_on(run: Run) -> bool | None:
    """Whether some process is at a run. None: its lock is somebody else's, which tells nothing."""
    try:
        return run.is_held()
    except OSError:
        return None


def listing_text(entries: Sequence[Entry], width: int, now: datetime | None = None) -> str:
    """A line for each run."""
    now = now or datetime.now(UTC)
    rows = [["run", "status", "age", "inputs", "accuracy", "lift", "size"]]
    for each in entries:
        rows.append([
            each.id, each.status, age((now - each.started).total_seconds()),
            count(each.inputs), percent(each.accuracy), lift(each.lift), size(each.size),
        ])  # fmt: skip
    return columns(rows, width, left=2)


def status_of(run: Run, info: dict[str, Any]) -> str:
    """One of STATUSES but `damaged`. UsageError: run.json says none."""
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
