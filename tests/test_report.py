"""The page of a run: what it tells, and of several runs where they differ."""

import json
import re
import shutil
from html import unescape

import numpy as np
import pytest
from page_text import altered, inside, without_tags

from hebb.catalogue.comparison import differences
from hebb.report.page import brief, lift
from hebb.store import Run


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


def test_settings_read_as_a_person_would_write_them():
    values = [True, 2000, 0.1 + 0.2, [1, 2.5], {"radius": 2}, None, "raw"]
    assert [brief(each) for each in values] == [
        "true", "2000", "0.3", "[1, 2.5]", "radius 2", "–", "raw",
    ]  # fmt: skip
    assert (lift(-0.1234), lift(0.02)) == ("−12.34", "+2.00")


@pytest.mark.parametrize("lacking", [0, 1])
def test_a_confusion_has_a_column_of_answers_without_a_class_where_there_is_one(
    lacking, copied, html
):
    held = copied.read_json("eval.json")
    results = [each for each in held["results"] if "confusion" in each]
    for each in results:
        for row in each["confusion"]:
            row[-1] = lacking
    copied.write_json("eval.json", held)
    text = html(copied)
    section = text[text.index('<section id="confusions"') :]
    section = section[: section.index("</section>")]
    assert section.count('<th scope="col">none</th>') == len(results) * lacking
    assert section.count("<td style") == len(results) * 10 * (10 + lacking)
