"""What the files of one run say: settings, metrics, results, first weights, names and sizes.

Small files only, and of none is it believed that it is whole: UsageError, with its path.
"""

import os
from collections.abc import Collection, Iterator
from copy import deepcopy
from math import prod
from pathlib import Path
from statistics import median
from typing import Any
from zipfile import is_zipfile

from hebb.catalogue.collapse import signs
from hebb.catalogue.file_cache import file_cache
from hebb.errors import ConfigError, HebbError, UsageError
from hebb.store import Run
from hebb.titles import FIGURES, label_of, value_of


def settings(run: Run) -> dict[str, Any]:
    """The settings of config.yaml by dotted path, such as layers.sparse.n_w. ConfigError.

    Items of a list are found by their names, which also stand in order under the list's own path.
    What is noted and expected of an experiment is no setting of it.
    """
    from hebb.config.merge import OWN

    return dict(flat({key: each for key, each in document(run).items() if key not in OWN}))


def document(run: Run) -> dict[str, Any]:
    """What config.yaml says, as YAML has it and without a look at the rules. ConfigError."""
    return deepcopy(_document(run.path / "config.yaml"))


@file_cache(64)
def _document(path: Path) -> dict[str, Any]:
    from hebb.config.merge import read

    faults = []
    tree = read(path, faults).plain(nulls=True)
    if faults:
        raise ConfigError([f"{mark}: {text}" for mark, text in faults])
    return tree


def last_metrics(run: Run) -> dict[str, Any] | None:
    """The record of a run's last epoch; None before the first has ended."""
    try:
        *_, last = run.metrics() or [None]
        if last is None:
            return None
        return last | {"layers": {name: dict(each) for name, each in last["layers"].items()}}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(f"{run.path / 'metrics.jsonl'}: is not a record an epoch") from None


def results(run: Run) -> list[dict[str, Any]]:
    """What eval.json says of each classifier and measure, without matrices and lists of units."""
    if not (run.path / "eval.json").is_file():
        return []
    found = run.read_json("eval.json")
    try:
        classifiers = [each for each in found["results"] if "classifier" in each]
        measures = [each for each in found["results"] if "measure" in each]
        return [
            {
                "classifier": each["classifier"],
                "label": label_of(each),
                "layer": each["layer"],
                "accuracy": float(each["accuracy"]),
                **{k: float(each[k]) for k in ("training_accuracy",) if k in each},
                **{k: each[k] for k in ("first_weights",) if k in each},
                "controls": {
                    name: {"accuracy": float(its["accuracy"]), "lift": float(its["lift"])}
                    for name, its in each.get("controls", {}).items()
                },
            }
            for each in classifiers
        ] + [
            {"measure": each["measure"], "label": label_of(each)}
            | {key: each[key] for key in ("layer", "input", "at_first") if key in each}
            | {FIGURES[each["measure"]]: value_of(each)}
            for each in measures
        ]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(f"{run.path / 'eval.json'}: is not an evaluation") from None


def signs_of_collapse(run: Run) -> list[str]:
    """A sentence for each sign of a collapse, by a run's last epoch and its read-out.

    None where its figures cannot be read: who lists them says so.
    """
    try:
        named = {each["name"]: each for each in document(run)["layers"]}
        units = {name: _units(each) for name, each in named.items()}
        return signs(units, last_metrics(run), _last_results(run))
    except (HebbError, KeyError, TypeError, ValueError, AttributeError):
        return []


def _units(layer: dict[str, Any]) -> int:
    """Units of a layer as its file has them; 0 where only its rule knows."""
    return int(layer.get("units") or prod(layer.get("grid") or [0]))


def _last_results(run: Run) -> list[dict[str, Any]]:
    """The results of eval.json, where they are of the last snapshot."""
    if not (run.path / "eval.json").is_file():
        return []
    held = run.read_json("eval.json")
    return held["results"] if held["snapshot"] == max(run.snapshots(), default=None) else []


def figures(run: Run) -> dict[str, float]:
    """All that a run comes to, by the names that `expect:` calls it.

    <layer>.<metric> of the last epoch; <layer>.<label>.accuracy of a classifier and
    <layer>.<label>.<control> beside it, as fractions; <layer>.<label> of a measure.
    """
    found: dict[str, float] = {}
    for layer, metrics in (last_metrics(run) or {"layers": {}})["layers"].items():
        for name, value in metrics.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                found[f"{layer}.{name}"] = float(value)
    for each in results(run):
        name = f"{each['layer']}.{each['label']}"
        if "measure" in each:
            found[name] = value_of(each)
            continue
        found[f"{name}.accuracy"] = each["accuracy"]
        for control, its in each["controls"].items():
            found[f"{name}.{control}"] = its["accuracy"]
    return found


def inputs_per_second(run: Run) -> float | None:
    """The median rate of a run's epochs, as the first loads the kernels too; None without any."""
    try:
        rates = [float(record["inputs_per_second"]) for record in run.metrics()]
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{run.path / 'metrics.jsonl'}: is not a record an epoch") from None
    return median(rates) if rates else None


def damages(run: Run, snapshots: Collection[Path] | None = None) -> list[str]:
    """A sentence for each of a run's metrics and snapshots that is not whole.

    snapshots: those to look at, by default all. Of a snapshot its end is read, once: what was cut
    off, or never reached the disk, is found so.
    """
    found = []
    try:
        last_metrics(run)
    except HebbError as err:
        found.append(str(err))
    looked_at = run.snapshots().values() if snapshots is None else snapshots
    cut = [path for path in looked_at if not _is_whole(path) and path.exists()]
    return found + [f"{path}: is not a whole .npz file of plain arrays" for path in cut]


@file_cache(4096)
def _is_whole(path: Path) -> bool:
    return is_zipfile(path)


def first_weights(run: Run) -> dict[Path, str]:
    """The snapshots of other runs that a run began with, and their digests then."""
    try:
        pinned = run.info().get("files")
    except HebbError:
        return {}
    named = pinned.items() if isinstance(pinned, dict) else ()
    return {
        Path(file): digest for file, digest in named if is_snapshot("/".join(Path(file).parts[-2:]))
    }


def files(path: Path, below: str = "") -> Iterator[tuple[str, int]]:
    """Name, with folders, and bytes of each file below a path."""
    with os.scandir(path) as found:
        for each in found:
            if each.is_dir(follow_symlinks=False):
                yield from files(Path(each.path), f"{below}{each.name}/")
                continue
            try:
                yield below + each.name, each.stat(follow_symlinks=False).st_size
            except FileNotFoundError:
                pass  # a run under way writes aside and renames


def is_snapshot(name: str) -> bool:
    """Whether a file's name, with its folder, is that of a snapshot."""
    folder, _, file = name.rpartition("/")
    return folder == "snapshots" and file.endswith(".npz") and file[:-4].isdecimal()


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The settings in a plain YAML value by dotted path, the items of a list by their names."""
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        named = [each.get("name") for each in value if isinstance(each, dict)]
        if None not in named:
            yield path, named
        value = dict(_items(value))
    if isinstance(value, dict) and (value or not path):
        for key, below in value.items():
            yield from flat(below, f"{path}.{key}" if path else key)
    else:
        # None stands for no setting at all, and a phase's `set` may say null: none from here on.
        yield path, "none" if value is None else value


def _items(items: list[Any]) -> Iterator[tuple[str, Any]]:
    """The items of a list by their names; by their numbers where a name is lacking or taken."""
    names = [each.get("name") if isinstance(each, dict) else None for each in items]
    for n, (name, each) in enumerate(zip(names, items, strict=True)):
        if name is None or name in names[:n]:
            yield str(n), each
        else:
            yield str(name), {key: below for key, below in each.items() if key != "name"}
