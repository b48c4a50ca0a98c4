"""`expect:` of an experiment file: the bands that the figures of its runs must fall in.

A dotted key is a path, so a file's figures arrive as mappings in mappings; here they are flat.
"""

from collections.abc import Collection, Iterator
from typing import Any

from hebb.config.faults import Fault, Path
from hebb.data import SOURCES
from hebb.hints import known_names
from hebb.spec import refuse_all

Band = tuple[float, float]  # lowest and highest, both within

_MUST = "must be [lowest, highest], two finite numbers"


def flat_bands(value: Any) -> Any:
    """Figure to band, from what a file expects of one dataset. Anything but a mapping stays."""
    if not isinstance(value, dict):
        return value
    found, faults = {}, []
    _gather(value, [], found, faults)
    if faults:
        refuse_all(faults)
    return found


def _gather(value: Any, path: list[str], found: dict[str, Band], faults: list) -> None:
    if isinstance(value, dict):
        for key, below in value.items():
            _gather(below, [*path, *key.split(".")], found, faults)
    elif not isinstance(value, list | tuple) or len(value) != 2 or not all(map(_number, value)):
        faults.append((tuple(path), _MUST, value))
    elif value[0] > value[1]:
        faults.append((tuple(path), "must be [lowest, highest], the lowest first", value))
    elif len(path) < 2:
        must = f"must say which figure: {path[0]}.FIGURE: [lowest, highest]"
        faults.append((tuple(path), must, value))
    else:
        found[".".join(path)] = (float(value[0]), float(value[1]))


def _number(value: Any) -> bool:
    real = isinstance(value, int | float) and not isinstance(value, bool)
    return real and abs(value) < float("inf")


def expect_faults(expect: Any, layers: Collection[str] | None) -> list[Fault]:
    """Datasets and layers that there are none of. layers: their names, where they are known."""
    faults = []
    for source, figures in expect.items() if isinstance(expect, dict) else ():
        if source not in SOURCES:
            faults.append(_unknown(("expect", source), "dataset", SOURCES))
        if isinstance(figures, dict) and layers is not None:
            faults += [
                _unknown(("expect", source, layer), "layer", layers)
                for layer in figures
                if layer not in layers
            ]
    return faults


def never_read(figures: Collection[str], read: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    """What is wrong with figures that are accuracies which no run will have, each after its name.

    read: of each layer and label of a classifier, the accuracies that there will be. What else
    there may be, such as metrics, is known to no one before a run.
    """
    for figure in figures:
        layer, label, *accuracy = figure.split(".")
        if not accuracy:
            continue
        labels = [each for name, each in read if name == layer]
        if label not in labels:
            must = "there is no classifier of this name"
            yield f"{layer}.{label}: {must}; {known_names(label, labels)}"
        elif (name := ".".join(accuracy)) not in (known := read[layer, label]):
            yield f"{figure}: there is no accuracy of this name; {known_names(name, known)}"


def _unknown(path: Path, what: str, known: Collection[str]) -> Fault:
    cure = known_names(str(path[-1]), known)
    return Fault(path, f"there is no {what} of this name; {cure}", at_key=True)


def describe_bands(schema: dict[str, Any], said: str) -> None:
    """Put into the JSON schema of an experiment file what `expect` may hold. said: of the key."""
    null, figures = {"type": "null"}, {"$ref": "#/$defs/Figures"}
    number = {"type": "number"}
    band = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    schema["$defs"]["Figures"] = {
        "type": "object",
        "properties": {},
        "additionalProperties": {"anyOf": [band, figures, null]},
        "description": "FIGURE: [lowest, highest], such as sparse.vote.accuracy: [0.5, 0.6].",
    }  # fmt: skip
    schema["properties"]["expect"] = {
        "anyOf": [
            {"type": "object",
             "properties": {source: {"anyOf": [figures, null]} for source in SOURCES},
             "patternProperties": {r"^[\w-]+\.": {"description": "A path of keys."}},
             "additionalProperties": False},
            null,
        ],
        "description": said,
    }  # fmt: skip
