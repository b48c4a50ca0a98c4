"""Whole runs through the CUDA kernels, on the stand-in for a GPU."""

import sys

import numpy as np
import pytest
from cuda_on_cpu import COMPILER, LACKING, Plan
from cuda_on_cpu import cupy as with_kernels
from test_runs_on_cupy import cut_after_50

from hebb import doctor
from hebb.evaluate import evaluate
from hebb.experiment import Interrupted, resume
from hebb.store import Run

pytestmark = pytest.mark.skipif(COMPILER is None, reason=LACKING)

SHORT = ("phases.wander.epochs=2", "phases.wander.steps=40", "phases.digits.steps=30")


@pytest.fixture
def kernels(cupy, monkeypatch):
    """The kernels launched by what has `--device cuda`."""
    plan = Plan()
    monkeypatch.setitem(sys.modules, "cupy", with_kernels(plan))
    return plan.launches


def saved(run):
    return {
        f"{inputs} {key}": array
        for inputs in run.snapshots()
        for key, array in run.snapshot(inputs)[1].items()
    }


def test_a_run_on_kernels_learns_what_the_rules_as_read_learn(kernels, train_small, tmp_path):
    read = train_small(*SHORT, "dtype=float64", reference=True, runs_dir=tmp_path / "read")
    run = train_small(*SHORT, "dtype=float64", device="cuda:1")
    assert run.info()["rules"] == dict.fromkeys(("sparse", "invariant", "top"), "cuda")
    assert {"mwta", "invariance"} == set(kernels)
    assert saved(run).keys() == saved(read).keys()
    for key, array in saved(read).items():
        np.testing.assert_allclose(saved(run)[key], array, rtol=1e-9, err_msg=key)
    results = [evaluate(each, quiet=True)["results"] for each in (run, read)]
    assert results[0][0]["accuracy"] == results[1][0]["accuracy"]


def test_a_run_on_kernels_that_was_cut_goes_on_to_the_same_bits(kernels, train_small, tmp_path):
    whole = train_small(*SHORT, device="cuda", runs_dir=tmp_path / "whole")
    with pytest.MonkeyPatch.context() as patch:
        cut_after_50(patch)
        with pytest.raises(Interrupted):
            train_small(*SHORT, device="cuda", id="cut")
    run = Run(tmp_path / "runs" / "cut")
    resume(run, quiet=True, say=lambda line: None)
    for key, array in saved(whole).items():
        np.testing.assert_array_equal(saved(run)[key], array, err_msg=key)


def test_doctor_says_that_kernels_agree(kernels):
    found = {each.name: each.state for each in doctor._gpu()}
    assert found["kernels"] == "ok"
    assert kernels
