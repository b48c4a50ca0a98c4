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

Compiled: the code s has few inputs that are not 0, and only they are summed for a.
"""

from typing import Literal

import numpy as np
from pydantic import Field

from hebb.device import Array
from hebb.layers.base import PREC, Layer, LayerSpec, View
from hebb.layers.compiled import compiled
from hebb.layers.cuda import answer
from hebb.layers.drive import respond
from hebb.layers.floor import FLOOR, lift, lifted
from hebb.layers.tally import count, squares


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
            return _infer_chunk(np.ascontiguousarray(x), self.w)
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
        spec, xp = self.spec, self.xp
        answers = xp.zeros((len(x), self.n_out), dtype=self.dtype)
        step = int(self.step[0])
        for t, s in enumerate(x):
            a, e = invariance(s, self.w, self.u, spec, xp, learns)
            if learns and (step + t) % spec.renormalize_every == 0:
                renormalize(self.w, xp)
            self._count(s, e)
            self.wins[a.argmax()] += a.max() != 0
            answers[t] = self.u if spec.output == "trace" else a
        self.step += len(x)
        return answers

    def _compiled(self, x, learns):
        spec, scalar = self.spec, self.dtype.type
        return _invariance_chunk(
            np.ascontiguousarray(x), self.w, self.u, self.step, self.tally, self.wins,
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
    """`invariance` for each row of x (T, D). w (N, D), u, step, tally, wins change in place."""
    n_steps, n_in = x.shape
    n_units = len(w)
    answers = np.empty((n_steps, n_units), w.dtype)
    lit = np.empty(n_in, np.int64)
    a = np.empty(n_units, w.dtype)
    r = np.empty(n_in, w.dtype)
    g = np.empty(n_in, w.dtype)
    one = w.dtype.type(1)  # an integer beside float32 would make float64
    for t in range(n_steps):
        s = x[t]
        respond(s, w, lit, a)
        for j in range(n_units):
            u[j] += alpha * (a[j] - u[j])
        _rebuild(u, w, r)
        s_square, e_square = squares(s, r)
        count(tally, s_square, e_square)
        if learns:
            _gain(s, r, leta, seta, g)
            for j in range(n_units):
                u_j = u[j]
                for i in range(n_in):
                    w[j, i] = lifted(w[j, i] * (one + u_j * g[i]), floor)
            if step[0] % renormalize_every == 0:
                _renormalize(w)
        step[0] += 1
        k = np.argmax(a)
        if a[k] != 0:
            wins[k] += 1
        answers[t] = u if trace else a
    return answers


@compiled(fastmath={"contract"})
def _rebuild(u, w, r):
    """r = W' u, four units at a time: r is then loaded and stored a quarter as often."""
    n_units, n_in = w.shape
    whole = n_units - n_units % 4
    r[:] = 0
    for j in range(0, whole, 4):
        ua, ub, uc, ud = u[j], u[j + 1], u[j + 2], u[j + 3]
        for i in range(n_in):
            r[i] += ua * w[j, i] + ub * w[j + 1, i] + uc * w[j + 2, i] + ud * w[j + 3, i]
    for j in range(whole, n_units):
        for i in range(n_in):
            r[i] += u[j] * w[j, i]


@compiled()
def _gain(s, r, leta, seta, g):
    """g = z e / max(r, prec), input by input."""
    prec = s.dtype.type(PREC)
    for i in range(len(s)):
        g[i] = (leta if s[i] > 0 else seta) * (s[i] - r[i]) / max(r[i], prec)


@compiled()
def _renormalize(w):
    """`renormalize` compiled."""
    n_units, n_in = w.shape
    for j in range(n_units):
        total = 0.0
        for i in range(n_in):
            total += w[j, i]
        if total != 0:
            factor = n_in / n_units / total
            for i in range(n_in):
                w[j, i] *= factor


@compiled()
def _infer_chunk(x, w):
    """a = W s for each row of x (T, D); w (N, D)."""
    answers = np.empty((len(x), len(w)), w.dtype)
    lit = np.empty(x.shape[1], np.int64)
    for t in range(len(x)):
        respond(x[t], w, lit, answers[t])
    return answers
