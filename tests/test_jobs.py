"""Where runs are run: processes that are stopped and killed, here and on a Dask cluster."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from multiprocessing import Pipe

import pytest
from helpers import left_by

from hebb import experiment, sweep
from hebb.config import load
from hebb.errors import UsageError
from hebb.jobs import Job, Outcome, places
from hebb.store import Run

LONG = ["phases.wander.epochs=200", "phases.wander.steps=3000"]
ONE_VOTE = "evaluate=[{classifier: vote, layer: sparse}]"
OFTEN = "from hebb.training import loop; loop.CHECKPOINT_SECONDS = 0.05\n"
SECONDS = 60  # of patience


def until(true, what):
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def under_way(run):
    """Whether it has been learning for a while."""
    return len(run.metrics()) > 2


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def command(*arguments, cwd):
    """`hebb ARGUMENTS` in a process of its own, ended at the latest here."""
    code = "from hebb.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=cwd, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


# Processes of this machine


def test_a_process_that_is_killed_costs_its_own_run_alone(small, tmp_path, monkeypatch):
    path = tmp_path / "runs" / "mine"
    killed, finished = [], places.Local.finished

    def killing(self, seconds):
        run = Run(path / "sparse.n_w-2-seed-7")
        if not killed and run.metrics():
            killed.append(run.info()["pid"])
            os.kill(killed[0], signal.SIGKILL)
        return finished(self, seconds)

    monkeypatch.setattr(places.Local, "finished", killing)
    how = {"runs_dir": tmp_path / "runs", "quiet": True, "say": lambda line: None, "jobs": 1}
    # Long enough that the run is still under way when it is looked at.
    settings = ["phases.wander.epochs=500", ONE_VOTE, "layers.sparse.n_w=2,3"]
    done = sweep.sweep(small, settings, id="mine", **how)
    assert done.rows[0][1] == Outcome(
        "failed", error="its process has died (exit code -9), of memory perhaps"
    )
    assert done.failed == ["sparse.n_w-2-seed-7"]
    assert not is_there(killed[0])


def test_processes_keep_to_their_share_and_this_one_to_its_own(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    with places._threads(3):
        assert {os.environ[name] for name in places.THREADS} == {"3"}
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "NUMBA_NUM_THREADS" not in os.environ


def test_runs_at_once_share_the_cores_and_a_share_outlives_its_process(tmp_path, monkeypatch):
    lines, given = [], []

    class Process:
        exitcode = -9

        def is_alive(self):
            return False

        def join(self):
            pass

        kill = join

    def spawned(share):
        here, there = Pipe()
        given.append(share)
        lines.append(there)
        return here, places._Worker(Process(), share)

    monkeypatch.setenv("HEBB_THREADS", "5")
    monkeypatch.setattr(places, "_spawned", spawned)
    jobs = [Job(tmp_path, str(n), {}, 0, "test", "") for n in range(4)]
    with places.Local(2) as local:
        local.start(jobs[0])
        local.start(jobs[1])
        lines[0].close()  # killed at work
        assert [job.id for job, _ in local.finished(1)] == ["0"]
        local.start(jobs[2])
        lines[1].send(Outcome("completed"))  # killed when it had done its work
        assert [job.id for job, _ in local.finished(1)] == ["1"]
        local.start(jobs[3])
    assert given == [3, 2, 3, 2]


BATCHES = """\
name: batches
dataset: {source: digits}
layers:
  - {name: wide, rule: local_wta, units: 1600, per_cluster: 4, xi: 0.02, batch: 50}
  - {name: top, rule: mwta, units: 30, xi: 0.02}
phases:
  - {name: digits, order: shuffled, epochs: 2}
evaluate:
  - {classifier: vote, layer: top}
"""  # products in several blocks, layers on several threads, blocks of images on several


def test_a_run_is_the_same_to_the_bit_on_any_share_of_the_cores(tmp_path, monkeypatch):
    (tmp_path / "batches.yaml").write_text(BATCHES)
    left = []
    for share in ("1", "4"):
        monkeypatch.setenv("HEBB_THREADS", share)
        done = sweep.sweep(
            tmp_path / "batches.yaml", [], jobs=1, runs_dir=tmp_path / share, quiet=True,
            say=lambda line: None,
        )  # fmt: skip
        assert done.failed == [], done.plain()
        run = Run(done.path / done.rows[0][0].id)
        left.append((left_by(run), run.read_json("eval.json")["results"]))
    assert left[0] == left[1]


def test_a_sweep_is_stopped_killed_and_gone_on_with(small, tmp_path):
    path = tmp_path / "runs" / "mine"
    runs = [Run(path / f"sparse.n_w-{n}-seed-7") for n in (2, 3)]
    arguments = ["sweep", small, *LONG, ONE_VOTE, "layers.sparse.n_w=2,3", "--id", "mine"]
    with command(*arguments, "--jobs", 2, cwd=tmp_path) as process:
        until(lambda: all(map(under_way, runs)), "it did not begin")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == (
        "interrupted with 0 of 2 runs complete; to go on: hebb sweep --resume runs/mine"
    )
    assert "Traceback" not in err
    assert [run.info()["status"] for run in runs] == ["interrupted"] * 2
    assert not any(is_there(run.info()["pid"]) for run in runs)
    records = [len(run.metrics()) for run in runs]

    with command("sweep", "--resume", "mine", "--jobs", 2, cwd=tmp_path) as process:
        until(
            lambda: all(len(r.metrics()) > n for r, n in zip(runs, records, strict=True)),
            "it did not go on",
        )
        process.kill()
    pids = [run.info()["pid"] for run in runs]
    until(lambda: not any(map(is_there, pids)), "its processes outlived it")
    assert [run.info()["status"] for run in runs] == ["running"] * 2


# A Dask cluster

SCHEDULER = "`dask scheduler` starts one and prints its address"


def test_a_scheduler_that_does_not_answer_is_told(small, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="no Dask cluster without distributed")
    monkeypatch.setattr(distributed, "Client", None)  # one that fails speaks up much later
    monkeypatch.setattr(places, "CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_at = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        for address, said in (
            ("tcp://127.0.0.1:9", "Timed out"),
            (silent_at, "what listens there says nothing"),
        ):
            with pytest.raises(UsageError) as caught:
                sweep.sweep(small, [], scheduler=address, runs_dir=tmp_path / "runs")
            assert str(caught.value).startswith(
                f"--scheduler: no Dask scheduler answers at {address} within 0.2 s ({said}"
            )
            assert str(caught.value).endswith(f"); {SCHEDULER}")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("foo", "missing port number in address 'foo'"),
        ("tcp://nowhere:x", "invalid literal for int() with base 10: 'x'"),
    ],
)
def test_what_is_no_address_of_a_scheduler_is_refused_without_a_try(address, said, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="no Dask cluster without distributed")
    monkeypatch.setattr(distributed, "Client", None)
    with pytest.raises(UsageError) as caught:
        places.Cluster(address)
    must = "must be the address of a Dask scheduler, such as tcp://127.0.0.1:8786"
    assert str(caught.value) == f"--scheduler: {must} (got {address}: {said}); {SCHEDULER}"


@pytest.fixture
def cluster(tmp_path):
    """The address of a scheduler with two worker processes, which make checkpoints often."""
    pytest.importorskip("distributed", reason="no Dask cluster without distributed")
    often = tmp_path / "often.py"
    often.write_text(OFTEN)
    address, processes = tmp_path / "scheduler.json", []
    scheduler = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
                 "--no-dashboard"]  # fmt: skip
    worker = ["distributed.cli.dask_worker", "--host", "127.0.0.1", "--nthreads", "1",
              "--no-nanny", "--no-dashboard", "--preload", str(often)]  # fmt: skip
    environment = os.environ | dict.fromkeys(places.THREADS, "1")

    def told():
        """The address, once the file is whole."""
        with suppress(OSError, ValueError):
            return json.loads(address.read_text())["address"]

    try:
        for which in (scheduler, worker, worker):
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", *which, "--scheduler-file", str(address)],
                    cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL,
                )
            )  # fmt: skip
            until(told, "the scheduler did not start")
        yield told()
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_worker_killed_half_way_loses_nothing(small, tmp_path, cluster, monkeypatch):
    path = tmp_path / "runs" / "mine"
    killed, finished = [], places.Cluster.finished

    def killing(self, seconds):
        run = Run(path / "sparse.n_w-2-seed-7")
        if not killed and under_way(run) and run.has_checkpoint():
            killed.append(run.info()["pid"])
            os.kill(killed[0], signal.SIGKILL)
        return finished(self, seconds)

    monkeypatch.setattr(places.Cluster, "finished", killing)
    settings = ["phases.wander.epochs=40", "phases.wander.steps=3000"]
    done = sweep.sweep(
        small, [*settings, ONE_VOTE, "layers.sparse.n_w=2,3"], scheduler=cluster, id="mine",
        runs_dir=tmp_path / "runs", quiet=True, say=lambda line: None,
    )  # fmt: skip
    assert killed
    assert [found.status for _, found in done.rows] == ["completed"] * 2
    run = Run(path / "sparse.n_w-2-seed-7")
    assert run.info()["pid"] != killed[0]
    went_on = [line for line in (run.path / "log.txt").read_text().splitlines() if "going" in line]
    assert len(went_on) == 1
    assert "checkpoint, after 0 inputs" not in went_on[0]
    whole = experiment.train(
        load(small, [*settings, "layers.sparse.n_w=2"]), runs_dir=tmp_path / "whole", quiet=True,
        say=lambda line: None,
    )  # fmt: skip
    assert left_by(run) == left_by(whole)
