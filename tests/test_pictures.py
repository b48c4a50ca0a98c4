"""Which pictures of a run are drawn, how, and where to."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from picture_names import ALL, OF_WEIGHTS, WEIGHTS
from PIL import Image

from hebb.errors import DataError, UsageError
from hebb.evaluate import evaluate, reopen
from hebb.picture_options import Look
from hebb.pictures.plot import every, listed, of_read_outs, plot
from hebb.pictures.seen import Seen
from hebb.plots.theme import DARK
from hebb.store import Run


def test_every_picture_is_a_whole_png_in_plots(finished):
    assert {path.name for path in (finished.path / "plots").iterdir()} == set(ALL)
    for path in (finished.path / "plots").iterdir():
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        with Image.open(path) as picture:
            picture.verify()
            assert min(picture.size) > 200


def test_paths_are_told_as_they_appear(copied, drawn):
    paths = list(plot(copied))
    assert sorted(path.name for path in paths) == sorted(ALL) == sorted(drawn)
    assert {path.parent for path in paths} == {copied.path / "plots"}


def test_the_same_run_draws_the_same_picture(finished, copied):
    (copied.path / "plots" / "fields_top.png").unlink()
    pictures = plot(copied)
    for path in pictures:
        if path.name == "fields_top.png":
            break
    pictures.close()
    assert path.read_bytes() == (finished.path / "plots" / path.name).read_bytes()


# Without the dataset


@pytest.fixture
def unfound(small, train_small, tmp_path):
    """A run whose dataset has been moved away, and where it was."""
    where, config = tmp_path / "x.npz", tmp_path / "own_data.yaml"
    np.savez(where, x_train=np.random.default_rng(0).random((50, 8, 8)))
    config.write_text(
        f"extends: {small}\nname: small\nevaluate: []\ndataset: {{source: npz, path: x.npz}}"
    )
    run = train_small(config=config)
    where.rename(tmp_path / "moved.npz")
    return run, where


def test_what_there_is_to_draw_is_listed_without_the_dataset(unfound, finished):
    run, _ = unfound
    names = list(listed(run))
    assert {"weights_top", "curves", "stream_wander"} < set(names)
    assert [name for name in listed(finished) if name in names] == names


def test_only_pictures_of_images_need_the_dataset_and_say_how_to_get_it_back(unfound, drawn):
    run, where = unfound
    said = (
        f"{run.path}: was trained on npz from {where}, which cannot be had now ({where}: cannot be "
        f"read: No such file or directory); to go on, put back what was at {where}"
    )
    for asked in (
        {"names": ["stream_*"]},
        {"names": ["coverage_sparse"]},
        {"units": ["top:0"]},
        {},
    ):
        with pytest.raises(DataError) as caught:
            list(plot(run, **asked))
        assert str(caught.value) == said
    assert drawn == {}
    list(plot(run, names=["weights_*", "curves"]))
    assert len(drawn) == 4


# Curves and streams


def test_curves_are_those_of_the_metrics(copied, drawn):
    list(plot(copied))
    assert drawn["curves.png"] == {
        "records": copied.metrics(),
        "title": "Training, epoch by epoch",
        "subtitle": "small-001",
        "restarts": {"wander": [], "digits": ["top"]},
    }


def test_a_run_without_an_epoch_has_no_curves(train_small, drawn):
    run = train_small("phases.wander.epochs=0", "phases.digits.epochs=0")
    names = [path.name for path in plot(run)]
    assert "curves.png" not in names
    assert set(WEIGHTS) < set(names)


def test_a_stream_is_shown_one_frame_in_five(copied, drawn):
    list(plot(copied))
    how = drawn["stream_wander.png"]
    assert list(how["numbers"]) == list(range(0, 120, 5))
    rows = reopen(copied).inputs["wander"].rows(slice(0, 120, 5))
    np.testing.assert_array_equal(how["frames"], rows)
    assert how["shape"] == (8, 8)
    assert how["title"] == "The stream wander, one frame in 5"
    assert how["subtitle"] == "small-001"


def test_shuffled_images_are_shown_in_the_order_of_their_phase(copied, drawn):
    list(plot(copied, names=["stream_train"]))
    how, apparatus = drawn["stream_train.png"], reopen(copied)
    assert how["numbers"] == list(range(24))
    feed = apparatus.feed(apparatus.experiment.phases[1])
    np.testing.assert_array_equal(how["frames"], feed.rows(0, 0, 24))
    assert (how["frames"] != apparatus.inputs["train"].rows(slice(0, 24))).any()
    assert how["title"] == "Training images as phase digits shows them, in shuffled order"
    assert how["subtitle"] == "small-001 · numbers: places in the order of its first epoch"


def test_images_in_order_and_a_shuffled_stream_are_said_to_be_so(train_small, drawn):
    run = train_small(
        "phases.wander.order=shuffled", "phases.wander.epochs=1",
        "phases.digits.order=sequential", "phases.digits.steps=20",
    )  # fmt: skip
    list(plot(run, names=["stream_*"]))
    train, wander = drawn["stream_train.png"], drawn["stream_wander.png"]
    assert train["title"] == "Training images as phase digits shows them"
    images = reopen(run).inputs["train"].rows(slice(0, 20))  # no more than the phase shows
    np.testing.assert_array_equal(train["frames"], images)
    assert wander["title"] == "Frames of wander as phase wander shows them, in shuffled order"
    assert wander["numbers"] == list(range(24))


def test_a_stream_that_no_phase_shows_is_not_drawn(train_small, drawn):
    run = train_small("phases.wander=null", "phases.digits.steps=20")
    names = [path.name for path in plot(run)]
    assert "stream_train.png" in names
    assert "stream_wander.png" not in names


def test_an_unknown_snapshot_is_refused(copied, drawn):
    with pytest.raises(UsageError) as caught:
        list(plot(copied, "17"))
    assert str(caught.value) == (
        f"{copied.path}: has no snapshot 17; it has first, last, 0, 300, 600, 800"
    )
    assert drawn == {}


def test_a_run_is_drawn_where_it_was_moved_to(copied, drawn, tmp_path):
    moved = Run(copied.path.rename(tmp_path / "renamed"))
    list(plot(moved))
    assert drawn["curves.png"]["subtitle"] == "renamed"


# What is drawn, how, and where to


def test_pictures_are_chosen_by_name_and_those_on_request_only_so(copied, drawn):
    for stale in (copied.path / "plots").iterdir():
        stale.unlink()
    list(plot(copied, names=["curves", "weights_*"]))
    names = {"curves.png", "weights_sparse.png", "weights_invariant.png", "weights_top.png"}
    assert set(drawn) == names
    assert listed_names(copied, on_request=False) == [path[:-4] for path in ALL]
    assert set(listed_names(copied, on_request=True)) == {
        "by_wins_sparse", "by_wins_top", "coverage_invariant", "coverage_top",
        "winners_sparse", "winners_invariant", "winners_top",
    }  # fmt: skip


def test_all_snapshots_have_their_weights_drawn_and_the_rest_once(copied, drawn):
    paths = [path.relative_to(copied.path / "plots").as_posix() for path in plot(copied, "all")]
    assert len(paths) == len(set(paths)) and set(ALL) <= set(paths)
    for inputs in ("000000000", "000000300", "000000600"):
        assert {path for path in paths if path.startswith(inputs)} == {
            f"{inputs}/{name}" for name in OF_WEIGHTS
        }


def test_of_all_snapshots_what_is_the_same_for_each_is_drawn_once_where_asked_for(copied, drawn):
    asked = plot(copied, "all", ["curves", "stream_*", "weights_top"])
    paths = [path.relative_to(copied.path / "plots").as_posix() for path in asked]
    assert paths == [
        "000000000/weights_top.png", "000000300/weights_top.png", "000000600/weights_top.png",
        "curves.png", "stream_train.png", "stream_wander.png", "weights_top.png",
    ]  # fmt: skip
    paths = [path.relative_to(copied.path / "plots") for path in plot(copied, 300, ["curves"])]
    assert paths == [Path("000000300/curves.png")]


def test_a_picture_asked_for_leaves_the_others_and_all_of_them_clear_the_folder(copied, drawn):
    folder = copied.path / "plots"
    (folder / "old.png").write_bytes(b"")
    (folder / "old.svg").write_bytes(b"")
    list(plot(copied, names=["curves"]))
    assert (folder / "old.png").exists()
    list(plot(copied))
    assert not (folder / "old.png").exists() and (folder / "old.svg").exists()


def test_pictures_go_where_they_are_told_and_nothing_there_is_removed(copied, tmp_path):
    to = tmp_path / "figures"
    to.mkdir()
    (to / "mine.png").write_bytes(b"")
    look = Look("dark", 100, "svg")
    assert list(plot(copied, names=["curves"], look=look, to=to)) == [to / "curves.svg"]
    assert {path.name for path in to.iterdir()} == {"mine.png", "curves.svg"}
    assert DARK.paper in (to / "curves.svg").read_text()


@pytest.mark.parametrize("format", ["png", "svg"])
def test_every_picture_is_drawn_in_both_formats_the_same_again(format, copied, tmp_path):
    look = Look("dark", 75, format)
    paths = [
        [path for path in plot(copied, names=["*"], units=["sparse:4"], look=look, to=to)]
        for to in (tmp_path / "one", tmp_path / "two")
    ]
    assert len(paths[0]) == len(ALL) + 8
    for one, two in zip(*paths, strict=True):
        assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    "asked, message",
    [
        ({"names": ["curve"]}, "there is no picture curve of it; did you mean curves? Known: "),
        ({"names": ["zzz*"]}, "there is no picture zzz* of it; Known: weights_sparse, "),
        (
            {"units": ["sprase:4"]},
            "has no layer sprase; did you mean sparse? Known: sparse, invariant, top",
        ),
        ({"units": ["sparse:20"]}, "layer sparse has units 0 to 19 (got 20)"),
    ],
)
def test_what_there_is_not_is_told_before_anything_is_drawn(asked, message, copied, drawn):
    with pytest.raises(UsageError) as caught:
        list(plot(copied, **asked))
    assert str(caught.value).startswith(f"{copied.path}: {message}")
    assert drawn == {}


@pytest.mark.parametrize("name", ["confusion_top", "accuracy_*", "by_class_top", "by_wins_sparse"])
def test_a_picture_that_only_other_weights_have_says_which(name, copied, drawn):
    with pytest.raises(UsageError) as caught:
        list(plot(copied, "first", names=[name]))
    said = (
        f"{copied.path}: the picture {name} is of what classifiers came to, and these weights, "
        "after 0 inputs, were not read out; "
    )
    first = f"first hebb eval {copied.path} --snapshot 0"
    assert str(caught.value) == f"{said}draw it with --snapshot 800, or {first}"
    (copied.path / "eval.json").unlink()
    with pytest.raises(UsageError) as caught:
        list(plot(copied, "first", names=[name]))
    assert str(caught.value) == said + first
    assert drawn == {}


def test_of_all_snapshots_those_that_were_read_out_have_their_picture(copied, drawn):
    evaluate(copied, 300, quiet=True)
    paths = [path.relative_to(copied.path / "plots") for path in plot(copied, "all", ["by_*_top"])]
    names = ["by_class_top.png", "by_wins_top.png"]
    assert paths == [Path("000000300") / name for name in names] + [Path(name) for name in names]
    with pytest.raises(UsageError, match="there is no picture zzz of it"):
        list(plot(copied, "all", ["zzz"]))


def test_the_pictures_that_only_weights_which_were_read_out_have_are_known(copied):
    reopened = partial(reopen, copied)
    first, last = (Seen.of(reopened, copied, which, "auto") for which in ("first", "last"))
    assert set(of_read_outs(last.results)) == set(every(last)) - set(every(first))
    assert len(set(of_read_outs(last.results))) == 8


@pytest.mark.parametrize("asked", ["sparse", "412", "sparse:", "sparse:-1", "sparse:x"])
def test_a_unit_is_asked_for_by_layer_and_number(asked, copied, drawn):
    with pytest.raises(UsageError) as caught:
        list(plot(copied, units=[asked]))
    assert str(caught.value) == f"--unit: must be LAYER:NUMBER, such as sparse:412 (got {asked})"


@pytest.mark.parametrize(
    "how, message",
    [
        ({"style": "blue"}, "--style: must be one of light, dark (got blue)"),
        ({"format": "pdf"}, "--format: must be one of png, svg (got pdf)"),
        ({"scale": "own"}, "--scale: must be one of auto, shared, unit (got own)"),
        ({"dpi": 20}, "--dpi: must be 30 to 1,200 (got 20)"),
        ({"dpi": 1201}, "--dpi: must be 30 to 1,200 (got 1201)"),
    ],
)
def test_a_look_that_there_is_not_is_told(how, message):
    with pytest.raises(UsageError) as caught:
        Look(**how)
    assert str(caught.value) == message


def test_a_folder_that_is_a_file_is_told(copied, hebb):
    Path("mine").write_text("a file")
    for to, said in (("mine", "it is no folder"), ("mine/new", "mine is no folder")):
        code, out, err = hebb("plot", copied.path, "curves", "--to", to)
        why = f"{to}: cannot be a folder, since {said}; choose another place\n"
        assert (code, out, err) == (2, "", why)


def test_a_folder_that_looks_like_a_picture_is_refused(copied, hebb):
    code, out, err = hebb("plot", copied.path, "curves", "--to", "f.png")
    must = "--to: must be a folder, in which pictures have names of their own (got f.png)"
    assert (code, out, err) == (2, "", f"{must}; --format says what they are\n")
    assert not Path("f.png").exists()


def test_weights_are_drawn_on_the_scale_that_is_asked_for(copied, drawn):
    list(plot(copied, names=["weights_top", "by_class_top"], look=Look(scale="unit")))
    assert drawn["weights_top.png"]["scale"] == drawn["by_class_top.png"]["scale"] == "unit"


def listed_names(run, on_request):
    lines = [line.split(maxsplit=1) for line in listed(run)]
    return [name for name, *more in lines if bool(more) == on_request]
