"""The rule `smooth_invariance`, step by step and by its claims."""

from functools import partial

import numpy as np
import pytest
from helpers import devices, layer_of

from hebb.layers.floor import FLOOR
from hebb.layers.smooth_invariance import SmoothInvarianceSpec

layer_with = partial(layer_of, SmoothInvarianceSpec, n_w=1, eta=0.5, zeta=0.5)


@devices
def test_three_steps_worked_by_hand(device):
    layer = layer_with([[0.5, 0.25], [0.25, 0.5]], device)
    # t = 0: y = (0.5, 0), nothing came before; r = (0.25, 0.125); e = (0.75, masked)
    np.testing.assert_array_equal(layer.learn(np.array([[1.0, 0.0]])), [[0.5, 0]])
    w = np.array([[0.5 * (1 + 0.25 * 3), 0.25], [0.25, 0.5]])  # 0.875
    np.testing.assert_allclose(layer.w, w, rtol=1e-12)
    # t = 1: y = (0, 0.5); m = (0, 0.25), m - y1 = (-0.5, 0.25), s1 = (1, 0):
    # factors 1 - 0.25 and 1 + 0.125 of the first input; r = 0.5 w_1; e = (masked, 0.75)
    np.testing.assert_array_equal(layer.learn(np.array([[0.0, 1.0]])), [[0, 0.5]])
    w[:, 0] *= [0.75, 1.125]
    w[1, 1] *= 1 + 0.25 * (1 - 0.25) / 0.25
    np.testing.assert_allclose(layer.w, w, rtol=1e-12)
    # t = 2: y = (0.65625, 0); m = (y + (0.5, 0)) / 2, m - y1 = (m, -0.5), s1 = (0, 1)
    y = w[0, 0]
    np.testing.assert_allclose(layer.learn(np.array([[1.0, 0.0]])), [[y, 0]], rtol=1e-12)
    w[:, 1] *= [1 + 0.5 * (y + 0.5) / 2, 1 - 0.5 * 0.5]
    w[0, 0] *= 1 + 0.5 * y * (1 - y * y) / (y * y)
    np.testing.assert_allclose(layer.w, w, rtol=1e-12)
    assert layer.metrics()["winners"] == 1


@devices
def test_the_error_that_is_reported_is_of_the_whole_code(device):
    layer = layer_with([[0.5, 0.25]], device)
    layer.follow(np.array([[1.0, 0.0]]))  # r = (0.25, 0.125)
    assert layer.metrics() == {
        "reconstruction_error": pytest.approx(0.75**2 + 0.125**2),
        "never_won": 0,
        "winners": 1.0,
    }


@devices
def test_without_reconstruction_only_what_came_before_is_learned_from(device):
    layer = layer_with([[0.5, 0.25], [0.25, 0.5]], device, reconstruct=False)
    layer.learn(np.array([[1.0, 0.0]]))
    np.testing.assert_array_equal(layer.w, [[0.5, 0.25], [0.25, 0.5]])
    layer.learn(np.array([[0.0, 1.0]]))
    np.testing.assert_allclose(layer.w, [[0.5 * 0.75, 0.25], [0.25 * 1.125, 0.5]], rtol=1e-12)


@devices
def test_weights_of_inputs_that_are_off_do_not_move(device):
    rng = np.random.default_rng(0)
    w = rng.random((5, 6))
    layer = layer_with(w, device, n_w=2, eta=0.1, zeta=0.05)
    x = rng.random((20, 6))
    x[:, [1, 4]] = 0
    layer.learn(x)
    moved = (layer.w != w).any(axis=0)
    np.testing.assert_array_equal(moved, [True, False, True, True, False, True])


@devices
def test_an_epoch_begins_as_if_nothing_had_come_before(device):
    x = np.random.default_rng(0).random((4, 6))
    w = np.random.default_rng(1).random((5, 6))
    first, second = (layer_with(w, device, n_w=2) for _ in range(2))
    second.follow(x)
    second.begin_epoch(1, 2)
    first.learn(x)
    second.learn(x)
    np.testing.assert_array_equal(first.w, second.w)


@devices
def test_a_frozen_layer_remembers_what_it_followed(device):
    x = np.random.default_rng(0).random((3, 6))
    layer = layer_with(np.random.default_rng(1).random((5, 6)), device, n_w=2)
    answers = layer.follow(x)
    np.testing.assert_array_equal(layer.y1, answers[2])
    np.testing.assert_array_equal(layer.y2, answers[1])
    np.testing.assert_array_equal(layer.s1, x[2])
    layer.infer(x[:2])
    np.testing.assert_array_equal(layer.s1, x[2])


@devices
def test_a_blank_code_still_smooths_what_came_before(device):
    layer = layer_with([[0.5, 0.25], [0.25, 0.5]], device)
    layer.learn(np.array([[1.0, 0.0]]))
    before = layer.state()["w"]
    assert not layer.learn(np.zeros((1, 2))).any()
    # y = 0 and m - y1 = (-0.5, 0): the unit that has just answered alone should not have.
    before[0, 0] *= 1 - 0.25
    np.testing.assert_allclose(layer.w, before, rtol=1e-12)
    layer.learn(np.zeros((5, 2)))  # m is y2 / 2 once, but no code came before it
    np.testing.assert_allclose(layer.w, before, rtol=1e-12)
    assert layer.metrics()["winners"] == 1 / 7


@devices
def test_a_weight_that_changes_is_never_left_below_the_floor(device):
    floor = FLOOR[np.dtype(np.float64)]
    layer = layer_with([[0.5, 0.5 * floor, 0.0, 0.5 * floor]], device, reconstruct=False)
    layer.learn(np.array([[1.0, 1.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0]]))
    np.testing.assert_array_equal(layer.w[0, 1:], [floor, 0, 0.5 * floor])


@devices
def test_a_factor_below_0_turns_the_sign_and_makes_no_nan(device):
    """eta (y1 - m) s1 above 1: the equations as they are, no more and no less."""
    layer = layer_with([[1.0, 0.5], [0.5, 1.0]], device, eta=4.0)
    layer.learn(np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert layer.w[0, 0] < 0 < layer.w[1, 1]
    for x in (np.array([[1.0, 0.0]]), np.eye(2)):
        assert np.isfinite(layer.learn(x)).all()
    assert np.isfinite(layer.w).all()


def wander(rows: int) -> np.ndarray:
    """Codes of 2 inputs out of 20 on a ring, which drift by one place at each step."""
    x = np.zeros((rows, 20))
    for t in range(rows):
        x[t, [t % 20, (t + 1) % 20]] = 1
    return x


def alike(w: np.ndarray) -> float:
    """The mean cosine between rows of w (N, D)."""
    unit = w / np.linalg.norm(w, axis=1, keepdims=True)
    cosine = unit @ unit.T
    return (cosine.sum() - len(w)) / (len(w) * (len(w) - 1))


@devices
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_smoothing_makes_units_more_alike_than_reconstruction_does(device, seed):
    """What the notebook found: "the smoothing rule is creating homogeneity"."""
    w = np.random.default_rng(seed).random((8, 20))

    def learned(**settings):
        layer = layer_with(w, device, n_w=3, **settings)
        for epoch in range(20):
            layer.begin_epoch(epoch, 20)
            layer.learn(wander(100))
        return alike(layer.w)

    smoothed, rebuilt = learned(eta=0.1, reconstruct=False), learned(eta=0.0, zeta=0.05)
    assert smoothed > rebuilt + 0.04 > alike(w) + 0.04


@devices
def test_smoothing_moves_an_answer_towards_the_mean_of_its_neighbours_in_time(device):
    """What the rule is for: the step that is taken makes y_{t-1} - m smaller."""
    rng = np.random.default_rng(0)
    codes = rng.random((3, 20)) * (rng.random((3, 20)) < 0.3)
    layer = layer_with(rng.random((8, 20)), device, n_w=8, eta=0.01, reconstruct=False)
    y2, y1, y = layer.infer(codes)
    layer.follow(codes[:2])
    layer.learn(codes[2:])
    m = (y + y2) / 2
    assert (abs(layer.infer(codes[1:2])[0] - m) < abs(y1 - m)).all()
