"""The lengths of rows of numbers, where one of zeros must stay what it is."""

import numpy as np


def unit_length(x: np.ndarray) -> np.ndarray:
    """Rows of x (T, D) scaled to length 1; a blank one stays blank."""
    return x / lengths(x)[:, None]


def lengths(x: np.ndarray) -> np.ndarray:
    """(T,) the length of each row of x (T, D), 1 for a row of zeros."""
    length = np.linalg.norm(x, axis=1)
    return np.where(length > 0, length, 1).astype(x.dtype)
