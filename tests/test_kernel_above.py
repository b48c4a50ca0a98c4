"""Learning many rows at a time while weights are far above the floor equals the plain way."""

import numpy as np
import pytest

from hebb.layers.floor import FLOOR
from hebb.layers.kernels.above import find_least, learn_from_above, lowest_of
from hebb.layers.kernels.ahead import ahead_of, look, look_ahead
from hebb.layers.kernels.lines import lines
from hebb.layers.kernels.rebuild import learn, row_sum

XI = 0.5
kinds = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def inputs_of(dtype, n=2):
    """A few pixels of each are lit, which fills some halves of registers and not others."""
    x = lines(n, 75, dtype)
    x[:, 20:23], x[:, 33], x[:, 60:75] = 0.5, 0.25, 0.75
    return x


def drives_of(w, x):
    ahead = ahead_of(x, len(w))
    look(ahead, 0, len(x))
    look_ahead(w, np.arange(len(w)), 0, len(w), ahead, 0, len(x))
    return ahead.p[: len(x)]


@kinds
@pytest.mark.parametrize("start", [1.0, 1e10, 1e18], ids="{:.0e} floors".format)
@pytest.mark.parametrize("lowest, signed", [(-XI, False), (-XI, True), (-1.9 * XI, False)])
def test_looking_at_the_floor_only_near_it_changes_no_bit(dtype, start, lowest, signed):
    rng = np.random.default_rng(0)
    floor, n = FLOOR[np.dtype(dtype)], 11
    plain, quick = lines(n, 75, dtype), lines(n, 75, dtype)
    plain[:, 1:75] = quick[:, 1:75] = start * floor * rng.uniform(1, 9, (n, 74))
    least, sums, gain = np.empty(n, dtype), np.empty(n, dtype), np.zeros_like(plain[:1])
    find_least(quick, floor, least)
    every, ahead = np.arange(n), ahead_of(inputs_of(dtype), n)
    look(ahead, 0, 2)
    for _ in range(150):
        sign = rng.choice([-1, 1]) if signed else 1
        gain[0, :75] = sign * rng.uniform(lowest, lowest / 2, 75)
        y = (sign * rng.uniform(0.5, 1, n)).astype(dtype)
        totals = [learn(plain, k, y[k], gain, floor, True) for k in range(n)]
        found = lowest_of(gain)
        learn_from_above(quick, every, 0, n, y, gain, found, floor, least, sums, ahead, 1, 2)
        np.testing.assert_array_equal(sums, totals)
        np.testing.assert_array_equal(sums, [row_sum(quick, k) for k in range(n)])
    np.testing.assert_array_equal(quick, plain)
    np.testing.assert_array_equal(ahead.p[1], drives_of(plain, ahead.x)[1])
    assert (quick[:, 1:75] == floor).any()
    assert not quick[:, [0, *range(75, quick.shape[1])]].any()


@kinds
@pytest.mark.parametrize("n", range(20))
@pytest.mark.parametrize("end", [2, 3])
@pytest.mark.parametrize("odd", [None, np.inf, np.nan], ids=str)
@np.errstate(invalid="ignore")
def test_rows_learn_and_answer_alike_in_any_company(dtype, n, odd, end):
    """A weight that is not finite leaves the drive by an input alone which is dark there."""
    rng = np.random.default_rng(1)
    floor = FLOOR[np.dtype(dtype)]
    plain, quick = lines(23, 75, dtype), lines(23, 75, dtype)
    plain[:, :75] = quick[:, :75] = rng.random((23, 75))
    if odd is not None:
        plain[9, 3] = quick[9, 3] = odd
    winners = rng.permutation(23)[:n]
    y = rng.random(n).astype(dtype)
    gain = lines(1, 75, dtype)
    gain[0, :75] = rng.uniform(-0.1, 0.1, 75)
    least, sums = np.empty(23, dtype), np.zeros(23, dtype)
    find_least(quick, floor, least)
    ahead = ahead_of(inputs_of(dtype, 3), 23)
    look(ahead, 0, 3)
    ahead.p[:] = -1
    lowest = lowest_of(gain)
    learn_from_above(
        quick, winners, 0, len(winners), y, gain, lowest, floor, least, sums, ahead, 1, end
    )
    for k, answer in zip(winners, y, strict=True):
        total = learn(plain, k, answer, gain, floor, True)
        assert np.array_equal(total, sums[k], equal_nan=True)
    np.testing.assert_array_equal(quick, plain)
    drives = drives_of(plain, ahead.x)
    assert np.isfinite(drives).all()
    np.testing.assert_array_equal(ahead.p[1:end, winners], drives[1:end, winners])
    assert (ahead.p[[0, *range(end, len(ahead.p))]] == -1).all()
    assert (np.delete(ahead.p, winners, axis=1) == -1).all()


@kinds
def test_the_lowest_of_a_row_is_found_wherever_it_stands(dtype):
    rng = np.random.default_rng(2)
    row = lines(1, 75, dtype)
    row[0, :75] = rng.normal(size=75)
    for i in range(75):
        moved = np.roll(row[:, :75], i)
        row[:, :75] = moved
        assert lowest_of(row) == moved.min()
        row[0, i] = np.nan
        assert lowest_of(row) == -np.inf
        row[:, :75] = moved
