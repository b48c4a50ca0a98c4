"""Learning from a gain, many rows at a time, while no weight comes near the floor.

Most weights are far above it, and to look at each takes as long as to learn. So each row has a
size that none of its weights is below. Such rows learn four at a time, since none then waits for
another.
"""

import numpy as np

from hebb.layers.compiled import compiled
from hebb.layers.kernels.ahead import TOGETHER, look_together
from hebb.layers.kernels.lanes import (
    BYTES,
    all_at_least,
    load,
    plus,
    spread,
    store,
    times,
    total,
)
from hebb.layers.kernels.rebuild import learn

FAR = 2.0**45  # times the floor: few weights are below, and none gets from there to it soon
FOUR = 4  # rows


@compiled()
def find_least(w, floor, least):
    """least (N,) is FAR times the floor: see `learn_from_above`; 0 in rows with smaller weights."""
    far = w.dtype.type(FAR) * floor
    for k in range(len(w)):
        below = False
        for i in range(w.shape[1]):
            below |= (w[k, i] != 0) & (abs(w[k, i]) < far)
        least[k] = 0 if below else far


@compiled()
def lowest_of(row):
    """The lowest number of a row (1, D), in whole registers; -inf where one is NaN.

    A registerful of which none is below the lowest yet is passed over.
    """
    lanes = BYTES // row.itemsize
    lowest = row[0, 0]
    for n in range(row.shape[1] // lanes):
        x = load(row, 0, n)
        if not all_at_least(x, spread(lowest, x)):
            for i in range(n * lanes, (n + 1) * lanes):
                if row[0, i] != row[0, i]:
                    return row.dtype.type(-np.inf)
                lowest = min(lowest, row[0, i])
    return lowest


@compiled()
def learn_from_above(
    w, winners, first, last, y, gain, lowest, floor, least, sums, ahead, begin, end
):
    """Rows of w of the winners first to last, which answer y, times 1 + y gain, as `learn` does it.

    No gain is below `lowest`. least (N,) is a size that no weight of a row is below but 0. sums
    (N,) of the rows are overwritten, and so are their drives by the inputs begin to end.

    From the last to the first, as the last rows are at hand where `add_up` has just ended, and
    the first then where it begins.
    """
    for some in range(first + (last - first - 1) // TOGETHER * TOGETHER, first - 1, -TOGETHER):
        end_of = min(some + TOGETHER, last)
        lifts = False
        for m in range(some, end_of):
            lifts |= _nears(floor, least, winners[m], y[m], lowest)
        m = some
        while m + FOUR <= end_of and not lifts:
            a, b, c, d = winners[m], winners[m + 1], winners[m + 2], winners[m + 3]
            four = _learn_four(w, a, b, c, d, y[m], y[m + 1], y[m + 2], y[m + 3], gain)
            sums[a], sums[b], sums[c], sums[d] = four
            m += FOUR
        for left in range(m, end_of):
            sums[winners[left]] = learn(w, winners[left], y[left], gain, floor, lifts)
        if begin < end:
            look_together(w, winners, some, end_of, ahead, begin, end)


@compiled()
def _nears(floor, least, k, y, lowest):
    """Whether a weight of row k may come below the floor; if so, it is looked at from now on.

    No factor is below 1 + y lowest, and rounding keeps the order of numbers: least times that,
    rounded alike, is again a size that no weight is below.
    """
    least[k] *= least.dtype.type(1) + y * lowest
    if y > 0 and least[k] >= floor:
        return False
    least[k] = 0
    return True


@compiled()
def _learn_four(w, a, b, c, d, ya, yb, yc, yd, gain):
    """`learn` for rows a to d, of which no weight comes below the floor. Returns their sums."""
    g = load(gain, 0, 0)
    one, zero = spread(w.dtype.type(1), g), spread(w.dtype.type(0), g)
    ya, yb, yc, yd = spread(ya, g), spread(yb, g), spread(yc, g), spread(yd, g)
    of_a = of_b = of_c = of_d = zero
    for n in range(w.shape[1] * w.itemsize // BYTES):
        g = load(gain, 0, n)
        of_a = plus(of_a, _grow(w, a, n, ya, g, one))
        of_b = plus(of_b, _grow(w, b, n, yb, g, one))
        of_c = plus(of_c, _grow(w, c, n, yc, g, one))
        of_d = plus(of_d, _grow(w, d, n, yd, g, one))
    return total(of_a), total(of_b), total(of_c), total(of_d)


@compiled()
def _grow(w, k, n, y, gain, one):
    x = times(load(w, k, n), plus(one, times(y, gain)))
    store(w, k, n, x)
    return x
