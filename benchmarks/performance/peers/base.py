"""What every peer has: it does the work of a row of `hebb bench`, from the same weights.

A peer is the rules written once more, as somebody would who knows the library well: it keeps no
metrics, answers nothing that nobody asks for, and takes for granted that no input is blank where a
rule would have to care. `weights` shows that it ends where hebb ends.
"""

import time
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from hebb.bench import Work
from hebb.bench.limits import cores
from hebb.layers.floor import FLOOR

PREC = 1e-10

__all__ = ["FLOOR", "PREC", "Eager", "Peer", "band", "pixels"]


class Peer(ABC):
    """threads: those that it takes, the quicker of one and all where it can choose, else None."""

    name: str
    threads: int | None = None

    def __init__(self, work: Work):
        self.work, self.dtype = work, work.dtype
        self.names = list(work.stack.layers)

    @abstractmethod
    def again(self) -> None:
        """Stand where the clock starts."""

    @abstractmethod
    def go(self, n: int) -> None:
        """Learn from the first n inputs, or classify them."""

    @abstractmethod
    def weights(self) -> dict[str, np.ndarray]:
        """What it has learned, called as in a snapshot: <layer>.<array>."""

    @abstractmethod
    def classify(self, n: int) -> np.ndarray:
        """The unit (n,) of the last layer that wins each image."""

    @abstractmethod
    def within(self) -> AbstractContextManager[Any]:
        """Threads as it wants them, for as long as its turn is."""

    def choose_threads(self, n: int) -> None:
        """Take one thread or all, whichever does the first n inputs in less time."""
        took = {}
        for threads in (1, cores()):
            self.threads = threads
            with self.within():
                self.again()
                self.go(min(n, 4 * self.work.per))
                self.again()
                began = time.perf_counter()
                self.go(n)
                took[threads] = time.perf_counter() - began
        self.threads = min(took, key=took.__getitem__)

    def start(self, name: str) -> dict[str, np.ndarray]:
        """The arrays that a layer starts from, in order."""
        arrays = self.work.stack.layers[name].arrays
        return {each: self.work.start[f"{name}.{each}"] for each in arrays}


class Eager(Peer):
    """A peer whose layers learn in place, an input or a batch at a time.

    rules: by the name of a rule, from (spec, start, work) to a layer with `learn` and `w`.
    """

    rules: dict[str, Any]
    layers: list[Any]

    def put(self, x: np.ndarray) -> Any:
        return x

    def get(self, x: Any) -> np.ndarray:
        return np.asarray(x)

    def __init__(self, work: Work):
        super().__init__(work)
        self.x = self.put(work.x)
        self.labels = None if work.labels is None else self.put(work.labels)

    def again(self) -> None:
        self.layers = [
            self.rules[layer.spec.rule](layer.spec, self._fresh(name), self.work)
            for name, layer in self.work.stack.layers.items()
        ]

    def _fresh(self, name: str) -> dict[str, Any]:
        return {each: self.put(array.copy()) for each, array in self.start(name).items()}

    def go(self, n: int) -> None:
        if self.work.row.classifies:
            self.classify(n)
        elif self.work.per > 1:
            size = self.work.per
            for i in range(0, n, size):
                v, c = self.x[i : i + size], None
                if self.labels is not None:
                    c = self.labels[i : i + size]
                for layer in self.layers:
                    v = layer.learn(v, c)
        else:
            for v in self.x[:n]:
                for layer in self.layers:
                    v = layer.learn(v)

    def weights(self) -> dict[str, np.ndarray]:
        return {
            f"{name}.{each}": self.get(array)
            for name, layer in zip(self.names, self.layers, strict=True)
            for each, array in layer.state().items()
        }


def band(side: int, radius: int) -> np.ndarray:
    """(side, side): 1 within `radius` places on a ring, itself included."""
    at = np.arange(side)
    apart = abs(at[:, None] - at)
    return (np.minimum(apart, side - apart) <= radius).astype(float)


def pixels(spec: Any, n_in: int) -> np.ndarray:
    """(blocks, size^2) the pixels of each block, as the experiment cuts them."""
    first = spec.blocks.runs(int(n_in**0.5))
    return (first[:, :, None] + np.arange(spec.blocks.size)).reshape(len(first), -1)
