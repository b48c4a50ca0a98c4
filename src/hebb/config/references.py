"""What must hold between the parts of an experiment: that every name used is a name given.

Runs on the plain mapping, so that a typing slip in one place and an unknown name in another are
reported together.
"""

from collections.abc import Collection
from typing import Any

from pydantic import ValidationError

from hebb.config.bands import expect_faults
from hebb.config.faults import Fault, Path, faults_of, unknown_key
from hebb.config.schema import TRAIN, changed
from hebb.errors import UsageError
from hebb.hints import known_names
from hebb.layers.own import find_rule


def reference_faults(raw: dict[str, Any]) -> list[Fault]:
    """Faults between the parts of `raw`; parts that are themselves malformed are passed over."""
    layers = {layer["name"]: layer for _, layer in _named(raw.get("layers"))}
    streams = raw.get("streams", {})
    faults = _twice(raw, "layers") + _twice(raw, "phases")
    if isinstance(streams, dict) and TRAIN in streams:
        must = f"must have another name; {TRAIN} means the training images"
        faults.append(Fault(("streams", TRAIN), must, at_key=True))
    inputs = [TRAIN, *streams] if isinstance(streams, dict) else None
    names = list(layers) if _all_named(raw.get("layers")) else None
    for i, phase in _mappings(raw.get("phases")):
        at: Path = ("phases", i)
        faults += _unknown((*at, "input"), phase.get("input", TRAIN), inputs)
        learn, restart, settings = (phase.get(key) for key in ("learn", "restart", "set"))
        for n, name in enumerate(learn if isinstance(learn, list) else []):
            faults += _unknown((*at, "learn", n), name, names)
        for name in restart if isinstance(restart, dict) else {}:
            faults += _unknown((*at, "restart", name), name, names, at_key=True)
        for name, changes in settings.items() if isinstance(settings, dict) else ():
            faults += _unknown((*at, "set", name), name, names, at_key=True)
            if name in layers:
                merged, wrong = _settings(name, changes, (*at, "set", name), layers[name])
                faults += wrong
                if phase.get("epochs") != 0:  # what a phase that is passed over sets, holds not
                    layers[name] = merged
    for i, each in _mappings(raw.get("evaluate")):
        faults += _unknown(("evaluate", i, "layer"), each.get("layer"), names)
        faults += _unknown(("evaluate", i, "input"), each.get("input"), inputs)
        named = layers.get(each["layer"]) if isinstance(each.get("layer"), str) else None
        if each.get("classifier") == "dreamflow" and named and named.get("rule") != "dreamflow":
            must = "must be a layer of rule dreamflow, whose units learn labels"
            faults.append(Fault(("evaluate", i, "layer"), must, each["layer"]))
        if each.get("measure") == "reconstruction" and named and not _rebuilds(named):
            must = "must be a layer whose rule rebuilds its inputs"
            got = f"(got {each['layer']}, {named['rule']}); leave this measure out"
            faults.append(Fault(("evaluate", i, "layer"), f"{must} {got}"))
    return faults + _labels_twice(raw.get("evaluate")) + expect_faults(raw.get("expect"), names)


def _rebuilds(layer: dict[str, Any]) -> bool:
    """Whether a layer's rule rebuilds its inputs; one that there is not is told elsewhere."""
    try:
        return find_rule(layer.get("rule", "")).rebuilds
    except UsageError:
        return True


def _settings(
    name: str, changes: Any, at: Path, layer: dict[str, Any]
) -> tuple[dict[str, Any], list[Fault]]:
    """A layer with what a phase sets of it, checked by its spec; as it was, if at fault."""
    if not isinstance(changes, dict):
        return layer, [Fault(at, f"must say what of it: {name}.KEY: VALUE", changes)]
    try:
        spec = find_rule(layer.get("rule", "")).Spec
        spec.model_validate(layer)
    except (UsageError, ValidationError):
        return layer, []  # reported where the layer stands
    known = [key for key in spec.model_fields if key not in spec.FIXED]
    faults = []
    for key in changes:
        if key in spec.FIXED:
            must = f"cannot be set by a phase; what can be: {', '.join(known)}"
            faults.append(Fault((*at, key), must, at_key=True))
        elif key not in known:
            faults.append(unknown_key((*at, key), known))
    merged = changed(layer, {key: changes[key] for key in changes if key in known})
    try:
        spec.model_validate(merged)
    except ValidationError as err:
        return layer, faults + faults_of(err, at)
    return merged, faults


def _mappings(items: Any) -> list[tuple[int, dict[str, Any]]]:
    listed = items if isinstance(items, list) else []
    return [(i, item) for i, item in enumerate(listed) if isinstance(item, dict)]


def _named(items: Any) -> list[tuple[int, dict[str, Any]]]:
    return [(i, item) for i, item in _mappings(items) if isinstance(item.get("name"), str)]


def _all_named(items: Any) -> bool:
    """Whether every item says its name: only then is a name that no item says an unknown one."""
    return isinstance(items, list) and len(_named(items)) == len(items) > 0


def _twice(raw: dict[str, Any], key: str) -> list[Fault]:
    seen: set[str] = set()
    faults = []
    for i, item in _named(raw.get(key)):
        if item["name"] in seen:
            must = "must differ from the names before it"
            faults.append(Fault((key, i, "name"), must, item["name"]))
        seen.add(item["name"])
    return faults


def _labels_twice(items: Any) -> list[Fault]:
    """Read-outs of one layer that results could not tell apart."""
    seen: set[tuple[str, str]] = set()
    faults = []
    for i, item in _mappings(items):
        name, layer = item.get("name"), item.get("layer")
        label = item.get("classifier", item.get("measure")) if name is None else name
        if not isinstance(label, str) or not isinstance(layer, str):
            continue
        if (layer, label) in seen and name is None:
            must = f"must have a name, as a read-out of {layer} before it is called {label}"
            faults.append(Fault(("evaluate", i), f"{must}; add name: NAME"))
        elif (layer, label) in seen:
            must = f"must differ from what the read-outs of {layer} before it are called"
            faults.append(Fault(("evaluate", i, "name"), must, name))
        seen.add((layer, label))
    return faults


def _unknown(
    path: Path, name: Any, known: Collection[str] | None, *, at_key: bool = False
) -> list[Fault]:
    if known is None or not isinstance(name, str) or name in known:
        return []
    what = "input" if path[-1] == "input" else "layer"
    must = f"there is no {what} of this name; {known_names(name, known)}"
    return [Fault(path, must, *(() if at_key else (name,)), at_key=at_key)]
