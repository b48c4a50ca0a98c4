"""`import hebb`: load, run, open, and what an opened run gives."""

import io
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import yaml
from PIL import Image

import hebb
from hebb.config import Experiment
from hebb.data import Feed
from hebb.errors import UsageError
from hebb.pictures.plot import plot
from hebb.training import loop


@pytest.fixture(scope="module")
def opened(finished):
    return hebb.open(finished.path)


def told(call, *args, **how):
    with pytest.raises(UsageError) as err:
        call(*args, **how)
    return str(err.value)


def test_importing_hebb_imports_nothing_heavy():
    code = (
        "import sys, hebb\n"
        "heavy = {'numpy', 'numba', 'pydantic', 'yaml', 'matplotlib', 'tensorflow', 'tqdm'}\n"
        "print(sorted(heavy & set(sys.modules)), {'load', 'open', 'run'} <= set(dir(hebb)))\n"
        "hebb.open\n"
        "print(sorted({'matplotlib', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[] True\n[]\n", "")


def test_a_name_that_hebb_has_not_is_told_as_python_does():
    with pytest.raises(AttributeError, match=r"^module .hebb. has no attribute .lod.$"):
        hebb.lod  # noqa: B018


def test_load_gives_an_experiment_with_settings(small):
    experiment = hebb.load(small, "layers.sparse.n_w=2", "seed=4")
    assert isinstance(experiment, Experiment)
    assert (experiment.layers[0].n_w, experiment.seed) == (2, 4)
    assert hebb.load("invariant_mnist").name == "invariant_mnist"


def test_errors_are_the_same_sentences(small):
    with pytest.raises(hebb.HebbError) as err:
        hebb.load(small, "layers.sparse.n_w=0")
    assert str(err.value) == (
        "layers.sparse.n_w=0: layers.sparse.n_w: must be at least 1 (got 0)"
    )  # fmt: skip
    assert told(hebb.open, "gone", "nowhere") == (
        "gone: no such run, neither as a path nor in nowhere"
    )


def test_run_trains_evaluates_and_opens(small, tmp_path, capsys):
    run = hebb.run(small, "phases.wander.epochs=1", runs_dir=tmp_path / "runs", quiet=True)
    assert (run.id, run.info["status"]) == ("small-001", "completed")
    assert run.evaluation["snapshot"] == run.snapshots[-1] == 500
    assert capsys.readouterr() == ("", "")
    assert hebb.open(runs_dir=tmp_path / "runs").path == run.path


def test_run_takes_an_experiment_an_id_and_the_rules_as_read(small, tmp_path, capsys):
    experiment = hebb.load(small, "phases.wander.epochs=0", "evaluate=null")
    run = hebb.run(experiment, runs_dir=tmp_path, id="mine", reference=True)
    assert (run.id, run.evaluation, run.info["reference"]) == ("mine", None, True)
    out, err = capsys.readouterr()
    assert out == "" and "data: digits from scikit-learn" in err


def test_a_run_that_was_cut_goes_on_and_is_read_out(small, finished, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(loop, "CHUNK", 30)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    rows = Feed.rows
    with pytest.MonkeyPatch.context() as patch, pytest.raises(hebb.HebbError, match="interrupted"):

        def stopping(self, epoch, start, stop, dtype=np.float32):
            if start == 90:
                os.kill(os.getpid(), signal.SIGINT)
            return rows(self, epoch, start, stop, dtype)

        patch.setattr(Feed, "rows", stopping)
        hebb.run(small, runs_dir=tmp_path, quiet=True)
    run = hebb.open(runs_dir=tmp_path)
    assert (run.info["status"], run.evaluation) == ("interrupted", None)
    assert run.resume(quiet=True) is run
    assert run.evaluation == hebb.open(finished.path).evaluation
    assert capsys.readouterr() == ("", "")
    assert told(run.resume) == f"{run.path}: is complete; `hebb eval` and `hebb plot` read it out"


def test_a_run_that_was_killed_says_so(copied):
    copied.note(status="running")
    run = hebb.open(copied.path)
    assert (run.status, repr(run).split()[2]) == ("killed", "killed")
    with copied.held():
        assert run.status == "running"


def test_a_run_begins_with_the_weights_of_another(small, finished, tmp_path):
    parent, short = hebb.open(finished.path), ("phases.digits=null", "phases.wander.epochs=0")
    run = hebb.run(small, *short, runs_dir=tmp_path, quiet=True, start=f"{parent.path}@300")
    np.testing.assert_array_equal(run.weights("sparse"), parent.weights("sparse", 300))
    assert told(hebb.run, small, runs_dir=tmp_path, start="gone") == (
        f"gone: no such run, neither as a path nor in {tmp_path}"
    )


def test_settings_beside_an_experiment_are_refused(small):
    assert told(hebb.run, hebb.load(small), "seed=1") == (
        "seed=1: settings are laid over a file, before it is checked; "
        "give them to hebb.load, or give hebb.run the file"
    )


def test_a_run_opened_says_what_it_is(opened, copied):
    accuracy = opened.evaluation["results"][1]["accuracy"]
    text = repr(opened)
    start = f"<run {opened.path}: completed · 800 inputs · sparse, invariant, top · vote of sparse "
    assert text.startswith(start)
    assert text.endswith(f"vote of top {100 * accuracy:.2f} %>")
    (copied.path / "eval.json").unlink()
    for path in copied.snapshots().values():
        path.unlink()
    assert repr(hebb.open(copied.path)) == (
        f"<run {copied.path}: completed · sparse, invariant, top>"
    )


def test_a_run_opened_holds_what_its_files_hold(opened, finished):
    assert opened.experiment.name == "small"
    assert opened.metrics == finished.metrics()
    assert opened.evaluation == finished.read_json("eval.json")
    assert opened.snapshots == [0, 300, 600, 800]
    assert opened.info == finished.info()


def test_weights_and_arrays_are_those_of_a_snapshot(opened, finished):
    for which in ("first", "last", 300):
        arrays = finished.snapshot(which)[1]
        np.testing.assert_array_equal(opened.weights("sparse", which), arrays["sparse.w"])
        assert opened.arrays(which).keys() == arrays.keys()
    assert opened.weights().shape == (12, 9)


def test_the_dataset_is_the_one_it_was_trained_on(opened):
    data = opened.dataset()
    assert (data.source, data.train.shape, len(data.train_labels)) == ("digits", (8, 8), 1433)


def test_answers_of_a_layer_are_those_of_the_stack(opened):
    data = opened.dataset()
    answers = opened.answers(data.test)
    assert answers.shape == (len(data.test), 12)
    assert answers.dtype == np.float32
    x = data.test.rows(slice(None))
    np.testing.assert_array_equal(opened.answers(x), answers)  # (T, D)
    np.testing.assert_array_equal(opened.answers(x.reshape(-1, 8, 8)), answers)  # (T, H, W)
    sparse = opened.answers(x, "sparse")
    assert sparse.shape == (len(x), 20)
    top = opened.answers(x, "top", "first")
    assert not np.array_equal(top, answers)


def test_bytes_are_scaled_to_intensities(opened):
    x = np.random.default_rng(0).integers(0, 256, (5, 8, 8), dtype=np.uint8)
    floats = x.astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(opened.answers(x), opened.answers(floats))


@pytest.mark.parametrize("ask", ["answers", "winners"])
def test_floats_of_0_to_255_are_warned_of(opened, ask):
    x = np.random.default_rng(0).integers(0, 256, (5, 8, 8)).astype(np.float32)
    with pytest.warns(UserWarning) as warned:
        getattr(opened, ask)(x)
    assert [str(each.message) for each in warned] == [
        f"images: hold values up to {x.max():g}, and the run was trained on values in [0, 1]; "
        "floats are taken as they are: divide them by 255, or give unsigned bytes, "
        "images.astype(np.uint8), which are scaled"
    ]
    assert warned[0].filename == __file__
    getattr(opened, ask)(x / 51)  # a strong contrast is nobody's mistake; a warning fails the test


def test_a_run_that_was_trained_on_other_values_is_asked_with_others(train_small, tmp_path):
    x = np.random.default_rng(0).uniform(0, 255, (60, 64)).astype(np.float32)
    np.savez(tmp_path / "x.npz", x_train=x)
    data = f"dataset={{source: npz, path: {tmp_path / 'x.npz'}}}"
    run = train_small(data, "streams=null", "phases.wander=null", "evaluate=[]", "dtype=float64",
                      "phases.digits.steps=10")  # fmt: skip
    assert hebb.open(run.path).answers(x).shape == (60, 12)


def test_blocks_of_images_change_nothing(opened, monkeypatch):
    x = opened.dataset().test
    whole = opened.answers(x)
    monkeypatch.setattr("hebb.interface.opened_run.BLOCK", 7)
    np.testing.assert_array_equal(opened.answers(x), whole)


def test_a_blank_image_has_no_winner_and_no_class(opened):
    blank = np.zeros((2, 8, 8))
    assert opened.winners(blank).tolist() == [-1, -1]
    assert opened.classes(blank).tolist() == [-1, -1]


@pytest.mark.parametrize("layer", ["sparse", "top"])
def test_classes_are_those_of_the_vote_that_was_evaluated(layer, opened):
    data = opened.dataset()
    (vote,) = [each for each in opened.evaluation["results"]
               if each["layer"] == layer and "classifier" in each]  # fmt: skip
    right = (opened.classes(data.test, layer) == data.test_labels).mean()
    assert right == vote["accuracy"]


def test_classes_by_several_clusters_are_those_of_their_vote(tmp_path):
    layer = {"name": "parts", "rule": "local_wta", "units": 12, "per_cluster": 3, "xi": 0.05}
    config = {
        "name": "parts",
        "dataset": {"source": "digits"},
        "layers": [layer | {"batch": 20, "blocks": {"size": 4}}],
        "phases": [{"name": "p", "steps": 400}],
        "evaluate": [{"classifier": "vote", "layer": "parts"}],
    }
    (tmp_path / "parts.yaml").write_text(yaml.safe_dump(config))
    run = hebb.run(tmp_path / "parts.yaml", runs_dir=tmp_path / "runs", quiet=True)
    data = run.dataset()
    assert run.winners(data.test).shape == (len(data.test), 4)
    right = (run.classes(data.test) == data.test_labels).mean()
    assert right == run.evaluation["results"][0]["accuracy"]


def test_classes_of_other_weights_need_a_vote_of_those(copied):
    run, path = hebb.open(copied.path), copied.path
    x = run.dataset().test
    asks = "`evaluate: [{classifier: vote, layer: top}]` asks for it"
    cure = f"{asks}, and .evaluate(SNAPSHOT) counts it"
    assert told(run.classes, x, snapshot=300) == (
        f"{path}: has no vote of top at its snapshot 300, it has none; {cure}"
    )
    found = run.evaluate(300)
    right = (run.classes(x, snapshot=300) == run.dataset().test_labels).mean()
    assert right == found["results"][1]["accuracy"]
    assert told(run.classes, x, "invariant") == (
        f"{path}: has no vote of invariant at its snapshot last, it has one of sparse, top; "
        f"{cure.replace('top', 'invariant')}"
    )


def test_an_evaluation_of_weights_that_are_no_longer_the_last_is_none(copied):
    run, x = hebb.open(copied.path), np.zeros((1, 8, 8))
    copied.write_json("eval.json", copied.read_json("eval.json") | {"snapshot": 600})
    assert run.evaluation is None
    assert "vote of" not in repr(run)
    assert told(run.classes, x).startswith(
        f"{copied.path}: has no vote of top at its snapshot last, it has none; "
    )
    copied.write_json("eval.json", [])
    text = f"{copied.path / 'eval.json'}: is not an evaluation"
    assert told(lambda: run.evaluation) == told(run.classes, x) == text


def test_an_unknown_layer_is_told(opened):
    text = f"{opened.path}: has no layer tpo; did you mean top? Known: sparse, invariant, top"
    for method in (opened.weights, opened.tapestry, opened.fields, opened.confusion):
        assert told(method, "tpo") == text
    assert told(opened.answers, np.zeros((1, 64)), "tpo") == text


def test_images_of_another_size_are_told(opened):
    assert told(opened.answers, np.zeros((3, 28, 28))) == (
        "images: must have 64 values each, 8 x 8 (got 784, 28 x 28); a single image is images[None]"
    )
    assert told(opened.winners, np.zeros((8, 8))) == (
        "images: must have 64 values each, 8 x 8 (got 8, 1 x 8); a single image is images[None]"
    )
    assert told(opened.answers, np.zeros((3, 64), dtype=np.int64)) == (
        "images: must be unsigned bytes or floats (got int64)"
    )


def test_no_images_at_all_are_told(opened):
    none = "images: must not be empty (got shape (0, 8, 8))"
    for images in (np.zeros((0, 8, 8)), opened.dataset().test[:0]):
        assert told(opened.answers, images) == told(opened.winners, images) == none


def test_pictures_are_those_of_hebb_plot(copied, tmp_path):
    list(plot(copied))
    opened = hebb.open(copied.path)
    drawn = {
        "weights_top": opened.tapestry(),
        "weights_sparse": opened.tapestry("sparse"),
        "fields_top": opened.fields("top"),
        "curves": opened.curves(),
        "confusion_sparse": opened.confusion("sparse"),
        "accuracy_top": opened.picture("accuracy_top"),
    }
    for name, picture in drawn.items():
        png = (copied.path / "plots" / f"{name}.png").read_bytes()
        assert picture._repr_png_() == png
        assert picture.save(tmp_path / f"{name}.png").read_bytes() == png
        size = f"a PNG of {len(png):,} bytes; .save(PATH) writes it"
        assert repr(picture) == f"<picture {name}: {size}>"


def test_fields_of_the_first_layer_are_its_weights(opened):
    assert opened.fields("sparse")._repr_png_() == opened.tapestry("sparse")._repr_png_()


def test_pictures_of_other_weights_differ(opened):
    first = opened.tapestry("top", "first")._repr_png_()
    assert first != opened.tapestry("top")._repr_png_()
    with Image.open(io.BytesIO(first)) as picture:
        picture.verify()


def test_looking_at_pictures_leaves_the_run_as_it_is(copied):
    before = {path: path.stat().st_mtime_ns for path in copied.path.rglob("*")}
    run = hebb.open(copied.path)
    run.tapestry(snapshot=300)
    run.curves()
    assert {path: path.stat().st_mtime_ns for path in copied.path.rglob("*")} == before


def test_a_picture_that_there_is_not_is_told(copied):
    (copied.path / "eval.json").unlink()
    run = hebb.open(copied.path)
    assert told(run.picture, "curve") == (
        f"{copied.path}: there is no picture curve of it; did you mean curves? Known: "
        "weights_sparse, "
        "weights_invariant, fields_invariant, weights_top, fields_top, coverage_sparse, "
        "neighbours_sparse, curves, stream_train, stream_wander, coverage_invariant, "
        "coverage_top, winners_sparse, winners_invariant, winners_top"
    )
    assert told(run.confusion) == (
        f"{copied.path}: the picture confusion_top is of what classifiers came to, and these "
        "weights, after 800 inputs, were not read out; "
        f"first hebb eval {copied.path} --snapshot 800"
    )


def test_a_picture_that_cannot_be_written_is_told(opened, tmp_path):
    path = tmp_path / "new" / "a.png"
    assert opened.tapestry().save(path).is_file()
    assert told(opened.tapestry().save, path / "a.png") == (
        f"{path}: cannot be a folder, since it is no folder; choose another place"
    )


def test_a_picture_is_not_written_under_the_name_of_another_kind(opened, tmp_path):
    picture, must = opened.tapestry(), "must end in .png, as the picture is one"
    for name, cure in (("a.jpg", "choose another name"), ("a.svg", "draw it with format='svg'")):
        assert told(picture.save, tmp_path / name) == f"{tmp_path / name}: {must}; {cure}"
        assert not (tmp_path / name).exists()
    assert picture.save(tmp_path / "plain").exists()


def test_several_classifiers_of_a_layer_are_told_apart_by_their_labels(copied):
    found = copied.read_json("eval.json")
    found["results"].append(found["results"][1] | {"label": "again"})
    run = hebb.open(copied.path)
    assert run.confusion("top", label="vote").name == "confusion_top"  # its only one yet
    assert told(run.confusion, "top", label="again").partition("; ")[0] == (
        f"{copied.path}: there is no picture confusion_top_again of it"
    )
    copied.write_json("eval.json", found)
    assert "vote of top" in repr(run) and "vote (again) of top" in repr(run)
    assert run.confusion("top", label="again").name == "confusion_top_again"
    assert told(run.confusion, "top").partition("; ")[0] == (
        f"{copied.path}: there is no picture confusion_top of it"
    )


def test_a_picture_can_be_dark_finer_and_an_svg(opened):
    plain, dark = opened.curves(), opened.curves(style="dark", dpi=300)
    with Image.open(io.BytesIO(plain.data)) as one, Image.open(io.BytesIO(dark.data)) as other:
        assert other.size == tuple(2 * side for side in one.size)
        assert one.getpixel((0, 0)) != other.getpixel((0, 0))
    svg = opened.confusion("top", format="svg")
    assert svg._repr_png_() is None and svg._repr_svg_().startswith("<?xml")
    assert plain._repr_svg_() is None
    assert repr(svg).startswith("<picture confusion_top: an SVG of ")
    assert opened.curves()._repr_png_() == plain.data


def test_weights_can_be_drawn_on_a_scale_of_their_own(opened):
    assert opened.tapestry("top", scale="unit").data != opened.tapestry("top", scale="shared").data


def test_a_unit_can_be_looked_at(opened):
    picture = opened.unit("sparse", 4)
    assert picture.name == "unit_sparse_4"
    with Image.open(io.BytesIO(picture.data)) as drawn:
        drawn.verify()


@pytest.mark.parametrize("number", [-1, 20])
def test_a_unit_that_there_is_not_is_told(number, opened):
    assert told(opened.unit, "sparse", number) == (
        f"{opened.path}: layer sparse has units 0 to 19 (got {number})"
    )


def test_a_look_that_there_is_not_is_told(opened):
    assert told(opened.curves, style="blue") == "--style: must be one of light, dark (got blue)"
