"""scikit-learn's 1,797 handwritten digits of 8 x 8: small enough to try things out."""

from importlib.metadata import version

import numpy as np

from hebb.data.raw import Raw, Source
from hebb.data.split import four_to_one
from hebb.draws import generator


def load() -> Raw:
    """1,433 training and 364 test images, (T, 8, 8) float64 in [0, 1], always the same."""
    from sklearn.datasets import load_digits

    pixels, labels = map(np.asarray, load_digits(return_X_y=True))
    images = pixels.reshape(-1, 8, 8) / 16
    train, test = four_to_one(labels, generator(0, "digits"))
    return Raw(where(), images[train], labels[train], images[test], labels[test])


def where() -> str:
    return f"scikit-learn {version('scikit-learn')}"


SOURCE = Source(
    "digits",
    "1,797 digits, 8 x 8: 1,433 for training, 364 for testing",
    lambda path, say: load(),
    where,
)
