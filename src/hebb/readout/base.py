"""What every read-out has: a spec, and a result for eval.json; and what every classifier does.

A classifier learns from the training images what units make of them, and says which class each
test image has. Whose units: those of the trained stack, and then those of each control, which
are read out in the same way. The labels of the test images only judge what was said.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np
from tqdm import tqdm

from hebb.cores import cores
from hebb.data import BLOCK, Asked, Dataset, Exam, Images, Tapestry
from hebb.errors import UsageError
from hebb.layers.base import Name
from hebb.readout import controls
from hebb.readout.dense import Descent
from hebb.spec import Spec
from hebb.stack import Stack
from hebb.titles import title

Answer = Callable[[np.ndarray], np.ndarray]  # x (T, D) -> something (T, ...)


class ClassifierSpec(Spec):
    """What every item of `evaluate` has that names a classifier."""

    classifier: str
    layer: Name
    """Whose units are read out."""
    name: Name | None = None
    """What results call it; by default the classifier's own word."""

    @property
    def word(self) -> str:
        return self.classifier

    @property
    def label(self) -> str:
        return self.name or self.classifier

    @property
    def title(self) -> str:
        return title({"classifier": self.classifier, "label": self.label, "layer": self.layer})

    @property
    def descent(self) -> Descent:
        """How the control backprop learns."""
        return Descent()


@dataclass(frozen=True)
class Network:
    """Units that answer images (T, D).

    infer: their answers (T, N). winners: (T,) or (T, clusters) integers, -1 for none. w: their
    weights (N, inputs).
    """

    infer: Answer
    winners: Answer
    w: np.ndarray

    @classmethod
    def of(cls, stack: Stack, name: str) -> "Network":
        """The layer called `name` with all that is below it."""
        answers = partial(stack.infer, name=name), partial(stack.winners, name=name)
        return cls(*answers, stack.layers[name].w)

    @classmethod
    def of_images(cls, images: Images, n_units: int, seed: int) -> "Network":
        """Training images as weights on the pixels; the winner has the largest cosine."""
        w = controls.random_images(images, n_units, seed)
        return cls(lambda x: x @ w.T, partial(controls.cosine_winners, w=w), w)


@dataclass
class Sitting:
    """What the read-outs of one evaluation share: images, weights, and what was found already.

    stack, first: at the weights to be read out, and at its first. inputs: what measures are
    taken on. on: the images that classifiers are asked about.
    """

    dataset: Dataset
    on: Asked
    stack: Stack
    first: Stack
    inputs: dict[str, Images | Tapestry]
    controls: list[str]
    seed: int
    dtype: np.dtype
    quiet: bool
    found: dict[Hashable, np.ndarray] = field(default_factory=dict)

    @cached_property
    def exam(self) -> Exam:
        return self.dataset.exam(self.on)

    @property
    def classes(self) -> int:
        """Of the training images alone: what a head is made of must not tell of the others."""
        return int(self.exam.train_labels.max()) + 1

    def once(self, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
        """What several classifiers are compared with is computed for the first of them."""
        if key not in self.found:
            self.found[key] = make()
        return self.found[key]

    def trained(self, answer: Answer, what: str, dtype: Any = None) -> np.ndarray:
        """`answer` for every training image."""
        return self._each(answer, self.exam.train, f"{what}, training images", dtype)

    def tested(self, answer: Answer, what: str, dtype: Any = None) -> np.ndarray:
        """`answer` for every image that is asked about."""
        return self._each(answer, self.exam.test, f"{what}, test images", dtype)

    def _each(self, answer: Answer, images: Images, what: str, dtype: Any) -> np.ndarray:
        """`answer` for every image, in blocks on all cores; the blocks change nothing."""

        def block(start: int) -> np.ndarray:
            return answer(images.rows(slice(start, start + BLOCK), dtype or self.dtype))

        found, starts = None, range(0, len(images), BLOCK)
        with (
            ThreadPoolExecutor(cores()) as pool,
            tqdm(
                total=len(images), desc=what, unit=" images", disable=self.quiet or None,
                leave=False,
            ) as bar,
        ):  # fmt: skip
            for start, each in zip(starts, pool.map(block, starts), strict=True):
                if found is None:  # one array from the start: features may fill half the memory
                    found = np.empty((len(images), *each.shape[1:]), each.dtype)
                found[start : start + BLOCK] = each
                bar.update(len(each))
        assert found is not None  # no dataset is empty
        return found


@dataclass(frozen=True)
class Reading:
    """The classes (T,) that test images were given, -1 for none, and what else a result tells."""

    predicted: np.ndarray
    told: dict[str, Any] = field(default_factory=dict)


class Classifier(ABC):
    """One classifier on one layer, and its controls: a method of the name of each."""

    Spec: ClassVar[type[ClassifierSpec]]

    def __init__(self, spec: Any, sitting: Sitting):
        self.spec, self.sitting, self.exam = spec, sitting, sitting.exam
        names = list(sitting.stack.layers)
        below = names[: names.index(spec.layer) + 1]
        self.sizes = tuple(sitting.stack.layers[name].n_out for name in below)
        self.drawn = all(sitting.first.layers[name].spec.init.drawn for name in below)

    @abstractmethod
    def read(self, network: Network, what: str) -> Reading:
        """Learn from the training images what `network` makes of them, and say what tests are.

        what: how progress calls it, and what its draws are keyed by.
        """

    @abstractmethod
    def raw_pixels(self) -> np.ndarray:
        """The classes (T,) of the test images without a network."""

    def read_stack(self, stack: Stack, what: str) -> Reading:
        """The reading of the layer in a stack."""
        return self.read(Network.of(stack, self.spec.layer), what)

    def random_weights(self) -> np.ndarray:
        return self.read_stack(self.sitting.first, "random_weights").predicted

    def random_images(self) -> np.ndarray:
        network = Network.of_images(self.exam.train, self.sizes[-1], self.sitting.seed)
        return self.read(network, "random_images").predicted

    def backprop(self) -> np.ndarray:
        sitting, descent = self.sitting, self.spec.descent

        def learned() -> np.ndarray:
            try:
                answer = controls.backprop(
                    self.exam, self.sizes, sitting.classes, descent, sitting.seed, sitting.quiet
                )
            except FloatingPointError:
                can = "learning_rate" in type(self.spec).model_fields
                cure = "lower learning_rate" if can else "leave backprop out of controls"
                raise UsageError(
                    f"{self.spec.title}: the weights of its control backprop are no longer finite; "
                    f"{cure}"
                ) from None
            return sitting.tested(answer, "backprop", np.float32)

        return sitting.once(("backprop", self.sizes, descent), learned)

    def result(self) -> dict[str, Any]:
        """What eval.json holds of it."""
        spec, labels = self.spec, self.exam.test_labels
        reading = self.read_stack(self.sitting.stack, spec.word)
        accuracy = float((reading.predicted == labels).mean())
        beside = {}
        for name in self.sitting.controls:
            theirs = float((getattr(self, name)() == labels).mean())
            beside[name] = {"accuracy": theirs, "lift": accuracy - theirs}
        matrix = confusion(reading.predicted, labels, self.exam.classes)
        return {
            "classifier": spec.classifier,
            "label": spec.label,
            "layer": spec.layer,
            "units": self.sizes[-1],
            "accuracy": accuracy,
            "first_weights": "random" if self.drawn else "given",
            "controls_seed": self.sitting.seed,
            "controls": beside,
            "per_class": (np.diag(matrix) / np.maximum(matrix.sum(axis=1), 1)).tolist(),
            "confusion": matrix.tolist(),
            **reading.told,
        }


def confusion(predicted: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """(classes, classes + 1) counts: true class by predicted class, no class in the last column."""
    counts = np.zeros((classes, classes + 1), dtype=np.int64)
    np.add.at(counts, (labels, predicted), 1)  # -1 is the last column
    return counts
