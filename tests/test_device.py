import sys
import types

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from hebb.device import CPU, Device, choose, one_blas_thread
from hebb.errors import UsageError


@pytest.fixture
def cupy(monkeypatch):
    """NumPy under CuPy's name: it shows that a run asks its device for the array module."""
    fake = types.ModuleType("cupy")
    fake.__dict__.update({k: v for k, v in vars(np).items() if not k.startswith("__")})
    fake.cuda = types.SimpleNamespace(is_available=lambda: True)
    fake.asnumpy = np.array  # a copy, as from another memory
    monkeypatch.setitem(sys.modules, "cupy", fake)
    return fake


@pytest.mark.parametrize(
    ("name", "reference", "compiled", "why"),
    [
        ("auto", False, True, "cpu (auto: compiled rules run on the CPU only)"),
        ("auto", True, False, "cpu, the rules as read, as asked"),
        ("cpu", False, True, "cpu (as asked)"),
        ("cpu", True, False, "cpu, the rules as read, as asked"),
    ],
)
def test_the_cpu_is_taken_and_the_sentence_says_why(name, reference, compiled, why):
    assert choose(name, reference=reference) == (Device(np, compiled), why)


@pytest.mark.parametrize("name", ["gpu", "", "CPU"])
def test_an_unknown_device_is_refused(name):
    with pytest.raises(UsageError) as caught:
        choose(name)
    assert str(caught.value) == f"--device: must be auto, cpu or cuda (got {name})"


def test_cuda_without_cupy_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(UsageError) as caught:
        choose("cuda")
    assert str(caught.value) == (
        "--device cuda: CuPy is not installed; "
        "pip install 'hebb-lab[cuda13]' (or [cuda12]), or take --device cpu"
    )


def test_cuda_without_a_gpu_says_so(cupy):
    cupy.cuda.is_available = lambda: False
    with pytest.raises(UsageError) as caught:
        choose("cuda")
    assert str(caught.value) == (
        "--device cuda: no usable GPU was found (CuPy sees none); take --device cpu"
    )


def test_cuda_takes_the_rules_as_read(cupy):
    device, why = choose("cuda")
    assert device == Device(cupy, compiled=False)
    assert why == "cuda, as asked: the rules as read, on CuPy"
    assert device.kind == "cuda"
    assert Device(cupy, compiled=True).form(read="a", compiled="b") == ("a", "read")


def test_auto_and_cpu_never_look_for_cupy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)  # an import of it would fail
    assert choose("auto")[0].kind == choose("cpu")[0].kind == "cpu"


def test_a_rule_runs_compiled_unless_it_cannot_or_must_not():
    assert CPU.form(read="a", compiled="b") == ("b", "compiled")
    assert CPU.form(read="a", compiled=None) == ("a", "read")
    assert Device(compiled=False).form(read="a", compiled="b") == ("a", "read")


def test_arrays_cross_to_the_device_and_back(cupy):
    x = np.arange(6.0).reshape(2, 3)
    for device in (CPU, Device(cupy, compiled=False)):
        np.testing.assert_array_equal(device.get(device.put(x)), x)
    assert Device(cupy).get(x) is not x
    assert CPU.get(x) is x


def test_a_run_on_cupy_equals_the_rules_as_read(cupy, train_small):
    settings = ("phases.wander.epochs=1", "phases.wander.steps=60", "phases.digits.steps=40")
    read, gpu = train_small(*settings, reference=True), train_small(*settings, device="cuda")
    assert gpu.info()["device"]["kind"] == "cuda"
    assert read.info()["device"]["kind"] == "cpu"
    assert gpu.info()["rules"] == dict.fromkeys(("sparse", "invariant", "top"), "read")
    assert list(gpu.snapshots()) == list(read.snapshots()) == [0, 60, 100]
    for inputs in read.snapshots():
        for key, array in read.snapshot(inputs)[1].items():
            np.testing.assert_array_equal(gpu.snapshot(inputs)[1][key], array, err_msg=key)


def test_a_cupy_that_cannot_be_imported_says_why(monkeypatch):
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "cupy":
                raise ImportError("libnvrtc.so: not found")

    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(UsageError) as err:
        choose("cuda")
    assert str(err.value) == "--device cuda: CuPy cannot be imported: libnvrtc.so: not found"


def blas_threads():
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def test_blas_has_one_thread_until_the_last_who_asks_for_it_leaves():
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        one, other = one_blas_thread(), one_blas_thread()
        one.__enter__()
        other.__enter__()
        assert blas_threads() == {1}
        one.__exit__(None, None, None)
        assert blas_threads() == {1}
        other.__exit__(None, None, None)
        assert blas_threads() == before == {2}
        with pytest.raises(ZeroDivisionError), one_blas_thread():
            raise ZeroDivisionError
        assert blas_threads() == before
