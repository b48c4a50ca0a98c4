"""Drives of inputs to come, while the weights that give them are at hand.

A row of W that has been fetched for one drive gives those of the next inputs almost for nothing.
How far ahead is no part of a result: each drive is one sum of the same numbers in the same order,
register by register over those that are lit, whatever is summed beside it. Rows of W and inputs
are filled with zeros to whole registers.
"""

import math

from hebb.layers.compiled import compiled
from hebb.layers.lanes import BYTES, load, plus, spread, times, total

AHEAD = 32  # inputs at most for which drives are computed ahead


@compiled()
def horizon(n_units, n):
    """Inputs to look ahead when n units win each.

    Fetching all rows anew costs as much as some 2 n_units drives (measured), once in so many
    inputs; each winner's later drives are computed twice. This makes the two costs equal.
    """
    return max(1, min(AHEAD, int(math.sqrt(4 * n_units / max(n, 1)))))


@compiled()
def lit_registers(v, lit):
    """Fill lit with the registers of v (D and zeros,) that are not all 0; return how many."""
    lanes = BYTES // v.itemsize
    n_lit = 0
    for n in range(len(v) // lanes):
        dark = True
        for i in range(n * lanes, (n + 1) * lanes):
            dark &= v[i] == 0
        lit[n_lit] = n
        n_lit += not dark
    return n_lit


@compiled()
def look(x, begin, end, lit, n_lit):
    """Find out what is lit of inputs begin to end of x, at most AHEAD: see `look_ahead`."""
    for t in range(begin, end):
        n_lit[t % AHEAD] = lit_registers(x[t], lit[t % AHEAD])


@compiled()
def look_ahead(w, units, x, begin, end, lit, n_lit, p):
    """Drives p of `units` by the inputs begin to end of x, at most AHEAD of them.

    p (AHEAD, N), lit (AHEAD, registers) and n_lit (AHEAD,) of an input are in its row % AHEAD.
    Four units at a time, since an input is then loaded a quarter as often; the last of them stands
    in for those that are lacking to four.
    """
    last = len(units) - 1
    for n in range(0, len(units), 4):
        a, b = units[n], units[min(n + 1, last)]
        c, d = units[min(n + 2, last)], units[min(n + 3, last)]
        for t in range(begin, end):
            to = t % AHEAD
            drives = _dots(x, t, lit, to, n_lit[to], w, a, b, c, d)
            p[to, a], p[to, b], p[to, c], p[to, d] = drives


@compiled()
def _dots(x, t, lit, of, n_lit, w, a, b, c, d):
    zero = spread(w.dtype.type(0), load(x, t, 0))
    at_a, at_b, at_c, at_d = zero, zero, zero, zero
    for m in range(n_lit):
        n = lit[of, m]
        v = load(x, t, n)
        at_a = plus(at_a, times(v, load(w, a, n)))
        at_b = plus(at_b, times(v, load(w, b, n)))
        at_c = plus(at_c, times(v, load(w, c, n)))
        at_d = plus(at_d, times(v, load(w, d, n)))
    return total(at_a), total(at_b), total(at_c), total(at_d)
