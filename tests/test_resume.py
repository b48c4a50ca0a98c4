"""A run that was cut and goes on leaves what the run leaves that was never cut, to the bit."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from helpers import left_by, refused

from hebb import experiment
from hebb.config import load
from hebb.data import Feed
from hebb.errors import HebbError, UsageError
from hebb.evaluate import evaluate
from hebb.experiment import Interrupted, resume
from hebb.pictures.plot import plot
from hebb.store import Run
from hebb.training import loop

TOTAL = 800  # inputs of the small experiment


def go_on(run):
    return resume(run, quiet=True, say=lambda line: None)


def cut(monkeypatch, at, how):
    """Call `how` when the input number `at` is first asked for."""
    rows, asked = Feed.rows, [0]

    def cutting(self, epoch, start, stop, dtype=np.float32):
        if asked[0] <= at < asked[0] + stop - start:
            how()
        asked[0] += stop - start
        return rows(self, epoch, start, stop, dtype)

    monkeypatch.setattr(Feed, "rows", cutting)


def ask_to_stop():
    os.kill(os.getpid(), signal.SIGINT)


class PowerCut(BaseException):
    """Nothing of hebb catches it."""


def lose_power():
    raise PowerCut


@pytest.fixture
def quick(monkeypatch):
    """Small chunks, and a checkpoint after each."""
    monkeypatch.setattr(loop, "CHUNK", 30)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(loop, "CHECKPOINT_SHARE", 1e9)


@pytest.mark.parametrize("at", sorted(np.random.default_rng(4).integers(0, TOTAL, 8).tolist()))
@pytest.mark.parametrize("how", [ask_to_stop, lose_power])
def test_a_run_cut_anywhere_goes_on_to_the_bit(train_small, finished, tmp_path, at, how, quick):
    with pytest.MonkeyPatch.context() as patch:
        cut(patch, at, how)
        with pytest.raises((Interrupted, PowerCut)):
            train_small()
    run = Run(tmp_path / "runs" / "small-001")
    assert run.info()["status"] in ("interrupted", "failed")
    assert left_by(go_on(run)) == left_by(finished)


def test_a_run_cut_again_and_again_goes_on_to_the_bit(train_small, finished, tmp_path, quick):
    run, cuts = Run(tmp_path / "runs" / "small-001"), 0
    while True:
        with pytest.MonkeyPatch.context() as patch:
            cut(patch, 70, (ask_to_stop, lose_power)[cuts % 2])
            try:
                go_on(run) if cuts else train_small()
                break
            except (Interrupted, PowerCut):
                cuts += 1
    assert cuts > 5
    assert left_by(run) == left_by(finished)


def test_the_rules_as_read_go_on_as_read(train_small, tmp_path, quick):
    whole = train_small(reference=True, id="whole")
    with pytest.MonkeyPatch.context() as patch:
        cut(patch, 333, ask_to_stop)
        with pytest.raises(Interrupted):
            train_small(reference=True, id="cut")
    run = go_on(Run(tmp_path / "runs" / "cut"))
    assert set(run.info()["rules"].values()) == {"read"}
    assert left_by(run) == left_by(whole)


def test_a_run_cut_before_its_first_checkpoint_begins_again(train_small, finished, tmp_path):
    for at, snapshots in ((0, [0]), (450, [0, 300])):
        with pytest.MonkeyPatch.context() as patch:
            cut(patch, at, lose_power)
            with pytest.raises(PowerCut):
                train_small(id=f"cut{at}")
        run = Run(tmp_path / "runs" / f"cut{at}")
        assert not run.has_checkpoint()
        assert list(run.snapshots()) == snapshots
        assert left_by(go_on(run)) == left_by(finished)


def test_pictures_and_read_outs_are_those_of_the_run_never_cut(train_small, tmp_path, quick):
    whole = train_small(id="same")
    evaluate(whole, quiet=True)
    pictures = {path.name: path.read_bytes() for path in plot(whole)}
    found = whole.read_json("eval.json")
    shutil.move(whole.path, tmp_path / "whole")
    with pytest.MonkeyPatch.context() as patch:
        cut(patch, 500, ask_to_stop)
        with pytest.raises(Interrupted):
            train_small(id="same")
    run = Run(tmp_path / "runs" / "same")
    evaluate(run, quiet=True)  # of weights half-way: forgotten when it goes on
    list(plot(run))
    go_on(run)
    assert not (run.path / "eval.json").exists()
    assert not list(run.path.glob("plots/*.png"))
    assert evaluate(run, quiet=True) == found
    drawn = {path.name: path.read_bytes() for path in plot(run)}
    assert drawn.keys() == pictures.keys()
    clock = {"curves.png"}  # it shows inputs a second
    assert {name for name in drawn if drawn[name] != pictures[name]} <= clock


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.4])
def test_a_process_killed_for_real_goes_on_to_the_bit(small, tmp_path, seconds):
    settings = ["phases.wander.epochs=120", "phases.wander.steps=3000"]
    code = (
        "from hebb.training import loop; loop.CHECKPOINT_SECONDS = 0.02\n"
        "from hebb.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "run", str(small), *settings, "--quiet"]
    with subprocess.Popen(
        [*command, "--id", "killed"], cwd=tmp_path, stderr=subprocess.PIPE
    ) as process:
        run = Run(tmp_path / "runs" / "killed")
        patience = time.monotonic() + 60
        while not run.metrics() and process.poll() is None and time.monotonic() < patience:
            time.sleep(0.01)
        time.sleep(seconds)
        process.kill()
    assert process.returncode == -signal.SIGKILL, "it had ended before it was killed"
    assert run.info()["status"] == "running"
    go_on(run)
    whole = experiment.train(
        load(small, settings), runs_dir=tmp_path / "runs", id="whole", quiet=True,
        say=lambda line: None,
    )  # fmt: skip
    assert left_by(run) == left_by(whole)


# What cannot go on, and says why


BEGIN = "remove it, and `hebb resume` begins the run from its first input"


def stopped(train_small, tmp_path, **how):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "CHUNK", 50)
        cut(patch, 400, ask_to_stop)
        with pytest.raises(Interrupted):
            train_small(**how)
    return Run(tmp_path / "runs" / "small-001")


def test_a_complete_run_is_not_gone_on_with(finished):
    assert refused(UsageError, resume, finished) == (
        f"{finished.path}: is complete; `hebb eval` and `hebb plot` read it out"
    )


def test_a_complete_run_whose_last_weights_are_damaged_is_told_what_to_do(copied):
    path = copied.snapshots()[800]
    path.write_bytes(path.read_bytes()[:100])
    damaged = (
        f"{copied.path}: is complete, and has nothing to go on from: "
        f"{path}: is not a whole .npz file of plain arrays; "
    )
    anew = f"`hebb run {copied.path}/config.yaml` trains it anew"
    earlier = "those of --snapshot 600 are whole"
    assert refused(UsageError, resume, copied) == f"{damaged}{earlier}, and {anew}"
    for seen in (0, 300, 600):
        copied.snapshots()[seen].unlink()
    assert refused(UsageError, resume, copied) == damaged + anew


def test_a_run_under_way_is_left_to_its_process(train_small, tmp_path):
    run = stopped(train_small, tmp_path)
    info = run.info()
    with Run(run.path).held():
        assert refused(UsageError, go_on, run) == (
            f"{run.path}: is under way in process {info['pid']} on {info['host']}"
        )
    assert go_on(run).info()["status"] == "completed"


def test_a_run_at_which_somebody_looks_is_gone_on_with(train_small, tmp_path, monkeypatch):
    run = stopped(train_small, tmp_path)
    with open(run.path / "lock") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert not run.is_held()  # two may look at a time
        looked = lambda seconds: fcntl.flock(looking, fcntl.LOCK_UN)  # noqa: E731
        monkeypatch.setattr("hebb.store.run.time.sleep", looked)
        assert go_on(run).info()["status"] == "completed"


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"x" * 99])
def test_a_damaged_checkpoint_is_told_and_nothing_is_lost(train_small, tmp_path, damage):
    run = stopped(train_small, tmp_path)
    path = run.path / "checkpoint.npz"
    path.write_bytes(damage(path.read_bytes()))
    before = left_by(run)
    message = f"{path}: is not a whole .npz file of plain arrays; {BEGIN}"
    assert refused(UsageError, go_on, run) == message
    assert left_by(run) == before


def test_an_archive_that_is_no_checkpoint_is_told(train_small, tmp_path):
    run = stopped(train_small, tmp_path)
    np.savez(run.path / "checkpoint.npz", w=np.ones(3))
    path = run.path / "checkpoint.npz"
    assert refused(UsageError, go_on, run) == f"{path}: is not a checkpoint; {BEGIN}"


def test_a_deleted_snapshot_does_not_stop_a_run(train_small, finished, tmp_path):
    run = stopped(train_small, tmp_path)
    run.snapshots()[300].unlink()
    wanted = left_by(finished)
    del wanted["snapshots"][300]
    assert left_by(go_on(run)) == wanted


def test_a_run_whose_snapshots_are_deleted_goes_on_with_the_first_weights_it_had(
    train_small, finished, tmp_path
):
    run = stopped(train_small, tmp_path)
    assert run.has_checkpoint()
    shutil.rmtree(run.path / "snapshots")
    wanted = left_by(finished)
    del wanted["snapshots"][300]
    assert left_by(go_on(run)) == wanted


def test_a_changed_file_of_weights_is_told(small, train_small, tmp_path):
    path = tmp_path / "w.npz"
    np.savez(path, w=np.full((12, 9), 0.25))
    config = tmp_path / "with_file.yaml"
    config.write_text(
        f"extends: {small}\nname: small\nlayers: [{{name: top, init: {{file: w.npz}}}}]"
    )
    run = stopped(train_small, tmp_path, config=config)
    np.savez(path, w=np.full((12, 9), 0.5))
    assert refused(UsageError, go_on, run) == (
        f"{path}: has changed since the run began; put it back to go on"
    )


def test_a_changed_dataset_is_told(small, train_small, tmp_path):
    path = tmp_path / "x.npz"
    images = np.random.default_rng(0).random((50, 8, 8))
    np.savez(path, x_train=images)
    config = tmp_path / "own_data.yaml"
    config.write_text(
        f"extends: {small}\nname: small\nevaluate: []\ndataset: {{source: npz, path: x.npz}}"
    )
    run = stopped(train_small, tmp_path, config=config)
    np.savez(path, x_train=images + 1)
    assert refused(UsageError, go_on, run) == (
        f"{run.path}: was trained on npz from {path}, and what is found now differs: "
        f"npz from {path}; to go on, put back what was at {path}"
    )


def test_another_version_goes_on_and_says_so(train_small, tmp_path):
    run = stopped(train_small, tmp_path)
    today = run.info()["versions"]["numpy"]
    run.note(versions=run.info()["versions"] | {"numpy": "1.0"})
    said = []
    resume(run, quiet=True, say=said.append)
    assert said == [
        f"other versions than at the beginning, so bits may differ: numpy 1.0 -> {today}",
        "going on from the last checkpoint, after 450 inputs",
    ]


def test_a_full_disk_stops_the_run_and_it_goes_on_later(train_small, finished, tmp_path, quick):
    save = np.savez

    def full(file, **arrays):
        if "position" in arrays and json.loads(str(arrays["position"]))["inputs"] > 400:
            file.write(b"half")
            raise OSError(28, "No space left on device")
        save(file, **arrays)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "savez", full)
        message = refused(HebbError, train_small)
    run = Run(tmp_path / "runs" / "small-001")
    assert message == f"{run.path / 'checkpoint.npz'}: cannot be written: No space left on device"
    assert (run.info()["status"], run.info()["error"]) == ("failed", message)
    assert run.checkpoint()[0]["inputs"] <= 400
    assert not list(run.path.rglob("*.part"))
    assert left_by(go_on(run)) == left_by(finished)


# Care


def test_a_frozen_layer_that_moves_all_the_same_fails_the_run(train_small, tmp_path, monkeypatch):
    from hebb.layers.mwta import MWTA

    follow = MWTA.follow

    def learning(self, x, labels=None):
        self.load({"w": 1.5 * self.w})
        return follow(self, x)

    monkeypatch.setattr(MWTA, "follow", learning)
    message = refused(HebbError, train_small)
    assert message == (
        "layer sparse was frozen in phase digits, and its arrays have changed: "
        "its rule's `follow` must not learn"
    )
    assert Run(tmp_path / "runs" / "small-001").info()["error"] == message


def test_checkpoints_take_no_more_than_their_share(train_small, monkeypatch):
    """With checkpoints as slow as this, few are made, however often they are due."""
    made = []
    save = Run.save_checkpoint

    def slow(self, position, arrays):
        made.append(position["inputs"])
        time.sleep(0.02)
        save(self, position, arrays)

    monkeypatch.setattr(Run, "save_checkpoint", slow)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(loop, "CHUNK", 30)
    began = time.perf_counter()
    train_small("phases.wander.epochs=20")
    assert len(made) <= 1 + (time.perf_counter() - began) / (0.02 / loop.CHECKPOINT_SHARE)


def test_a_run_that_does_not_say_how_it_was_begun_is_told(train_small, tmp_path):
    run = stopped(train_small, tmp_path)
    info = run.info()
    del info["reference"]
    run.write_json("run.json", info)
    message = f"{run.path / 'run.json'}: does not say how the run was begun"
    assert refused(UsageError, go_on, run) == message


def test_metrics_that_lack_lines_are_told_and_not_cut_further(train_small, tmp_path):
    run = stopped(train_small, tmp_path)
    (run.path / "metrics.jsonl").write_text("")
    message = f"{run.path / 'metrics.jsonl'}: lacks lines: 0 of 1 are there"
    assert refused(UsageError, go_on, run) == message
    assert len(run.snapshots()) == 3


def test_a_changed_experiment_is_told(train_small, tmp_path):
    run = stopped(train_small, tmp_path)
    path = run.path / "config.yaml"
    path.write_text(path.read_text().replace("xi: 0.05", "xi: 0.9"))
    message = f"{path}: has changed since the run began; put it back to go on"
    assert refused(UsageError, go_on, run) == message
