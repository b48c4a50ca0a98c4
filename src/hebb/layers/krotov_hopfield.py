"""Krotov and Hopfield's rule: the best unit learns the input, one that came close unlearns it.

    t = sign(W)|W|^(p-1) V'
    for each input  g = 1 for the unit with the largest t, -delta for that with the k-th largest
    (k = 2: the second), else 0                  (ties: the lower index comes first)
    dW = g V - rowsum(g * t) W
    W += rate dW / max(max|dW|, prec)            prec = 1e-30; max|dW| over all of dW

V (B, D) is a batch; the layer answers W v, with the W from before the step, and who wins a vote is
the unit with the largest W v, which is t for p = 2 only. In epoch e of the E of a phase, counted
from 0, rate = eps (1 - e / E). W is signed.

Source: Krotov & Hopfield (2019), "Unsupervised learning by competing hidden units", PNAS 116,
7723. dW is the right-hand side of their equation 3 with R = 1, and g that of equations 9 and 10;
batches, and a largest change that is the rate, are from the code that they published. A unit that
goes on winning comes to sum|W|^p = 1.
A blank input is answered by nobody and won by nobody; it adds nothing. Units that are never first
or k-th keep their weights. A row of zeros has t = 0, and learns as any other should that win.
No cosine is taken, so one of 1 is nothing special.

Compiled: only rows with a g that is not 0 change, so only they are touched. For p = 2, t is the
answer. For other p the powers sign(W)|W|^(p-1) lie in the panels in place of W, and are made anew
for the rows that change; one that would be smaller than the floor is 0 there, far below what t can
feel. The answer is then a product of its own, of W laid out for it, and left out where nobody
listens. A weight on a pixel that is always dark shrinks with every win: see `floor`.
"""

from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from hebb.device import Array
from hebb.layers.batches import BatchSpec, LinearBatchLayer
from hebb.layers.compiled import compiled
from hebb.layers.floor import FLOOR, lift, lifted
from hebb.layers.init import Init
from hebb.layers.kernels.best import best_of, largest_size
from hebb.layers.kernels.panels import ALL, Panels, lay_row
from hebb.layers.kernels.pull import pull

PREC = 1e-30  # the smallest largest change that a step is divided by


class KrotovHopfieldSpec(BatchSpec):
    rule: Literal["krotov_hopfield"] = "krotov_hopfield"  # pyright: ignore[reportIncompatibleVariableOverride]
    init: Init = Init(normal=(0.0, 1.0))
    """First weights."""
    p: float = Field(default=2.0, ge=1)
    """Power in whose sum over a unit's weights their size is measured."""
    k: int = Field(default=2, ge=2)
    """Rank of the unit that unlearns an input: 2 is the second."""
    delta: float = Field(default=0.4, ge=0)
    """Strength of unlearning, against the winner's learning."""
    eps: float = Field(ge=0)
    """The largest change of a weight in a step of a phase's first epoch; falls linearly."""

    @model_validator(mode="after")
    def _has_a_rival(self) -> Self:
        if self.k > self.n_units:
            self.refuse("k", f"must be at most {self.n_units}, the number of units")
        return self


class KrotovHopfield(LinearBatchLayer):
    Spec = KrotovHopfieldSpec
    spec: KrotovHopfieldSpec
    dynamics = (*LinearBatchLayer.dynamics, "rate")
    signed = True
    rebuilds = False

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.rate = self.xp.full(1, self.spec.eps, dtype=self.dtype)  # of the epoch
        self._laid_p = 2.0  # of the powers that lie in the panels

    def begin_epoch(self, epoch: int, epochs: int) -> None:
        super().begin_epoch(epoch, epochs)
        self.rate[...] = self.spec.eps * (1 - epoch / epochs)

    def load(self, arrays: dict[str, np.ndarray]) -> None:
        super().load(arrays)
        self._laid_p = 2.0

    def winners(self, x: Array) -> Array:
        return self.xp.where(x.any(axis=1), self.infer(x).argmax(axis=1), -1)

    def _adapt_read(self, v, answers, learns):
        self.wins += krotov_hopfield(v, self.w, self.rate, self.spec, self.xp, learns)

    @property
    def adapts_to_answers(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.spec.p == 2

    def respond(self, v: Array, labels: Array | None) -> Array:
        if self.form == "read" or self._laid_p == self.spec.p == 2:
            return super().respond(v, labels)
        return Panels.of(self.w).drive(v)

    def _adapt_compiled(self, v, answers, learns):
        spec, scalar, floor = self.spec, self.dtype.type, FLOOR[self.dtype]
        q = spec.p - 1
        low = float(floor) ** (1 / q) if q > 1 else 0.0  # the size whose power is the floor
        if self._laid_p != spec.p:
            self._panels.lay(_powers_of_all(self.w, q, low))
            self._laid_p = spec.p
        t = answers if spec.p == 2 else self._panels.drive(v)
        _krotov_hopfield_batch(
            np.ascontiguousarray(v), t, self.w, self._panels.laid, self.wins, self.rate[0], q, low,
            spec.k, scalar(spec.delta), floor, learns,
        )  # fmt: skip


def krotov_hopfield(
    v: Array, w: Array, rate: Array, spec: KrotovHopfieldSpec, xp, learns: bool
) -> Array:
    """The rule as read. v (B, D); w (N, D) changes in place; rate (1,). Returns how often each
    unit won (N,).
    """
    t = v @ (xp.sign(w) * abs(w) ** (spec.p - 1)).T
    lit = v.any(axis=1, keepdims=True)
    units = xp.arange(len(w))
    order = xp.argsort(-t, axis=1, kind="stable")
    won = lit & (order[:, :1] == units)
    if learns:
        rival = lit & (order[:, spec.k - 1 : spec.k] == units)
        g = won.astype(w.dtype) - spec.delta * rival.astype(w.dtype)
        dw = g.T @ v - (g * t).sum(axis=0)[:, None] * w
        step = rate * dw / xp.maximum(abs(dw).max(), PREC)
        w[...] = xp.where(step.any(axis=1, keepdims=True), lift(w + step, xp), w)
    return won.sum(axis=0)


@compiled()
def _krotov_hopfield_batch(v, t, w, laid, wins, rate, q, low, k, delta, floor, learns):
    """`krotov_hopfield` for a batch, its t (B, N) given. w, wins and the powers, which are laid
    (see `Panels`), change.
    """
    size, n_in = v.shape
    one = w.dtype.type(1)
    best = np.empty(k, np.int64)
    units = np.full((size, 2), -1, np.int64)
    strengths = np.empty((size, 2), w.dtype)
    strengths[:, 0] = one
    strengths[:, 1] = -delta
    for b in range(size):
        if v[b].any():
            best_of(t[b], best)
            wins[best[0]] += 1
            units[b, 0] = best[0]
            units[b, 1] = best[k - 1]
    if not learns or rate == 0:
        return
    rows = np.empty(2 * size, np.int64)
    dw = np.empty((min(2 * size, len(w)), n_in), w.dtype)
    count = pull(v, t, w, units, strengths, rows, dw)
    top = w.dtype.type(PREC)
    for n in range(count):
        top = max(top, largest_size(dw[n]))
    scale = rate / top
    powers = np.empty(n_in, w.dtype)
    for n in range(count):
        row, change = w[rows[n]], dw[n]
        for i in range(n_in):
            row[i] = lifted(row[i] + scale * change[i], floor)
        if q != 1:
            _powers_of(row, powers, q, low)
            row = powers
        lay_row(row, rows[n], len(w), laid, ALL, n_in)


@compiled()
def _powers_of_all(w, q, low):
    powers = np.empty_like(w)
    for j in range(len(w)):
        _powers_of(w[j], powers[j], q, low)
    return powers


@compiled()
def _powers_of(row, powers, q, low):
    """sign(w)|w|^q of a row, 0 where |w| < low. The same bits whenever it is taken.

    Products where q is whole: they take a tenth of the time of a power.
    """
    kind = row.dtype.type
    whole = int(q) if q == np.floor(q) and q < 16 else 0
    if whole:
        for i in range(len(row)):
            powers[i] = row[i] if abs(row[i]) >= kind(low) else kind(0)
        for _ in range(whole - 1):
            for i in range(len(row)):
                powers[i] *= abs(row[i])
    else:
        for i in range(len(row)):
            power = abs(row[i]) ** kind(q) if abs(row[i]) >= kind(low) else kind(0)
            powers[i] = np.copysign(power, row[i]) if row[i] != 0 else kind(0)
