"""The drive p = W v of inputs in blocks, though weights change from input to input.

The drives of a block are summed at once, panel by panel (see `panels`), so that a panel is fetched
once a block. Those of units that learn are summed again for the inputs that are left of it, from
their rows, which are at hand: the same numbers in the same order, hence the same bits. So it does
not matter how long a block is, nor where it begins.
"""

from typing import NamedTuple

import numpy as np

from hebb.layers.compiled import compiled
from hebb.layers.kernels.lanes import BYTES
from hebb.layers.kernels.lines import aligned
from hebb.layers.kernels.panels import ALL, Lit, drive_panel, lay_rows, list_lit, nothing_lit

# Longer blocks fetch panels less often, but sum more drives again: measured.
SHORTEST, LONGEST = 6, 64  # inputs of a block
WEIGHTS = 2**17  # a block has an input for each so many, within the two
UNITS_TOGETHER = 8  # are summed again side by side


class Block(NamedTuple):
    """At most B inputs of D pixels each, and what is known of them."""

    p: np.ndarray  # (B, N and more): their drives
    lit: Lit

    @classmethod
    def of(cls, laid: np.ndarray, n_units: int, n_in: int) -> "Block":
        """For units that see n_in pixels. laid: their panels."""
        length = max(SHORTEST, min(LONGEST, n_units * n_in // WEIGHTS))
        width = -(-n_units // laid.shape[1]) * laid.shape[1] + BYTES // laid.itemsize
        return cls(aligned(length, width, laid.dtype), nothing_lit(length, n_in, laid))


@compiled()
def drive_block(x, begin, end, w, laid, learned, block):
    """p of the inputs from number `begin` of x (T, D and more) to `end` - 1, at most B of them.

    learned (N,) bool: units of w (N, D and more) that have learned since they were laid, which are
    laid anew.
    """
    n_in, width = block.lit.pixels.shape[1], laid.shape[1]
    registers = width * laid.itemsize // BYTES
    for n in range(end - begin):
        list_lit(x, begin + n, ALL, 0, n_in, block.lit, n)
    units = np.empty(width, np.int64)
    for panel in range((len(w) + width - 1) // width):
        _lay_panel(w, laid, learned, panel, n_in, units)
        for n in range(end - begin):
            drive_panel(block.lit, n, laid, panel * n_in, block.p, n, panel * registers)


@compiled()
def lay_learned(w, laid, learned, block):
    """The units that have `learned` (N,) are laid anew."""
    units = np.empty(laid.shape[1], np.int64)
    for panel in range((len(w) + len(units) - 1) // len(units)):
        _lay_panel(w, laid, learned, panel, block.lit.pixels.shape[1], units)


@compiled()
def _lay_panel(w, laid, learned, panel, n_in, units):
    count, width = 0, laid.shape[1]
    for k in range(panel * width, min(len(w), (panel + 1) * width)):
        units[count] = k
        count += learned[k]
        learned[k] = False
    lay_rows(w, units, count, laid, panel * n_in, n_in)


@compiled()
def drive_again(w, units, block, begin, end):
    """p of some units (n,) by the inputs from number `begin` to `end` - 1, after they have learned.

    Units are summed side by side; the last stands in for those that lack to UNITS_TOGETHER.
    """
    last = len(units) - 1
    p, lit = block.p, block.lit
    for m in range(0, len(units), UNITS_TOGETHER):
        ka, kb = units[m], units[min(m + 1, last)]
        kc, kd = units[min(m + 2, last)], units[min(m + 3, last)]
        ke, kf = units[min(m + 4, last)], units[min(m + 5, last)]
        kg, kh = units[min(m + 6, last)], units[min(m + 7, last)]
        for n in range(begin, end):
            a = b = c = d = e = f = g = h = w.dtype.type(0)
            for j in range(lit.n_lit[n]):
                i, v = np.uint64(lit.pixels[n, j]), lit.values[n, j]
                a += v * w[ka, i]
                b += v * w[kb, i]
                c += v * w[kc, i]
                d += v * w[kd, i]
                e += v * w[ke, i]
                f += v * w[kf, i]
                g += v * w[kg, i]
                h += v * w[kh, i]
            p[n, ka], p[n, kb], p[n, kc], p[n, kd] = a, b, c, d
            p[n, ke], p[n, kf], p[n, kg], p[n, kh] = e, f, g, h
