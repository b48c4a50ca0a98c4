"""The rule `invariance`, step by step and by its claims."""

from functools import partial

import numpy as np
import pytest
from helpers import COMPILED, READ, devices, layer_of

from hebb.layers.invariance import InvarianceSpec

layer_with = partial(layer_of, InvarianceSpec, alpha=0.5, leta=0.5, seta=0.25)


@devices
def test_two_steps_worked_by_hand(device):
    layer = layer_with([[0.5, 0.25], [0.25, 0.5]], device, renormalize_every=10)
    layer.step[...] = 1  # past the rescaling of an epoch's first step
    # a = (0.5, 0.25); u = (0.25, 0.125); r = (0.15625, 0.125); e / r = (5.4, -1)
    # factors: 1 + u (0.5 * 5.4), 1 + u (0.25 * -1)
    answer = layer.learn(np.array([[1.0, 0.0]]))
    np.testing.assert_allclose(answer, [[0.25, 0.125]])
    w = np.array([[0.5 * 1.675, 0.25 * 0.9375], [0.25 * 1.3375, 0.5 * 0.96875]])
    np.testing.assert_allclose(layer.w, w, rtol=1e-12)
    # The second step answers with the weights it finds, and u moves half-way to a.
    answer = layer.follow(np.array([[0.0, 1.0]]))
    np.testing.assert_allclose(answer, [[0.125 + w[0, 1] / 2, 0.0625 + w[1, 1] / 2]], rtol=1e-12)


@devices
def test_rows_are_scaled_after_the_first_step_of_an_epoch_and_every_so_many(device):
    rng = np.random.default_rng(0)
    layer = layer_with(rng.random((3, 6)), device, renormalize_every=4)
    sums = []
    for s in rng.random((9, 6)):
        layer.learn(s[None])
        sums.append(layer.w.sum(axis=1))
    scaled = [t for t, total in enumerate(sums) if np.allclose(total, 2.0, rtol=1e-12)]
    assert scaled == [0, 4, 8]
    layer.begin_epoch(1, 2)
    layer.learn(rng.random((1, 6)))
    np.testing.assert_allclose(layer.w.sum(axis=1), 2.0, rtol=1e-12)


@devices
def test_a_frozen_layer_is_not_rescaled_and_its_trace_advances(device):
    rng = np.random.default_rng(0)
    layer = layer_with(rng.random((3, 6)), device)
    before = layer.state()["w"]
    layer.follow(rng.random((5, 6)))
    np.testing.assert_array_equal(layer.state()["w"], before)
    assert (layer.u > 0).all()


@devices
@pytest.mark.parametrize("output", ["trace", "response"])
def test_outside_training_the_answer_is_the_response(device, output):
    rng = np.random.default_rng(0)
    w, s = rng.random((3, 6)), rng.random((4, 6))
    layer = layer_with(w, device, output=output)
    np.testing.assert_allclose(layer.infer(s), s @ w.T, rtol=1e-12)
    trained = layer.follow(s)
    same = np.allclose(trained, s @ w.T, rtol=1e-12)
    assert same == (output == "response")


@devices
def test_an_input_that_is_off_learns_at_the_small_rate(device):
    layer = layer_with([[0.5, 0.5]], device, leta=0.0, seta=0.25)
    layer.step[...] = 1
    layer.learn(np.array([[1.0, 0.0]]))
    assert layer.w[0, 0] == 0.5
    assert layer.w[0, 1] < 0.5


@devices
def test_a_row_of_zeros_stays_as_it_is(device):
    layer = layer_with([[0.0, 0.0], [0.5, 0.5]], device)
    layer.learn(np.array([[1.0, 0.5]]))
    np.testing.assert_array_equal(layer.w[0], [0, 0])
    assert np.isfinite(layer.w).all()


@devices
def test_codes_that_follow_one_another_come_to_share_a_unit(device):
    """The claim of the rule: units group what is near in time, not what is alike.

    Two pairs of codes, one bit each; a pair alternates for a while before the other does.
    """
    rng = np.random.default_rng(1)
    turns = [np.tile(np.eye(4)[pair], (20, 1)) for pair in ([0, 2], [1, 3])]
    codes = np.concatenate([turns[k % 2] for k in range(40)])
    layer = layer_with(
        rng.uniform(0.2, 0.3, (2, 4)), device, alpha=0.2, leta=0.08, seta=0.03,
        renormalize_every=500,
    )  # fmt: skip
    for epoch in range(5):
        layer.begin_epoch(epoch, 5)
        layer.learn(codes)
    prefers = layer.w.argmax(axis=0)
    assert prefers[0] == prefers[2] != prefers[1] == prefers[3]


@pytest.mark.parametrize("seta, size", [(0.25, 1), (0.25, 1e-10), (0.25, 1e-29), (1.5, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_inputs_that_wait_learn_what_they_would_have_learned_at_once(seta, size, dtype):
    """Also where they rebuild less than prec, come to the floor, or a step turns weights over."""
    rng = np.random.default_rng(0)
    w = rng.random((5, 40))
    w[:, ::3] *= size
    w[:, 1] = 0
    x = (rng.random((100, 40)) * (rng.random((100, 40)) < 0.1)).astype(dtype)
    x[20:60] = 0  # all wait, and the trace fades
    learned = []
    for length in (1, 7, 100):
        layer = layer_with(w, COMPILED, dtype, alpha=0.3, seta=seta, renormalize_every=50)
        for start in range(0, 100, length):
            with np.errstate(all="ignore"):
                layer.learn(x[start : start + length])
        learned.append(layer.state() | layer.motion())
    for other in learned[1:]:
        for name, array in learned[0].items():
            np.testing.assert_array_equal(other[name], array, err_msg=name)
    if dtype is np.float64 and seta < 1:  # else the weights run away, in all forms
        read = layer_with(w, READ, alpha=0.3, seta=seta, renormalize_every=50)
        read.learn(x)
        np.testing.assert_allclose(learned[0]["w"], read.state()["w"], rtol=1e-9)
