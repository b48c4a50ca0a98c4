"""Learning from what is missing: the gain of each pixel."""

import numpy as np
import pytest

from hebb.layers.kernels.rebuild import turn_to_gain

XI = 0.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("odd", [0, -1])
def test_no_gain_is_below_minus_xi_unless_an_input_is_negative(dtype, odd):
    rng = np.random.default_rng(0)
    v, r = rng.random(99).astype(dtype), rng.random((1, 99)).astype(dtype)
    v[::3], r[0, ::2] = 0, 0
    v[5] = odd
    e = np.clip(v - r[0], -1, 1)
    wanted = XI * (e / np.maximum(r[0], 1e-10))
    turn_to_gain(v, r, dtype(XI), dtype(1))
    np.testing.assert_allclose(r[0], wanted, rtol=1e-6)
    assert (r >= -XI).all() == (odd == 0)
