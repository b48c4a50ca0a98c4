"""`plot`: the pictures of a run, drawn into its plots/ folder."""

import math
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from hebb import plots
from hebb.apparatus import Apparatus, reopen
from hebb.data import Images, Tapestry
from hebb.errors import UsageError
from hebb.evaluate import found
from hebb.readout.titles import capital, label_of, title
from hebb.store import Run

Draw: TypeAlias = Callable[[Any], None]

FRAMES, EVERY = 24, 5  # of a stream's strip: so many frames, one in five


def plot(run: Run, snapshot: str | int = "last") -> Iterator[Path]:
    """Draw every picture of a run from one of its snapshots. Yields their paths as they appear."""
    drawn = pictures(reopen(run), run, snapshot)
    inputs = run.find(snapshot)[0]
    # Other weights than the last get a folder of their own, so that nothing is lost.
    last = inputs == run.find("last")[0]
    folder = run.path / "plots" if last else run.path / "plots" / f"{inputs:09d}"
    for stale in folder.glob("*.png"):  # of other weights, perhaps
        stale.unlink()
    for name, draw in drawn.items():
        draw(folder / f"{name}.png")
        yield folder / f"{name}.png"


def pictures(apparatus: Apparatus, run: Run, snapshot: str | int = "last") -> dict[str, Draw]:
    """The name of each picture of a run, and what draws it to a path or into an open file."""
    return dict(_pictures(apparatus, run, snapshot))


def _pictures(apparatus: Apparatus, run: Run, snapshot: str | int) -> Iterator[tuple[str, Draw]]:
    inputs, arrays = run.snapshot(snapshot)
    if lacking := {f"{spec.name}.w" for spec in apparatus.experiment.layers} - arrays.keys():
        raise UsageError(f"{run.find(inputs)[1]}: lacks {', '.join(sorted(lacking))}")
    results = classifiers(run, inputs)
    after = f"{run.id} · after {inputs:,} inputs"
    yield from _weights(apparatus, arrays, results, after)
    if records := run.metrics():
        yield "curves", partial(plots.curves, records=records, title=run.id)
    for name, source in apparatus.inputs.items():
        if any(phase.input == name for phase in apparatus.experiment.phases):
            yield f"stream_{name}", partial(_strip, source=source, name=name)
    for result in results:
        yield from _read_out(result, after, called(results, result["layer"], label_of(result)))


def _weights(apparatus: Apparatus, arrays, results, after: str) -> Iterator[tuple[str, Draw]]:
    """A tapestry of each layer's own weights, and from the second on of its fields in pixels."""
    votes = [each for each in results if "unit_wins" in each]
    wins = {each["layer"]: np.array(each["unit_wins"]) for each in votes}
    pixels = folded(apparatus.shape)
    below, field, fields = "inputs", pixels, None
    for spec in apparatus.experiment.layers:
        w, name = arrays[f"{spec.name}.w"], spec.name
        on = f"{spec.n_units:,} units of {field[0]} x {field[1]} {below}"
        yield (
            f"weights_{name}",
            partial(plots.tapestry, w=w, grid=spec.shape, field=field, wins=wins.get(name),
                    title=f"Weights of {name}", subtitle=f"{after} · {on}"),
        )  # fmt: skip
        fields = w if fields is None else w @ fields
        if below != "inputs":
            chain = " through ".join([name, *below_names(apparatus, name)])
            yield (
                f"fields_{name}",
                partial(plots.tapestry, w=fields, grid=spec.shape, field=pixels,
                        wins=wins.get(name), title=f"Fields of {name} in pixels",
                        subtitle=f"{after} · {chain}: the product of their weights"),
            )  # fmt: skip
        below = f"units of {name}"
        rows, columns = spec.shape
        field = folded((rows, columns) if rows * columns == spec.n_units else (1, spec.n_units))


def folded(shape: tuple[int, int]) -> tuple[int, int]:
    """A single row of values as the rectangle nearest to a square, which can be seen."""
    rows, columns = shape
    if rows > 1:
        return shape
    rows = max(n for n in range(1, math.isqrt(columns) + 1) if columns % n == 0)
    return rows, columns // rows


def below_names(apparatus: Apparatus, name: str) -> list[str]:
    """The layers under a layer, from the nearest down."""
    names = [spec.name for spec in apparatus.experiment.layers]
    return names[: names.index(name)][::-1]


def _strip(path: Any, source: Images | Tapestry, name: str) -> None:
    numbers = np.arange(0, min(FRAMES * EVERY, len(source)), EVERY)
    title = f"The stream {name}, one frame in {EVERY}"
    plots.strip(path, source.rows(numbers), folded(source.shape), title, numbers.tolist())


def called(results: list[dict[str, Any]], layer: str, label: str | None = None) -> str:
    """What the pictures of a layer's classifier are called after.

    The layer, and the label where it has several; with no label, as if it had one alone.
    """
    labels = [label_of(each) for each in results if each["layer"] == layer]
    return layer if label is None or labels == [label] else f"{layer}_{label}"


def _read_out(result: dict[str, Any], after: str, name: str) -> Iterator[tuple[str, Draw]]:
    """What a classifier confused, and its accuracy beside its controls."""
    said, right = capital(title(result)), 100 * result["accuracy"]
    yield (
        f"confusion_{name}",
        partial(plots.confusion, matrix=np.array(result["confusion"]),
                title=f"{said}: {right:.2f} % right", subtitle=after),
    )  # fmt: skip
    controls = {name: each["accuracy"] for name, each in result["controls"].items()}
    yield (
        f"accuracy_{name}",
        partial(plots.accuracy, accuracy=result["accuracy"], controls=controls,
                title=f"{said} beside its controls · {after}"),
    )  # fmt: skip


def classifiers(run: Run, inputs: int) -> list[dict[str, Any]]:
    """The classifiers that were read out from this snapshot."""
    results = (found(run, inputs) or {"results": []})["results"]
    return [each for each in results if "classifier" in each]
