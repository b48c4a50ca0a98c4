"""DreamFlow: one winner rebuilds what it sees and the label that was given with it.

    h = X W' + C w_label'
    y = h for the largest h of each row, else 0          (ties: the lowest index)
    of (X, W) and of (C, w_label), each for itself:
        P = y W
        E = (X - P) / (P where P > prec, else 1)         prec = 1e-20
        dW = W * (y' E)
        W += xi / max(max|dW|, prec) dW

X (B, D) is a batch of what the layer below answers, and C (B, classes) its labels, one-hot. Without
labels, as when it is read out, h = X W'. Its classifier, `dreamflow`, then takes the class of the
largest y w_label.

Source: the notebook "DreamFlow Local" (2020), its second layer.
Without labels a blank input is answered by nobody and changes nothing; with one, the label alone
finds a winner, which unlearns what it does not see. A weight that a very large step carries below
0 stays there, as in the notebook.

Compiled: one winner an input, so only its weights are rebuilt, and of the input only what is lit
is summed.
"""

from typing import Any, Literal

import numpy as np
from pydantic import Field

from hebb.device import Array
from hebb.layers.base import View
from hebb.layers.batches import BatchLayer, BatchSpec
from hebb.layers.bounded import bounded_batch, bounded_step
from hebb.layers.compiled import compiled
from hebb.layers.drive import drive
from hebb.layers.floor import FLOOR
from hebb.layers.init import Init
from hebb.layers.product import product

ALL = np.zeros((1, 1), dtype=np.int64)  # one cluster, whose pixels begin at the first


class DreamFlowSpec(BatchSpec):
    rule: Literal["dreamflow"] = "dreamflow"  # pyright: ignore[reportIncompatibleVariableOverride]
    xi: float = Field(ge=0)
    """The largest change of a weight in a step."""
    classes: int = Field(default=10, ge=1)
    """How many labels there are: 0 to classes - 1."""

    FIXED = (*BatchSpec.FIXED, "classes")


class DreamFlow(BatchLayer):
    Spec = DreamFlowSpec
    spec: DreamFlowSpec
    arrays = ("w", "w_label")
    takes_labels = True
    turns_negative = True

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.w_label = self.xp.zeros((self.n_out, self.spec.classes), dtype=self.dtype)
        (self._respond, self._adapt), self.form = self.device.form(
            read=(self._respond_read, self._adapt_read),
            compiled=(self._respond_compiled, self._adapt_compiled),
        )

    def restart(self, init: Init, rng: np.random.Generator) -> None:
        super().restart(init, rng)
        self.load({"w_label": init.draw(self.w_label.shape, rng)})

    def respond(self, v: Array, labels: Array | None) -> Array:
        return self._respond(v, labels)

    def infer(self, x: Array) -> Array:
        return self._respond(x, None) if self.form == "compiled" else super().infer(x)

    def adapt(self, v: Array, labels: Array | None, answers: Array, learns: bool) -> None:
        self._adapt(v, labels, answers, learns)

    def views(self, x: Array, labels: Array | None = None) -> tuple[Array, list[View]]:
        """With the label that the winner rebuilds."""
        y, seen = super().views(x, labels)
        name = f"label rebuilt: 0 to {self.spec.classes - 1}"
        return y, [*seen, View(name, y @ self.w_label, "classes")]

    def _respond_read(self, v, labels):
        h = product(v, self.w)
        if labels is not None:
            h = h + self.w_label.T[labels]
        wins = h.argmax(axis=1)[:, None] == self.xp.arange(self.n_out)
        return self.xp.where(wins, h, 0)

    def _adapt_read(self, v, labels, answers, learns):
        xi, xp = self.spec.xi, self.xp
        e = bounded_step(v, answers, self.w, xi, xp, learns)
        if labels is not None:
            c = (labels[:, None] == xp.arange(self.spec.classes)).astype(self.dtype)
            bounded_step(c, answers, self.w_label, xi, xp, learns)
        for v_t, e_t in zip(v, e, strict=True):
            self._count(v_t, e_t)
        self.wins += (answers != 0).sum(axis=0)

    def _respond_compiled(self, v, labels):
        labels = np.full(len(v), -1) if labels is None else labels
        return _respond(
            np.ascontiguousarray(v), np.ascontiguousarray(self.w.T), self.w_label, labels
        )

    def _adapt_compiled(self, v, labels, answers, learns):
        xi, floor = self.dtype.type(self.spec.xi), FLOOR[self.dtype]
        tally, wins = self.tally, self.wins
        v = np.ascontiguousarray(v)
        bounded_batch(v, answers, self.w, ALL, self.n_in, tally, wins, xi, floor, learns)
        if labels is not None and learns:
            classes = self.spec.classes
            c = np.eye(classes, dtype=self.dtype)[labels]
            tally, wins = tally.copy(), wins.copy()  # each input counts once
            bounded_batch(c, answers, self.w_label, ALL, classes, tally, wins, xi, floor, learns)


@compiled()
def _respond(v, w, w_label, labels):
    """y for a batch v (B, D); w (D, N); w_label (N, classes); labels (B,), -1 for none."""
    answers = np.zeros((len(v), w.shape[1]), w.dtype)
    lit = np.empty(v.shape[1], np.int64)
    h = np.empty(w.shape[1], w.dtype)
    for b in range(len(v)):
        drive(v[b], w, lit, h)
        if labels[b] >= 0:
            for j in range(len(h)):
                h[j] += w_label[j, labels[b]]
        k = np.argmax(h)
        answers[b, k] = h[k]
    return answers
