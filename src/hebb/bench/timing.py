"""Rates of one work by several sides, which take turns, so that all meet the same machine."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median

from hebb.bench.work import Side, Work

TURNS = (5, 25)  # at least, and at most


@dataclass(frozen=True)
class Rates:
    """What the turns of one side came to, in units a second; cores: those kept busy meanwhile."""

    turns: list[float]
    cores: float

    @property
    def median(self) -> float:
        return median(self.turns)

    @property
    def spread(self) -> float:
        """From the slowest turn to the fastest, as a share of the median."""
        return (max(self.turns) - min(self.turns)) / self.median


Within = Callable[[], AbstractContextManager]


def in_turns(
    sides: Mapping[str, tuple[Side, Within]], work: Work, seconds: float
) -> dict[str, Rates]:
    """The rates of each side: so many seconds each, in turns of at most all inputs of a work.

    Before its turn a side stands where the clock starts, and the threads of the others have come to
    rest; it has worked once before the first, so that all is compiled. A side is entered with its
    `Within`. A turn of work that is not steady has all inputs.
    """
    lengths = {name: _length(*side, work, seconds) for name, side in sides.items()}
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    began, left = time.perf_counter(), seconds * len(sides)
    for turn in range(TURNS[1]):
        if turn >= TURNS[0] and time.perf_counter() - began > left:
            break
        for name, (side, within) in sides.items():
            with within():
                side.again()
                _rest()
                took[name].append(_timed(side, lengths[name]))
    return {
        name: Rates(
            [lengths[name] / work.per / wall for wall, _ in turns],
            sum(cpu for _, cpu in turns) / sum(wall for wall, _ in turns),
        )
        for name, turns in took.items()
    }


def _rest() -> None:
    """Until no thread of this process computes: those of a BLAS may look for work for a tenth of a
    second after it is done, on a core that the next side needs.
    """
    for _ in range(100):
        busy = time.process_time()
        time.sleep(0.005)
        if time.process_time() - busy < 0.001:
            break


def _length(side: Side, within: Within, work: Work, seconds: float) -> int:
    """Inputs of a turn: as many as a fifth of the time has room for."""
    least, all_there_are = work.least, len(work.x)
    most = all_there_are - all_there_are % least
    with within():
        side.again()
        side.go(least)  # compiles
        if not work.row.steady:
            return most
        n = least
        while True:
            side.again()
            wall, _ = _timed(side, n)
            if n >= most or wall > seconds / TURNS[0] / 4:
                return max(least, min(most, int(n * seconds / TURNS[0] / wall)) // least * least)
            n = min(4 * n, most)


def _timed(side: Side, n: int) -> tuple[float, float]:
    """Seconds on the clock, and of all cores together."""
    began, busy = time.perf_counter(), time.process_time()
    side.go(n)
    return time.perf_counter() - began, time.process_time() - busy
