"""How far a run is, by what its directory holds."""

import json

import numpy as np
import pytest

from hebb.catalogue.progress import Progress, progress


@pytest.fixture
def going(copied):
    """The small run, of 2 x 300 and 200 inputs, as it was after its first epoch."""
    records = copied.metrics()
    first = records[0] | {"inputs_per_second": 100.0}
    copied.write_text("metrics.jsonl", json.dumps(first) + "\n")
    return copied


def checkpoint(run, **at):
    run.save_checkpoint(at, {"sparse.w": np.zeros(3)})


def test_a_run_stands_where_its_last_epoch_ended(going):
    assert going.info()["phases"] == {
        "wander": {"epochs": 2, "steps": 300}, "digits": {"epochs": 1, "steps": 200},
    }  # fmt: skip
    assert progress(going) == Progress(
        300, 800, "wander", phase_number=1, phases=2, epoch=2, epochs=2, rate=100.0
    )
    assert progress(going).left == 5.0


def test_or_where_a_later_checkpoint_was_made(going):
    checkpoint(going, inputs=450, step=150, seconds=3.0)
    found = progress(going)
    assert (found.inputs, found.epoch, found.rate, found.left) == (450, 2, 50.0, 7.0)
    checkpoint(going, inputs=250, step=250, seconds=3.0)  # of before the last record
    assert progress(going).inputs == 300


def test_before_its_first_epoch_has_ended_nobody_knows_how_long_it_takes(going):
    going.write_text("metrics.jsonl", "")
    found = progress(going)
    assert (found.inputs, found.phase, found.epoch, found.rate, found.left) == (
        0, "wander", 1, None, None,
    )  # fmt: skip
    checkpoint(going, inputs=0, step=0, seconds=0.0)
    assert progress(going).left is None
    checkpoint(going, inputs=100, step=100, seconds=2.0)
    assert progress(going).left == 14.0


@pytest.mark.parametrize(
    ("inputs", "phase", "epoch"),
    [
        (299, "wander", 1),
        (300, "wander", 2),
        (599, "wander", 2),
        (600, "digits", 1),
        (800, "digits", 1),
    ],
)
def test_each_input_is_in_its_phase_and_epoch(going, inputs, phase, epoch):
    going.write_text("metrics.jsonl", json.dumps({"inputs": inputs}) + "\n")
    found = progress(going)
    assert (found.phase, found.epoch) == (phase, epoch)


@pytest.mark.parametrize(
    "phases",
    [
        None, {}, 5, {"wander": {}}, {"wander": {"epochs": 1}},
        {"wander": {"epochs": 1, "steps": 0}}, {"wander": {"epochs": 0, "steps": 300}},
        {"wander": {"epochs": 1, "steps": float("inf")}},
    ],
)  # fmt: skip
def test_a_run_that_does_not_say_what_is_to_come_has_none(going, phases):
    going.note(phases=phases)
    assert progress(going) is None


def test_nor_has_one_that_is_damaged(going):
    (going.path / "checkpoint.npz").write_bytes(b"half")
    assert progress(going) is None
    going.forget_checkpoint()
    record = going.metrics()[0] | {"inputs_per_second": "fast"}
    going.write_text("metrics.jsonl", json.dumps(record) + "\n")
    assert progress(going) is None
    (going.path / "metrics.jsonl").write_text("{\n")
    assert progress(going) is None
    (going.path / "run.json").unlink()
    assert progress(going) is None
