"""What an experiment's file says, and how the layers of a run are drawn."""

import math
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hebb.archive import read_arrays
from hebb.catalogue.contents import document
from hebb.catalogue.file_cache import file_cache
from hebb.errors import HebbError, UsageError
from hebb.layers import LayerSpec
from hebb.pictures.seen import folded, whole
from hebb.store import Run


@dataclass(frozen=True)
class Shown:
    """How a layer is drawn: `grid` (rows, columns) of units, each a `field` (h, w) of inputs.

    pixels: the field in pixels, through the layers below; None for the first layer.
    """

    name: str
    grid: tuple[int, int]
    field: tuple[int, int]
    pixels: tuple[int, int] | None
    shape: tuple[int, int]  # of its weights, (N, D)


def drawn(run: Run) -> list[Shown]:
    """How the layers of a run are drawn, by itself. UsageError: its weights cannot be read."""
    tree, info = {}, {}
    with suppress(HebbError):
        tree = experiment(run)
    with suppress(HebbError):
        info = run.info()
    return shown_layers(run, tree, info)


def shown_layers(run: Run, tree: dict[str, Any], info: dict[str, Any]) -> list[Shown]:
    """How each layer is drawn, from the bottom up; none before the first snapshot. UsageError."""
    if not run.snapshots():
        return []
    _, path = run.find("first")
    shapes = _shapes(path)
    order = [each["name"] for each in named(tree, "layers")] or list(shapes)
    if lacking := [name for name in order if name not in shapes]:
        raise UsageError(f"{path}: lacks {', '.join(f'{n}.w' for n in lacking)}")
    found: list[Shown] = []
    grids = {each["name"]: each.get("grid") for each in named(tree, "layers")}
    field = pixels = _image(shapes[order[0]][-1], info) if order else (1, 1)
    for name in order:
        shape = shapes[name]
        if len(shape) != 2 or shape[1] != math.prod(field):
            raise UsageError(f"{path}: {name}.w does not fit what is below it")
        n_units, n_in = shape
        grid = _grid(n_units, grids.get(name))
        found.append(Shown(name, grid, field, pixels if found else None, (n_units, n_in)))
        field = whole(grid, n_units)
    return found


@file_cache(64)
def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The shape of each layer's weights in a snapshot, by its name. UsageError."""
    found = {
        name.removesuffix(".w"): w for name, w in read_arrays(path).items() if name[-2:] == ".w"
    }
    return {name: w.shape for name, w in found.items()}


def _grid(n_units: int, said: Any) -> tuple[int, int]:
    if isinstance(said, list) and all(isinstance(n, int) for n in said) and len(said) == 2:
        rows, columns = said
        if rows * columns == n_units:
            return rows, columns
    return LayerSpec(name="a", rule="any", units=n_units).shape


def _image(n_in: int, info: dict[str, Any]) -> tuple[int, int]:
    """The shape of an input: as run.json says, and where it does not a square if it can be."""
    said = info.get("image")
    if isinstance(said, list) and len(said) == 2 and math.prod(said) == n_in:
        return folded((int(said[0]), int(said[1])))
    side = math.isqrt(n_in)
    return (side, side) if side * side == n_in else folded((1, n_in))


# What is read from a file that may be damaged


def experiment(run: Run) -> dict[str, Any]:
    """What config.yaml says, without a look at the rules. UsageError: that is no experiment."""
    tree = document(run)
    if not named(tree, "layers"):
        raise UsageError(f"{run.path / 'config.yaml'}: has no layers: it is no run's")
    return tree


def named(tree: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The items of a list of an experiment that have a name, as damaged as it may be."""
    found = [each for each in items(tree.get(key)) if isinstance(each, dict)]
    return [each for each in found if isinstance(each.get("name"), str)]


def items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
