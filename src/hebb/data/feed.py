"""`Feed`: which input a phase shows at which step of which epoch."""

from typing import Literal

import numpy as np
from numpy.typing import DTypeLike

from hebb.data.images import Images
from hebb.data.tapestry import Tapestry
from hebb.draws import generator
from hebb.errors import DataError


class Feed:
    """The inputs of a phase, at any place of any epoch: nothing is used up by reading.

    labels: (T,) int64 beside the T inputs of `source`, or None. steps: the inputs of an
    epoch, by default all there are; more than there are pass over them again, in the same
    order; what fills no more a batch of `together` is not shown. `name` (of the input) and
    `phase` key the shuffles. notes: what a run must say aloud. DataError: no batch is filled.
    """

    def __init__(
        self,
        source: Images | Tapestry,
        labels: np.ndarray | None,
        order: Literal["sequential", "shuffled"],
        steps: int | None,
        seed: int,
        name: str,
        phase: str,
        together: int = 1,
    ):
        self.source, self.order = source, order
        asked = len(source) if steps is None else steps
        self.steps = asked - asked % together
        if self.steps == 0:
            raise DataError(
                f"phases.{phase}.steps: must fill a batch of {together:,} (got {asked:,})"
            )
        self._labels = labels
        self._key = (seed, "order", name, phase)
        self._shuffle: tuple[int, np.ndarray] | None = None
        self.notes: tuple[str, ...] = ()
        if self.steps > len(source):
            self.notes = (
                f"phase {phase}: {self.steps:,} steps of {len(source):,} inputs: "
                "a second pass begins",
            )
        if self.steps < asked:
            self.notes += (
                f"phase {phase}: the last {asked - self.steps:,} inputs of an epoch fill no batch "
                f"of {together:,} and are not shown",
            )

    def rows(self, epoch: int, start: int, stop: int, dtype: DTypeLike = np.float32) -> np.ndarray:
        """The inputs of steps start to stop of an epoch, (stop - start, D)."""
        return self.source.rows(self.index(epoch, start, stop), dtype)

    def labels(self, epoch: int, start: int, stop: int) -> np.ndarray | None:
        """Their labels, (stop - start,) int64."""
        return None if self._labels is None else self._labels[self.index(epoch, start, stop)]

    @property
    def n_distinct(self) -> int:
        """Rows of `source`, from its first, that an epoch may show."""
        return len(self.source) if self.order == "shuffled" else min(self.steps, len(self.source))

    def index(self, epoch: int, start: int, stop: int) -> np.ndarray:
        """Which rows of `source` they are, (stop - start,) int64."""
        index = np.arange(start, stop) % len(self.source)
        return self._permutation(epoch)[index] if self.order == "shuffled" else index

    def _permutation(self, epoch: int) -> np.ndarray:
        # Read once and written whole: rows and labels may be asked for on two threads.
        kept = self._shuffle
        if kept is None or kept[0] != epoch:
            kept = epoch, generator(*self._key, epoch).permutation(len(self.source))
            self._shuffle = kept
        return kept[1]
