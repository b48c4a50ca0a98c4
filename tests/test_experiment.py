import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.metadata import version

import numpy as np
import pytest

from hebb import draws, experiment
from hebb.config import load
from hebb.data import Feed
from hebb.errors import ConfigError, HebbError, UsageError
from hebb.experiment import Interrupted
from hebb.store import Run
from hebb.training import loop

SHORT = ("phases.wander.epochs=1", "phases.wander.steps=120", "phases.digits.steps=80")
ONE_LAYER = "layers: [{name: sparse, rule: mwta, units: 6, xi: 0.05}]\n"


def refused(error, call, *args, **how):
    with pytest.raises(error) as caught:
        call(*args, **how)
    return str(caught.value)


def last(run):
    return run.snapshot("last")[1]


def assert_same(arrays, others):
    assert list(arrays) == list(others)
    for key, array in arrays.items():
        assert array.dtype == others[key].dtype, key
        np.testing.assert_array_equal(array, others[key], err_msg=key)


def hashes(run, inputs):
    _, arrays = run.snapshot(inputs)
    return {key: hashlib.sha256(array.tobytes()).hexdigest() for key, array in arrays.items()}


def timeless(record):
    return {key: value for key, value in record.items() if key != "inputs_per_second"}


# The run directory


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


# The same again, to the last bit


def test_the_same_seed_gives_the_same_bits(finished, train_small):
    again = train_small()
    for inputs in (0, 300, 600, 800):
        assert_same(again.snapshot(inputs)[1], finished.snapshot(inputs)[1])
    assert [*map(timeless, again.metrics())] == [*map(timeless, finished.metrics())]


def test_another_seed_gives_other_weights_from_the_start(finished, train_small):
    other = train_small("seed=8", *SHORT)
    for key, array in other.snapshot("first")[1].items():
        assert (array != finished.snapshot("first")[1][key]).mean() > 0.99, key


@pytest.mark.parametrize("chunk", [1, 77, 10_000])
def test_chunk_length_changes_nothing_but_the_clock(chunk, finished, train_small, monkeypatch):
    monkeypatch.setattr(loop, "CHUNK", chunk)
    run = train_small()
    assert list(run.snapshots()) == list(finished.snapshots())
    for inputs in run.snapshots():
        assert_same(run.snapshot(inputs)[1], finished.snapshot(inputs)[1])
    assert [*map(timeless, run.metrics())] == [*map(timeless, finished.metrics())]


def test_the_readable_rules_learn_what_the_compiled_ones_do(train_small):
    settings = ("dtype=float64", "phases.wander.steps=150", "phases.digits.steps=100")
    compiled, read = train_small(*settings), train_small(*settings, reference=True)
    assert set(compiled.info()["rules"].values()) == {"compiled"}
    assert set(read.info()["rules"].values()) == {"read"}
    for inputs in (0, 150, 300, 400):
        for key, array in compiled.snapshot(inputs)[1].items():
            other = read.snapshot(inputs)[1][key]
            np.testing.assert_allclose(other, array, rtol=1e-9, atol=1e-12, err_msg=key)
    for mine, theirs in zip(compiled.metrics(), read.metrics(), strict=True):
        for name, figures in mine["layers"].items():
            assert theirs["layers"][name] == pytest.approx(figures, rel=1e-9, abs=1e-12), name


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


def test_first_weights_are_keyed_by_the_layer(finished):
    arrays = finished.snapshot("first")[1]
    for name, high, shape in (("sparse", 0.2, (20, 64)), ("top", 0.1, (12, 9))):
        drawn = draws.generator(7, "init", name).uniform(0, high, shape)
        np.testing.assert_array_equal(arrays[f"{name}.w"], drawn.astype(np.float32))


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


# Draws do not disturb one another


def test_a_layer_on_top_leaves_those_below_as_they_were(finished, train_small):
    run = train_small("layers.extra={name: extra, rule: mwta, units: 5, xi: 0.1}")
    assert last(run)["extra.w"].shape == (5, 12)
    for inputs in (0, 300, 600, 800):
        arrays = run.snapshot(inputs)[1]
        del arrays["extra.w"]
        assert_same(arrays, finished.snapshot(inputs)[1])


def test_a_phase_before_leaves_the_draws_of_the_others_as_they_were(
    finished, train_small, small, tmp_path
):
    path = tmp_path / "before.yaml"
    before = "phases:\n  - {name: before, order: shuffled, steps: 90, learn: [], epochs: 2}\n"
    path.write_text(small.read_text().replace("phases:\n", before))
    run = train_small(config=path)
    assert list(run.snapshots()) == [0, 90, 180, 480, 780, 980]
    for inputs in (0, 300, 600, 800):  # a phase that learns nothing: only its draws could matter
        assert_same(run.snapshot(inputs + 180 if inputs else 0)[1], finished.snapshot(inputs)[1])


def test_a_phase_of_another_name_shuffles_and_restarts_otherwise(
    finished, train_small, small, tmp_path
):
    path = tmp_path / "renamed.yaml"
    path.write_text(small.read_text().replace("name: digits", "name: single"))
    run = train_small(config=path)
    assert_same(run.snapshot(600)[1], finished.snapshot(600)[1])
    assert hashes(run, 800)["top.w"] != hashes(finished, 800)["top.w"]


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


def test_inputs_of_different_sizes_are_refused_before_anything_is_written(
    small, train_small, tmp_path
):
    message = refused(UsageError, train_small, "streams.wander.window=5")
    assert message == (
        f"{small}:13:3 with streams.wander.window=5: phases: must all show inputs of one size: "
        "wander has 25, train has 64"
    )
    assert not (tmp_path / "runs").exists()


def test_a_layer_that_no_memory_can_hold_is_refused_before_training(small, train_small, tmp_path):
    setting = "layers.top.grid=[1000000, 1000000]"
    assert refused(UsageError, train_small, setting) == (
        f"{small}:11:5 with {setting}: layers.top: 1,000,000,000,000 units over 9 inputs need more "
        "memory than can be had; make it smaller"
    )
    assert not (tmp_path / "runs").exists()


def test_a_vote_that_cannot_see_the_images_is_refused_before_training(small, train_small, tmp_path):
    settings = ("streams.wander.window=5", "phases.digits.input=wander")
    message = refused(UsageError, train_small, *settings)
    assert message == (
        f"{small}:17:5 with {', '.join(settings)}: evaluate.0: the stack reads 25 inputs, but an "
        "image has 64"
    )
    assert not (tmp_path / "runs").exists()


def test_a_runs_dir_that_cannot_be_written_is_said_in_one_sentence(train_small, tmp_path):
    (tmp_path / "file").write_text("")
    runs_dir = tmp_path / "file" / "runs"
    message = refused(UsageError, train_small, runs_dir=runs_dir)
    assert message == f"{runs_dir}: cannot be written: Not a directory"


# First weights from elsewhere


@pytest.mark.parametrize("key", ["w", "sparse.w"])
def test_first_weights_come_from_a_file(key, train_small, tmp_path):
    w = np.random.default_rng(1).random((20, 64))
    np.savez(tmp_path / "w.npz", **{key: w, "other.w": np.ones(3)})
    run = train_small(
        f"layers.sparse.init={{file: {tmp_path}/w.npz}}", "phases.wander.epochs=0", *SHORT[2:]
    )
    np.testing.assert_array_equal(run.snapshot(0)[1]["sparse.w"], w.astype(np.float32))


def test_a_layers_own_array_comes_before_one_without_a_name(train_small, tmp_path):
    own, bare = np.random.default_rng(1).random((2, 20, 64))
    np.savez(tmp_path / "w.npz", **{"w": bare, "sparse.w": own})
    run = train_small(f"layers.sparse.init={{file: {tmp_path}/w.npz}}", *SHORT)
    np.testing.assert_array_equal(run.snapshot(0)[1]["sparse.w"], own.astype(np.float32))


def test_a_file_without_the_array_is_refused_with_what_it_holds(train_small, tmp_path):
    path = tmp_path / "w.npz"
    for arrays, held in (({"a": 1, "b.w": 2}, "a, b.w"), ({}, "nothing")):
        np.savez(path, **arrays)
        setting = f"layers.sparse.init={{file: {path}}}"
        message = refused(UsageError, train_small, setting)
        assert message == (
            f"{setting}: layers.sparse.init: {path}: must hold sparse.w or w; it holds {held}"
        )
    assert not (tmp_path / "runs").exists()


def test_an_array_of_another_shape_is_refused(train_small, tmp_path):
    np.savez(tmp_path / "w.npz", w=np.ones((3, 3)))
    settings = f"layers.sparse.init={{file: {tmp_path}/w.npz}}"
    message = refused(UsageError, train_small, settings)
    assert message == (
        f"{settings}: layers.sparse.init: {tmp_path}/w.npz: holds w of shape (3, 3) for layer "
        "sparse, whose w has shape (20, 64) here; make both alike, or give the layer another init"
    )
    assert not (tmp_path / "runs").exists()


def test_an_array_of_words_is_refused(train_small, tmp_path):
    np.savez(tmp_path / "w.npz", w=np.full((20, 64), "a"))
    settings = f"layers.sparse.init={{file: {tmp_path}/w.npz}}"
    message = refused(UsageError, train_small, settings, *SHORT)
    assert message == (
        f"{settings}: layers.sparse.init: layer sparse: w must hold numbers (got <U1)"
    )


@pytest.mark.parametrize(
    ("value", "must"), [(np.nan, "finite"), (np.inf, "finite"), (-0.5, "not be negative")]
)
def test_first_weights_that_no_rule_can_learn_from_are_refused(train_small, tmp_path, value, must):
    path = tmp_path / "w.npz"
    np.savez(path, w=np.full((20, 64), value))
    setting = f"layers.sparse.init={{file: {path}}}"
    message = refused(UsageError, train_small, setting, *SHORT)
    must = must if must.startswith("not") else f"be {must}"
    assert message == f"{setting}: layers.sparse.init: first weights of sparse must {must}"


def test_first_weights_drawn_below_zero_are_refused(train_small):
    for setting, where, name in (
        ("layers.sparse.init={uniform: [-1, 1]}", "layers.sparse.init", "sparse"),
        ("phases.digits.restart={top: {normal: [0, 1]}}", "phases.digits.restart.top", "top"),
    ):
        message = refused(UsageError, train_small, setting, *SHORT)
        assert message == f"{setting}: {where}: first weights of {name} must not be negative"


def test_weights_that_learning_turned_negative_are_taken_up_if_the_rule_says_so(
    train_small, small, tmp_path
):
    path = tmp_path / "turned.yaml"
    rule = "smooth_invariance, grid: [3, 3], n_w: 2, eta: 0.1, zeta: 0.1}"
    given = small.read_text(encoding="utf-8")
    start, end = given.index("invariance, grid"), given.index("renormalize_every: 100}")
    path.write_text(given[:start] + rule + given[end + 23 :], encoding="utf-8")
    drawn = "layers.invariant.init={uniform: [-1, 1]}"
    message = refused(UsageError, train_small, drawn, *SHORT, config=path)
    wrong = "layers.invariant.init: first weights of invariant must not be negative"
    assert message == f"{drawn}: {wrong}"
    w = np.linspace(-0.5, 0.5, 9 * 20).reshape(9, 20)
    np.savez(tmp_path / "w.npz", w=w)
    read = f"layers.invariant.init={{file: {tmp_path}/w.npz}}"
    run = train_small(read, *SHORT, config=path)
    np.testing.assert_array_equal(run.snapshot("first")[1]["invariant.w"], w.astype(np.float32))


def test_a_run_that_begins_from_another_says_from_which_weights(train_small, finished):
    run = train_small(f"layers.top.init={{run: {finished.path}}}", *SHORT)
    inputs, path = finished.find("last")
    begun = load(run.path / "config.yaml").layers[-1].init
    assert (begun.run, begun.snapshot) == (str(finished.path.resolve()), inputs)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert run.info()["files"] == {str(path): digest}


def test_a_missing_file_of_weights_is_refused(train_small, tmp_path):
    path = tmp_path / "w.npz"
    setting = f"layers.sparse.init={{file: {path}}}"
    message = refused(UsageError, train_small, setting)
    why = f"{path}: cannot be read: No such file or directory"
    assert message == f"{setting}: layers.sparse.init: {why}"


def test_a_missing_file_of_a_restart_is_refused_before_training(train_small, tmp_path):
    path = tmp_path / "w.npz"
    setting = f"phases.digits.restart={{top: {{file: {path}}}}}"
    message = refused(UsageError, train_small, setting)
    why = f"{path}: cannot be read: No such file or directory"
    assert message == f"{setting}: phases.digits.restart.top: {why}"
    assert not (tmp_path / "runs").exists()


def test_first_weights_come_from_another_run(copied, train_small):
    settings = ("layers.top.init={run: small-001}", *SHORT)
    np.testing.assert_array_equal(
        train_small(*settings).snapshot(0)[1]["top.w"], last(copied)["top.w"]
    )
    settings = (f"layers.top.init={{run: {copied.path}, snapshot: 300}}", *SHORT)
    expected = copied.snapshot(300)[1]["top.w"]
    np.testing.assert_array_equal(train_small(*settings).snapshot(0)[1]["top.w"], expected)


def test_first_weights_come_from_another_layer_of_another_run(copied, train_small):
    text = copied.path.joinpath("config.yaml").read_text().replace("sparse", "fine")
    path = copied.path.parent.parent / "fine.yaml"
    path.write_text(text.replace("uniform: [0.0, 0.2]", "run: small-001\n    layer: sparse"))
    run = train_small(*SHORT, config=path)
    np.testing.assert_array_equal(run.snapshot(0)[1]["fine.w"], last(copied)["sparse.w"])


def test_an_unknown_run_of_first_weights_is_refused(train_small, tmp_path):
    message = refused(UsageError, train_small, "layers.top.init={run: nothing}")
    assert message == f"nothing: no such run, neither as a path nor in {tmp_path / 'runs'}"


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
        "Its learning rate is likely too large for its inputs: lower it, or set `clip`. "
        f"The last good weights are kept: {run.path / 'snapshots' / '000000600.npz'}"
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


# Branching, and what training shares with a read-out


def test_a_branch_begins_with_the_weights_of_layers_of_the_same_name(small, finished, tmp_path):
    from hebb.apparatus import branched

    x = load(small, ["layers.top.name=other", "phases.digits=null", "evaluate=[]"])
    begun = branched(x, f"{finished.path}@300", tmp_path)
    run = experiment.train(begun, runs_dir=tmp_path / "runs", quiet=True, say=lambda line: None)
    _, parent = finished.snapshot(300)
    _, first = run.snapshot(0)
    np.testing.assert_array_equal(first["sparse.w"], parent["sparse.w"])
    np.testing.assert_array_equal(first["invariant.w"], parent["invariant.w"])
    rng = draws.generator(7, "init", "other")
    np.testing.assert_array_equal(first["other.w"], rng.uniform(0, 0.1, (12, 9)).astype(np.float32))
    assert [layer.init.snapshot for layer in load(run.path / "config.yaml").layers[:2]] == [300] * 2
    assert str(finished.find(300)[1]) in run.info()["files"]


def test_a_branch_from_a_run_without_a_layer_in_common_is_refused(finished, tmp_path):
    from hebb.apparatus import branched

    path = tmp_path / "one.yaml"
    path.write_text(ONE_LAYER.replace("sparse", "only") + "phases: [{name: a}]\n")
    assert refused(UsageError, branched, load(path), str(finished.path), tmp_path) == (
        f"--from {finished.path}: has layers invariant, sparse, top, and none of only"
    )


def test_a_branch_whose_layer_has_another_shape_is_refused_with_the_option(
    small, finished, tmp_path
):
    from hebb.apparatus import branched

    x = branched(load(small, ["layers.sparse.grid=[4,4]"]), str(finished.path), tmp_path)
    message = refused(ConfigError, experiment.train, x, runs_dir=tmp_path / "runs")
    assert message == (
        f"{small}:8:69 with layers.sparse.grid=[4,4], --from {finished.path}: "
        f"layers.sparse.init: run {finished.path.resolve()}: holds w of shape (20, 64) for "
        "layer sparse, whose w has shape (16, 64) here; make both alike, or give the layer "
        "another init (where --from took it: another name)"
    )
    assert not (tmp_path / "runs").exists()


def test_a_measure_on_images_that_training_shows_says_so(small, train_small):
    streams = "streams.other={kind: tapestry, side: 6, first: 20, window: 8}"
    run = train_small(
        streams, "evaluate=[{measure: reconstruction, layer: sparse, input: other}]",
        "phases.digits=null",
    )  # fmt: skip
    # Walls of 36 images whose last row and column repeat others, from images 0 and 20.
    walls = [{first + 6 * x + y for x in range(5) for y in range(5)} for first in (0, 20)]
    shared = len(walls[0] & walls[1])
    assert run.info()["notes"] == [
        f"evaluate.0: {shared} of the 25 images of other are shown in training too"
    ]


def test_who_waits_for_kernels_to_be_compiled_is_told(train_small, monkeypatch):
    @contextmanager
    def compiling(say):
        say()
        yield

    monkeypatch.setattr(experiment, "told_once", compiling)
    said = []
    train_small(say=said.append)
    assert said[-1] == "kernels are compiled for the first time: some ten seconds a rule"
