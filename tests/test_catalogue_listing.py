"""Runs as they are listed: an entry each, damaged or not; ordered, chosen and found."""

import json
import os
import shutil
from contextlib import nullcontext
from pathlib import Path
from zipfile import is_zipfile

import numpy as np
import pytest
from helpers import refused
from made_runs import BEGAN, ids, make

from hebb.catalogue import listing
from hebb.catalogue.contents import (
    damages,
)
from hebb.catalogue.description import describe
from hebb.catalogue.listing import Entry, chosen, entry, find, ordered
from hebb.errors import ConfigError, UsageError
from hebb.store import Run

pytestmark = pytest.mark.usefixtures("a_terminal_of_100_columns")


# Entries


def test_an_entry_says_what_the_files_of_a_run_say(runs_dir):
    run = Run(runs_dir / "a")
    size = sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
    assert entry(run) == Entry("a", run.path, "completed", None, BEGAN, 300, 0.5, 0.125, size)


def test_a_real_run_is_listed_as_its_files_have_it(finished):
    found = entry(finished)
    vote = finished.read_json("eval.json")["results"][0]
    assert (found.status, found.inputs, found.error) == ("completed", 800, None)
    assert found.accuracy == vote["accuracy"]
    assert found.lift == vote["controls"]["random_weights"]["lift"]
    assert json.loads(json.dumps(found.plain()))["path"] == str(finished.path)


def test_a_run_that_nobody_is_at_was_killed(tmp_path):
    run = make(tmp_path, "a", "running")
    before = os.listdir(run.path)
    assert entry(run).status == "killed"
    assert os.listdir(run.path) == before
    with Run(run.path).held():
        assert entry(run).status == "running"
    assert entry(run).status == "killed"


def test_a_run_whose_lock_is_somebody_elses_is_what_it_says(tmp_path, monkeypatch):
    run = make(tmp_path, "a", "running")
    with run.held():
        pass

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Run, "is_held", refuse)
    assert entry(run).status == "running"


@pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b[:-9], lambda b: b[:-30] + bytes(30)])
def test_a_run_whose_last_snapshot_is_not_whole_is_damaged_and_says_which(copied, damage):
    path = copied.path / "snapshots" / "000000800.npz"
    assert entry(copied).status == "completed"
    path.write_bytes(damage(path.read_bytes()))
    found = entry(copied)
    said = f"{path}: is not a whole .npz file of plain arrays"
    assert (found.status, found.error) == ("damaged", said)
    assert damages(copied) == [said]


def test_a_run_with_metrics_that_are_none_is_damaged_and_says_how_much_more_is(copied):
    (copied.path / "metrics.jsonl").write_bytes(b"\xff\n")
    (copied.path / "snapshots" / "000000800.npz").write_bytes(b"")
    found = entry(copied)
    said = f"{copied.path / 'metrics.jsonl'}: is no text; and 1 more file"
    assert (found.status, found.error) == ("damaged", said)


def test_a_listing_opens_the_last_snapshot_alone_and_show_all(copied, hebb, monkeypatch):
    path, opened = copied.path / "snapshots" / "000000300.npz", []
    path.write_bytes(b"")
    monkeypatch.setattr(
        "hebb.catalogue.contents.is_zipfile",
        lambda path: opened.append(path.name) or is_zipfile(path),
    )
    assert (entry(copied).status, entry(copied).inputs) == ("completed", 800)
    assert set(opened) == {"000000800.npz"}
    found = describe(copied)
    said = f"{path}: is not a whole .npz file of plain arrays"
    assert (found["status"], found["damages"]) == ("damaged", [said])
    monkeypatch.setenv("COLUMNS", "300")
    told = hebb("show", copied.path)[1].splitlines()
    assert (told[0], told[1].split(maxsplit=1)) == (f"{copied.id}: damaged", ["because", said])


def test_no_weights_are_read(runs_dir, monkeypatch):
    monkeypatch.setattr(np, "load", None)
    monkeypatch.setattr("hebb.catalogue.family.file_digest", None)
    assert len(listing.runs(runs_dir)) == 3
    assert describe(Run(runs_dir / "a"))["inputs"] == 300


def test_a_file_that_goes_while_it_is_looked_at_is_passed_over(runs_dir, monkeypatch):
    part = runs_dir / "a" / ".run.json.17.part"
    before = entry(Run(runs_dir / "a"))
    part.write_text("half")
    scandir = os.scandir

    def scan(path):
        with scandir(path) as found:
            names = list(found)
        part.unlink(missing_ok=True)
        return nullcontext(names)

    monkeypatch.setattr(os, "scandir", scan)
    assert entry(Run(runs_dir / "a")) == before


def test_what_is_no_run_is_not_listed(runs_dir):
    (runs_dir / "README.md").write_text("")
    (runs_dir / "empty").mkdir()
    shutil.copytree(runs_dir / "a", runs_dir / ".a.17.part")
    assert ids(listing.runs(runs_dir)) == ["c", "b", "a"]
    assert listing.runs(runs_dir / "missing") == []


def test_a_runs_dir_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "runs").write_text("")
    message = refused(UsageError, listing.runs, tmp_path / "runs")
    assert message == f"{tmp_path / 'runs'}: cannot be read: Not a directory"


@pytest.mark.parametrize(
    ("damage", "name", "said"),
    [
        (None, "run.json", "run.json: cannot be read: No such file or directory"),
        (b"", "run.json", "run.json: is not whole: no JSON can be read from it"),
        (b"\xff", "run.json", "run.json: is not whole: no JSON can be read from it"),
        (b"[]", "run.json", "run.json: lacks status or dataset: it is no run's"),
        (
            b'{"status": 0, "dataset": 0}',
            "run.json",
            "run.json: its status is not one of running, completed, interrupted, failed",
        ),
        (b"{", "eval.json", "eval.json: is not whole: no JSON can be read from it"),
        (b"[]", "eval.json", "eval.json: is not an evaluation"),
        (b'{"results": [{"classifier": 1}]}', "eval.json", "eval.json: is not an evaluation"),
        (None, "config.yaml", ": has no config.yaml"),
    ],
)
def test_a_damaged_run_is_listed_with_the_reason(runs_dir, hebb, damage, name, said):
    path = runs_dir / "b" / name
    path.unlink() if damage is None else path.write_bytes(damage)
    found = {each.id: each for each in listing.runs(runs_dir)}
    reason = f"{runs_dir / 'b'}{said if said[0] == ':' else '/' + said}"
    assert (found["b"].status, found["b"].error) == ("damaged", reason)
    assert [found[id].status for id in "ac"] == ["completed", "interrupted"]
    code, out, err = hebb("show", "b")
    assert (code, err) == (0, "")
    assert out.startswith("b: damaged\nbecause ")
    told = json.loads(hebb("show", "b", "--json")[1])
    assert told["error"] == reason.replace(str(runs_dir), "runs")


def test_a_run_cut_before_its_first_line_is_damaged(tmp_path):
    run = Run.create(tmp_path, "small")
    assert ids(listing.runs(tmp_path)) == ["small-001"]
    assert entry(run).status == "damaged"


def test_a_file_that_the_disk_refuses_makes_a_run_damaged(runs_dir, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("hebb.catalogue.listing.files", refuse)
    found = entry(Run(runs_dir / "a"))
    assert (found.status, found.error) == ("damaged", f"{runs_dir / 'a'}: Permission denied")


def test_a_run_removed_meanwhile_is_not_listed(runs_dir, monkeypatch):
    listed = listing.runs_in(runs_dir)
    shutil.rmtree(runs_dir / "b")
    monkeypatch.setattr(listing, "runs_in", lambda path: listed)
    assert ids(listing.runs(runs_dir)) == ["c", "a"]


# Orders and filters


def test_runs_come_in_the_order_asked_for_and_those_without_last(runs_dir):
    found = listing.runs(runs_dir)
    (runs_dir / "b" / "log.txt").write_text("x" * 10_000)
    found = listing.runs(runs_dir)
    assert ids(found) == ids(ordered(found)) == ["c", "b", "a"]
    assert ids(ordered(found, reverse=True)) == ["a", "b", "c"]
    assert ids(ordered(found, "accuracy")) == ["c", "a", "b"]
    assert ids(ordered(found, "accuracy", reverse=True)) == ["a", "c", "b"]
    assert ids(ordered(found, "size"))[0] == "b"
    assert ids(ordered(found, "id")) == ["a", "b", "c"]


def test_an_order_that_is_none_is_refused():
    message = refused(UsageError, ordered, [], "name")
    assert message == "--sort: must be one of age, accuracy, size, id (got name)"


def test_runs_are_chosen_by_status_name_and_settings(runs_dir):
    found = listing.runs(runs_dir)
    assert ids(chosen(found, "failed")) == ["b"]
    assert ids(chosen(found, name="[ab]*")) == ["b", "a"]
    assert ids(chosen(found, where=["layers.sparse.n_w=15"])) == ["b"]
    assert ids(chosen(found, where=["layers.sparse.init.uniform=[0, .2]", "name=a"])) == ["a"]
    assert ids(chosen(found, "failed", "a")) == []
    (runs_dir / "b" / "config.yaml").write_text("{")
    assert ids(chosen(found, where=["layers.sparse.n_w=15"])) == []


def test_a_filter_that_is_none_is_refused():
    assert refused(UsageError, chosen, [], "done") == (
        "--status: must be one of running, completed, interrupted, failed, killed, damaged "
        "(got done)"
    )
    for text in ("seed", "=5"):
        assert refused(UsageError, chosen, [], None, "*", [text]) == (
            f"--where: must be KEY=VALUE, such as layers.sparse.n_w=15 (got {text})"
        )
    assert refused(ConfigError, chosen, [], None, "*", ["a=["]).startswith("a=[: must be YAML: ")


# Finding


def test_a_run_is_found_by_path_id_and_latest_even_if_damaged(runs_dir, tmp_path, monkeypatch):
    assert find("b", runs_dir).path == runs_dir / "b"
    assert find("latest", runs_dir).path == runs_dir / "c"
    assert find(str(runs_dir / "a"), tmp_path).path == runs_dir / "a"
    (runs_dir / "a" / "config.yaml").unlink()
    assert find("a", runs_dir).path == runs_dir / "a"


@pytest.mark.parametrize("name", ["../a", "x", "", "..", "x/../a"])
def test_an_id_does_not_lead_out_of_the_runs_directory(runs_dir, tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "none" / "x").mkdir(parents=True)
    shutil.copytree(runs_dir / "a", tmp_path / "a")
    message = refused(UsageError, find, name, Path("none"))
    assert message == f"{name}: no such run, neither as a path nor in none"
