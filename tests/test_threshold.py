"""The rule `threshold`, step by step and by its claims."""

import numpy as np
import pytest
from helpers import COMPILED, READ, assert_same, build, devices, layer_of, stream
from rules import INIT

from hebb.layers import Init
from hebb.layers.floor import FLOOR
from hebb.layers.threshold import ThresholdSpec


def layer_with(w, device, **settings):
    given = {} if settings.get("compete") == "none" else {"thresh": 0.5}
    return layer_of(ThresholdSpec, w, device, **{"xi": 0.5, **given, **settings})


THREE = [[0.5, 0.25], [0.25, 0.5], [0.125, 0.125]]


@devices
def test_one_step_worked_by_hand(device):
    layer = layer_with(THREE, device, thresh=0.7)
    # p = (0.5, 0.25, 0.125); q = (0.75, 0.75, 0.25); s = (2/3, 1/3, 1/2), of the best: 1, 1/2, 3/4
    # K = {0, 2}; r = 0.5 (0.5, 0.25) + 0.125 (0.125, 0.125) = (0.265625, 0.140625)
    # e = (0.734375, -0.140625)
    np.testing.assert_allclose(layer.learn(np.array([[1.0, 0.0]])), [[0.5, 0, 0.125]])
    gain = 0.734375 / 0.265625
    wanted = [
        [0.5 * (1 + 0.25 * gain), 0.25 * (1 - 0.25)],
        [0.25, 0.5],
        [0.125 * (1 + 0.0625 * gain), 0.125 * (1 - 0.0625)],
    ]
    np.testing.assert_allclose(layer.w, wanted, rtol=1e-12)
    assert layer.metrics() == {
        "reconstruction_error": pytest.approx(0.734375**2 + 0.140625**2),
        "never_won": 1,
        "winners": 2.0,
    }


@devices
def test_raw_competition_goes_by_the_drive(device):
    layer = layer_with(THREE, device, compete="raw", thresh=0.4)
    np.testing.assert_allclose(layer.infer(np.array([[1.0, 0.0]])), [[0.5, 0.25, 0]])


@devices
def test_a_unit_at_the_threshold_does_not_win(device):
    layer = layer_with(THREE, device, compete="raw", thresh=0.5)
    np.testing.assert_array_equal(layer.infer(np.array([[1.0, 0.0]])), [[0.5, 0, 0]])


@devices
def test_without_competition_every_unit_answers_and_learns(device):
    layer = layer_with([*THREE, [0.0, 0.5]], device, compete="none", xi=0.1)
    np.testing.assert_array_equal(layer.learn(np.array([[1.0, 0.0]])), [[0.5, 0.25, 0.125, 0]])
    moved = (layer.state()["w"] != [*THREE, [0.0, 0.5]]).any(axis=1)
    np.testing.assert_array_equal(moved, [True, True, True, False])  # the last answers 0
    assert layer.metrics()["winners"] == 3


@devices
def test_the_error_is_clipped_before_it_is_learned_from(device):
    layer = layer_with([[0.5, 0.25]], device, clip=0.5)
    layer.learn(np.array([[1.0, 0.0]]))  # r = (0.25, 0.125), e = (0.75 -> 0.5, -0.125)
    np.testing.assert_allclose(layer.w, [[0.5 * (1 + 0.25 * 2), 0.25 * (1 - 0.25)]], rtol=1e-12)
    assert layer.metrics()["reconstruction_error"] == pytest.approx(0.75**2 + 0.125**2)


@devices
def test_the_vote_goes_by_the_mean_where_units_compete_with_it(device):
    layer = layer_with([[0.75, 3.0], [0.5, 0.1]], device, thresh=0.1)
    assert layer.infer(np.array([[1.0, 0.0]])).argmax() == 0
    np.testing.assert_array_equal(layer.winners(np.array([[1.0, 0.0]])), [1])


@devices
def test_at_a_threshold_of_1_nobody_wins_and_there_is_still_a_vote(device):
    layer = layer_with(THREE, device, thresh=1)
    x = np.array([[0.0, 1.0]])
    assert not layer.learn(x).any()
    np.testing.assert_array_equal(layer.w, THREE)
    np.testing.assert_array_equal(layer.winners(x), [1])
    assert layer.metrics()["winners"] == 0


@devices
@pytest.mark.parametrize("compete", ["raw", "mean"])
def test_at_a_threshold_of_0_everybody_wins_who_answers(device, compete):
    layer = layer_with(THREE, device, thresh=0, compete=compete)
    np.testing.assert_array_equal(layer.infer(np.array([[1.0, 0.0]])), [[0.5, 0.25, 0.125]])


@devices
def test_a_row_of_zeros_never_wins_and_is_no_nan(device):
    layer = layer_with([[0.0, 0.0], [0.5, 0.25]], device, thresh=0)
    np.testing.assert_array_equal(layer.learn(np.array([[1.0, 0.0]])), [[0, 0.5]])
    np.testing.assert_array_equal(layer.w[0], [0, 0])
    assert np.isfinite(layer.w).all()


@devices
@pytest.mark.parametrize("settings", [{}, {"compete": "raw"}, {"compete": "none"}], ids=str)
def test_units_without_weights_answer_nothing(device, settings):
    layer = layer_with(np.zeros((3, 4)), device, **settings)
    x = np.ones((2, 4))
    assert not layer.learn(x).any()
    np.testing.assert_array_equal(layer.winners(x), [-1, -1])
    np.testing.assert_array_equal(layer.w, np.zeros((3, 4)))
    assert layer.metrics()["reconstruction_error"] == 1


@devices
def test_two_patterns_at_once_draw_more_winners_than_one(device):
    """The claim of the rule: how many win depends on how much there is to answer."""
    rng = np.random.default_rng(0)
    bars = np.repeat(np.eye(4), 4, axis=1)
    pairs = np.array([bars[i] + bars[j] for i in range(4) for j in range(i)])
    layer = layer_with(rng.uniform(0, 0.1, (12, 16)), device, xi=0.1, thresh=0.8)
    layer.learn(bars[rng.integers(0, 4, 600)])
    one, two = ((layer.infer(x) != 0).sum(axis=1) for x in (bars, pairs))
    assert one.min() >= 1
    assert two.mean() > 1.5 * one.mean()


@devices
def test_one_step_of_steering_worked_by_hand(device):
    layer = layer_with(THREE, device, target_winners=1.5, thresh=0.7)
    layer.learn(np.array([[1.0, 0.0]]))  # two winners
    m = 1.5 + 0.5 / 1000
    np.testing.assert_allclose(layer.m, [m], rtol=1e-15)
    np.testing.assert_allclose(layer.thresh, [1 - 0.3 * (1.5 / m) ** 0.001], rtol=1e-15)
    metrics = layer.metrics()
    assert (metrics["thresh"], metrics["m"]) == (layer.thresh[0], layer.m[0])


@devices
def test_a_blank_input_counts_as_one_without_winners(device):
    layer = layer_with(THREE, device, target_winners=2)
    layer.learn(np.zeros((1, 2)))
    np.testing.assert_allclose(layer.m, [2 - 2 / 1000], rtol=1e-15)
    assert layer.thresh[0] < 0.5


@devices
@pytest.mark.parametrize(
    ("thresh", "target", "bound"), [(1, 1, 1 - 1e-4), (0, 3, 0)], ids=["highest", "lowest"]
)
def test_steering_stays_within_its_bounds(device, thresh, target, bound):
    layer = layer_with([[0.5]] * 3, device, thresh=thresh, target_winners=target)
    layer.learn(np.repeat([[1.0], [0.0]], 10, axis=0))
    assert layer.thresh[0] == pytest.approx(bound, abs=1e-15)


@pytest.mark.parametrize(("begin", "target"), [(0.2, 2), (0.95, 6.5)])
def test_steering_reaches_the_mean_number_of_winners_asked_for(begin, target):
    rng = np.random.default_rng(0)
    settings = {"xi": 0.005, "thresh": begin, "target_winners": target}
    layer = layer_with(rng.random((20, 16)) / 4, READ, **settings)
    layer.learn(stream(12_000))
    layer.begin_epoch(1, 2)
    layer.learn(stream(3000, seed=6))
    assert layer.metrics()["winners"] == pytest.approx(target, rel=0.1)


@devices
def test_a_frozen_layer_competes_with_thresh_as_it_was_steered(device):
    steered = layer_with(THREE, device, target_winners=1, thresh=0.5)
    steered.thresh[...] = 0.7
    x = np.array([[1.0, 0.0]])
    plain = layer_with(THREE, device, thresh=0.7)
    for verb in ("follow", "infer"):
        np.testing.assert_array_equal(getattr(steered, verb)(x), getattr(plain, verb)(x))
    assert (steered.thresh[0], steered.m[0]) == (0.7, 1)


@devices
def test_a_phase_can_set_another_threshold(device):
    layer = layer_with(THREE, device, compete="raw", thresh=0.9)
    x = np.array([[1.0, 0.0]])
    assert np.count_nonzero(layer.learn(x)) == 1
    layer.spec = layer.spec.model_copy(update={"thresh": 0.1})
    assert np.count_nonzero(layer.learn(x)) == 3


@devices
def test_fresh_weights_are_steered_from_the_beginning(device):
    layer = layer_with(THREE, device, target_winners=1)
    layer.learn(np.ones((20, 2)))
    assert layer.thresh[0] != 0.5 and layer.m[0] != 1
    layer.restart(Init(uniform=(0.0, 0.1)), np.random.default_rng(0))
    assert (layer.thresh[0], layer.m[0]) == (0.5, 1)


def test_thresh_is_what_learning_changes_only_where_it_is_steered():
    assert layer_with(THREE, READ).state().keys() == {"w"}
    steered = layer_with(THREE, READ, target_winners=1).state()
    assert {name: (array.shape, array.dtype) for name, array in steered.items()} == {
        "w": ((3, 2), np.float64),
        "thresh": ((1,), np.float64),
        "m": ((1,), np.float64),
    }


@devices
def test_only_winners_learn(device):
    rng = np.random.default_rng(0)
    layer = layer_with(rng.random((9, 6)), device, thresh=0.8, xi=0.1)
    before = layer.state()["w"]
    answer = layer.learn(rng.random((1, 6)))
    moved = (layer.state()["w"] != before).any(axis=1)
    np.testing.assert_array_equal(moved, answer[0] != 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("compete", ["raw", "mean", "none"])
@pytest.mark.parametrize("lengths", [[1], [2], [3, 1], [7, 2], [31, 5], [33]], ids=str)
def test_how_far_a_drive_is_computed_ahead_changes_no_bit(dtype, compete, lengths):
    """Sizes that vectors do not divide, one winner or many, and units in any company."""
    rivals = {} if compete == "none" else {"thresh": 0.8}
    init = {"uniform": [0, 0.5]}
    spec = ThresholdSpec(name="a", units=37, xi=0.05, compete=compete, init=init, **rivals)
    x = stream(48, dtype, n_in=203)
    x[20:] *= x[20:] > 0.7  # fewer are alike, and fewer win
    x[40:] = x[:8]
    whole, parts = (build(spec, COMPILED, dtype, n_in=203) for _ in range(2))
    answers = whole.learn(x)
    cuts = np.cumsum(np.resize(lengths, 48))
    pieces = [parts.learn(piece) for piece in np.split(x, cuts[cuts < 48])]
    np.testing.assert_array_equal(np.concatenate(pieces), answers)
    assert_same(whole, parts)
    n_winners = (answers != 0).sum(axis=1)
    if compete == "none":
        assert set(n_winners) == {0, 37}  # of a blank input, and of others
    else:
        assert len(np.unique(n_winners)) > 5


@pytest.mark.parametrize("compete", ["raw", "mean", "none"])
@pytest.mark.parametrize("odd", [np.inf, np.nan], ids=str)
def test_a_weight_that_is_not_finite_changes_no_bit_between_chunks(compete, odd):
    rivals = {} if compete == "none" else {"thresh": 0.5}
    spec = ThresholdSpec(name="a", units=37, xi=0.05, compete=compete, init=INIT, **rivals)
    x = stream(24, np.float32, n_in=75)
    x[:, 40:] *= np.arange(24)[:, None] % 3 == 0  # dark for two inputs of three
    whole, single = (build(spec, COMPILED, np.float32, n_in=75) for _ in range(2))
    for layer in (whole, single):
        layer.w[5, 50] = odd
    with np.errstate(invalid="ignore"):
        answers = whole.learn(x)
        pieces = [single.learn(v[None]) for v in x]
    np.testing.assert_array_equal(np.concatenate(pieces), answers)
    np.testing.assert_array_equal(whole.w, single.w)
    assert np.isfinite(answers[1]).all() and answers[1].any()


@devices
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_weight_that_falls_to_the_floor_within_a_chunk_is_held_there(device, dtype):
    """Where the rest of what is rebuilt, and is not there, is another's: a tenth at each step."""
    floor = FLOOR[np.dtype(dtype)]
    layer = layer_with(
        [[1e15 * floor, 0.9], [0.5, 0.3]], device, dtype=dtype, compete="raw", thresh=0.1, xi=1
    )
    layer.learn(np.repeat(np.array([[0, 1]], dtype), 40, axis=0))
    assert layer.state()["w"][0, 0] == floor
    assert layer.state()["w"][1, 0] > 1e-10
