"""What a sweep has found so far: table.csv, table.md, sweep.png, and the same for a terminal."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hebb.catalogue.sweeps import TABLE, leading, short_names, short_value
from hebb.jobs import Job, Outcome
from hebb.store import Folder

Rows = Sequence[tuple[Job, Outcome]]


@dataclass(frozen=True)
class Group:
    """The runs that differ in their seed alone."""

    settings: dict[str, str]
    accuracies: list[float]  # fractions, of the runs that are complete
    runs: int  # all of them
    controls: dict[str, float]  # means over seeds

    @property
    def mean(self) -> float | None:
        return sum(self.accuracies) / len(self.accuracies) if self.accuracies else None

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "settings": self.settings, "runs": self.runs, "completed": len(self.accuracies),
            "accuracy": self.mean, "lowest": min(self.accuracies, default=None),
            "highest": max(self.accuracies, default=None), "controls": self.controls,
        }  # fmt: skip


def groups(rows: Rows) -> list[Group]:
    """The runs of each choice of settings, in the order of the sweep."""
    found: dict[tuple[str, ...], list[tuple[Job, Outcome]]] = {}
    for job, outcome in rows:
        found.setdefault(tuple(job.settings.values()), []).append((job, outcome))
    return [_group(alike) for alike in found.values()]


def _group(rows: Rows) -> Group:
    done = [outcome for _, outcome in rows if outcome.accuracy is not None]
    controls = {
        name: sum(each.controls[name] for each in done) / len(done)
        for name in (done[0].controls if done else ())
        if all(name in each.controls for each in done)
    }
    accuracies = [each.accuracy for each in done if each.accuracy is not None]
    return Group(rows[0][0].settings, accuracies, len(rows), controls)


def best(rows: Rows) -> Group | None:
    """The settings of the highest mean accuracy."""
    known = [(group.mean, group) for group in groups(rows) if group.mean is not None]
    return max(known, key=lambda each: each[0])[1] if known else None


def write(home: Folder, rows: Rows, judged: str) -> None:
    """Write table.csv and table.md. judged: what the accuracies are of."""
    home.write_text(TABLE, csv_text(rows))
    home.write_text("table.md", markdown(rows, home.id, judged))


def csv_text(rows: Rows) -> str:
    """A line a run; accuracies are fractions. Mean and spread are those of its settings."""
    file, keys, names = io.StringIO(), _keys(rows), _controls(rows)
    table = csv.writer(file, lineterminator="\n")
    over = ["mean", "lowest", "highest"]
    table.writerow(["run", *keys, "seed", "status", "accuracy", *names, *over, "error"])
    spread = {
        tuple(group.settings.values()): [
            group.mean, min(group.accuracies, default=None), max(group.accuracies, default=None),
        ]
        for group in groups(rows)
    }  # fmt: skip
    for job, found in rows:
        settings = tuple(job.settings.values())
        table.writerow(
            [job.id, *settings, job.seed, found.status, found.accuracy,
             *(found.controls.get(name) for name in names), *spread[settings], found.error]
        )  # fmt: skip
    return file.getvalue()


def markdown(rows: Rows, title: str, judged: str) -> str:
    """Mean and spread over seeds for each choice of settings, then every run."""
    names = _controls(rows)
    runs = [["run", "seed", "status", "accuracy", *names, "error"]]
    for job, found in rows:
        each = [found.controls.get(name) for name in names]
        runs.append(
            [job.id, str(job.seed), found.status, _percent(found.accuracy), *map(_percent, each),
             found.error]
        )  # fmt: skip
    return f"# {title}\n\n{text(rows, judged)}\n\n## Runs\n\n{_table(runs)}\n"


def text(rows: Rows, judged: str) -> str:
    """The table of the settings, and which are best, for a terminal too."""
    found, said = best(rows), ""
    if found is not None:
        names = short_names(found.settings)
        chosen = [f"{names[key]} {short_value(value)}" for key, value in found.settings.items()]
        said = f"\n\nBest: {', '.join(chosen)}: {_spread(found)}" if chosen else ""
        if leading(group.mean for group in groups(rows)) is None:
            said = "\n\nNone is best: all come to the same mean."
    spread = "mean over seeds, smallest to largest in brackets"
    head = f"{judged}; {spread if _over_seeds(rows) else 'one run a setting'}."
    if rows and rows[0][0].on == "validation":
        said += "\n\nThe test images are unseen yet: `hebb eval RUN` reads a run out on them."
    return f"{head}\n\n{summary(rows)}{said}"


def summary(rows: Rows) -> str:
    """The table of the settings."""
    keys, names = _keys(rows), _controls(rows)
    lines = [[*keys, "runs", "accuracy", *names]]
    for group in groups(rows):
        runs = f"{len(group.accuracies)} of {group.runs}"
        controls = (_percent(group.controls.get(name)) for name in names)
        lines.append([*map(short_value, group.settings.values()), runs, _spread(group), *controls])
    return _table(lines)


def draw(home: Folder, rows: Rows, judged: str) -> Path | None:
    """Draw sweep.png; None while there is nothing to draw."""
    from hebb import plots

    done = [(job, found) for job, found in rows if found.accuracy is not None]
    if not done:
        return None
    keys = _keys(rows)
    names = short_names(keys)
    settings = {names[key]: [short_value(job.settings[key]) for job, _ in done] for key in keys}
    if not settings:
        settings = {"seed": [str(job.seed) for job, _ in done]}
    path = home.path / "sweep.png"
    spread = "mean over seeds, and a bar from the lowest to the highest"
    words = f"{judged}; {spread if keys and _over_seeds(rows) else 'a dot is one run'}"
    beside = {
        name.replace("_", " "): [found.controls.get(name) for _, found in done]
        for name in _controls(rows)
    }
    words += "; in grey, the controls" if beside else ""
    right = [found.accuracy for _, found in done if found.accuracy is not None]
    plots.sweep(path, settings, right, home.id, words, beside)
    return path


def _over_seeds(rows: Rows) -> bool:
    """Whether there are settings of which several runs are complete."""
    return any(len(group.accuracies) > 1 for group in groups(rows))


def _keys(rows: Rows) -> list[str]:
    return list(rows[0][0].settings) if rows else []


def _controls(rows: Rows) -> list[str]:
    return list(dict.fromkeys(name for _, found in rows for name in found.controls))


def _spread(group: Group) -> str:
    if len(group.accuracies) < 2:
        return _percent(group.mean)
    low, high = min(group.accuracies), max(group.accuracies)
    return f"{_percent(group.mean)} ({100 * low:.2f} to {100 * high:.2f})"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f} %"


def _table(lines: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, its columns aligned for whoever reads it as text."""
    cells = [[" ".join(cell.split()).replace("|", "\\|") for cell in line] for line in lines]
    widths = [max(3, *(len(cell) for cell in column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    padded = (map(str.ljust, line, widths) for line in cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)
