"""The rule `local_wta`, step by step and by its claims."""

from functools import partial

import numpy as np
import pytest
from helpers import build, devices, layer_of, stream

from hebb.errors import UsageError
from hebb.layers.local_wta import Blocks, LocalWTASpec

layer_with = partial(layer_of, LocalWTASpec, batch=2)


@devices
def test_one_step_worked_by_hand(device):
    layer = layer_with([[0.5, 0.25], [0.25, 0.5]], device, per_cluster=2, xi=0.1)
    v = np.array([[1.0, 0.0], [0.0, 1.0]])
    # h = ((.5, .25), (.25, .5)); y = diag(.5, .5); P = ((.25, .125), (.125, .25))
    # E = ((3, -1), (-1, 3)); y'E = ((1.5, -.5), (-.5, 1.5)); dW = ((.75, -.125), (-.125, .75))
    np.testing.assert_allclose(layer.learn(v), [[0.5, 0], [0, 0.5]])
    step = 0.1 / 0.75
    wanted = [[0.5 + 0.1, 0.25 - 0.125 * step], [0.25 - 0.125 * step, 0.5 + 0.1]]
    np.testing.assert_allclose(layer.w, wanted, rtol=1e-12)
    error = 0.75**2 + 0.125**2
    assert layer.metrics() == {"reconstruction_error": pytest.approx(error), "never_won": 0}


@devices
def test_each_cluster_has_a_winner_of_its_own_and_none_where_it_sees_nothing(device):
    layer = layer_with(np.ones((4, 16)), device, per_cluster=1, xi=0.1, batch=3, blocks={"size": 2})
    images = np.zeros((3, 4, 4))
    images[0, 0, 0] = images[1, 0, 2] = images[1, 3, 3] = 1
    # Columns first: the blocks are upper left, lower left, upper right, lower right.
    np.testing.assert_array_equal(
        layer.winners(images.reshape(3, 16)), [[0, -1, -1, -1], [-1, -1, 2, 3], [-1] * 4]
    )
    np.testing.assert_array_equal(layer.learn(images.reshape(3, 16)).sum(axis=0), [1, 0, 1, 1])
    np.testing.assert_array_equal(layer.wins, [1, 0, 1, 1])


def test_blocks_lie_columns_first_and_those_that_overlap_after_them():
    runs = Blocks(size=9, overlap=True).runs(28)
    assert runs.shape == (13, 9)
    corners = [divmod(int(rows[0]), 28) for rows in runs]  # (row, column)
    assert corners[:4] == [(0, 0), (9, 0), (18, 0), (0, 9)]
    assert corners[9:] == [(4, 4), (13, 4), (4, 13), (13, 13)]
    assert runs[1].tolist() == list(range(9 * 28, 18 * 28, 28))
    assert len(Blocks(size=9).runs(28)) == 9


@devices
def test_weights_outside_a_block_are_zero_and_stay_so(device):
    spec = LocalWTASpec(
        name="a", units=4, per_cluster=1, xi=0.1, batch=4, blocks={"size": 2},
        init={"uniform": [0.1, 0.5]},
    )  # fmt: skip
    layer = build(spec, device)
    seen = layer.w != 0
    np.testing.assert_array_equal(seen.sum(axis=1), [4, 4, 4, 4])
    assert (seen.sum(axis=0) == 1).all()
    layer.learn(stream(40))
    np.testing.assert_array_equal(layer.w != 0, seen)
    layer.load({"w": np.ones((4, 16))})
    np.testing.assert_array_equal(layer.w != 0, seen)


@devices
def test_no_weight_moves_further_than_xi(device):
    layer = layer_with(
        np.random.default_rng(0).random((6, 9)), device, per_cluster=3, xi=0.02, batch=10
    )
    before = layer.state()["w"]
    layer.learn(stream(10, n_in=9))
    assert abs(layer.w - before).max() == pytest.approx(0.02)


@devices
def test_a_batch_of_blank_images_changes_nothing(device):
    layer = layer_with(np.random.default_rng(0).random((6, 9)), device, per_cluster=3, xi=0.1)
    before = layer.state()["w"]
    assert not layer.learn(np.zeros((4, 9))).any()
    np.testing.assert_array_equal(layer.w, before)
    assert layer.metrics() == {"never_won": 6}


@devices
def test_clusters_together_come_to_rebuild_what_they_see(device):
    """The claim of the rule: the error of the reconstruction falls."""
    rng = np.random.default_rng(1)
    patterns = rng.random((3, 16)) * (rng.random((3, 16)) < 0.5)
    x = patterns[rng.integers(0, 3, 2000)]
    spec = LocalWTASpec(
        name="a", units=16, per_cluster=4, xi=0.01, batch=10, blocks={"size": 2},
        init={"uniform": [0, 1]},
    )  # fmt: skip
    layer = build(spec, device)
    layer.follow(x)
    before = layer.metrics()["reconstruction_error"]
    layer.learn(x)
    layer.begin_epoch(1, 2)
    layer.follow(x)
    assert layer.metrics()["reconstruction_error"] < 0.1 * before


def test_what_its_blocks_do_not_cover_is_said():
    spec = {"name": "a", "per_cluster": 1, "xi": 0.1}
    nine = LocalWTASpec(units=9, blocks={"size": 3}, **spec)
    assert build(nine, n_in=100).notes == ("layer a: its blocks cover 81 of 100 inputs",)
    assert build(nine, n_in=81).notes == ()
    assert build(LocalWTASpec(units=2, **spec)).notes == ()


@pytest.mark.parametrize(
    ("settings", "n_in", "said"),
    [
        ({"units": 4}, 15, "layers.a.blocks: need square inputs (got 15 inputs)"),
        (
            {"units": 8},
            16,
            "layers.a: must have 4 units, 4 clusters of 1, one for each block (got 8)",
        ),
        (
            {"units": 4, "blocks": {"size": 5}},
            16,
            "layers.a.blocks.size: must be at most 4, the side of its inputs (got 5)",
        ),
    ],
)
def test_blocks_that_do_not_suit_the_inputs_are_refused(settings, n_in, said):
    given = {"name": "a", "per_cluster": 1, "xi": 0.1, "blocks": {"size": 2}} | settings
    with pytest.raises(UsageError) as err:
        build(LocalWTASpec(**given), n_in=n_in)
    assert str(err.value) == said


@devices
def test_several_batches_give_the_weights_of_a_plain_loop(device):
    """The loop is the notebook's, image by image, with its three-dimensional product."""
    rng = np.random.default_rng(3)
    v = rng.random((30, 36)) * (rng.random((30, 36)) < 0.4)
    w = np.zeros((10, 36))
    corners = [(0, 0), (3, 0), (0, 3), (3, 3), (1, 1)]  # (row, column)
    for j in range(10):
        block = np.zeros((6, 6))
        row, column = corners[j // 2]
        block[row : row + 3, column : column + 3] = rng.random((3, 3))
        w[j] = block.reshape(-1)
    blocks = {"size": 3, "overlap": True}
    layer = layer_with(w, device, per_cluster=2, xi=0.05, batch=6, blocks=blocks)
    answers = layer.learn(v)
    for start in range(0, 30, 6):
        change = np.zeros_like(w)
        for b in range(start, start + 6):
            y = np.zeros(10)
            for c in range(5):
                h = w[2 * c : 2 * c + 2] @ v[b]
                y[2 * c + h.argmax()] = h.max()
            np.testing.assert_allclose(answers[b], y, rtol=1e-9)
            p = y @ w
            e = (v[b] - p) / np.where(p > 1e-20, p, 1)
            change += w * np.outer(y, e)
        w += 0.05 / abs(change).max() * change
    np.testing.assert_allclose(layer.w, w, rtol=1e-9, atol=1e-12)
