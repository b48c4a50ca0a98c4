"""What must hold between the parts of an experiment: that every name used is a name given.

Runs on the plain mapping, so that a typing slip in one place and an unknown name in another are
reported together.
"""

from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from hebb.config.faults import Fault, Path, faults_of
from hebb.config.schema import TRAIN, changed
from hebb.errors import UsageError
from hebb.layers.own import find_rule


def reference_faults(raw: dict[str, Any]) -> list[Fault]:
    """Faults between the parts of `raw`; parts that are themselves malformed are passed over."""
    layers = {layer["name"]: layer for _, layer in _named(raw.get("layers"))}
    streams = raw.get("streams") if isinstance(raw.get("streams"), dict) else {}
    faults = _twice(raw, "layers") + _twice(raw, "phases")
    if TRAIN in streams:
        faults.append(Fault(("streams", TRAIN), f"{TRAIN} means the training images; rename it"))
    inputs = [TRAIN, *streams]
    changed_layers = dict(layers)
    for i, phase in _named(raw.get("phases")):
        at: Path = ("phases", i)
        faults += _unknown((*at, "input"), phase.get("input", TRAIN), inputs)
        for key in ("learn", "restart", "set"):
            names = phase.get(key)
            if isinstance(names, list):
                for n, name in enumerate(names):
                    faults += _unknown((*at, key, n), name, layers)
            elif isinstance(names, dict):
                for name in names:
                    faults += _unknown((*at, key, name), name, layers)
        faults += _settings(phase.get("set"), (*at, "set"), changed_layers)
    evaluate = raw.get("evaluate")
    for i, each in enumerate(evaluate if isinstance(evaluate, list) else []):
        if isinstance(each, dict):
            if "layer" in each:
                faults += _unknown(("evaluate", i, "layer"), each["layer"], layers)
            if "input" in each:
                faults += _unknown(("evaluate", i, "input"), each["input"], inputs)
    return faults


def _settings(settings: Any, at: Path, layers: dict[str, dict]) -> list[Fault]:
    """Faults of a phase's `set`, each checked by the spec of the layer that it changes."""
    faults = []
    for name, changes in settings.items() if isinstance(settings, dict) else ():
        if name not in layers:
            continue
        if not isinstance(changes, dict):
            faults.append(Fault((*at, name), f"must say what of it: {name}.KEY: VALUE", changes))
            continue
        try:
            spec = find_rule(layers[name].get("rule", "")).Spec
            spec.model_validate(layers[name])
        except (UsageError, ValidationError):
            continue  # reported where the layer stands
        fixed = [key for key in changes if key in spec.SHAPES]
        faults += [Fault((*at, name, key), "cannot be set by a phase") for key in fixed]
        merged = changed(layers[name], {k: v for k, v in changes.items() if k not in fixed})
        try:
            spec.model_validate(merged)
            layers[name] = merged
        except ValidationError as err:
            faults += faults_of(err, (*at, name))
    return faults


def _named(items: Any) -> list[tuple[int, dict[str, Any]]]:
    return [
        (i, item)
        for i, item in enumerate(items if isinstance(items, list) else [])
        if isinstance(item, dict) and isinstance(item.get("name"), str)
    ]


def _twice(raw: dict[str, Any], key: str) -> list[Fault]:
    seen: set[str] = set()
    faults = []
    for i, item in _named(raw.get(key)):
        if item["name"] in seen:
            faults.append(
                Fault((key, i, "name"), "must differ from the names before it", item["name"])
            )
        seen.add(item["name"])
    return faults


def _unknown(path: Path, name: Any, known: Any) -> list[Fault]:
    if name in known or not isinstance(name, str):
        return []
    close = get_close_matches(name, list(known), 1)
    hint = f"did you mean {close[0]}? " if close else ""
    what = {"layers": "layer", "input": "input"}.get(str(path[-1]), "layer")
    return [Fault(path, f"there is no {what} of this name; {hint}Known: {', '.join(known)}", name)]
