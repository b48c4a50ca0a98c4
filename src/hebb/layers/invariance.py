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
the weights of the others, so these wait, and share what a step does to them: see `waiting`.
"""

from typing import Any, Literal

import numpy as np
from pydantic import Field

from hebb.device import Array
from hebb.layers.base import PREC, Layer, LayerSpec, View
from hebb.layers.compiled import compiled
from hebb.layers.cuda import answer
from hebb.layers.floor import FLOOR, lift
from hebb.layers.kernels.drive import drives, few_nonzero, lit_drive
from hebb.layers.kernels.lanes import BYTES
from hebb.layers.kernels.lines import lines
from hebb.layers.kernels.waiting import (
    begin_step,
    count_steps,
    end_step,
    learn_from,
    open_window,
    put_together,
    settle,
    settle_all,
)


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
            self._base = lines(self.n_in, self.n_out, self.dtype)
            self._scale = np.ones_like(self._w[:1])
            self.w, self.base = self._w[:, : self.n_out].T, self._base[:, : self.n_out].T
            self.scale = self._scale[0, : self.n_out]
            self.w.flags.writeable = False  # but by `load`, as base and scale go with it
            self.derived = ("base", "scale")

    def begin_epoch(self, epoch: int, epochs: int) -> None:
        super().begin_epoch(epoch, epochs)
        self.u[...] = 0
        self.step[...] = 0
        if self.form == "compiled":  # from the arrays alone, as where a run begins with them
            self._base[:], self._scale[:] = self._w, 1

    def load(self, arrays: dict[str, np.ndarray]) -> None:
        if self.form == "compiled" and "w" in arrays:
            made = {"w": arrays["w"], "base": arrays["w"], "scale": np.ones(self.n_out)}
            arrays = made | arrays
        with self._writing_w():
            super().load(arrays)

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
            np.ascontiguousarray(x), self._w, self._base, self._scale, self.u, self.step,
            self.tally, self.wins,
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
    x, w, base, scale, u, step, tally, wins,
    alpha, leta, seta, floor, renormalize_every, trace, learns,
):  # fmt: skip
    """`invariance` for each row of x (T, D). base (D, N and zeros) and scale (1, N and ones),
    w (D, N and zeros), which is brought up to date at the end, u, step, tally and wins change.
    """
    n_steps, n_in = x.shape
    n_units, width, lanes = len(u), base.shape[1], BYTES // base.itemsize
    answers = np.empty((n_steps, n_units), base.dtype)
    every = np.arange(n_in)
    lit = np.empty(n_in, np.int64)
    a = np.empty(width, base.dtype)
    window = open_window(base, n_units)
    now = np.int64(0)  # typed: of a literal the compiler would make a second form of what it calls
    for t in range(n_steps):
        s = x[t]
        on = lit[: few_nonzero(s, lit)]
        settle(base, on, now, seta, floor, learns, window)
        lit_drive(s, base, on, a)
        for j in range(n_units):
            a[j] *= scale[0, j]
            u[j] += alpha * (a[j] - u[j])
        shared = begin_step(s, on, u, scale, now, seta, learns, window)
        if learns and not shared:
            on = every
            settle(base, on, now, seta, floor, learns, window)
        learn_from(s, base, on, now, leta, seta, floor, learns, window)
        small = end_step(scale, now, window)
        now += 1
        rescale = learns and step[0] % renormalize_every == 0
        if now == lanes or small or rescale or t + 1 == n_steps:
            settle_all(base, every, now, seta, floor, learns, window)
            count_steps(window, now, tally)
            now = np.int64(0)
        if small or rescale:
            put_together(base, base, scale, floor)
            scale[:] = 1
        if rescale:
            _renormalize(base, n_units)
        step[0] += 1
        best = np.argmax(a[:n_units])
        if a[best] != 0:
            wins[best] += 1
        # Copied whole, it takes seconds to compile what is said if it fails.
        for j in range(n_units):
            answers[t, j] = u[j] if trace else a[j]
    if learns:
        put_together(w, base, scale, floor)
    return answers


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
