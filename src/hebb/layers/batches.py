"""`BatchLayer`: what the rules that learn from a batch of inputs at a time have in common.

`LinearBatchLayer`: of these, the rules whose units answer W v whether they win or not.

Rows are answered as they come, and learned from once their batch is full. A product of part of a
batch is taken in the shape of a whole one, each row in its place, so that the length of a chunk
changes no bit: how BLAS sums a row depends on shapes and places, not on what the others hold.
"""

from abc import abstractmethod
from typing import Any

import numpy as np
from pydantic import Field

from hebb.device import Array
from hebb.layers.base import Layer, LayerSpec
from hebb.layers.kernels.panels import ALL, Panels


class BatchSpec(LayerSpec):
    batch: int = Field(default=100, ge=1)
    """Inputs that are learned from together."""

    FIXED = (*LayerSpec.FIXED, "batch")

    @property
    def together(self) -> int:
        return self.batch


class BatchLayer(Layer):
    """A layer whose rule takes `respond` to a whole batch, then `adapt` to it."""

    spec: Any  # a BatchSpec of its own
    dynamics = (*Layer.dynamics, "waiting", "waiting_labels", "n_waiting")
    adapts_to_answers = True  # or `adapt` takes None for them

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        # Rows of a batch that is not full yet, and zeros.
        self.waiting = self.xp.zeros((self.spec.batch, self.n_in), dtype=self.dtype)
        self.waiting_labels = self.xp.zeros(self.spec.batch, dtype=np.int64)
        self.n_waiting = self.xp.zeros(1, dtype=np.int64)

    @abstractmethod
    def respond(self, v: Array, labels: Array | None) -> Array:
        """Answer a whole batch v (B, D) and change nothing. Returns (B, N)."""

    @abstractmethod
    def adapt(self, v: Array, labels: Array | None, answers: Any, learns: bool) -> None:
        """Count a whole batch v (B, D) with its answers (B, N), and where `learns`, learn."""

    def pass_batches(
        self, v: Array, labels: Array | None, learns: bool, answers: Array | None
    ) -> None:
        """`respond` and `adapt` to whole batches v (M B, D), one after the other.

        answers (M B, N), where anybody listens, are overwritten. A compiled form may do all of
        them in one call: layers on other threads then wait less often for the interpreter.
        """
        size = self.spec.batch
        for start in range(0, len(v), size):
            rows = slice(start, start + size)
            c = None if labels is None else labels[rows]
            answer = None
            if answers is not None or self.adapts_to_answers:
                answer = self.respond(v[rows], c)
            if answers is not None:
                answers[rows] = answer
            self.adapt(v[rows], c, answer, learns)

    def learn(self, x: Array, labels: Array | None = None) -> Array:
        return self._rows(x, labels, learns=True)

    def train(self, x: Array, labels: Array | None = None) -> None:
        self._rows(x, labels, learns=True, heard=False)

    def follow(self, x: Array, labels: Array | None = None) -> Array:
        return self._rows(x, labels, learns=False)

    def infer(self, x: Array) -> Array:
        """Each row by itself: BLAS sums a row by its place among the others."""
        if not len(x):
            return self.xp.empty((0, self.n_out), dtype=self.dtype)
        return self.xp.concatenate([self.respond(v[None], None) for v in x])

    def begin_epoch(self, epoch: int, epochs: int) -> None:
        """A batch that the last epoch left unfilled is dropped."""
        super().begin_epoch(epoch, epochs)
        self._empty()

    def _empty(self) -> None:
        for array in (self.waiting, self.waiting_labels, self.n_waiting):
            array[...] = 0

    def _rows(self, x: Array, labels: Array | None, learns: bool, heard: bool = True) -> Any:
        """Answers (T, N); None unless they are heard."""
        labels = labels if self.takes_labels else None
        answers = self.xp.empty((len(x), self.n_out), dtype=self.dtype) if heard else None
        size, start = self.spec.batch, 0
        while start < len(x):
            n_waiting = int(self.n_waiting[0])
            whole = 0 if n_waiting else (len(x) - start) // size * size
            rows = slice(start, start + whole if whole else min(start + size - n_waiting, len(x)))
            take = self.pass_batches if whole else self._join
            c, y = (None if each is None else each[rows] for each in (labels, answers))
            take(x[rows], c, learns, y)
            start = rows.stop
        return answers

    def _join(self, v: Array, labels: Array | None, learns: bool, answers: Array | None) -> None:
        """Put rows to those that wait, and answer them; if the batch is full then, `adapt`."""
        rows = slice(int(self.n_waiting[0]), int(self.n_waiting[0]) + len(v))
        self.waiting[rows] = v
        c = None
        if labels is not None:
            self.waiting_labels[rows] = labels
            c = self.waiting_labels
        self.n_waiting[0] = rows.stop
        full = rows.stop == self.spec.batch
        answer: Any = None
        if answers is not None or (full and self.adapts_to_answers):
            answer = self.respond(self.waiting, c)
        if answers is not None:
            answers[...] = answer[rows]
        if full:
            self.adapt(self.waiting, c, answer, learns)
            self._empty()


class LinearBatchLayer(BatchLayer):
    """A batch layer that answers W v, whoever wins, and rebuilds no input."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._adapt, self.form = self.device.form(
            read=self._adapt_read, compiled=self._adapt_compiled
        )
        if self.form == "compiled":
            self._panels = Panels(self.n_out, ALL, self.n_in, self.dtype)

    def load(self, arrays: dict[str, np.ndarray]) -> None:
        super().load(arrays)
        if self.form == "compiled":
            self._panels.lay(self.w)

    @abstractmethod
    def _adapt_read(self, v: Array, answers: Array, learns: bool) -> None:
        """Count the wins of a whole batch v (B, D) that is answered so, and where `learns`, learn.

        `_adapt_compiled` does the same, and keeps the panels in step with w.
        """

    @abstractmethod
    def _adapt_compiled(self, v: Array, answers: Array, learns: bool) -> None: ...

    def respond(self, v: Array, labels: Array | None) -> Array:
        return self._panels.drive(v) if self.form == "compiled" else v @ self.w.T

    def adapt(self, v: Array, labels: Array | None, answers: Any, learns: bool) -> None:
        self._adapt(v, answers, learns)
        self.tally[2] += len(v)

    def infer(self, x: Array) -> Array:
        return self.respond(x, None) if self.form == "compiled" else super().infer(x)
