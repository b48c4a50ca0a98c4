import base64
import io
import json
import re
import shutil
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hebb import report as reports
from hebb.catalogue.comparison import differences
from hebb.catalogue.sweeps import SweepFolder, find
from hebb.errors import HebbError, UsageError
from hebb.report import gather, images, layers, report, sweeps
from hebb.report.gather import gathered
from hebb.report.page import brief, lift
from hebb.store import Run


@pytest.fixture
def html(tmp_path):
    """The page of runs, as text."""

    def written(*runs, **how):
        return report(runs, tmp_path / "page.html", **how).read_text(encoding="utf-8")

    return written


def inside(text, name):
    """The JSON that a page carries under an id."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', text, re.S)
    return json.loads(found[1])


def without_tags(text):
    """What a reader reads."""
    text = text.replace("<wbr>", "")
    seen = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", seen)).split())


def altered(run, name, alter):
    held = json.loads((run.path / name).read_text())
    alter(held)
    (run.path / name).write_text(json.dumps(held))


def test_a_page_tells_what_the_run_is_and_came_to(finished, html):
    text = html(finished)
    words = without_tags(text)
    for said in (
        "small-001 completed 800 inputs trained for",
        "seed 7 on cpu data digits",
        "Vote of sparse network",
        "random weights",
        "Reconstruction error of sparse on wander",
        "sparse mwta · 20 units over 64 inputs",
        "top mwta · 12 units over 9 units of invariant",
        "Which class is taken for which",
        "rule mwta grid [4, 5] init uniform [0, 0.2] n_w 3",
        "stream wander kind tapestry side 6",
    ):
        assert said in words, said


def test_a_page_needs_nothing_but_itself(finished, html):
    text = html(finished)
    assert "default-src 'none'" in unescape(text)
    assert "connect-src 'none'" in unescape(text)
    assert not re.findall(
        r"(?:src|href|srcset)=\"(?!data:)[^\"]+\"|url\(|@import|https?://(?!www\.w3)", text
    )


def test_the_dataset_is_not_needed(copied, html):
    altered(copied, "run.json", lambda info: info["dataset"].update(source="npz", where="/gone"))
    assert "data npz" in without_tags(html(copied))


def test_pictures_hold_every_weight_in_steps_of_its_units_scale(finished):
    _, arrays = finished.snapshot("last")
    layer = layers.drawn(finished)[0]
    drawn = images.pictures(finished, 800, [layer])["sparse"]["weights"]
    w = arrays["sparse.w"]
    largest = w.max(axis=1)
    np.testing.assert_allclose(drawn["largest"], largest, rtol=5e-3)
    assert (drawn["signed"], drawn["cut"]) == (False, False)
    assert drawn["top"] == pytest.approx(w.max())
    steps = picture_of(drawn) / images.GREY
    assert steps.shape == (4 * 8, 5 * 8)
    units = steps.reshape(4, 8, 5, 8).swapaxes(1, 2).reshape(20, 64)
    begin = np.array(drawn["lowest"])[:, None]
    span = largest[:, None] - begin
    np.testing.assert_allclose(begin + units / images.STEPS * span, w, atol=0.52 / images.STEPS)


def test_steps_begin_where_the_scale_does():
    w = np.array([[4.0, 5.0], [4.0, 6.0]])
    drawn = images.picture(w, (1, 2), (1, 2))
    assert (drawn["low"], drawn["top"]) == (4, 6)
    assert (drawn["lowest"], drawn["largest"]) == ([4, 4], [5, 6])
    assert picture_of(drawn).tolist() == [[0, 224, 0, 224]]
    from_nothing = images.picture(w - 4, (1, 2), (1, 2))
    assert (from_nothing["low"], from_nothing["lowest"]) == (0, [])


def test_signed_weights_lie_around_the_middle_and_what_is_no_number_is_told():
    w = np.array([[-0.5, 0.25, 0.0, 0.5], [np.nan, np.inf, 0.0, -2.0]])
    drawn = images.picture(w, (1, 3), (2, 2))
    assert (drawn["signed"], drawn["largest"]) == (True, [0.5, 2.0])
    middle, none = images.GREY * images.STEPS // 2, images.NOT_A_NUMBER
    expected = [[0, 168, none, none, 0, 0], [middle, 2 * middle, middle, 0, 0, 0]]
    np.testing.assert_array_equal(picture_of(drawn), expected)


def test_units_that_one_scale_leaves_pale_are_first_shown_on_their_own():
    w = np.full((10, 4), 0.1)
    assert not images.picture(w, (2, 5), (2, 2))["own"]
    w[0] = 5
    assert images.picture(w, (2, 5), (2, 2))["own"]
    w = np.linspace([0.8, 0.5, 0.2], [1.0, 0.7, 0.4], 4).T  # each spans a fifth of the scale
    assert images.picture(w, (1, 3), (2, 2))["own"]


def picture_of(drawn):
    """The grey of each pixel of a picture."""
    with Image.open(io.BytesIO(base64.b64decode(drawn["src"].partition(",")[2]))) as picture:
        return np.array(picture.convert("L"))


def test_a_page_carries_every_snapshot_and_what_the_script_draws(finished, html):
    text = html(finished)
    assert list(inside(text, "frames-0")) == ["0", "300", "600", "800"]
    (run,) = inside(text, "told")["runs"]
    assert [each["when"] for each in run["snapshots"]] == [
        "first weights", "epoch 1 of wander", "epoch 2 of wander", "epoch 1 of digits",
    ]  # fmt: skip
    assert run["layers"]["invariant"] == {"grid": [3, 3], "field": [4, 5], "pixels": [8, 8]}
    assert run["layers"]["sparse"]["pixels"] is None
    assert run["borders"] == [["wander", 0.0], ["digits", 600]]
    assert run["curveLayers"] == ["sparse", "invariant", "top"]
    assert len(run["votes"]["sparse"]["classes"]) == 20
    assert run["readOut"] == 800
    curves = {each["metric"]: each for each in run["curves"]}
    assert curves["winners"]["lines"] == {
        "sparse": [[[300, 3.0], [600, 3.0], [800, 3.0]]],
        "top": [[[300, 1.0], [600, 1.0]], [[800, 1.0]]],  # which starts anew
    }
    assert curves["weight_change"]["log"]


def test_snapshots_are_left_out_evenly_for_a_page_to_stay_small():
    numbers = range(0, 330, 10)
    asked = []

    def encode(number):
        asked.append(number)
        return "x" * (1000 if number < 50 else 500)

    every = images.thinned(numbers, encode, 1e6)
    assert list(every) == list(numbers)
    few = images.thinned(numbers, encode, 6000)
    assert sum(map(len, few.values())) <= 6000
    assert (min(few), max(few)) == (0, 320)
    assert set(np.diff(list(few))) <= {30, 40}
    assert list(images.thinned(numbers, encode, 0)) == [0, 320]
    assert list(images.thinned([7], encode, 0)) == [7]


def test_no_snapshot_is_drawn_twice_for_it():
    asked = []
    images.thinned(range(20), lambda number: asked.append(number) or "x" * 100, 1200)
    assert len(asked) == len(set(asked))


def test_a_page_that_left_snapshots_out_says_so(finished, html, monkeypatch):
    monkeypatch.setattr(reports, "thinned", lambda numbers, encode, budget: {0: "{}", 800: "{}"})
    words = without_tags(html(finished))
    assert "2 of its 4 snapshots are in this page; the others would make it too large" in words
    assert len(inside(html(finished), "told")["runs"][0]["snapshots"]) == 2


def test_runs_share_the_room_of_a_page(finished, copied, html, monkeypatch):
    budgets = []
    monkeypatch.setattr(
        reports, "thinned", lambda n, e, budget: budgets.append(budget) or {0: "{}"}
    )
    html(finished)
    html(finished, copied)
    alone, one, other = budgets
    assert one < alone / 1.9
    assert other == 2 * one - len("{}")  # what the first has left is the other's
    assert alone < 10e6 - reports.ROOM


def test_runs_side_by_side_tell_where_they_differ(finished, train_small, html):
    other = train_small("layers.sparse.n_w=5", id="other")
    text = html(finished, other)
    words = without_tags(text)
    assert "2 runs side by side" in words
    assert "Where they differ setting small-001 other layers.sparse.n_w 3 5" in words
    assert "It has not been read out: hebb eval does that" in words
    assert len(inside(text, "told")["runs"]) == 2
    assert inside(text, "frames-1")["800"]["top"]["pixels"]["top"] > 0


def test_what_only_some_of_unlike_runs_have_is_folded_and_counted(finished, train_small, html):
    other = train_small(
        "layers.sparse.n_w=5", "layers.top.clip=1", "phases.digits=null", id="other"
    )
    text = html(finished, other)
    table, _, rest = text[text.index("Where they differ") :].partition("<details>")
    words = without_tags(table)
    assert "layers.sparse.n_w 3 5 phases [wander, digits] [wander]" in words
    assert "–" not in words and "phases.digits" not in words
    folded = without_tags(rest[: rest.index("</details>")])
    number = re.match(r"(\d+) settings that not all of them have", folded)
    own = [path for path, row in differences([finished, other]).items() if None in row]
    assert int(number[1]) == len(own) > 3
    assert folded.endswith("other layers.top.clip 1")
    assert "small-001 " in folded and "phases.digits.steps 200" in folded


def test_what_differs_from_the_parent_is_told(finished, small, tmp_path, html, hebb):
    _, out, _ = hebb("run", small, "--from", finished.path, "layers.top.xi=0.05", "--quiet")
    words = without_tags(html(Run(tmp_path / out.strip())))
    assert "What differs from small-001, whose weights after 800 inputs it began with" in words
    assert "layers.top.xi 0.02 0.05" in words


def test_what_settings_changed_of_the_file_is_told(copied, small, tmp_path, html, hebb):
    _, out, _ = hebb("run", small, "layers.top.xi=0.05", "--seed", "3", "--quiet")
    run, said = (
        Run(tmp_path / out.strip()),
        f"from {small}: layers.top.xi 0.02 -> 0.05, seed 7 -> 3",
    )
    assert f"Changed {said} Layers" in without_tags(html(run))
    assert f"changed {said} device" in " ".join(hebb("show", run.path)[1].split())
    assert "Changed from" not in without_tags(html(copied))
    for damaged in (3, {}, {"from": 1}, {"settings": {"a": 3}}):
        altered(run, "run.json", lambda info, damaged=damaged: info.update(changed=damaged))
        assert "Changed" not in without_tags(html(run))


def test_a_parent_that_is_gone_is_told_too(copied, tmp_path, small, html, hebb):
    _, out, _ = hebb("run", small, "--from", copied.path, "--id", "child", "--quiet")
    shutil.rmtree(copied.path)
    words = without_tags(html(Run(tmp_path / out.strip())))
    assert "That snapshot is gone." in words
    assert f"{copied.path}: no such run, neither as a path nor in runs" in words


def test_notes_stand_under_the_headings_of_the_notebooks(train_small, html):
    settings = ("notes.what=Names `digits`.", "notes.hopes=A & <b>B</b>", "notes.found=Nothing.")
    text = html(train_small(*settings))
    assert "<dt>What</dt><dd>Names <code>digits</code>.</dd>" in text
    assert "<dt>Hopes</dt><dd>A &amp; &lt;b&gt;B&lt;/b&gt;</dd>" in text
    said = "<dt>Conclusions of the experiment&#39;s author</dt><dd>Nothing.</dd>"
    assert said in text and text.count("they are not drawn from this run") == 1
    assert "<dt>Why</dt>" not in text


def test_figures_come_first_then_settings_and_the_notes_folded(train_small, html):
    text = html(train_small("notes.what=Names digits. By strokes.", "notes.why=To see."))
    assert '<p class="lede">Names digits.</p>' in text
    parts = ["summary", "curves", "tapestries", "confusions", "settings", "notes"]
    assert re.findall('<section id="(.*?)"', text) == parts
    folded = text[text.index("<details>") : text.index("</details>")]
    assert "<summary>What · Why</summary>" in folded and "By strokes." in folded


def test_a_collapse_is_said_in_the_summary(copied, html):
    def alter(held):
        held["results"][0]["unit_wins"] = [980, *[0] * 18, 20]

    altered(copied, "eval.json", alter)
    said = "One unit of 20 in sparse has 98 % of all wins on training images."
    assert f'<p class="lack">{said}</p>' in html(copied)


def test_a_run_under_way_says_how_far_it_is(copied, html):
    records = [copied.metrics()[0] | {"inputs_per_second": 100.0}]
    with copied.held():
        copied.note(status="running")
        copied.write_text("metrics.jsonl", json.dumps(records[0]) + "\n")
        text = html(copied)
    assert 'role="progressbar" aria-label="Progress of small-001" aria-valuemin="0"' in text
    said = ["300 of 800 inputs", "phase wander (1 of 2)", "epoch 2 of 2", "100 inputs a second"]
    said += ["about 5 s left"]
    assert f'aria-valuetext="{", ".join(said)}"' in text
    assert " ".join(said) in without_tags(text)
    assert "800 inputs trained" not in without_tags(text)  # its last snapshot says less
    assert "progressbar" not in html(copied)  # it is nobody's any more: it was killed


EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"


def test_nothing_that_a_run_says_becomes_a_part_of_the_page(copied, html):
    altered(copied, "run.json", lambda info: info.update(status="failed", error=EVIL, seed=EVIL))
    altered(copied, "eval.json", lambda held: held["results"][0].update(label=EVIL))
    lines = (copied.path / "metrics.jsonl").read_text().splitlines()
    record = json.loads(lines[0])
    record["layers"][EVIL], record["phase"] = record["layers"].pop("sparse"), EVIL
    (copied.path / "metrics.jsonl").write_text(json.dumps(record) + "\n")
    config = (copied.path / "config.yaml").read_text()
    (copied.path / "config.yaml").write_text(f"{config}\nnotes: {{what: {json.dumps(EVIL)}}}\n")
    moved = copied.path.with_name("a<b>&c")
    copied.path.rename(moved)
    text = html(Run(moved))
    assert "<img src=x" not in text
    assert "<script>alert" not in text
    assert text.count("</script>") == 3  # of what is told, of pictures, and the script itself
    assert "a&lt;b&gt;&amp;c" in text


def test_the_name_of_a_layer_ends_no_script_either(copied, html):
    for path in copied.snapshots().values():
        arrays = {key.replace("sparse", EVIL): w for key, w in np.load(path).items()}
        with open(path, "wb") as file:
            np.savez(file, **arrays)
    (copied.path / "config.yaml").write_text("layers: [{name: " + json.dumps(EVIL) + "}]")
    text = html(copied)
    assert "<script>alert" not in text
    assert EVIL in inside(text, "frames-0")["800"]


# Runs that are not as they should be


def test_a_run_that_was_killed_says_so(copied, html):
    altered(copied, "run.json", lambda info: info.update(status="running"))
    words = without_tags(html(copied))
    assert "killed 800 inputs" in words
    assert "Its process is gone before it was done; hebb resume goes on with it." in words


def test_a_run_that_failed_says_why(copied, html):
    altered(copied, "run.json", lambda info: info.update(status="failed", error="Out of luck."))
    assert "Out of luck." in without_tags(html(copied))


def test_what_a_run_said_of_its_data_is_said_again(copied, html):
    altered(copied, "run.json", lambda info: info.update(notes=["no MNIST here"]))
    assert "no MNIST here" in without_tags(html(copied))


def test_a_run_that_has_only_just_begun_has_a_page(copied, html):
    for path in (
        *copied.snapshots().values(),
        copied.path / "eval.json",
        copied.path / "metrics.jsonl",
    ):
        path.unlink()
    words = without_tags(html(copied))
    assert "It has no snapshot that can be drawn." in words
    assert "No epoch of it has ended: there is nothing to draw." in words


@pytest.mark.parametrize("name", ["run.json", "config.yaml", "eval.json", "metrics.jsonl"])
@pytest.mark.parametrize(
    "content", ["", "{\n", "[1, 2]\n", '{"results": 5}\n', '{"inputs": "x", "phase": 1}\n']
)
def test_whatever_file_is_damaged_the_page_says_which(copied, html, name, content):
    (copied.path / name).write_text(content)
    words = without_tags(html(copied))
    assert (name == "metrics.jsonl" and not content) or f"{copied.path / name}" in words
    assert "Tapestries" in words


@pytest.mark.parametrize("name", ["run.json", "config.yaml", "eval.json", "metrics.jsonl"])
def test_whatever_file_is_missing_there_is_a_page(copied, html, name):
    (copied.path / name).unlink()
    text = html(copied)
    assert list(inside(text, "frames-0")) == ["0", "300", "600", "800"]
    assert name not in ("run.json", "config.yaml") or name in without_tags(text)


def test_a_snapshot_that_cannot_be_read_is_left_out_and_said(copied, html):
    (copied.path / "snapshots" / "000000300.npz").write_bytes(b"half")
    text = html(copied)
    assert list(inside(text, "frames-0")) == ["0", "600", "800"]
    assert "000000300.npz: is not a whole .npz file of plain arrays" in without_tags(text)


def save(path, **arrays):
    with open(path, "wb") as file:
        np.savez(file, **{key.replace("_w", ".w"): each for key, each in arrays.items()})


def test_a_snapshot_of_other_weights_is_told(copied):
    path = copied.path / "snapshots" / "000000800.npz"
    save(path, sparse_w=np.ones((2, 64)))
    with pytest.raises(UsageError) as told:
        images.pictures(copied, 800, layers.drawn(copied))
    assert str(told.value) == f"{path}: must hold sparse.w, 20 x 64"


def test_first_weights_that_do_not_fit_are_told(copied):
    path = copied.path / "snapshots" / "000000000.npz"
    save(path, sparse_w=np.ones((20, 64)), invariant_w=np.ones((9, 5)), top_w=np.ones((12, 9)))
    with pytest.raises(UsageError) as told:
        layers.drawn(copied)
    assert str(told.value) == f"{path}: invariant.w does not fit what is below it"
    save(path, sparse_w=np.ones((20, 64)))
    with pytest.raises(UsageError) as told:
        layers.drawn(copied)
    assert str(told.value) == f"{path}: lacks invariant.w, top.w"


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        ({"unit_class": 5}, "is not an evaluation"),
        ({"unit_class": [1], "unit_wins": [1, 2]}, "its vote is not of sparse's units"),
        ({"confusion": [[1, 2, 3]]}, "is not an evaluation"),
        ({"confusion": [["x", 2]]}, "is not an evaluation"),
    ],
)
def test_a_vote_or_a_confusion_that_is_none_is_told(copied, html, alter, said):
    altered(copied, "eval.json", lambda held: held["results"][0].update(alter))
    assert f"{copied.path / 'eval.json'}: {said}" in gathered(copied)["damages"]
    assert said in without_tags(html(copied))


def test_a_config_without_layers_is_told(copied):
    (copied.path / "config.yaml").write_text("name: small\n")
    with pytest.raises(UsageError) as told:
        layers.experiment(copied)
    assert str(told.value) == f"{copied.path / 'config.yaml'}: has no layers: it is no run's"


def test_metrics_that_are_none_are_told(copied):
    (copied.path / "metrics.jsonl").write_text('{"phase": "wander", "inputs": "many"}\n')
    with pytest.raises(UsageError) as told:
        gather.curve_records(copied)
    assert str(told.value) == f"{copied.path / 'metrics.jsonl'}: is not a record an epoch"


def test_a_run_of_before_run_json_had_the_shape_of_its_images_saw_squares(copied):
    assert layers.drawn(copied)[0].field == (8, 8)
    altered(copied, "run.json", lambda info: info.update(image=[4, 16]))
    assert layers.drawn(copied)[0].field == (4, 16)
    altered(copied, "run.json", lambda info: info.pop("image"))
    assert layers.drawn(copied)[0].field == (8, 8)


def test_a_run_says_what_shape_its_inputs_have(finished):
    assert finished.info()["image"] == [8, 8]


# Sweeps


@pytest.fixture
def swept(tmp_path):
    """The directory of a sweep of two settings and two seeds, of which one run failed."""
    folder = tmp_path / "runs" / "small-sweep-001"
    folder.mkdir(parents=True)
    asked = {
        "config": "/x/small.yaml",
        "settings": [],
        "seeds": [0, 1],
        "search": None,
        "on": "test",
    }
    (folder / "sweep.json").write_text(json.dumps(asked))
    (folder / "table.csv").write_text(
        "run,layers.sparse.n_w,seed,status,accuracy,random_weights,mean,lowest,highest,error\n"
        "sparse.n_w-2-seed-0,2,0,completed,0.5,0.1,0.55,0.5,0.6,\n"
        "sparse.n_w-2-seed-1,2,1,completed,0.6,0.3,0.55,0.5,0.6,\n"
        "sparse.n_w-3-seed-0,3,0,completed,0.7,0.2,0.7,0.7,0.7,\n"
        "sparse.n_w-3-seed-1,3,1,failed,,,0.7,0.7,0.7,out of <luck>\n"
    )
    return SweepFolder(folder)


def test_a_sweep_has_its_table_and_its_picture(swept, html):
    text = html(swept)
    words = without_tags(text)
    said = "Accuracy on test images; mean over seeds, smallest to largest in brackets."
    assert f"small: 3 of 4 runs complete. {said}" in words
    assert "sparse.n_w runs accuracy random weights" in words
    assert "2 2 of 2 55.00 % (50.00 to 60.00) 20.00 %" in words
    assert "3 1 of 2 70.00 % best 20.00 %" in words
    assert "failed out of <luck> – –" in words
    assert text.count("data:image/png;base64,iVBOR") == 2  # on light and on dark paper
    assert 'media="(prefers-color-scheme: dark)"' in text


def test_the_picture_of_a_sweep_has_the_controls_of_its_table(swept, html, monkeypatch):
    drawn = []
    monkeypatch.setattr("hebb.plots.sweep", lambda *given, **how: drawn.append((given, how)))
    html(swept)
    (_, settings, right), how = drawn[0]  # and no title: the page has it
    assert (settings, right) == ({"sparse.n_w": ["2", "2", "3"]}, [0.5, 0.6, 0.7])
    assert how["controls"] == {"random weights": [0.1, 0.3, 0.2]}


def test_settings_that_come_to_the_same_have_no_best_on_a_page_either(swept, html):
    table = (swept.path / "table.csv").read_text()
    (swept.path / "table.csv").write_text(table.replace("0.7,0.7,0.7", "0.55,0.7,0.7"))
    assert "best" not in without_tags(html(swept))


def test_a_sweep_of_one_seed_promises_no_brackets_on_a_page(swept, html):
    lines = (swept.path / "table.csv").read_text().splitlines(keepends=True)
    (swept.path / "table.csv").write_text(lines[0] + lines[1] + lines[3])
    words = without_tags(html(swept))
    assert "2 of 2 runs complete. Accuracy on test images; one run a setting." in words


def test_a_sweep_that_has_only_just_begun_says_so(swept, html):
    (swept.path / "table.csv").unlink()
    words = without_tags(html(swept))
    assert "0 of 0 runs complete. It has no table yet: no run of it has come to anything." in words


def test_a_sweep_and_runs_stand_on_one_page(swept, finished, html):
    words = without_tags(html(swept, finished))
    assert "small-sweep-001 and small-001" in html(swept, finished)
    assert "Tapestries" in words
    assert "sparse.n_w runs accuracy" in words


@pytest.mark.parametrize(
    "content",
    [
        "run,seed\na,b\n",
        "x\n1\n",
        "run,seed,status,accuracy,mean,lowest,highest,error\na,0,completed,much,,,,\n",
    ],
)
def test_a_table_of_no_sweep_is_told(swept, content):
    (swept.path / "table.csv").write_text(content)
    with pytest.raises(UsageError) as told:
        sweeps.gathered(swept)
    assert str(told.value) == f"{swept.path / 'table.csv'}: is not the table of a sweep"


def test_a_table_that_cannot_be_read_is_told(swept):
    (swept.path / "table.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError) as told:
        sweeps.gathered(swept)
    assert str(told.value) == f"{swept.path / 'table.csv'}: cannot be read: not UTF-8 text"


# The command, and Python


def test_the_command_prints_where_the_page_is(copied, hebb):
    code, out, err = hebb("report", "latest")
    assert (code, out, err) == (0, "runs/small-001/report.html\n", "")
    assert (copied.path / "report.html").read_text().startswith("<!doctype html>")


def test_several_runs_have_a_page_beside_the_first(copied, swept, hebb):
    code, out, _ = hebb("report", "small-001", "small-sweep-001")
    assert (code, out) == (0, "runs/report-small-001-small-sweep-001.html\n")
    code, out, _ = hebb("report", "small-001", "--to", "mine.html", "--megabytes", "2")
    assert (code, out) == (0, "mine.html\n")


def test_what_is_given_twice_stands_on_a_page_once_and_is_told(copied, swept, hebb):
    code, out, err = hebb(
        "report", "small-001", "small-sweep-001", "latest", "runs/small-sweep-001"
    )
    assert (code, out) == (0, "runs/report-small-001-small-sweep-001.html\n")
    assert err.splitlines() == [
        "small-001: is given more than once, and taken once",
        "small-sweep-001: is given more than once, and taken once",
    ]


def test_a_page_that_cannot_be_as_small_as_asked_for_says_so(finished, copied, swept, tmp_path):
    to, said = tmp_path / "page.html", []
    report([finished], to, 5, said.append)
    assert said == []
    for shown, why in (
        ([finished], "; the first and the last snapshot of each run are always in it"),
        ([SweepFolder(swept.path)], ""),
    ):
        report(shown, to, 0.01, said.append)
        size = f"{to.stat().st_size / 1e6:.1f} MB"
        assert said.pop() == f"{to}: has {size}, more than the 0.01 asked for{why}"


def test_a_name_of_nothing_is_told(hebb):
    code, out, err = hebb("report", "nothing")
    assert (code, out) == (2, "")
    assert err == "nothing: no such run or sweep, neither as a path nor in runs\n"


def test_a_page_that_cannot_be_written_is_told(copied, hebb):
    Path("mine").write_text("a file")
    code, _, err = hebb("report", "small-001", "--to", "mine/page.html")
    said = "mine: cannot be a folder, since it is no folder; choose another place\n"
    assert (code, err) == (2, said)
    code, _, err = hebb("report", "small-001", "--to", "runs")
    assert (code, err) == (2, "runs: is a folder; name a file in it, or choose another place\n")


def test_a_page_goes_into_a_folder_that_is_made_for_it(copied, hebb):
    assert hebb("report", "small-001", "--to", "new/page.html")[:2] == (0, "new/page.html\n")
    assert Path("new/page.html").is_file()


def test_a_run_with_a_snapshot_that_is_rotten_inside_is_damaged_on_its_page(copied, html):
    path = copied.path / "snapshots" / "000000300.npz"
    whole = path.read_bytes()
    assert '<span class="status completed">' in html(copied)
    path.write_bytes(whole[:2000] + bytes(200) + whole[2200:])
    text = html(copied)
    assert '<span class="status damaged">' in text
    assert text.count(f"{path}: is not a whole .npz file of plain arrays") == 1


def test_a_report_of_nothing_is_told():
    with pytest.raises(UsageError) as told:
        report([])
    assert str(told.value) == "report: must be given a run or a sweep"


def test_runs_and_sweeps_are_found_by_path_id_and_latest(copied, swept, tmp_path):
    runs = tmp_path / "runs"
    assert find("latest", runs).path == find("small-001", runs).path == copied.path
    assert isinstance(find("small-sweep-001", runs), SweepFolder)
    assert find(str(swept.path), tmp_path).path == swept.path
    with pytest.raises(HebbError):
        find("../runs/small-sweep-001", runs)


def test_python_writes_the_same_page(copied, tmp_path):
    import hebb

    path = hebb.open(copied.path).report(tmp_path / "page.html")
    assert path.read_bytes() == report([copied], tmp_path / "again.html").read_bytes()


def test_settings_read_as_a_person_would_write_them():
    values = [True, 2000, 0.1 + 0.2, [1, 2.5], {"radius": 2}, None, "raw"]
    assert [brief(each) for each in values] == [
        "true", "2000", "0.3", "[1, 2.5]", "radius 2", "–", "raw",
    ]  # fmt: skip
    assert (lift(-0.1234), lift(0.02)) == ("−12.34", "+2.00")
