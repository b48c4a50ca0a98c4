import sys
from threading import Thread

import numpy as np
import pytest
from strict_cuda import Device as Gpu
from strict_cuda import Stream, World, current, get_current_stream, waits
from threadpoolctl import threadpool_info, threadpool_limits

from hebb.device import CPU, Device, choose, one_blas_thread
from hebb.errors import HebbError, UsageError

GIB = 1 << 30


@pytest.mark.parametrize(
    ("name", "reference", "compiled", "why"),
    [
        ("auto", False, True, "cpu (auto: CuPy is not installed)"),
        ("auto", True, False, "cpu, the rules as read, as asked"),
        ("cpu", False, True, "cpu (as asked)"),
        ("cpu", True, False, "cpu, the rules as read, as asked"),
    ],
)
def test_the_cpu_is_taken_and_the_sentence_says_why(monkeypatch, name, reference, compiled, why):
    monkeypatch.setitem(sys.modules, "cupy", None)  # an import of it fails
    monkeypatch.setattr("hebb.gpu.driver_alone", lambda: 13000)
    assert choose(name, reference=reference) == (Device(np, compiled), why)


def test_auto_says_which_gpu_it_did_not_take(cupy, monkeypatch):
    assert choose("auto") == (
        Device(),
        "cpu (auto: no rule has been timed on a GPU yet; --device cuda takes the Stand-in 0)",
    )
    monkeypatch.setattr(World, "gpus", 0)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert choose("auto") == (Device(), "cpu (auto: the driver shows no GPU)")
    monkeypatch.setattr(World, "driver", 0)
    assert choose("auto") == (Device(), "cpu (auto: there is no NVIDIA driver)")


def test_looking_for_a_gpu_takes_none_of_its_memory(cupy, monkeypatch):
    monkeypatch.setattr(Gpu, "use", None)  # whoever makes it current begins to work on it
    monkeypatch.setattr(Gpu, "mem_info", None)
    assert choose("auto")[0] is not None


def test_the_cpu_as_asked_is_taken_without_a_look_at_cupy(monkeypatch):
    monkeypatch.setattr("hebb.gpu.cupy", None)
    assert choose("cpu")[0].kind == "cpu"


@pytest.mark.parametrize("name", ["gpu", "", "CPU", "cuda:", "cuda:-1", "cuda:1.5", "cuda0"])
def test_an_unknown_device_is_refused(name):
    assert refused(name) == f"--device: must be auto, cpu, cuda or cuda:N (got {name})"


@pytest.mark.parametrize(
    ("name", "reference", "index", "why"),
    [
        ("cuda", False, 0, "cuda:0, Stand-in 0, as asked"),
        ("cuda:1", False, 1, "cuda:1, Stand-in 1, as asked"),
        ("cuda:1", True, 1, "cuda:1, Stand-in 1, the rules as read, as asked"),
    ],
)
def test_a_gpu_is_taken_by_its_number(cupy, name, reference, index, why):
    device = Device(cupy, compiled=not reference, index=index)
    assert choose(name, reference=reference) == (device, why)
    assert (device.kind, device.name) == ("cuda", f"cuda:{index}")
    assert current() == 0  # nobody's own work is moved


def refused(name="cuda"):
    with pytest.raises(UsageError) as caught:
        choose(name)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_cuda_without_cupy_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.setattr("hebb.gpu.driver_alone", lambda: 13000)
    assert refused() == (
        "--device cuda: CuPy is not installed; "
        "pip install 'hebb-lab[cuda13]' (or [cuda12]), or take --device cpu"
    )


def test_cuda_without_a_driver_says_so_before_anything_is_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.setattr("hebb.gpu.driver_alone", lambda: 0)
    lacking = "there is no NVIDIA driver, and CuPy is not installed"
    assert refused("cuda:3") == (
        f"--device cuda:3: {lacking}; where there is a GPU, install its driver and CuPy: "
        "pip install 'hebb-lab[cuda13]' (or [cuda12]), or take --device cpu"
    )
    assert choose("auto") == (Device(), f"cpu (auto: {lacking})")


def test_a_cupy_that_cannot_be_imported_says_why(monkeypatch):
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "cupy":
                raise ImportError("libcudart.so: not found\nand much more")

    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    assert refused() == (
        "--device cuda: CuPy cannot be imported: libcudart.so: not found; "
        "install it anew: pip install 'hebb-lab[cuda13]' (or [cuda12]), or take --device cpu"
    )


def test_cupy_without_a_driver_says_so(cupy, monkeypatch):
    monkeypatch.setattr(World, "driver", 0)
    assert refused() == (
        "--device cuda: there is no NVIDIA driver; "
        "install one, until nvidia-smi lists the GPU, or take --device cpu"
    )


def test_a_driver_too_old_for_cupy_says_so(cupy, monkeypatch):
    monkeypatch.setattr(World, "driver", 12040)
    assert refused() == (
        "--device cuda: the NVIDIA driver knows CUDA 12.4, and CuPy is for 13.0; "
        "update the driver, or pip install 'hebb-lab[cuda12]', or take --device cpu"
    )


def test_a_driver_that_shows_no_gpu_says_so(cupy, monkeypatch):
    monkeypatch.setattr(World, "gpus", 0)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert refused() == (
        "--device cuda: the driver shows no GPU; "
        "see whether nvidia-smi lists one, or take --device cpu"
    )
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert refused() == (
        "--device cuda: the driver shows no GPU; "
        "CUDA_VISIBLE_DEVICES is set to '': unset it, or take --device cpu"
    )


def test_a_driver_that_does_not_start_says_so(cupy, monkeypatch):
    def broken():
        raise RuntimeError("cudaErrorSystemNotReady: system not yet initialized")

    monkeypatch.setattr(cupy.cuda.runtime, "getDeviceCount", broken)
    assert refused() == (
        "--device cuda: CUDA does not start: cudaErrorSystemNotReady: system not yet initialized; "
        "see whether nvidia-smi does, or take --device cpu"
    )


def test_a_number_beyond_the_last_gpu_is_refused(cupy):
    assert refused("cuda:2") == (
        "--device cuda:2: there is no such GPU; there are cuda:0, cuda:1, or take --device cpu"
    )


def test_cupy_without_nvrtc_says_so(cupy, monkeypatch):
    monkeypatch.setattr(World, "compiler", False)
    assert refused() == (
        "--device cuda: CuPy finds no compiler for kernels (NVRTC): Failure finding "
        '"libnvrtc.so.13 or libnvrtc.so.12": No such file; '
        "pip install 'hebb-lab[cuda13]' (or [cuda12]) brings one, or take --device cpu"
    )


def test_a_compiler_without_its_headers_says_so(cupy, monkeypatch):
    monkeypatch.setattr(World, "compiles", False)
    assert refused() == (
        "--device cuda: a first kernel does not run on it: catastrophic error: cannot open "
        "source file \"cuda_fp16.h\"; pip install 'hebb-lab[cuda13]' (or [cuda12]) brings what "
        "CuPy needs beside the driver, or take --device cpu"
    )


def test_a_gpu_that_computes_wrongly_says_so(cupy, monkeypatch):
    monkeypatch.setattr(cupy, "arange", lambda n, dtype: cupy.zeros(n, dtype), raising=False)
    assert refused() == (
        "--device cuda: it computes wrongly: 155 came out as 12; test its memory, "
        "or take --device cpu"
    )


def test_a_rule_runs_compiled_unless_it_cannot_or_must_not():
    assert CPU.form(read="a", compiled="b") == ("b", "compiled")
    assert CPU.form(read="a", compiled=None) == ("a", "read")
    assert Device(compiled=False).form(read="a", compiled="b") == ("a", "read")


def test_arrays_cross_to_the_device_and_back(cupy):
    x = np.arange(6.0).reshape(2, 3)
    for device in (CPU, Device(cupy, compiled=False)):
        np.testing.assert_array_equal(device.get(device.put(x)), x)
    assert CPU.get(x) is x


def test_within_a_device_a_thread_works_there_and_afterwards_where_it_did(cupy, monkeypatch):
    device = Device(cupy, index=1)
    monkeypatch.setattr(World, "per_thread", True)
    with device.within():
        assert (current(), get_current_stream()) == (1, Stream.null)
        device.put(np.zeros(3))
    assert current() == 0
    with Gpu(1):
        assert get_current_stream() is Stream.ptds


def test_a_thread_that_takes_a_device_works_there(cupy):
    found = []

    def work():
        Device(cupy, index=1).take()
        found.append((current(), get_current_stream()))
        CPU.take()

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(1, Stream.null)] and current() == 0


def test_fetched_arrays_are_as_they_were_whatever_becomes_of_them(cupy):
    for device in (CPU, Device(cupy, index=1)):
        with device.within():
            w = device.put(np.arange(6.0).reshape(2, 3))
            with waits() as waited:
                fetched = device.fetch({"w": w, "turned": w.T})
                w += 1
            assert waited == []
            found = fetched.result()
        np.testing.assert_array_equal(found["w"], [[0, 1, 2], [3, 4, 5]])
        np.testing.assert_array_equal(found["turned"], [[0, 3], [1, 4], [2, 5]])
        assert all(array.flags.c_contiguous for array in found.values())
        assert fetched.result() is found


def test_memory_that_is_full_is_told_with_the_sizes(cupy, monkeypatch):
    monkeypatch.setattr(World, "free", 3 * GIB)
    device = Device(cupy, index=1)
    with pytest.raises(HebbError) as caught, device.within():
        device.xp.zeros((1 << 20, 1 << 10), dtype=np.float32)
    assert str(caught.value) == (
        "the memory of cuda:1 is full: 4.0 GiB more were needed, and 3.0 GiB are free; make "
        "layers smaller, take float32 where it is float64, or take --device cpu"
    )
    assert caught.value.exit_code == 1
    with pytest.raises(HebbError) as caught, device.within():
        raise cupy.cuda.runtime.CUDARuntimeError("cudaErrorMemoryAllocation: out of memory")
    assert str(caught.value).startswith(
        "the memory of cuda:1 is full: more was needed, and 3.0 GiB are free; make"
    )


def test_other_errors_on_a_gpu_are_what_they_are(cupy):
    for error in (MemoryError("of the host"), RuntimeError("cudaErrorLaunchFailure")):
        with pytest.raises(type(error)) as caught, Device(cupy).within():
            raise error
        assert caught.value is error


def test_weights_that_cannot_fit_are_refused(cupy, monkeypatch):
    monkeypatch.setattr(World, "free", GIB)
    CPU.check_room(GIB + 1)
    Device(cupy).check_room(GIB)
    with pytest.raises(UsageError) as caught:
        Device(cupy, index=1).check_room(3 * GIB // 2)
    assert str(caught.value) == (
        "--device cuda:1: the weights take 1.5 GiB, and 1.0 GiB of its memory are free; make "
        "layers smaller, take float32 where it is float64, or take --device cpu"
    )


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
