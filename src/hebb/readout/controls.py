"""Controls: what the same read-out says of something else than the trained stack.

random_weights   the same stack at its first weights; where those were given, by another run or a
                 file, they are shown as first weights
random_images    as many training images as the layer has units, each scaled to unit length,
                 as weights on the pixels; the winner of a vote has the largest cosine
raw_pixels       no network: for a vote the class whose mean training image is nearest, for a
                 softmax the same head on the pixels
backprop         a dense network with as many hidden units as the stack, layer by layer, that
                 learned end to end, by Adam, from the labels

The first three have learned nothing but a read-out. What each draws is keyed by its own name.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from hebb import draws
from hebb.data import BLOCK, Exam, Images
from hebb.readout import dense
from hebb.readout.rows import unit_length


def random_images(images: Images, n_units: int, seed: int) -> np.ndarray:
    """Weights (n_units, D): training images drawn without repeats while there are enough."""
    rng = draws.generator(seed, "control", "random_images")
    chosen = rng.choice(len(images), n_units, replace=n_units > len(images))
    return unit_length(images.rows(chosen, np.float64))


def cosine_winners(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """(T,) the row of w (N, D) with the largest cosine to each row of x (T, D).

    -1 where none is above 0: for a blank x, and for one that no row of w points to. Rows of w have
    unit length, and the length of x is the same for all of them.
    """
    drive = x @ w.T
    return np.where(drive.max(axis=1) > 0, drive.argmax(axis=1), -1)


def class_means(images: Images, labels: np.ndarray, classes: int) -> np.ndarray:
    """(classes, D) the mean image of each class; NaN where a class has no image."""
    total, count = 0.0, np.bincount(labels, minlength=classes)
    for start in range(0, len(images), BLOCK):
        x = images.rows(slice(start, start + BLOCK), np.float64)
        total = total + np.eye(classes)[labels[start : start + BLOCK]].T @ x
    with np.errstate(invalid="ignore"):
        return total / count[:, None]


def nearest_mean(x: np.ndarray, means: np.ndarray) -> np.ndarray:
    """(T,) the class whose mean (classes, D) is nearest to each row of x (T, D)."""
    squares = (means**2).sum(axis=1)
    return np.nanargmin(squares - 2 * x @ means.T, axis=1)


def backprop(
    exam: Exam, hidden: Sequence[int], classes: int, descent: dense.Descent, seed: int, quiet: bool
) -> Callable[[np.ndarray], np.ndarray]:
    """What a network of these hidden sizes, learned from pixels, says of images: a class each.

    FloatingPointError: its weights are no longer finite.
    """
    sizes = (exam.train.n_values, *hidden, classes)
    own = int(draws.generator(seed, "control", "backprop").integers(2**31))
    weights = dense.perceptron(
        exam.train.rows(slice(None)), exam.train_labels, sizes, descent, own, "backprop", quiet
    )
    return partial(dense.classes, weights=weights)
