"""The drive p = W v of inputs in blocks, though weights change from input to input.

The drives of a block are summed at once, panel by panel (see `panels`), so that a panel is fetched
once a block. Those of units that learn are summed again for the inputs that are left of it, from
their rows, which are at hand: the same numbers in the same order, hence the same bits. So it does
not matter how long a block is, nor where it begins.
"""

from typing import NamedTuple

import numpy as np

from hebb.layers.compiled import compiled
from hebb.layers.lanes import BYTES
from hebb.layers.lines import aligned
from hebb.layers.panels import ALL, drive_panel, lay_rows, list_lit

# Longer blocks fetch panels less often, but sum more drives again: measured.
SHORTEST, LONGEST = 8, 64  # inputs of a block
FETCHED = 2**17  # weights for each input of a block, between the two
AT_ONCE = 8  # units that are summed again side by side


class Block(NamedTuple):
    """At most B inputs of D pixels each, and what is known of them."""

    p: np.ndarray  # (B, N and more): their drives
    lit: np.ndarray  # (B, D) int32: the pixels that are not 0
    values: np.ndarray  # (B, D): theirs
    n_lit: np.ndarray  # (B,) int64

    @classmethod
    def of(cls, laid: np.ndarray, n_units: int, n_in: int) -> "Block":
        """For units that see n_in pixels. laid: their panels."""
        length = max(SHORTEST, min(LONGEST, n_units * n_in // FETCHED))
        width = -(-n_units // laid.shape[1]) * laid.shape[1] + BYTES // laid.itemsize
        return cls(
            aligned(length, width, laid.dtype),
            np.empty((length, n_in), np.int32),
            np.empty((length, n_in), laid.dtype),
            np.empty(length, np.int64),
        )


@compiled()
def drive_block(x, w, laid, learned, block):
    """p of the inputs x (T, D and more), at most B of them; w (N, D and more).

    learned (N,) bool: units that have learned since they were laid, which are laid anew.
    """
    n_in, width = block.lit.shape[1], laid.shape[1]
    for n in range(len(x)):
        block.n_lit[n] = list_lit(x[n], ALL[0], n_in, block.lit[n], block.values[n])
    units = np.empty(width, np.int64)
    for first in range(0, len(w), width):
        top = first // width * n_in
        _lay_panel(w, laid, learned, first, n_in, units)
        for n in range(len(x)):
            sums = block.p[n : n + 1, first : first + width]
            drive_panel(block.lit[n, : block.n_lit[n]], block.values[n], laid, top, sums)


@compiled()
def lay_learned(w, laid, learned, n_in):
    """The units that have `learned` (N,) are laid anew."""
    units = np.empty(laid.shape[1], np.int64)
    for first in range(0, len(w), laid.shape[1]):
        _lay_panel(w, laid, learned, first, n_in, units)


@compiled()
def _lay_panel(w, laid, learned, first, n_in, units):
    """Those of the panel that begins with unit `first`. units is scratch."""
    count, width = 0, laid.shape[1]
    for k in range(first, min(len(w), first + width)):
        units[count] = k
        count += learned[k]
        learned[k] = False
    lay_rows(w, units[:count], laid, first // width * n_in, n_in)


@compiled()
def drive_again(w, units, block, begin, end):
    """p of some units (n,) by the inputs from number `begin` to `end` - 1, after they have learned.

    Units are summed side by side; the last stands in for those that lack to AT_ONCE.
    """
    last = len(units) - 1
    for m in range(0, len(units), AT_ONCE):
        ka, kb = units[m], units[min(m + 1, last)]
        kc, kd = units[min(m + 2, last)], units[min(m + 3, last)]
        ke, kf = units[min(m + 4, last)], units[min(m + 5, last)]
        kg, kh = units[min(m + 6, last)], units[min(m + 7, last)]
        wa, wb, wc, wd = w[ka], w[kb], w[kc], w[kd]
        we, wf, wg, wh = w[ke], w[kf], w[kg], w[kh]
        for n in range(begin, end):
            a = b = c = d = e = f = g = h = w.dtype.type(0)
            lit, values, p = block.lit[n, : block.n_lit[n]], block.values[n], block.p[n]
            for j in range(len(lit)):
                i, v = np.uint64(lit[j]), values[j]
                a += v * wa[i]
                b += v * wb[i]
                c += v * wc[i]
                d += v * wd[i]
                e += v * we[i]
                f += v * wf[i]
                g += v * wg[i]
                h += v * wh[i]
            p[ka], p[kb], p[kc], p[kd] = a, b, c, d
            p[ke], p[kf], p[kg], p[kh] = e, f, g, h
