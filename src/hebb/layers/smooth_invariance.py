"""Smooth invariance: units that learn to answer as if between the answers before and after.

    p = W s_t
    y_t = p on K, the n_w units with the largest p, else 0      (ties: the lowest index)
    m = (y_t + y_{t-2}) / 2
    W *= 1 + eta (m - y_{t-1}) s_{t-1}'
    unless `reconstruct: false`:
    r = W' y_t
    e = s_t - r where s_t > 0, else 0
    W *= 1 + zeta y_t (e / max(r, prec))'
    answer: y_t                                  (y and s are 0 before an epoch's start)

Source: the notebook "Smooth Sparse Invariance" (2021), its second layer.
The answer is from before both steps. The error that is reported is of all of s_t - r, since an
input that is rebuilt and is not there is an error too; nobody learns from it.
On a blank code every unit of K answers 0 and counts as no winner; the smoothing still learns
what the code before it calls for.
The first factor is negative where eta (y_{t-1} - m) s_{t-1} is above 1. The equations hold as
they are: such a weight changes its sign, a drive may then be negative, and max(r, prec) divides an
error by prec. No answer is NaN for it, but a network that gets there needs a smaller eta.

Compiled: the smoothing changes units with m != y_{t-1} and inputs with s_{t-1} != 0, the
reconstruction units that answer and inputs with s_t > 0. All other factors are 1, and of a few
hundred weights in tens of thousands only those are touched.
"""

from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from hebb.device import Array
from hebb.layers.base import PREC, Layer, LayerSpec, View
from hebb.layers.compiled import compiled
from hebb.layers.cuda import answer
from hebb.layers.floor import FLOOR, lift, lifted
from hebb.layers.kernels.best import best_of
from hebb.layers.kernels.drive import few_nonzero, respond
from hebb.layers.kernels.tally import count, squares


class SmoothInvarianceSpec(LayerSpec):
    rule: Literal["smooth_invariance"] = "smooth_invariance"  # pyright: ignore[reportIncompatibleVariableOverride]
    n_w: int = Field(ge=1)
    """Winners a code."""
    eta: float = Field(ge=0)
    """Learning rate of the smoothing."""
    zeta: float = Field(ge=0)
    """Learning rate of the reconstruction."""
    reconstruct: bool = True
    """Whether units learn to rebuild the code too, or only to be smooth."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.n_w > self.n_units:
            self.refuse("n_w", f"must be at most {self.n_units}, the number of units")
        return self


class SmoothInvariance(Layer):
    Spec = SmoothInvarianceSpec
    spec: SmoothInvarianceSpec
    dynamics = (*Layer.dynamics, "y1", "y2", "s1")
    turns_negative = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.y1 = self.xp.zeros(self.n_out, dtype=self.dtype)  # the answer before
        self.y2 = self.xp.zeros(self.n_out, dtype=self.dtype)  # and the one before that
        self.s1 = self.xp.zeros(self.n_in, dtype=self.dtype)  # the code before
        self._rows, self.form = self.device.form(
            read=self._read, compiled=self._compiled, cuda=self._cuda
        )

    def begin_epoch(self, epoch: int, epochs: int) -> None:
        super().begin_epoch(epoch, epochs)
        for before in (self.y1, self.y2, self.s1):
            before[...] = 0

    def learn(self, x: Array, labels: Array | None = None) -> Array:
        return self._rows(x, learns=True, trains=True)

    def follow(self, x: Array, labels: Array | None = None) -> Array:
        return self._rows(x, learns=False, trains=True)

    def infer(self, x: Array) -> Array:
        return self._rows(x, learns=False, trains=False)

    def views(self, x: Array, labels: Array | None = None) -> tuple[Array, list[View]]:
        """With the last answer as m predicts it from those around it, and the error of that."""
        before = self.xp.stack([self.y2, self.y1])
        y, (answer, *rebuilding) = super().views(x, labels)
        y2, y1 = self.xp.concatenate([before, y])[:-2], self.xp.concatenate([before[1:], y])[:-1]
        m = (y + y2) / 2
        predicted = View("last answer, predicted", m, "units")
        error = View("prediction error", y1 - m, "units", "error")
        return y, [answer, predicted, error, *rebuilding]

    def metrics(self) -> dict[str, float | int]:
        return super().metrics() | self._winners_an_input()

    def _read(self, x, learns, trains):
        w: Any = self.w
        answers = self.xp.zeros((len(x), self.n_out), dtype=self.dtype)
        for t, s in enumerate(x):
            before = self.y1, self.y2, self.s1
            y, e = smooth_invariance(s, w, before, self.spec, self.xp, learns)
            if trains:
                self._count(s, e)
                self.wins += y != 0
                self.y2[...], self.y1[...], self.s1[...] = self.y1, y, s
            answers[t] = y
        return answers

    def _compiled(self, x, learns, trains):
        spec, scalar = self.spec, self.dtype.type
        return _smooth_invariance_chunk(
            np.ascontiguousarray(x), self.w, self.y1, self.y2, self.s1, self.tally, self.wins,
            spec.n_w, scalar(spec.eta), scalar(spec.zeta), FLOOR[self.dtype],
            spec.reconstruct, learns, trains,
        )  # fmt: skip

    def _cuda(self, x, learns, trains):
        """Compiled too: see cuda/smooth_invariance.cu."""
        spec = self.spec
        return answer(
            self, "smooth_invariance", x, self.y1, self.y2, self.s1,
            spec.n_w, spec.eta, spec.zeta, spec.reconstruct, learns, trains,
        )  # fmt: skip


def smooth_invariance(
    s: Array, w: Array, before: tuple[Array, Array, Array], spec: SmoothInvarianceSpec, xp, learns
) -> tuple[Array, Array]:
    """The rule as read. s (D,); w (N, D) changes in place; before: y1 and y2 (N,), s1 (D,).

    Returns y (N,) and the whole of s - r (D,).
    """
    y1, y2, s1 = before
    p = w @ s
    k = xp.argsort(-p, kind="stable")[: spec.n_w]
    y = xp.zeros_like(p)
    y[k] = p[k]
    m = (y + y2) / 2
    if learns:
        w[...] = _changed(w, spec.eta * xp.outer(m - y1, s1), xp)
    r = y @ w
    e = s - r
    if learns and spec.reconstruct:
        gain = xp.where(s > 0, e, 0) / xp.maximum(r, PREC)
        w[...] = _changed(w, spec.zeta * xp.outer(y, gain), xp)
    return y, e


def _changed(w: Array, change: Array, xp) -> Array:
    """w (N, D) times 1 + change, lifted to the floor where it changes at all."""
    return xp.where(change != 0, lift(w * (1 + change), xp), w)


@compiled()
def _smooth_invariance_chunk(
    x, w, y1, y2, s1, tally, wins, n_w, eta, zeta, floor, reconstruct, learns, trains
):
    """`smooth_invariance` for each row of x (T, D).

    w (N, D), y1, y2, s1, tally and wins change in place.
    """
    n_steps, n_in = x.shape
    n_units = len(w)
    answers = np.zeros((n_steps, n_units), w.dtype)
    lit = np.empty(n_in, np.int64)
    lit1 = np.empty(n_in, np.int64)
    p = np.empty(n_units, w.dtype)
    r = np.empty(n_in, w.dtype)
    winners = np.empty(n_w, np.int64)
    for t in range(n_steps):
        s, y = x[t], answers[t]
        n_lit = respond(s, w, lit, p)
        best_of(p, winners)
        for n in range(n_w):
            y[winners[n]] = p[winners[n]]
        if not trains:
            continue
        if learns:
            _smooth(w, y, y1, y2, s1, lit1[: few_nonzero(s1, lit1)], eta, floor)
        _rebuild(w, y, winners, r)
        if learns and reconstruct:
            _reconstruct(w, y, winners, s, r, lit[:n_lit], zeta, floor)
        s_square, e_square = squares(s, r)
        count(tally, s_square, e_square)
        for n in range(n_w):
            if y[winners[n]] != 0:
                wins[winners[n]] += 1
        for j in range(n_units):
            y2[j], y1[j] = y1[j], y[j]
        for i in range(n_in):
            s1[i] = s[i]
    return answers


@compiled()
def _smooth(w, y, y1, y2, s1, lit, eta, floor):
    """W *= 1 + eta (m - y1) s1', for the inputs `lit` of s1."""
    one, half = w.dtype.type(1), w.dtype.type(0.5)
    for j in range(len(w)):
        apart = half * (y[j] + y2[j]) - y1[j]
        if apart == 0:
            continue
        for i in lit:
            change = eta * (apart * s1[i])
            if change != 0:
                w[j, i] = lifted(w[j, i] * (one + change), floor)


@compiled()
def _rebuild(w, y, winners, r):
    """r = W' y, from the units that answer."""
    r[:] = 0
    for k in winners:
        y_k, row = y[k], w[k]
        for i in range(len(r)):
            r[i] += y_k * row[i]


@compiled()
def _reconstruct(w, y, winners, s, r, lit, zeta, floor):
    """W *= 1 + zeta y (e / max(r, prec))', for the inputs `lit` of s."""
    one, prec = w.dtype.type(1), w.dtype.type(PREC)
    for i in lit:
        if s[i] > 0:
            gain = (s[i] - r[i]) / max(r[i], prec)
            for k in winners:
                change = zeta * (y[k] * gain)
                if change != 0:
                    w[k, i] = lifted(w[k, i] * (one + change), floor)
