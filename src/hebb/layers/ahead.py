"""Drives of inputs to come, while the weights that give them are at hand.

A row of W that has been fetched for one drive gives those of the next inputs almost for nothing.
How far ahead is no part of a result: each drive is one sum of the same numbers in the same order,
over those parts of it that are lit, whatever is summed beside it. Parts are halves of registers,
of which more are dark than of whole ones. Rows of W and inputs are filled with zeros to whole ones.
"""

import math

from hebb.layers.compiled import compiled
from hebb.layers.lanes import HALF, add_product, load_half, spread, total

AHEAD = 32  # inputs at most for which drives are computed ahead
TOGETHER = 8  # units, so that an input is loaded an eighth as often


@compiled()
def horizon(n_units, n):
    """Inputs to look ahead when n units win each.

    Rows of the others are fetched anew once in so many inputs, which costs as much as some two
    drives of each (measured); each winner's later drives are computed twice. This makes the two
    costs equal.
    """
    return max(1, min(AHEAD, int(math.sqrt(4 * (n_units - n) / max(n, 1)))))


@compiled()
def look(x, begin, end, lit, n_lit):
    """Find out what is lit of inputs begin to end of x, at most AHEAD: see `look_ahead`."""
    for t in range(begin, end):
        n_lit[t % AHEAD] = _lit_halves(x[t], lit[t % AHEAD])


@compiled()
def _lit_halves(v, lit):
    """Fill lit with the halves of registers that are not all 0 in v; return how many there are."""
    lanes = HALF // v.itemsize
    n_lit = 0
    for n in range(len(v) // lanes):
        dark = True
        for i in range(n * lanes, (n + 1) * lanes):
            dark &= v[i] == 0
        lit[n_lit] = n
        n_lit += not dark
    return n_lit


@compiled()
def look_ahead(w, units, x, begin, end, lit, n_lit, p):
    """Drives p of `units` by the inputs begin to end of x, at most AHEAD of them.

    p (AHEAD, N), lit (AHEAD, halves) and n_lit (AHEAD,) of an input are in its row % AHEAD.
    The last of the units stands in for those that are lacking to eight.
    """
    last = len(units) - 1
    for m in range(0, len(units), TOGETHER):
        a, b = units[m], units[min(m + 1, last)]
        c, d = units[min(m + 2, last)], units[min(m + 3, last)]
        e, f = units[min(m + 4, last)], units[min(m + 5, last)]
        g, h = units[min(m + 6, last)], units[min(m + 7, last)]
        for t in range(begin, end):
            to = t % AHEAD
            drives = _dots(x, t, lit, to, n_lit[to], w, a, b, c, d, e, f, g, h)
            p[to, a], p[to, b], p[to, c], p[to, d] = drives[:4]
            p[to, e], p[to, f], p[to, g], p[to, h] = drives[4:]


@compiled()
def _dots(x, t, lit, of, n_lit, w, a, b, c, d, e, f, g, h):
    zero = spread(w.dtype.type(0), load_half(x, t, 0))
    at_a, at_b, at_c, at_d = zero, zero, zero, zero
    at_e, at_f, at_g, at_h = zero, zero, zero, zero
    for m in range(n_lit):
        n = lit[of, m]
        v = load_half(x, t, n)
        at_a = add_product(at_a, v, load_half(w, a, n))
        at_b = add_product(at_b, v, load_half(w, b, n))
        at_c = add_product(at_c, v, load_half(w, c, n))
        at_d = add_product(at_d, v, load_half(w, d, n))
        at_e = add_product(at_e, v, load_half(w, e, n))
        at_f = add_product(at_f, v, load_half(w, f, n))
        at_g = add_product(at_g, v, load_half(w, g, n))
        at_h = add_product(at_h, v, load_half(w, h, n))
    return (
        total(at_a), total(at_b), total(at_c), total(at_d),
        total(at_e), total(at_f), total(at_g), total(at_h),
    )  # fmt: skip
