"""Several read-outs of one layer, told apart wherever results are shown; and those of dreamflow."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from hebb import plots
from hebb.apparatus import branched
from hebb.catalogue.contents import results, settings
from hebb.catalogue.description import describe, description_text
from hebb.catalogue.evaluation import evaluation_text
from hebb.catalogue.listing import entry as listed
from hebb.config import Experiment, dumps, load
from hebb.evaluate import evaluate
from hebb.experiment import train
from hebb.pictures.plot import plot
from hebb.readout import CLASSIFIERS, MEASURES, READOUTS, dense
from hebb.report import report
from hebb.sweep import sweep
from hebb.titles import capital, title

SHORT = ("phases.wander.steps=100", "phases.digits.steps=100")
SEVERAL = (
    "evaluate=[{classifier: softmax, layer: top, epochs: 1, name: linear}, "
    "{classifier: vote, layer: top}, {classifier: softmax, layer: top, epochs: 1, init: vote}, "
    "{classifier: vote, layer: sparse, name: below}, "
    "{measure: reconstruction, layer: sparse, input: wander, name: seen}, "
    "{measure: reconstruction, layer: sparse}]"
)


@pytest.fixture
def without_keras(monkeypatch):
    """Heads and networks that learn nothing."""
    monkeypatch.setattr(dense, "head", lambda rows, labels, kernel, *rest: kernel)
    monkeypatch.setattr(
        dense, "perceptron",
        lambda rows, labels, sizes, *rest: [
            (np.ones((sizes[0], sizes[-1]), np.float32), np.arange(sizes[-1]) == 3)
        ],
    )  # fmt: skip


@pytest.fixture
def several(train_small, without_keras):
    """A run with three classifiers on its top layer, evaluated."""
    run = train_small(*SHORT, SEVERAL, "controls=[random_weights, backprop]")
    evaluate(run, quiet=True)
    return run


def test_every_readout_stands_in_the_table_under_its_own_word():
    for word, each in READOUTS.items():
        key = "measure" if word in MEASURES else "classifier"
        spec = each.Spec(layer="a", **{key: word})
        assert spec.word == spec.label == word
        assert each.Spec(layer="a", name="b", **{key: word}).label == "b"


def test_every_control_is_a_method_of_every_classifier():
    listed = str(Experiment.model_fields["controls"].annotation)
    names = re.findall(r"'(\w+)'", listed)
    assert names == ["random_weights", "random_images", "raw_pixels", "backprop"]
    for each in CLASSIFIERS.values():
        assert all(callable(getattr(each, name)) for name in names)


def test_a_title_names_a_readout_by_word_and_by_a_name_of_its_own():
    vote = {"classifier": "vote", "layer": "top"}
    measure = {"measure": "reconstruction", "layer": "top", "input": "train"}
    for result, said in (
        (vote, "vote of top"),
        (vote | {"label": "vote"}, "vote of top"),
        (vote | {"classifier": "dreamflow"}, "DreamFlow of top"),
        (vote | {"label": "mine"}, "vote (mine) of top"),
        (measure, "reconstruction error of top on train"),
        (measure | {"label": "seen"}, "reconstruction error (seen) of top on train"),
    ):
        assert title(result) == said
    assert capital("vote of top") == "Vote of top"
    assert capital("vote (mine) of top") == "Vote (mine) of top"


def test_results_carry_labels_in_the_order_of_the_experiment(several):
    found = several.read_json("eval.json")["results"]
    assert [(each["layer"], each["label"]) for each in found] == [
        ("top", "linear"), ("top", "vote"), ("top", "softmax"), ("sparse", "below"),
        ("sparse", "seen"), ("sparse", "reconstruction"),
    ]  # fmt: skip
    linear, vote, softmax = found[:3]
    assert linear["classifier"] == softmax["classifier"] == "softmax"
    assert "training_accuracy" in linear
    assert "never_won" not in linear
    assert {"never_won", "unit_class", "unit_wins"} <= vote.keys()
    # The network without_keras says 3 whatever it is shown.
    assert {each["controls"]["backprop"]["accuracy"] for each in found[:4]} == {37 / 364}
    assert "softmax (linear) of top" in (several.path / "log.txt").read_text()


def test_two_heads_on_one_layer_begin_alike(several):
    head = "{classifier: softmax, layer: top, epochs: 1"
    twice = f"evaluate=[{head}, name: one}}, {head}, name: other}}]"
    several.write_text("config.yaml", dumps(load(several.path / "config.yaml", [twice])))
    one, other = evaluate(several, quiet=True)["results"]
    assert one | {"label": ""} == other | {"label": ""}


def test_the_text_of_an_evaluation_remarks_on_a_unit_that_won_nearly_all(several):
    found = several.read_json("eval.json")
    vote = found["results"][1]
    vote["unit_wins"] = [10] * vote["units"]
    well = evaluation_text(found)
    vote["unit_wins"] = [980, *[0] * (vote["units"] - 2), 20]
    said = f"One unit of {vote['units']} in top has 98 % of all wins on training images."
    assert evaluation_text(found) == f"{well}\n\n{said}"


def test_the_text_of_an_evaluation_counts_answers_without_a_class_where_there_is_one(several):
    found = several.read_json("eval.json")
    for each in found["results"]:
        if "confusion" in each:
            each["confusion"] = [[*row[:-1], 0] for row in each["confusion"]]
    assert not re.search(r"true .* said .* none", evaluation_text(found))
    found["results"][0]["confusion"][2][-1] = 77
    heads = re.findall(r"true .* said .* none", text := evaluation_text(found))
    assert len(heads) == 1 and re.search(r"^ +2 .* 77 +[\d.]+ %$", text, re.MULTILINE)


def test_the_text_of_an_evaluation_shows_each(several):
    found = several.read_json("eval.json")
    text = evaluation_text(found)
    linear = found["results"][0]
    lines = text.splitlines()
    assert re.fullmatch(rf"softmax \(linear\) of top +{100 * linear['accuracy']:.2f} %", lines[2])
    trained = 100 * linear["training_accuracy"]
    assert re.fullmatch(rf"  on training images +{trained:.2f} %", lines[3])
    assert re.fullmatch(r"  random_weights +[\d.]+ %   lift [+-][\d.]+", lines[4])
    assert re.fullmatch(r"  backprop +10.16 %   lift [+-][\d.]+", lines[5])
    assert text.count("never won: ") == 2
    assert text.count("true \\ said") == 4
    assert "\nreconstruction error (seen) of sparse on wander: 0." in text


def test_listings_and_comparisons_show_each(several, hebb, tmp_path):
    first, vote, *_ = several.read_json("eval.json")["results"]
    entry = listed(several)
    assert (entry.accuracy, entry.lift) == (
        first["accuracy"], first["controls"]["random_weights"]["lift"]
    )  # fmt: skip
    shown = description_text(describe(several), 10_000)
    head = f"softmax (linear) of top: {100 * first['accuracy']:.2f} %"
    assert f"{head} ({100 * first['training_accuracy']:.2f} % of training images) beside" in shown
    assert f"  vote of top: {100 * vote['accuracy']:.2f} % beside random_weights" in shown
    other = shutil.copytree(several.path, tmp_path / "other")
    code, out, _ = hebb("compare", several.path, other, "--json")
    assert code == 0
    told = json.loads(out)["results"]
    assert told["accuracy.linear.top"] == [first["accuracy"]] * 2
    assert told["accuracy.linear.top.training"] == [first["training_accuracy"]] * 2
    assert told["accuracy.softmax.top.backprop"] == [37 / 364] * 2
    assert told["accuracy.vote.top"] == [vote["accuracy"]] * 2
    assert {"reconstruction_error.sparse.wander.seen", "reconstruction_error.sparse.train"} <= (
        told.keys()
    )


def test_settings_of_readouts_are_told_by_name_or_number(several, train_small):
    found = settings(several)
    assert found["evaluate.linear.classifier"] == "softmax"
    assert found["evaluate.1.classifier"] == "vote"
    assert found["evaluate.below.layer"] == "sparse"
    assert found["evaluate.2.init"] == "vote"
    twice = "[{classifier: vote, layer: top, name: v}, {classifier: vote, layer: sparse, name: v}]"
    found = settings(train_small(*SHORT, f"evaluate={twice}"))
    assert found["evaluate"] == ["v", "v"]
    assert found["evaluate.v.layer"] == "top"
    assert found["evaluate.1.layer"] == "sparse"


def test_weights_of_another_run_are_first_weights_wherever_a_result_is_shown(
    finished, train_small, monkeypatch
):
    begun = branched(load(finished.path / "config.yaml", SHORT), str(finished.path), Path())
    run = train(begun, runs_dir=finished.path.parent, id="begun", quiet=True, say=str)
    found = evaluate(run, quiet=True)
    assert {each["first_weights"] for each in found["results"][:2]} == {"given"}
    assert "random_weights" in found["results"][0]["controls"]
    bars = {}
    monkeypatch.setattr(plots, "accuracy", lambda path, **how: bars.update({path.name: how}))
    list(plot(run, names=["accuracy_*"]))
    assert next(iter(bars["accuracy_top.png"]["controls"])) == "first weights"
    for text, said in (
        (evaluation_text(found), "\n  first weights     "),
        (description_text(describe(run), 10_000), " % beside first weights "),
        (report([run]).read_text(encoding="utf-8"), ">first weights</th>"),
    ):
        assert said in text
        settings_apart = text.replace("[random_weights, ", "")
        assert not re.search("random.weights", settings_apart)
    shutil.rmtree(run.path)


def test_one_layer_that_was_given_its_weights_is_enough(train_small, finished):
    given = f"layers.sparse.init={{run: {finished.path}}}"
    for setting, said in ((given, "given"), (given.replace("sparse", "top", 1), "random")):
        run = train_small(*SHORT, setting, "controls=[]")
        assert evaluate(run, quiet=True)["results"][0]["first_weights"] == said


def test_a_run_of_before_there_were_labels_is_shown_as_ever(copied, hebb):
    found = copied.read_json("eval.json")
    for each in found["results"]:
        del each["label"]
    copied.write_json("eval.json", found)
    assert [each["label"] for each in results(copied)] == ["vote", "vote", "reconstruction"]
    code, out, _ = hebb("show", copied.path)
    assert code == 0
    assert "vote of sparse: " in out
    assert {"confusion_top.png", "accuracy_sparse.png"} <= {path.name for path in plot(copied)}


def test_pictures_are_called_after_the_layer_and_where_it_has_several_the_label(
    several, monkeypatch
):
    drawn = {}
    for name in plots.__all__:
        monkeypatch.setattr(plots, name, lambda path, *args, **how: drawn.update({path.name: how}))
    list(plot(several))
    assert {name for name in drawn if name.startswith(("confusion", "accuracy"))} == {
        f"{what}_{of}.png"
        for what in ("confusion", "accuracy")
        for of in ("top_linear", "top_vote", "top_softmax", "sparse")
    }
    linear, vote, *_ = several.read_json("eval.json")["results"]
    right = f"{100 * linear['accuracy']:.2f} % right"
    assert drawn["confusion_top_linear.png"]["title"] == f"Softmax (linear) of top: {right}"
    assert drawn["accuracy_top_softmax.png"]["title"].startswith("Softmax of top beside its ")
    assert list(drawn["accuracy_top_vote.png"]["controls"]) == ["random_weights", "backprop"]
    assert drawn["weights_top.png"]["wins"].tolist() == vote["unit_wins"]


def test_without_a_vote_no_unit_is_marked(train_small, without_keras, monkeypatch):
    run = train_small(*SHORT, "evaluate=[{classifier: softmax, layer: top}]", "controls=[]")
    evaluate(run, quiet=True)
    drawn = {}
    for name in plots.__all__:
        monkeypatch.setattr(plots, name, lambda path, *args, **how: drawn.update({path.name: how}))
    list(plot(run))
    assert drawn["weights_top.png"]["wins"] is None
    assert "confusion_top.png" in drawn


def test_a_sweep_is_judged_by_the_first_classifier(small, tmp_path, without_keras):
    import hebb.sweep as sweeps

    request = sweeps._Request.of(str(small), [SEVERAL], None, None, tmp_path)
    assert request.judged == "Accuracy of the softmax (linear) of top on test images"
    evaluation = SEVERAL.replace("{classifier: softmax, layer: top, epochs: 1, name: linear}, ", "")
    evaluation = evaluation.replace(
        "{classifier: softmax, layer: top, epochs: 1, init: vote}, ", ""
    )
    done = sweep(
        small, [*SHORT, evaluation, "seed=3"], runs_dir=tmp_path, jobs=1, quiet=True,
        say=lambda line: None,
    )  # fmt: skip
    ((job, outcome),) = done.rows
    found = json.loads((done.path / job.id / "eval.json").read_text())["results"]
    assert outcome.accuracy == found[0]["accuracy"]
    assert done.judged == "Accuracy of the vote of top on test images"


# dreamflow, on a layer made by hand


DREAM = """\
name: dream
dataset: {{source: npz, path: {folder}/dream.npz}}
layers: [{{name: top, rule: dreamflow, units: 4, xi: 0.1, classes: 3, batch: 4,
          init: {{file: {folder}/w.npz}}}}]
phases: [{{name: none, epochs: 0}}]
evaluate: [{{classifier: dreamflow, layer: top}}, {{classifier: vote, layer: top}}]
controls: [random_weights, random_images, raw_pixels, backprop]
"""
#                 unit 0 is 2; unit 1 is 0, before 1; unit 2 knows no class; unit 3 is 1
W_LABEL = np.array([[0, 0.1, 0.2], [0.5, 0.5, 0], [0, 0, 0], [0, 9, 0]])


@pytest.fixture
def dream(tmp_path):
    eye, blank = np.eye(4), np.zeros(4)
    np.savez(
        tmp_path / "dream.npz",
        x_train=np.array([eye[0], eye[1], eye[3], eye[3]]), y_train=np.array([0, 1, 2, 2]),
        x_test=np.array([eye[0], eye[1], eye[2], eye[3], blank]),
        y_test=np.array([2, 0, 0, 0, 1]),
    )  # fmt: skip
    np.savez(tmp_path / "w.npz", w=eye, w_label=W_LABEL)
    path = tmp_path / "dream.yaml"
    path.write_text(DREAM.format(folder=tmp_path))
    return path


def test_a_winner_says_what_it_has_learned_of_labels(dream, train_small, without_keras):
    dreamed, vote = evaluate(train_small(config=dream), quiet=True)["results"]
    assert dreamed["confusion"] == [[1, 1, 0, 1], [0, 0, 0, 1], [0, 0, 1, 0]]
    assert (dreamed["classifier"], dreamed["label"], dreamed["units"]) == (
        "dreamflow", "dreamflow", 4
    )  # fmt: skip
    assert dreamed["accuracy"] == 2 / 5
    assert "never_won" not in dreamed
    assert dreamed["controls"]["random_weights"] == {"accuracy": 2 / 5, "lift": 0}
    assert vote["confusion"] == [[0, 1, 1, 1], [0, 0, 0, 1], [1, 0, 0, 0]]
    for name in ("random_images", "raw_pixels", "backprop"):
        theirs = dreamed["controls"][name]["accuracy"]
        assert theirs == vote["controls"][name]["accuracy"]


def test_controls_of_dreamflow_that_are_read_by_a_vote_say_so(
    dream, train_small, without_keras, tmp_path
):
    import hebb.sweep as sweeps

    run = train_small(config=dream)
    lines = evaluation_text(evaluate(run, quiet=True)).splitlines()
    dreamed = lines[lines.index("DreamFlow of top           40.00 %") :]
    assert [line.split("  ")[1] for line in dreamed[1:5]] == [
        "first weights", "random_images (vote)", "raw_pixels (vote)", "backprop",
    ]  # fmt: skip
    voted = lines[lines.index("vote of top                 0.00 %") :]
    assert [line.split("  ")[1] for line in voted[1:5]] == [
        "first weights", "random_images", "raw_pixels", "backprop",
    ]  # fmt: skip
    request = sweeps._Request.of(str(dream), ["seed=3"], None, None, tmp_path)
    assert request.judged == (
        "Accuracy of the DreamFlow of top on test images (random_images and raw_pixels: of a vote)"
    )


def test_random_weights_know_the_first_labels(dream, train_small, without_keras, tmp_path):
    run = train_small("controls=[random_weights]", config=dream)
    run.save_snapshot(100, {"top.w": np.eye(4), "top.w_label": W_LABEL[::-1]})
    result = evaluate(run, quiet=True)["results"][0]
    # Now unit 0 is 1, unit 1 knows no class, unit 2 is 0 and unit 3 is 2.
    assert result["confusion"] == [[1, 0, 1, 1], [0, 0, 0, 1], [0, 1, 0, 0]]
    assert result["controls"]["random_weights"]["accuracy"] == 2 / 5


def test_classes_that_the_dataset_does_not_have_are_not_said(dream, train_small, tmp_path):
    beyond = np.array([[0, 0], [0.9, 0], [0, 7], [0, 10]])  # a winner's largest, but for unit 0
    np.savez(tmp_path / "w.npz", w=np.eye(4), w_label=np.hstack([W_LABEL, beyond]))
    run = train_small("layers.top.classes=5", "controls=[]", config=dream)
    result = evaluate(run, quiet=True)["results"][0]
    assert result["confusion"] == [[1, 1, 0, 1], [0, 0, 0, 1], [0, 0, 1, 0]]
