"""Pictures for which images pass the stack anew: who wins, and one unit."""

from importlib import import_module

import numpy as np

import hebb
from hebb.evaluate import reopen
from hebb.pictures import reading
from hebb.pictures.plot import plot
from hebb.readout.vote import Vote


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


def test_snapshots_that_are_left_out_are_told_and_restarts_of_a_layer_or_one_below_marked(
    copied, drawn, monkeypatch
):
    # Not by their names: the functions of the same names hide these modules.
    monkeypatch.setattr(import_module("hebb.plots.winners"), "MAPS", 3)
    monkeypatch.setattr(import_module("hebb.plots.unit"), "COLUMNS", 3)
    list(plot(copied, names=["winners_*"], units=["top:1", "sparse:1"]))
    assert drawn["winners_top.png"]["subtitle"].startswith(
        "small-001 · maps of 3 of 4 snapshots · of the first "
    )
    assert drawn["winners_top.png"]["restarts"] == {600: "digits"}
    assert drawn["winners_sparse.png"]["restarts"] == {}
    own, fields, *_ = drawn["unit_top_1.png"]["rows"]
    assert own.heading == "its weights, by inputs seen, 3 of 4 snapshots"
    assert fields.heading.endswith(", by inputs seen, 3 of 4 snapshots")
    assert own.words == [["0"], ["600"], ["800"]] and own.anew == fields.anew == {2: "digits"}
    assert drawn["unit_sparse_1.png"]["rows"][0].anew == {}
    list(plot(copied, 600, names=["winners_top"]))
    assert drawn["winners_top.png"]["restarts"] == {}  # not yet


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
