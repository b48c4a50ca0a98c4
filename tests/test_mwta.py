"""The rule `mwta`, step by step and by its claims."""

from functools import partial

import numpy as np
import pytest
from helpers import COMPILED, READ, devices, layer_of

from hebb.errors import UsageError
from hebb.layers.mwta import Lateral, MWTASpec, excite

layer_with = partial(layer_of, MWTASpec)


@devices
def test_one_step_worked_by_hand(device):
    layer = layer_with([[0.5, 0.25], [0.25, 0.5], [0.125, 0.125]], device, n_w=2, xi=0.5)
    # p = (0.5, 0.25, 0.125); K = {0, 1}; r = 0.5 (0.5, 0.25) + 0.25 (0.25, 0.5) = (0.3125, 0.25)
    # e = (0.6875, -0.25); e / r = (2.2, -1); factors 1 + 0.5 y (2.2, -1)
    np.testing.assert_allclose(layer.learn(np.array([[1.0, 0.0]])), [[0.5, 0.25, 0]])
    wanted = [
        [0.5 * (1 + 0.25 * 2.2), 0.25 * (1 - 0.25)],
        [0.25 * (1 + 0.125 * 2.2), 0.5 * (1 - 0.125)],
        [0.125, 0.125],
    ]
    np.testing.assert_allclose(layer.w, wanted, rtol=1e-12)
    assert layer.metrics() == {
        "reconstruction_error": pytest.approx(0.6875**2 + 0.25**2),
        "never_won": 1,
        "winners": 2.0,
    }


@devices
def test_the_error_is_clipped_where_clip_is_set(device):
    layer = layer_with([[0.5, 0.25]], device, xi=0.5, clip=0.5)
    layer.learn(np.array([[1.0, 0.0]]))  # r = (0.25, 0.125), e = (0.75 -> 0.5, -0.125)
    np.testing.assert_allclose(layer.w, [[0.5 * (1 + 0.25 * 2), 0.25 * (1 - 0.25)]], rtol=1e-12)


@devices
def test_a_normalized_answer_is_divided_by_the_sum_of_the_new_weights(device):
    layer = layer_with([[0.5, 0.25]], device, xi=0.5, output="normalized")
    answer = layer.learn(np.array([[1.0, 0.0]]))
    np.testing.assert_allclose(answer, [[0.5 / layer.w.sum()]], rtol=1e-12)


@devices
def test_the_vote_goes_by_the_answer_before_it_is_normalized(device):
    layer = layer_with([[0.5, 0.1], [0.75, 3.0]], device, n_w=2, xi=0.1, output="normalized")
    assert layer.infer(np.array([[1.0, 0.0]])).argmax() == 0
    np.testing.assert_array_equal(layer.winners(np.array([[1.0, 0.0]])), [1])


@devices
def test_competition_is_lateral_and_the_answer_is_not(device):
    """A weaker unit in a strong neighbourhood wins, and answers with its own drive."""
    w = np.full((25, 1), 0.01)
    w[0] = 1.0  # alone
    w[[11, 13, 17, 7]] = 0.9  # around unit 12
    w[12] = 0.8
    spec = {"grid": [5, 5], "xi": 0.0, "lateral": {"radius": 1, "strength": 2.0}}
    spec["units"] = None
    answer = layer_with(w, device, **spec).infer(np.ones((1, 1)))
    np.testing.assert_array_equal(np.flatnonzero(answer), [12])
    assert answer[0, 12] == pytest.approx(0.8)


@pytest.mark.parametrize("grid, radius", [((4, 6), 1), ((5, 5), 2), ((7, 9), 3), ((40, 40), 2)])
@pytest.mark.parametrize("device", [READ, COMPILED], ids=["read", "compiled"])
def test_excitation_equals_the_matrix_of_neighbours(grid, radius, device):
    """L written out: 1 for the unit itself, strength / sqrt(M) for M others on the torus."""
    rows, columns = grid
    n, strength = rows * columns, 0.5
    m = (2 * radius + 1) ** 2 - 1
    matrix = np.eye(n)
    for j in range(n):
        for k in range(n):
            down = abs(j // columns - k // columns)
            right = abs(j % columns - k % columns)
            near = min(down, rows - down) <= radius and min(right, columns - right) <= radius
            if near and j != k:
                matrix[j, k] = strength / np.sqrt(m)
    p = np.random.default_rng(0).random(n)
    lateral = Lateral(radius=radius, strength=strength)
    np.testing.assert_allclose(excite(p.reshape(grid), lateral, np), matrix @ p, rtol=1e-12)
    # Through the layer: one input of 1, so that the drive is p itself.
    spec = {"grid": list(grid), "units": None, "xi": 0.0, "n_w": 5}
    layer = layer_with(p[:, None], device, lateral=lateral.model_dump(), **spec)
    answered = np.flatnonzero(layer.infer(np.ones((1, 1)))[0])
    np.testing.assert_array_equal(answered, np.sort(np.argsort(-(matrix @ p))[:5]))


@devices
def test_ties_go_to_the_lowest_index_also_among_many(device):
    w = np.array([[0.25], [0.5], [0.5], [0.25], [0.5], [0.5]])
    answer = layer_with(w, device, n_w=3, xi=0.0).infer(np.ones((1, 1)))
    np.testing.assert_array_equal(np.flatnonzero(answer), [1, 2, 4])


@devices
def test_one_unit_learns_the_pattern_that_it_is_shown(device):
    """The claim of the rule: reconstruction settles where r = v."""
    v = np.array([[0.2, 0.9, 0.0, 0.5]])
    layer = layer_with([[0.3, 0.3, 0.3, 0.3]], device, xi=0.1)
    layer.learn(np.repeat(v, 3000, axis=0))
    layer.begin_epoch(1, 2)
    answer = layer.follow(v)
    np.testing.assert_allclose(answer @ layer.w, v, atol=1e-6)
    assert layer.metrics()["reconstruction_error"] < 1e-10


@devices
def test_only_winners_learn(device):
    rng = np.random.default_rng(0)
    layer = layer_with(rng.random((9, 6)), device, n_w=2, xi=0.1)
    before = layer.state()["w"]
    answer = layer.learn(rng.random((1, 6)))
    moved = (layer.state()["w"] != before).any(axis=1)
    np.testing.assert_array_equal(moved, answer[0] != 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_copies_of_the_weights_stay_the_same(dtype):
    """Also where one unit wins several inputs of a chunk, and after weights were loaded."""
    rng = np.random.default_rng(0)
    layer = layer_with(rng.random((9, 6)), COMPILED, dtype, n_w=2, xi=0.1)
    for _ in range(2):
        layer.learn(rng.random((50, 6)).astype(dtype))
        np.testing.assert_array_equal(layer._panels.laid[:, :9], layer.w.T)
        layer.load({"w": rng.random((9, 6))})
        np.testing.assert_array_equal(layer._panels.laid[:, :9], layer.w.T)


def test_weights_that_are_kept_twice_are_written_by_load_alone():
    layer = layer_with(np.ones((2, 3)), COMPILED, xi=0.1)
    with pytest.raises(ValueError, match="read-only"):
        layer.w[0] = 0
    with pytest.raises(UsageError):
        layer.load({"w": np.ones((3, 3))})
    assert not layer.w.flags.writeable
