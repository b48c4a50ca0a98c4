"""`Images`: a set of pictures, held as it came and converted a few rows at a time."""

import copy
import math
from typing import Self

import numpy as np
from numpy.typing import DTypeLike

from hebb.errors import DataError

BLOCK = 1000  # images at a time, where a whole set is gone through


class Images:
    """Pictures of one size.

    raw: (T, H, W) or (T, D), unsigned bytes or floats. Rows of D values are seen as
    square pictures where D is a square, and as 1 x D otherwise. `what` is how an error
    calls them. Raises DataError for anything else and for values that are not finite.
    """

    def __init__(self, raw: np.ndarray, what: str = "images"):
        if raw.ndim not in (2, 3):
            raise DataError(f"{what}: must be (T, H, W) or (T, D) (got shape {raw.shape})")
        if raw.size == 0:
            raise DataError(f"{what}: must not be empty (got shape {raw.shape})")
        if raw.dtype != np.uint8 and raw.dtype.kind != "f":
            raise DataError(f"{what}: must be unsigned bytes or floats (got {raw.dtype})")
        if raw.dtype.kind == "f" and not _all_finite(raw):
            raise DataError(f"{what}: must be finite (got NaN or infinity)")
        if raw.ndim == 2:
            side = math.isqrt(raw.shape[1])
            square = side * side == raw.shape[1]
            raw = raw.reshape(len(raw), *((side, side) if square else (1, raw.shape[1])))
        self.raw = raw

    def __len__(self) -> int:
        return len(self.raw)

    def __getitem__(self, part: slice) -> Self:
        view = copy.copy(self)
        view.raw = self.raw[part]
        return view

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W)"""
        return self.raw.shape[1:]

    @property
    def n_values(self) -> int:
        """Values in one picture."""
        return self.shape[0] * self.shape[1]

    @property
    def lowest(self) -> float:
        """The smallest value that `rows` gives."""
        return 0.0 if self.raw.dtype == np.uint8 else float(self.raw.min())

    @property
    def highest(self) -> float:
        """The largest value that `rows` gives, or could where bytes are held."""
        return 1.0 if self.raw.dtype == np.uint8 else float(self.raw.max())

    def rows(self, index: slice | np.ndarray, dtype: DTypeLike = np.float32) -> np.ndarray:
        """(n, H * W), a copy; bytes scaled to [0, 1], floats as they are."""
        picked = intensities(self.raw[index], dtype)
        return picked.reshape(len(picked), -1)


def intensities(raw: np.ndarray, dtype: DTypeLike) -> np.ndarray:
    """A copy of `raw` in `dtype`, in C order; bytes become x / 255."""
    if raw.dtype == np.uint8:
        # Dividing in float32 equals dividing in float64 and rounding after (53 bits are
        # more than twice 24), and is five times as fast as a table of the 256 values.
        return np.divide(raw, 255, dtype=dtype, order="C")
    return raw.astype(dtype, order="C")


def _all_finite(raw: np.ndarray) -> bool:
    # The extremes are NaN or infinite if any value is, and need no array of T x D answers.
    with np.errstate(invalid="ignore"):
        return bool(np.isfinite(raw.min()) and np.isfinite(raw.max()))
