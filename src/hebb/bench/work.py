"""`Work`: a row made ready, its inputs in memory and its weights where the clock starts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Protocol

import numpy as np

from hebb.apparatus import Apparatus
from hebb.bench.rows import INPUTS, Row, experiment_of
from hebb.cores import cores
from hebb.data import BLOCK, Feed, load
from hebb.device import one_blas_thread
from hebb.layers import LayerSpec
from hebb.stack import Chunk
from hebb.training import chunk_of


class Side(Protocol):
    """Whoever can do the work of a row: hebb, or a peer."""

    def again(self) -> None:
        """Stand where the clock starts."""

    def go(self, n: int) -> None:
        """Do the work on the first n inputs."""


class Work:
    """The work of a row as hebb does it.

    x: (T, D), labels: (T,) or None, of the epoch that is timed. per: inputs of one `unit` of the
    row. least: inputs that a turn has a multiple of: images are classified in blocks. chunk: moved
    at once. start: the stack's state where the clock starts.
    """

    def __init__(self, row: Row, dtype: str = "float32", inputs: int = INPUTS):
        experiment = experiment_of(row, dtype)
        data = load(experiment.dataset)
        apparatus = Apparatus.of(experiment, data)
        self.row, self.data, self.dtype = row, data, np.dtype(dtype)
        self.phase = experiment.phases[0]
        self.stack = apparatus.stack()
        self.per = apparatus.together if row.unit == "batches" else 1
        self.least = BLOCK if row.classifies else self.per
        self.chunk = chunk_of(apparatus)
        feed = apparatus.feed(self.phase)
        with one_blas_thread():
            for epoch in range(row.before):
                self._show(feed, epoch, inputs)
                self._learn(inputs, epoch)
        self._show(feed, row.before, inputs)
        if row.classifies:
            self.x, self.labels = data.train.rows(np.arange(inputs) % len(data.train), dtype), None
        self.start = self.stack.state(motion=True)

    def _show(self, feed: Feed, epoch: int, inputs: int) -> None:
        self.x = feed.rows(epoch, 0, inputs, self.dtype)
        self.labels = feed.labels(epoch, 0, inputs)

    @property
    def specs(self) -> list[LayerSpec]:
        return [layer.spec for layer in self.stack.layers.values()]

    @cached_property
    def top(self) -> str:
        """The name of the last layer, by whose winners images are classified."""
        return list(self.stack.layers)[-1]

    def again(self) -> None:
        self.stack.load(self.start, motion=True)

    def go(self, n: int) -> None:
        if self.row.classifies:
            self.classify(n)
        else:
            self._learn(n, self.row.before)

    def classify(self, n: int) -> np.ndarray:
        """The winners (n,) of the last layer, in blocks on all cores as `hebb eval` takes them."""
        blocks = [self.x[i : min(i + BLOCK, n)] for i in range(0, n, BLOCK)]
        with ThreadPoolExecutor(cores()) as pool:
            return np.concatenate(list(pool.map(lambda x: self.stack.winners(x, self.top), blocks)))

    def go_on(self, begin: int, end: int) -> None:
        """Learn from these inputs, as a part of the epoch that has begun."""
        for _ in self.stack.learn(self._chunks(begin, end), self.stack.layers):
            pass

    def _learn(self, n: int, epoch: int) -> None:
        self.stack.begin_epoch(epoch, max(self.phase.epochs, epoch + 1))
        self.go_on(0, n)

    def _chunks(self, begin: int, end: int) -> Iterator[Chunk]:
        for i in range(begin, end, self.chunk):
            rows = slice(i, min(i + self.chunk, end))
            yield self.x[rows], None if self.labels is None else self.labels[rows]
