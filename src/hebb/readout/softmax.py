"""`softmax`: one dense layer without a bias on what the units of a layer answer, by Keras.

    h      = the layer's answers, learning off            (`unit_inputs`: to images of length 1)
    h     /= the length of each unit's weights            (where `unit_weights`)
    h      = max(h, 0)^power                              (where `power`)
    h      = (h - mean) / standard deviation, over the training images; a constant is 0
                                                          (where `standardize`)
    logits = h K;  prediction = argmax logits             (ties: the lowest class)

K (N, classes) is learned from the training images by Adam on the softmax cross-entropy. It begins
as N(0, 1), or `init: vote`: 1 for the class that a unit has in a vote and `floor` for the others;
a unit that never won has `floor` for all. An image that no unit answers is said to be of the
class that its logits, all 0 without `standardize`, make first.

Sources: the notebook "CompSpec Krotov Hopfield MNIST Benchmark" (2020), whose head and whose
`gen_final_inits` these are; Krotov & Hopfield (2019), "Unsupervised learning by competing hidden
units", PNAS 116, 7723, for unit inputs and weights and a power.
"""

from functools import partial
from typing import Literal

import numpy as np
from pydantic import Field

from hebb import draws
from hebb.data import BLOCK
from hebb.errors import UsageError
from hebb.readout import dense
from hebb.readout.base import Answer, Classifier, ClassifierSpec, Network, Reading
from hebb.readout.dense import Descent
from hebb.readout.rows import lengths, unit_length
from hebb.readout.vote import count
from hebb.spec import Spec


class Features(Spec):
    """What a softmax head sees of a layer's answers, in this order."""

    unit_inputs: bool = False
    """Each image is scaled to unit length before the stack sees it."""
    unit_weights: bool = False
    """A unit's answer is divided by the length of its weights."""
    power: float | None = Field(default=None, gt=0)
    """Answers below 0 become 0, then all are raised to this power; not at all without."""
    standardize: bool = False
    """Over the training images, each unit's answers have mean 0 and standard deviation 1."""


class SoftmaxSpec(ClassifierSpec):
    """A dense layer that learns classes from the answers of `layer` by gradient descent."""

    classifier: Literal["softmax"] = "softmax"  # pyright: ignore[reportIncompatibleVariableOverride]
    epochs: int = Field(default=20, ge=1)
    """Passes over the training images."""
    batch: int = Field(default=32, ge=1)
    """Images a step."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Of Adam."""
    init: Literal["normal", "vote"] = "normal"
    """First weights: N(0, 1), or 1 for the class that a unit has in a vote."""
    floor: float = 0.1
    """With `init: vote`, the first weight of a unit for every other class."""
    features: Features = Features()
    """What the head sees of the layer's answers."""

    @property
    def descent(self) -> Descent:
        return Descent(self.epochs, self.batch, self.learning_rate)


class SoftmaxClassifier(Classifier):
    Spec = SoftmaxSpec
    spec: SoftmaxSpec

    def read(self, network: Network, what: str) -> Reading:
        sitting, spec = self.sitting, self.spec
        features = self._features(network)
        x = sitting.trained(features, what)
        mean, scale = standardized(x) if spec.features.standardize else (None, None)
        rng = draws.generator(sitting.seed, "softmax", spec.layer, what)
        if spec.init == "vote":
            unit_class = count(network, sitting, f"{what}, vote").unit_class
            kernel = vote_kernel(unit_class, sitting.classes, spec.floor)
        else:
            kernel = rng.standard_normal((len(network.w), sitting.classes))
        kernel = self._learned(x, kernel, rng, what)

        def classes(images: np.ndarray) -> np.ndarray:
            h = features(images)
            if mean is not None:
                h = ((h - mean) * scale).astype(np.float32)
            return _said(h, kernel)

        blocks = range(0, len(x), BLOCK)
        said = [_said(x[start : start + BLOCK], kernel) for start in blocks]
        accuracy = float((np.concatenate(said) == self.exam.train_labels).mean())
        return Reading(sitting.tested(classes, what), {"training_accuracy": accuracy})

    def raw_pixels(self) -> np.ndarray:
        """The same head on the pixels as they are, from N(0, 1)."""
        sitting, train = self.sitting, self.exam.train

        def learned() -> np.ndarray:
            rng = draws.generator(sitting.seed, "softmax", "", "raw_pixels")
            kernel = rng.standard_normal((train.n_values, sitting.classes))
            kernel = self._learned(train.rows(slice(None)), kernel, rng, "raw_pixels")
            return sitting.tested(partial(_said, kernel=kernel), "raw_pixels", np.float32)

        return sitting.once(("softmax on pixels", self.spec.descent), learned)

    def _learned(
        self, x: np.ndarray, kernel: np.ndarray, rng: np.random.Generator, what: str
    ) -> np.ndarray:
        labels, sitting = self.exam.train_labels, self.sitting
        seed = int(rng.integers(2**31))
        try:
            return dense.head(
                x, labels, kernel.astype(np.float32), self.spec.descent, seed,
                f"{what}, softmax", sitting.quiet,
            )  # fmt: skip
        except FloatingPointError:
            control = "" if what == self.spec.word else f" in its control {what}"
            raise UsageError(
                f"{self.spec.title}: the weights of its head are no longer finite{control}; "
                "lower learning_rate"
            ) from None

    def _features(self, network: Network) -> Answer:
        """What the head sees of images (T, D): (T, N) float32, not yet standardized."""
        spec, w_lengths = self.spec.features, lengths(network.w)

        def features(x: np.ndarray) -> np.ndarray:
            h = network.infer(unit_length(x) if spec.unit_inputs else x)
            with np.errstate(over="ignore"):
                if spec.unit_weights:
                    h = h / w_lengths
                if spec.power is not None:
                    h = np.maximum(h, 0).astype(np.float64) ** spec.power
                h = h.astype(np.float32, copy=False)
            if not np.isfinite(h).all():
                raise UsageError(
                    f"{self.spec.title}: its features are not finite in float32; "
                    "lower features.power, or set features.unit_weights: true"
                )
            return h

        return features


def standardized(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each column of x (T, N) mean 0 and standard deviation 1, in place; a constant is 0.

    Returns the mean (N,) and what was multiplied by (N,), float64.
    """
    blocks = [slice(start, start + BLOCK) for start in range(0, len(x), BLOCK)]
    # float32 values add up exactly in float64 where all are alike: a constant has variance 0.
    mean = sum(x[part].sum(axis=0, dtype=np.float64) for part in blocks) / len(x)
    variance = sum(((x[part] - mean) ** 2).sum(axis=0) for part in blocks) / len(x)
    scale = np.where(variance > 0, 1 / np.sqrt(np.where(variance > 0, variance, 1)), 0)
    for part in blocks:
        x[part] = (x[part] - mean) * scale
    return np.asarray(mean), scale


def vote_kernel(unit_class: np.ndarray, classes: int, floor: float) -> np.ndarray:
    """(N, classes): 1 for the class (N,) of each unit, `floor` elsewhere and where it is -1."""
    kernel = np.full((len(unit_class), classes), floor)
    voted = np.flatnonzero(unit_class >= 0)
    kernel[voted, unit_class[voted]] = 1
    return kernel


def _said(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """(T,) the class of the largest logit for features x (T, N)."""
    return (x @ kernel).argmax(axis=1)
