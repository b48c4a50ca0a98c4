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

Compiled: of the input only what is lit is summed (`Panels`), and one winner an input means that P
and y'E need no product of matrices.
"""

from typing import Any, Literal

import numpy as np
from pydantic import Field

from hebb.device import Array
from hebb.errors import UsageError
from hebb.layers.base import View
from hebb.layers.batches import BatchLayer, BatchSpec
from hebb.layers.bounded import bounded_batch, bounded_step, keep_largest
from hebb.layers.compiled import compiled
from hebb.layers.floor import FLOOR
from hebb.layers.init import Init
from hebb.layers.kernels.panels import ALL, Panels, drive_panels

NONE = np.empty(0, np.int64)  # no labels


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
        if self.form == "compiled":
            self._panels = Panels(self.n_out, ALL, self.n_in, self.dtype)
            self._label_panels = Panels(self.n_out, ALL, self.spec.classes, self.dtype)

    def restart(self, init: Init, rng: np.random.Generator) -> None:
        super().restart(init, rng)
        self.load({"w_label": init.draw(self.w_label.shape, rng)})

    def load(self, arrays: dict[str, np.ndarray]) -> None:
        super().load(arrays)
        if self.form == "compiled":
            self._panels.lay(self.w)
            self._label_panels.lay(self.w_label)

    def _rows(self, x: Array, labels: Array | None, learns: bool, heard: bool = True) -> Any:
        # Once a chunk, as compiled code looks at no bounds. On a GPU the host would wait for it,
        # and CuPy keeps within its arrays.
        if labels is not None and self.xp is np:
            self._check(labels, len(x))
        return super()._rows(x, labels, learns, heard)

    def _check(self, labels: np.ndarray, rows: int) -> None:
        """UsageError: labels are not one a row, or none of the classes."""
        must = ""
        if labels.shape != (rows,):
            must = f"have shape ({rows},), one a row (got {labels.shape})"
        elif rows and not 0 <= labels.min() <= labels.max() < self.spec.classes:
            wrong = labels.min() if labels.min() < 0 else labels.max()
            must = f"be 0 to {self.spec.classes - 1}, by its classes (got {wrong})"
        if must:
            raise UsageError(f"layer {self.spec.name}: labels must {must}")

    def pass_batches(
        self, v: Array, labels: Array | None, learns: bool, answers: Array | None
    ) -> None:
        if self.form == "read" or self._panels.shared:
            return super().pass_batches(v, labels, learns, answers)
        y = np.empty((0, self.n_out), self.dtype) if answers is None else answers
        v, labels = np.ascontiguousarray(v), NONE if labels is None else labels
        _dreamflow_batches(v, labels, y, self.spec.batch, *self._changed, learns)

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
        h = v @ self.w.T
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
        h = self._panels.drive(v)
        if labels is not None:
            _add_labels(h, self.w_label, labels)
        keep_largest(h, self.n_out)
        return h

    def _adapt_compiled(self, v, labels, answers, learns):
        v, labels = np.ascontiguousarray(v), NONE if labels is None else labels
        _adapt_batch(v, labels, answers, *self._changed, learns)

    @property
    def _changed(self) -> tuple:
        """What a batch changes, and how."""
        return (
            self.w, self.w_label, self._panels.laid, self._label_panels.laid, self.tally, self.wins,
            self.dtype.type(self.spec.xi), FLOOR[self.dtype],
        )  # fmt: skip


@compiled()
def _dreamflow_batches(
    v, labels, y, size, w, w_label, laid, label_laid, tally, wins, xi, floor, learns
):
    """Batches of `size` inputs v (T, D) are answered and learned from.

    labels (T,), or (0,) where there are none. y (T, N), or (0, N) where nobody listens, is
    overwritten.
    """
    n_panels = len(laid) // w.shape[1]
    h = np.empty((size, len(w)), w.dtype)
    for first in range(0, len(v), size):
        rows = slice(first, first + size)
        batch, own = v[rows], labels[rows]
        drive_panels(batch, laid, ALL, w.shape[1], 0, n_panels, h)
        if len(own) > 0:
            _add_labels(h, w_label, own)
        keep_largest(h, len(w))
        _adapt_batch(batch, own, h, w, w_label, laid, label_laid, tally, wins, xi, floor, learns)
        y[rows] = h[: len(y)]


@compiled()
def _adapt_batch(v, labels, y, w, w_label, laid, label_laid, tally, wins, xi, floor, learns):
    bounded_batch(v, y, w, laid, ALL, w.shape[1], tally, wins, xi, floor, learns)
    if learns and len(labels) > 0:
        n_classes = w_label.shape[1]
        c = np.zeros((len(v), n_classes), w.dtype)
        for b in range(len(labels)):
            c[b, labels[b]] = 1
        tally, wins = np.zeros_like(tally), np.zeros_like(wins)  # each input counts once
        bounded_batch(c, y, w_label, label_laid, ALL, n_classes, tally, wins, xi, floor, True)


@compiled()
def _add_labels(h, w_label, labels):
    """h (B, N) += C w_label'; w_label (N, classes); labels (B,)."""
    for b in range(len(h)):
        for j in range(h.shape[1]):
            h[b, j] += w_label[j, labels[b]]
