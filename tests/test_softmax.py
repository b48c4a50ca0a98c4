"""The read-out `softmax` and its controls: by hand, against plain NumPy, and with Keras."""

import json
import os
import random
import re
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from helpers import refused

from hebb import config, draws
from hebb.data import load as load_data
from hebb.errors import HebbError, UsageError
from hebb.evaluate import evaluate, reopen
from hebb.readout import controls, dense, softmax
from hebb.readout.dense import Descent
from hebb.readout.rows import unit_length
from hebb.readout.vote import Vote

SHORT = ("phases.wander.steps=100", "phases.digits.steps=100")
HEAD = "{classifier: softmax, layer: top, epochs: 2, batch: 64}"


@pytest.fixture(autouse=True)
def without_a_word(caplog):
    """TensorFlow has nothing to log, however many heads are learned one after the other."""
    yield
    assert not caplog.get_records("call")


def head_of(**keys):
    extra = "".join(f", {key}: {value}" for key, value in keys.items())
    return f"evaluate=[{HEAD[:-1]}{extra}}}]"


def some(rows=50, inputs=6, classes=4):
    rng = np.random.default_rng(3)
    return rng.random((rows, inputs), np.float32), rng.integers(0, classes, rows)


# The head, against plain NumPy


def adam(x, labels, kernel, descent):
    """A softmax regression by Adam, every step on all rows: Kingma & Ba (2015), Algorithm 1."""
    x, w = x.astype(float), kernel.astype(float)
    m = v = 0.0
    for t in range(1, descent.epochs + 1):
        z = x @ w
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        g = x.T @ (p - np.eye(w.shape[1])[labels]) / len(x)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        rate = descent.learning_rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        w = w - rate * m / (np.sqrt(v) + 1e-7)
    return w


def test_a_head_learns_what_adam_learns_in_plain_numpy():
    x, labels = some()
    kernel = np.random.default_rng(4).standard_normal((6, 4)).astype(np.float32)
    descent = Descent(epochs=20, batch=50, learning_rate=0.05)
    learned = dense.head(x, labels, kernel, descent, 0, "", True)
    assert learned.dtype == np.float32
    np.testing.assert_allclose(learned, adam(x, labels, kernel, descent), atol=2e-4)
    assert np.abs(learned - kernel).max() > 0.5


def test_each_epoch_takes_every_row_once_in_an_order_of_its_own():
    batches = dense.order(10, Descent(3, 4), 0)
    passes = [[batch.numpy().tolist() for batch in batches] for _ in range(3)]
    assert [[len(batch) for batch in one] for one in passes] == [[4, 4, 2]] * 3
    epochs = [[n for batch in one for n in batch] for one in passes]
    assert [sorted(numbers) for numbers in epochs] == [list(range(10))] * 3
    assert len({tuple(numbers) for numbers in epochs}) == 3


def test_a_perceptron_learns_what_no_head_can():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    exclusive = np.array([0, 1, 1, 0])
    descent = Descent(epochs=150, batch=4, learning_rate=0.05)
    weights = dense.perceptron(x, exclusive, (2, 16, 8, 2), descent, 1, "", True)
    shapes = [(w.shape, b.shape) for w, b in weights]
    assert shapes == [((2, 16), (16,)), ((16, 8), (8,)), ((8, 2), (2,))]
    np.testing.assert_array_equal(dense.classes(x, weights), exclusive)


def test_the_answer_of_a_perceptron_by_hand():
    hidden = np.array([[1.0, -1.0]]), np.array([0.0, 0.5])  # max(0, x), max(0, 1/2 - x)
    last = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([-1.0, 0.0])  # x - 1, max(0, 1/2 - x)
    said = dense.classes(np.array([[2.0], [0.5], [-3.0], [1.0]]), [hidden, last])
    np.testing.assert_array_equal(said, [0, 1, 1, 0])


def test_what_others_draw_is_left_alone():
    x, labels = some()
    random.seed(5)
    np.random.seed(6)  # noqa: NPY002
    expected = random.random(), np.random.random()  # noqa: NPY002
    random.seed(5)
    np.random.seed(6)  # noqa: NPY002
    dense.head(x, labels, np.zeros((6, 4), np.float32), Descent(1), 9, "", True)
    assert (random.random(), np.random.random()) == expected  # noqa: NPY002


def test_a_bar_counts_the_steps(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    x, labels = some()
    dense.head(x, labels, np.zeros((6, 4), np.float32), Descent(2, 8), 0, "top", False)
    err = capsys.readouterr().err
    assert "top: " in err
    assert "14/14" in err
    assert "loss 1." in err


def test_without_a_terminal_a_line_tells_of_the_begin_and_the_end(capsys):
    x, labels = some()
    dense.head(x, labels, np.zeros((6, 4), np.float32), Descent(2, 8), 0, "top", False)
    first, last = capsys.readouterr().err.lstrip("\r").split("\r")
    assert first.startswith("top:   0%|")
    assert re.search(r"top: 100%.* 14/14 .*, loss 1\.\d+\]\n$", last)
    dense.head(x, labels, np.zeros((6, 4), np.float32), Descent(1, 8), 0, "top", True)
    assert capsys.readouterr().err == ""


def test_another_backend_of_keras_is_refused(monkeypatch):
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    x, labels = some()
    message = refused(UsageError, dense.head, x, labels, np.zeros((6, 4)), Descent(1), 0, "", True)
    assert message == "Keras: must run on TensorFlow here (got jax); unset KERAS_BACKEND"


# What a head sees, by hand


def test_images_of_unit_length_and_blank_ones():
    x = np.array([[3.0, 4.0], [0.0, 0.0], [0.0, 2.0]], np.float32)
    scaled = unit_length(x)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, [[0.6, 0.8], [0, 0], [0, 1]], rtol=1e-6)


@pytest.mark.parametrize("rows", [4, 4001])
def test_standardized_columns_have_mean_0_and_deviation_1_and_a_constant_is_0(rows):
    column = np.arange(rows) % 4
    x = np.stack([column, np.full(rows, 0.1), 1e-20 * column], axis=1).astype(np.float32)
    before = x.astype(float)
    mean, scale = softmax.standardized(x)
    np.testing.assert_allclose(x.mean(axis=0, dtype=float), 0, atol=1e-6)
    np.testing.assert_allclose(x.std(axis=0, dtype=float), [1, 0, 1], rtol=1e-5)
    assert not x[:, 1].any()
    np.testing.assert_allclose((before - mean) * scale, x, atol=1e-5)


def test_a_kernel_from_the_vote_by_hand():
    kernel = softmax.vote_kernel(np.array([2, -1, 0]), classes=3, floor=0.25)
    expected = [[0.25, 0.25, 1], [0.25, 0.25, 0.25], [1, 0.25, 0.25]]
    np.testing.assert_array_equal(kernel, expected)


PIXELS = """\
name: pixels
dataset: {{source: npz, path: {folder}/pixels.npz}}
layers: [{{name: top, rule: mwta, units: 3, n_w: 3, xi: 0.1, init: {{file: {folder}/w.npz}}}}]
phases: [{{name: none, epochs: 0}}]
evaluate: [{{classifier: softmax, layer: top, epochs: 1}}]
controls: []
"""
W = np.array([[3.0, 4.0], [1.0, 0.0], [0.0, 0.0]])
X_TRAIN = np.array([[3.0, 4.0], [0.0, 0.0], [0.0, 2.0], [4.0, 3.0]])
X_TEST = np.array([[6.0, 8.0], [0.0, 0.0], [0.0, 1.0]])


def pixels(folder, **changes):
    held = {
        "x_train": X_TRAIN, "y_train": np.array([0, 1, 1, 2]),
        "x_test": X_TEST, "y_test": np.array([0, 1, 1]),
    }  # fmt: skip
    np.savez(folder / "pixels.npz", **(held | changes))
    np.savez(folder / "w.npz", w=W)
    path = folder / "pixels.yaml"
    path.write_text(PIXELS.format(folder=folder))
    return path


class Heads:
    """In place of Keras: heads that learn nothing, and what they were given."""

    def __init__(self, monkeypatch, learned=lambda kernel: kernel):
        self.given, self.learned = [], learned
        monkeypatch.setattr(dense, "head", self.head)
        monkeypatch.setattr(dense, "perceptron", self.perceptron)

    def head(self, x, labels, kernel, descent, seed, what, quiet):
        self.given.append({"x": x.copy(), "kernel": kernel, "descent": descent, "seed": seed,
                           "what": what})  # fmt: skip
        return self.learned(kernel)

    def perceptron(self, x, labels, sizes, descent, seed, what, quiet):
        self.given.append({"sizes": sizes, "descent": descent, "seed": seed, "what": what})
        return [(np.zeros(pair, np.float32), np.zeros(pair[1], np.float32))
                for pair in pairwise(sizes)]  # fmt: skip


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ("{}", [[25, 3, 0], [0, 0, 0], [8, 0, 0], [24, 4, 0]]),
        ("{unit_inputs: true}", [[5, 0.6, 0], [0, 0, 0], [4, 0, 0], [4.8, 0.8, 0]]),
        ("{unit_weights: true}", [[5, 3, 0], [0, 0, 0], [1.6, 0, 0], [4.8, 4, 0]]),
        ("{power: 0.5}", [[5, 3**0.5, 0], [0, 0, 0], [8**0.5, 0, 0], [24**0.5, 2, 0]]),
        (
            "{unit_inputs: true, unit_weights: true, power: 2}",
            [[1, 0.36, 0], [0, 0, 0], [0.64, 0, 0], [0.9216, 0.64, 0]],
        ),
        (
            "{unit_weights: true, power: 2, standardize: true}",
            [[25, 9, 0], [0, 0, 0], [2.56, 0, 0], [23.04, 16, 0]],
        ),
    ],
)
def test_features_by_hand(features, expected, train_small, tmp_path, monkeypatch):
    heads = Heads(monkeypatch)
    run = train_small(f"evaluate.0.features={features}", config=pixels(tmp_path))
    result = evaluate(run, quiet=True)["results"][0]
    expected = np.array(expected, float)
    mean, deviation = expected.mean(axis=0), expected.std(axis=0)
    tested = np.array(X_TEST) @ W.T
    if "standardize" in features:
        expected = (expected - mean) / np.where(deviation > 0, deviation, 1)
        tested = ((tested / [5, 1, 1]) ** 2 - mean) / np.where(deviation > 0, deviation, 1)
        said = (tested @ heads.given[0]["kernel"]).argmax(axis=1)
        assert result["accuracy"] == (said == [0, 1, 1]).mean()
    np.testing.assert_allclose(heads.given[0]["x"], expected, rtol=1e-5)
    assert heads.given[0]["x"].dtype == np.float32
    said = (expected @ heads.given[0]["kernel"]).argmax(axis=1)
    assert result["training_accuracy"] == (said == [0, 1, 1, 2]).mean()


def test_answers_below_0_are_cut_off_by_a_power_alone():
    network = softmax.Network(lambda x: x - 2, lambda x: x.argmax(axis=1), np.eye(2))
    reader = softmax.SoftmaxClassifier.__new__(softmax.SoftmaxClassifier)
    for power, expected in ((None, [[-1, 1]]), (3, [[0, 1]])):
        features = softmax.Features(power=power)
        reader.spec = softmax.SoftmaxSpec(layer="a", features=features)
        np.testing.assert_array_equal(reader._features(network)(np.array([[1.0, 3]])), expected)


def test_features_that_are_not_finite_are_refused(train_small, tmp_path):
    settings = "evaluate.0.features.power=40"
    run = train_small(settings, config=pixels(tmp_path, x_train=10 * X_TRAIN))
    assert refused(UsageError, evaluate, run, quiet=True) == (
        "softmax of top: its features are not finite in float32; lower features.power, or set "
        "features.unit_weights: true"
    )


def test_a_read_out_that_cannot_be_done_leaves_what_the_others_found(train_small, tmp_path):
    settings = (
        "evaluate=[{classifier: softmax, layer: top, epochs: 1, features: {power: 40}}, "
        "{classifier: vote, layer: top}]"
    )
    run = train_small(settings, config=pixels(tmp_path, x_train=10 * X_TRAIN))
    assert refused(HebbError, evaluate, run, quiet=True) == (
        "softmax of top: its features are not finite in float32; lower features.power, or set "
        f"features.unit_weights: true\n{run.path}/eval.json: keeps what the other read-outs have "
        "found"
    )
    assert [each["label"] for each in run.read_json("eval.json")["results"]] == ["vote"]


def test_a_head_that_diverges_says_so(train_small, tmp_path, monkeypatch):
    settings = ("evaluate.0.learning_rate=1e38", "evaluate.0.epochs=20", "controls=[raw_pixels]")
    run = train_small(*settings, "evaluate.0.name=fast", config=pixels(tmp_path))
    assert refused(UsageError, evaluate, run, quiet=True) == (
        "softmax (fast) of top: the weights of its head are no longer finite; lower learning_rate"
    )
    head = dense.head
    Heads(monkeypatch)
    kept = dense.head
    monkeypatch.setattr(
        dense, "head", lambda *given: (head if "raw_pixels" in given[5] else kept)(*given)
    )
    assert refused(UsageError, evaluate, run, quiet=True) == (
        "softmax (fast) of top: the weights of its head are no longer finite in its control "
        "raw_pixels; lower learning_rate"
    )


def test_a_backprop_that_diverges_says_so(tmp_path):
    exam = load_data(config.load(pixels(tmp_path)).dataset).exam()
    descent = Descent(20, 1, 1e38)
    with pytest.raises(FloatingPointError):
        controls.backprop(exam, (3,), 3, descent, 0, True)


def test_of_a_control_that_diverges_the_readout_and_a_cure_that_it_has_are_told(
    train_small, tmp_path, monkeypatch
):
    def diverge(*given):
        raise FloatingPointError

    Heads(monkeypatch)
    monkeypatch.setattr(dense, "perceptron", diverge)
    run = train_small("controls=[backprop]", config=pixels(tmp_path))
    text = "of top: the weights of its control backprop are no longer finite; "
    assert refused(UsageError, evaluate, run, quiet=True) == f"softmax {text}lower learning_rate"
    vote = "evaluate=[{classifier: vote, layer: top}]"
    run = train_small(vote, "controls=[backprop]", config=pixels(tmp_path))
    assert refused(UsageError, evaluate, run, quiet=True) == (
        f"vote {text}leave backprop out of controls"
    )


# The head and its controls, on a stack


def test_a_head_begins_with_the_vote_of_the_training_images(train_small, monkeypatch):
    heads = Heads(monkeypatch)
    evaluation = (
        f"evaluate=[{HEAD[:-1]}, init: vote, floor: 0.2}}, {{classifier: vote, layer: top}}]"
    )
    run = train_small(*SHORT, evaluation, "controls=[random_images]")
    _, vote = evaluate(run, quiet=True)["results"]
    expected = np.full((12, 10), 0.2, np.float32)
    for unit, voted in enumerate(vote["unit_class"]):
        if voted >= 0:
            expected[unit, voted] = 1
    assert vote["never_won"]
    np.testing.assert_array_equal(heads.given[0]["kernel"], expected)
    train = reopen(run).dataset.train
    w = controls.random_images(train, 12, seed=7)
    x = train.rows(slice(None), float)
    labels = reopen(run).dataset.train_labels
    count = Vote.count(controls.cosine_winners(x, w), labels, 12, 10)
    expected = softmax.vote_kernel(count.unit_class, 10, 0.2).astype(np.float32)
    np.testing.assert_array_equal(heads.given[1]["kernel"], expected)


def test_every_control_sees_what_it_should_through_the_same_features(train_small, monkeypatch):
    heads = Heads(monkeypatch)
    run = train_small(
        *SHORT, head_of(features="{unit_inputs: true, power: 2}", learning_rate=0.1),
        "controls=[random_weights, random_images, raw_pixels, backprop]",
    )  # fmt: skip
    result = evaluate(run, quiet=True)["results"][0]
    assert list(result["controls"]) == [
        "random_weights", "random_images", "raw_pixels", "backprop"
    ]  # fmt: skip
    apparatus = reopen(run)
    pixels = apparatus.dataset.train.rows(slice(None))
    unit = pixels / np.linalg.norm(pixels, axis=1, keepdims=True)
    phase = apparatus.experiment.phases[-1]
    expected = []
    for snapshot in ("last", "first"):
        stack = apparatus.stack_of(run.snapshot(snapshot)[1], phase)
        expected.append(stack.infer(unit, "top") ** 2)
    w = controls.random_images(apparatus.dataset.train, 12, seed=7)
    expected += [(unit @ w.T) ** 2, pixels]
    *given, backprop = heads.given
    for one, other in zip(given, expected, strict=True):
        np.testing.assert_allclose(one["x"], other, rtol=2e-5, atol=1e-12)
    assert backprop["sizes"] == (64, 20, 9, 12, 10)
    assert {each["descent"] for each in heads.given} == {Descent(2, 64, 0.1)}
    assert [each["kernel"].shape for each in given] == [(12, 10)] * 3 + [(64, 10)]
    assert len({each["seed"] for each in heads.given}) == 5  # each draws its own
    firsts = [each["kernel"][:12].tobytes() for each in given]
    assert len(set(firsts)) == 4


def test_first_weights_are_those_of_a_normal_distribution(train_small, monkeypatch):
    heads = Heads(monkeypatch)
    evaluate(train_small(*SHORT, head_of(), "controls=[raw_pixels]"), quiet=True)
    rng = draws.generator(7, "softmax", "top", "softmax")
    np.testing.assert_array_equal(
        heads.given[0]["kernel"], rng.standard_normal((12, 10)).astype(np.float32)
    )
    assert abs(heads.given[1]["kernel"].mean()) < 0.1
    assert abs(heads.given[1]["kernel"].std() - 1) < 0.1


def test_what_several_classifiers_share_is_learned_once(train_small, monkeypatch):
    heads = Heads(monkeypatch)
    other = HEAD.replace("epochs: 2", "epochs: 3, name: longer")
    more = HEAD[:-1] + ", name: more, init: vote}"
    below = HEAD.replace("top", "sparse")
    votes = "{classifier: vote, layer: top}, {classifier: vote, layer: sparse}"
    run = train_small(
        *SHORT, f"evaluate=[{HEAD}, {other}, {more}, {below}, {votes}]",
        "controls=[raw_pixels, backprop]",
    )  # fmt: skip
    evaluate(run, quiet=True)
    said = [each["what"] for each in heads.given]
    assert said.count("raw_pixels, softmax") == 2  # of 2 and of 3 epochs
    networks = [(each["sizes"][1:-1], each["descent"].epochs) for each in heads.given
                if each["what"] == "backprop"]  # fmt: skip
    assert networks == [
        ((20, 9, 12), 2), ((20, 9, 12), 3), ((20,), 2), ((20, 9, 12), 20), ((20,), 20)
    ]  # fmt: skip


def test_labels_of_the_test_images_change_nothing_that_a_head_says(
    train_small, tmp_path, monkeypatch
):
    heads, results = Heads(monkeypatch), []
    for y_test in ([0, 1, 1], [2, 4, 0]):
        run = train_small(
            "controls=[raw_pixels, backprop]", config=pixels(tmp_path, y_test=np.array(y_test))
        )
        results.append(evaluate(run, quiet=True)["results"][0])
    assert len(heads.given) == 6 and all(heads.given)
    one, other = heads.given[:3], heads.given[3:]
    for mine, yours in zip(one, other, strict=True):
        for key in mine:
            np.testing.assert_array_equal(mine[key], yours[key])
    columns = [np.sum(each["confusion"], axis=0).tolist() for each in results]
    assert columns[1] == [*columns[0][:3], 0, 0, 0]


# All of it, with Keras


@pytest.fixture(scope="module")
def headed(small, tmp_path_factory):
    """A run with a head on whatever the top layer answers."""
    from hebb.experiment import train

    settings = (*SHORT, head_of(init="vote"), "controls=[raw_pixels, backprop]")
    where = tmp_path_factory.mktemp("headed") / "runs"
    return train(config.load(small, settings), runs_dir=where, quiet=True, say=lambda line: None)


def test_two_evaluations_are_equal_to_the_bit_and_change_no_weights(headed, monkeypatch):
    kernels, head, perceptron = [], dense.head, dense.perceptron

    def learned(*given):
        kernels.append(head(*given))
        return kernels[-1]

    def learned_deep(*given):
        weights = perceptron(*given)
        kernels.extend(each for pair in weights for each in pair)
        return weights

    monkeypatch.setattr(dense, "head", learned)
    monkeypatch.setattr(dense, "perceptron", learned_deep)
    before = {path: path.read_bytes() for path in headed.snapshots().values()}
    found = [evaluate(headed, quiet=True) for _ in range(2)]
    assert found[0] == found[1]
    assert len(kernels) == 2 * (1 + 1 + 8)
    for one, other in zip(kernels[:10], kernels[10:], strict=True):
        np.testing.assert_array_equal(one, other)
    assert {path: path.read_bytes() for path in headed.snapshots().values()} == before

    result, data = found[0]["results"][0], reopen(headed).dataset
    phase = reopen(headed).experiment.phases[-1]
    stack = reopen(headed).stack_of(headed.snapshot("last")[1], phase)
    for part, labels, told in (
        (data.train, data.train_labels, result["training_accuracy"]),
        (data.test, data.test_labels, result["accuracy"]),
    ):
        said = (stack.infer(part.rows(slice(None)), "top") @ kernels[0]).argmax(axis=1)
        assert told == (said == labels).mean()
    assert result["controls"]["backprop"]["accuracy"] > 0.2
    assert np.trace(np.array(result["confusion"])) == round(result["accuracy"] * 364)


ALONE = """\
import sys
from pathlib import Path
from hebb.config import load
from hebb.evaluate import evaluate
from hebb.experiment import train
from hebb.store import Run

vote = ["evaluate=[{classifier: vote, layer: top}]", "phases.wander.steps=20"]
run = train(load(sys.argv[1], vote), runs_dir=Path(sys.argv[2]), quiet=True, say=lambda line: None)
evaluate(run, quiet=True)
print(sorted({"keras", "tensorflow"} & set(sys.modules)))
evaluate(Run(Path(sys.argv[3])), quiet=True)
print(sorted({"keras", "tensorflow"} & set(sys.modules)))
"""


def test_keras_is_imported_for_a_head_alone_without_a_word_or_a_file(headed, small, tmp_path):
    here = evaluate(headed, quiet=True)
    home = tmp_path / "keras"
    done = subprocess.run(
        [sys.executable, "-c", ALONE, small, tmp_path / "runs", headed.path],
        env=os.environ | {"KERAS_HOME": str(home)}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[]\n['keras', 'tensorflow']\n", "")
    assert not home.exists()
    assert json.loads((headed.path / "eval.json").read_text()) == here


def test_blank_images_make_no_nan(train_small, tmp_path):
    settings = "evaluate.0.features={unit_inputs: true, power: 2, standardize: true}"
    blank = np.zeros((4, 2))
    run = train_small(
        settings, "controls=[random_weights, random_images, raw_pixels, backprop]",
        config=pixels(tmp_path, x_train=blank, x_test=np.zeros((3, 2))),
    )  # fmt: skip
    result = evaluate(run, quiet=True)["results"][0]
    assert result["accuracy"] == 1 / 3  # all are said to be of class 0
    assert result["training_accuracy"] == 1 / 4


def test_networks_learn_on_one_thread_on_which_sums_have_one_order():
    threading = dense.tensorflow().config.threading
    assert threading.get_intra_op_parallelism_threads() == 1
    assert threading.get_inter_op_parallelism_threads() == 1
