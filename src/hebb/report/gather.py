"""What a page tells of one run: plain values, read from its directory and from nothing else.

No dataset is loaded and no rule: a run that is damaged, killed or under way has a page as well,
and what cannot be read of it is said there in `damages`.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from hebb.catalogue import contents, family, listing
from hebb.catalogue.comparison import differences
from hebb.catalogue.contents import results
from hebb.catalogue.description import changed_text
from hebb.catalogue.progress import progress
from hebb.config.shipped import first_sentence
from hebb.errors import HebbError, UsageError
from hebb.evaluate import found
from hebb.plots.curves import (
    METRICS,
    SPEED,
    SPEED_LABEL,
    Restarts,
    begun,
    borders,
    is_logarithmic,
    is_number,
    panels,
)
from hebb.report.layers import Shown, experiment, items, mapping, named, shown_layers
from hebb.store import Run
from hebb.titles import capital, title, value_of

# The notes of an experiment under the headings that the notebooks had, and what is said of them.
HEADINGS = {
    "what": ("What", None),
    "why": ("Why", None),
    "hopes": ("Hopes", None),
    "limitations": ("Limitations", None),
    "found": (
        "Conclusions of the experiment's author",
        "As its file has them, from the author's own runs; they are not drawn from this run.",
    ),
}

NOTHING: dict[str, Any] = {"results": []}  # of a run that has not been read out

Told = dict[str, Any]
Votes = dict[str, dict[str, list[int]]]  # layer: the classes of its units, and their wins


def gathered(run: Run) -> Told:
    """All that a page says of a run but for its pictures."""
    damages: list[str] = []

    def have(read: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return read()
        except HebbError as err:
            damages.append(str(err))
            return otherwise

    entry = listing.entry(run).plain()
    stands = progress(run) if entry["status"] == "running" else None
    info = have(run.info, {})
    tree = have(lambda: experiment(run), {})
    records = have(lambda: curve_records(run), [])
    layers = have(lambda: shown_layers(run, tree, info), [])
    snapshots = list(run.snapshots())
    read_out = have(lambda: found(run, snapshots[-1]), None) if snapshots else None
    listed = have(lambda: results(run), [])
    panels_of = curves(records, restarts(tree))
    damages += contents.damages(run)
    return entry | {
        "damages": damages,
        "progress": stands,
        "facts": facts(entry if stands is None else entry | {"inputs": None}, info),
        "remarks": [str(each) for each in items(info.get("notes"))],
        "collapsed": contents.signs_of_collapse(run),
        "gist": first_sentence(str(mapping(tree.get("notes")).get("what") or "")),
        "notes": notes(tree),
        "changed": changed_text(info),
        "specs": {each["name"]: each for each in named(tree, "layers")},
        "phases": {each["name"]: each for each in named(tree, "phases")},
        "others": others(tree),
        "parents": have(lambda: parents(run), []),
        "layers": layers,
        "curves": panels_of,
        "curve_layers": list(dict.fromkeys(n for each in panels_of for n in each["lines"] if n)),
        "borders": borders(records),
        "snapshots": [{"inputs": n, "when": _when(n, records)} for n in snapshots],
        "results": [each | {"title": capital(title(each))} for each in listed],
        "measures": [
            (capital(title(each)), value_of(each), each.get("at_first"))
            for each in listed
            if "measure" in each
        ],
        "read_out": snapshots[-1] if read_out else None,
        "votes": have(lambda: votes(run, (read_out or NOTHING)["results"], layers), {}),
        "confusions": have(lambda: confusions(run, (read_out or NOTHING)["results"]), []),
    }


def curve_records(run: Run) -> list[dict[str, Any]]:
    """metrics.jsonl, of which it is known that curves can be drawn. UsageError."""
    records = run.metrics()
    try:
        panels(records)
        borders(records)
        if not all(is_number(record["inputs"]) for record in records):
            raise TypeError
    except (KeyError, TypeError, AttributeError):
        raise UsageError(f"{run.path / 'metrics.jsonl'}: is not a record an epoch") from None
    return records


def restarts(tree: dict[str, Any]) -> dict[str, list[str]]:
    """The layers that each phase starts anew."""
    return {each["name"]: list(mapping(each.get("restart"))) for each in named(tree, "phases")}


def curves(records: list[dict[str, Any]], anew: Restarts) -> list[dict[str, Any]]:
    """A panel a metric: its label, whether its axis is logarithmic, and the lines by layer.

    A line is a list of parts, cut where its layer starts anew, each of points (inputs seen, value).
    """
    found = []
    for metric, lines in panels(records, anew).items():
        label, wanted = METRICS.get(metric, (metric.replace("_", " "), False))
        if metric == SPEED:
            first, lines = begun(lines)
            label = SPEED_LABEL
            lines = {layer: [first, *parts] for layer, parts in lines.items()}
        values = [y for parts in lines.values() for part in parts for _, y in part]
        log = is_logarithmic(values, wanted)
        found.append({"metric": metric, "label": label, "log": log, "lines": lines})
    return found


def notes(tree: dict[str, Any]) -> list[dict[str, str | None]]:
    """Of each note its heading, its text, and what is to be said of it."""
    noted = mapping(tree.get("notes"))
    return [
        {"head": head, "text": str(noted[key]), "aside": aside}
        for key, (head, aside) in HEADINGS.items()
        if noted.get(key)
    ]


def votes(run: Run, results: list[dict[str, Any]], layers: list[Shown]) -> Votes:
    """The class of each unit, -1 for none, and how many training images it won, by layer."""
    told: Votes = {}
    for each in results:
        if "unit_class" not in each or "unit_wins" not in each:
            continue
        try:
            told[str(each["layer"])] = {
                "classes": [int(c) for c in each["unit_class"]],
                "wins": [int(n) for n in each["unit_wins"]],
            }
        except (KeyError, TypeError, ValueError):
            raise UsageError(f"{run.path / 'eval.json'}: is not an evaluation") from None
    for layer in layers:
        vote = told.get(layer.name)
        if vote and not len(vote["wins"]) == len(vote["classes"]) <= math.prod(layer.grid):
            raise UsageError(f"{run.path / 'eval.json'}: its vote is not of {layer.name}'s units")
    return told


def confusions(run: Run, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each classifier its title and a row a true class: counts, shares, and that of the right.

    The last column is answers without a class where it is `lacking` some, and is left out else.
    """
    found = []
    for each in results:
        if "confusion" not in each:
            continue
        try:
            matrix = np.array(each["confusion"], dtype=np.int64)
            if matrix.ndim != 2 or matrix.shape[1] != len(matrix) + 1:
                raise ValueError
            lacking = bool(matrix[:, -1].any())
            matrix = matrix if lacking else matrix[:, :-1]
            shares = matrix / np.maximum(matrix.sum(axis=1), 1)[:, None]
            rows = [
                {"counts": counts, "shares": share, "right": share[c]}
                for c, (counts, share) in enumerate(
                    zip(matrix.tolist(), shares.tolist(), strict=True)
                )
            ]
            found.append({"title": capital(title(each)), "rows": rows, "lacking": lacking})
        except (KeyError, TypeError, ValueError):
            raise UsageError(f"{run.path / 'eval.json'}: is not an evaluation") from None
    return found


def parents(run: Run) -> list[dict[str, Any]]:
    """The runs whose weights a run began with, and the settings in which it differs from each."""
    told = []
    for each in family.parents(run):
        differs, why = {}, None
        try:
            differs = differences([listing.find(each["path"]), run])
        except HebbError as err:
            why = str(err)
        told.append({key: each[key] for key in ("id", "snapshot", "state")}
                    | {"differs": differs, "why": why})  # fmt: skip
    return told


def _when(inputs: int, records: list[dict[str, Any]]) -> str:
    """Where in its training a run was after so many inputs."""
    if inputs == 0:
        return "first weights"
    for record in records:
        if record["inputs"] >= inputs:
            within = "" if record["inputs"] == inputs else "within "
            return f"{within}epoch {record.get('epoch')} of {record['phase']}"
    return "within an epoch"


def facts(entry: dict[str, Any], info: dict[str, Any]) -> list[str]:
    """What is said in a line of a run: how far it came, how long that took, on what."""
    device, data = mapping(info.get("device")), mapping(info.get("dataset"))
    took, seed, git = (info.get(key) for key in ("training_seconds", "seed", "git"))
    found = [
        f"{entry['inputs']:,} inputs" if entry["inputs"] is not None else None,
        f"trained for {took:,.0f} s" if isinstance(took, int | float) else None,
        f"seed {seed}" if seed is not None else None,
        f"on {device['kind']}" if "kind" in device else None,
        f"data {data['source']}" if "source" in data else None,
        f"began {entry['started'][:16].replace('T', ' ')} UTC",
        f"commit {git[:10]}" if isinstance(git, str) else None,
    ]
    return [fact for fact in found if fact]


def troubles(told: Told) -> list[str]:
    """What is wrong with a run, and what to do about it."""
    # What makes a run damaged is the first of its damages, where there are any.
    said = told["status"] == "damaged" and told["damages"]
    found = [None if said else told["error"], *told["damages"]]
    if told["status"] == "killed":
        found.append("Its process is gone before it was done; `hebb resume` goes on with it.")
    return list(dict.fromkeys(text for text in found if text))


def others(tree: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The settings that are neither of a layer nor of a phase."""
    found: dict[str, dict[str, Any]] = {}
    alone = {key: tree[key] for key in ("seed", "dtype", "controls") if key in tree}
    if alone:
        found["run"] = alone
    if isinstance(tree.get("dataset"), dict):
        found["dataset"] = tree["dataset"]
    for name, spec in mapping(tree.get("streams")).items():
        if isinstance(spec, dict):
            found[f"stream {name}"] = spec
    for each in items(tree.get("evaluate")):
        if isinstance(each, dict):
            word = each.get("name") or each.get("classifier") or each.get("measure")
            found[f"read-out {word} of {each.get('layer')}"] = each
    return found
