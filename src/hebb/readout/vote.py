"""`vote`: what the units of a layer say when each speaks for the class it won most often.

    class of unit j = the class whose training images j won most often   (ties: the lowest)
    prediction      = the class of the test image's winner

Learning is off. A unit that won no training image, and an image that no unit answers, have no
class and count as wrong.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from hebb.layers.base import Name
from hebb.spec import Spec


class VoteSpec(Spec):
    """A vote of the units of `layer`."""

    classifier: Literal["vote"] = "vote"
    layer: Name


@dataclass(frozen=True)
class Vote:
    """Who won what. `wins` (N, classes): training images of each class that each unit won."""

    wins: np.ndarray

    @classmethod
    def count(cls, winners: np.ndarray, labels: np.ndarray, n_units: int, classes: int) -> "Vote":
        """winners (T,), -1 where no unit answers, and labels (T,) of the training images."""
        wins = np.zeros((n_units, classes), dtype=np.int64)
        won = winners >= 0
        np.add.at(wins, (winners[won], labels[won]), 1)
        return cls(wins)

    @property
    def unit_class(self) -> np.ndarray:
        """(N,) the class of each unit, -1 for one that never won."""
        return np.where(self.wins.sum(axis=1) > 0, self.wins.argmax(axis=1), -1)

    def predict(self, winners: np.ndarray) -> np.ndarray:
        """(T,) classes for winners (T,); -1 is no class."""
        return np.where(winners >= 0, self.unit_class[winners], -1)


def confusion(predicted: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """(classes, classes + 1) counts: true class by predicted class, no class in the last column."""
    counts = np.zeros((classes, classes + 1), dtype=np.int64)
    np.add.at(counts, (labels, predicted), 1)  # -1 is the last column
    return counts
