"""On a real GPU: what else is only shown on a stand-in. Skipped, with the reason, without one."""

import numpy as np
import pytest
from helpers import N_IN, READ, altered, at_rate_zero, build, specs, stream

from hebb.device import Device, choose
from hebb.doctor import examine
from hebb.errors import HebbError, UsageError
from hebb.evaluate import evaluate
from hebb.experiment import Interrupted, resume
from hebb.layers.contract import CHECKS, tried
from hebb.layers.own import find_rule
from hebb.layers.trial import Case
from hebb.store import Run

pytestmark = pytest.mark.gpu
SHORT = ("phases.wander.epochs=2", "phases.wander.steps=60", "phases.digits.steps=40")


@pytest.fixture(params=[False, True], ids=["read", "kernels"])
def gpu(request):
    """The first GPU, with the rules as read, and with kernels where a rule has one."""
    try:
        return choose("cuda", reference=not request.param)[0]
    except UsageError as err:
        pytest.skip(f"no GPU was tried: {err}")


@specs
@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])
def test_every_rule_keeps_the_contract(gpu, spec, check):
    later = (at_rate_zero(spec, settable=True), altered(spec))
    case = Case(find_rule(spec.rule), spec, N_IN, gpu, np.float32, later)
    with gpu.within():
        assert [str(breach) for breach in tried(check, case)] == []


@specs
def test_every_rule_learns_what_it_learns_on_numpy(gpu, spec):
    x, labels = stream(500), np.arange(500) % 3
    with gpu.within():
        there, here = build(spec, gpu), build(spec, READ)
        y = gpu.get(there.learn(gpu.put(x), gpu.put(labels)))
        wanted = here.learn(x, labels)
        np.testing.assert_array_equal(y != 0, wanted != 0)
        np.testing.assert_allclose(y, wanted, rtol=1e-7, atol=1e-10)
        for name, array in here.state().items():
            found = there.state()[name]
            np.testing.assert_allclose(found, array, rtol=1e-7, atol=1e-10, err_msg=name)


def test_fetched_arrays_are_as_they_were(gpu):
    with gpu.within():
        w = gpu.put(np.random.default_rng(0).random((2000, 3000)))
        before = gpu.get(w)
        for _ in range(5):
            fetched, wanted = gpu.fetch({"w": w, "turned": w.T}), before.copy()
            w *= 1.5
            before *= 1.5
            np.testing.assert_allclose(fetched.result()["w"], wanted)
            np.testing.assert_allclose(fetched.result()["turned"], wanted.T)


def same(run, other):
    for inputs in run.snapshots():
        theirs = other.snapshot(inputs)[1]
        for name, array in run.snapshot(inputs)[1].items():
            np.testing.assert_array_equal(theirs[name], array, err_msg=f"{name} at {inputs}")


def test_a_run_is_that_of_the_cpu_to_rounding_and_its_own_to_the_bit(gpu, train_small):
    how = {"reference": not gpu.compiled, "device": "cuda"}
    there, again = (train_small("dtype=float64", *SHORT, **how) for _ in range(2))
    same(there, again)
    here = train_small("dtype=float64", *SHORT, device="cpu", reference=True)
    assert list(there.snapshots()) == list(here.snapshots())
    for inputs in here.snapshots():
        theirs = there.snapshot(inputs)[1]
        for name, array in here.snapshot(inputs)[1].items():
            np.testing.assert_allclose(theirs[name], array, rtol=1e-7, atol=1e-10, err_msg=name)
    assert evaluate(there, quiet=True)["results"]


def test_a_run_that_was_cut_goes_on_to_the_bit(gpu, train_small, tmp_path):
    from test_runs_on_cupy import cut_after_50

    how = {"reference": not gpu.compiled, "device": "cuda"}
    whole = train_small(*SHORT, **how, id="whole")
    with pytest.MonkeyPatch.context() as patch:
        cut_after_50(patch)
        with pytest.raises(Interrupted):
            train_small(*SHORT, **how, id="cut")
    run = Run(tmp_path / "runs" / "cut")
    resume(run, quiet=True, say=lambda line: None)
    same(run, whole)


def test_memory_that_is_full_is_told_and_can_be_used_again(gpu):
    with pytest.raises(HebbError) as caught, gpu.within():
        gpu.xp.zeros(1 << 42, dtype=np.float64)
    assert str(caught.value).startswith(
        "the memory of cuda:0 is full: 32768.0 GiB more were needed"
    )
    with gpu.within():
        assert float(gpu.put(np.ones(3)).sum()) == 3


def test_the_doctor_finds_it_well(gpu):
    assert [each for each in examine().findings if each.part == "gpu" and each.state != "ok"] == []


def test_a_second_gpu_is_used_by_every_thread(gpu, train_small):
    if gpu.xp.cuda.runtime.getDeviceCount() < 2:
        pytest.skip("there is one GPU")
    how = {"reference": not gpu.compiled}
    same(train_small(*SHORT, **how, device="cuda:1"), train_small(*SHORT, **how, device="cuda:0"))
    assert Device(gpu.xp).xp.cuda.Device().id == 0
