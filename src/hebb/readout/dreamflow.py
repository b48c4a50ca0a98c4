"""`dreamflow`: what the winner of a dreamflow layer has learned of labels.

    y          = the layer's answer without labels: its winner's drive, else 0
    prediction = argmax(y w_label)                           (ties: the lowest class)

The classes are the layer's own, learned in training, so no training image is looked at again; of
those that the dataset does not have, beyond its last, nothing is said. An
image that no unit answers, and a winner whose labels are all 0, have no class and count as wrong.

random_weights are the first weights of both arrays. Training images used as weights know no
labels, and neither do pixels: the other controls are those of a vote.
"""

from typing import Any, Literal

import numpy as np

from hebb.layers.base import largest
from hebb.readout.base import ClassifierSpec, Reading
from hebb.readout.vote import VoteClassifier
from hebb.stack import Stack


class DreamflowSpec(ClassifierSpec):
    """The labels that the winner of a dreamflow `layer` has learned."""

    classifier: Literal["dreamflow"] = "dreamflow"  # pyright: ignore[reportIncompatibleVariableOverride]


class DreamflowClassifier(VoteClassifier):
    Spec = DreamflowSpec

    def read_stack(self, stack: Stack, what: str) -> Reading:
        layer: Any = stack.layers[self.spec.layer]
        w_label = layer.w_label[:, : self.exam.classes]

        def classes(x: np.ndarray) -> np.ndarray:
            return largest(stack.infer(x, self.spec.layer) @ w_label, np)

        return Reading(self.sitting.tested(classes, what))
