"""The CUDA kernels through NVIDIA's compiler, and under the sanitizers: `make kernels`."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cuda_on_cpu
import numpy as np
import pytest

from hebb.layers.cuda import HERE, options, source

pytestmark = pytest.mark.deep

NVCC = shutil.which("nvcc")
SCRIPT = Path(cuda_on_cpu.__file__).parent / "sanitized.py"
RULES = sorted(path.stem for path in HERE.glob("*.cu"))


@pytest.mark.skipif(NVCC is None, reason="nvcc is not here, which compiles CUDA kernels for a GPU")
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_a_kernel_compiles_for_a_gpu_and_keeps_all_in_registers(
    rule, dtype, architecture, tmp_path
):
    code = tmp_path / "kernel.cu"
    code.write_text(source(f"{rule}.cu"))
    command = (NVCC, "-cubin", f"-arch={architecture}", "-Xptxas=-v", "-Werror=all-warnings")
    ftz = "-ftz=true"  # as CuPy compiles it
    done = subprocess.run(
        [*command, ftz, *options(np.dtype(dtype)), "-o", tmp_path / "kernel.cubin", code],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = re.search(rf"Function properties for {rule}\n(.*)\n.*Used (\d+) registers", done.stderr)
    assert told, done.stderr
    assert (
        told[1].split() == "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads".split()
    )
    assert int(told[2]) * 256 <= 65536  # one block always finds room


def sanitized(flag, libraries, *arguments, **world):
    """What the script says, with the sanitizer of this flag."""
    paths = []
    for library in libraries:
        told = subprocess.run(
            ["g++", f"-print-file-name={library}"], capture_output=True, text=True, check=True
        )
        if not Path(told.stdout.strip()).is_absolute():
            pytest.skip(f"{library} is not here, which g++ sanitizes with")
        paths.append(told.stdout.strip())
    # Addresses as they come are not where the sanitizers expect all of them.
    still = [shutil.which("setarch"), "-R"] if shutil.which("setarch") else []
    return subprocess.run(
        [*still, sys.executable, SCRIPT, flag, *arguments], capture_output=True, text=True,
        env=os.environ | {"LD_PRELOAD": " ".join(paths)} | world,
    )  # fmt: skip


def sections(told):
    """What was found in each part of what the script says, by its title."""
    parts = re.split(r"^= (.*)$", told, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.skipif(cuda_on_cpu.COMPILER is None, reason=cuda_on_cpu.LACKING)
def test_no_two_threads_race_unless_a_barrier_is_missing():
    world = {"TSAN_OPTIONS": "suppress_equal_stacks=0 symbolize=0"}
    done = sanitized("-fsanitize=thread", ["libtsan.so"], "--planted", **world)
    found = sections(done.stderr)
    sound = {title for title in found if title.startswith("sound")}
    assert len(sound) == 11 and len(found) == 11 + 3 * len(RULES), done.stderr[-2000:]
    races = {title for title, told in found.items() if "data race" in told}
    assert not races & sound, "".join(found[title] for title in races & sound)
    # A race is seen if it happens to be run: each barrier's, by one rule at the least.
    assert {title.split()[1] for title in races} == {
        title.split()[1] for title in found.keys() - sound
    }


@pytest.mark.skipif(cuda_on_cpu.COMPILER is None, reason=cuda_on_cpu.LACKING)
def test_no_thread_leaves_its_arrays_or_does_what_c_leaves_undefined():
    libraries = ["libasan.so", "libubsan.so", "libstdc++.so"]
    world = {"ASAN_OPTIONS": "detect_leaks=0"}  # Python's own
    done = sanitized("-fsanitize=address,undefined", libraries, **world)
    found = sections(done.stderr)
    assert done.returncode == 0 and len(found) == 11, done.stderr[-2000:]
    assert not "".join(found.values()).strip(), done.stderr[-2000:]
