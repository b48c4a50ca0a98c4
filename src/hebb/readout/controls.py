"""Controls: what the same read-out says of a network that has learned nothing.

random_weights   the same stack at its first weights
random_images    as many training images as the layer has units, each scaled to unit length,
                 as weights on the pixels; the winner has the largest cosine
raw_pixels       no network: the class whose mean training image is nearest
"""

import numpy as np

from hebb import draws
from hebb.data import Images

BLOCK = 1000  # images at a time


def random_images(images: Images, n_units: int, seed: int) -> np.ndarray:
    """Weights (n_units, D): training images drawn without repeats while there are enough."""
    rng = draws.generator(seed, "control", "random_images")
    chosen = rng.choice(len(images), n_units, replace=n_units > len(images))
    w = images.rows(chosen, np.float64)
    length = np.linalg.norm(w, axis=1, keepdims=True)
    return w / np.where(length > 0, length, 1)


def cosine_winners(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """(T,) the row of w (N, D) with the largest cosine to each row of x (T, D); -1 if blank.

    Rows of w have unit length, and the length of x is the same for all of them.
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
