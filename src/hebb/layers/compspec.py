"""CompSpec: the more a unit has specialized, the less it competes for what others could take.

    h = W V'
    o = h / (|w| |v|)                            the cosine of each unit with each input
    c = (1 - s)^2 / max(1 - o, prec)             prec = 1e-10
    each input is won by the unit with the largest c      (ties: the lowest index)
    for each unit with wins: v~ = mean of the inputs that it won, a~ = mean of its h with them
    dW = (v~ - a~ w) ((1 - s)^2 + 0.1) xi
    with `repel: {rank: k, delta: d}`, for each unit that came k places below a winner
    (ties: the lower index comes first), v~ and a~ being the means over those inputs times -d:
        dW += (v~ - a~ w) s^2 xi
    W += dW;  with `repel`, where max|W| > 10 now: each row of W is scaled to length 1
    s *= 1 - phi for units with wins;  s += phi (mean o of its wins)

V (B, D) is a batch. Everything is seen with the W and s from before the step.
s (N,) starts at 0 and is what the unit's mean cosine with its inputs has lately been. The layer
answers W v; who wins a vote is the unit with the largest cosine.

Source: the notebook "CompSpec Krotov Hopfield MNIST Benchmark" (2020). There a blank image made
every cosine NaN, and so did a cosine of 1 where s was 1. Here a blank image has cosine 0 with all:
it is answered by nobody, won by nobody, and counts in no mean. A cosine of 1, or of more by
rounding, wins as one of 1 - 1e-10 would. A row of zeros has cosine 0 with all, and is not
scaled. A unit that never wins keeps its weights, and its s of 0, unless it is repelled: that s
makes it compete the more, but never move.

Compiled: only rows that won or were repelled change, so only they are touched, and the lengths of
all rows are kept beside W. A weight on a pixel that is always dark shrinks with every win: see
`floor`.
"""

from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from hebb.device import Array
from hebb.layers.base import Layer
from hebb.layers.batches import BatchSpec, LinearBatchLayer
from hebb.layers.compiled import compiled
from hebb.layers.floor import FLOOR, lift, lifted
from hebb.layers.init import Init, Nothing
from hebb.layers.kernels.best import best_of, largest_size
from hebb.layers.kernels.panels import ALL, lay_row
from hebb.layers.kernels.pull import pull
from hebb.spec import Spec, refuse

PREC = 1e-10  # the smallest distance to a cosine of 1
LARGEST = 10.0  # of a weight, before `repel` has all rows scaled


class Repel(Spec):
    """A unit that came close and lost is pushed away from the input."""

    rank: int = Field(ge=1)
    """Places below the winner: 1 is the second."""
    delta: float = Field(ge=0)
    """Strength of the push, against the winner's pull."""


class CompSpecSpec(BatchSpec):
    rule: Literal["compspec"] = "compspec"  # pyright: ignore[reportIncompatibleVariableOverride]
    init: Init = Init(abs_normal_unit=Nothing())
    """First weights."""
    xi: float = Field(ge=0)
    """Learning rate."""
    phi: float = Field(ge=0, le=1)
    """How far a unit's specialization moves to its mean cosine when it wins."""
    repel: Repel | None = None
    """Push a unit below the winner away; none without."""

    @model_validator(mode="after")
    def _has_a_rival(self) -> Self:
        if self.repel and self.repel.rank >= self.n_units:
            must = f"must be at most {self.n_units - 1}, the places below the winner"
            refuse(("repel", "rank"), must, self.repel.rank)
        return self


class CompSpec(LinearBatchLayer):
    Spec = CompSpecSpec
    spec: CompSpecSpec
    arrays = (*Layer.arrays, "s")
    signed = True
    rebuilds = False

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.s = self.xp.zeros(self.n_out, dtype=self.dtype)
        # Of the rows of w: length (1 where it is 0) and largest size of a weight.
        self._lengths, self._tops = np.ones((2, self.n_out), dtype=self.dtype)

    def restart(self, init: Init, rng: np.random.Generator) -> None:
        super().restart(init, rng)
        self.s[...] = 0

    def load(self, arrays: dict[str, np.ndarray]) -> None:
        super().load(arrays)
        if self.form == "compiled" and "w" in arrays:
            _measure_all(self.w, self._lengths, self._tops)

    def winners(self, x: Array) -> Array:
        o = cosines(x, self.infer(x), self.w, self.xp)
        return self.xp.where(x.any(axis=1), o.argmax(axis=1), -1)

    def metrics(self) -> dict[str, float | int]:
        return super().metrics() | {"specialization": float(self.s.mean())}

    def _adapt_read(self, v, answers, learns):
        self.wins += compspec(v, answers, self.w, self.s, self.spec, self.xp, learns)

    def _adapt_compiled(self, v, answers, learns):
        spec, scalar = self.spec, self.dtype.type
        repel = spec.repel or Repel(rank=1, delta=0)
        _compspec_batch(
            np.ascontiguousarray(v), answers, self.w, self._panels.laid, self.s, self._lengths,
            self._tops, self.wins, scalar(spec.xi), scalar(spec.phi),
            repel.rank if spec.repel else 0, scalar(repel.delta), FLOOR[self.dtype], learns,
        )  # fmt: skip


def compspec(v: Array, h: Array, w: Array, s: Array, spec: CompSpecSpec, xp, learns: bool) -> Array:
    """The rule as read. v (B, D); h (B, N), the product of v and w'; w (N, D) and s (N,) change
    in place. Returns how often each unit won (N,).
    """
    o = cosines(v, h, w, xp)
    c = (1 - s) ** 2 / xp.maximum(1 - o, PREC)
    lit = v.any(axis=1, keepdims=True)
    units = xp.arange(len(w))
    won = lit & (c.argmax(axis=1)[:, None] == units)
    wins = won.sum(axis=0)
    if learns:
        share = _shares(won, w, xp)
        dw = (share.T @ v - (share * h).sum(axis=0)[:, None] * w) * (
            ((1 - s) ** 2 + 0.1) * spec.xi
        )[:, None]
        if spec.repel:
            rival = xp.argsort(-c, axis=1, kind="stable")[:, spec.repel.rank]
            share_r = -spec.repel.delta * _shares(lit & (rival[:, None] == units), w, xp)
            pushed = share_r.T @ v - (share_r * h).sum(axis=0)[:, None] * w
            dw += pushed * (s**2 * spec.xi)[:, None]
        w[...] = xp.where(dw.any(axis=1, keepdims=True), lift(w + dw, xp), w)
        if spec.repel:
            w /= xp.where(abs(w).max() > LARGEST, _lengths_of(w, xp), 1)[:, None]
        s *= xp.where(wins > 0, 1 - spec.phi, 1).astype(s.dtype)
        s += spec.phi * (share * o).sum(axis=0)
    return wins


def cosines(v: Array, h: Array, w: Array, xp) -> Array:
    """o (B, N), 0 for blank inputs and for rows of zeros. h (B, N): the product of v and w'."""
    return h / (_lengths_of(v, xp)[:, None] * _lengths_of(w, xp))


def _lengths_of(rows: Array, xp) -> Array:
    """The length of each row (N, D), 1 for a row of zeros."""
    length = xp.sqrt((rows * rows).sum(axis=1))
    return xp.where(length > 0, length, 1)


def _shares(mine: Array, w: Array, xp) -> Array:
    """mine (B, N), bool: for each unit the weights of a mean over its inputs, or zeros."""
    return mine.astype(w.dtype) / xp.maximum(mine.astype(w.dtype).sum(axis=0), 1)


@compiled()
def _compspec_batch(v, h, w, laid, s, lengths, tops, wins, xi, phi, rank, delta, floor, learns):
    """`compspec` for a batch; rank 0: without `repel`. w, laid (see `Panels`), s, lengths, tops and
    wins change.
    """
    size, n_units = h.shape
    one = w.dtype.type(1)
    prec = w.dtype.type(PREC)
    spare = (one - s) * (one - s)
    c = np.empty(n_units, w.dtype)
    best = np.empty(rank + 1, np.int64)
    units = np.full((size, 2), -1, np.int64)
    cosine = np.zeros(size, w.dtype)
    for b in range(size):
        length = _length(v[b])
        if length == 0:
            continue
        for j in range(n_units):
            c[j] = spare[j] / max(one - h[b, j] / (length * lengths[j]), prec)
        best_of(c, best)
        k = best[0]
        cosine[b] = h[b, k] / (length * lengths[k])
        wins[k] += 1
        units[b, 0] = k
        if rank:
            units[b, 1] = best[rank]
    if not learns:
        return
    counts = np.zeros((n_units, 2), w.dtype)
    for b in range(size):
        for m in range(2):
            if units[b, m] >= 0:
                counts[units[b, m], m] += 1
    strengths = np.zeros((size, 2), w.dtype)
    for b in range(size):
        k, rival = units[b]
        if k >= 0:
            strengths[b, 0] = (spare[k] + w.dtype.type(0.1)) * xi / counts[k, 0]
        if rival >= 0:
            strengths[b, 1] = -delta * s[rival] * s[rival] * xi / counts[rival, 1]
    _move(v, h, w, laid, units, strengths, lengths, tops, floor)
    if rank and tops.max() > LARGEST:
        for j in range(n_units):
            for i in range(w.shape[1]):
                w[j, i] /= lengths[j]
            lay_row(w[j], j, n_units, laid, ALL, w.shape[1])
        _measure_all(w, lengths, tops)
    for j in range(n_units):
        if counts[j, 0] > 0:
            s[j] *= one - phi
    for b in range(size):
        k = units[b, 0]
        if k >= 0:
            s[k] += phi * cosine[b] / counts[k, 0]


@compiled()
def _move(v, h, w, laid, units, strengths, lengths, tops, floor):
    """Change the rows of w that are pulled, and measure them anew."""
    n_in = w.shape[1]
    rows = np.empty(units.size, np.int64)
    dw = np.empty((min(units.size, len(w)), n_in), w.dtype)
    for n in range(pull(v, h, w, units, strengths, rows, dw)):
        j = rows[n]
        row, change = w[j], dw[n]
        for i in range(n_in):
            row[i] = lifted(row[i] + change[i], floor)
        lay_row(row, j, len(w), laid, ALL, n_in)
        _measure(row, j, lengths, tops)


@compiled()
def _measure_all(w, lengths, tops):
    for j in range(len(w)):
        _measure(w[j], j, lengths, tops)


@compiled()
def _measure(row, j, lengths, tops):
    """The length of row j and its largest weight, the same bits whenever they are taken."""
    length = _length(row)
    lengths[j] = length if length > 0 else 1
    tops[j] = largest_size(row)


@compiled()
def _length(row):
    """In float64 and in four sums: no addition then waits for the one before."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = len(row) - len(row) % 4
    for i in range(0, whole, 4):
        a += np.float64(row[i]) * np.float64(row[i])
        b += np.float64(row[i + 1]) * np.float64(row[i + 1])
        c += np.float64(row[i + 2]) * np.float64(row[i + 2])
        d += np.float64(row[i + 3]) * np.float64(row[i + 3])
    for i in range(whole, len(row)):
        a += np.float64(row[i]) * np.float64(row[i])
    return row.dtype.type(np.sqrt((a + b) + (c + d)))
