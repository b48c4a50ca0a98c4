"""The experiment file: read, laid over what it extends, overridden, checked."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hebb.config.document import Faults, Node, dump, parse
from hebb.config.faults import Fault, brief, cited, faults_of, node_at, unknown_keys
from hebb.config.merge import override, read
from hebb.config.references import reference_faults
from hebb.config.schema import TRAIN, Experiment, PhaseSpec, Places, json_schema
from hebb.config.shipped import find, shipped
from hebb.errors import ConfigError, UsageError
from hebb.layers import LayerSpec
from hebb.layers.own import find_rule

__all__ = [
    "TRAIN",
    "Experiment",
    "PhaseSpec",
    "changed",
    "dumps",
    "find",
    "json_schema",
    "load",
    "shipped",
]


def load(path: str | Path, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment at a path, or the shipped one of that name, with KEY=VALUE overrides.

    ConfigError: every fault at once, each with its place, what must hold and what was given.
    """
    file = find(str(path))
    try:
        return _load(file, overrides)
    except RecursionError:
        raise ConfigError([f"{file}: is nested too deeply"]) from None


def _load(file: Path, overrides: Sequence[str]) -> Experiment:
    faults: Faults = []
    tree = read(file, faults)
    for text in overrides:
        tree = override(tree, text, faults)
    raw = _resolve_paths(tree, tree.plain())
    raw.setdefault("name", file.stem)
    _spread_restarts(raw)
    found, experiment = reference_faults(raw) + _null_faults(tree), None
    try:
        experiment = Experiment.model_validate(raw)
        experiment._places = Places(tree, overrides)
    except ValidationError as err:
        found += faults_of(err)
    # One fault for a place: what was not even read is not judged, and an unknown name says more
    # than a wrong type.
    unread = {mark for mark, _ in faults}
    first = {fault.path: fault for fault in reversed(found)}
    placed = [fault.place(tree) for fault in first.values()]
    faults += [(mark, text) for mark, text in placed if mark not in unread]
    if faults or experiment is None:
        raise ConfigError(_told(faults, overrides, file))
    return experiment


def _told(faults: Faults, overrides: Sequence[str], file: Path) -> list[str]:
    """Faults with their places. Those that a file has only with the overrides cite them too."""
    own: list[str] = []
    if overrides:
        try:
            _load(file, ())
        except ConfigError as err:
            own = err.faults
    told = []
    for mark, text in sorted(set(faults)):
        line = _one_line(f"{mark}: {text}")
        told.append(line if line in own else _one_line(f"{cited(mark, overrides)}: {text}"))
    return told


def _null_faults(tree: Node) -> list[Fault]:
    """Keys that there are none of, and that say null: without nulls they are dropped unseen."""
    whole = tree.plain(nulls=True)
    if whole == tree.plain():
        return []
    try:
        Experiment.model_validate(_resolve_paths(tree, whole))
    except ValidationError as err:
        return unknown_keys(err)
    return []


def _one_line(text: str) -> str:
    """`text` with line ends and whatever else a terminal might act upon written as `\\n`."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def dumps(experiment: Experiment) -> str:
    """The experiment as a YAML text that `load` reads back to an equal one."""
    raw = experiment.model_dump(mode="json", exclude_none=True)
    for phase, spec in zip(raw["phases"], experiment.phases, strict=True):
        phase["set"] = _dotted(spec.set)  # with its nulls
        for key in ("set", "restart"):
            if not phase[key]:
                del phase[key]
    return dump({key: value for key, value in raw.items() if value != {}})


def changed(experiment: Experiment) -> dict[str, Any]:
    """What KEY=VALUE changed of the file that an experiment was loaded from.

    `from` is the file, or the name of a shipped one, and `settings` says by KEY what stands there
    and what stands here, each as YAML writes it in a line. Empty where nothing was changed.
    """
    tree, overrides = experiment._places.tree, experiment._places.overrides
    if tree is None or not overrides:
        return {}
    file = Path(tree.at.source)
    try:
        before = parse(dumps(_load(file, ())), "", [])
    except ConfigError:  # it is nothing without them
        return {}
    after, settings = parse(dumps(experiment), "", []), {}
    for key in dict.fromkeys(text.partition("=")[0] for text in overrides):
        was, now = (_written(each, key) for each in (before, after))
        if was != now:
            settings[key] = [was, now]
    name = file.stem if shipped().get(file.stem) == file else str(file)
    return {"from": name, "settings": settings} if settings else {}


def _written(tree: Node, key: str) -> str:
    node, is_there = node_at(tree, key.split("."))
    return brief(node.plain()) if is_there else "none"


def _dotted(mapping: dict[str, Any], above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in mapping.items():
        nested = isinstance(value, dict) and value
        flat |= _dotted(value, f"{above}{key}.") if nested else {above + key: value}
    return flat


def _resolve_paths(node: Node, plain: Any) -> Any:
    """`plain` with the paths in it made absolute: they are relative to the file that wrote them."""
    if isinstance(node.value, list):
        return [_resolve_paths(*pair) for pair in zip(node.value, plain, strict=True)]
    if not isinstance(node.value, dict):
        return plain
    for key, below in node.value.items():
        if key in plain:
            plain[key] = _resolve_paths(below, plain[key])
            if isinstance(plain[key], str):
                plain[key] = _absolute(key, plain[key], below)
    return plain


def _absolute(key: str, text: str, node: Node) -> str:
    if (key in ("path", "file") and text) or (key == "run" and "/" in text):
        return _from(node.at.folder, text)
    if key == "rule" and ".py:" in text:
        path, _, name = text.rpartition(":")
        return f"{_from(node.at.folder, path)}:{name}"
    return text


def _from(folder: Path, path: str) -> str:
    if "\0" in path:
        return path  # no file can be called so, as whoever opens it will say
    return os.path.realpath(folder / os.path.expanduser(path))


def _spread_restarts(raw: dict[str, Any]) -> None:
    """`restart: [top]` is `restart: {top: what its init says}`."""
    layers, phases = ([] if not isinstance(raw.get(key), list) else raw[key]
                      for key in ("layers", "phases"))  # fmt: skip
    inits = {layer["name"]: _init_of(layer) for layer in layers if _is_named(layer)}
    for phase in phases:
        names = phase.get("restart") if isinstance(phase, dict) else None
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            phase["restart"] = {name: inits.get(name, _init_of({})) for name in names}


def _is_named(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("name"), str)


def _init_of(layer: dict[str, Any]) -> dict[str, Any]:
    """What `init` a layer has, said or by its rule's default; any, where the layer is at fault."""
    try:
        init = find_rule(layer.get("rule", "")).Spec.model_validate(layer).init
    except (UsageError, ValidationError):
        init = LayerSpec.model_fields["init"].default
    return init.model_dump(exclude_none=True)
