"""Drives of inputs to come, while the weights that give them are at hand.

A row of W that has been fetched for one drive gives those of the next inputs almost for nothing.
How far ahead is no part of a result: each drive is one sum of the same numbers in the same code.
"""

import math

from hebb.layers.compiled import compiled

AHEAD = 32  # inputs at most for which drives are computed ahead


@compiled()
def horizon(n_units, n):
    """Inputs to look ahead when n units win each.

    Fetching all rows anew costs as much as some 2 n_units drives (measured), once in so many
    inputs; each winner's later drives are computed twice. This makes the two costs equal.
    """
    return max(1, min(AHEAD, int(math.sqrt(4 * n_units / max(n, 1)))))


@compiled()
def lit_span(v):
    """The first pixel of v (D,) that is not 0, and the first behind the last."""
    i, j = 0, len(v)
    while i < j and v[i] == 0:
        i += 1
    while j > i and v[j - 1] == 0:
        j -= 1
    return i, j


@compiled()
def look_ahead(w, units, x, span, p):
    """Drives p (T, N) of `units` by inputs x (T, D), which are dark outside span (T, 2).

    Four units at a time, since a pixel is then loaded a quarter as often; the last of them
    stands in for those that are lacking to four, so that all are summed by the same code.
    """
    last = len(units) - 1
    for n in range(0, len(units), 4):
        a, b = units[n], units[min(n + 1, last)]
        c, d = units[min(n + 2, last)], units[min(n + 3, last)]
        for t in range(len(x)):
            i, j = span[t]
            drives = _dots(x[t, i:j], w[a, i:j], w[b, i:j], w[c, i:j], w[d, i:j])
            p[t, a], p[t, b], p[t, c], p[t, d] = drives


@compiled(fastmath={"reassoc", "contract", "arcp"})
def _dots(v, wa, wb, wc, wd):
    a = b = c = d = v.dtype.type(0)
    for i in range(len(v)):
        a += v[i] * wa[i]
        b += v[i] * wb[i]
        c += v[i] * wc[i]
        d += v[i] * wd[i]
    return a, b, c, d
