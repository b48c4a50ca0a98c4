"""What the rules of the package must do beyond the contract of test_contract.py."""

import numpy as np
import pytest
from helpers import (
    ALL_SPECS,
    COMPILED,
    N_IN,
    READ,
    assert_same,
    at_rate_zero,
    build,
    dtypes,
    dyadic,
    everything,
    everywhere,
    near_tie,
    specs,
    stream,
)

from hebb.layers import RULES


def test_every_rule_of_the_table_is_in_this_suite():
    assert {spec.rule for spec in ALL_SPECS.values()} == set(RULES)


def test_a_rule_is_called_what_its_spec_says():
    for name, rule in RULES.items():
        assert rule.Spec.model_fields["rule"].default == name


@specs
@everywhere
@dtypes
def test_learning_at_rate_zero_is_following(spec, device, dtype):
    learning = build(at_rate_zero(spec), device, dtype)
    following = build(spec, device, dtype)
    if spec.rule == "invariance":  # the first step of an epoch rescales even at rate 0
        learning.step[...] = following.step[...] = 1
    x = device.put(stream(60, dtype))
    y, wanted = device.get(learning.learn(x)), device.get(following.follow(x))
    np.testing.assert_array_equal(y, wanted)
    if spec.rule == "krotov_hopfield":  # its schedule is the one thing that tells them apart
        following.load({"rate": np.zeros(1)})
    assert_same(learning, following)


@specs
def test_a_batch_that_is_filled_bit_by_bit_is_learned_whether_answers_are_heard_or_not(spec):
    heard, unheard = build(spec, COMPILED), build(spec, COMPILED)
    x = stream(63)
    heard.learn(x)
    for rows in (x[:21], x[21:23], x[23:]):
        unheard.train(rows)
    assert_same(heard, unheard)


@specs
@everywhere
def test_an_epoch_begins_with_counts_and_traces_at_zero(spec, device):
    layer = build(spec, device)
    layer.learn(device.put(stream(20)))
    layer.begin_epoch(1, 3)
    for name, array in layer.motion().items():
        if name == "rate" or name in layer.derived:  # a schedule: see test_krotov_hopfield.py
            continue
        assert not array.any(), name


@specs
@everywhere
def test_labels_are_taken_and_mean_something_only_to_a_rule_with_use_for_them(spec, device):
    with_labels, without = build(spec, device), build(spec, device)
    x, labels = device.put(stream(20)), device.put(np.arange(20) % 3)
    with_labels.learn(x, labels)
    without.learn(x)
    if with_labels.takes_labels:
        assert not np.array_equal(with_labels.state()["w"], without.state()["w"])
    else:
        assert_same(with_labels, without)


@specs
@pytest.mark.parametrize("verb", ["learn", "follow", "infer"])
def test_the_compiled_form_equals_the_rule_as_read_over_10000_inputs(spec, verb):
    x = stream(10_000)
    read, compiled = build(spec, READ), build(spec, COMPILED)
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
def test_in_float32_the_forms_agree_up_to_the_first_near_tie(spec):
    """After it any two correct sums may part; what parted them must have been near a tie, and no
    early one: here all go on to the end.
    """
    read, compiled = build(spec, READ, np.float32), build(spec, COMPILED, np.float32)
    x = stream(3000, np.float32)
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
@dtypes
def test_the_compiled_form_breaks_ties_as_the_rule_does(spec, dtype):
    """All units alike and sums without rounding: only the tie rule says who answers."""
    spec = at_rate_zero(spec)
    read, compiled = build(spec, READ, dtype), build(spec, COMPILED, dtype)
    for layer in (read, compiled):
        layer.load({"w": np.full_like(layer.state()["w"], 0.5)})
    x = dyadic(40, dtype)
    wanted = read.infer(x)
    np.testing.assert_array_equal(compiled.infer(x) != 0, wanted != 0)
    np.testing.assert_array_equal(compiled.winners(x), read.winners(x))
    winners = read.winners(x).reshape(len(x), -1)  # a column a cluster
    first = np.arange(winners.shape[1]) * spec.n_units // winners.shape[1]
    assert ((winners == first) | (winners == -1)).all()
    assert (winners[x.any(axis=1)] >= 0).any(axis=1).all()


@specs
@everywhere
def test_a_blank_input_is_answered_by_nobody(spec, device):
    layer = build(spec, device)
    blank = device.put(np.zeros((40, N_IN)))
    assert not layer.infer(blank).any()
    assert (layer.winners(blank) == -1).all()
    before = layer.state()["w"]
    layer.learn(blank)
    assert np.isfinite(layer.state()["w"]).all()
    assert "reconstruction_error" not in layer.metrics()
    if spec.rule != "invariance":
        np.testing.assert_array_equal(layer.state()["w"], before)
        assert not layer.wins.any()


@specs
@everywhere
def test_the_winner_is_the_largest_answer(spec, device):
    compared = {"mwta": {"output": "raw"}, "threshold": {"compete": "raw"}}
    layer = build(spec.model_copy(update=compared.get(spec.rule, {})), device)
    x = device.put(stream(60))
    winners = device.get(layer.winners(x)).reshape(len(x), -1)  # a column a cluster
    answers = device.get(layer.infer(x))
    if spec.rule == "compspec":  # there the length of a unit's weights is no advantage
        answers = answers / np.linalg.norm(layer.state()["w"], axis=1)
    answers = answers.reshape(*winners.shape, -1)
    best = answers.argmax(axis=2) + np.arange(winners.shape[1]) * answers.shape[2]
    np.testing.assert_array_equal(winners, np.where(answers.any(axis=2), best, -1))


@specs
@everywhere
def test_an_array_of_another_shape_is_refused(spec, device):
    layer = build(spec, device)
    with pytest.raises(Exception) as err:
        layer.load({"w": np.zeros((2, 2))})
    assert str(err.value) == (f"layer a: w must have shape ({spec.n_units}, {N_IN}) (got (2, 2))")


@specs
@everywhere
@dtypes
def test_learning_leaves_no_weight_in_the_numbers_that_are_slow(spec, device, dtype):
    """A weight below the floor is put to it once its unit learns; a 0 stays 0."""
    if spec.rule == "smooth_invariance":
        pytest.skip("weights of inputs that are off do not move; it has a test of its own")
    floor = dtype(np.finfo(dtype).tiny * dtype(2**27))
    layer = build(spec, device, dtype)
    w = layer.state()["w"]
    w[:, :4] = 0.5 * floor
    w[:, 0] = 0
    layer.load({"w": w})
    there = layer.state()["w"][:, :4] != 0  # and in the unit's block
    x = stream(500, dtype)
    x[:, :4] = 0
    layer.learn(device.put(x))
    won = layer.motion()["wins"] > 0
    learned = np.full(spec.n_units, True) if spec.rule == "invariance" else won
    assert learned.any()
    low, there = layer.state()["w"][learned, :4], there[learned]
    assert (low[~there] == 0).all() and there.any()
    assert (low[there] >= floor).all() and (low[there] < 1e3 * floor).all()


@specs
def test_a_layer_knows_whether_its_weights_are_finite(spec):
    layer = build(spec, COMPILED)
    assert layer.finite("w")
    for bad in (np.nan, np.inf, -np.inf):
        w = layer.state()["w"]
        w[1, 0] = bad
        layer.load({"w": w})
        assert not layer.finite("w")
        w[1, 0] = 0.5
        layer.load({"w": w})
