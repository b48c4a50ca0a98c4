"""The rule `krotov_hopfield`, step by step and by its claims."""

from functools import partial

import numpy as np
import pytest
from helpers import COMPILED, assert_same, devices, dtypes, layer_of, stream

from hebb.layers.krotov_hopfield import KrotovHopfieldSpec, _powers_of_all

powers = pytest.mark.parametrize("p", [1, 1.5, 2, 3, 4.5])


layer_with = partial(layer_of, KrotovHopfieldSpec, eps=0.3)


@devices
def test_one_step_worked_by_hand(device):
    w = np.array([[1, 0], [0, 2], [0.5, 0.5]])
    layer = layer_with(w, device, batch=2, delta=0.5)
    answers = layer.learn(np.array([[1.0, 1.0], [2.0, 0.0]]))
    # The first is won by unit 1, and of units 0 and 2, alike, 0 unlearns it; the second is won by
    # unit 0, and unit 2 unlearns it. g: (-.5, 1), (1, 0), (0, -.5).
    np.testing.assert_allclose(answers, [[1, 2, 1], [2, 0, 1]])
    # dW: (-.5, -.5) + (2, 0) - 1.5 (1, 0);  (1, 1) - 2 (0, 2);  (-1, 0) + .5 (.5, .5).
    # The largest is 3, and the rate .3.
    dw = np.array([[0, -0.5], [1, -3], [-0.75, 0.25]])
    np.testing.assert_allclose(layer.w, w + 0.1 * dw, rtol=1e-12)
    assert layer.metrics() == {"never_won": 1}


@devices
def test_competition_goes_by_powers_and_the_answer_does_not(device):
    w = np.array([[1, -0.5], [0.5, 1]])
    layer = layer_with(w, device, batch=1, p=3, delta=0.4, eps=0.1)
    np.testing.assert_allclose(layer.learn(np.array([[1.0, 1.0]])), [[0.5, 1.5]])
    # t = (.75, 1.25). Unit 1 wins: (1, 1) - 1.25 (.5, 1). Unit 0: -.4 ((1, 1) - .75 (1, -.5)).
    dw = np.array([[-0.1, -0.55], [0.375, -0.25]])
    np.testing.assert_allclose(layer.w, w + 0.1 / 0.55 * dw, rtol=1e-12)


@devices
def test_a_vote_goes_by_the_answer_also_where_it_is_negative(device):
    layer = layer_with([[-0.9, 0.8], [-0.5, 0.7]], device, p=3)
    x = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    np.testing.assert_array_equal(layer.winners(x), [1, 0, -1])


@devices
@pytest.mark.parametrize("k, moved", [(2, [0, 1]), (4, [0, 3]), (5, [0, 4])])
def test_ties_go_to_the_lowest_index_at_every_rank(device, k, moved):
    layer = layer_with(np.full((5, 4), 0.25), device, batch=1, k=k)
    layer.learn(np.array([[1.0, 1.0, 0.0, 0.0]]))
    np.testing.assert_array_equal(np.flatnonzero((layer.w != 0.25).any(axis=1)), moved)
    np.testing.assert_array_equal(layer.wins, [1, 0, 0, 0, 0])


@devices
@dtypes
def test_the_rate_falls_linearly_over_the_epochs_of_a_phase(device, dtype):
    layer = layer_with(np.eye(3), device, dtype, eps=0.02)
    for epoch, rate in enumerate([0.02, 0.015, 0.01, 0.005]):
        layer.begin_epoch(epoch, 4)
        assert layer.motion()["rate"] == pytest.approx(rate, rel=1e-6)


@devices
@powers
def test_the_largest_change_of_a_step_is_the_rate(device, p):
    layer = layer_with(np.random.default_rng(0).normal(size=(9, 16)), device, batch=20, p=p)
    for epoch, rate in enumerate([0.3, 0.2, 0.1]):
        layer.begin_epoch(epoch, 3)
        before = layer.state()["w"]
        layer.learn(stream(20, seed=epoch))
        assert abs(layer.w - before).max() == pytest.approx(rate, rel=1e-9)


@devices
def test_only_the_first_and_the_kth_learn(device):
    layer = layer_with(np.random.default_rng(0).normal(size=(9, 16)), device, batch=1, k=3)
    v, before = stream(2)[1:], layer.state()["w"]
    first, _, third = np.argsort(-(before @ v[0]))[:3]
    layer.learn(v)
    moved = np.flatnonzero((layer.w != before).any(axis=1))
    assert set(moved) == {first, third}


@devices
def test_a_frozen_layer_counts_who_wins_and_moves_nothing(device):
    learning, frozen = (
        layer_with(np.random.default_rng(0).normal(size=(9, 16)), device, batch=50, p=3)
        for _ in range(2)
    )
    learning.learn(stream(50))
    frozen.follow(stream(50))
    np.testing.assert_array_equal(frozen.wins, learning.wins)


@devices
@dtypes
@powers
def test_blank_images_and_rows_of_zeros_never_make_nan(device, dtype, p):
    w = np.random.default_rng(0).normal(size=(6, 16))
    w[[1, 4]] = 0
    layer = layer_with(w, device, dtype, batch=5, p=p)
    layer.learn(np.zeros((10, 16), dtype))
    np.testing.assert_array_equal(layer.w, w.astype(dtype))
    assert not layer.wins.any()
    layer.learn(stream(50, dtype))
    layer.load({"w": np.zeros((6, 16))})
    layer.learn(stream(50, dtype))  # all are alike: the first wins, and learns
    assert np.isfinite(layer.w).all()
    assert layer.w[0].any()


@devices
def test_an_input_that_is_a_units_own_weights_is_nothing_special(device):
    w = np.array([[0.6, 0.8], [1.0, 0.0]])
    layer = layer_with(w, device, batch=1, delta=0.0)
    layer.learn(w[:1])  # t = 1 and v = w: dW = v - t w = 0 but for rounding, so much is left of it
    assert np.isfinite(layer.w).all()
    np.testing.assert_array_equal(layer.w[1], w[1])


@devices
@pytest.mark.parametrize("p", [2, 3])
@pytest.mark.parametrize("delta", [0.0, 0.2])
def test_the_sum_of_powers_of_a_unit_that_goes_on_winning_tends_to_one(device, p, delta):
    """The paper's claim, from its equation 3: d(sum|W|^p) = p g t (1 - sum|W|^p)."""
    layer = layer_with(
        np.random.default_rng(1).normal(size=(5, 16)), device, batch=20, p=p, delta=delta, eps=0.02
    )
    for epoch in range(20):
        layer.begin_epoch(epoch, 20)
        layer.learn(stream(1000, seed=epoch))
    size = (abs(layer.w) ** p).sum(axis=1)[layer.wins > 100]
    assert len(size) > 1
    np.testing.assert_allclose(size, 1, atol=0.02 if delta == 0 else 0.1)


def test_another_p_from_a_later_phase_on_is_taken_up():
    w = np.random.default_rng(1).normal(size=(5, 16))
    changed = layer_with(w, COMPILED, batch=10, p=3)
    changed.learn(stream(50))
    fresh = layer_with(changed.state()["w"], COMPILED, batch=10, p=2.5)
    changed.spec = changed.spec.model_copy(update={"p": 2.5})
    for layer in (changed, fresh):
        layer.begin_epoch(0, 1)
        layer.learn(stream(50, seed=6))
    assert_same(changed, fresh)


@dtypes
@pytest.mark.parametrize("p", [1, 1.5, 2.5, 3, 4.5, 30])
def test_powers_are_right_and_none_is_of_the_numbers_that_are_slow(dtype, p):
    floor = np.finfo(dtype).tiny * 2.0**27
    w = np.concatenate([[0.0, -0.0], np.geomspace(floor, 3, 400)]).astype(dtype)
    w = np.stack([w, -w])
    low = floor ** (1 / (p - 1)) if p > 2 else 0.0
    power = _powers_of_all(w, p - 1.0, low)
    slow = (power != 0) & (abs(power) < np.finfo(dtype).tiny)
    assert power.dtype == dtype and not slow.any()
    with np.errstate(under="ignore"):
        wanted = np.sign(w) * abs(w) ** (p - 1)
    np.testing.assert_allclose(power, wanted, rtol=1e-4, atol=2 * floor)


def one_batch_in_loops(v, w, p, k, delta, rate):
    """The equations of DESIGN, an input and a unit at a time. Returns the new w and the wins."""
    n = len(w)
    dw, wins = np.zeros_like(w), np.zeros(n, int)
    for v_b in v:
        if not v_b.any():
            continue
        t = [sum(np.sign(w[j]) * abs(w[j]) ** (p - 1) * v_b) for j in range(n)]
        order = sorted(range(n), key=lambda j: (-t[j], j))
        wins[order[0]] += 1
        for j, g in ((order[0], 1.0), (order[k - 1], -delta)):
            dw[j] += g * v_b - g * t[j] * w[j]
    return w + rate * dw / max(abs(dw).max(), 1e-30), wins


@devices
@powers
@pytest.mark.parametrize("k, delta", [(2, 0.4), (5, 0.1)])
def test_several_batches_equal_plain_loops(device, p, k, delta):
    w = np.random.default_rng(3).normal(size=(8, 16))
    w[5] = 0
    layer = layer_with(w, device, batch=7, p=p, k=k, delta=delta, eps=0.1)
    wins = np.zeros(8, int)
    for epoch in range(2):
        layer.begin_epoch(epoch, 2)
        x = stream(70, seed=epoch)
        layer.learn(x)
        for t in range(0, 70, 7):
            w, won = one_batch_in_loops(x[t : t + 7], w, p, k, delta, 0.1 * (1 - epoch / 2))
            wins += won if epoch == 1 else 0
    np.testing.assert_allclose(layer.w, w, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(layer.wins, wins)
