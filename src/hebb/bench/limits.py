"""What the machine can do at best, measured on the spot, and how steadily it does it.

    peak        multiplications and additions in float32, eight of each on a number that is loaded
    bandwidth   a = b + s c  (the triad of STREAM), 12 bytes a number, in arrays that fit the
                second cache, the third, and only memory

All cores at once, the best of several times: a ceiling, not an expectation.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median

import numpy as np

from hebb.cores import cores
from hebb.layers.compiled import compiled

L1_NUMBERS = 2048  # 8 KiB: in any first cache
CHAIN = 8  # multiply-adds on each number that `_multiply_add` loads
LARGEST = 512 * 2**20  # bytes of the arrays for memory, at most
ROUNDS = 30_000  # over these numbers, in the work by which the peak is measured: some 10 ms
RESTLESS = 0.05  # beats that take longer by so much on the whole spoil a measurement


@dataclass(frozen=True)
class Limits:
    """peak: operations a second, float32. bandwidths: bytes a second, by the smallest place that
    holds what is read. sizes: bytes that fit there, of a core (the third cache: of all).
    """

    peak: float
    bandwidths: dict[str, float]
    sizes: dict[str, int]

    def place(self, size: int) -> str:
        """The smallest place that holds so many bytes."""
        return next((name for name, fits in self.sizes.items() if size <= fits), "memory")


def measure(caches: dict[str, int], times: int = 15) -> Limits:
    """caches: bytes by name, of which L2 and L3 are looked at."""
    sizes = {name: caches[name] for name in ("L2", "L3") if name in caches}
    largest = min(LARGEST, 4 * max(sizes.values(), default=LARGEST // 16))
    spans = {"memory": largest // cores()}
    if "L2" in sizes:
        spans["L2"] = sizes["L2"] // 2
    if "L3" in sizes:  # shared by all cores
        spans["L3"] = sizes["L3"] // 2 // cores()
    order = [name for name in ("L2", "L3", "memory") if name in spans]
    bandwidths = {name: _bandwidth(spans[name] // 12, times) for name in order}
    return Limits(_peak(times), bandwidths, sizes)


def _peak(times: int) -> float:
    arrays = [np.ones(L1_NUMBERS, np.float32) for _ in range(cores())]
    took = _best(partial(_multiply_add, rounds=ROUNDS), arrays, times)
    return cores() * 2 * CHAIN * L1_NUMBERS * ROUNDS / took


def _bandwidth(numbers: int, times: int) -> float:
    """Bytes a second of all cores, each with three arrays of its own."""
    rounds = max(1, 2**24 // numbers)
    arrays = [np.ones((3, numbers), np.float32) for _ in range(cores())]
    took = _best(lambda mine: _triad(*mine, rounds), arrays, times)
    return cores() * 12 * numbers * rounds / took


def _best(work: Callable, each: list, times: int) -> float:
    """The shortest time of a work that all cores do at once."""
    with ThreadPoolExecutor(len(each)) as pool:
        return min(_together(pool, work, each) for _ in range(times + 1))  # the first compiles


def _together(pool: ThreadPoolExecutor, work: Callable, each: list) -> float:
    began = time.perf_counter()
    for _ in pool.map(work, each):
        pass
    return time.perf_counter() - began


@compiled(fastmath={"contract"})
def _multiply_add(c, rounds):
    """c = 0.5 c + 0.5, CHAIN times a round: as many operations as registers can take."""
    half = c.dtype.type(0.5)
    for _ in range(rounds):
        for j in range(len(c)):
            x = c[j]
            x = x * half + half
            x = x * half + half
            x = x * half + half
            x = x * half + half
            x = x * half + half
            x = x * half + half
            x = x * half + half
            x = x * half + half
            c[j] = x


@compiled(fastmath={"contract"})
def _triad(a, b, c, rounds):
    s = a.dtype.type(0.5)
    for _ in range(rounds):
        for i in range(len(a)):
            a[i] = b[i] + s * c[i]


class Pulse:
    """The same short work again and again, between all that is measured: is the machine at rest?

    beats: seconds of each, on all cores at once.
    """

    def __init__(self):
        self._arrays = [np.ones(L1_NUMBERS, np.float32) for _ in range(cores())]
        self.beats: list[float] = []
        self.feel(1)  # compiles
        self.beats.clear()

    def feel(self, beats: int = 10) -> None:
        with ThreadPoolExecutor(len(self._arrays)) as pool:
            for _ in range(beats):
                work = partial(_multiply_add, rounds=ROUNDS)
                self.beats.append(_together(pool, work, self._arrays))

    @property
    def restless(self) -> float:
        """By what share the median beat takes longer than the quickest."""
        return median(self.beats) / min(self.beats) - 1

    @property
    def worst(self) -> float:
        """By what share the slowest beat takes longer than the quickest."""
        return max(self.beats) / min(self.beats) - 1

    @property
    def trusted(self) -> bool:
        return self.restless <= RESTLESS
