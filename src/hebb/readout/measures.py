"""Measures: a number that says what a layer is like, at its weights and at its first ones.

reconstruction   the mean of |v - r|^2 / |v|^2 over the inputs that are not blank: how well the
                 layer rebuilds what it sees
similarity       the mean cosine between the weights of two different units: 1 where all are alike
change           sum |y_t - y_(t-1)|^2 / sum (|y_t|^2 + |y_(t-1)|^2): how much of an answer is new
                 from one input to the next; 0 where it stands still, 1 where nothing stays

`reconstruction` and `change` take one pass of `input`, nothing learning. A rule that learns from
batches tallies whole ones alone: the inputs after the last full batch are not in `reconstruction`.
"""

from collections.abc import Iterator
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from hebb.data import BLOCK
from hebb.errors import UsageError
from hebb.layers.base import Name
from hebb.readout.base import Sitting
from hebb.readout.rows import unit_length
from hebb.spec import Spec
from hebb.stack import Stack
from hebb.titles import FIGURES, title


class MeasureSpec(Spec):
    """A number that says what `layer` is like."""

    measure: Literal["reconstruction", "similarity", "change"]
    """How well it rebuilds its inputs, how alike its units are, how fast its answers change."""
    layer: Name
    """Whose units are measured."""
    input: str | None = Field(default=None, validate_default=True)
    """What it is shown: a stream's name, or `train` (the default) for the training images."""
    name: Name | None = None
    """What results call it; by default the measure's own word."""

    @model_validator(mode="before")
    @classmethod
    def _shown_something(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("measure") != "similarity":
            return {"input": "train"} | value
        return value

    @model_validator(mode="after")
    def _input_suits(self) -> Self:
        if self.measure == "similarity" and self.input is not None:
            self.refuse("input", "must be left out: similarity looks at weights alone")
        return self

    @property
    def word(self) -> str:
        return self.measure

    @property
    def label(self) -> str:
        return self.name or self.measure

    @property
    def title(self) -> str:
        return title(self.said)

    @property
    def said(self) -> dict[str, str]:
        """What a result says of it before its numbers."""
        shown = {} if self.input is None else {"input": self.input}
        return {"measure": self.measure, "label": self.label, "layer": self.layer, **shown}


class Measure:
    Spec = MeasureSpec
    spec: MeasureSpec

    def __init__(self, spec: Any, sitting: Sitting):
        self.spec, self.sitting = spec, sitting

    def result(self) -> dict[str, Any]:
        """The number at the weights that are read out, and at the run's first."""
        spec, sitting = self.spec, self.sitting
        return {
            **spec.said,
            FIGURES[spec.measure]: self._taken(sitting.stack),
            "at_first": self._taken(sitting.first),
        }

    def _taken(self, stack: Stack) -> float:
        spec = self.spec
        if spec.measure == "similarity":
            return similarity(stack.layers[spec.layer].state()["w"])
        if spec.measure == "change":
            return change(stack.infer(x, spec.layer) for x in self._blocks())
        stack.begin_epoch(0, 1)
        for _ in stack.learn(((x, None) for x in self._blocks()), learning=()):
            pass
        error = stack.layers[spec.layer].metrics().get("reconstruction_error")
        if error is None:
            raise UsageError(
                f"{self.spec.title}: nothing was tallied: no input is lit, none fills a batch, or "
                "the rule rebuilds nothing and should say rebuilds = False; leave this measure "
                "out of evaluate"
            )
        return float(error)

    def _blocks(self) -> Iterator[np.ndarray]:
        """The input, (BLOCK, D) at a time."""
        source = self.sitting.inputs[self.spec.input or ""]
        for start in range(0, len(source), BLOCK):
            yield source.rows(slice(start, start + BLOCK), self.sitting.dtype)


def similarity(w: np.ndarray) -> float:
    """The mean cosine between two different rows of w (N, D); rows of zeros, and one alone, 0."""
    unit = unit_length(w.astype(np.float64))
    unit = unit[unit.any(axis=1)]
    n = len(unit)
    total = unit.sum(axis=0)
    return float((total @ total - n) / max(n * (n - 1), 1))


def change(answers: Iterator[np.ndarray]) -> float:
    """How much of each row is new against the one before, over blocks (T, N) of rows in order."""
    new = size = 0.0
    last = None
    for y in answers:
        y = y.astype(np.float64)
        y = y if last is None else np.concatenate([last, y])
        new += float(((y[1:] - y[:-1]) ** 2).sum())
        size += float((y[1:] ** 2).sum() + (y[:-1] ** 2).sum())
        last = y[-1:]
    return new / size if size else 0.0
