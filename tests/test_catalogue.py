"""What there is among runs: listed, shown, compared and removed."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import is_zipfile

import numpy as np
import pytest

from hebb.catalogue import description, listing
from hebb.catalogue.comparison import differences
from hebb.catalogue.contents import (
    damages,
    figures,
    inputs_per_second,
    last_metrics,
    results,
    settings,
)
from hebb.catalogue.description import describe
from hebb.catalogue.family import children, family
from hebb.catalogue.listing import Entry, chosen, entry, find, ordered
from hebb.catalogue.removal import remove
from hebb.catalogue.sweeps import sweeps as sweeps_in
from hebb.catalogue.sweeps import sweeps_text
from hebb.catalogue.text import age
from hebb.errors import ConfigError, HebbError, UsageError
from hebb.size import size as bytes_said
from hebb.store import Run, file_digest

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
YAML = (
    "name: {id}\nlayers:\n- {{name: sparse, rule: mwta, n_w: {n_w}, init: {{uniform: [0, 0.2]}}}}\n"
)


def make(runs_dir, id, status="completed", minutes=0, accuracy=None, n_w=5, files=None):
    """A run directory as a run leaves it, with one snapshot of 300 inputs."""
    run = Run.create(runs_dir, "small", id)
    began = (BEGAN + timedelta(minutes=minutes)).isoformat()
    origin = {"dataset": {"source": "digits"}, "device": {"kind": "cpu"}, "reference": False}
    run.note(status=status, started=began, files=files or {}, **origin)
    run.write_text("config.yaml", YAML.format(id=id, n_w=n_w))
    run.save_snapshot(300, {"sparse.w": np.ones((2, 3))})
    os.utime(run.path / "config.yaml", (minutes, minutes))
    if accuracy is not None:
        lift = {"accuracy": accuracy - 0.125, "lift": 0.125}
        vote = {"classifier": "vote", "layer": "sparse", "accuracy": accuracy}
        run.write_json("eval.json", {"results": [vote | {"controls": {"random_weights": lift}}]})
    return run


def refused(error, call, *args):
    with pytest.raises(error) as caught:
        call(*args)
    return str(caught.value)


def ids(entries):
    return [each.id for each in entries]


@pytest.fixture
def runs_dir(tmp_path):
    """Three runs: a, b and c, each a minute younger than the one before."""
    make(tmp_path / "runs", "a", accuracy=0.5)
    make(tmp_path / "runs", "b", "failed", 1, n_w=15)
    make(tmp_path / "runs", "c", "interrupted", 2, accuracy=0.75)
    return tmp_path / "runs"


@pytest.fixture(autouse=True)
def a_terminal_of_100_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")


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
    said = f"{copied.path / 'metrics.jsonl'}: holds a line that is no JSON; and 1 more file"
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


# What a run says


def test_settings_are_dotted_paths(runs_dir, finished):
    assert settings(Run(runs_dir / "a")) == {
        "name": "a",
        "layers": ["sparse"],
        "layers.sparse.rule": "mwta",
        "layers.sparse.n_w": 5,
        "layers.sparse.init.uniform": [0, 0.2],
    }
    found = settings(finished)
    assert found["phases.digits.set.top.clip"] == 1
    assert found["layers.sparse.lateral.radius"] == 1
    assert found["evaluate.1.layer"] == "top"


def test_a_setting_that_is_taken_away_reads_none(tmp_path):
    run = make(tmp_path, "a")
    run.write_text("config.yaml", "phases:\n- {name: one, set: {top.clip: null}}\n")
    assert settings(run) == {"phases": ["one"], "phases.one.set.top.clip": "none"}


def test_settings_that_cannot_be_read_are_told_with_their_place(tmp_path):
    run = make(tmp_path, "a")
    path = run.path / "config.yaml"
    run.write_text("config.yaml", "name: a\nname: b\n")
    message = refused(ConfigError, settings, run)
    assert message == f"{path}:2:1: name: is given twice; first at {path}:1:1"


@pytest.mark.parametrize("line", ["[]", '{"layers": {"a": 1}}', '{"phase": 1}'])
def test_metrics_that_are_none_are_told(tmp_path, line):
    run = make(tmp_path, "a")
    assert last_metrics(run) is None
    run.append("metrics.jsonl", line)
    message = refused(UsageError, last_metrics, run)
    assert message == f"{run.path / 'metrics.jsonl'}: is not a record an epoch"


def test_results_leave_out_matrices(finished):
    whole = finished.read_json("eval.json")["results"]
    found = results(finished)
    assert [each["layer"] for each in found] == ["sparse", "top", "sparse"]
    assert set(found[0]) == {
        "classifier", "layer", "label", "accuracy", "first_weights", "controls"
    }  # fmt: skip
    assert found[0]["controls"].keys() == whole[0]["controls"].keys() != set()
    for name, control in found[0]["controls"].items():
        assert control["lift"] == whole[0]["controls"][name]["lift"]
    assert found[2] == whole[2] | {"label": "reconstruction"}


def test_figures_have_one_name_each(copied):
    found, whole = figures(copied), copied.read_json("eval.json")["results"]
    vote = whole[0]
    assert found["sparse.vote.accuracy"] == vote["accuracy"]
    assert found["sparse.vote.raw_pixels"] == vote["controls"]["raw_pixels"]["accuracy"]
    assert found["sparse.reconstruction"] == whole[2]["reconstruction_error"]
    last = last_metrics(copied)["layers"]["top"]
    assert found["top.weight_change"] == last["weight_change"]
    assert "top.learns" not in found
    assert all(isinstance(value, float) for value in found.values())
    copied.write_json("eval.json", {"results": [vote | {"label": "second"}]})
    assert figures(copied)["sparse.second.accuracy"] == vote["accuracy"]
    assert "sparse.vote.accuracy" not in figures(copied)


def test_a_run_without_read_out_has_the_figures_of_its_metrics(tmp_path):
    run = make(tmp_path, "a")
    assert figures(run) == {}
    run.append_metrics({"layers": {"a": {"learns": True, "winners": 3}}})
    assert figures(run) == {"a.winners": 3.0}


def test_the_rate_is_the_median_of_the_epochs(tmp_path):
    run = make(tmp_path, "a")
    assert inputs_per_second(run) is None
    for rate in (10, 120.0, 100.0):
        run.append_metrics({"inputs_per_second": rate})
    assert inputs_per_second(run) == 100.0
    run.append_metrics({"inputs": 600})
    message = refused(UsageError, inputs_per_second, run)
    assert message == f"{run.path / 'metrics.jsonl'}: is not a record an epoch"


def test_what_is_noted_and_expected_is_no_setting(tmp_path):
    run = make(tmp_path, "a")
    before = settings(run)
    text = (run.path / "config.yaml").read_text()
    run.write_text("config.yaml", text + "notes: {what: x}\nexpect: {mnist: {sparse.a: [0, 1]}}\n")
    assert settings(run) == before


# Family


@pytest.fixture
def related(tmp_path):
    """The runs dir of old, middle and young, each begun with weights of the one before."""
    run, runs_dir, files = None, tmp_path.resolve() / "runs", {}
    for minutes, id in enumerate(("old", "middle", "young")):
        run = make(runs_dir, id, minutes=minutes, files=files)
        snapshot = run.find()[1]
        files = {str(snapshot): file_digest(snapshot), "/some/rule.py": "0"}
    return runs_dir


def test_a_family_goes_up_to_the_first_and_down_to_the_next(related):
    old = {"id": "old", "path": str(related / "old"), "snapshot": 300, "state": "same"}
    young = {"id": "young", "path": str(related / "young"), "snapshot": 300}
    assert family(Run(related / "middle")) == {
        "parents": [old | {"parents": []}],
        "children": [young],
    }
    above = family(Run(related / "young"))["parents"][0]
    assert (above["id"], above["parents"][0]["id"]) == ("middle", "old")
    assert family(Run(related / "old"))["parents"] == []


def test_weights_that_have_changed_or_are_gone_are_told(related, hebb):
    Run(related / "middle").save_snapshot(300, {"sparse.w": np.zeros((2, 3))})
    shutil.rmtree(related / "old")
    found = family(Run(related / "young"))["parents"][0]
    assert (found["state"], found["parents"][0]["state"]) == ("changed", "gone")
    assert hebb("show", "young")[1].split("family\n")[1].split("\n\n")[0] == (
        "  began with middle at 300 inputs; it has changed since\n"
        "  which began with old at 300 inputs; it is gone"
    )


def test_a_family_that_goes_round_in_a_circle_ends(related):
    snapshot = related / "young" / "snapshots" / "000000300.npz"
    Run(related / "old").note(files={str(snapshot): "0"})
    found = family(Run(related / "old"))["parents"][0]
    assert (found["id"], found["parents"][0]["parents"][0]["parents"]) == ("young", [])


def test_a_damaged_relative_does_not_hide_the_others(related):
    (related / "old" / "run.json").write_text("{")
    (related / "young" / "run.json").write_text('{"status": 1, "dataset": 1, "files": 3}')
    assert family(Run(related / "middle"))["parents"][0]["parents"] == []
    assert children(Run(related / "middle")) == []


def test_first_weights_of_another_run_make_a_family(small, train_small, finished):
    run = train_small(f"layers.sparse.init={{run: {finished.path}, snapshot: 300}}")
    parent = family(run)["parents"][0]
    assert (parent["id"], parent["snapshot"], parent["state"]) == (finished.id, 300, "same")


# ls


def test_ls_is_a_line_a_run(runs_dir, hebb, monkeypatch):
    now = BEGAN + timedelta(hours=3)
    text = listing.listing_text(listing.runs(runs_dir), 100, now)
    size = [bytes_said(each.size) for each in listing.runs(runs_dir)]
    assert re.sub(" {2,}", " | ", text).splitlines() == [
        "run | status | age | inputs | accuracy | lift | size",
        f"c | interrupted | 3 h | 300 | 75.00 % | +12.50 | {size[0]}",
        f"b | failed | 3 h | 300 | - | - | {size[1]}",
        f"a | completed | 3 h | 300 | 50.00 % | +12.50 | {size[2]}",
    ]
    code, out, err = hebb("ls", "--sort", "id", "--limit", 2)
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == ["run", "a", "b"]
    out = hebb("ls", "--status", "failed", "--name", "b*", "--where", "layers.sparse.n_w=15")[1]
    assert [line.split()[0] for line in out.splitlines()] == ["run", "b"]


def test_ls_prints_json_for_programs(runs_dir, hebb):
    code, out, err = hebb("ls", "--json", "--reverse")
    assert (code, err) == (0, "")
    assert [each["id"] for each in json.loads(out)] == ["a", "b", "c"]
    assert json.loads(out)[0] == {
        "kind": "run", "id": "a", "path": "runs/a", "status": "completed", "error": None,
        "started": "2026-01-02T03:04:05+00:00", "inputs": 300, "accuracy": 0.5, "lift": 0.125,
        "size": entry(Run(runs_dir / "a")).size,
    }  # fmt: skip


def test_ls_of_nothing_says_so(hebb, runs_dir):
    said = "none: holds no run yet; `hebb run CONFIG` makes one\n"
    assert hebb("ls", "--runs-dir", "none") == (0, "", said)
    assert hebb("ls", "--runs-dir", "none", "--json") == (0, "[]\n", "")
    said = "runs: holds runs (3), but none that was asked for\n"
    assert hebb("ls", "--name", "x") == (0, "", said)


@pytest.fixture
def sweeps(runs_dir):
    """Three sweeps: of a grid, of a search, and one that has only just begun."""

    def asked(id, table=None, **what):
        home = Run.create(runs_dir, "small", id)
        (home.path / "snapshots").rmdir()
        home.write_json("sweep.json", {"search": None, "seeds": [0, 1]} | what)
        if table is not None:
            home.write_text("table.csv", table)
        began = (BEGAN + timedelta(minutes=len(id))).timestamp()
        os.utime(home.path / "sweep.json", (began, began))

    columns = "status,accuracy,random_weights,mean,lowest,highest,error"
    asked(
        "grid",
        f"run,layers.sparse.n_w,seed,{columns}\n"
        "x,5,0,completed,0.5,0.1,0.5,0.5,0.5,\nx,5,1,waiting,,,0.5,0.5,0.5,\n"
        "y,15,0,completed,0.5,0.1,0.625,0.5,0.75,\ny,15,1,completed,0.75,0.1,0.625,0.5,0.75,\n"
        "z,20,0,failed,,,,,,it broke\nz,20,1,waiting,,,,,,\n",
    )
    row = "x,0.0123456789,0,completed,0.5,0.5,0.5,0.5,\n"
    asked(
        "searching",
        "run,layers.sparse.xi,seed,status,accuracy,mean,lowest,highest,error\n" + row,
        search=40,
    )
    asked("just_begun")
    return runs_dir


def test_ls_has_a_line_a_sweep(sweeps, hebb):
    text = sweeps_text(sweeps_in(sweeps), 100, BEGAN + timedelta(hours=3))
    assert re.sub(" {2,}", " | ", text).splitlines() == [
        "sweep | best | age | done | accuracy",
        "just_begun | - | 3 h | 0 | -",
        "searching | sparse.xi 0.01235 | 3 h | 1 of 80 | 50.00 %",
        "grid | sparse.n_w 15 | 3 h | 3 of 6 (1 failed) | 62.50 %",
    ]
    code, out, err = hebb("ls", "--limit", 2)
    assert (code, err) == (0, "")
    first = [line.partition(" ")[0] for line in out.splitlines()]
    assert first == ["run", "c", "b", "", "sweep", "just_begun", "searching"]
    assert hebb("ls", "--name", "gr*")[1].split()[:6] == "sweep best age done accuracy grid".split()
    for asked in (["--status", "failed"], ["--where", "layers.sparse.n_w=15"]):
        assert [line.split()[0] for line in hebb("ls", *asked)[1].splitlines()] == ["run", "b"]
    found = json.loads(hebb("ls", "--json")[1])
    assert [each["kind"] for each in found] == 3 * ["run"] + 3 * ["sweep"]
    assert found[-1] == {
        "kind": "sweep", "id": "grid", "path": "runs/grid", "started": "2026-01-02T03:08:05+00:00",
        "runs": 6, "completed": 3, "failed": 1, "accuracy": 0.625, "best": {"sparse.n_w": "15"},
        "error": None,
    }  # fmt: skip


def test_settings_that_come_to_the_same_have_no_best(sweeps):
    table = sweeps / "grid" / "table.csv"
    table.write_text(table.read_text().replace("0.625", "0.5"))
    grid = sweeps_in(sweeps, "grid")[0]
    assert (grid.accuracy, grid.best) == (0.5, {})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("sweep.json", "{", "/sweep.json: is not whole: no JSON can be read from it"),
        ("sweep.json", "[]", ": its sweep.json and table.csv are not those of a sweep"),
        ("table.csv", "a,b\n1,2\n", ": its sweep.json and table.csv are not those of a sweep"),
    ],
)
def test_a_sweep_that_cannot_be_read_is_listed_as_damaged(sweeps, hebb, name, text, said):
    (sweeps / "grid" / name).write_text(text)
    grid = sweeps_in(sweeps, "grid")[0]
    assert grid.error == f"{sweeps / 'grid'}{said}"
    assert re.search(r"^grid +damaged ", hebb("ls")[1], re.MULTILINE)


def test_a_table_that_the_disk_refuses_is_told(sweeps):
    (sweeps / "grid" / "table.csv").unlink()
    (sweeps / "grid" / "table.csv").mkdir()
    said = f"{sweeps / 'grid' / 'table.csv'}: cannot be read: Is a directory"
    assert sweeps_in(sweeps, "grid")[0].error == said


def test_ls_imports_nothing_heavy(sweeps):
    code = (
        "import sys\nfrom pathlib import Path\nfrom hebb.catalogue import listing, sweeps\n"
        f"listing.runs(Path({str(sweeps)!r})), sweeps.sweeps(Path({str(sweeps)!r}))\n"
        "heavy = {'numba', 'pydantic', 'matplotlib', 'tensorflow', 'keras', 'hebb.layers'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_listing_fits_the_terminal_and_keeps_the_number_of_a_run(tmp_path, hebb, monkeypatch):
    make(tmp_path / "runs", "a_rather_long_name_for_an_experiment-017", accuracy=0.5)
    monkeypatch.setenv("COLUMNS", "70")
    lines = hebb("ls")[1].splitlines()
    assert all(len(line) <= 70 for line in lines)
    assert re.match(r"…\w+-017  completed", lines[1])
    monkeypatch.setenv("COLUMNS", "30")
    narrow = hebb("ls")[1].splitlines()
    assert "017" in narrow[1]
    assert all(len(line) <= 30 for line in narrow)


def test_a_pipe_cuts_nothing(tmp_path, hebb, monkeypatch):
    make(tmp_path / "runs", "x" * 120)
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setattr(sys, "__stdout__", io.StringIO())
    assert "x" * 120 in hebb("ls")[1]


def test_a_directory_with_a_name_that_cannot_be_printed_breaks_nothing(runs_dir, hebb):
    shutil.copytree(runs_dir / "a", runs_dir / os.fsdecode(b"\xff\x1b[2J"))
    code, out, err = hebb("ls")
    assert (code, err) == (0, "")
    assert "\n??[2J" in out
    assert len(json.loads(hebb("ls", "--json")[1])) == 4


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (7300, "2 h"), (86400 * 400, "400 d")],
)
def test_an_age_is_in_its_largest_unit(seconds, text):
    assert age(seconds) == text


def test_a_size_is_in_the_unit_that_reads_best():
    sizes = [bytes_said(n) for n in (0, 1023, 1536, 5 << 20, 3 << 30)]
    assert sizes == ["0 B", "1023 B", "1.5 KiB", "5.0 MiB", "3.0 GiB"]


# show


def test_show_tells_what_a_run_is(copied, hebb):
    code, out, err = hebb("show", "latest")
    assert (code, err) == (0, "")
    lines, joined = out.splitlines(), " ".join(out.split())
    assert lines[0] == "small-001: completed"
    assert all(len(line) <= 100 for line in lines)
    result = copied.read_json("eval.json")["results"][0]
    control = result["controls"]["random_weights"]
    for said in (
        "device cpu, ", "data digits from scikit-learn ", "versions python ", "seed 7",
        "sparse: rule mwta, grid [4, 5], init.uniform [0, 0.2], n_w 3, xi 0.05, ",
        "digits: input train, order shuffled, epochs 1, steps 200, learn [top], ",
        f"vote of sparse: {100 * result['accuracy']:.2f} % beside random_weights "
        f"{100 * control['accuracy']:.2f} %, lift {100 * control['lift']:+.2f}; ",
        "last epoch: 1 of digits sparse: learns false, reconstruction_error ",
        "config.yaml, eval.json, ", "snapshots/ 4 files, ", "plots/ 16 files, ",
    ):  # fmt: skip
        assert said in joined
    assert "family" not in joined


def test_show_minds_a_collapse_of_the_last_weights(copied, hebb):
    held = copied.read_json("eval.json")
    held["results"][0]["unit_wins"] = [980, *[0] * 18, 20]
    copied.write_json("eval.json", held)
    said = "One unit of 20 in sparse has 98 % of all wins on training images."
    _, out, _ = hebb("show", "latest")
    assert f"\nmind       {said}\n" in out
    assert json.loads(hebb("show", "latest", "--json")[1])["collapsed"][0] == said
    copied.save_snapshot(900, copied.snapshot("last")[1])  # of which nothing has been read out
    assert said not in hebb("show", "latest")[1]


def test_show_prints_json_for_programs(copied, hebb):
    code, out, err = hebb("show", copied.path, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["info"] == copied.info()
    assert found["metrics"] == copied.metrics()[-1]
    assert found["settings"]["layers"] == ["sparse", "invariant", "top"]
    assert found["damages"] == []


@pytest.mark.parametrize("name", ["config.yaml", "run.json", "eval.json", "metrics.jsonl"])
@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\xff\n", b"[]\n", b'{"status": 1, "dataset": 1, "layers": 1}\n']
)
def test_show_of_a_damaged_run_tells_the_rest(copied, hebb, name, damage):
    (copied.path / name).write_bytes(damage)
    code, out, err = hebb("show", "small-001")
    assert (code, err) == (0, "")
    assert out.startswith("small-001: ") and "snapshots/ 4 files" in out


# compare


def test_compare_puts_results_beside_each_other_and_only_what_differs(runs_dir, hebb):
    Run(runs_dir / "b").append_metrics({"layers": {"sparse": {"learns": True, "winners": 4.5}}})
    code, out, err = hebb("compare", "a", "b", "latest")
    assert (code, err) == (0, "")
    assert re.sub(" {2,}", " | ", out).splitlines() == [
        " | a | b | c",
        "results",
        " | status | completed | failed | interrupted",
        " | inputs | 300 | 300 | 300",
        " | accuracy.vote.sparse | 50.00 % | - | 75.00 %",
        " | accuracy.vote.sparse.random_weights | 37.50 % | - | 62.50 %",
        " | lift.vote.sparse.random_weights | +12.50 | - | +12.50",
        "last epoch",
        " | sparse.learns | - | true | -",
        " | sparse.winners | - | 4.5 | -",
        "settings that differ",
        " | name | a | b | c",
        " | layers.sparse.n_w | 5 | 15 | 5",
    ]
    again = hebb("compare", "a", "b", "runs/a", "--json")
    assert again[2] == "a: is given more than once, and taken once\n"
    told = json.loads(again[1])
    assert told["settings"] == {"name": ["a", "b"], "layers.sparse.n_w": [5, 15]}
    assert told["results"]["accuracy.vote.sparse"] == [0.5, None]
    assert told["runs"] == ["a", "b"]


def test_runs_that_do_not_fit_beside_each_other_stand_below(runs_dir, hebb, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    blocks = hebb("compare", "a", "b", "c")[1].split("\n\n")
    assert len(blocks) == 2
    assert blocks[0].split()[:2] == ["a", "b"] and blocks[1].split()[0] == "c"
    assert all(len(line) <= 50 for block in blocks for line in block.splitlines())


def test_settings_differ_where_a_layer_is_missing(runs_dir):
    Run(runs_dir / "b").write_text("config.yaml", "name: a\n")
    assert differences([Run(runs_dir / "a"), Run(runs_dir / "b")]) == {
        "layers": [["sparse"], None],
        "layers.sparse.rule": ["mwta", None],
        "layers.sparse.n_w": [5, None],
        "layers.sparse.init.uniform": [[0, 0.2], None],
    }
    assert differences([Run(runs_dir / "a")] * 2) == {}


def test_compare_of_one_run_or_a_damaged_one_is_refused(runs_dir, hebb):
    said = "compare: must be given two runs or more (got 1)\n"
    assert hebb("compare", "a") == (2, "", said)
    again = "a: is given more than once, and taken once\n"
    assert hebb("compare", "a", "runs/a/") == (2, "", again + said)
    (runs_dir / "a" / "eval.json").write_text("[]")
    assert hebb("compare", "a", "b") == (2, "", "runs/a/eval.json: is not an evaluation\n")


# rm


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


def test_what_cannot_be_read_of_the_family_says_nothing_against_the_run(finished, monkeypatch):
    def unreadable(run):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(description, "family", unreadable)
    found = describe(finished)
    assert (found["status"], found["family"], found["damages"]) == ("completed", None, [])


def test_what_is_done_with_settings_changes_no_others(finished):
    settings(finished)["layers.sparse.grid"].append(7)
    assert settings(finished)["layers.sparse.grid"] == [4, 5]
