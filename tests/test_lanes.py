"""Numbers side by side in registers do what NumPy does with them."""

import numpy as np
import pytest

from hebb.layers.compiled import compiled
from hebb.layers.lanes import (
    at_least,
    load,
    load_at,
    plus,
    spread,
    store,
    store_at,
    times,
    total,
)


@compiled()
def _kernel(w, floor, out, sums):
    for i in range(len(w)):
        x, y = load(w, i, 0), load(w, i, 1)
        store(out, i, 0, plus(x, times(y, spread(w[i, 0], x))))
        store(out, i, 1, at_least(floor, x, y))
        sums[i] = total(x)


@pytest.mark.parametrize("dtype, lanes", [(np.float32, 16), (np.float64, 8)])
def test_each_operation_equals_that_of_numpy_to_the_bit(dtype, lanes):
    rng = np.random.default_rng(0)
    w = rng.normal(size=(50, 2 * lanes)).astype(dtype)
    w[::3, lanes + 1 :: 2] = 0
    w[::4, 0] = np.nan
    floor, out, sums = dtype(0.5), np.empty_like(w), np.empty(len(w), dtype)
    _kernel(w, floor, out, sums)
    x, y = w[:, :lanes], w[:, lanes:]
    np.testing.assert_array_equal(out[:, :lanes], x + y * w[:, :1])
    lifted = (abs(x) < floor) & (y != 0)
    assert lifted.any() and (~lifted).any()
    np.testing.assert_array_equal(out[:, lanes:], np.where(lifted, np.copysign(floor, y), x))
    while x.shape[1] > 1:
        x = x[:, : x.shape[1] // 2] + x[:, x.shape[1] // 2 :]
    np.testing.assert_array_equal(sums, x[:, 0])


@pytest.mark.parametrize("dtype, lanes", [(np.float32, 16), (np.float64, 8)])
def test_a_registerful_is_loaded_and_stored_wherever_it_begins(dtype, lanes):
    row, out = np.arange(3 * lanes, dtype=dtype), np.zeros(3 * lanes, dtype)
    _move(row, out)
    wanted = np.zeros_like(out)
    wanted[5 : 5 + lanes] = row[3 : 3 + lanes]
    np.testing.assert_array_equal(out, wanted)


@compiled()
def _move(row, out):
    store_at(out, 5, load_at(row, 3))
