"""Learning from a gain, many rows at a time, while no weight comes near the floor.

Most weights are far above it, and to look at each takes as long as to learn. So each row has a
size that none of its weights is below. Such rows learn four at a time, since none then waits for
another, and give their drives by the next input meanwhile.
"""

import numpy as np

from hebb.layers.ahead import AHEAD, TOGETHER, look_together
from hebb.layers.compiled import compiled
from hebb.layers.lanes import (
    BYTES,
    HALF,
    add_product,
    all_at_least,
    load,
    load_half,
    plus,
    spread,
    store,
    times,
    total,
)
from hebb.layers.rebuild import learn

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
def learn_from_above(w, winners, y, gain, lowest, floor, least, sums, ahead, begin, end):
    """Rows of w of the winners (n,), which answer y, times 1 + y gain, as `learn` does it.

    No gain is below `lowest`. least (N,) is a size that no weight of a row is below but 0. sums
    (N,) of the rows are overwritten, and so are their drives by the inputs begin to end.

    From the last to the first, as the last rows are at hand where `reconstruct` has just ended, and
    the first then where it begins.
    """
    p, t = ahead.p, min(begin, len(ahead.x) - 1)  # after the last input any will do
    to = t % AHEAD
    n = len(winners)
    for first in range((n - 1) // TOGETHER * TOGETHER, -1, -TOGETHER):
        last = min(first + TOGETHER, n)
        lifts = False
        for m in range(first, last):
            lifts |= _nears(floor, least, winners[m], y[m], lowest)
        m, known = first, True
        while m + FOUR <= last and not lifts:
            a, b, c, d = winners[m], winners[m + 1], winners[m + 2], winners[m + 3]
            ya, yb, yc, yd = y[m], y[m + 1], y[m + 2], y[m + 3]
            four, drives = _learn_four(w, a, b, c, d, ya, yb, yc, yd, gain, ahead.x, t)
            sums[a], sums[b], sums[c], sums[d] = four
            p[to, a], p[to, b], p[to, c], p[to, d] = drives
            # 0 times a weight that is not finite is not 0: such drives are of what is lit alone.
            known &= np.isfinite(four[0] + four[1] + four[2] + four[3])
            m += FOUR
        known &= m == last
        for left in range(m, last):
            sums[winners[left]] = learn(w, winners[left], y[left], gain, floor, lifts)
        if begin + known < end:
            look_together(w, winners, first, last, ahead, begin + known, end)


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
def _learn_four(w, a, b, c, d, ya, yb, yc, yd, gain, x, t):
    """`learn` for rows a to d at a time, of which no weight comes below the floor.

    Returns their sums, and their drives by input t of x, summed as `look_ahead` sums them: by
    halves of registers, of which dark ones add 0.
    """
    g = load_half(gain, 0, 0)
    one, zero = spread(w.dtype.type(1), g), spread(w.dtype.type(0), g)
    ya, yb, yc, yd = spread(ya, g), spread(yb, g), spread(yc, g), spread(yd, g)
    low_a = low_b = low_c = low_d = high_a = high_b = high_c = high_d = zero
    at_a = at_b = at_c = at_d = zero
    for n in range(0, w.shape[1] * w.itemsize // HALF, 2):
        g, v = load_half(gain, 0, n), load_half(x, t, n)
        low_a, at_a = _learn_half(w, a, n, ya, g, one, v, low_a, at_a)
        low_b, at_b = _learn_half(w, b, n, yb, g, one, v, low_b, at_b)
        low_c, at_c = _learn_half(w, c, n, yc, g, one, v, low_c, at_c)
        low_d, at_d = _learn_half(w, d, n, yd, g, one, v, low_d, at_d)
        g, v = load_half(gain, 0, n + 1), load_half(x, t, n + 1)
        high_a, at_a = _learn_half(w, a, n + 1, ya, g, one, v, high_a, at_a)
        high_b, at_b = _learn_half(w, b, n + 1, yb, g, one, v, high_b, at_b)
        high_c, at_c = _learn_half(w, c, n + 1, yc, g, one, v, high_c, at_c)
        high_d, at_d = _learn_half(w, d, n + 1, yd, g, one, v, high_d, at_d)
    sums = (
        total(plus(low_a, high_a)), total(plus(low_b, high_b)),
        total(plus(low_c, high_c)), total(plus(low_d, high_d)),
    )  # fmt: skip
    return sums, (total(at_a), total(at_b), total(at_c), total(at_d))


@compiled()
def _learn_half(w, k, n, y, gain, one, v, sums, drive):
    """The nth half of a register of row k. Returns its sums and its drive, with these added."""
    x = times(load_half(w, k, n), plus(one, times(y, gain)))
    store(w, k, n, x)
    return plus(sums, x), add_product(drive, v, x)
