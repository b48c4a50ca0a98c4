"""Two threads that share the units of a layer, the first half and the second, input by input.

The second half is a helper's, on another core, if it comes: where it has not begun when the first
half is done, the caller does both. So a helper that gets no core delays nobody for longer than
the half that it is at. Each half of W stays in the caches of one core.

What many winners rebuild is summed in halves whoever does so, and all else is a matter of a unit
alone: hence the same bits with a helper and without.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from hebb.cores import cores
from hebb.layers.compiled import compiled
from hebb.layers.kernels.above import learn_from_above
from hebb.layers.kernels.ahead import Ahead, ahead_of, look_ahead
from hebb.layers.kernels.lines import aligned
from hebb.layers.kernels.rebuild import add_rows, add_up
from hebb.layers.kernels.threads import helpers
from hebb.layers.kernels.turns import ATOMIC, rest, seen, take, tell

MANY = 64  # winners from which on a helper gains more than waiting for each other costs
PATIENCE = 2000  # looks at a counter before the core is left to others

REBUILD, LEARN = range(2)
WORK, WINNERS_SPLIT, WINNERS, STILL_SPLIT, STILL, BEGIN, END = range(7)  # of `job`
OPENED, TAKEN, DONE, STOP = range(4)  # of `turns`: works, and whether there are no more


class Halves(NamedTuple):
    """What both threads work on: N units, D pixels."""

    w: np.ndarray  # (N, D)
    winners: np.ndarray  # (N,) int64: the first of it, in order
    y: np.ndarray  # (N,): what they answer
    r: np.ndarray  # (2, D): what each half rebuilds; the first becomes the gain
    least: np.ndarray  # (N,): see `above`
    sums: np.ndarray  # (N,): of the rows that learn
    ahead: Ahead
    still: np.ndarray  # (N,) int64: the first of it, units whose drives are wanted too
    job: np.ndarray  # (7,) int64: which work, where halves and lists end, and inputs to drive by
    bounds: np.ndarray  # (2,): the lowest gain, and the floor
    turns: np.ndarray  # (4,) int64

    @classmethod
    def of(cls, w: np.ndarray, x: np.ndarray, floor: Any) -> "Halves":
        """For inputs x (T, D) and weights w (N, D), both filled with zeros to whole lines."""
        n_units, width = w.shape

        def row() -> np.ndarray:
            return np.empty(n_units, w.dtype)

        def units() -> np.ndarray:
            return np.empty(n_units, np.int64)

        return cls(
            w, units(), row(), aligned(2, width, w.dtype), row(), row(), ahead_of(x, n_units),
            units(), np.zeros(7, np.int64), np.array([0, floor], w.dtype), np.zeros(4, np.int64),
        )  # fmt: skip


@contextmanager
def helped(halves: Halves, many: bool) -> Iterator[None]:
    """Within, a helper does the second half of what many win, where there is a core for it."""
    if not (many and len(halves.w) >= MANY and ATOMIC and cores() > 1):
        yield
        return
    helper = helpers(cores()).submit(_help, halves)
    try:
        yield
    finally:
        halves.turns[STOP] = 1
        helper.result()


@compiled()
def rebuild_by_halves(halves, n):
    """The first row of r becomes what the first n winners rebuild."""
    job = halves.job
    job[WORK], job[WINNERS] = REBUILD, n
    job[WINNERS_SPLIT] = _split_of(halves.winners, n, len(halves.w))
    _both(halves)
    add_rows(halves.r)


@compiled()
def learn_by_halves(halves, n, lowest, n_still, begin, end):
    """The first n winners learn from the gain, of which nothing is below `lowest`.

    They and the first n_still of `still` are then driven by the inputs begin to end.
    """
    job, n_units = halves.job, len(halves.w)
    job[WORK], job[BEGIN], job[END] = LEARN, begin, end
    job[WINNERS], job[WINNERS_SPLIT] = n, _split_of(halves.winners, n, n_units)
    job[STILL], job[STILL_SPLIT] = n_still, _split_of(halves.still, n_still, n_units)
    halves.bounds[0] = lowest
    _both(halves)


@compiled()
def _both(halves):
    """The work that `job` tells is done."""
    turns = halves.turns
    turn = turns[OPENED]
    tell(turns, OPENED, turn + 1)
    _half(halves, 0)
    if take(turns, TAKEN, turn):
        _half(halves, 1)
        tell(turns, DONE, turn + 1)
    looks = 0
    while seen(turns, DONE) <= turn:
        looks += 1
        if looks > PATIENCE:
            rest()


@compiled()
def _help(halves):
    turns = halves.turns
    turn = looks = 0
    while seen(turns, STOP) == 0:
        opened = seen(turns, OPENED)
        if opened > turn:
            turn = opened
            if take(turns, TAKEN, turn - 1):
                _half(halves, 1)
                tell(turns, DONE, turn)
            looks = 0
        looks += 1
        if looks > PATIENCE:
            rest()


@compiled()
def _half(halves, half):
    w, winners, y, r, least, sums, ahead, still, job, bounds, _ = halves
    first = job[WINNERS_SPLIT] if half else 0
    end = job[WINNERS] if half else job[WINNERS_SPLIT]
    if job[WORK] == REBUILD:
        add_up(w, winners, y, first, end, r, half)
        return
    learn_from_above(
        w, winners, first, end, y, r, bounds[0], bounds[1], least, sums, ahead, job[BEGIN], job[END]
    )
    first = job[STILL_SPLIT] if half else 0
    end = job[STILL] if half else job[STILL_SPLIT]
    look_ahead(w, still, first, end, ahead, job[BEGIN], job[END])


@compiled()
def _split_of(units, n, n_units):
    """How many of the first n units, in order, are of the first half."""
    split = 0
    while split < n and 2 * units[split] < n_units:
        split += 1
    return split
