"""A run as its pictures see it: one snapshot, layer by layer, and what was read out of it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hebb.apparatus import Apparatus, experiment_of
from hebb.config import Experiment
from hebb.errors import UsageError
from hebb.evaluate import found
from hebb.layers import LayerSpec
from hebb.picture_options import Scale
from hebb.store import Run
from hebb.titles import label_of


@dataclass(frozen=True)
class LayerView:
    """A layer as it is drawn."""

    spec: LayerSpec
    w: np.ndarray  # (N, D)
    field: tuple[int, int]  # how a unit's D weights lie
    fields: np.ndarray  # (N, h * w), composed with the weights of all layers below
    pixels: tuple[int, int]  # how those lie
    below: tuple[str, ...]  # names of the layers below, from the nearest down
    vote: dict[str, Any] | None  # what the layer's vote came to, if it has been counted

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def wins(self) -> np.ndarray | None:
        """(N,) the training images that each unit has won in the vote."""
        return None if self.vote is None else np.array(self.vote["unit_wins"])

    @property
    def chain(self) -> str:
        """`invariant through sparse`"""
        return " through ".join([self.name, *self.below])


@dataclass(frozen=True)
class Seen:
    """A snapshot of a run. Its dataset is loaded by the first picture that needs it."""

    reopened: Callable[[], Apparatus]
    experiment: Experiment
    run: Run
    inputs: int
    scale: Scale
    results: list[dict[str, Any]]  # of the classifiers that were read out
    views: list[LayerView]

    @classmethod
    def of(
        cls, reopened: Callable[[], Apparatus], run: Run, snapshot: str | int, scale: Scale
    ) -> "Seen":
        """reopened: gives the run's apparatus. UsageError: a snapshot that is not there, or lacks
        weights."""
        inputs, experiment = run.find(snapshot)[0], experiment_of(run)
        results = classifiers(run, inputs)
        seen = views(experiment, run, inputs, results)
        return cls(reopened, experiment, run, inputs, scale, results, seen)

    @property
    def apparatus(self) -> Apparatus:
        """With its dataset. DataError: that is not there, or no longer the same."""
        return self.reopened()

    @property
    def after(self) -> str:
        return f"{self.run.id} · after {self.inputs:,} inputs"


def views(
    experiment: Experiment, run: Run, inputs: int, results: list[dict[str, Any]]
) -> list[LayerView]:
    """The layers of a snapshot, from the lowest up."""
    arrays = run.snapshot(inputs)[1]
    if lacking := {f"{spec.name}.w" for spec in experiment.layers} - arrays.keys():
        raise UsageError(f"{run.find(inputs)[1]}: lacks {', '.join(sorted(lacking))}")
    votes = {each["layer"]: each for each in results if "unit_wins" in each}
    rows, columns = run.info()["image"]
    pixels = folded((rows, columns))
    found: list[LayerView] = []
    field, fields = pixels, None
    for spec in experiment.layers:
        w = arrays[f"{spec.name}.w"]
        fields = w if fields is None else w @ fields
        below = tuple(view.name for view in reversed(found))
        found.append(LayerView(spec, w, field, fields, pixels, below, votes.get(spec.name)))
        field = whole(spec.shape, spec.n_units)
    return found


def folded(shape: tuple[int, int]) -> tuple[int, int]:
    """A single row of values as the rectangle nearest to a square, which can be seen."""
    rows, columns = shape
    if rows > 1:
        return shape
    rows = max(n for n in range(1, math.isqrt(columns) + 1) if columns % n == 0)
    return rows, columns // rows


def whole(grid: tuple[int, int], n_units: int) -> tuple[int, int]:
    """A rectangle of just as many places as there are units: their grid, where it has no more."""
    return folded(grid if math.prod(grid) == n_units else (1, n_units))


def classifiers(run: Run, inputs: int) -> list[dict[str, Any]]:
    """The classifiers that were read out from this snapshot."""
    results = (found(run, inputs) or {"results": []})["results"]
    return [each for each in results if "classifier" in each]


def called(results: list[dict[str, Any]], layer: str, label: str | None = None) -> str:
    """What the pictures of a layer's classifier are called after.

    The layer, and the label where it has several; with no label, as if it had one alone.
    """
    labels = [label_of(each) for each in results if each["layer"] == layer]
    return layer if label is None or labels == [label] else f"{layer}_{label}"
