"""What training leaves in the run directory."""

import hashlib
import json
import os
import re
import sys
from importlib.metadata import version

import numpy as np
import pytest
from helpers import refused
from trained import SHORT, last

from hebb.config import load
from hebb.errors import UsageError


def test_a_run_directory_holds_all_that_it_promises(finished):
    names = {path.name for path in finished.path.iterdir()}
    assert names == {
        "config.yaml",
        "eval.json",
        "lock",
        "log.txt",
        "metrics.jsonl",
        "plots",
        "run.json",
        "snapshots",
    }


def test_the_config_of_a_run_loads_to_the_experiment_it_ran(finished, small):
    assert load(finished.path / "config.yaml") == load(small)


def test_the_config_of_a_run_keeps_what_the_command_changed(train_small, small):
    settings = (*SHORT, "layers.sparse.n_w=2", "seed=11")
    run = train_small(*settings)
    assert load(run.path / "config.yaml") == load(small, settings) != load(small)


def test_run_json_says_where_a_run_comes_from(finished):
    info = finished.info()
    assert info["status"] == "completed"
    notes = ["evaluate.2: 25 of the 25 images of wander are shown in training too"]
    assert (info["name"], info["seed"], info["notes"]) == ("small", 7, notes)
    assert info["device"]["kind"] == "cpu"
    assert info["rules"] == dict.fromkeys(("sparse", "invariant", "top"), "compiled")
    assert info["dataset"]["source"] == "digits"
    assert info["dataset"]["where"] == f"scikit-learn {version('scikit-learn')}"
    assert re.fullmatch("[0-9a-f]{64}", info["dataset"]["sha256"])
    assert info["versions"]["hebb-lab"] == version("hebb-lab")
    assert info["versions"]["numpy"] == np.__version__
    assert info["versions"]["python"] == sys.version.split()[0]
    assert info["started"] <= info["finished"]
    assert info["training_seconds"] > 0
    assert info["pid"] == os.getpid()
    assert info["files"] == {}
    assert "git" in info and "error" not in info


def test_run_json_keeps_the_digests_of_files_that_were_read(train_small, tmp_path):
    first, again = tmp_path / "first.npz", tmp_path / "again.npz"
    np.savez(first, w=np.ones((20, 64)) / 64)
    np.savez(again, w=np.ones((12, 9)) / 9)
    run = train_small(
        f"layers.sparse.init={{file: {first}}}",
        f"phases.digits.restart={{top: {{file: {again}}}}}",
        *SHORT,
    )
    files = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, again)}
    assert run.info()["files"] == files


def test_metrics_hold_a_line_for_every_epoch(finished):
    lines = (finished.path / "metrics.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    assert [(r["phase"], r["epoch"], r["inputs"]) for r in records] == [
        ("wander", 1, 300),
        ("wander", 2, 600),
        ("digits", 1, 800),
    ]
    for record in records:
        assert list(record["layers"]) == ["sparse", "invariant", "top"]
        assert record["inputs_per_second"] > 0
    assert [r["layers"]["sparse"]["learns"] for r in records] == [True, True, False]
    assert [r["layers"]["top"]["learns"] for r in records] == [True, True, True]


def test_weight_change_is_measured_over_each_epoch(finished):
    changes = [record["layers"] for record in finished.metrics()]
    for epoch, (before, after) in enumerate([(0, 300), (300, 600)]):
        old, new = finished.snapshot(before)[1], finished.snapshot(after)[1]
        for name, found in changes[epoch].items():
            w, w_before = new[f"{name}.w"].astype(float), old[f"{name}.w"].astype(float)
            expected = np.linalg.norm(w - w_before) / np.linalg.norm(w_before)
            assert found["weight_change"] == pytest.approx(expected, rel=1e-5), name
    assert changes[2]["sparse"]["weight_change"] == changes[2]["invariant"]["weight_change"] == 0


def test_snapshots_are_named_by_the_inputs_seen(finished):
    assert sorted(path.name for path in (finished.path / "snapshots").iterdir()) == [
        "000000000.npz",
        "000000300.npz",
        "000000600.npz",
        "000000800.npz",
    ]
    shapes = {key: array.shape for key, array in last(finished).items()}
    assert shapes == {"sparse.w": (20, 64), "invariant.w": (9, 20), "top.w": (12, 9)}
    assert {array.dtype for array in last(finished).values()} == {np.dtype(np.float32)}


def test_the_log_holds_what_was_said(train_small, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.setattr("hebb.gpu.driver_alone", lambda: 13000)
    said = []
    run = train_small(*SHORT, "streams.wander.first=1420", say=said.append)
    assert said[:2] == [
        "device: cpu (auto: CuPy is not installed)",
        f"data: digits from scikit-learn {version('scikit-learn')}",
    ]
    assert said[2] == (
        "streams.wander: the wall reaches image 1,448 and there are 1,433: "
        "past the last it goes on from image 0"
    )
    lines = (run.path / "log.txt").read_text().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == said
    assert run.info()["notes"] == said[2:]


def test_a_run_takes_the_precision_it_is_told(train_small):
    run = train_small(*SHORT, "dtype=float64")
    assert {array.dtype for array in last(run).values()} == {np.dtype(np.float64)}


def test_a_runs_dir_that_cannot_be_written_is_said_in_one_sentence(train_small, tmp_path):
    (tmp_path / "file").write_text("")
    runs_dir = tmp_path / "file" / "runs"
    message = refused(UsageError, train_small, runs_dir=runs_dir)
    assert message == f"{runs_dir}: cannot be written: Not a directory"
