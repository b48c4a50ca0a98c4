"""The experiment file: read, laid over what it extends, overridden, checked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hebb.config.document import Node, dump
from hebb.config.faults import faults_of
from hebb.config.merge import override, read
from hebb.config.references import reference_faults
from hebb.config.schema import TRAIN, Experiment, PhaseSpec, json_schema
from hebb.config.shipped import find, shipped
from hebb.errors import ConfigError
from hebb.layers import LayerSpec

__all__ = [
    "TRAIN",
    "Experiment",
    "PhaseSpec",
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
    tree = read(file)
    faults: list[str] = []
    for text in overrides:
        try:
            tree = override(tree, text)
        except ConfigError as err:
            faults += err.faults
    if faults:
        raise ConfigError(faults)
    raw = _resolve_paths(tree, tree.plain())
    raw.setdefault("name", file.stem)
    _spread_restarts(raw)
    found = reference_faults(raw)
    try:
        experiment = Experiment.model_validate(raw)
    except ValidationError as err:
        found = faults_of(err) + found
    if found:
        lines = sorted(dict.fromkeys(fault.line(tree) for fault in found))
        raise ConfigError([line[-1] for line in lines])
    return experiment


def dumps(experiment: Experiment) -> str:
    """The experiment as a YAML text that `load` reads back to an equal one."""
    raw = experiment.model_dump(mode="json", exclude_none=True)
    for phase in raw["phases"]:
        phase["set"] = _dotted(phase["set"])
        for key in ("set", "restart"):
            if not phase[key]:
                del phase[key]
    return dump({key: value for key, value in raw.items() if value != {}})


def _dotted(nested: dict[str, Any], above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        flat |= (
            _dotted(value, f"{above}{key}.") if isinstance(value, dict) else {above + key: value}
        )
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
    if key in ("path", "file"):
        return str((node.at.folder / Path(text).expanduser()).resolve())
    if key == "rule" and ".py:" in text:
        path, _, name = text.rpartition(":")
        return f"{(node.at.folder / Path(path).expanduser()).resolve()}:{name}"
    return text


def _spread_restarts(raw: dict[str, Any]) -> None:
    """`restart: [top]` is `restart: {top: what its init says}`."""
    layers = raw.get("layers")
    inits = {
        layer.get("name"): layer["init"]
        for layer in (layers if isinstance(layers, list) else [])
        if isinstance(layer, dict) and "init" in layer
    }
    otherwise = LayerSpec.model_fields["init"].default.model_dump(exclude_none=True)
    phases = raw.get("phases")
    for phase in phases if isinstance(phases, list) else []:
        names = phase.get("restart") if isinstance(phase, dict) else None
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            phase["restart"] = {name: inits.get(name, otherwise) for name in names}
