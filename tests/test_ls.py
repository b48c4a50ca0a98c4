"""`hebb ls`: a line a run, a line a sweep, and JSON."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta

import pytest
from made_runs import BEGAN, make

from hebb.catalogue import listing
from hebb.catalogue.listing import entry
from hebb.catalogue.sweeps import sweeps as sweeps_in
from hebb.catalogue.sweeps import sweeps_text
from hebb.size import size as bytes_said
from hebb.store import Run

pytestmark = pytest.mark.usefixtures("a_terminal_of_100_columns")


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
        search=40, on="validation",
    )  # fmt: skip
    asked("just_begun")
    return runs_dir


def test_ls_has_a_line_a_sweep(sweeps, hebb):
    text = sweeps_text(sweeps_in(sweeps), 100, BEGAN + timedelta(hours=3))
    assert re.sub(" {2,}", " | ", text).splitlines() == [
        "sweep | best | age | done | accuracy",
        "just_begun | - | 3 h | 0 | -",
        "searching | sparse.xi 0.01235 | 3 h | 1 of 80 | 50.00 % of validation",
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
        "runs": 6, "completed": 3, "failed": 1, "accuracy": 0.625, "on": None,
        "best": {"sparse.n_w": "15"}, "error": None,
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
