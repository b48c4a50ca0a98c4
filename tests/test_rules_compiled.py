"""The compiled form of each rule against the rule as read."""

from functools import cache

import numpy as np
import pytest
from helpers import (
    COMPILED,
    N_IN,
    READ,
    at_rate_zero,
    build,
    dtypes,
    dyadic,
    near_tie,
    specs,
    stream,
)
from rules import LARGE

from hebb.layers import panels
from hebb.layers.halves import MANY
from hebb.layers.trial import everything

REST = 25  # inputs that fill no whole registers in either dtype, nor halves; a square, for blocks
sizes = pytest.mark.parametrize("n_in", [N_IN, REST])


@specs
@sizes
@pytest.mark.parametrize("verb", ["learn", "follow", "infer"])
def test_the_compiled_form_equals_the_rule_as_read_over_10000_inputs(spec, n_in, verb):
    x = stream(10_000, n_in=n_in)
    read, compiled = (build(spec, device, n_in=n_in) for device in (READ, COMPILED))
    wanted, got = getattr(read, verb)(x), getattr(compiled, verb)(x)
    np.testing.assert_array_equal(got != 0, wanted != 0)  # the same winners
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12)
    for name, array in everything(read).items():
        np.testing.assert_allclose(
            everything(compiled)[name], array, rtol=1e-9, atol=1e-12, err_msg=name
        )
    assert compiled.metrics().keys() == read.metrics().keys()
    for name, value in read.metrics().items():
        assert compiled.metrics()[name] == pytest.approx(value, rel=1e-9)


@specs
@sizes
def test_in_float32_the_forms_agree_up_to_the_first_near_tie(spec, n_in):
    """After it any two correct sums may part; what parted them must have been near a tie, and no
    early one: here all go on to the end.
    """
    read, compiled = (build(spec, device, np.float32, n_in) for device in (READ, COMPILED))
    x = stream(3000, np.float32, n_in)
    for t in range(0, 3000, spec.together):
        v, before = x[t : t + spec.together], read.state()
        wanted, got = read.learn(v), compiled.learn(v)
        agree = np.array_equal(got != 0, wanted != 0)
        agree &= np.allclose(got, wanted, rtol=2e-3, atol=1e-5)
        agree &= np.allclose(compiled.state()["w"], read.state()["w"], rtol=2e-3, atol=1e-6)
        if not agree:
            assert near_tie(spec, before, v)
            assert t >= 1000, "they part so early that little has been compared"
            return


@specs
@sizes
@dtypes
def test_the_compiled_form_breaks_ties_as_the_rule_does(spec, n_in, dtype):
    """All units alike and sums without rounding: only the tie rule says who answers."""
    spec = at_rate_zero(spec)
    read, compiled = (build(spec, device, dtype, n_in) for device in (READ, COMPILED))
    for layer in (read, compiled):
        layer.load({"w": np.full_like(layer.state()["w"], 0.5)})
    x = dyadic(40, dtype, n_in)
    wanted = read.infer(x)
    np.testing.assert_array_equal(compiled.infer(x) != 0, wanted != 0)
    np.testing.assert_array_equal(compiled.winners(x), read.winners(x))
    winners = read.winners(x).reshape(len(x), -1)  # a column a cluster
    first = np.arange(winners.shape[1]) * spec.n_units // winners.shape[1]
    assert ((winners == first) | (winners == -1)).all()
    assert (winners[x.any(axis=1)] >= 0).any(axis=1).all()
