"""What a phase does: who learns, who starts anew, what is set, and how much is shown."""

import numpy as np
import pytest
from trained import ONE_LAYER, SHORT, assert_same, hashes, last

from hebb import draws

# Who learns


def test_a_frozen_layer_keeps_every_bit_while_others_learn(finished):
    before, after = hashes(finished, 600), hashes(finished, 800)
    assert before["sparse.w"] == after["sparse.w"]
    assert before["invariant.w"] == after["invariant.w"]
    assert before["top.w"] != after["top.w"]
    start = hashes(finished, 0)
    assert all(start[key] != before[key] for key in start)  # they all learn where none is frozen


def test_a_phase_in_which_nothing_learns_moves_nothing(train_small):
    run = train_small(*SHORT, "phases.digits.learn=[]", "phases.digits.restart=null")
    assert hashes(run, 120) == hashes(run, 200)
    assert [layer["learns"] for layer in run.metrics()[-1]["layers"].values()] == [False] * 3


def test_every_epoch_begins_anew_counts_and_traces_too(train_small):
    run = train_small("phases.wander.learn=[]", "phases.digits=null")
    first, second = run.metrics()
    assert first["layers"] == second["layers"]
    assert first["layers"]["invariant"]["reconstruction_error"] > 0


def test_a_restart_draws_fresh_weights_keyed_by_the_phase(train_small):
    run = train_small(*SHORT, "phases.digits.learn=[]")
    drawn = draws.generator(7, "init", "top", "digits").uniform(0.2, 0.3, (12, 9))
    np.testing.assert_array_equal(run.snapshot(200)[1]["top.w"], drawn.astype(np.float32))
    assert hashes(run, 120)["sparse.w"] == hashes(run, 200)["sparse.w"]


def test_a_list_of_restarts_draws_as_the_layers_own_init_says(train_small):
    run = train_small(*SHORT, "phases.digits.restart=[top]", "phases.digits.learn=[]")
    drawn = draws.generator(7, "init", "top", "digits").uniform(0, 0.1, (12, 9))
    np.testing.assert_array_equal(last(run)["top.w"], drawn.astype(np.float32))


def test_a_setting_holds_from_its_phase_on(train_small, small, tmp_path):
    phases = """phases:
  - {name: a, input: wander, steps: 50}
  - {name: b, input: wander, steps: 50, set: {top.xi: 0}}
  - {name: c, input: wander, steps: 50}
  - {name: d, input: wander, steps: 50, set: {top.xi: 0.02}}
"""
    path = tmp_path / "set.yaml"
    text = small.read_text()
    path.write_text(text[: text.index("phases:")] + phases)
    run = train_small(config=path)
    top = [hashes(run, inputs)["top.w"] for inputs in (0, 50, 100, 150, 200)]
    sparse = [hashes(run, inputs)["sparse.w"] for inputs in (0, 50, 100, 150, 200)]
    assert top[0] != top[1] == top[2] == top[3] != top[4]
    assert len(set(sparse)) == 5


# How much is shown


def test_no_epochs_leave_the_first_weights(train_small):
    run = train_small("phases.wander.epochs=0", "phases.digits.epochs=0")
    assert list(run.snapshots()) == [0]
    assert run.metrics() == []
    assert run.info()["status"] == "completed"


def npz(path, images, **others):
    np.savez(path, x_train=images, **others)
    return path


@pytest.fixture
def pictures():
    return np.random.default_rng(0).random((20, 4, 4))


def write(path, dataset, phases, layers=ONE_LAYER):
    path.write_text(f"dataset: {{source: npz, path: {dataset}}}\n{layers}phases: [{phases}]\n")
    return path


def test_steps_beyond_the_data_begin_a_second_pass_and_say_so(train_small, pictures, tmp_path):
    once = npz(tmp_path / "once.npz", pictures)
    twice = npz(tmp_path / "twice.npz", np.concatenate([pictures, pictures]))
    runs = [
        train_small(config=write(tmp_path / f"{data.stem}.yaml", data, "{name: p, steps: 35}"))
        for data in (once, twice)
    ]
    assert_same(last(runs[0]), last(runs[1]))
    assert list(runs[0].snapshots()) == [0, 35]
    note = "phase p: 35 steps of 20 inputs: a second pass begins"
    assert runs[0].info()["notes"] == [note]
    assert runs[1].info()["notes"] == []
    assert note in (runs[0].path / "log.txt").read_text()


def test_a_dataset_without_labels_trains(train_small, pictures, tmp_path):
    data = npz(tmp_path / "data.npz", pictures)
    run = train_small(config=write(tmp_path / "a.yaml", data, "{name: p, epochs: 2}"))
    assert list(run.snapshots()) == [0, 20, 40]
    assert run.info()["status"] == "completed"
    assert run.info()["dataset"]["where"] == str(data)
