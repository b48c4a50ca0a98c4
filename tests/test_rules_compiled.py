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

from hebb.layers.kernels import panels
from hebb.layers.kernels.halves import MANY
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


SIDE = 9  # of the inputs of large layers, whose pixels fill no whole registers either
ROUNDING = {np.float32: {"rtol": 2e-5, "atol": 1e-6}, np.float64: {"rtol": 1e-11, "atol": 1e-12}}


@cache
def learned_as_read(name, dtype):
    """Some 300 inputs and their labels, what a large layer answers as read, and the layer then.

    Inputs, or batches, are left out where a change by 1e-4 of the largest claim could change who
    wins. Rounding stays far below that, in float32 too, so both forms go on together to the end.
    """
    spec, n_in = LARGE[name], SIDE**2
    read, size = build(spec, READ, dtype, n_in), spec.together
    x, labels = stream(600, dtype, n_in), np.random.default_rng(1).integers(0, 3, 600)
    kept, answers = [], []
    for start in range(0, 600, size):
        rows = np.arange(start, start + size)
        if not near_tie(spec, read.state(), x[rows], labels[rows], margin=1e-4):
            kept.append(rows)
            answers.append(read.learn(x[rows], labels[rows]))
        if len(kept) * size >= 300:
            break
    rows = np.concatenate(kept)
    assert len(rows) >= 300, "of 600 inputs"
    return x[rows], labels[rows], np.concatenate(answers), read


@dtypes
@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("helped", [False, True], ids=["alone", "helped"])
def test_a_large_layer_does_compiled_what_it_does_as_read(name, dtype, helped, monkeypatch):
    """Several panels and a rest: wide ones, and narrow ones that two threads share."""
    monkeypatch.setenv("HEBB_THREADS", "2" if helped else "1")
    if helped:
        monkeypatch.setattr(panels, "SHARED", 1)
        monkeypatch.setattr(panels, "NEAR", 1)
    x, labels, wanted, read = learned_as_read(name, dtype)
    layer = build(LARGE[name], COMPILED, dtype, SIDE**2)
    answers, rounding = layer.learn(x, labels), ROUNDING[dtype]
    np.testing.assert_array_equal(answers != 0, wanted != 0)
    np.testing.assert_allclose(answers, wanted, **rounding)
    got = everything(layer)
    for array, value in everything(read).items():
        np.testing.assert_allclose(got[array], value, **rounding, err_msg=array)
    if dtype is np.float64:  # in float32 an input may be near a tie by now
        np.testing.assert_allclose(layer.infer(x), read.infer(x), **rounding)


def test_large_layers_have_several_panels_and_more_and_fewer_winners_than_many():
    for dtype in (np.float32, np.float64):
        weights = np.zeros((150, SIDE**2), dtype)
        assert panels.Panels.of(weights).laid.shape[1] == 4 * panels.BYTES // weights.itemsize
        assert panels.Panels.of(weights).n_panels > 2
    won = (learned_as_read("threshold steered", np.float64)[2] != 0).sum(axis=1)
    assert (won >= MANY).sum() > 50 and ((won > 0) & (won < MANY)).sum() > 50
