"""Rebuilding an input from the units that answer it, and learning from what is missing.

    r = W' y
    e = v - r                          (clipped to +-clip before it is learned from)
    W *= 1 + xi y (e / max(r, prec))'

Only the rows of units that answer change, so only they are touched: once for r, four of them at a
time, since r is then loaded and stored a quarter as often, and once to learn. Each pixel's r is
summed in the order of the winners.
"""

from hebb.layers.base import PREC
from hebb.layers.compiled import compiled
from hebb.layers.floor import lifted
from hebb.layers.tally import squares


@compiled()
def rebuild(v, w, winners, y, xi, clip, floor, learns, r):
    """v (D,) from the winners (n,), which answer y (n,); w (N, D) changes in place.

    r (D,) is scratch. Returns |v|^2 and |e|^2.
    """
    r[:] = 0
    whole = len(winners) - len(winners) % 4
    for n in range(0, whole, 4):
        _add_four(w, winners[n : n + 4], y[n : n + 4], r)
    for n in range(whole, len(winners)):
        y_n, row = y[n], w[winners[n]]
        for i in range(len(r)):
            r[i] += y_n * row[i]
    v_square, e_square = squares(v, r)
    if learns:
        _turn_to_gain(v, r, xi, clip)
        for n in range(len(winners)):
            if y[n] != 0:
                _learn(w[winners[n]], y[n], r, floor)
    return v_square, e_square


@compiled()
def _add_four(w, winners, y, r):
    a, b, c, d = w[winners[0]], w[winners[1]], w[winners[2]], w[winners[3]]
    ya, yb, yc, yd = y[0], y[1], y[2], y[3]
    for i in range(len(r)):
        r[i] = (((r[i] + ya * a[i]) + yb * b[i]) + yc * c[i]) + yd * d[i]


@compiled()
def _turn_to_gain(v, r, xi, clip):
    """r becomes xi e / max(r, prec), e clipped."""
    prec = v.dtype.type(PREC)
    for i in range(len(v)):
        r[i] = xi * (min(max(v[i] - r[i], -clip), clip) / max(r[i], prec))


@compiled()
def _learn(row, y, gain, floor):
    one = row.dtype.type(1)
    for i in range(len(row)):
        row[i] = lifted(row[i] * (one + y * gain[i]), floor)
