"""What a page tells of a sweep: its table, and the picture that it makes."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hebb import plots
from hebb.catalogue.sweeps import TABLE, SweepFolder, leading, short_names, table
from hebb.errors import UsageError
from hebb.plots import style
from hebb.plots.theme import THEMES
from hebb.store import ASKED

BEFORE, AFTER = ("run",), ("mean", "lowest", "highest", "error")  # around a table's own columns


def gathered(sweep: SweepFolder) -> dict[str, Any]:
    """Settings with their mean accuracies, every run, and pictures. UsageError."""
    asked, rows = sweep.read_json(ASKED), table(sweep.path)
    try:
        return _told(sweep, asked, rows)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError):
        raise UsageError(f"{sweep.path / TABLE}: is not the table of a sweep") from None


def _told(
    sweep: SweepFolder, asked: dict[str, Any], rows: Sequence[dict[str, str]]
) -> dict[str, Any]:
    columns = list(rows[0]) if rows else [*BEFORE, "seed", "status", "accuracy", *AFTER]
    seed = columns.index("seed")
    keys, controls = columns[1:seed], columns[columns.index("accuracy") + 1 : -len(AFTER)]
    runs = [
        {
            "id": row["run"],
            "settings": [row[key] for key in keys],
            "seed": row["seed"],
            "status": row["status"],
            "accuracy": _number(row["accuracy"]),
            "controls": [_number(row[name]) for name in controls],
            "mean": [_number(row[key]) for key in ("mean", "lowest", "highest")],
            "error": row["error"],
        }
        for row in rows
    ]
    by_settings: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for run in runs:
        by_settings.setdefault(tuple(run["settings"]), []).append(run)
    groups = [_group(list(settings), alike) for settings, alike in by_settings.items()]
    best = leading(group["mean"][0] for group in groups) if keys else None
    done = sum(run["status"] == "completed" for run in runs)
    return {
        "id": sweep.id,
        "name": Path(str(asked["config"])).stem,
        "on": str(asked["on"]),
        "keys": list(short_names(keys).values()),
        "controls": [name.replace("_", " ") for name in controls],
        "groups": groups,
        "best": best,
        "runs": runs,
        "done": done,
        "pictures": _pictures(list(short_names(keys).values()), controls, runs),
    }


def _pictures(keys: list[str], controls: list[str], runs: list[dict[str, Any]]) -> dict[str, str]:
    """The picture of a sweep, for a light and for a dark page; none while there is none to draw.

    It has no title: the page has one above it.
    """
    done = [run for run in runs if run["accuracy"] is not None]
    if not done:
        return {}
    settings = {key: [run["settings"][i] for run in done] for i, key in enumerate(keys)}
    if not settings:
        settings = {"seed": [run["seed"] for run in done]}
    beside = {
        name.replace("_", " "): [run["controls"][i] for run in done]
        for i, name in enumerate(controls)
    }
    found = {}
    for name, theme in THEMES.items():
        file = io.BytesIO()
        with style.using(style.Style(theme)):
            right = [run["accuracy"] for run in done]
            plots.sweep(file, settings, right, controls=beside)
        found[name] = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
    return found


def _group(settings: list[str], runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The runs that differ in their seed alone."""
    done = [run for run in runs if run["accuracy"] is not None]
    beside = [[value for value in column if value is not None]
              for column in zip(*(run["controls"] for run in runs), strict=True)]  # fmt: skip
    return {
        "settings": settings,
        "runs": len(runs),
        "done": len(done),
        "mean": runs[0]["mean"],
        "controls": [sum(values) / len(values) if values else None for values in beside],
    }


def _number(text: str) -> float | None:
    return float(text) if text else None
