"""First weights: drawn, read from files, and taken from other runs."""

import hashlib

import numpy as np
import pytest
from helpers import refused
from trained import SHORT, last

from hebb import draws
from hebb.config import load
from hebb.errors import UsageError


def test_first_weights_are_keyed_by_the_layer(finished):
    arrays = finished.snapshot("first")[1]
    for name, high, shape in (("sparse", 0.2, (20, 64)), ("top", 0.1, (12, 9))):
        drawn = draws.generator(7, "init", name).uniform(0, high, shape)
        np.testing.assert_array_equal(arrays[f"{name}.w"], drawn.astype(np.float32))


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
