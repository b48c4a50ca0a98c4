"""Sweeps: where they are, and what their files say: how far one is, and what is best."""

import csv
import fnmatch
import io
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hebb.catalogue import listing
from hebb.catalogue.text import age, columns, count, percent
from hebb.errors import UsageError
from hebb.store import ASKED, Folder, Run, is_sweep, paths_of

TABLE = "table.csv"  # a line a run: what has been found so far


class SweepFolder(Folder):
    """A sweep's directory."""


def find(name: str, runs_dir: Path = Path("runs")) -> Run | SweepFolder:
    """The run or the sweep called `name`: a path, a bare id or `latest`. UsageError."""
    for path in paths_of(name, runs_dir):
        if is_sweep(path):
            return SweepFolder(path)
    try:
        return listing.find(name, runs_dir)
    except UsageError as err:
        raise UsageError(str(err).replace("no such run", "no such run or sweep")) from None


@dataclass(frozen=True)
class SweepEntry:
    """A sweep as it is listed."""

    id: str
    path: Path
    started: datetime
    runs: int | None  # in all; None before the first has ended
    completed: int
    failed: int
    accuracy: float | None  # the best mean over seeds, in [0, 1]
    on: str | None  # the images it is of: test, or validation
    best: dict[str, str]  # its settings; none where all come to the same
    error: str | None  # what cannot be read

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        plain = asdict(self) | {"path": str(self.path), "started": self.started.isoformat()}
        return {"kind": "sweep", **plain}


def sweeps(runs_dir: Path, name: str = "*") -> list[SweepEntry]:
    """Sweeps in a directory with an id like `name`, the youngest first."""
    found = []
    with suppress(FileNotFoundError):
        for id in fnmatch.filter(os.listdir(runs_dir), name):
            with suppress(FileNotFoundError):  # it has been removed meanwhile
                if not id.startswith(".") and is_sweep(runs_dir / id):
                    found.append(_entry(runs_dir / id))
    return sorted(found, key=lambda each: (-each.started.timestamp(), each.id))


def sweeps_text(sweeps: Sequence[SweepEntry], width: int, now: datetime | None = None) -> str:
    """A line for each sweep: the best settings so far, age, runs done, the best mean accuracy."""
    now = now or datetime.now(UTC)
    rows = [["sweep", "best", "age", "done", "accuracy"]]
    for each in sweeps:
        best = ", ".join(f"{key} {short_value(value)}" for key, value in each.best.items())
        done = count(each.completed) + (f" of {each.runs:,}" if each.runs is not None else "")
        failed = f" ({each.failed:,} failed)" if each.failed else ""
        rows.append([
            each.id, "damaged" if each.error else best or "-",
            age((now - each.started).total_seconds()), done + failed,
            percent(each.accuracy) + " of validation" * (each.on == "validation"),
        ])  # fmt: skip
    return columns(rows, width, left=2)


def _entry(path: Path) -> SweepEntry:
    started = datetime.fromtimestamp(int((path / ASKED).stat().st_mtime), UTC)
    total, done, accuracy, on, best, error = None, Counter(), None, None, {}, None
    try:
        asked = Folder(path).read_json(ASKED)
        rows = table(path)
        total = asked["search"] * len(asked["seeds"]) if asked["search"] else len(rows) or None
        done = Counter(row["status"] for row in rows)
        accuracy, best = _best(rows)
        on = asked.get("on")
    except (KeyError, TypeError, ValueError):
        error = f"{path}: its {ASKED} and {TABLE} are not those of a sweep"
    except UsageError as err:
        error = str(err)
    return SweepEntry(
        path.name,
        path,
        started,
        total,
        done["completed"],
        done["failed"],
        accuracy,
        on,
        best,
        error,
    )


def _best(rows: list[dict[str, str]]) -> tuple[float | None, dict[str, str]]:
    """The highest mean, and the settings that have come to it unless all come to the same."""
    means = {}
    for row in rows:
        columns = list(row)
        keys = columns[columns.index("run") + 1 : columns.index("seed")]
        settings = tuple((short, row[key]) for key, short in short_names(keys).items())
        if row["mean"]:
            means[settings] = float(row["mean"])
    if not means:
        return None, {}
    alike = leading(means.values()) is None
    return max(means.values()), {} if alike else dict(max(means, key=lambda each: means[each]))


def leading(means: Iterable[float | None]) -> float | None:
    """The mean that is best; None where none is known, or where several settings all come to it."""
    known = [mean for mean in means if mean is not None]
    return max(known) if len(set(known)) > 1 or len(known) == 1 else None


def table(folder: Path) -> list[dict[str, str]]:
    """A line a run by the names of its columns; none where the sweep has only just begun."""
    path = folder / TABLE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as err:
        reason = getattr(err, "strerror", None) or "not UTF-8 text"
        raise UsageError(f"{path}: cannot be read: {reason}") from None
    return list(csv.DictReader(io.StringIO(text)))


def short_names(keys: Iterable[str]) -> dict[str, str]:
    """`layers.sparse.n_w` is `sparse.n_w`, unless another key ends alike."""
    ends = {key: ".".join(key.split(".")[-2:]) for key in keys}
    times = Counter(ends.values())
    return {key: end if times[end] == 1 else key for key, end in ends.items()}


def short_value(text: str) -> str:
    """A number that a search has drawn, in the digits that a reader can use."""
    try:
        return f"{float(text):.4g}" if len(text) > 8 else text
    except ValueError:
        return text
