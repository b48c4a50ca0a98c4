"""What every layer must do, whatever its rule, in both of its forms and in both precisions."""

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
    dyadic,
    everything,
    stream,
)

from hebb.layers import RULES
from hebb.layers.mwta import excite

devices = pytest.mark.parametrize("device", [READ, COMPILED], ids=["read", "compiled"])
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
specs = pytest.mark.parametrize("spec", ALL_SPECS.values(), ids=ALL_SPECS.keys())


def test_every_rule_of_the_table_is_in_this_suite():
    assert {spec.rule for spec in ALL_SPECS.values()} == set(RULES)


def test_a_rule_is_called_what_its_spec_says():
    for name, rule in RULES.items():
        assert rule.Spec.model_fields["rule"].default == name


@specs
@devices
@dtypes
@pytest.mark.parametrize("verb", ["learn", "follow", "infer"])
def test_maps_a_chunk_to_a_chunk_of_the_same_precision(spec, device, dtype, verb):
    answers = getattr(build(spec, device, dtype), verb)(stream(30, dtype))
    assert answers.shape == (30, spec.n_units)
    assert answers.dtype == dtype
    assert np.isfinite(answers).all()


@specs
@devices
@dtypes
@pytest.mark.parametrize("verb", ["learn", "follow", "infer"])
@pytest.mark.parametrize("length", [1, 7, 120])
def test_chunk_length_changes_nothing(spec, device, dtype, verb, length):
    x = stream(120, dtype)
    whole, parts = build(spec, device, dtype), build(spec, device, dtype)
    answers = getattr(whole, verb)(x)
    pieces = [getattr(parts, verb)(x[i : i + length]) for i in range(0, 120, length)]
    np.testing.assert_array_equal(np.concatenate(pieces), answers)
    assert_same(whole, parts)


@specs
@devices
def test_learning_changes_the_weights(spec, device):
    layer = build(spec, device)
    before = layer.state()["w"]
    layer.learn(stream(30))
    assert not np.array_equal(layer.state()["w"], before)


@specs
@devices
def test_infer_and_winners_change_nothing(spec, device):
    layer = build(spec, device)
    layer.learn(stream(25))
    before = everything(layer)
    layer.infer(stream(30, seed=6))
    layer.winners(stream(30, seed=6))
    for name, array in everything(layer).items():
        np.testing.assert_array_equal(array, before[name])


@specs
@devices
def test_a_layer_that_follows_keeps_what_learning_changes(spec, device):
    layer = build(spec, device)
    before = layer.state()
    layer.follow(stream(50))
    for name, array in layer.state().items():
        np.testing.assert_array_equal(array, before[name])


@specs
@devices
@dtypes
def test_learning_at_rate_zero_is_following(spec, device, dtype):
    learning = build(at_rate_zero(spec), device, dtype)
    following = build(spec, device, dtype)
    if spec.rule == "invariance":  # the first step of an epoch rescales even at rate 0
        learning.step[...] = following.step[...] = 1
    x = stream(60, dtype)
    np.testing.assert_array_equal(learning.learn(x), following.follow(x))
    assert_same(learning, following)


@specs
@devices
@dtypes
@pytest.mark.parametrize("cut", [1, 23, 60])
def test_goes_on_from_saved_state_as_if_never_stopped(spec, device, dtype, cut):
    x = stream(90, dtype)
    whole, first, second = (build(spec, device, dtype) for _ in range(3))
    whole.learn(x)
    first.learn(x[:cut])
    second.learn(stream(13, dtype, seed=9))  # what it held before must not matter
    second.load(everything(first))
    second.learn(x[cut:])
    assert_same(second, whole)


@specs
@devices
def test_an_epoch_begins_with_counts_and_traces_at_zero(spec, device):
    layer = build(spec, device)
    layer.learn(stream(20))
    layer.begin_epoch(1, 3)
    for name, array in layer.motion().items():
        assert not array.any(), name


@specs
@devices
def test_labels_are_taken_and_mean_nothing_to_a_rule_without_use_for_them(spec, device):
    with_labels, without = build(spec, device), build(spec, device)
    with_labels.learn(stream(20), np.arange(20) % 3)
    without.learn(stream(20))
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


def margin(spec, state, v):
    """By how much of the best unit's strength it was decided who wins."""
    w = state["w"].astype(np.float64)
    c = w @ v
    if spec.rule == "threshold":
        s = c / w.sum(axis=1) if spec.compete == "mean" else c
        return np.abs(s / s.max() - state.get("thresh", spec.thresh)).min()
    if spec.rule == "mwta" and spec.lateral is not None:
        c = excite(c.reshape(spec.grid), spec.lateral, np)
    best = np.sort(c)[::-1]
    return (best[spec.n_w - 1] - best[spec.n_w]) / best[0]


@specs
def test_in_float32_the_forms_agree_up_to_the_first_near_tie(spec):
    """After it any two correct sums may part; what parted them must have been near a tie."""
    read, compiled = build(spec, READ, np.float32), build(spec, COMPILED, np.float32)
    for v in stream(3000, np.float32):
        before = read.state()
        wanted, got = read.learn(v[None]), compiled.learn(v[None])
        if not np.array_equal(got != 0, wanted != 0):
            assert margin(spec, before, v) < 1e-5
            return
        np.testing.assert_allclose(got, wanted, rtol=2e-3, atol=1e-5)
        np.testing.assert_allclose(compiled.state()["w"], read.state()["w"], rtol=2e-3, atol=1e-6)


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
    assert set(read.winners(x[x.any(axis=1)])) == {0}


@specs
@devices
def test_a_blank_input_is_answered_by_nobody(spec, device):
    layer = build(spec, device)
    blank = np.zeros((3, N_IN))
    assert not layer.infer(blank).any()
    np.testing.assert_array_equal(layer.winners(blank), [-1, -1, -1])
    before = layer.state()["w"]
    layer.learn(blank)
    assert np.isfinite(layer.state()["w"]).all()
    assert "reconstruction_error" not in layer.metrics()
    if spec.rule != "invariance":  # it rescales whatever it is shown
        np.testing.assert_array_equal(layer.state()["w"], before)


@specs
@devices
def test_the_winner_is_the_largest_answer(spec, device):
    compared = {"mwta": {"output": "raw"}, "threshold": {"compete": "raw"}}
    layer = build(spec.model_copy(update=compared.get(spec.rule, {})), device)
    x = stream(60)
    answers = layer.infer(x)
    lit = x.any(axis=1)
    np.testing.assert_array_equal(layer.winners(x)[lit], answers.argmax(axis=1)[lit])


@specs
@devices
def test_an_array_of_another_shape_is_refused(spec, device):
    layer = build(spec, device)
    with pytest.raises(Exception) as err:
        layer.load({"w": np.zeros((2, 2))})
    assert str(err.value) == (f"layer a: w must have shape ({spec.n_units}, {N_IN}) (got (2, 2))")


@specs
@devices
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
    x = stream(500, dtype)
    x[:, :4] = 0
    layer.learn(x)
    learned = np.full(spec.n_units, True) if spec.rule == "invariance" else layer.wins > 0
    assert learned.any()
    low = layer.state()["w"][learned, :4]
    assert (low[:, 0] == 0).all()
    assert (low[:, 1:] >= floor).all() and (low[:, 1:] < 1e3 * floor).all()


@specs
def test_a_layer_knows_whether_its_weights_are_finite(spec):
    layer = build(spec, COMPILED)
    assert layer.finite("w")
    for bad in (np.nan, np.inf, -np.inf):
        w = layer.state()["w"]
        w[1, 2] = bad
        layer.load({"w": w})
        assert not layer.finite("w")
        w[1, 2] = 0.5
        layer.load({"w": w})
