"""How a layer is read out: classifiers, each with its controls, and measures. One file each."""

from typing import TypeAlias

from hebb.readout.base import Classifier, ClassifierSpec, Sitting
from hebb.readout.dreamflow import DreamflowClassifier, DreamflowSpec
from hebb.readout.measures import Measure, MeasureSpec
from hebb.readout.softmax import SoftmaxClassifier, SoftmaxSpec
from hebb.readout.vote import VoteClassifier, VoteSpec
from hebb.titles import FIGURES

__all__ = [
    "CLASSIFIERS",
    "MEASURES",
    "READOUTS",
    "ClassifierSpec",
    "MeasureSpec",
    "ReadoutSpec",
    "Sitting",
]

CLASSIFIERS: dict[str, type[Classifier]] = {
    "vote": VoteClassifier,
    "softmax": SoftmaxClassifier,
    "dreamflow": DreamflowClassifier,
}
MEASURES: dict[str, type[Measure]] = dict.fromkeys(FIGURES, Measure)
READOUTS: dict[str, type[Classifier] | type[Measure]] = {**CLASSIFIERS, **MEASURES}

ReadoutSpec: TypeAlias = VoteSpec | SoftmaxSpec | DreamflowSpec | MeasureSpec
