from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hebb
from hebb import plots
from hebb.errors import DataError, UsageError
from hebb.evaluate import evaluate, reopen
from hebb.picture_options import Look
from hebb.pictures import reading
from hebb.pictures.plot import every, listed, of_read_outs, plot
from hebb.pictures.seen import Seen
from hebb.plots.coverage import covered
from hebb.plots.theme import DARK
from hebb.readout.vote import Vote
from hebb.store import Run

WEIGHTS = [
    "weights_sparse.png",
    "weights_invariant.png",
    "fields_invariant.png",
    "weights_top.png",
    "fields_top.png",
]
UNITS = ["by_class_sparse.png", "by_class_top.png"]
READ_OUT = [
    "confusion_sparse.png",
    "accuracy_sparse.png",
    "confusion_top.png",
    "accuracy_top.png",
]
OF_WEIGHTS = [*WEIGHTS, "coverage_sparse.png", "neighbours_sparse.png"]
OF_RUN = ["curves.png", "stream_train.png", "stream_wander.png"]
ALL = [*OF_WEIGHTS, *UNITS, *READ_OUT, *OF_RUN]


BLOCKS = """\
name: blocks
dataset: {source: digits}
layers:
  - {name: local, rule: local_wta, units: 8, per_cluster: 2, xi: 0.05, batch: 10,
     blocks: {size: 3, layout: grid}}
phases: [{name: digits, steps: 100}]
"""

POSITIONS = {
    "strip": ("frames", "shape", "title", "subtitle", "numbers"),
    "coverage": ("fields", "shape", "inputs", "title", "subtitle"),
    "neighbours": ("w", "first", "grid", "kernel", "title", "subtitle"),
    "winners": ("wins", "kept", "grid", "seen", "title", "subtitle"),
    "unit": ("rows", "wins", "title", "subtitle"),
}


@pytest.fixture
def drawn(monkeypatch):
    """What each picture would be drawn from, by the file's name; nothing is drawn."""
    calls = {}

    def note(name):
        def draw(path, *args, **how):
            calls[Path(path).name] = dict(zip(POSITIONS.get(name, ()), args, strict=False)) | how

        monkeypatch.setattr(plots, name, draw)

    for name in plots.__all__:
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
    assert not set(names) & {*READ_OUT, *UNITS}
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
    assert {path.name for path in plot(copied)} == set(ALL) - set(READ_OUT) - set(UNITS)
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
    assert drawn["curves.png"]["subtitle"] == "renamed"


# Units by what they won


def test_units_of_a_class_stand_together_by_their_wins(copied, drawn):
    list(plot(copied))
    vote = copied.read_json("eval.json")["results"][1]
    how = drawn["by_class_top.png"]
    wins, unit_class = np.array(vote["unit_wins"]), np.array(vote["unit_class"])
    shown = {group.heading: group for group in how["groups"]}
    voted = sorted(set(unit_class[wins > 0].tolist()))
    assert list(shown) == [f"class {c}" for c in voted]
    for c in voted:
        group = shown[f"class {c}"]
        assert (unit_class[group.units] == c).all() and len(group.units) <= 10
        assert (np.diff(wins[group.units]) <= 0).all()
        part = 100 * wins[unit_class == c].sum() / wins.sum()
        n = (unit_class == c).sum()
        assert group.detail == f"{n} {'unit' if n == 1 else 'units'}, {part:.1f} % of wins"
    *most, last = [str(c) for c in range(10) if c not in voted]
    assert most and f" · no unit votes for {', '.join(most)} or {last}" in how["subtitle"]
    assert how["subtitle"].endswith(f" · {len(vote['never_won'])} of 12 units won none, not shown")
    best = int(wins.argmax())
    share = 100 * vote["unit_class_wins"][best] / wins[best]
    assert how["words"][best] == [f"{share:.0f} % of {wins[best]:,}", f"unit {best}"]
    assert how["shape"] == (8, 8)


def test_units_by_wins_leave_out_those_that_never_won(copied, drawn):
    assert [path.name for path in plot(copied, names=["by_wins_top"])] == ["by_wins_top.png"]
    vote = copied.read_json("eval.json")["results"][1]
    how, wins = drawn["by_wins_top.png"], np.array(vote["unit_wins"])
    units = [unit for group in how["groups"] for unit in group.units]
    assert len(units) == (wins > 0).sum() and (np.diff(wins[units]) <= 0).all()
    assert how["words"][units[0]][0].startswith(f"{vote['unit_class'][units[0]]}: ")
    assert how["subtitle"].endswith(f" · {len(units)} of 12 units won a training image")


def test_an_evaluation_from_before_shares_were_counted_shows_wins(copied, drawn):
    held = copied.read_json("eval.json")
    del held["results"][1]["unit_class_wins"]
    copied.write_json("eval.json", held)
    list(plot(copied))
    wins = held["results"][1]["unit_wins"]
    best = int(np.argmax(wins))
    assert drawn["by_class_top.png"]["words"][best][0] == f"{wins[best]:,} wins"


# Coverage, neighbours, winners, one unit


def test_coverage_is_of_the_fields_beside_the_mean_of_what_is_shown(copied, drawn):
    list(plot(copied, names=["coverage_*"]))
    arrays = copied.snapshot("last")[1]
    np.testing.assert_array_equal(drawn["coverage_sparse.png"]["fields"], arrays["sparse.w"])
    assert set(drawn) == {f"coverage_{name}.png" for name in ("sparse", "invariant", "top")}
    digits = reopen(copied).dataset.train  # what the last phase shows, all of it
    mean = digits.rows(slice(0, len(digits))).mean(axis=0)
    np.testing.assert_allclose(drawn["coverage_top.png"]["inputs"], mean, rtol=1e-4)
    assert drawn["coverage_top.png"]["shape"] == (8, 8)


def test_neighbours_are_drawn_of_layers_that_have_them_beside_their_first_weights(copied, drawn):
    list(plot(copied))
    how = drawn["neighbours_sparse.png"]
    assert "neighbours_top.png" not in drawn
    np.testing.assert_array_equal(how["first"], copied.snapshot("first")[1]["sparse.w"])
    around = 0.5 / np.sqrt(8)
    np.testing.assert_allclose(how["kernel"], [[around] * 3, [around, 1, around], [around] * 3])


def test_who_wins_is_counted_anew_for_each_snapshot(copied, drawn):
    list(plot(copied, names=["winners_sparse"]))
    how, opened = drawn["winners_sparse.png"], hebb.open(copied.path)
    images = opened.dataset().train[:2000]
    assert how["seen"] == [0, 300, 600, 800]
    before = None
    for row, kept, inputs in zip(how["wins"], how["kept"], how["seen"], strict=True):
        winners = opened.winners(images, "sparse", inputs)
        assert row.tolist() == [int((winners == unit).sum()) for unit in range(20)]
        assert before is None or kept == (winners == before).mean()
        before = winners
    assert how["subtitle"] == (
        f"small-001 · of the first {len(images):,} training images; "
        "an image is won by the best of the units that compete"
    )


def test_a_unit_is_shown_with_its_weights_its_best_images_and_its_wins(copied, drawn):
    vote = copied.read_json("eval.json")["results"][1]
    j = int(np.argmax(vote["unit_wins"]))
    assert [path.name for path in plot(copied, units=[f"top:{j}"])] == [f"unit_top_{j}.png"]
    how, opened = drawn[f"unit_top_{j}.png"], hebb.open(copied.path)
    own, fields, best = how["rows"]
    arrays = {inputs: opened.arrays(inputs) for inputs in (0, 300, 600, 800)}
    np.testing.assert_array_equal(own.values, [each["top.w"][j] for each in arrays.values()])
    assert own.words == [["0"], ["300"], ["600"], ["800"]]
    for values, each in zip(fields.values, arrays.values(), strict=True):
        product = each["top.w"][j] @ each["invariant.w"] @ each["sparse.w"]
        np.testing.assert_allclose(values, product, rtol=1e-4)
    data = opened.dataset()
    answers = opened.answers(data.train, "top")[:, j]
    order = np.argsort(-answers, kind="stable")[: len(best.values)]
    np.testing.assert_array_equal(best.values, data.train.rows(order))
    first = order[0]
    assert best.words[0] == [f"{data.train_labels[first]}: {answers[first]:.3g}", f"{first:,}"]
    won = data.train_labels[opened.winners(data.train, "top") == j]
    assert how["wins"].tolist() == np.bincount(won, minlength=10).tolist()
    assert how["wins"].sum() == vote["unit_wins"][j]
    most = np.bincount(won).argmax()
    place, images = f"row {j // 6}, column {j % 6} of 2 x 6", f"{len(data.train):,} training images"
    share = f"{100 * (won == most).mean():.0f} % of them of class {most}"
    said = f" · {place} · wins {len(won):,} of all {images} of digits, {share}"
    assert how["subtitle"].endswith(said)


def test_a_unit_whose_classes_tie_says_so_and_takes_the_lowest_as_a_vote_does(copied):
    apparatus = reopen(copied)
    won = np.arange(10) < 8
    for wins, said in (
        ([0, 3, 2, 3], "38 % of them of class 1, as many of 3: a vote takes the lowest"),
        ([2, 2, 2, 2], "25 % of them of class 0, as many of 1, 2 and 3: a vote takes the lowest"),
        ([1, 0, 7, 0], "88 % of them of class 2"),
    ):
        told = reading._won(won, np.array(wins), apparatus)
        assert told == f"wins 8 of all 10 training images of digits, {said}"
        vote = Vote(np.array([wins])).unit_class
        assert f"of class {vote[0]}" in told


def test_a_bar_counts_the_images_that_are_looked_at_for_a_unit(copied, drawn, monkeypatch):
    bars = []

    class Bar:
        def __init__(self, **how):
            self.how, self.n = how, 0
            bars.append(self)

        def __enter__(self):
            return self

        def __exit__(self, *why):
            pass

        def update(self, n):
            self.n += n

    monkeypatch.setattr("hebb.pictures.reading.tqdm", Bar)
    list(plot(copied, units=["top:1"]))
    n = len(hebb.open(copied.path).dataset().train)
    assert [(bar.n, bar.how["total"], bar.how["disable"]) for bar in bars] == [(n, n, None)] * 2
    assert all(bar.how["delay"] > 0 for bar in bars)


def test_a_unit_that_answers_nothing_is_shown_all_the_same(copied, drawn):
    j = copied.read_json("eval.json")["results"][1]["never_won"][0]
    list(plot(copied, units=[f"top:{j}"]))
    how = drawn[f"unit_top_{j}.png"]
    assert len(how["rows"]) == 2 and not how["wins"].any()
    n = len(hebb.open(copied.path).dataset().train)
    said = f"shown all {n:,} training images of digits, it wins none"
    assert how["subtitle"].endswith(f" · {said}; frames of wander were not shown")


def test_images_without_labels_have_no_classes_under_a_unit(train_small, drawn, tmp_path):
    x = np.random.default_rng(0).random((30, 64), dtype=np.float32)
    np.savez(tmp_path / "x.npz", x_train=x)
    run = train_small(
        "dataset={source: npz, path: " + str(tmp_path / "x.npz") + "}", "phases.wander=null",
        "phases.digits.steps=30", "streams=null", "evaluate=[]",
    )  # fmt: skip
    j = int(hebb.open(run.path).winners(x, "sparse")[0])
    list(plot(run, units=[f"sparse:{j}"]))
    how = drawn[f"unit_sparse_{j}.png"]
    assert how["wins"] is None and " · wins " in how["subtitle"]
    said = "training images that it answers most, won or not (answer, and number)"
    assert how["rows"][1].heading == said
    assert ":" not in how["rows"][1].words[0][0]


def test_blocks_that_leave_out_an_edge_are_seen_in_the_coverage(train_small, drawn, tmp_path):
    config = tmp_path / "blocks.yaml"
    config.write_text(BLOCKS)
    list(plot(train_small(config=config)))
    _, _, seen = covered(drawn["coverage_local.png"]["fields"])
    seen = seen.reshape(8, 8)
    assert not seen[6:].any() and not seen[:, 6:].any() and seen[:6, :6].all()


def test_of_units_that_see_a_block_the_weights_to_it_are_drawn(train_small, drawn, tmp_path):
    config = tmp_path / "blocks.yaml"
    config.write_text(BLOCKS)
    run = train_small(config=config)
    list(plot(run, names=["weights_local"]))
    how, w = drawn["weights_local.png"], run.snapshot()[1]["local.w"].reshape(8, 8, 8)
    assert how["field"] == (3, 3)
    assert how["subtitle"].endswith(" · 8 units of 3 x 3 inputs, the block that each sees")
    corners = [(0, 0), (3, 0), (0, 3), (3, 3)]  # columns first
    for unit, block in enumerate(how["w"]):
        y, x = corners[unit // 2]
        np.testing.assert_array_equal(block, w[unit, y : y + 3, x : x + 3].ravel())
        assert 0 < np.count_nonzero(block) == np.count_nonzero(w[unit])


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


def test_weights_are_drawn_on_the_scale_that_is_asked_for(copied, drawn):
    list(plot(copied, names=["weights_top", "by_class_top"], look=Look(scale="unit")))
    assert drawn["weights_top.png"]["scale"] == drawn["by_class_top.png"]["scale"] == "unit"


def listed_names(run, on_request):
    lines = [line.split(maxsplit=1) for line in listed(run)]
    return [name for name, *more in lines if bool(more) == on_request]
