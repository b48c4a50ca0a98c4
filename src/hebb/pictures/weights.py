"""Pictures of a layer's weights."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from hebb.layers.local_wta import Blocks
from hebb.pictures.seen import LayerView, Seen

MEAN_OF = 2000  # inputs, evenly spread, of which the mean input is drawn


def tapestries(seen: Seen, view: LayerView) -> Iterator[tuple[str, Any]]:
    """The layer's own weights, and from the second layer on its fields in pixels."""
    how: dict[str, Any] = {"grid": view.spec.shape, "wins": view.wins, "scale": seen.scale}
    below = f"units of {view.below[0]}" if view.below else "inputs"
    w, field, each = _of_blocks(view) or (view.w, view.field, "")
    on = f"{view.spec.n_units:,} units of {field[0]} x {field[1]} {below}{each}"

    def own(path: Any) -> None:
        from hebb import plots

        title, subtitle = f"Weights of {view.name}", f"{seen.after} · {on}"
        plots.tapestry(path, w=w, field=field, title=title, subtitle=subtitle, **how)

    def composed(path: Any) -> None:
        from hebb import plots

        title = f"Fields of {view.name} in pixels"
        subtitle = f"{seen.after} · {view.chain}: the product of their weights"
        lie = {"w": view.fields, "field": view.pixels}
        plots.tapestry(path, title=title, subtitle=subtitle, **lie, **how)

    yield f"weights_{view.name}", own
    if view.below:
        yield f"fields_{view.name}", composed


def _of_blocks(view: LayerView) -> tuple[np.ndarray, tuple[int, int], str] | None:
    """Of units that each see one block: their weights to it, its shape, and what is said of it.

    All other weights are 0, and would leave little room for these.
    """
    blocks = getattr(view.spec, "blocks", None)
    if not isinstance(blocks, Blocks):
        return None
    runs = blocks.runs(math.isqrt(view.w.shape[1]))  # such a layer has square inputs
    pixels = (runs[:, :, None] + np.arange(blocks.size)).reshape(len(runs), -1)
    own = pixels.repeat(len(view.w) // len(runs), axis=0)
    w = np.take_along_axis(view.w, own, axis=1)
    return w, (blocks.size, blocks.size), ", the block that each sees"


def coverage(seen: Seen, view: LayerView) -> tuple[str, Any]:
    """How much of the input the fields of a layer cover."""

    def draw(path: Any) -> None:
        from hebb import plots

        phase = seen.apparatus.phase_at(seen.inputs)
        source = seen.apparatus.inputs[phase.input]
        some = np.unique(np.linspace(0, len(source) - 1, min(len(source), MEAN_OF)).astype(int))
        plots.coverage(
            path, view.fields, view.pixels, source.rows(some).mean(axis=0),
            f"What the units of {view.name} look at", f"{seen.after} · {view.chain}",
        )  # fmt: skip

    return f"coverage_{view.name}", draw


def neighbours(seen: Seen, view: LayerView) -> Iterator[tuple[str, Any]]:
    """The lateral neighbourhood, of a layer that has one."""
    lateral = getattr(view.spec, "lateral", None)
    if lateral is None:
        return
    side = 2 * lateral.radius + 1
    kernel = np.full((side, side), lateral.weight)
    kernel[lateral.radius, lateral.radius] = 1

    def draw(path: Any) -> None:
        from hebb import plots

        first = seen.run.snapshot("first")[1][f"{view.name}.w"]
        plots.neighbours(
            path, view.w, first, view.spec.shape, kernel, f"Neighbours in {view.name}",
            f"{seen.after} · {lateral.radius} rows and columns to each side, on a torus",
        )  # fmt: skip

    yield f"neighbours_{view.name}", draw
