"""Threshold: every unit that answers nearly as well as the best rebuilds the input with it.

    p = W v
    q = rowsum(W)
    s = p / q (`compete: mean`), else p
    K = units with s / max(max(s), prec) > thresh    (`compete: none`: all units)
    o = p on K, else 0
    r = W' o
    e = v - r                                    (clipped to +-clip)
    W *= 1 + xi o (e / max(r, prec))'
    with `target_winners: target`, after an input that k units have answered:
    m += (k - m) / 1000                          (m = target at first)
    1 - thresh = clip((1 - thresh) (target / m)^0.001, 1e-4, 1)

All of several best units win; the winner for a vote is the largest s, the lowest index of equals.
A thresh of 1 lets nobody win, and 0 lets everybody who answers at all.

Source: the notebook "Threshold Sparse Coding" (2021). `none` is its slip of the pen, a gate whose
outcome was not used; the steering is its closing idea, with rates that are hebb's. A frozen layer
competes with thresh as it was steered, and does not steer it.
On a blank input every unit answers 0, nobody wins and no weight changes; k is 0. A row whose sum
is 0 has s = p, which is 0.

Compiled: only the rows of winners change: see `rebuild`; so only their q is summed anew. Several
learn at a time: see `above`; where many win, on two cores: see `halves`. p is computed some inputs
ahead: see `ahead`; fewer of them the more units win. A unit that learns looks ahead again, while
its row is at hand.
"""

from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from hebb.device import Array
from hebb.layers.base import PREC, Layer, LayerSpec
from hebb.layers.compiled import compiled
from hebb.layers.cuda import answer
from hebb.layers.floor import FLOOR, lift
from hebb.layers.init import Init
from hebb.layers.kernels.above import find_least, learn_from_above, lowest_of
from hebb.layers.kernels.ahead import AHEAD, horizon, look, look_ahead
from hebb.layers.kernels.halves import MANY, Halves, helped, learn_by_halves, rebuild_by_halves
from hebb.layers.kernels.lanes import BYTES, any_above, load_at
from hebb.layers.kernels.lines import filled, lines
from hebb.layers.kernels.rebuild import add_up, row_sum, turn_to_gain
from hebb.layers.kernels.tally import count, squares

MEMORY = 1000  # inputs over which winners are averaged to steer thresh
PULL = 0.001  # the power of target / m by which an input moves 1 - thresh
CLOSEST = 1e-4  # the smallest 1 - thresh that steering goes to


class ThresholdSpec(LayerSpec):
    rule: Literal["threshold"] = "threshold"  # pyright: ignore[reportIncompatibleVariableOverride]
    xi: float = Field(ge=0)
    """Learning rate."""
    compete: Literal["raw", "mean", "none"] = "mean"
    """Units compete with their drive, with its mean over their weights, or not at all."""
    thresh: float | None = Field(default=None, ge=0, le=1)
    """The share of the best unit's strength above which a unit wins."""
    clip: float = Field(default=1.0, gt=0)
    """The error is clipped to +-clip before it is learned from."""
    target_winners: float | None = Field(default=None, gt=0)
    """Mean number of winners to which `thresh` is steered, from where it is given."""

    FIXED: ClassVar = (*LayerSpec.FIXED, "compete", "target_winners")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.compete == "none":
            for key in ("thresh", "target_winners"):
                if getattr(self, key) is not None:
                    self.refuse(key, "must be left out with `compete: none`, where all units win")
        elif self.thresh is None:
            self.refuse("thresh", "is required, unless `compete: none`")
        if self.target_winners is not None and self.target_winners > self.n_units:
            must = f"must be at most {self.n_units}, the number of units"
            self.refuse("target_winners", must)
        return self


class Threshold(Layer):
    Spec = ThresholdSpec
    spec: ThresholdSpec

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._rows, self.form = self.device.form(
            read=self._read, compiled=self._compiled, cuda=self._cuda
        )
        if self.form == "compiled":
            self._w = lines(self.n_out, self.n_in, self.dtype)
            self.w = self._w[:, : self.n_in]
            self._many = True  # whether so many won the last input that a helper is worth it
        if self.spec.target_winners is not None:
            self.arrays = ("w", "thresh", "m")
            self.thresh = self.xp.zeros(1, dtype=np.float64)
            self.m = self.xp.zeros(1, dtype=np.float64)
            self._steer_afresh()

    def restart(self, init: Init, rng: np.random.Generator) -> None:
        super().restart(init, rng)
        if self.spec.target_winners is not None:
            self._steer_afresh()

    def learn(self, x: Array, labels: Array | None = None) -> Array:
        return self._rows(x, learns=True, trains=True)[0]

    def follow(self, x: Array, labels: Array | None = None) -> Array:
        return self._rows(x, learns=False, trains=True)[0]

    def infer(self, x: Array) -> Array:
        return self._rows(x, learns=False, trains=False)[0]

    def winners(self, x: Array) -> Array:
        return self._rows(x, learns=False, trains=False)[1]

    def metrics(self) -> dict[str, float | int]:
        measured = super().metrics() | self._winners_an_input()
        if self.spec.target_winners is not None:
            measured |= {"thresh": float(self.thresh[0]), "m": float(self.m[0])}
        return measured

    def _steer_afresh(self) -> None:
        self.thresh[...] = self.spec.thresh
        self.m[...] = self.spec.target_winners

    @property
    def _thresh(self) -> Array:
        """(1,) float64: where winners begin now; below every s / max(s) if all units win."""
        if self.spec.target_winners is not None:
            return self.thresh
        return self.xp.full(1, -np.inf if self.spec.thresh is None else self.spec.thresh)

    def _read(self, x, learns, trains):
        w: Any = self.w
        xp, thresh = self.xp, self._thresh
        answers = xp.zeros((len(x), self.n_out), dtype=self.dtype)
        best = xp.zeros(len(x), dtype=np.int64)
        for t, v in enumerate(x):
            o, s, e = threshold(v, w, thresh.astype(w.dtype), self.spec, xp, learns)
            if learns and self.spec.target_winners is not None:
                steer(thresh, self.m, (o != 0).sum(), self.spec.target_winners, xp)
            if trains:
                self._count(v, e)
                self.wins += o != 0
            answers[t], best[t] = o, xp.where(s.max() > 0, s.argmax(), -1)
        return answers, best

    def _compiled(self, x, learns, trains):
        spec, scalar = self.spec, self.dtype.type
        steered = learns and spec.target_winners is not None
        halves = Halves.of(self._w, filled(x, self._w), FLOOR[self.dtype])
        with helped(halves, learns and self._many):
            answers, best = _threshold_chunk(
                halves, self._thresh, self.m if steered else np.zeros(1), self.tally, self.wins,
                float(spec.target_winners or 0), spec.compete == "mean", scalar(spec.xi),
                scalar(spec.clip), steered, learns, trains,
            )  # fmt: skip
        if learns:
            self._many = bool((answers[-1:] != 0).sum() >= MANY)
        return answers, best

    def _cuda(self, x, learns, trains):
        """Compiled too: see cuda/threshold.cu."""
        spec, thresh = self.spec, self._thresh
        steered = learns and spec.target_winners is not None
        steering = (spec.target_winners or 0, MEMORY, PULL, CLOSEST)
        best = self.xp.empty(len(x), dtype=np.int64)
        answers = answer(
            self, "threshold", x, best, thresh, self.m if steered else thresh,
            *map(np.float64, steering), spec.compete == "mean", spec.xi, spec.clip,
            steered, learns, trains,
        )  # fmt: skip
        return answers, best


def threshold(
    v: Array, w: Array, thresh: Array, spec: ThresholdSpec, xp, learns: bool
) -> tuple[Array, Array, Array]:
    """The rule as read. v (D,); w (N, D) changes in place. Returns o (N,), s (N,) and e (D,)."""
    p = w @ v
    q = w.sum(axis=1)
    s = p / xp.where(q != 0, q, 1) if spec.compete == "mean" else p
    o = xp.where(s / xp.maximum(s.max(), PREC) > thresh, p, 0)
    r = o @ w
    e = v - r
    if learns:
        gain = xp.clip(e, -spec.clip, spec.clip) / xp.maximum(r, PREC)
        learned = w * (1 + spec.xi * xp.outer(o, gain))
        w[...] = xp.where(o[:, None] != 0, lift(learned, xp), w)
    return o, s, e


def steer(thresh: Array, m: Array, k: Array, target: float, xp) -> None:
    """Move thresh (1,) and the running mean m (1,), in place, after an input with k winners."""
    m += (k - m) / MEMORY
    thresh[...] = 1 - xp.clip((1 - thresh) * (target / m) ** PULL, CLOSEST, 1)


@compiled()
def _threshold_chunk(
    halves, thresh, m, tally, wins, target, mean, xi, clip, steered, learns, trains
):
    """`threshold` and `steer` for each input of `halves`. Returns answers (T, N) and winners (T,).

    They, thresh, m, tally and wins change in place. Rows of inputs and of w are filled with zeros.
    """
    w, winners, y, r, least, sums, ahead, still, _, bounds, _ = halves
    x, floor = ahead.x, bounds[1]
    n_steps, n_units, lanes = len(x), len(w), BYTES // w.itemsize
    answers = np.zeros((n_steps, n_units), w.dtype)
    best = np.empty(n_steps, np.int64)
    ones = np.ones_like(sums)
    q = sums if mean else ones
    s = np.zeros(-(-n_units // lanes) * lanes, w.dtype)
    if mean:
        for k in range(n_units):
            q[k] = row_sum(w, k)
    if learns:
        find_least(w, floor, least)
    end = min(horizon(n_units, n_units) if learns else AHEAD, n_steps)
    for k in range(n_units):
        still[k] = k
    look(ahead, 0, end)
    look_ahead(w, still, 0, n_units, ahead, 0, end)
    for t in range(n_steps):
        v, o = x[t], answers[t]
        best[t], n = _compete(ahead.p[t % AHEAD], q, thresh[0], s, o, winners, y)
        if trains:
            if n < MANY:
                add_up(w, winners, y, 0, n, r, 0)
            else:
                rebuild_by_halves(halves, n)
            v_square, e_square = squares(v, r[0])
            count(tally, v_square, e_square)
            for i in range(n):
                wins[winners[i]] += 1
        n_still = 0
        if t + 1 == end:
            end = min(end + (horizon(n_units, n) if learns else AHEAD), n_steps)
            look(ahead, t + 1, end)
            for k in range(n_units):
                still[n_still] = k
                n_still += not learns or o[k] == 0
        if learns:
            turn_to_gain(v, r, xi, clip)
        if learns and n >= MANY:
            learn_by_halves(halves, n, lowest_of(r), n_still, t + 1, end)
        else:
            look_ahead(w, still, 0, n_still, ahead, t + 1, end)
            if learns:
                learn_from_above(
                    w, winners, 0, n, y, r, lowest_of(r), floor, least, sums, ahead, t + 1, end
                )
        if steered:
            m[0] += (n - m[0]) / MEMORY
            apart = (1 - thresh[0]) * (target / m[0]) ** PULL
            thresh[0] = 1 - min(max(apart, CLOSEST), 1.0)
    return answers, best


@compiled()
def _compete(p, q, thresh, s, o, winners, y):
    """The answers o from the drive p and the weights' sums q, all (N,); s (N, filled) is scratch.

    Where q is 0, so is p. Returns the unit of the largest s, -1 where that is 0, and the number of
    winners that answer: they and their answers are the first of winners and y. A registerful of
    which none is above what it must be is passed over.
    """
    n_units, lanes = len(p), BYTES // s.itemsize
    highest = p.dtype.type(0)
    best = -1
    one = p.dtype.type(1)
    for j in range(n_units):
        s[j] = p[j] / (q[j] if q[j] != 0 else one)
    for start in range(0, n_units, lanes):
        if any_above(load_at(s, start), highest):
            for j in range(start, min(start + lanes, n_units)):
                if s[j] > highest:
                    highest, best = s[j], j
    highest = max(highest, p.dtype.type(PREC))
    for j in range(n_units):
        s[j] /= highest
    above = p.dtype.type(thresh)
    n = 0
    for start in range(0, n_units, lanes):
        if any_above(load_at(s, start), above):
            for j in range(start, min(start + lanes, n_units)):
                if s[j] > above and p[j] != 0:
                    o[j] = p[j]
                    winners[n], y[n] = j, p[j]
                    n += 1
    return best, n
