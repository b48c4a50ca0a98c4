"""Whole runs on a strict stand-in for CuPy: the files are those of the rules as read on NumPy."""

import os
import signal
import threading
import time

import numpy as np
import pytest
import strict_cuda
from helpers import ON_CUPY, left_by
from strict_cuda import World, waits

from hebb.config import load
from hebb.data import Feed
from hebb.device import CPU, Device
from hebb.errors import HebbError, UsageError
from hebb.evaluate import evaluate
from hebb.experiment import Interrupted, resume
from hebb.pictures.plot import plot
from hebb.store import Run
from hebb.training import loop, supply
from hebb.training.supply import Supply

SHORT = ("phases.wander.epochs=2", "phases.wander.steps=60", "phases.digits.steps=40")
LABELLED = """\
name: labelled
seed: 3
dataset: {source: digits}
layers:
  - {name: blocks, rule: local_wta, units: 8, per_cluster: 2, batch: 10, xi: 0.05,
     blocks: {size: 4}}
  - {name: labels, rule: dreamflow, units: 6, batch: 10, xi: 0.05}
phases:
  - {name: digits, order: shuffled, epochs: 2, steps: 50}
evaluate:
  - {classifier: dreamflow, layer: labels}
"""


@pytest.fixture
def read(train_small, tmp_path):
    """The short run of the rules as read, on the CPU."""
    return train_small(*SHORT, reference=True, id="gpu", runs_dir=tmp_path / "read")


@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_a_run_on_cupy_leaves_what_the_rules_as_read_leave(cupy, train_small, read, device):
    gpu = train_small(*SHORT, device=device, reference=True, id="gpu")
    assert left_by(gpu) == left_by(read)
    assert gpu.info()["device"]["name"] == f"cuda:{device.partition(':')[2] or 0}"
    assert gpu.info()["device"]["gpu"].startswith("Stand-in")
    assert gpu.info()["rules"] == dict.fromkeys(("sparse", "invariant", "top"), "read")
    assert strict_cuda.current() == 0
    assert evaluate(gpu, quiet=True)["results"] == evaluate(read, quiet=True)["results"]
    assert [path.name for path in plot(gpu)] == [path.name for path in plot(read)]
    drawn = [*(gpu.path / "plots").glob("weights_*.png")]
    assert len(drawn) == 3
    for path in drawn:
        assert path.read_bytes() == (read.path / "plots" / path.name).read_bytes()


def test_threads_that_would_have_streams_of_their_own_keep_to_one(
    cupy, train_small, read, monkeypatch
):
    monkeypatch.setattr(World, "per_thread", True)
    gpu = train_small(*SHORT, device="cuda:1", reference=True, id="gpu")
    assert left_by(gpu) == left_by(read)


def test_batches_and_labels_go_over_too(cupy, train_small, tmp_path):
    config = tmp_path / "labelled.yaml"
    config.write_text(LABELLED)
    runs = [train_small(config=config, reference=True, device=each) for each in ("cpu", "cuda:1")]
    assert left_by(runs[0]) == left_by(runs[1])


def test_data_that_does_not_fit_goes_over_chunk_by_chunk(cupy, train_small, read, monkeypatch):
    monkeypatch.setattr(supply, "SHARE", 0.0)
    gpu = train_small(*SHORT, device="cuda", reference=True, id="gpu")
    assert left_by(gpu) == left_by(read)


class Source:
    """Seven inputs of three values, and a count of those that were asked for."""

    n_values = 3

    def __init__(self):
        self.asked = 0

    def __len__(self):
        return 7

    def rows(self, index, dtype):
        rows = np.arange(21, dtype=dtype).reshape(7, 3)[index]
        self.asked += len(rows)
        return rows


@pytest.mark.parametrize(
    ("order", "steps", "over"),
    [("sequential", None, 7), ("sequential", 4, 4), ("sequential", 16, 7), ("shuffled", 5, 7)],
)
def test_what_a_phase_shows_goes_over_once(cupy, order, steps, over):
    feed = Feed(Source(), np.arange(7), order, steps, 0, "train", "p")
    there = Supply(feed, ON_CUPY, np.float32)
    assert feed.source.asked == over
    for epoch in range(3):
        for start in range(0, feed.steps - 1, 2):
            with waits() as waited:
                x, labels = there.chunk(epoch, start, start + 2)
            assert waited == []
            y, wanted = Supply(feed, CPU, np.float32).chunk(epoch, start, start + 2)
            feed.source.asked = over
            np.testing.assert_array_equal(x.get(), y)
            assert x.dtype == y.dtype == np.float32
            np.testing.assert_array_equal(labels.get(), wanted)
    assert feed.source.asked == over


def test_inputs_that_are_not_in_a_row_are_gathered(cupy, monkeypatch):
    monkeypatch.setattr(Feed, "index", lambda *where: np.array([1, 5, 3]))
    feed = Feed(Source(), None, "shuffled", None, 0, "train", "p")
    x, _ = Supply(feed, ON_CUPY, np.float32).chunk(0, 0, 3)
    assert x.get()[:, 0].tolist() == [3, 15, 9]


def test_on_the_cpu_only_the_chunk_is_read():
    feed = Feed(Source(), None, "sequential", None, 0, "train", "p")
    assert Supply(feed, CPU, np.float32).chunk(0, 2, 4)[1] is None
    assert feed.source.asked == 2


def test_training_goes_on_while_a_snapshot_is_written(cupy, train_small, read, monkeypatch):
    """The second epoch begins before the first one's snapshot is let onto the disk."""
    begun, save, rows = threading.Event(), Run.save_snapshot, Feed.index

    def saving(self, inputs, arrays):
        assert inputs == 0 or begun.wait(20), "nothing went on meanwhile"
        save(self, inputs, arrays)

    def asking(self, epoch, start, stop):
        if epoch == 1 or self.order == "shuffled":
            begun.set()
        return rows(self, epoch, start, stop)

    monkeypatch.setattr(Run, "save_snapshot", saving)
    monkeypatch.setattr(Feed, "index", asking)
    gpu = train_small(*SHORT, device="cuda", reference=True, id="gpu")
    assert left_by(gpu) == left_by(read)


def test_no_copy_of_the_weights_is_waited_for_by_who_trains(cupy, train_small, monkeypatch):
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 1e9)  # a checkpoint does wait
    mine = []
    sync = strict_cuda.sync

    def noted(what):
        if threading.current_thread() is threading.main_thread():
            mine.append(what)
        sync(what)

    import strict_cupy

    monkeypatch.setattr(strict_cuda, "sync", noted)
    monkeypatch.setattr(strict_cupy, "sync", noted)
    told = []
    for epochs in (2, 4):
        mine.clear()
        train_small(f"phases.wander.epochs={epochs}", *SHORT[1:], device="cuda", reference=True)
        told.append(list(mine))
    # An epoch more costs the figures of its record, which are a few numbers, and no weights.
    extra = len(told[1]) - len(told[0])
    figures = 2 * 3 + 2 * 2  # tally and wins of three layers; of two of them winners an input
    assert extra == 2 * figures, told


def test_a_checkpoint_waits_for_what_is_before_it(cupy, train_small, monkeypatch):
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(loop, "CHECKPOINT_SHARE", 1e9)
    save, checkpoint, seen = Run.save_snapshot, Run.save_checkpoint, []

    def saving(self, inputs, arrays):
        time.sleep(0.1 if inputs else 0)
        save(self, inputs, arrays)

    def checking(self, position, arrays):
        seen.append((position["records"], len(self.metrics()), len(self.snapshots()) - 1))
        checkpoint(self, position, arrays)

    monkeypatch.setattr(Run, "save_snapshot", saving)
    monkeypatch.setattr(Run, "save_checkpoint", checking)
    train_small(*SHORT, device="cuda", reference=True)
    assert {records for records, _, _ in seen} == {1, 2, 3}
    assert all(records == metrics == snapshots for records, metrics, snapshots in seen)


def test_a_snapshot_that_cannot_be_written_ends_the_run(cupy, train_small, tmp_path, monkeypatch):
    save = Run.save_snapshot

    def saving(self, inputs, arrays):
        if inputs:
            raise HebbError("the disk is full")
        save(self, inputs, arrays)

    monkeypatch.setattr(Run, "save_snapshot", saving)
    with pytest.raises(HebbError) as caught:
        train_small(*SHORT, device="cuda", reference=True, id="gpu")
    assert str(caught.value) == "the disk is full"
    assert Run(tmp_path / "runs" / "gpu").info()["error"] == "the disk is full"


def cut_after_50(monkeypatch):
    monkeypatch.setattr(loop, "CHUNK", 10)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    rows, asked = Feed.index, [0]

    def cutting(self, epoch, start, stop):
        asked[0] += 1
        if asked[0] == 6:
            os.kill(os.getpid(), signal.SIGINT)
        return rows(self, epoch, start, stop)

    monkeypatch.setattr(Feed, "index", cutting)


@pytest.mark.parametrize(("first", "then"), [("cuda:1", "cpu"), ("cpu", "cuda:1")])
def test_a_run_goes_on_to_the_bit_on_another_device(
    cupy, train_small, read, tmp_path, first, then, hebb
):
    with pytest.MonkeyPatch.context() as patch:
        cut_after_50(patch)
        with pytest.raises(Interrupted):
            train_small(*SHORT, device=first, reference=True, id="cut")
    code, out, err = hebb("resume", "cut", "--device", then)
    run = Run(tmp_path / "runs" / "cut")
    assert (code, out) == (0, f"{run.path.relative_to(tmp_path)}\n")
    here = "cpu" if then == "cpu" else "cuda:1, Stand-in 1"
    line = f"device: {here}, the rules as read, as asked"
    line += f"; until here it was {first}, so bits may differ"
    assert line in err.splitlines()
    assert line in (run.path / "log.txt").read_text()
    info = run.info()
    assert info["device"]["name"] == then
    (change,) = info["device_changes"]
    assert change == {"inputs": change["inputs"], "from": first, "to": then}
    assert 0 < change["inputs"] < 160
    assert left_by(run) == left_by(read)


def test_a_run_goes_on_where_it_was_unless_it_is_told(cupy, train_small, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        cut_after_50(patch)
        with pytest.raises(Interrupted):
            train_small(*SHORT, device="cuda:1", reference=True, id="cut")
    run, said = Run(tmp_path / "runs" / "cut"), []
    resume(run, quiet=True, say=said.append)
    assert run.info()["device"]["name"] == "cuda:1"
    assert "device_changes" not in run.info()
    assert said and not any(line.startswith("device") for line in said)


def test_a_run_on_a_gpu_that_is_gone_says_how_to_go_on(cupy, train_small, tmp_path, monkeypatch):
    with pytest.MonkeyPatch.context() as patch:
        cut_after_50(patch)
        with pytest.raises(Interrupted):
            train_small(*SHORT, device="cuda:1", reference=True, id="cut")
    monkeypatch.setattr(World, "gpus", 1)
    with pytest.raises(UsageError) as caught:
        resume(Run(tmp_path / "runs" / "cut"), quiet=True)
    assert str(caught.value) == (
        "--device cuda:1: there is no such GPU; there are cuda:0, or take --device cpu"
    )


def test_first_weights_and_orders_are_drawn_alike_for_every_device(cupy, small):
    from hebb.apparatus import fitted

    apparatus = fitted(load(small), None)
    gpu = Device(cupy, index=1)
    with gpu.within():
        there = apparatus.stack(gpu).state()
    here = apparatus.stack(CPU).state()
    for name, array in here.items():
        np.testing.assert_array_equal(there[name], array, err_msg=name)
    phase = apparatus.experiment.phases[1]
    with gpu.within():
        x, labels = Supply(apparatus.feed(phase), gpu, np.float32).chunk(0, 0, 200)
        x, labels = x.get(), labels.get()
    y, wanted = Supply(apparatus.feed(phase), CPU, np.float32).chunk(0, 0, 200)
    np.testing.assert_array_equal(x, y)
    np.testing.assert_array_equal(labels, wanted)


def test_memory_that_runs_out_while_training_ends_the_run_with_the_sizes(
    cupy, hebb, small, tmp_path, monkeypatch
):
    monkeypatch.setattr(World, "free", 7000)
    code, out, err = hebb("run", small, "--device", "cuda:1", "--reference", "--id", "full")
    assert code == 1 and out == ""
    said = (
        "the memory of cuda:1 is full: 75.0 KiB more were needed, and 6.8 KiB are free; "
        "make layers smaller, take float32 where it is float64, or take --device cpu"
    )
    assert err.splitlines()[-1] == said
    run = Run(tmp_path / "runs" / "full")
    assert (run.info()["status"], run.info()["error"]) == ("failed", said)


def test_weights_that_cannot_fit_are_refused_before_anything_is_begun(
    cupy, hebb, small, tmp_path, monkeypatch
):
    monkeypatch.setattr(World, "free", 5000)
    code, _out, err = hebb("run", small, "--device", "cuda")
    assert code == 2
    assert err.splitlines()[-1] == (
        "--device cuda:0: the weights take 6.1 KiB, and 4.9 KiB of its memory are free; "
        "make layers smaller, take float32 where it is float64, or take --device cpu"
    )
    assert not (tmp_path / "runs").exists()


def test_a_rule_of_the_users_own_that_fills_the_memory_is_not_blamed(cupy, monkeypatch):
    monkeypatch.setattr(World, "free", 1 << 20)
    from hebb.layers import Layer, LayerSpec
    from hebb.stack import Stack

    class Greedy(Layer):
        Spec = LayerSpec

        def learn(self, x, labels=None):
            return self.xp.zeros(1 << 20)

        follow = infer = learn

    monkeypatch.setattr("hebb.stack.find_rule", lambda rule: Greedy)
    gpu = Device(cupy, index=1)
    with pytest.raises(HebbError) as caught, gpu.within():
        stack = Stack.build([LayerSpec(name="a", rule="own.py:Greedy", units=2)], 3, gpu)
        list(stack.learn([(gpu.put(np.zeros((1, 3), np.float32)), None)], ["a"]))
    assert str(caught.value).startswith("the memory of cuda:1 is full: 8.0 MiB more were")
