from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hebb import plots
from hebb.errors import UsageError
from hebb.evaluate import evaluate, reopen
from hebb.plot import plot
from hebb.store import Run

WEIGHTS = [
    "weights_sparse.png",
    "weights_invariant.png",
    "fields_invariant.png",
    "weights_top.png",
    "fields_top.png",
]
READ_OUT = [
    "confusion_sparse.png",
    "accuracy_sparse.png",
    "confusion_top.png",
    "accuracy_top.png",
]
ALL = [*WEIGHTS, "curves.png", "stream_wander.png", "stream_train.png", *READ_OUT]


@pytest.fixture
def drawn(monkeypatch):
    """What each picture would be drawn from, by the file's name; nothing is drawn."""
    calls = {}

    def note(name):
        def draw(path, *args, **how):
            names = {"strip": ("frames", "shape", "title", "numbers")}.get(name, ())
            calls[Path(path).name] = dict(zip(names, args, strict=False)) | how

        monkeypatch.setattr(plots, name, draw)

    for name in ("tapestry", "curves", "strip", "confusion", "accuracy"):
        note(name)
    return calls


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


def test_weights_lie_on_their_own_grid_over_that_of_the_layer_below(copied, drawn):
    list(plot(copied))
    arrays = copied.snapshot("last")[1]
    shapes = {"sparse": ((4, 5), (8, 8)), "invariant": ((3, 3), (4, 5)), "top": ((2, 6), (3, 3))}
    for name, (grid, field) in shapes.items():
        how = drawn[f"weights_{name}.png"]
        np.testing.assert_array_equal(how["w"], arrays[f"{name}.w"])
        assert (how["grid"], how["field"]) == (grid, field)
        assert how["title"] == f"Weights of {name}"
    assert drawn["weights_sparse.png"]["subtitle"] == (
        "small-001 · after 800 inputs · 20 units of 8 x 8 inputs"
    )
    assert drawn["weights_top.png"]["subtitle"] == (
        "small-001 · after 800 inputs · 12 units of 3 x 3 units of invariant"
    )


def test_composed_fields_are_the_product_of_all_weights_below(copied, drawn):
    list(plot(copied))
    arrays = {key: w.astype(float) for key, w in copied.snapshot("last")[1].items()}
    sparse, invariant, top = (arrays[f"{name}.w"] for name in ("sparse", "invariant", "top"))
    products = {
        "invariant": np.einsum("jk,ki->ji", invariant, sparse),
        "top": np.einsum("jk,kl,li->ji", top, invariant, sparse),
    }
    for name, product in products.items():
        how = drawn[f"fields_{name}.png"]
        np.testing.assert_allclose(how["w"], product, rtol=1e-4)
        assert how["field"] == (8, 8)
        assert how["grid"] == {"invariant": (3, 3), "top": (2, 6)}[name]
    assert drawn["fields_top.png"]["subtitle"] == (
        "small-001 · after 800 inputs · top through invariant through sparse: "
        "the product of their weights"
    )


def test_units_in_no_grid_are_drawn_near_a_square_and_seen_as_a_row(train_small, drawn):
    run = train_small(
        "layers.invariant.grid=null", "layers.invariant.units=5", "phases.wander.steps=20",
        "phases.digits.steps=20",
    )  # fmt: skip
    list(plot(run))
    assert drawn["weights_invariant.png"]["grid"] == (2, 3)
    assert drawn["weights_top.png"]["field"] == (1, 5)
    assert drawn["fields_top.png"]["field"] == (8, 8)


# Units that never won


def test_units_that_never_won_are_marked_from_an_evaluation_of_the_same_weights(copied, drawn):
    list(plot(copied))
    wins = {
        each["layer"]: each["unit_wins"] for each in copied.read_json("eval.json")["results"][:2]
    }
    assert 0 in wins["sparse"]
    assert drawn["weights_sparse.png"]["wins"].tolist() == wins["sparse"]
    assert drawn["weights_top.png"]["wins"].tolist() == wins["top"]
    assert drawn["fields_top.png"]["wins"].tolist() == wins["top"]
    assert drawn["weights_invariant.png"]["wins"] is None


@pytest.mark.parametrize("snapshot", ["first", 300, "600"])
def test_an_evaluation_of_other_weights_marks_and_draws_nothing(snapshot, copied, drawn):
    names = [path.name for path in plot(copied, snapshot)]
    assert not set(names) & set(READ_OUT)
    assert all(drawn[name]["wins"] is None for name in WEIGHTS)
    inputs, arrays = copied.snapshot(snapshot)
    np.testing.assert_array_equal(drawn["weights_top.png"]["w"], arrays["top.w"])
    assert f" after {inputs:,} inputs " in drawn["weights_top.png"]["subtitle"]


def test_an_evaluation_of_the_chosen_weights_is_drawn(copied, drawn):
    found = evaluate(copied, 300, quiet=True)
    list(plot(copied, 300))
    result = found["results"][1]
    how = drawn["confusion_top.png"]
    np.testing.assert_array_equal(how["matrix"], result["confusion"])
    assert how["title"] == f"Vote of top: {100 * result['accuracy']:.2f} % right"
    assert drawn["accuracy_top.png"]["accuracy"] == result["accuracy"]
    assert drawn["accuracy_top.png"]["controls"] == {
        name: control["accuracy"] for name, control in result["controls"].items()
    }


def test_a_run_that_was_never_evaluated_draws_what_there_is(copied, drawn):
    (copied.path / "eval.json").unlink()
    assert {path.name for path in plot(copied)} == set(ALL) - set(READ_OUT)
    assert all(drawn[name]["wins"] is None for name in WEIGHTS)


def test_an_evaluation_that_is_not_whole_is_said_in_one_sentence(copied, drawn):
    path = copied.path / "eval.json"
    path.write_text('{"snapsh')
    with pytest.raises(UsageError) as caught:
        list(plot(copied))
    assert str(caught.value) == f"{path}: is not whole: no JSON can be read from it"


@pytest.mark.parametrize("text", ["[]", "{}", '{"snapshot": 800, "results": [1]}'])
def test_a_file_that_is_no_evaluation_is_told(text, copied, drawn):
    path = copied.path / "eval.json"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        list(plot(copied))
    assert str(caught.value) == f"{path}: is not an evaluation"


# Curves and streams


def test_curves_are_those_of_the_metrics(copied, drawn):
    list(plot(copied))
    assert drawn["curves.png"] == {"records": copied.metrics(), "title": "small-001"}


def test_a_run_without_an_epoch_has_no_curves(train_small, drawn):
    run = train_small("phases.wander.epochs=0", "phases.digits.epochs=0")
    names = [path.name for path in plot(run)]
    assert "curves.png" not in names
    assert set(WEIGHTS) < set(names)


def test_a_stream_is_shown_one_frame_in_five(copied, drawn):
    list(plot(copied))
    apparatus = reopen(copied)
    for name in ("wander", "train"):
        how = drawn[f"stream_{name}.png"]
        assert list(how["numbers"]) == list(range(0, 120, 5))
        rows = apparatus.inputs[name].rows(slice(0, 120, 5))
        np.testing.assert_array_equal(how["frames"], rows)
        assert how["shape"] == (8, 8)


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
    assert drawn["curves.png"]["title"] == "renamed"
