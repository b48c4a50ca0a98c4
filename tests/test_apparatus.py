"""An experiment's parts fitted together: what does not fit, and a branch of another run."""

import numpy as np
from helpers import refused
from trained import ONE_LAYER

from hebb import draws, experiment
from hebb.config import load
from hebb.errors import ConfigError, UsageError


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


def test_weights_of_a_run_that_is_not_complete_are_taken_and_said(
    small, finished, copied, tmp_path
):
    from hebb.apparatus import branched

    x = load(small, ["layers.top.name=other", "phases.digits=null", "evaluate=[]"])
    copied.note(status="failed")
    for parent, status in ((finished, "completed"), (copied, "failed")):
        begun = branched(x, f"{parent.path}@300", tmp_path)
        said = []
        experiment.train(begun, runs_dir=tmp_path / status, quiet=True, say=said.append)
        notes = [line for line in said if " begins as " in line]
        had = f"begins as {parent.path.resolve()} had it after 300 inputs"
        expected = [
            f"layer {name} {had}, which is not complete (failed)"
            for name in ("sparse", "invariant")
        ]
        assert notes == (expected if status == "failed" else [])


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
        "another init, or, where --from gave it this one, another name"
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
