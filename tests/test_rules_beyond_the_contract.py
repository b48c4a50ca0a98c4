"""What the rules of the package must do beyond the contract of test_contract.py."""

import numpy as np
import pytest
from helpers import (
    COMPILED,
    N_IN,
    assert_same,
    at_rate_zero,
    build,
    dtypes,
    everywhere,
    specs,
    stream,
)
from rules import EXAMPLES

from hebb.layers import RULES


def test_every_rule_of_the_table_is_in_this_suite():
    assert EXAMPLES.keys() == set(RULES)
    for rule, example in EXAMPLES.items():
        assert {spec.rule for spec in example.specs.values()} == {rule}
        assert {spec.rule for spec in example.large.values()} == {rule}


def test_a_rule_is_called_what_its_spec_says():
    for name, rule in RULES.items():
        assert rule.Spec.model_fields["rule"].default == name


@specs
@everywhere
@dtypes
def test_learning_at_rate_zero_is_following(spec, device, dtype):
    learning = build(at_rate_zero(spec), device, dtype)
    following = build(spec, device, dtype)
    following.load(learning.motion())  # the rate of an epoch is part of it, where there is one
    x = device.put(stream(60, dtype))
    for layer in (learning, following):  # an epoch's first step may rescale, even at rate 0
        layer.follow(x[:1])
    y, wanted = device.get(learning.learn(x)), device.get(following.follow(x))
    np.testing.assert_array_equal(y, wanted)
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
    layer = build(at_rate_zero(spec), device)  # at which a schedule of rates is 0 too
    layer.learn(device.put(stream(20)))
    counts_and_traces = layer.motion().keys() - set(layer.derived)
    assert all(layer.motion()[name].any() for name in ("tally", "wins"))
    layer.begin_epoch(1, 3)
    for name in counts_and_traces:
        assert not layer.motion()[name].any(), name


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
@everywhere
def test_a_blank_input_is_answered_by_nobody(spec, device):
    layer = build(spec, device)
    blank = device.put(np.zeros((40, N_IN)))
    assert not layer.infer(blank).any()
    assert (layer.winners(blank) == -1).all()
    layer.learn(blank[:1])  # an epoch's first step may rescale, and once done it is of no effect
    before = layer.state()["w"]
    layer.learn(blank)
    np.testing.assert_allclose(layer.state()["w"], before, rtol=1e-12)
    assert "reconstruction_error" not in layer.metrics()
    assert not layer.wins.any()


@specs
@everywhere
def test_the_winner_is_the_largest_answer(spec, device):
    """Where all units have the same weights in another order: some rules weigh an answer against
    the length of a unit's weights, or their sum.
    """
    layer = build(spec, device)
    rng = np.random.default_rng(1)
    layer.load({"w": rng.permuted(np.tile(rng.random(N_IN), (spec.n_units, 1)), axis=1)})
    x = rng.random((60, N_IN))  # no pixel alone says who wins, or units would tie
    x[::17] = 0
    x = device.put(x)
    winners = device.get(layer.winners(x)).reshape(len(x), -1)  # a column a cluster
    answers = device.get(layer.infer(x))
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
    before = layer.state()["w"]
    layer.learn(device.put(x))
    learned = (layer.state()["w"][:, 4:] != before[:, 4:]).any(axis=1)
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
