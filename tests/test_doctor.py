"""`hebb doctor`: what is there, what is not, and the cure; each by its exact words."""

import json
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from strict_cuda import World

from hebb import doctor
from hebb.device import Device
from hebb.doctor import Examination, Finding, examine

EXTRAS = "pip install 'hebb-lab[cuda13]' (or [cuda12])"


def found(part, look=None):
    """(name, state, what was found, cure) of one part."""
    findings = list(look()) if look else examine().findings
    return [(f.name, f.state, f.found, f.cure) for f in findings if f.part == part]


def gpu():
    return found("gpu", doctor._gpu)


@pytest.fixture
def cupy(cupy, monkeypatch):
    """The stand-in, on which kernels of rules do not run: they run as they are read."""
    monkeypatch.setattr(Device, "form", lambda self, read, **others: (read, "read"))
    return cupy


@pytest.fixture
def no_cupy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)


def test_a_machine_without_a_gpu_is_told_what_is_missing(no_cupy, monkeypatch):
    monkeypatch.setattr("hebb.gpu.driver_alone", lambda: 0)
    assert gpu() == [
        ("CuPy", "missing", "CuPy is not installed", EXTRAS),
        ("driver", "missing", "there is no NVIDIA driver",
         "install one, until nvidia-smi lists the GPU"),
    ]  # fmt: skip


def test_a_driver_is_seen_without_cupy(no_cupy, monkeypatch):
    monkeypatch.setattr("hebb.gpu.driver_alone", lambda: 12040)
    assert gpu()[1] == ("driver", "ok", "knows CUDA 12.4", "")


def test_the_driver_is_asked_by_itself(monkeypatch):
    from hebb import gpu

    class Driver:
        def cuDriverGetVersion(self, there):
            there._obj.value = 13020

    asked = []
    monkeypatch.setattr("ctypes.CDLL", lambda name: asked.append(name) or Driver())
    assert gpu.driver_alone() == 13020
    assert asked == ["libcuda.so.1"]

    def nothing(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr("ctypes.CDLL", nothing)
    assert gpu.driver_alone() == 0


def test_a_gpu_that_can_be_used_is_described_and_tried(cupy):
    version = cupy.__version__
    assert gpu() == [
        ("CuPy", "ok", version, ""),
        ("driver", "ok", "knows CUDA 13.0", ""),
        ("compiler", "ok", "NVRTC 13.0", ""),
        ("cuda:0", "ok", "Stand-in 0, compute capability 9.0, 6.0 GiB of 8.0 GiB free", ""),
        ("rules", "ok", "as read, agree with NumPy", ""),
        ("kernels", "ok", "as read, agree with NumPy", ""),
        ("cuda:1", "ok", "Stand-in 1, compute capability 9.0, 6.0 GiB of 8.0 GiB free", ""),
        ("rules", "ok", "as read, agree with NumPy", ""),
        ("kernels", "ok", "as read, agree with NumPy", ""),
    ]
    assert Examination([Finding("gpu", "cuda:0", "ok", "")]).gpu


@pytest.mark.parametrize(
    ("world", "value", "last"),
    [
        ("driver", 0, ("driver", "missing", "there is no NVIDIA driver",
                       "install one, until nvidia-smi lists the GPU")),
        ("driver", 11080, ("driver", "broken",
                           "the NVIDIA driver knows CUDA 11.8, and CuPy is for 13.0",
                           "update the driver")),
        ("gpus", 0, ("GPU", "missing", "the driver shows no GPU",
                     "see whether nvidia-smi lists one")),
        ("compiler", False, ("compiler", "missing",
                             "CuPy finds no compiler for kernels (NVRTC): Failure finding "
                             '"libnvrtc.so.13 or libnvrtc.so.12": No such file',
                             f"{EXTRAS} brings one")),
        ("compiles", False, ("cuda:1", "broken",
                             "Stand-in 1: a first kernel does not run on it: catastrophic error: "
                             'cannot open source file "cuda_fp16.h"',
                             f"{EXTRAS} brings what CuPy needs beside the driver")),
    ],
)  # fmt: skip
def test_what_keeps_a_gpu_from_being_used_comes_last(cupy, monkeypatch, world, value, last):
    monkeypatch.setattr(World, world, value)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert gpu()[-1] == last


def test_rules_that_learn_otherwise_on_a_gpu_are_told(cupy, monkeypatch):
    monkeypatch.setattr(World, "gpus", 1)
    argsort = cupy.argsort
    monkeypatch.setattr(cupy, "argsort", lambda a, kind: argsort(-a, kind=kind), raising=False)
    name, state, what, cure = gpu()[-2]
    assert (name, state, cure) == ("rules", "broken", "take --device cpu")
    assert what.startswith("weights come out 0.") and what.endswith(" apart")

    def broken(*args, **kwargs):
        raise RuntimeError("cublas is missing\nand more")

    monkeypatch.setattr(cupy, "argsort", broken, raising=False)
    assert gpu()[-2] == ("rules", "broken", "do not run: cublas is missing", "take --device cpu")


def test_the_machine_is_described(monkeypatch):
    machine = found("machine", doctor._machine)
    assert [(name, state) for name, state, _, _ in machine] == [
        ("Python", "ok"), ("packages", "ok"), ("processor", "ok"), ("kernels", "ok"),
        ("kept kernels", "ok"),
    ]  # fmt: skip
    what = {name: what for name, _, what, _ in machine}
    assert what["Python"].startswith(sys.version.split()[0])
    assert "hebb-lab 0" in what["packages"] and "numba 0" in what["packages"]
    assert "ruff" not in what["packages"]
    assert "of memory" in what["processor"]
    assert what["kernels"] in ("are compiled and agree with NumPy", "agree with NumPy")


def test_the_cores_are_those_that_may_be_used(monkeypatch):
    monkeypatch.setenv("HEBB_THREADS", "1")
    monkeypatch.delattr("os.sysconf")  # not every system has it
    assert found("machine", doctor._machine)[2] == (
        "processor", "ok", "1 core by HEBB_THREADS", "",
    )  # fmt: skip
    monkeypatch.setenv("HEBB_THREADS", "none")
    assert found("machine", doctor._machine)[2] == (
        "processor", "broken", "HEBB_THREADS: must be a whole number, 1 or more (got none)",
        "unset it to use all cores there are",
    )  # fmt: skip


def test_a_package_that_is_not_installed_is_told(monkeypatch):
    version = doctor.version

    def without(name):
        if name == "numba":
            raise doctor.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(doctor, "version", without)
    packages = found("machine", doctor._machine)[1]
    assert packages == ("packages", "broken", "numba: not installed", "pip install numba")
    monkeypatch.setattr(doctor, "requires", without)
    monkeypatch.setattr(doctor, "requires", lambda name: without("numba"))
    assert found("machine", doctor._machine)[1] == (
        "packages", "broken", "hebb-lab itself is not installed", "pip install hebb-lab",
    )  # fmt: skip


def test_kernels_that_cannot_be_kept_are_told(monkeypatch, tmp_path):
    cure = "each process compiles them anew, seconds each time: set NUMBA_CACHE_DIR to a folder"
    monkeypatch.setattr(doctor, "kept_in", lambda: None)
    assert found("machine", doctor._machine)[-1] == (
        "kept kernels", "missing", "no folder can be written", cure,
    )  # fmt: skip
    monkeypatch.setattr(doctor, "kept_in", lambda: tmp_path / "not" / "yet")
    assert found("machine", doctor._machine)[-1][:2] == ("kept kernels", "ok")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert found("machine", doctor._machine)[-1] == (
        "kept kernels", "missing", f"{tmp_path}/not/yet cannot be written", cure,
    )  # fmt: skip


def test_data_that_cannot_be_opened_are_told_with_the_cure(monkeypatch, tmp_path):
    file = tmp_path / "mnist.npz"
    monkeypatch.setenv("HEBB_DATA", str(tmp_path))
    cure = (
        "replace or remove it: dataset.fallback stands in for a missing file, not for a damaged one"
    )
    file.write_bytes(b"junk")
    broken = f"{file}: is not a whole .npz file of plain arrays"
    assert found("data", doctor._data)[0] == ("mnist", "broken", broken, cure)
    np.savez(file, images=np.zeros(3))
    broken = f"{file}: must hold x_train (holds images)"
    assert found("data", doctor._data)[0] == ("mnist", "broken", broken, cure)
    assert not Examination(list(doctor._data())).broken  # other data may be whole


def test_data_at_hand_and_data_to_be_had_are_told(monkeypatch, tmp_path):
    np.savez(tmp_path / "mnist.npz", x_train=np.zeros((1, 28, 28), np.uint8))
    monkeypatch.setenv("HEBB_DATA", str(tmp_path))
    assert found("data", doctor._data) == [
        ("mnist", "ok", str(tmp_path / "mnist.npz"), ""),
        ("fashion_mnist", "missing", "not on this machine",
         "downloaded through Keras by the first run, or put fashion_mnist.npz in $HEBB_DATA"),
        ("with hebb", "ok", "mnist_sample, digits", ""),
    ]  # fmt: skip


def test_the_command_prints_it_and_works_without_a_gpu(hebb, no_cupy, monkeypatch):
    monkeypatch.setattr("hebb.gpu.driver_alone", lambda: 0)
    code, out, _ = hebb("doctor")
    assert code == 0
    lines = out.splitlines()
    assert [line for line in lines if line and line[0] != " "] == [
        "machine", "data", "GPU", "runs compute on the CPU; a GPU cannot be used",
    ]  # fmt: skip
    at = lines.index("  missing  CuPy           CuPy is not installed")
    assert lines[at + 1] == f"                          -> {EXTRAS}"


def test_the_command_gives_the_same_as_json(hebb, cupy):
    code, out, err = hebb("doctor", "--json")
    told = json.loads(out)
    assert (code, err, told["cpu"], told["gpu"]) == (0, "", True, True)
    assert told["findings"][0].keys() == {"part", "name", "state", "found", "cure"}
    assert {each["part"] for each in told["findings"]} == {"machine", "data", "gpu"}


def test_a_machine_on_which_nothing_can_run_is_a_failure(hebb, no_cupy, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no LLVM here")

    monkeypatch.setattr(doctor, "_learned", broken)
    code, out, err = hebb("doctor")
    assert code == 1
    assert "  broken   kernels        do not run: no LLVM here\n" in out
    assert "                          -> hebb run --reference does without\n" in out
    assert "nothing can run yet; a GPU cannot be used" in out
    assert err.splitlines()[-1] == "doctor: nothing can run before this is mended: kernels"


def test_lines_fit_the_terminal():
    long = "word " * 40
    text = Examination([Finding("machine", "packages", "broken", long, long)]).text(70)
    assert max(map(len, text.splitlines())) <= 70
    assert text.splitlines()[2].startswith(" " * 26 + "word")


def test_somebody_who_waits_is_told_what_is_looked_at(monkeypatch):
    told, said = [], threading.Event()

    def slow():
        assert said.wait(60)
        return []

    def say(line):
        told.append(line)
        if "data" in line:
            said.set()

    monkeypatch.setattr("hebb.doctor.PATIENCE", 0.01)
    for part in ("_machine", "_data", "_gpu"):
        monkeypatch.setattr(f"hebb.doctor.{part}", slow if part == "_data" else list)
    assert examine(say).findings == []
    assert "still looking at the data ..." in told


def test_somebody_who_waits_for_the_first_compilation_is_told(monkeypatch, tmp_path):
    said = []
    for look in ("_machine", "_data", "_gpu"):
        monkeypatch.setattr(doctor, look, lambda: [])
    monkeypatch.setattr(doctor, "kept_in", lambda: tmp_path)
    examine(said.append)
    assert said == ["kernels are compiled for the first time: this takes seconds"]
    Path(tmp_path / "deeper").mkdir()
    Path(tmp_path / "deeper" / "kernel.1.nbc").touch()
    examine(said.append)
    assert len(said) == 1
