"""Arrays to draw, and pictures of every kind made from them."""

import numpy as np
import pytest

from hebb.plots import (
    accuracy,
    confusion,
    coverage,
    curves,
    growth,
    neighbours,
    strip,
    tapestry,
    unit,
    units,
    winners,
)
from hebb.plots.unit import Images
from hebb.plots.units import Group


def weights(units=6, inputs=12, seed=0):
    return np.random.default_rng(seed).random((units, inputs), dtype=np.float32)


def record(phase, inputs, **layers):
    return {"phase": phase, "inputs": inputs, "inputs_per_second": 9000.0, "layers": layers}


RECORDS = [
    record("wander", 1000, sparse={"learns": True, "winners": 5.0, "weight_change": 0.5}),
    record("wander", 2000, sparse={"learns": True, "winners": 5.0, "weight_change": 0.0}),
    record("digits", 3000, sparse={"learns": False, "winners": 4.0}, top={"thresh": None}),
    record("digits", 4000, sparse={"learns": False, "winners": 3.0}, top={"thresh": 0.9}),
]
MATRIX = np.arange(12).reshape(3, 4)
GROUPS = [Group("class 0", "2 units, 90 % of wins", [4, 1]), Group("class 1", "1 unit", [0])]
BARE = [Group("", "", [0, 1, 2])]
UNSEEN = weights() * (np.arange(12) < 9)
K = np.full((3, 3), 0.25)
WINS = np.array([[0, 7, 0, 0, 0], [1, 2, 0, 4, 0], [0, 0, 300, 0, 1]])
IMAGES = [
    Images("over time", weights(3), (3, 4), [["0"], ["9"], ["19"]], weights=True),
    Images("best", weights(2), (3, 4), [["3: 0.2", "17"], ["3: 0.1", "8"]]),
]
HIGH_IMAGES = [Images("over time", weights() + 2, (3, 4), [["0"]] * 6, weights=True)]
GROWN = {
    "units": {"mwta": [(100, 9000.0, 2e8), (20000, 90.0, 6e8)], "top": [(100, 800.0, 2e8)]},
    "winners": {"mwta": [(1, 4000.0, 3e8), (400, 300.0, 3e8)]},
}

PICTURES = {
    "tapestry": lambda path: tapestry(path, weights(), (2, 3), (3, 4), "t", "s", np.arange(6)),
    "signed": lambda path: tapestry(path, weights() - 0.5, (2, 3), (3, 4), "t"),
    "curves": lambda path: curves(path, RECORDS, "t"),
    "strip": lambda path: strip(path, weights(14), (3, 4), "t", "s", range(0, 140, 10)),
    "confusion": lambda path: confusion(path, MATRIX, "t", "s"),
    "always a class": lambda path: confusion(path, MATRIX * [1, 1, 1, 0], "t", "s"),
    "many classes": lambda path: confusion(path, np.ones((21, 22), int), "t"),
    "accuracy": lambda path: accuracy(path, 0.4361, {"raw_pixels": 0.82, "none": 0.1}, "t"),
    "growth": lambda path: growth(path, GROWN, 1e8, "t", "s"),
}
HIGH = weights() + 2
PICTURES |= {
    "high": lambda path: tapestry(path, HIGH, (2, 3), (3, 4), "t"),
    "high units": lambda path: units(path, HIGH, (3, 4), GROUPS, [["a", "b"]] * 6, "t", "s"),
    "high unit": lambda path: unit(path, HIGH_IMAGES, np.array([3, 0]), "t", "s"),
    "own scales": lambda path: tapestry(path, weights(), (2, 3), (3, 4), "t", scale="unit"),
    "units": lambda path: units(path, weights(), (3, 4), GROUPS, [["a", "b"]] * 6, "t", "s"),
    "units without headings": lambda path: units(path, weights(), (3, 4), BARE, [["a"]] * 6, "t"),
    "coverage": lambda path: coverage(path, UNSEEN, (3, 4), np.arange(12.0), "t", "s"),
    "neighbours": lambda path: neighbours(path, weights(12), weights(12, seed=1), (3, 4), K, "t"),
    "winners": lambda path: winners(path, WINS, np.ones(3), (2, 3), [0, 5, 9], "t"),
    "unit": lambda path: unit(path, IMAGES, np.array([3, 0]), "t", "s"),
    "unit of no class": lambda path: unit(path, IMAGES, None, "t"),
}
every_picture = pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
