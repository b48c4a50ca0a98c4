"""Learning from what is missing: the shortcuts that rules take equal the plain way."""

import numpy as np
import pytest

from hebb.layers.floor import FLOOR
from hebb.layers.lines import lines
from hebb.layers.rebuild import find_least, learn, learn_from_above, row_sum, turn_to_gain

XI = 0.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("start", [1.0, 1e10, 1e18], ids="{:.0e} floors".format)
@pytest.mark.parametrize("lowest, signed", [(-XI, False), (-XI, True), (-1.9 * XI, False)])
def test_looking_at_the_floor_only_near_it_changes_no_bit(dtype, start, lowest, signed):
    rng = np.random.default_rng(0)
    floor = FLOOR[np.dtype(dtype)]
    plain, quick = lines(3, 20, dtype), lines(3, 20, dtype)
    plain[:, 1:20] = quick[:, 1:20] = start * floor * rng.uniform(1, 9, (3, 19))
    least, gain = np.empty(3, dtype), np.zeros_like(plain[:1])
    find_least(quick, floor, least)
    for _ in range(150):
        sign = rng.choice([-1, 1]) if signed else 1
        gain[0, :20] = sign * rng.uniform(lowest, lowest / 2, 20)
        bounded = bool((gain >= dtype(-XI)).all())
        for k in range(3):
            y = dtype(sign * rng.uniform(0.5, 1))
            total = learn(plain, k, y, gain, floor, True)
            assert learn_from_above(quick, k, y, gain, bounded, dtype(XI), floor, least) == total
            assert row_sum(quick, k) == total
    np.testing.assert_array_equal(quick, plain)
    assert (quick[:, 1:20] == floor).any()
    assert not quick[:, [0, *range(20, quick.shape[1])]].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("odd, bounded", [(0, True), (-1, False), (np.nan, False)])
def test_gains_are_bounded_unless_an_input_is_negative(dtype, odd, bounded):
    rng = np.random.default_rng(0)
    v, r = rng.random(99).astype(dtype), rng.random((1, 99)).astype(dtype)
    v[::3], r[0, ::2] = 0, 0
    v[5] = odd
    e = np.clip(v - r[0], -1, 1)
    wanted = XI * (e / np.maximum(r[0], 1e-10))
    assert turn_to_gain(v, r, dtype(XI), dtype(1)) == bounded
    np.testing.assert_allclose(np.delete(r[0], 5), np.delete(wanted, 5), rtol=1e-6)
