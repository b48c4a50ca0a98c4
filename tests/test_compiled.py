"""Where the machine code of the kernels is kept."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numba
import pytest
from numba.core import config as numba_config

from hebb import experiment
from hebb.layers import compiled


def test_the_folder_is_named_after_the_source_of_all_kernels(tmp_path, monkeypatch):
    """Whichever file of them changes: else machine code of what is no longer there would run."""
    layers, there = Path(compiled.__file__).parent, tmp_path / "layers"
    kernels = [path for path in layers.rglob("*.py") if "@compiled(" in path.read_text()]
    assert len(kernels) > 15 and layers / "kernels" / "panels.py" in kernels
    shutil.copytree(layers, there, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(compiled, "__file__", str(there / "compiled.py"))
    names = {compiled._cache_folder().name}
    for path in kernels:
        with open(there / path.relative_to(layers), "a") as file:
            file.write("# changed")
        names.add(compiled._cache_folder().name)
    assert len(names) == 1 + len(kernels)
    assert compiled._cache_folder().parent == there / "__pycache__"


def test_a_new_folder_takes_the_place_of_those_unused_for_long(tmp_path, monkeypatch):
    layers = tmp_path / "layers"
    monkeypatch.setattr(compiled, "__file__", str(layers / "compiled.py"))
    now, day = time.time(), 24 * 3600
    for name, days in (("kernels-old", 15), ("kernels-young", 13), ("other", 99)):
        (layers / "__pycache__" / name / "below").mkdir(parents=True)
        os.utime(layers / "__pycache__" / name, (now - days * day,) * 2)
    own = compiled._cache_folder()
    left = {own.name, "kernels-young", "other"}
    assert {path.name for path in own.parent.iterdir()} == left
    os.utime(own, (now - 20 * day,) * 2)
    os.utime(own.parent / "kernels-young", (now - 20 * day,) * 2)
    assert compiled._cache_folder() == own
    assert own.stat().st_mtime >= now - 1  # used, so that nobody removes it
    assert {path.name for path in own.parent.iterdir()} == left  # looked at for a new one alone


def test_a_package_that_cannot_be_written_leaves_it_to_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    package = str(Path(compiled.__file__).parent)
    access = os.access
    monkeypatch.setattr(os, "access", lambda p, m: package not in str(p) and access(p, m))
    assert compiled._cache_folder().parent == tmp_path / "hebb"


def test_where_nothing_can_be_written_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert compiled._cache_folder() is None


KERNEL = """\
from hebb.layers.compiled import compiled


@compiled()
def inner(x):
    return x + 1


@compiled()
def outer(x):
    return inner(x) + 1
"""
IMPORTED_AS = """\
import importlib.util, sys
spec = importlib.util.spec_from_file_location(sys.argv[1], "kernel.py")
module = sys.modules[sys.argv[1]] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.outer(1))
"""


def test_one_file_may_be_imported_under_two_names(tmp_path):
    (tmp_path / "kernel.py").write_text(KERNEL)
    for name in ("hebb_own_1", "kernel", "hebb_own_1"):
        done = subprocess.run(
            [sys.executable, "-c", IMPORTED_AS, name],
            cwd=tmp_path, capture_output=True, text=True,
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")},
        )  # fmt: skip
        assert (done.stdout, done.stderr) == ("3\n", "")
    assert {"hebb_own_1", "kernel"} <= {path.name for path in (tmp_path / "cache").iterdir()}


TRIES = """\
import numpy as np
from hebb.layers import compiled
from hebb.layers.floor import lifted

assert lifted(np.float32(1), np.float32(2)) == 2
print(compiled.kept_in(), sum(lifted.stats.cache_hits.values()))
"""


@pytest.fixture
def tried(tmp_path):
    """A kernel run in a new process, from a package beside which nothing can be written.

    A regular file is where the folder would be: permissions would not hold for the superuser.
    """
    package = tmp_path / "package" / "hebb"
    shutil.copytree(
        Path(compiled.__file__).parents[1], package, ignore=shutil.ignore_patterns("__pycache__")
    )
    (package / "layers" / "__pycache__").touch()

    def run(users):
        environment = os.environ | {"PYTHONPATH": str(package.parent), "XDG_CACHE_HOME": str(users)}
        environment.pop("NUMBA_CACHE_DIR", None)
        done = subprocess.run(
            [sys.executable, "-c", TRIES], env=environment, capture_output=True, text=True
        )
        assert done.stderr == ""
        kept, hits = done.stdout.split()
        return kept, int(hits)

    return run


@pytest.mark.skipif(bool(numba_config.DISABLE_JIT), reason="nothing is compiled")
def test_from_a_package_that_cannot_be_written_kernels_are_kept_for_the_user(tried, tmp_path):
    kept, hits = tried(tmp_path / "cache")
    assert (Path(kept).parent, hits) == (tmp_path / "cache" / "hebb", 0)
    assert tried(tmp_path / "cache") == (kept, 1)


@pytest.mark.skipif(bool(numba_config.DISABLE_JIT), reason="nothing is compiled")
def test_where_nothing_can_be_written_kernels_run_all_the_same(tried, tmp_path):
    (tmp_path / "file").touch()
    assert tried(tmp_path / "file" / "cache") == ("None", 0)


WITHOUT_SCIPY = """\
import sys
import numba
import numpy as np
from hebb.layers.compiled import load_numba_without_scipy
from hebb.layers.floor import lifted

load_numba_without_scipy()
assert lifted(np.float32(1), np.float32(2)) == 2
assert "scipy.linalg" not in sys.modules

@numba.njit
def products(x):
    return np.dot(x, x), np.convolve(x, x)[2]

print(products(np.array([1.0, 2.0, 3.0])), "scipy.linalg" in sys.modules)
"""


@pytest.mark.skipif(bool(numba_config.DISABLE_JIT), reason="nothing is compiled")
def test_kernels_run_without_scipy_and_what_needs_it_finds_it():
    done = subprocess.run([sys.executable, "-c", WITHOUT_SCIPY], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("(14.0, 10.0) True\n", "")


OWN = """\
import sys
from hebb.layers import mwta
from hebb.layers.compiled import compiled

print("scipy.linalg" in sys.modules)

@compiled()
def same(x):
    return x

print("scipy.linalg" in sys.modules)
"""


def test_the_blas_of_a_rule_of_ones_own_is_there_before_threads_are_limited(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    done = subprocess.run([sys.executable, tmp_path / "own.py"], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("False\nTrue\n", "")


@pytest.mark.skipif(bool(numba_config.DISABLE_JIT), reason="nothing is compiled")
def test_who_waits_for_a_compilation_is_told_once():
    told = []

    @numba.njit
    def inner(x):
        return x + 1

    @numba.njit
    def outer(x):
        return inner(x)

    with compiled.told_once(lambda: told.append("compiling")):
        assert told == []
        assert (outer(1), outer(1.5)) == (2, 2.5)
    assert told == ["compiling"]
    with compiled.told_once(lambda: told.append("nothing to compile")):
        outer(1)
    assert told == ["compiling"]


def test_who_waits_for_kernels_to_be_compiled_is_told(train_small, monkeypatch):
    @contextmanager
    def compiling(say):
        say()
        yield

    monkeypatch.setattr(experiment, "told_once", compiling)
    said = []
    train_small(say=said.append)
    assert said[-1] == "kernels are compiled for the first time: some ten seconds a rule"
