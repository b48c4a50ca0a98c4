"""`compiled`: how every kernel of the package is turned into machine code."""

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(**flags: Any) -> Callable[[Callable], Any]:
    """Compile a function once and keep the machine code for the next process.

    Kernels release the GIL and follow IEEE arithmetic (x / 0 is inf or NaN, not an
    exception), so that bits do not depend on who else runs.
    """

    def decorate(function: Callable) -> Any:
        try:
            return njit(function, cache=True, nogil=True, error_model="numpy", **flags)
        except RuntimeError:  # nowhere to write the cache: compile anew in each process
            return njit(function, nogil=True, error_model="numpy", **flags)

    return decorate
