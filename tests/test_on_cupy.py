"""Every rule as read, and whole runs, on a strict stand-in for CuPy: see strict_cupy.py."""

import numpy as np
import pytest
from helpers import ON_CUPY, READ, assert_same, build, dtypes, specs, stream
from strict_cuda import waits

VERBS = ("learn", "follow", "infer", "winners")


def told(spec, verb, batches):
    """What makes the host wait in a chunk of so many batches, an epoch under way."""
    layer = build(spec, ON_CUPY)
    layer.learn(ON_CUPY.put(stream(3 * spec.together)))
    x = ON_CUPY.put(stream(batches * spec.together, seed=6))
    labels = (ON_CUPY.put(np.zeros(len(x), dtype=np.int64)),)
    with waits() as found:
        getattr(layer, verb)(x, *(labels if verb in ("learn", "follow") else ()))
    return found


@specs
@pytest.mark.parametrize("verb", VERBS)
def test_the_host_does_not_wait_in_the_loop_over_inputs(spec, verb):
    few, many = told(spec, verb, 2), told(spec, verb, 12)
    assert few == many
    assert len(many) <= 1


def test_a_rule_that_waits_for_each_input_would_be_seen(monkeypatch):
    from rules import ALL_SPECS

    from hebb.layers import mwta

    excite = mwta.mwta

    def waiting(*args):
        y, e = excite(*args)
        if float(y.sum()) < 0:
            raise AssertionError
        return y, e

    monkeypatch.setattr(mwta, "mwta", waiting)
    spec = ALL_SPECS["mwta one"]
    assert told(spec, "learn", 2) == ["float"] * 2
    assert told(spec, "learn", 12) == ["float"] * 12


@specs
@dtypes
def test_what_is_learned_is_what_the_rule_as_read_learns_on_numpy(spec, dtype):
    x, labels = stream(60, dtype), np.arange(60) % 3
    on_cupy, on_numpy = build(spec, ON_CUPY, dtype), build(spec, READ, dtype)
    y = on_cupy.learn(ON_CUPY.put(x), ON_CUPY.put(labels))
    np.testing.assert_array_equal(y.get(), on_numpy.learn(x, labels))
    assert_same(on_cupy, on_numpy)
    assert on_cupy.metrics() == on_numpy.metrics()
