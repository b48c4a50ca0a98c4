"""Pages of runs that are not as they should be: cut, failed, damaged, or of before."""

import numpy as np
import pytest
from page_text import altered, inside, without_tags

from hebb.errors import UsageError
from hebb.report import gather, images, layers
from hebb.report.gather import gathered


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


def test_a_run_with_a_snapshot_that_is_rotten_inside_is_damaged_on_its_page(copied, html):
    path = copied.path / "snapshots" / "000000300.npz"
    whole = path.read_bytes()
    assert '<span class="status completed">' in html(copied)
    path.write_bytes(whole[:2000] + bytes(200) + whole[2200:])
    text = html(copied)
    assert '<span class="status damaged">' in text
    assert text.count(f"{path}: is not a whole .npz file of plain arrays") == 1
