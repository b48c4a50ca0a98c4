"""`compare`: runs side by side."""

from collections.abc import Sequence
from typing import Any

from hebb.catalogue.contents import last_metrics, results, settings
from hebb.catalogue.listing import entry
from hebb.catalogue.text import GAP, brief, cut, figure, plain
from hebb.errors import UsageError
from hebb.store import Run
from hebb.titles import FIGURES, value_of

WIDEST = 20  # of a cell


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


def differences(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """The settings that differ among runs: a value for each run, None where it has none."""
    rows = _side_by_side([settings(run) for run in runs])
    groups = list(dict.fromkeys(_group(path) for path in rows))
    return {
        path: rows[path]
        for path in sorted(rows, key=lambda path: groups.index(_group(path)))
        if any(value != rows[path][0] for value in rows[path])
    }


def comparison_text(found: dict[str, Any], width: int) -> str:
    """What `compare` found, a column for each run; below each other where they do not fit."""
    groups = {
        "results": {name: [figure(name, value) for value in row]
                    for name, row in found["results"].items()},
        "last epoch": {name: [figure(name, value) for value in row]
                       for name, row in found["metrics"].items()},
        "settings that differ": {path: [brief(value, exact=True) for value in row]
                                 for path, row in found["settings"].items()},
    }  # fmt: skip
    names = [name for rows in groups.values() for name in rows]
    first = min(max(len(name) for name in (*names, *groups)) + 2, max(width // 2, 12))
    cells = [[run, *(row[n] for rows in groups.values() for row in rows.values())]
             for n, run in enumerate(found["runs"])]  # fmt: skip
    widths = [min(max(map(len, column)), WIDEST) for column in cells]
    blocks, room = [[]], width - first
    for n, each in enumerate(widths):
        if blocks[-1] and room < each + len(GAP):
            blocks.append([])
            room = width - first
        blocks[-1].append(n)
        room -= each + len(GAP)
    return "\n\n".join(_block(groups, found["runs"], block, widths, first) for block in blocks)


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


def _block(
    groups: dict[str, dict[str, list[str]]], runs: list[str], block: list[int],
    widths: list[int], first: int,
) -> str:  # fmt: skip
    def line(name: str, cells: Sequence[str], tail: bool = False) -> str:
        shown = [cut(plain(name), first, tail=True).ljust(first)]
        for n in block:
            keep_end = tail or cells[n].startswith("/")  # of a path, the end tells most
            shown.append(cut(plain(cells[n]), widths[n], keep_end).rjust(widths[n]))
        return GAP.join(shown).rstrip()

    lines = [line("", runs, tail=True)]
    for heading, rows in groups.items():
        if rows:
            lines += [heading, *(line(f"  {name}", row) for name, row in rows.items())]
    return "\n".join(lines)
