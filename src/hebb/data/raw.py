"""What a source is, and what it hands over: its arrays as they were stored, not yet checked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hebb.errors import DataError

Say = Callable[[str], None]


class DataUnavailable(DataError):
    """A dataset is nowhere to be found. `why`: what was looked at, as one phrase."""

    def __init__(self, source: str, why: str, cure: str):
        self.why = why
        super().__init__(f"{source} cannot be had ({why}): {cure}")


@dataclass(frozen=True, eq=False)
class Raw:
    """Images (T, H, W) or (T, D) and labels (T,); `where` they were found, in words."""

    where: str
    x_train: np.ndarray
    y_train: np.ndarray | None = None
    x_test: np.ndarray | None = None
    y_test: np.ndarray | None = None


@dataclass(frozen=True)
class Source:
    """Where images come from: what the file of each gives to `SOURCES`."""

    name: str
    what: str  # it holds, for `hebb data`
    load: Callable[[str | None, Say], Raw]  # told dataset.path, and whom to tell what is slow
    where: Callable[[], str | None]  # it is, without reading it; None: not on this machine
    way: Callable[[], str] = lambda: ""  # to get it, where it is not
    check: Callable[[], None] = lambda: None  # that what is there opens, unread; or UsageError
    path: Literal["needed", "allowed", "none"] = "none"  # what dataset.path may be
