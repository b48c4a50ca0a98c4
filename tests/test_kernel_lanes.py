"""Numbers side by side in registers do what NumPy does with them; rows that are filled for it."""

import numpy as np
import pytest

from hebb.layers.compiled import compiled
from hebb.layers.kernels.best import best_of
from hebb.layers.kernels.drive import few_nonzero
from hebb.layers.kernels.lanes import (
    add_product,
    all_at_least,
    any_above,
    any_lit,
    at_least,
    load,
    load_at,
    load_half,
    minus,
    plus,
    spread,
    store,
    store_at,
    times,
    total,
)
from hebb.layers.kernels.lines import filled, lines

dtypes = pytest.mark.parametrize("dtype, lanes", [(np.float32, 16), (np.float64, 8)])


@compiled()
def _kernel(w, floor, out, sums):
    for i in range(len(w)):
        x, y = load(w, i, 0), load(w, i, 1)
        store(out, i, 0, plus(x, times(y, spread(w[i, 0], x))))
        store(out, i, 1, at_least(floor, x, y))
        sums[i] = total(x)


@dtypes
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


@compiled()
def _dot_of_halves(x, w, sums):
    for n in range(len(sums)):
        zero = spread(w[0, 0] - w[0, 0], load_half(x, 0, n))
        sums[n] = total(add_product(zero, load_half(x, 0, n), load_half(w, 0, n)))


@dtypes
def test_a_product_is_added_in_halves_too(dtype, lanes):
    rng = np.random.default_rng(0)
    x, w = rng.integers(-8, 8, (2, 1, 4 * lanes)).astype(dtype)  # no sum is rounded
    sums = np.empty(8, dtype)
    _dot_of_halves(x, w, sums)
    np.testing.assert_array_equal(sums, (x * w).reshape(8, -1).sum(axis=1))


@dtypes
@pytest.mark.parametrize("columns", [1, 7, 16, 17, 784])
def test_rows_are_filled_to_an_odd_number_of_whole_lines(dtype, lanes, columns):
    w = lines(3, columns, dtype)
    assert w.shape[1] >= columns and w.shape[1] % (2 * lanes) == lanes
    assert w.ctypes.data % 64 == 0 and not w.any()
    x = np.ones((2, columns), np.float64)
    wide = filled(x, w)
    assert wide.shape == (2, w.shape[1]) and wide.dtype == dtype
    np.testing.assert_array_equal(wide[:, :columns], 1)
    assert not wide[:, columns:].any()
    assert filled(wide, w) is wide


@compiled()
def _anywhere(row, number, out, above):
    x = load_at(row, 3)
    store_at(out, 1, minus(x, load_at(row, 0)))
    for k in range(len(above)):
        above[k] = any_above(load_at(row, k), number)


@dtypes
def test_a_registerful_may_begin_anywhere(dtype, lanes):
    row = np.random.default_rng(0).random(60).astype(dtype)
    row[20] = np.nan
    out, above = np.zeros(lanes + 2, dtype), np.zeros(60 - lanes, bool)
    number = np.partition(row[~np.isnan(row)], -3)[-3]
    _anywhere(row, number, out, above)
    np.testing.assert_array_equal(out[1:-1], row[3 : 3 + lanes] - row[:lanes])
    assert out[0] == out[-1] == 0
    expected = [(row[k : k + lanes] > number).any() for k in range(60 - lanes)]
    np.testing.assert_array_equal(above, expected)
    assert 0 < sum(expected) < len(expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n, n_w", [(1, 1), (15, 3), (16, 16), (100, 1), (333, 7)])
def test_the_best_of_many_come_first_and_of_equals_the_earlier(dtype, n, n_w):
    rng = np.random.default_rng(n)
    for highest in (3, 1000):
        c = rng.integers(0, highest, n).astype(dtype)
        winners = np.empty(n_w, np.int64)
        best_of(c, winners)
        np.testing.assert_array_equal(winners, np.argsort(-c, kind="stable")[:n_w])


@compiled()
def _asked(x, y, lit, least):
    for k in range(len(lit)):
        lit[k] = any_lit(load_at(x, k))
        least[k] = all_at_least(load_at(x, k), load_at(y, k))


@dtypes
def test_all_lanes_are_asked_at_once(dtype, lanes):
    x, y = np.zeros(80, dtype), np.zeros(80, dtype)
    x[[0, 3, 50]], y[[3, 55]], x[30] = (-1, 2, 3), (2, 1e-30), np.nan
    lit, least = np.zeros(80 - lanes, bool), np.zeros(80 - lanes, bool)
    _asked(x, y, lit, least)
    windows = [slice(k, k + lanes) for k in range(80 - lanes)]
    np.testing.assert_array_equal(lit, [(x[at] != 0).any() for at in windows])
    np.testing.assert_array_equal(least, [(x[at] >= y[at]).all() for at in windows])
    assert 0 < lit.sum() < len(lit) and 0 < least.sum() < len(least)


@dtypes
@pytest.mark.parametrize("n", [0, 1, 15, 16, 50, 64])
def test_what_is_lit_of_a_sparse_code_is_found(dtype, lanes, n):
    rng = np.random.default_rng(n)
    s = np.where(rng.random(n) < 0.1, rng.normal(size=n), 0).astype(dtype)
    s[n // 2 : n // 2 + 1] = np.nan
    lit = np.empty(n, np.int64)
    np.testing.assert_array_equal(lit[: few_nonzero(s, lit)], np.flatnonzero(s))
