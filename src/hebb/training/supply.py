"""`Supply`: what a phase shows, where its layers are.

On a GPU all that a phase can show goes over once, where it fits, and chunks are taken from it
there; else, and on the CPU, chunk by chunk. Bits are the same either way: the host has converted
them, and a copy changes nothing.
"""

from typing import Any

import numpy as np

from hebb.data import BLOCK, Feed
from hebb.device import Array, Device
from hebb.stack import Chunk

SHARE = 0.5  # of the memory that is free: the rest is for answers and what kernels need


class Supply:
    def __init__(self, feed: Feed, device: Device, dtype: Any):
        self.feed, self.device, self.dtype = feed, device, np.dtype(dtype)
        self._there: Array | None = None
        if device.kind == "cuda":
            n_bytes = feed.n_distinct * feed.source.n_values * self.dtype.itemsize
            if n_bytes <= SHARE * device.free():
                self._there = self._all()

    def chunk(self, epoch: int, start: int, stop: int) -> Chunk:
        """The inputs of steps start to stop of an epoch, (stop - start, D), and their labels."""
        labels = self.feed.labels(epoch, start, stop)
        there = None if labels is None else self.device.put(labels)
        if self._there is None:
            return self.device.put(self.feed.rows(epoch, start, stop, self.dtype)), there
        index = self.feed.index(epoch, start, stop)
        first, last = int(index[0]), int(index[-1])
        if np.array_equal(index, np.arange(first, last + 1)):
            return self._there[first : last + 1], there
        return self._there[self.device.put(index)], there

    def _all(self) -> Array:
        """In blocks, so that the host never holds more than one."""
        rows = self.feed.n_distinct
        there = self.device.xp.empty((rows, self.feed.source.n_values), dtype=self.dtype)
        for start in range(0, rows, BLOCK):
            part = slice(start, min(start + BLOCK, rows))
            there[part] = self.device.put(self.feed.source.rows(part, self.dtype))
        return there
