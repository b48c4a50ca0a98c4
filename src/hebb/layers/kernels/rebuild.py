"""Rebuilding an input from the units that answer it, and learning from what is missing.

    r = W' y
    e = v - r                          (clipped to +-clip before it is learned from)
    W *= 1 + xi y (e / max(r, prec))'

Only the rows of units that answer change, so only they are touched: once for r, and once to learn.
Rows of W, v and r are filled with zeros to whole registers, which stay 0: their r is 0, and so is
what they learn. Each pixel's r is summed in the order of the winners, whatever is summed beside it.
"""

from hebb.layers.base import PREC
from hebb.layers.compiled import compiled
from hebb.layers.kernels.lanes import (
    BYTES,
    add_product,
    at_least,
    load,
    plus,
    spread,
    store,
    times,
    total,
)
from hebb.layers.kernels.tally import squares


@compiled()
def rebuild(v, w, winners, y, xi, clip, floor, learns, r, sums):
    """v (D,) from the winners (n,), which answer y (n,); w (N, D) changes in place.

    r (1, D) is scratch. D counts the zeros too. sums (n,) of the rows that have learned are
    overwritten. Returns |v|^2 and |e|^2.
    """
    add_up(w, winners, y, 0, len(winners), r, 0)
    found = squares(v, r[0])
    if learns:
        turn_to_gain(v, r, xi, clip)
        for n in range(len(winners)):
            if y[n] != 0:
                sums[n] = learn(w, winners[n], y[n], r, floor, True)
    return found


@compiled()
def add_up(w, winners, y, first, end, r, to):
    """Row `to` of r (rows, D) becomes what the winners from `first` to `end` - 1 rebuild.

    Here and below no part of an array is made for a few rows: who else holds the array would be
    counted, which waits for all that is being stored.
    """
    r[to] = 0
    whole = first + (end - first) // 4 * 4
    for n in range(first, whole, 4):
        _add_four(w, winners, y, n, r, to)
    for n in range(whole, end):
        _add(w, winners[n], y[n], r, to)


@compiled()
def _add_four(w, winners, y, first, r, to):
    """Four winners at a time, since r is then loaded and stored a quarter as often."""
    a, b, c, d = winners[first], winners[first + 1], winners[first + 2], winners[first + 3]
    x = load(r, to, 0)
    ya, yb = spread(y[first], x), spread(y[first + 1], x)
    yc, yd = spread(y[first + 2], x), spread(y[first + 3], x)
    for n in range(w.shape[1] * w.itemsize // BYTES):
        x = add_product(load(r, to, n), ya, load(w, a, n))
        x = add_product(x, yb, load(w, b, n))
        x = add_product(x, yc, load(w, c, n))
        store(r, to, n, add_product(x, yd, load(w, d, n)))


@compiled()
def _add(w, k, y, r, to):
    for n in range(w.shape[1] * w.itemsize // BYTES):
        x = load(r, to, n)
        store(r, to, n, add_product(x, spread(y, x), load(w, k, n)))


@compiled()
def add_rows(r):
    """The first row of r (2, D) becomes the sum of both."""
    for n in range(r.shape[1] * r.itemsize // BYTES):
        store(r, 0, n, plus(load(r, 0, n), load(r, 1, n)))


@compiled()
def turn_to_gain(v, r, xi, clip):
    """r becomes xi e / max(r, prec), e clipped."""
    prec = v.dtype.type(PREC)
    for i in range(len(v)):
        r[0, i] = xi * (min(max(v[i] - r[0, i], -clip), clip) / max(r[0, i], prec))


@compiled()
def learn(w, k, y, gain, floor, lifts):
    """Row k of w times 1 + y gain. Returns the sum of the row as it is then.

    lifts: whether a weight may come below the floor.
    """
    x = load(w, k, 0)
    one, y = spread(w.dtype.type(1), x), spread(y, x)
    sums = spread(w.dtype.type(0), x)
    for n in range(w.shape[1] * w.itemsize // BYTES):
        x = times(load(w, k, n), plus(one, times(y, load(gain, 0, n))))
        if lifts:
            x = at_least(floor, x, x)
        store(w, k, n, x)
        sums = plus(sums, x)
    return total(sums)


@compiled()
def row_sum(w, k):
    """The sum of row k of w, as `learn` takes it."""
    x = load(w, k, 0)
    sums = spread(w.dtype.type(0), x)
    for n in range(w.shape[1] * w.itemsize // BYTES):
        sums = plus(sums, load(w, k, n))
    return total(sums)
