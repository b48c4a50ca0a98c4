"""`compiled`: how every kernel of the package is turned into machine code."""

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numba
from numba.core import config as numba_config
from numba.core import event

KEPT_DAYS = 14  # machine code whose source is no longer there, but may come back


def _cache_folder() -> Path | None:
    """A folder for machine code, named after all the source that it is made of.

    Numba itself looks at the date of one file only, and a kernel also holds the kernels that it
    calls: changed, they would go on running as they were. None where no place can be written.
    """
    here = Path(__file__).parent
    files = sorted([*here.glob("*.py"), *(here / "kernels").glob("*.py")])
    source = b"".join(path.read_bytes() for path in files)
    name = f"kernels-{hashlib.sha256(source).hexdigest()[:16]}"
    users = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    for parent in (here / "__pycache__", users / "hebb"):
        folder = parent / name
        try:
            new = not folder.is_dir()
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            with suppress(OSError):
                os.utime(folder)  # it is in use
            if new:
                _clear(parent)
            return folder
    return None


def _clear(parent: Path) -> None:
    """Away with the machine code of sources that nobody has used for some time."""
    for each in parent.glob("kernels-*"):
        with suppress(OSError):
            if time.time() - each.stat().st_mtime > KEPT_DAYS * 24 * 3600:
                shutil.rmtree(each, ignore_errors=True)


_folder = os.environ.get("NUMBA_CACHE_DIR") or _cache_folder()
if _folder:
    numba_config.CACHE_DIR = str(_folder)  # pyright: ignore[reportAttributeAccessIssue]


@contextmanager
def _cache_of(module: str) -> Iterator[bool]:
    """Whether machine code is kept, and within it, where that of a module is.

    A rule of the user's own may be imported by its path and as an installed module too, and
    machine code remembers the name of the module that it was made in.
    """
    if not _folder or module.startswith("hebb."):
        yield _folder is not None
        return
    numba_config.CACHE_DIR = str(Path(_folder) / module)  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield True
    finally:
        numba_config.CACHE_DIR = str(_folder)  # pyright: ignore[reportAttributeAccessIssue]


def compiled(**flags: Any) -> Callable[[Callable], Any]:
    """Compile a function once and keep the machine code for the next process.

    Kernels release the GIL and follow IEEE arithmetic (x / 0 is inf or NaN, not an
    exception), so that bits do not depend on who else runs.
    """

    def decorate(function: Callable) -> Any:
        if not function.__module__.startswith("hebb."):
            # It may call `np.dot`: the BLAS of SciPy, which that uses, must be there when the
            # threads of every BLAS are limited.
            with suppress(ImportError):
                import_module("scipy.linalg.cython_blas")
        with _cache_of(function.__module__) as cache:
            return numba.njit(function, cache=cache, nogil=True, error_model="numpy", **flags)

    return decorate


def load_numba_without_scipy() -> None:
    """Load those of Numba's functions that would import scipy.linalg to see whether it is there.

    Kernels need them before they run, and that import takes a tenth of a warm start. Of a rule
    that calls `np.dot`, Numba imports it when it compiles that. For a moment, nobody else can.
    """
    asked = "scipy.linalg.cython_blas"
    if asked in sys.modules or "numba.np.arraymath" in sys.modules:
        return
    sys.modules[asked] = None  # pyright: ignore[reportArgumentType]
    try:
        from numba.np import arraymath
    finally:
        sys.modules.pop(asked, None)
    arraymath._HAVE_BLAS = find_spec("scipy") is not None


@contextmanager
def told_once(say: Callable[[], Any]) -> Iterator[None]:
    """`say` is called within, as soon as there is anything to compile: that takes its time."""
    told = _Told(say)
    with event.install_listener("numba:compile", told):
        yield


class _Told(event.Listener):
    def __init__(self, say: Callable[[], Any]):
        self._say: Callable[[], Any] | None = say

    def on_start(self, event: Any) -> None:
        say, self._say = self._say, None  # kernels are compiled one at a time
        if say is not None:
            say()

    def on_end(self, event: Any) -> None:
        pass


def kept_in() -> Path | None:
    """The folder where machine code is kept; None where no place can be written."""
    return Path(_folder) if _folder else None
