"""Multiple winners take all: the n_w best units rebuild the input together.

    p = W v
    c = L p
    K = the n_w units with the largest c         (ties: the lowest index)
    y = p on K, else 0
    r = W' y
    e = v - r                                    (clipped to +-clip where set)
    W *= 1 + xi y (e / max(r, prec))'
    output: y, or y / rowsum(W after the update) where `output: normalized`

L is the identity, or with `lateral` excitation on the grid as a torus: weight 1 for the
unit itself and strength / sqrt(M) for each of the M = (2 radius + 1)^2 - 1 others within
`radius` rows and columns.

Source: the notebook "Invariant MNIST Classifier" (2021), its first and last layer.
On a blank input every unit of K answers 0, counts as no winner and learns nothing.

Compiled: only rows of W in K change, so only they are touched. W is kept twice: as it is, for
`rebuild`, and in panels, for the drives of a block of inputs: see `blocks`. The neighbourhood
is a box, so its sum is taken over rows, then over columns.
"""

import math
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from hebb.device import Array
from hebb.layers.base import PREC, Layer, LayerSpec, largest
from hebb.layers.compiled import compiled
from hebb.layers.cuda import answer
from hebb.layers.floor import FLOOR, lift
from hebb.layers.kernels.best import best_of
from hebb.layers.kernels.blocks import Block, drive_again, drive_block, lay_learned
from hebb.layers.kernels.lanes import BYTES, load_at, minus, plus, spread, store_at, times
from hebb.layers.kernels.lines import filled, lines
from hebb.layers.kernels.panels import ALL, Panels
from hebb.layers.kernels.rebuild import rebuild, row_sum
from hebb.layers.kernels.tally import count
from hebb.spec import Spec, refuse


class Lateral(Spec):
    """Excitation of a unit by its neighbours on the grid."""

    radius: int = Field(ge=1)
    """Rows and columns to each side that count as neighbours."""
    strength: float = Field(ge=0)
    """Length of the vector of the neighbours' weights; the unit's own weight is 1."""

    @property
    def weight(self) -> float:
        """What each neighbour adds of its own drive."""
        return self.strength / math.sqrt((2 * self.radius + 1) ** 2 - 1)


class MWTASpec(LayerSpec):
    rule: Literal["mwta"] = "mwta"  # pyright: ignore[reportIncompatibleVariableOverride]
    n_w: int = Field(default=1, ge=1)
    """Winners an input."""
    xi: float = Field(ge=0)
    """Learning rate."""
    clip: float | None = Field(default=None, gt=0)
    """The error is clipped to +-clip before it is learned from; not at all without."""
    lateral: Lateral | None = None
    """Excitation by neighbours on the grid, a torus, when winners are chosen."""
    output: Literal["raw", "normalized"] = "raw"
    """Answer with the drive, or with the drive over the sum of the unit's weights."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.n_w > self.n_units:
            self.refuse("n_w", f"must be at most {self.n_units}, the number of units")
        if self.lateral and self.grid is None:
            self.refuse("lateral", "needs grid: [rows, columns] in place of units")
        if self.lateral and 2 * self.lateral.radius + 1 > min(self.grid or (0,)):
            must = f"must leave 2 radius + 1 at most {min(self.grid or (0,))}, the shorter side"
            refuse(("lateral", "radius"), must, self.lateral.radius)
        return self


class MWTA(Layer):
    Spec = MWTASpec
    spec: MWTASpec

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._rows, self.form = self.device.form(
            read=self._read, compiled=self._compiled, cuda=self._cuda
        )
        if self.form == "compiled":
            self._w = lines(self.n_out, self.n_in, self.dtype)
            self.w = self._w[:, : self.n_in]
            self._panels = Panels(self.n_out, ALL, self.n_in, self.dtype)
            self.w.flags.writeable = False  # but by `load`, which keeps both in step

    def learn(self, x: Array, labels: Array | None = None) -> Array:
        return self._rows(x, learns=True, trains=True, normalized=self._normalized)

    def follow(self, x: Array, labels: Array | None = None) -> Array:
        return self._rows(x, learns=False, trains=True, normalized=self._normalized)

    def infer(self, x: Array) -> Array:
        return self._rows(x, learns=False, trains=False, normalized=self._normalized)

    def winners(self, x: Array) -> Array:
        return largest(self._rows(x, learns=False, trains=False, normalized=False), self.xp)

    def rebuilt(self, y: Array) -> Array:
        return super().rebuilt(y * self.w.sum(axis=1) if self._normalized else y)

    def load(self, arrays: dict[str, np.ndarray]) -> None:
        with self._writing_w():
            super().load(arrays)
        if self.form == "compiled" and "w" in arrays:
            self._panels.lay(self.w)

    def metrics(self) -> dict[str, float | int]:
        return super().metrics() | self._winners_an_input()

    @property
    def _normalized(self) -> bool:
        return self.spec.output == "normalized"

    def _read(self, x, learns, trains, normalized):
        w: Any = self.w
        xp = self.xp
        answers = xp.zeros((len(x), self.n_out), dtype=self.dtype)
        for t, v in enumerate(x):
            y, e = mwta(v, w, self.spec, xp, learns)
            if trains:
                self._count(v, e)
                self.wins += y != 0
            answers[t] = y / xp.where(y != 0, w.sum(axis=1), 1) if normalized else y
        return answers

    def _compiled(self, x, learns, trains, normalized):
        spec, scalar = self.spec, self.dtype.type
        lateral = spec.lateral or Lateral(radius=1, strength=0)
        rows, columns = spec.shape if spec.lateral else (0, 0)
        laid = self._panels.laid
        block = Block.of(laid, self.n_out, self.n_in)
        return _mwta_chunk(
            filled(x, self._w), self._w, laid, block, self.tally, self.wins,
            spec.n_w, scalar(spec.xi), scalar(spec.clip or math.inf), FLOOR[self.dtype],
            rows, columns, lateral.radius, scalar(lateral.weight),
            learns, trains, normalized,
        )  # fmt: skip

    def _cuda(self, x, learns, trains, normalized):
        """Compiled too: see cuda/mwta.cu."""
        spec = self.spec
        lateral = spec.lateral or Lateral(radius=1, strength=0)
        rows, columns = spec.shape if spec.lateral else (0, 0)
        return answer(
            self, "mwta", x, spec.n_w, spec.xi, spec.clip or math.inf,
            rows, columns, lateral.radius, lateral.weight, learns, trains, normalized,
        )  # fmt: skip


def mwta(v: Array, w: Array, spec: MWTASpec, xp, learns: bool) -> tuple[Array, Array]:
    """The rule as read. v (D,); w (N, D) changes in place. Returns y (N,) and e (D,)."""
    p = w @ v
    c = p if spec.lateral is None else excite(p.reshape(spec.grid), spec.lateral, xp)
    k = xp.argsort(-c, kind="stable")[: spec.n_w]
    y = xp.zeros_like(p)
    y[k] = p[k]
    r = y @ w
    e = v - r
    if learns:
        clipped = e if spec.clip is None else xp.clip(e, -spec.clip, spec.clip)
        learned = w * (1 + spec.xi * xp.outer(y, clipped / xp.maximum(r, PREC)))
        w[...] = xp.where(y[:, None] != 0, lift(learned, xp), w)
    return y, e


def excite(p: Array, lateral: Lateral, xp) -> Array:
    """L p. p (rows, columns) on the torus. Returns (rows * columns,)."""
    reach = range(-lateral.radius, lateral.radius + 1)
    box = sum(xp.roll(p, (down, right), axis=(0, 1)) for down in reach for right in reach)
    return (p + lateral.weight * (box - p)).reshape(-1)


@compiled()
def _mwta_chunk(
    x,
    w,
    laid,
    block,
    tally,
    wins,
    n_w,
    xi,
    clip,
    floor,
    rows,
    columns,
    radius,
    weight,
    learns,
    trains,
    normalized,
):
    """`mwta` for each row of x (T, D and zeros). w (N, D and zeros), tally and wins change.

    laid, of the `Panels` of w, changes with it.
    """
    n_steps, n_in = x.shape
    n_units, length, lanes = len(w), len(block.p), BYTES // w.itemsize
    answers = np.zeros((n_steps, n_units), w.dtype)
    c = np.zeros(block.p.shape[1], w.dtype)
    tall = np.zeros(columns + 2 * radius + lanes, w.dtype)
    winners = np.empty(n_w, np.int64)
    y = np.empty(n_w, w.dtype)
    r = np.empty((1, n_in), w.dtype)
    sums = np.empty(n_w, w.dtype)
    learned = np.zeros(n_units, np.bool_)  # units that are not laid anew yet
    end = 0
    for t in range(n_steps):
        v, at = x[t], t % length
        if at == 0:
            end = min(length, n_steps - t)
            drive_block(x, t, t + end, w, laid, learned, block)
        p = block.p[at]
        if rows:
            _excite(p, rows, columns, radius, weight, tall, c)
            best_of(c[:n_units], winners)
        else:
            best_of(p[:n_units], winners)
        for n in range(n_w):
            y[n] = p[winners[n]]
        if learns or trains:
            v_square, e_square = rebuild(v, w, winners, y, xi, clip, floor, learns, r, sums)
            if trains:
                count(tally, v_square, e_square)
        for n in range(n_w):
            if y[n] == 0:
                continue
            k = winners[n]
            learned[k] |= learns
            if trains:
                wins[k] += 1
            answers[t, k] = y[n]
            if normalized:
                answers[t, k] /= sums[n] if learns else row_sum(w, k)
        if learns:
            drive_again(w, winners, block, at + 1, end)
    lay_learned(w, laid, learned, block)
    return answers


@compiled()
def _excite(p, rows, columns, radius, weight, tall, c):
    """`excite` with the box summed over rows, then over columns.

    p and c (rows * columns and a registerful more). tall (columns + 2 radius and a registerful) is
    scratch: sums over rows, with the opposite ends beside them, so that no sum has to wrap.
    Registers go beyond the end of a row: what they put there is written anew by the next, or
    looked at by nobody.
    """
    lanes = BYTES // p.itemsize
    for i in range(rows):
        for j in range(0, columns, lanes):
            k = i - radius if i >= radius else i - radius + rows
            box = load_at(p, k * columns + j)
            for _ in range(2 * radius):
                k = k + 1 if k + 1 < rows else 0
                box = plus(box, load_at(p, k * columns + j))
            store_at(tall, radius + j, box)
        for j in range(radius):
            tall[j] = tall[columns + j]
            tall[radius + columns + j] = tall[radius + j]
        for j in range(0, columns, lanes):
            box = load_at(tall, j)
            for right in range(1, 2 * radius + 1):
                box = plus(box, load_at(tall, j + right))
            own = load_at(p, i * columns + j)
            more = times(spread(weight, own), minus(box, own))
            store_at(c, i * columns + j, plus(own, more))
