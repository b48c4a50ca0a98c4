"""Invariance ("variable xi"): units that rebuild a moving code from a slow trace.

    a = W s
    u += alpha (a - u)                           (u = 0 where an epoch begins)
    r = W' u
    e = s - r
    z_j = leta where s_j > 0, else seta
    W *= 1 + u (z e / max(r, prec))'
    every `renormalize_every` steps of an epoch, the first included, after its update:
    each row of W is scaled to sum D / N
    output while training: `trace` u, or `response` a; outside training always a

Source: the notebook "Invariant MNIST Classifier" (2021), its second layer. There a frozen
layer was still rescaled; here frozen means that nothing moves.
No unit competes, so none can be wrong about a blank code: a and the step's z e are 0.
A row whose sum is 0 is left as it is.

Compiled: the code s has few inputs that are not 0, and only they are summed for a. Nobody looks at
the weights of the others, so these wait and take several steps at once: see `_catch_up`.
"""

from typing import Any, Literal

import numpy as np
from pydantic import Field

from hebb.device import Array
from hebb.layers.base import PREC, Layer, LayerSpec, View
from hebb.layers.compiled import compiled
from hebb.layers.cuda import answer
from hebb.layers.drive import drives, lit_drive, nonzero
from hebb.layers.floor import FLOOR, lift, lifted
from hebb.layers.lanes import BYTES, at_least, load, plus, spread, store, times, total
from hebb.layers.lines import lines
from hebb.layers.tally import count, squares

WAIT = 16  # steps at most that an input waits
FOUR = 4  # of them are taken in one go: a weight is then loaded and stored a quarter as often


class InvarianceSpec(LayerSpec):
    rule: Literal["invariance"] = "invariance"  # pyright: ignore[reportIncompatibleVariableOverride]
    alpha: float = Field(gt=0, le=1)
    """How far the trace moves to the response at each step."""
    leta: float = Field(ge=0)
    """Learning rate of inputs that are on."""
    seta: float = Field(ge=0)
    """Learning rate of inputs that are off."""
    renormalize_every: int = Field(default=2000, ge=1)
    """Steps of an epoch between two scalings of each unit's weights to one sum."""
    output: Literal["trace", "response"] = "trace"
    """What the layer above sees while training: the slow trace, or the response of the moment."""


class Invariance(Layer):
    Spec = InvarianceSpec
    spec: InvarianceSpec
    dynamics = (*Layer.dynamics, "u", "step")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.u = self.xp.zeros(self.n_out, dtype=self.dtype)
        self.step = self.xp.zeros(1, dtype=np.int64)  # of the epoch
        self._rows, self.form = self.device.form(
            read=self._read, compiled=self._compiled, cuda=self._cuda
        )
        if self.form == "compiled":
            self._w = lines(self.n_in, self.n_out, self.dtype)
            self.w = self._w[:, : self.n_out].T

    def begin_epoch(self, epoch: int, epochs: int) -> None:
        super().begin_epoch(epoch, epochs)
        self.u[...] = 0
        self.step[...] = 0

    def learn(self, x: Array, labels: Array | None = None) -> Array:
        return self._rows(x, learns=True)

    def follow(self, x: Array, labels: Array | None = None) -> Array:
        return self._rows(x, learns=False)

    def infer(self, x: Array) -> Array:
        if self.form == "cuda":
            return self._cuda(x, learns=False, trains=False)
        if self.form == "compiled":
            return drives(np.ascontiguousarray(x), self._w)[:, : self.n_out]
        answers = self.xp.zeros((len(x), self.n_out), dtype=self.dtype)
        for t, s in enumerate(x):
            answers[t] = self.w @ s
        return answers

    def views(self, x: Array, labels: Array | None = None) -> tuple[Array, list[View]]:
        """The trace, and how well it predicts the code; the response where that is the answer."""
        y = self.xp.empty((len(x), self.n_out), dtype=self.dtype)
        u = self.xp.empty_like(y)
        for t in range(len(x)):  # one by one, as each moves the trace
            y[t], u[t] = self.follow(x[t : t + 1])[0], self.u
        seen = [View("trace", u, "units"), *self._rebuilding(x, u, "prediction")]
        return y, seen if self.spec.output == "trace" else [View("response", y, "units"), *seen]

    def _read(self, x, learns):
        w: Any = self.w
        spec, xp = self.spec, self.xp
        answers = xp.zeros((len(x), self.n_out), dtype=self.dtype)
        step = int(self.step[0])
        for t, s in enumerate(x):
            a, e = invariance(s, w, self.u, spec, xp, learns)
            if learns and (step + t) % spec.renormalize_every == 0:
                renormalize(w, xp)
            self._count(s, e)
            self.wins[a.argmax()] += a.max() != 0
            answers[t] = self.u if spec.output == "trace" else a
        self.step += len(x)
        return answers

    def _compiled(self, x, learns):
        spec, scalar = self.spec, self.dtype.type
        return _invariance_chunk(
            np.ascontiguousarray(x), self._w, self.u, self.step, self.tally, self.wins,
            scalar(spec.alpha), scalar(spec.leta), scalar(spec.seta), FLOOR[self.dtype],
            spec.renormalize_every, spec.output == "trace", learns,
        )  # fmt: skip

    def _cuda(self, x, learns, trains=True):
        """Compiled too: see cuda/invariance.cu."""
        spec = self.spec
        return answer(
            self, "invariance", x, self.u, self.step, spec.alpha, spec.leta, spec.seta,
            spec.renormalize_every, spec.output == "trace", learns, trains,
        )  # fmt: skip


def invariance(
    s: Array, w: Array, u: Array, spec: InvarianceSpec, xp, learns: bool
) -> tuple[Array, Array]:
    """The rule as read. s (D,); w (N, D) and u (N,) change in place. Returns a (N,), e (D,)."""
    a = w @ s
    u += spec.alpha * (a - u)
    r = u @ w
    e = s - r
    z = xp.where(s > 0, spec.leta, spec.seta).astype(s.dtype)
    if learns:
        w[...] = lift(w * (1 + xp.outer(u, z * e / xp.maximum(r, PREC))), xp)
    return a, e


def renormalize(w: Array, xp) -> None:
    """Scale each row of w (N, D) to sum D / N, in place."""
    total = w.sum(axis=1, keepdims=True)
    w *= xp.where(total != 0, w.shape[1] / len(w) / xp.where(total != 0, total, 1), 1)


@compiled()
def _invariance_chunk(
    x, w, u, step, tally, wins, alpha, leta, seta, floor, renormalize_every, trace, learns
):
    """`invariance` for each row of x (T, D). w (D, N and zeros), u, step, tally, wins change."""
    n_steps, n_in = x.shape
    n_units, width = len(u), w.shape[1]
    answers = np.empty((n_steps, n_units), w.dtype)
    lit = np.empty(n_in, np.int64)
    a = np.empty(width, w.dtype)
    # Of the steps since all inputs were last up to date: u, the factors for inputs that are off,
    # and r; and from which of these steps on each input waits.
    us = np.zeros((WAIT + FOUR, width), w.dtype)
    factors = np.ones_like(us)
    r = np.empty((WAIT + FOUR, n_in), w.dtype)
    since = np.zeros(n_in, np.int64)
    row = np.empty((1, width), w.dtype)
    one = w.dtype.type(1)  # an integer beside float32 would make float64
    # Typed: of literals, the compiler would make a second form of each function that is given one.
    shrink, now = np.bool_(True), np.int64(0)
    for t in range(n_steps):
        s = x[t]
        n_lit = nonzero(s, lit)
        on = lit[: n_lit if learns else 0]
        for i in on:
            _catch_up(w, i, since[i], now, us, factors, r, seta, floor, shrink, learns, row)
        lit_drive(s, w, lit[:n_lit], a)
        for j in range(n_units):
            u[j] += alpha * (a[j] - u[j])
            us[now, j] = u[j]
            shrink &= u[j] >= 0 and seta * u[j] < one
        for i in on:
            _take_four(w, i, us, factors, now, now + 1, r, i)
            _learn(w, i, us, now, r, s[i], leta if s[i] > 0 else seta, floor)
            since[i] = now + 1
        if learns:
            for j in range(n_units):
                factors[now, j] = one + u[j] * -seta
        now += 1
        rescale = learns and step[0] % renormalize_every == 0
        if now == WAIT or rescale or t + 1 == n_steps:
            for i in range(n_in):
                _catch_up(w, i, since[i], now, us, factors, r, seta, floor, shrink, learns, row)
            for k in range(now):
                s_square, e_square = squares(x[t + 1 - now + k], r[k])
                count(tally, s_square, e_square)
            us[:], factors[:], since[:] = 0, 1, 0
            shrink, now = np.bool_(True), np.int64(0)
        if rescale:
            _renormalize(w, n_units)
        step[0] += 1
        best = np.argmax(a[:n_units])
        if a[best] != 0:
            wins[best] += 1
        # Copied whole, it takes seconds to compile what is said if it fails.
        for j in range(n_units):
            answers[t, j] = u[j] if trace else a[j]
    return answers


@compiled()
def _catch_up(w, i, begin, now, us, factors, r, seta, floor, shrink, learns, row):
    """Take input i, which has been off, from step `begin` to `now`: row i of w, column i of r.

    Each weight is multiplied by the same numbers in the same order as step by step: e / r is -1
    exactly where s is 0, unless r is below prec. As no factor is 0 or above 1 (`shrink`), a weight
    that comes below the floor ends at the floor, and on the way is too small for r to feel.
    """
    if begin == now:
        return
    prec, width = w.dtype.type(PREC), w.shape[1] * w.itemsize // BYTES
    for n in range(width):
        store(row, 0, n, load(w, i, n))
    _take_four(row, np.int64(0), us, factors, begin, now, r, i)
    for k in range(begin, now):
        shrink &= r[k, i] >= prec
    if not learns:
        return
    if shrink:
        for n in range(width):
            store(w, i, n, at_least(floor, load(row, 0, n), load(w, i, n)))
        return
    off, same = w.dtype.type(0), np.ones_like(factors)
    for k in range(begin, now):
        _take_four(w, i, us, same, k, k + 1, r, i)
        _learn(w, i, us, k, r, off, seta, floor)


@compiled()
def _take_four(w, i, us, factors, begin, end, r, to):
    """r of column `to` for steps begin to end from row i of w, and the row times their factors.

    Steps that have not come yet are taken too, with u = 0 and factors of 1: all r are then summed
    by this code, whatever a row waits for.
    """
    width = w.shape[1] * w.itemsize // BYTES
    for k in range(begin, end, FOUR):
        a = b = c = d = spread(w.dtype.type(0), load(w, i, 0))
        for n in range(width):
            x = load(w, i, n)
            a = plus(a, times(load(us, k, n), x))
            x = times(x, load(factors, k, n))
            b = plus(b, times(load(us, k + 1, n), x))
            x = times(x, load(factors, k + 1, n))
            c = plus(c, times(load(us, k + 2, n), x))
            x = times(x, load(factors, k + 2, n))
            d = plus(d, times(load(us, k + 3, n), x))
            store(w, i, n, times(x, load(factors, k + 3, n)))
        r[k, to], r[k + 1, to], r[k + 2, to], r[k + 3, to] = total(a), total(b), total(c), total(d)


@compiled()
def _learn(w, i, us, k, r, s_i, rate, floor):
    """Row i of w times 1 + u z e / max(r, prec), with the u and r of step k."""
    one, prec = w.dtype.type(1), w.dtype.type(PREC)
    gain = rate * ((s_i - r[k, i]) / max(r[k, i], prec))
    for j in range(w.shape[1]):
        w[i, j] = lifted(w[i, j] * (one + us[k, j] * gain), floor)


@compiled()
def _renormalize(w, n_units):
    """`renormalize` compiled, on w (D, N and zeros)."""
    n_in, width = w.shape
    total = np.zeros(width)
    for i in range(n_in):
        for j in range(width):
            total[j] += w[i, j]
    for j in range(width):
        total[j] = n_in / n_units / total[j] if total[j] != 0 else 1
    for i in range(n_in):
        for j in range(width):
            w[i, j] *= total[j]
