"""Drives of inputs to come, while the weights that give them are at hand.

A row of W that has been fetched for one drive gives those of the next inputs almost for nothing.
How far ahead is no part of a result: each drive is one sum of the same numbers in the same order,
over those parts of it that are lit, whatever is summed beside it. Parts are halves of registers,
of which more are dark than of whole ones. Rows of W and inputs are filled with zeros to whole ones.
"""

import math
from typing import NamedTuple

import numpy as np

from hebb.layers.compiled import compiled
from hebb.layers.kernels.lanes import HALF, add_product, any_lit, load_half, spread, total

AHEAD = 32  # inputs at most for which drives are computed ahead
TOGETHER = 8  # units, so that an input is loaded an eighth as often


class Ahead(NamedTuple):
    """Inputs, and of at most AHEAD of them what is known: of input t in row t % AHEAD."""

    x: np.ndarray  # (T, D)
    lit: np.ndarray  # (AHEAD, halves) the halves of registers that are not all 0
    n_lit: np.ndarray  # (AHEAD,) how many there are
    p: np.ndarray  # (AHEAD, N) the drives


@compiled()
def ahead_of(x, n_units):
    """Nothing known yet of the inputs x (T, D)."""
    return Ahead(
        x,
        np.empty((AHEAD, x.shape[1] * x.itemsize // HALF), np.int64),
        np.empty(AHEAD, np.int64),
        np.empty((AHEAD, n_units), x.dtype),
    )


@compiled()
def horizon(n_units, n):
    """Inputs to look ahead when n units win each.

    Rows of the others are fetched anew once in so many inputs, which costs as much as some two
    drives of each (measured); each winner's later drives are computed twice. This makes the two
    costs equal.
    """
    return max(1, min(AHEAD, int(math.sqrt(4 * (n_units - n) / max(n, 1)))))


@compiled()
def look(ahead, begin, end):
    """Find out what is lit of inputs begin to end, at most AHEAD."""
    for t in range(begin, end):
        ahead.n_lit[t % AHEAD] = _lit_halves(ahead.x, t, ahead.lit[t % AHEAD])


@compiled()
def _lit_halves(x, t, lit):
    n_lit = 0
    for n in range(x.shape[1] * x.itemsize // HALF):
        lit[n_lit] = n
        n_lit += any_lit(load_half(x, t, n))
    return n_lit


@compiled()
def look_ahead(w, units, first, last, ahead, begin, end):
    """Drives of the units first to last of a list by the inputs begin to end, at most AHEAD, which
    were looked at.
    """
    for some in range(first, last, TOGETHER):
        look_together(w, units, some, min(some + TOGETHER, last), ahead, begin, end)


@compiled()
def look_together(w, units, first, last, ahead, begin, end):
    """`look_ahead` for the units first to last of a list, at most TOGETHER of them.

    The last of them stands in for those that are lacking to eight.
    """
    x, lit, n_lit, p = ahead
    last -= 1
    a, b = units[first], units[min(first + 1, last)]
    c, d = units[min(first + 2, last)], units[min(first + 3, last)]
    e, f = units[min(first + 4, last)], units[min(first + 5, last)]
    g, h = units[min(first + 6, last)], units[min(first + 7, last)]
    for t in range(begin, end):
        to = t % AHEAD
        drives = _dots(x, t, lit, to, n_lit[to], w, a, b, c, d, e, f, g, h)
        p[to, a], p[to, b], p[to, c], p[to, d] = drives[:4]
        p[to, e], p[to, f], p[to, g], p[to, h] = drives[4:]


@compiled(forceinline=True)  # a call hands over each array, number by number
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
