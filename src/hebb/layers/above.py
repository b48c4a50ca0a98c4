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
def learn_from_above(w, winners, first, last, y, gain, lowest, floor, least, sums, ahead, t):
    """Rows of w times 1 + y gain, as `learn` does it, for the winners first to last of a list.

    No gain is below `lowest`. least (N,) is a size that no weight of a row is below but 0. sums
    (N,) of the rows are overwritten, and so are their drives by input t.

    From the last to the first, as the last rows are at hand where `reconstruct` has just ended, and
    the first then where it begins.
    """
    p, to = ahead.p, t % AHEAD
    for begin in range(last - 1 - (last - 1 - first) % TOGETHER, first - 1, -TOGETHER):
        end = min(begin + TOGETHER, last)
        lifts = False
        for n in range(begin, end):
            lifts |= _nears(floor, least, winners[n], y[n], lowest)
        n = known = begin
        while n + FOUR <= end and not lifts:
            a, b, c, d = winners[n], winners[n + 1], winners[n + 2], winners[n + 3]
            e, f, g, h = y[n], y[n + 1], y[n + 2], y[n + 3]
            four, drives = _learn_four(w, a, b, c, d, e, f, g, h, gain, ahead.x, t)
            sums[a], sums[b], sums[c], sums[d] = four
            p[to, a], p[to, b], p[to, c], p[to, d] = drives
            # 0 times a weight that is not finite is not 0: such drives are of what is lit alone.
            if known == n and np.isfinite(four[0] + four[1] + four[2] + four[3]):
                known += FOUR
            n += FOUR
        for m in range(n, end):
            sums[winners[m]] = learn(w, winners[m], y[m], gain, floor, lifts)
        if known < end:
            look_together(w, winners, known, end, ahead, t, t + 1)


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


@compiled(forceinline=True)
def _learn_four(w, a, b, c, d, ya, yb, yc, yd, gain, x, t):
    """`learn` for rows a to d at a time, of which no weight comes below the floor.

    Returns their sums, and their drives by input t of x, summed as `look_ahead` sums them: what is
    dark adds 0. By halves of registers, since drives are.
    """
    g = load_half(gain, 0, 0)
    one, zero = spread(w.dtype.type(1), g), spread(w.dtype.type(0), g)
    y = spread(ya, g), spread(yb, g), spread(yc, g), spread(yd, g)
    low = high = drives = zero, zero, zero, zero
    for n in range(0, w.shape[1] * w.itemsize // HALF, 2):
        rows = _grow_four(w, a, b, c, d, n, y, load_half(gain, 0, n), one)
        low, drives = _plus_four(low, rows), _add_products(drives, load_half(x, t, n), rows)
        rows = _grow_four(w, a, b, c, d, n + 1, y, load_half(gain, 0, n + 1), one)
        high, drives = _plus_four(high, rows), _add_products(drives, load_half(x, t, n + 1), rows)
    a, b, c, d = _plus_four(low, high)
    e, f, g, h = drives
    return (total(a), total(b), total(c), total(d)), (total(e), total(f), total(g), total(h))


@compiled()
def _grow_four(w, a, b, c, d, n, y, gain, one):
    """The nth halves of registers of rows of w times 1 + y gain."""
    return (
        _grow_half(w, a, n, y[0], gain, one), _grow_half(w, b, n, y[1], gain, one),
        _grow_half(w, c, n, y[2], gain, one), _grow_half(w, d, n, y[3], gain, one),
    )  # fmt: skip


@compiled()
def _grow_half(w, k, n, y, gain, one):
    x = times(load_half(w, k, n), plus(one, times(y, gain)))
    store(w, k, n, x)
    return x


@compiled()
def _plus_four(x, y):
    return plus(x[0], y[0]), plus(x[1], y[1]), plus(x[2], y[2]), plus(x[3], y[3])


@compiled()
def _add_products(at, v, x):
    return (
        add_product(at[0], v, x[0]), add_product(at[1], v, x[1]),
        add_product(at[2], v, x[2]), add_product(at[3], v, x[3]),
    )  # fmt: skip
