"""`vote`: what the units of a layer say when each speaks for the class it won most often.

    class of unit j = the class whose training images j won most often   (ties: the lowest)
    prediction      = the class of the test image's winner

Where units compete in clusters, each with a winner of its own (`local_wta`), all winners of an
image vote, and the class with the most votes is said               (ties: the lowest).
Learning is off. A unit that won no training image, and an image that no unit answers, have no
class and count as wrong.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from hebb.readout import controls
from hebb.readout.base import Classifier, ClassifierSpec, Network, Reading, Sitting


class VoteSpec(ClassifierSpec):
    """A vote of the units of `layer`."""

    classifier: Literal["vote"] = "vote"  # pyright: ignore[reportIncompatibleVariableOverride]


class VoteClassifier(Classifier):
    Spec = VoteSpec

    def read(self, network: Network, what: str) -> Reading:
        vote = count(network, self.sitting, what)
        predicted = vote.predict(self.sitting.tested(network.winners, what))
        told = {
            "never_won": np.flatnonzero(vote.unit_class < 0).tolist(),
            "unit_class": vote.unit_class.tolist(),
            "unit_class_wins": vote.wins.max(axis=1).tolist(),
            "unit_wins": vote.wins.sum(axis=1).tolist(),
        }
        return Reading(predicted, told)

    def raw_pixels(self) -> np.ndarray:
        """The class whose mean training image is nearest."""
        exam = self.exam

        def nearest() -> np.ndarray:
            means = controls.class_means(exam.train, exam.train_labels, exam.classes)
            answer = partial(controls.nearest_mean, means=means)
            return self.sitting.tested(answer, "raw_pixels", np.float64)

        return self.sitting.once("nearest mean", nearest)


@dataclass(frozen=True)
class Vote:
    """Who won what. `wins` (N, classes): training images of each class that each unit won."""

    wins: np.ndarray

    @classmethod
    def count(cls, winners: np.ndarray, labels: np.ndarray, n_units: int, classes: int) -> "Vote":
        """winners (T,) or (T, clusters), -1 where no unit answers; labels (T,) of the images."""
        winners = winners.reshape(len(labels), -1)
        wins = np.zeros((n_units, classes), dtype=np.int64)
        image, cluster = np.nonzero(winners >= 0)
        np.add.at(wins, (winners[image, cluster], labels[image]), 1)
        return cls(wins)

    @property
    def unit_class(self) -> np.ndarray:
        """(N,) the class of each unit, -1 for one that never won."""
        return np.where(self.wins.sum(axis=1) > 0, self.wins.argmax(axis=1), -1)

    def predict(self, winners: np.ndarray) -> np.ndarray:
        """(T,) classes for winners (T,) or (T, clusters); -1 is no class."""
        return said(winners, self.unit_class)


def said(winners: np.ndarray, unit_class: np.ndarray) -> np.ndarray:
    """(T,) the class that winners (T,) or (T, clusters) speak for, from unit_class (N,)."""
    words = np.where(winners >= 0, unit_class[winners], -1).reshape(len(winners), -1)
    votes = (words[:, :, None] == np.arange(unit_class.max() + 1)).sum(axis=1)
    if not votes.size:  # no unit has won anything
        return np.full(len(winners), -1)
    return np.where(votes.any(axis=1), votes.argmax(axis=1), -1)


def count(network: Network, sitting: Sitting, what: str) -> Vote:
    """The vote of a network's units on the training images."""
    winners = sitting.trained(network.winners, what)
    return Vote.count(winners, sitting.exam.train_labels, len(network.w), sitting.classes)
