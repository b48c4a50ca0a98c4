"""Runs that end before their time: diverged, failed or stopped."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from helpers import refused
from trained import SHORT, assert_same, last

from hebb.data import Feed
from hebb.errors import HebbError
from hebb.experiment import Interrupted
from hebb.store import Run
from hebb.training import loop

# What can go wrong


@pytest.mark.filterwarnings(
    "ignore:.*encountered in:RuntimeWarning"
)  # NumPy's own word, where rules run as read
def test_a_run_that_diverges_fails_and_keeps_the_last_good_weights(
    train_small, tmp_path, monkeypatch
):
    monkeypatch.setattr(loop, "CHUNK", 100)
    message = refused(HebbError, train_small, "phases.digits.set={top.xi: 1e38}")
    run = Run(tmp_path / "runs" / "small-001")
    assert message == (
        "layer top: its weights are no longer finite after 600 to 700 inputs, in phase digits. "
        "Its learning rate is likely too large for its inputs: lower it, or set `clip`, in a new "
        f"run. The last good weights are kept: {run.path / 'snapshots' / '000000600.npz'}"
    )
    assert (run.info()["status"], run.info()["error"]) == ("failed", message)
    assert run.info()["finished"] >= run.info()["started"]
    assert run.info()["training_seconds"] > 0
    assert list(run.snapshots()) == [0, 300, 600]
    assert all(np.isfinite(array).all() for array in last(run).values())
    assert len(run.metrics()) == 2
    assert (run.path / "log.txt").read_text().endswith(f" failed: {message}\n")


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_the_layer_that_diverges_is_the_one_that_is_named(train_small):
    for layer, key in (("sparse", "xi"), ("invariant", "leta")):
        message = refused(HebbError, train_small, f"layers.{layer}.{key}=1e38")
        assert message.startswith(f"layer {layer}: its weights are no longer finite after 0 to ")


def test_an_error_that_nobody_foresaw_is_kept_and_passed_on(train_small, tmp_path, monkeypatch):
    def broken(*args):
        raise ZeroDivisionError("seven")

    monkeypatch.setattr(Feed, "rows", broken)
    assert refused(ZeroDivisionError, train_small) == "seven"
    info = Run(tmp_path / "runs" / "small-001").info()
    assert (info["status"], info["error"]) == ("failed", "ZeroDivisionError: seven")


# Being stopped


def stop_at(monkeypatch, step, *signals):
    """Signal this process when a step of an epoch is about to be shown."""
    rows = Feed.rows

    def stopping(self, epoch, start, stop, dtype=np.float32):
        if start == step:
            for number in signals:
                os.kill(os.getpid(), number)
        return rows(self, epoch, start, stop, dtype)

    monkeypatch.setattr(loop, "CHUNK", 50)
    monkeypatch.setattr(Feed, "rows", stopping)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_saves_what_was_learned_and_when(number, train_small, tmp_path, monkeypatch):
    expected = train_small("phases.wander.epochs=1", "phases.wander.steps=150").snapshot(150)[1]
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    stop_at(monkeypatch, 100, number)
    with pytest.raises(Interrupted) as caught:
        train_small()
    run = Run(tmp_path / "runs" / "small-002")
    assert str(caught.value) == f"interrupted after 150 inputs; to go on: hebb resume {run.path}"
    assert caught.value.exit_code == 130
    assert list(run.snapshots()) == [0, 150]
    assert_same(last(run), expected)
    assert run.metrics() == []
    assert (run.info()["status"], run.info()["error"]) == ("interrupted", str(caught.value))
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers


def test_a_second_stop_does_not_wait(train_small, tmp_path, monkeypatch):
    stop_at(monkeypatch, 100, signal.SIGINT, signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train_small()
    run = Run(tmp_path / "runs" / "small-001")
    assert run.info()["status"] == "interrupted"
    assert list(run.snapshots()) == [0]


def test_a_stop_at_the_end_of_an_epoch_keeps_its_metrics_too(train_small, tmp_path, monkeypatch):
    append = Run.append_metrics

    def stopping(self, record):
        append(self, record)
        if record["inputs"] == 200:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Run, "append_metrics", stopping)
    with pytest.raises(Interrupted):
        train_small(*SHORT)
    run = Run(tmp_path / "runs" / "small-001")
    assert [record["inputs"] for record in run.metrics()] == [120, 200]
    assert list(run.snapshots()) == [0, 120, 200]
    assert run.info()["status"] == "interrupted"


def test_ctrl_c_on_the_command_line_ends_with_130_and_the_weights_saved(small, tmp_path):
    long = ["phases.wander.epochs=10000", "phases.wander.steps=5000"]
    command = [sys.executable, "-c", "from hebb.cli import main; main()"]
    with subprocess.Popen(
        [*command, "run", str(small), *long, "--runs-dir", "runs", "--quiet"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        metrics = tmp_path / "runs" / "small-001" / "metrics.jsonl"
        patience = time.monotonic() + 60
        while not metrics.is_file() and process.poll() is None and time.monotonic() < patience:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    run = Run(tmp_path / "runs" / "small-001")
    inputs, arrays = run.snapshot("last")
    assert err == f"interrupted after {inputs:,} inputs; to go on: hebb resume runs/small-001\n"
    assert run.info()["status"] == "interrupted"
    assert inputs >= 5000
    assert all(np.isfinite(array).all() for array in arrays.values())
