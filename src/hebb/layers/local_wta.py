"""Local winner-take-all: clusters of units, each competing over its own block of the image.

    h = V W'
    y = h for the largest h of each cluster, else 0      (ties: the lowest index)
    P = y W
    E = (V - P) / (P where P > prec, else 1)             prec = 1e-20
    dW = W * (y' E)
    W += xi / max(max|dW|, prec) dW

V (B, D) is a batch. With `blocks`, the image is cut into size x size blocks from its corner,
columns first, and `overlap` adds one block around each inner crossing; a cluster of `per_cluster`
units sees one of them. First weights outside a unit's block are 0, and by the rule stay so.

Source: the notebook "DreamFlow Local" (2020), its first layer. There a cluster that sees nothing
let its first unit win; here it has no winner.
A blank image is answered by nobody and changes nothing: its y is 0. A weight that a very large
step carries below 0 stays there, as in the notebook.

Compiled: a unit is summed over the pixels of its block only, with the units of a cluster side by
side (`Panels`); and one winner a cluster means that P and y'E need no product of matrices.
"""

import math
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from hebb.device import Array
from hebb.errors import UsageError
from hebb.layers.batches import BatchLayer, BatchSpec
from hebb.layers.bounded import bounded_batch, bounded_step, keep_largest
from hebb.layers.compiled import compiled
from hebb.layers.floor import FLOOR
from hebb.layers.kernels.panels import Panels, drive_panels
from hebb.spec import Spec, refuse


class Blocks(Spec):
    """How an image is cut into the blocks that clusters see."""

    size: int = Field(ge=1)
    """Pixels to a side of a block."""
    layout: Literal["grid"] = "grid"
    """As many blocks as fit, from the corner."""
    overlap: bool = False
    """One more block around each crossing of four, shifted by half a side."""

    def runs(self, side: int) -> np.ndarray:
        """(blocks, size) the pixel that each row of each block begins at, in an image of a side."""
        n = side // self.size
        half = self.size // 2
        corners = [(x * self.size, y * self.size) for x in range(n) for y in range(n)]
        if self.overlap:
            inner = range(n - 1)
            corners += [(x * self.size + half, y * self.size + half) for x in inner for y in inner]
        rows = np.arange(self.size) * side
        return np.array([rows + y * side + x for x, y in corners], dtype=np.int64)


class LocalWTASpec(BatchSpec):
    rule: Literal["local_wta"] = "local_wta"  # pyright: ignore[reportIncompatibleVariableOverride]
    per_cluster: int = Field(ge=1)
    """Units of a cluster, of which one wins."""
    xi: float = Field(ge=0)
    """The largest change of a weight in a step."""
    blocks: Blocks | None = None
    """A cluster sees one block of the image; without, all of it."""

    FIXED = (*BatchSpec.FIXED, "per_cluster", "blocks")

    @model_validator(mode="after")
    def _whole_clusters(self) -> Self:
        if self.n_units % self.per_cluster:
            key = ("grid",) if self.grid else ("units",)
            must = f"must hold whole clusters of {self.per_cluster} units"
            refuse(key, must, self.grid or self.units)
        return self


class LocalWTA(BatchLayer):
    Spec = LocalWTASpec
    spec: LocalWTASpec
    turns_negative = True

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._runs, self._length = self._blocks()
        pixels = (self._runs[:, :, None] + np.arange(self._length)).reshape(len(self._runs), -1)
        seen = np.zeros((len(pixels), self.n_in), dtype=bool)
        np.put_along_axis(seen, pixels, True, axis=1)
        self._n_seen = int(seen.any(axis=0).sum())
        self._seen = self.device.put(seen.repeat(self.spec.per_cluster, axis=0))
        (self._respond, self._adapt), self.form = self.device.form(
            read=(self._respond_read, self._adapt_read),
            compiled=(self._respond_compiled, self._adapt_compiled),
        )
        if self.form == "compiled":
            self._panels = Panels(self.n_out, self._runs, self._length, self.dtype)

    @property
    def n_weights(self) -> int:
        return int(self._seen.sum())

    @property
    def notes(self) -> tuple[str, ...]:
        if self._n_seen == self.n_in:
            return ()
        covered = f"its blocks cover {self._n_seen:,} of {self.n_in:,} inputs"
        return (f"layer {self.spec.name}: {covered}",)

    def load(self, arrays: dict[str, np.ndarray]) -> None:
        super().load(arrays)
        self.w[...] = self.xp.where(self._seen, self.w, 0)
        if self.form == "compiled":
            self._panels.lay(self.w)

    def pass_batches(
        self, v: Array, labels: Array | None, learns: bool, answers: Array | None
    ) -> None:
        if self.form == "read" or self._panels.shared:
            return super().pass_batches(v, labels, learns, answers)
        y = np.empty((0, self.n_out), self.dtype) if answers is None else answers
        _local_batches(np.ascontiguousarray(v), y, self.spec.batch, *self._changed, learns)

    def respond(self, v: Array, labels: Array | None) -> Array:
        return self._respond(v)

    def infer(self, x: Array) -> Array:
        return self._respond(x) if self.form == "compiled" else super().infer(x)

    def adapt(self, v: Array, labels: Array | None, answers: Array, learns: bool) -> None:
        self._adapt(v, answers, learns)

    def winners(self, x: Array) -> Array:
        """(T, clusters): the unit that wins in each cluster, -1 where it sees nothing."""
        clusters = len(self._runs)
        answers = self.infer(x).reshape(len(x), clusters, -1)
        k = answers.argmax(axis=2) + self.xp.arange(clusters) * self.spec.per_cluster
        return self.xp.where((answers != 0).any(axis=2), k, -1)

    def _blocks(self) -> tuple[np.ndarray, int]:
        """What each cluster sees: the first pixels of runs, (clusters, runs), and their length."""
        spec = self.spec
        clusters = spec.n_units // spec.per_cluster
        where = f"layers.{spec.name}"
        if spec.blocks is None:
            return np.zeros((clusters, 1), dtype=np.int64), self.n_in
        side = math.isqrt(self.n_in)
        if side * side != self.n_in:
            raise UsageError(f"{where}.blocks: need square inputs (got {self.n_in:,} inputs)")
        if spec.blocks.size > side:
            must = f"must be at most {side}, the side of its inputs"
            raise UsageError(f"{where}.blocks.size: {must} (got {spec.blocks.size})")
        runs = spec.blocks.runs(side)
        if len(runs) != clusters:
            must = f"{len(runs)} clusters of {spec.per_cluster}, one for each block"
            raise UsageError(
                f"{where}: must have {len(runs) * spec.per_cluster} units, {must} "
                f"(got {spec.n_units})"
            )
        return runs, spec.blocks.size

    def _respond_read(self, v):
        return local_winners(v @ self.w.T, self.spec.per_cluster, self.xp)

    def _adapt_read(self, v, answers, learns):
        e = bounded_step(v, answers, self.w, self.spec.xi, self.xp, learns)
        for v_t, e_t in zip(v, e, strict=True):
            self._count(v_t, e_t)
        self.wins += (answers != 0).sum(axis=0)

    def _respond_compiled(self, v):
        h = self._panels.drive(v)
        keep_largest(h, self.spec.per_cluster)
        return h

    def _adapt_compiled(self, v, answers, learns):
        bounded_batch(np.ascontiguousarray(v), answers, *self._changed, learns)

    @property
    def _changed(self) -> tuple:
        """What a batch changes, and how."""
        panels, xi = self._panels, self.dtype.type(self.spec.xi)
        return (
            self.w, panels.laid, panels.runs, panels.length, self.tally, self.wins, xi,
            FLOOR[self.dtype],
        )  # fmt: skip


def local_winners(h: Array, per_cluster: int, xp) -> Array:
    """The competition as read. y: h (B, N) for the largest of each cluster, else 0."""
    clustered = h.reshape(len(h), -1, per_cluster)
    wins = clustered.argmax(axis=2)[:, :, None] == xp.arange(per_cluster)
    return xp.where(wins, clustered, 0).reshape(h.shape)


@compiled()
def _local_batches(v, y, size, w, laid, runs, length, tally, wins, xi, floor, learns):
    """Batches of `size` inputs v (T, D) are answered and learned from.

    y (T, N), or (0, N) where nobody listens, is overwritten.
    """
    n_panels = len(laid) // (runs.shape[1] * length)
    h = np.empty((size, len(w)), w.dtype)
    for first in range(0, len(v), size):
        batch = v[first : first + size]
        drive_panels(batch, laid, runs, length, 0, n_panels, h)
        keep_largest(h, len(w) // len(runs))
        bounded_batch(batch, h, w, laid, runs, length, tally, wins, xi, floor, learns)
        y[first : first + size] = h[: len(y)]
