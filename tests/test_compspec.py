"""The rule `compspec`, step by step and by its claims."""

from functools import partial

import numpy as np
import pytest
from helpers import build, devices, dtypes, layer_of, stream

from hebb.layers.compspec import CompSpecSpec
from hebb.layers.init import Init

repels = pytest.mark.parametrize(
    "repel", [None, {"rank": 1, "delta": 0.4}, {"rank": 3, "delta": 0.2}], ids=str
)

W = [[1.0, 0.0], [0.6, 0.8], [0.0, 0.5]]
S = [0.0, 0.8, 0.5]
V = np.array([[4.0, 3.0], [0.0, 2.0], [8.0, 6.0]])


layer_with = partial(layer_of, CompSpecSpec, xi=0.5, phi=0.25)


@devices
def test_one_step_worked_by_hand(device):
    layer = layer_with(W, device, s=S, batch=3)
    answers = layer.learn(V)
    np.testing.assert_allclose(answers, [[4, 4.8, 1.5], [0, 1.6, 1], [8, 9.6, 3]], rtol=1e-12)
    # Cosines (.8, .96, .6), (0, .8, 1), (.8, .96, .6); c is (5, 1, .625) for the first and the
    # third, which unit 0 wins, and (1, .2, 2.5e9) for the second, which unit 2 wins.
    # Unit 0: v~ = (6, 4.5), a~ = 6, times 1.1 * 0.5. Unit 2: v~ = (0, 2), a~ = 1, times 0.35 * 0.5.
    np.testing.assert_allclose(
        layer.w, [[1, 4.5 * 0.55], [0.6, 0.8], [0, 0.5 + 1.5 * 0.175]], rtol=1e-12
    )
    np.testing.assert_allclose(layer.s, [0.25 * 0.8, 0.8, 0.75 * 0.5 + 0.25], rtol=1e-12)
    assert layer.metrics() == {
        "never_won": 1,
        "specialization": pytest.approx((0.2 + 0.8 + 0.625) / 3),
    }


@devices
def test_a_unit_below_the_winner_is_repelled_as_far_as_it_has_specialized(device):
    layer = layer_with(W, device, s=S, batch=3, repel={"rank": 1, "delta": 0.4})
    layer.learn(V)
    # Second were unit 1 twice and unit 0 once. Unit 1: v~ = -.4 (6, 4.5), a~ = -.4 * 7.2, times
    # .64 * .5. Unit 0 has an s of 0, and is only pulled.
    pushed = [0.6 + (-2.4 + 2.88 * 0.6) * 0.32, 0.8 + (-1.8 + 2.88 * 0.8) * 0.32]
    np.testing.assert_allclose(layer.w, [[1, 2.475], pushed, [0, 0.7625]], rtol=1e-12)
    np.testing.assert_allclose(layer.s, [0.2, 0.8, 0.625], rtol=1e-12)  # of wins alone


@devices
def test_rows_are_scaled_once_a_weight_has_grown_too_large_where_units_repel(device):
    w = [[3.0, 4.0], [0.0, 11.0], [0.0, 0.0]]
    v = np.array([[1.0, 0.0]])
    layer = layer_with(w, device, batch=1, xi=0.0, repel={"rank": 1, "delta": 0.4})
    layer.learn(v)
    np.testing.assert_allclose(layer.w, [[0.6, 0.8], [0, 1], [0, 0]], rtol=1e-12)
    layer = layer_with(w, device, batch=1, xi=0.0)
    layer.learn(v)
    np.testing.assert_array_equal(layer.w, w)


@devices
def test_who_has_specialized_leaves_what_is_not_its_own_to_others(device):
    v = np.array([[4.0, 3.0]])
    for s, winner in (([0.0, 0.0], 1), ([0.0, 0.8], 0)):
        layer = layer_with(W[:2], device, s=s, batch=1)
        layer.learn(v)
        assert layer.wins.argmax() == winner


@devices
def test_a_vote_goes_by_the_cosine_and_neither_by_length_nor_by_specialization(device):
    layer = layer_with([[0.5, 0.0], [3.0, 4.0]], device, s=[0.9, 0.0])
    x = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    np.testing.assert_array_equal(layer.winners(x), [0, 1, -1])
    np.testing.assert_allclose(layer.infer(x), [[0.5, 3], [0, 4], [0, 0]])


@devices
def test_ties_go_to_the_lowest_index_at_every_rank(device):
    layer = layer_with(np.full((5, 4), 0.5), device, s=np.full(5, 0.5), batch=1,
                       repel={"rank": 2, "delta": 0.5})  # fmt: skip
    layer.learn(np.array([[1.0, 1.0, 0.0, 0.0]]))
    moved = (layer.w != 0.5).any(axis=1)
    np.testing.assert_array_equal(layer.wins, [1, 0, 0, 0, 0])
    np.testing.assert_array_equal(moved, [True, False, True, False, False])


@devices
@dtypes
@repels
@pytest.mark.parametrize("s", [0.0, 1.0])
def test_a_cosine_of_one_is_a_win_like_any_other(device, dtype, repel, s):
    """Also where s is 1, which would be 0 / 0, and where rounding makes the cosine more than 1."""
    rng = np.random.default_rng(0)
    w = rng.random((6, 40))
    layer = layer_with(w, device, dtype, s=np.full(6, s), batch=6, xi=0.05, repel=repel)
    for _ in range(5):
        layer.learn((layer.w * rng.uniform(0.01, 1, (6, 1)).astype(dtype)).copy())
        assert np.isfinite(layer.w).all() and np.isfinite(layer.s).all()
    if s == 0:
        np.testing.assert_array_equal(layer.wins > 0, np.full(6, True))


@devices
@dtypes
@repels
def test_blank_images_and_rows_of_zeros_never_make_nan(device, dtype, repel):
    w = np.random.default_rng(0).random((6, 16))
    w[[1, 4]] = 0
    layer = layer_with(w, device, dtype, s=np.full(6, 0.5), batch=5, repel=repel)
    layer.learn(np.zeros((10, 16), dtype))
    np.testing.assert_array_equal(layer.w, w.astype(dtype))
    assert not layer.wins.any()
    assert (layer.s == 0.5).all()
    for x in (stream(50, dtype), -stream(50, dtype)):
        layer.load({"w": w, "s": np.zeros(6)})
        layer.learn(x)
        assert np.isfinite(layer.w).all() and np.isfinite(layer.s).all()
        assert (layer.winners(x) >= -1).all()
    assert layer.wins[1] > 0  # to those inputs a cosine of 0 was the largest, and the first won


@devices
def test_a_blank_image_counts_in_no_mean(device):
    with_blanks, without = layer_with(W, device, s=S, batch=5), layer_with(W, device, s=S, batch=3)
    with_blanks.learn(np.vstack([np.zeros(2), V[:2], np.zeros(2), V[2:]]))
    without.learn(V)
    np.testing.assert_allclose(with_blanks.w, without.w, rtol=1e-12)
    np.testing.assert_allclose(with_blanks.s, without.s, rtol=1e-12)


@devices
def test_only_units_that_win_learn(device):
    rng = np.random.default_rng(0)
    layer = layer_with(rng.random((30, 16)), device, batch=5)
    before = layer.state()
    layer.learn(stream(5))
    moved = (layer.w != before["w"]).any(axis=1)
    np.testing.assert_array_equal(moved, layer.wins > 0)
    np.testing.assert_array_equal(layer.s != before["s"], layer.wins > 0)


@devices
def test_fresh_weights_have_unit_length_and_no_specialization(device):
    layer = build(CompSpecSpec(name="a", units=7, batch=5, xi=0.1, phi=0.2), device)
    np.testing.assert_allclose(np.linalg.norm(layer.w, axis=1), 1, rtol=1e-12)
    assert (layer.w >= 0).all()
    layer.learn(stream(50))
    assert layer.s.any()
    layer.restart(Init(abs_normal_unit={}), np.random.default_rng(1))
    assert not layer.s.any()


@devices
def test_specialization_tends_to_the_mean_cosine_of_what_a_unit_wins(device):
    """The claim of the notebook: s is a moving mean of the cosines of a unit's wins."""
    rng = np.random.default_rng(2)
    w = np.eye(3, 9)
    x = w[rng.integers(0, 3, 6000)] + 0.2 * rng.random((6000, 9))
    layer = layer_with(w, device, batch=20, xi=0.0, phi=0.02)
    layer.learn(x)
    cosine = (x @ w.T) / np.linalg.norm(x, axis=1)[:, None]
    best = cosine.argmax(axis=1)
    wanted = [cosine[best == j, j].mean() for j in range(3)]
    np.testing.assert_allclose(layer.s, wanted, atol=0.01)


@devices
def test_a_unit_comes_to_point_at_what_it_wins_with_unit_length(device):
    """No weight need be scaled: v~ = a~ w holds where w is the mean input at length 1."""
    v = np.array([[0.2, 0.9, 0.0, 0.5]])
    layer = layer_with([[0.3, 0.3, 0.3, 0.3]], device, batch=2, xi=0.1)
    layer.learn(np.repeat(v, 6000, axis=0))
    np.testing.assert_allclose(layer.w, v / np.linalg.norm(v), atol=1e-6)
    assert layer.s[0] == pytest.approx(1, abs=1e-6)


def one_batch_in_loops(v, w, s, xi, phi, rank, delta):
    """The equations of DESIGN, an input and a unit at a time. Returns the new w, s and the wins."""
    n, size = len(w), len(v)
    o = np.zeros((size, n))
    taken: dict[tuple[str, int], list[int]] = {}
    for b in range(size):
        if not v[b].any():
            continue
        c = []
        for j in range(n):
            lengths = np.sqrt(sum(w[j] ** 2)) * np.sqrt(sum(v[b] ** 2))
            o[b, j] = sum(w[j] * v[b]) / lengths if lengths else 0.0
            c.append((1 - s[j]) ** 2 / max(1 - o[b, j], 1e-10))
        order = sorted(range(n), key=lambda j: (-c[j], j))
        taken.setdefault(("won", order[0]), []).append(b)
        if rank:
            taken.setdefault(("repelled", order[rank]), []).append(b)
    new_w, new_s, wins = w.copy(), s.copy(), np.zeros(n, int)
    for (how, j), mine in taken.items():
        sign = 1 if how == "won" else -delta
        mean_v = sign * sum(v[b] for b in mine) / len(mine)
        mean_a = sign * sum(sum(w[j] * v[b]) for b in mine) / len(mine)
        gain = (1 - s[j]) ** 2 + 0.1 if how == "won" else s[j] ** 2
        new_w[j] += (mean_v - mean_a * w[j]) * gain * xi
        if how == "won":
            wins[j] = len(mine)
            new_s[j] = (1 - phi) * s[j] + phi * sum(o[b, j] for b in mine) / len(mine)
    if rank and abs(new_w).max() > 10:
        for j in range(n):
            length = np.sqrt(sum(new_w[j] ** 2))
            new_w[j] /= length if length else 1
    return new_w, new_s, wins


@devices
@repels
@pytest.mark.parametrize("largest", [1.0, 11.0])
def test_several_batches_equal_plain_loops(device, repel, largest):
    rng = np.random.default_rng(3)
    w, s = rng.normal(size=(8, 16)), rng.uniform(0, 0.8, 8)
    w[5], w[2, 3] = 0, largest
    x = 3 * stream(70, seed=8)
    layer = layer_with(w, device, s=s, batch=7, xi=0.3, phi=0.2, repel=repel)
    layer.learn(x)
    rank, delta = (repel["rank"], repel["delta"]) if repel else (0, 0.0)
    wins = np.zeros(8, int)
    for t in range(0, 70, 7):
        w, s, won = one_batch_in_loops(x[t : t + 7], w, s, 0.3, 0.2, rank, delta)
        wins += won
    np.testing.assert_allclose(layer.w, w, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(layer.s, s, rtol=1e-9)
    np.testing.assert_array_equal(layer.wins, wins)
