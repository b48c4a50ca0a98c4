"""The rule `dreamflow`, step by step and by its claims."""

import numpy as np
import pytest
from helpers import build, devices, layer_of, stream

from hebb import config
from hebb.errors import ConfigError, UsageError
from hebb.layers.dreamflow import DreamFlowSpec
from hebb.layers.trial import everything


def layer_with(w, w_label, device, **settings):
    given = {"classes": len(w_label[0]), "batch": 1} | settings
    return layer_of(DreamFlowSpec, w, device, w_label=w_label, **given)


@devices
def test_one_step_worked_by_hand(device):
    layer = layer_with([[0.5, 0.25], [0.25, 0.5]], [[0.5, 0.25], [1, 0]], device, xi=0.1)
    # h = (.5 + .25, .25 + 0): unit 0 wins with y = .75
    # P = (.375, .1875), E = (.625 / .375, -1), dW = (.5, .25) * .75 E = (.625, -.1875)
    # labels: P = (.375, .1875), E = (-1, .8125 / .1875), dW = (.5, .25) * .75 E = (-.375, .8125)
    answer = layer.learn(np.array([[1.0, 0.0]]), np.array([1]))
    np.testing.assert_allclose(answer, [[0.75, 0]])
    np.testing.assert_allclose(
        layer.w, [[0.5 + 0.1, 0.25 - 0.1 * 0.1875 / 0.625], [0.25, 0.5]], rtol=1e-12
    )
    np.testing.assert_allclose(
        layer.w_label, [[0.5 - 0.1 * 0.375 / 0.8125, 0.25 + 0.1], [1, 0]], rtol=1e-12
    )
    error = 0.625**2 + 0.1875**2
    assert layer.metrics() == {"reconstruction_error": pytest.approx(error), "never_won": 1}


@devices
def test_a_label_helps_to_choose_the_winner_only_where_it_is_given(device):
    layer = layer_with([[0.5, 0.5], [0.4, 0.4]], [[0, 0], [0, 1]], device, xi=0)
    x = np.array([[1.0, 0.0]])
    np.testing.assert_allclose(layer.learn(x, np.array([1])), [[0, 1.4]])
    np.testing.assert_allclose(layer.follow(x, np.array([1])), [[0, 1.4]])
    np.testing.assert_allclose(layer.follow(x), [[0.5, 0]])
    np.testing.assert_allclose(layer.infer(x), [[0.5, 0]])
    np.testing.assert_array_equal(layer.winners(x), [0])


@devices
def test_labels_that_it_has_no_class_for_are_refused_and_change_nothing(device):
    layer = layer_with([[0.5, 0.5], [0.4, 0.4]], [[0, 0], [0, 1]], device, xi=0.1, batch=2)
    x, before = np.ones((3, 2)), everything(layer)
    for labels, told in (
        ([0, 1, 2], "labels must be 0 to 1, by its classes (got 2)"),
        ([0, -1, 5], "labels must be 0 to 1, by its classes (got -1)"),
        ([0, 1], "labels must have shape (3,), one a row (got (2,))"),
        ([[0], [1], [1]], "labels must have shape (3,), one a row (got (3, 1))"),
    ):
        for verb in (layer.learn, layer.train, layer.follow):
            with pytest.raises(UsageError) as err:
                verb(x, np.array(labels))
            assert str(err.value) == f"layer a: {told}"
    for name, array in everything(layer).items():
        np.testing.assert_array_equal(array, before[name])
    assert layer.learn(x[:0], np.zeros(0, np.int64)).shape == (0, 2)


@devices
def test_a_blank_input_with_a_label_unlearns_what_is_not_seen_and_makes_no_nan(device):
    layer = layer_with([[0.5, 0.5], [0.4, 0.4]], [[0, 0], [0, 1]], device, xi=0.1)
    np.testing.assert_allclose(layer.learn(np.zeros((1, 2)), np.array([1])), [[0, 1]])
    np.testing.assert_allclose(layer.w, [[0.5, 0.5], [0.3, 0.3]])
    layer.learn(np.zeros((1, 2)))
    assert all(np.isfinite(array).all() for array in everything(layer).values())


@devices
def test_it_comes_to_name_what_it_was_shown_with_labels(device):
    """The claim of the rule: a winner rebuilds the label too, and so can be asked for it."""
    rng = np.random.default_rng(0)
    prototypes = rng.random((4, 12)) * (rng.random((4, 12)) < 0.6)
    which = rng.integers(0, 4, 3000)
    x = prototypes[which] * rng.uniform(0.9, 1.1, (3000, 12))
    labels = which % 3
    spec = DreamFlowSpec(name="a", units=12, classes=3, xi=0.01, batch=10, init={"uniform": [0, 1]})
    layer = build(spec, device, n_in=12)

    def right():
        return ((layer.infer(x) @ layer.w_label).argmax(axis=1) == labels).mean()

    assert right() < 0.9
    for _ in range(3):
        layer.learn(x, labels)
    assert right() == 1.0


@devices
def test_several_batches_give_the_weights_of_a_plain_loop(device):
    rng = np.random.default_rng(3)
    w, w_label = rng.random((5, 8)), rng.random((5, 3))
    x, labels = stream(24, n_in=8), rng.integers(0, 3, 24)
    layer = layer_with(w, w_label, device, xi=0.05, batch=6)
    answers = layer.learn(x, labels)
    for start in range(0, 24, 6):
        changes = [np.zeros_like(w), np.zeros_like(w_label)]
        for b in range(start, start + 6):
            c = np.eye(3)[labels[b]]
            h = w @ x[b] + w_label @ c
            y = np.zeros(5)
            y[h.argmax()] = h.max()
            np.testing.assert_allclose(answers[b], y, rtol=1e-9)
            for change, weights, seen in zip(changes, (w, w_label), (x[b], c), strict=True):
                p = y @ weights
                change += weights * np.outer(y, (seen - p) / np.where(p > 1e-20, p, 1))
        for change, weights in zip(changes, (w, w_label), strict=True):
            weights += 0.05 / abs(change).max() * change
    np.testing.assert_allclose(layer.w, w, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(layer.w_label, w_label, rtol=1e-9, atol=1e-12)


def test_first_weights_of_labels_are_drawn_too():
    spec = DreamFlowSpec(name="a", units=5, xi=0.1, init={"uniform": [0.2, 0.4]})
    w_label = build(spec).w_label
    assert w_label.shape == (5, 10) and (w_label >= 0.2).all() and len(np.unique(w_label)) == 50


STACK = """\
name: dream
dataset: {source: digits}
streams: {wander: {kind: tapestry, side: 4, window: 8, frames: 50}}
layers:
  - {name: local, rule: local_wta, grid: [4, 5], per_cluster: 5, blocks: {size: 4}, xi: 0.01,
     batch: 20}
  - {name: top, rule: dreamflow, units: 30, xi: 0.01, batch: 20}
phases: [{name: digits, input: train, epochs: 2}]
"""


def test_a_stack_of_both_learns_drops_what_fills_no_batch_and_says_so(tmp_path, train_small):
    (tmp_path / "dream.yaml").write_text(STACK)
    said = []
    run = train_small(config=tmp_path / "dream.yaml", say=said.append)
    note = "phase digits: the last 13 inputs of an epoch fill no batch of 20 and are not shown"
    assert note in said
    assert [record["inputs"] for record in run.metrics()] == [1420, 2840]
    assert set(run.snapshot()[1]) == {"local.w", "top.w", "top.w_label"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            ["phases.digits.input=wander"],
            "phases.digits.input: must have labels, from which top (dreamflow) learns; "
            "train has them where the dataset does",
        ),
        (
            ["layers.top.classes=7"],
            "layers.top.classes: must be at least 10, the number of classes of digits (got 7)",
        ),
        (["phases.digits.steps=19"], "phases.digits.steps: must fill a batch of 20 (got 19)"),
        (
            ["layers.local.grid=[9, 5]"],
            "layers.local: must have 20 units, 4 clusters of 5, one for each block (got 45)",
        ),
    ],
)
def test_what_it_cannot_learn_from_is_refused_before_training(
    settings, said, tmp_path, train_small
):
    (tmp_path / "dream.yaml").write_text(STACK)
    with pytest.raises(ConfigError) as err:
        train_small(*settings, config=tmp_path / "dream.yaml")
    assert said in str(err.value)


def test_units_must_be_whole_clusters(tmp_path):
    (tmp_path / "dream.yaml").write_text(STACK)
    with pytest.raises(ConfigError) as err:
        config.load(tmp_path / "dream.yaml", ["layers.local.grid=[3, 3]"])
    assert str(err.value) == (
        "layers.local.grid=[3, 3]: layers.local.grid: must hold whole clusters of 5 units "
        "(got [3, 3])"
    )
