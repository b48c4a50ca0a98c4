"""`hebb rm`: what is asked, what is removed, and what is left alone."""

import os
import re
import shutil
from pathlib import Path

import pytest
from helpers import refused
from made_runs import ids, make

from hebb.catalogue import listing
from hebb.catalogue.removal import remove
from hebb.errors import HebbError
from hebb.store import Run

pytestmark = pytest.mark.usefixtures("a_terminal_of_100_columns")


def test_rm_asks_naming_what_goes_and_who_began_with_it(related, hebb):
    code, out, err = hebb("rm", "old", "latest", answer="y\n")
    assert (code, out) == (0, "removed: runs/old\nremoved: runs/young\n")
    lines = err.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["run", "old", "young"]
    assert lines[3] == "middle began with weights of old"
    assert re.fullmatch(r"2 runs, [\d.]+ KiB", lines[4])
    assert err.endswith("Remove for good? [y/N] ")
    assert os.listdir(related) == ["middle"]


@pytest.mark.parametrize("answer", ["n\n", "\n", "yep\n"])
def test_rm_removes_nothing_without_a_yes(runs_dir, hebb, answer):
    code, out, err = hebb("rm", "a", answer=answer)
    assert (code, out) == (0, "")
    assert err.endswith("Remove for good? [y/N] nothing was removed\n")
    assert (runs_dir / "a" / "run.json").is_file()


def test_rm_that_nobody_can_answer_says_how(runs_dir, hebb):
    code, out, err = hebb("rm", "a")
    assert (code, out) == (2, "")
    assert err.endswith("\nrm: must be answered, or given --yes; nothing was removed\n")
    assert sorted(os.listdir(runs_dir)) == ["a", "b", "c"]


def test_rm_with_yes_asks_nothing_and_names_a_run_once(runs_dir, hebb):
    assert hebb("rm", "--yes", "a", runs_dir / "a") == (0, f"removed: {runs_dir / 'a'}\n", "")
    assert sorted(os.listdir(runs_dir)) == ["b", "c"]


def test_a_run_under_way_is_never_removed_nor_what_is_named_beside_it(runs_dir, hebb):
    run = make(runs_dir, "d", "running", 3)
    run.note(pid=17, host="here")
    with Run(run.path).held():
        code, out, err = hebb("rm", "a", "d", "--yes")
    assert (code, out, err) == (2, "", "runs/d: is under way in process 17 on here\n")
    assert sorted(os.listdir(runs_dir)) == ["a", "b", "c", "d"]


def test_what_may_be_no_run_is_never_removed(tmp_path, hebb):
    for name in ("config.yaml", "snapshots/mine.npz"):
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    said = "project: is left alone: without a run.json it may be no run\n"
    assert hebb("rm", "project", "--yes") == (2, "", said)
    said = "missing: no such run, neither as a path nor in runs\n"
    assert hebb("rm", "missing", "--yes") == (2, "", said)
    assert path.read_text() == "mine"


def test_a_sweep_is_left_alone_and_how_to_remove_it_is_told(runs_dir, hebb):
    (runs_dir / "wide").mkdir()
    (runs_dir / "wide" / "sweep.json").write_text("{}")
    said = "wide: is a sweep, not a run; `rm -r runs/wide` removes it with all its runs\n"
    assert hebb("rm", "a", "wide", "--yes") == (2, "", said)
    assert sorted(os.listdir(runs_dir)) == ["a", "b", "c", "wide"]
    (runs_dir / "wide").rename(runs_dir / "my wide")
    said = said.replace("wide:", "my wide:").replace("runs/wide", "'runs/my wide'")
    assert hebb("rm", "my wide", "--yes") == (2, "", said)


def test_a_link_to_a_run_is_left_alone(runs_dir, hebb):
    (runs_dir / "link").symlink_to(runs_dir / "a")
    said = "runs/link: is a link; name what it leads to, to remove that\n"
    assert hebb("rm", "link", "--yes") == (2, "", said)
    assert (runs_dir / "a" / "run.json").is_file()


def test_links_inside_a_run_are_not_followed(runs_dir, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "data").write_text("mine")
    (runs_dir / "a" / "link").symlink_to(tmp_path / "mine")
    remove(Run(runs_dir / "a"))
    assert (tmp_path / "mine" / "data").read_text() == "mine"


@pytest.mark.parametrize("name", ["run.json", "config.yaml", "eval.json"])
def test_a_damaged_run_can_be_removed(runs_dir, name):
    (runs_dir / "a" / name).write_text("{")
    remove(Run(runs_dir / "a"))
    assert sorted(os.listdir(runs_dir)) == ["b", "c"]


def test_a_run_cut_before_its_first_line_can_be_removed(tmp_path):
    remove(Run.create(tmp_path, "small"))
    assert os.listdir(tmp_path) == []


def test_a_disk_that_does_not_let_go_is_told(runs_dir, monkeypatch):
    def fail(path):
        raise OSError(5, "Input/output error")

    path = runs_dir / "a"
    aside = runs_dir.resolve() / f".a.{os.getpid()}.part"
    monkeypatch.setattr(shutil, "rmtree", fail)
    assert refused(HebbError, remove, Run(path)) == (
        f"{path}: cannot be removed: Input/output error; what is left of it is {aside}"
    )
    assert ids(listing.runs(runs_dir)) == ["c", "b"]
    monkeypatch.setattr(Path, "rename", lambda self, to: fail(self))
    message = refused(HebbError, remove, Run(runs_dir / "b"))
    assert message == f"{runs_dir / 'b'}: cannot be removed: Input/output error"
    assert (runs_dir / "b" / "run.json").is_file()
