"""What a run holds at its peak, as Python and NumPy allocate it, against what it must hold."""

import subprocess
import sys
import tracemalloc
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from hebb.apparatus import Apparatus
from hebb.config import load
from hebb.data import load as load_data
from hebb.experiment import train
from hebb.layers.init import ROWS, Init
from hebb.training import chunk_of

STREAM = """\
name: stream
dataset: {source: digits}
streams:
  wander: {kind: tapestry, side: 6, window: 8, frames: 1000}
layers: [{name: sparse, rule: mwta, units: 20, n_w: 3, xi: 0.05}]
phases: [{name: wander, input: wander, steps: 200}]
"""
WIDE = """\
name: wide
dataset: {source: mnist_sample}
layers: [{name: wide, rule: mwta, units: 8000, n_w: 5, xi: 0.02, init: {uniform: [0, 0.2]}}]
phases: [{name: digits, steps: 60, epochs: 2}]
"""


PEAK = """\
import re, sys
from pathlib import Path
from hebb import config, experiment

folder = Path(sys.argv[1])
loaded = config.load(folder / "wide.yaml", sys.argv[2:])
experiment.train(loaded, runs_dir=folder, quiet=True, say=lambda line: None)
print(1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]))
"""  # getrusage would also know of the process that this one was forked from


@contextmanager
def peak():
    """A list, which then holds the bytes at the peak of what was allocated within."""
    found = []
    tracemalloc.start()
    try:
        yield found
        found.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def trained(folder, *settings):
    (folder / "stream.yaml").write_text(STREAM)
    train(
        load(folder / "stream.yaml", settings), runs_dir=folder, quiet=True, say=lambda line: None
    )


def test_of_a_stream_only_the_places_of_its_frames_are_held(tmp_path):
    trained(tmp_path)  # what is imported and compiled is no part of it
    with peak() as few:
        trained(tmp_path)
    with peak() as many:
        trained(tmp_path, "streams.wander.frames=100000")
    places = 100_000 * 8  # two numbers each
    assert many[0] < few[0] + 2 * places  # cut to 8 x 8 pixels, they take 32 times as much


@pytest.mark.skipif(sys.platform != "linux", reason="pages are counted otherwise elsewhere")
def test_the_benchmark_does_not_count_the_memory_of_whoever_asks(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
    from memory import measured

    ballast = np.ones(100 * 2**20)  # 800 MiB
    before, most, images, frames, weights = measured(None, ["phases.wander.steps=500"])
    assert 0 < before < most < ballast.nbytes
    assert (images, frames, weights) == (5000 * 784, 10_000 * 8, 4 * 1_424_400)


@pytest.mark.skipif(sys.platform != "linux", reason="pages are counted otherwise elsewhere")
def test_of_weights_four_copies_are_held(tmp_path):
    """Those that learn, in two layouts, and as they were when the epoch began and ended."""
    (tmp_path / "wide.yaml").write_text(WIDE)
    peaks = []
    # The first compiles; and arrays below 32 MiB are not given back when they are free.
    for units in (10, 11_000, 19_000):
        command = [sys.executable, "-c", PEAK, str(tmp_path), f"layers.wide.units={units}"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.stderr == ""
        peaks.append(int(done.stdout))
    copies = (peaks[2] - peaks[1]) / (8000 * 784 * 4)
    assert 3 < copies < 4.7


def test_chunks_are_shorter_where_answers_are_wide_and_hold_whole_batches(tmp_path):
    def chunk(layer, *settings):
        (tmp_path / "some.yaml").write_text(
            f"name: some\ndataset: {{source: digits}}\nlayers: [{{name: wide, {layer}}}]\n"
            "phases: [{name: digits}]\n"
        )
        experiment = load(tmp_path / "some.yaml", settings)
        return chunk_of(Apparatus.of(experiment, load_data(experiment.dataset)))

    mwta = "rule: mwta, xi: 0.02, units: "
    assert [chunk(mwta + units) for units in ("20", "20000")] == [500, 104]
    assert chunk(mwta + "20000", "dtype=float64") == 52
    assert chunk("rule: compspec, batch: 70, xi: 0.1, phi: 0.1, units: 20000") == 140


def test_weights_drawn_some_rows_at_a_time_are_those_drawn_at_once():
    shape = (2 * ROWS + 7, 3)
    for init in (Init(uniform=(-1, 3)), Init(normal=(1, 2))):
        whole = init._drawn(shape, np.random.default_rng(5))
        assert np.array_equal(init.draw(shape, np.random.default_rng(5)), whole)
        single = init.draw(shape, np.random.default_rng(5), np.float32)
        assert single.dtype == np.float32
        assert np.array_equal(single, whole.astype(np.float32))
