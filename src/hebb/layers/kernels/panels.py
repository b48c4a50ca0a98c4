"""`Panels`: weights laid out for the drive h = V W' of a whole batch, in which most of V is zero.

Units lie side by side, up to four registers of them to a panel: a row of a panel is the weights of
its units to one pixel. So the drive of a panel's units by an input stays in registers while the
pixels that are lit are summed, and the panel in a near cache while the batch passes. Where units
come in clusters that see some of the pixels, a panel has rows for these only.

Each unit's sum runs over the lit pixels in ascending order whatever is computed beside it, hence
the same bits for any chunk, thread or number of units (where weights are finite: some panels add
the zeros). BLAS, which multiplies them too and sums in an order that depends on shapes, takes
three times as long for images.
"""

from typing import Any, NamedTuple, Self

import numpy as np

from hebb.cores import cores
from hebb.layers.compiled import compiled
from hebb.layers.kernels.lanes import BYTES, load, plus, spread, store, times
from hebb.layers.kernels.lines import aligned
from hebb.layers.kernels.threads import helpers

REGISTERS = (4, 2)  # of a panel, at most: a CPU's own have a half of 64 bytes or all
NEAR = 2**15  # bytes of the nearest cache: panels that would not stay there are narrower
STRETCH = 64  # pixels for which rows are laid at once
INPUTS_TOGETHER = 4  # drive a panel of one register at once
SHARED = 2**19  # weights from which on threads gain more than handing over costs
ALL = np.zeros((1, 1), dtype=np.int64)  # one cluster, whose pixels begin at the first


class Panels:
    """The weights (N, D) of clusters of units, laid out.

    runs (clusters, runs), length: where the pixels begin that a cluster sees, and how many follow.
    laid: (panels x pixels that a cluster sees, units of a panel), zeros where units are lacking.
    """

    def __init__(self, n_units: int, runs: np.ndarray, length: int, dtype: Any):
        lanes = BYTES // np.dtype(dtype).itemsize
        self.n_units, self.runs, self.length = n_units, runs, length
        n_own = n_units // len(runs)
        n_pixels = runs.shape[1] * length
        most = REGISTERS[n_pixels * REGISTERS[0] * BYTES > NEAR]
        registers = -(-n_own // lanes)
        width = (most if registers > REGISTERS[1] else registers) * lanes
        self.n_panels = len(runs) * -(-n_own // width)
        self.laid = aligned(self.n_panels * n_pixels, width, dtype)

    @classmethod
    def of(cls, w: np.ndarray) -> Self:
        """Weights (N, D) of one cluster that sees all pixels."""
        panels = cls(len(w), ALL, w.shape[1], w.dtype)
        panels.lay(w)
        return panels

    def lay(self, w: np.ndarray) -> None:
        """Lay out all of w (N, D). Kernels lay the rows that they change."""
        n_own, width = self.n_units // len(self.runs), self.laid.shape[1]
        top = 0
        for c, runs in enumerate(self.runs):
            for first in range(c * n_own, (c + 1) * n_own, width):
                mine = w[first : min(first + width, (c + 1) * n_own)]
                for run in runs:
                    seen = mine[:, run : run + self.length]
                    self.laid[top : top + self.length, : len(mine)] = seen.T
                    top += self.length

    @property
    def shared(self) -> bool:
        """Whether threads share in a drive."""
        return self.laid.size >= SHARED

    def drive(self, v: np.ndarray) -> np.ndarray:
        """h (B, N) for a batch v (B, D)."""
        h = np.empty((len(v), self.n_units), self.laid.dtype)
        v = np.ascontiguousarray(v)

        def part(begin: int, end: int) -> None:
            drive_panels(v, self.laid, self.runs, self.length, begin, end, h)

        if not self.shared:
            part(0, self.n_panels)
        else:
            threads = cores()
            ends = np.linspace(0, self.n_panels, threads + 1).astype(int)
            list(helpers(threads).map(part, ends[:-1], ends[1:]))
        return h


class Lit(NamedTuple):
    """Of B inputs, the pixels that are not 0."""

    pixels: np.ndarray  # (B, D) int32: which they are, in order
    values: np.ndarray  # (B, D)
    n_lit: np.ndarray  # (B,) int64: how many


@compiled()
def nothing_lit(n_inputs, n_pixels, dtype):
    """Room for what `list_lit` finds; dtype: an array of the kind."""
    return Lit(
        np.empty((n_inputs, n_pixels), np.int32),
        np.empty((n_inputs, n_pixels), dtype.dtype),
        np.empty(n_inputs, np.int64),
    )


@compiled()
def drive_panels(v, laid, runs, length, begin, end, h):
    """The part of h (B, N) that panels `begin` to `end` - 1 give; v (B, D)."""
    n_pixels, width = runs.shape[1] * length, laid.shape[1]
    n_own = h.shape[1] // len(runs)
    n_panels = (n_own + width - 1) // width  # of a cluster
    wide = width * laid.itemsize > BYTES
    lit = nothing_lit(len(v) if wide else 0, n_pixels, v)
    sums = np.empty((INPUTS_TOGETHER, width), laid.dtype)
    listed = -1
    for panel in range(begin, end):
        c = panel // n_panels
        first = c * n_own + panel % n_panels * width
        mine = min(width, (c + 1) * n_own - first)
        top = panel * n_pixels
        if wide and listed != c:
            for b in range(len(v)):
                list_lit(v, b, runs, c, length, lit, b)
            listed = c
        if wide:
            for b in range(len(v)):
                drive_panel(lit, b, laid, top, sums, 0, 0)
                for j in range(mine):
                    h[b, first + j] = sums[0, j]
        else:
            for b in range(0, len(v), INPUTS_TOGETHER):
                _sum_all(v, b, runs[c], length, laid, top, sums)
                for n in range(min(INPUTS_TOGETHER, len(v) - b)):
                    for j in range(mine):
                        h[b + n, first + j] = sums[n, j]


# A call hands over each array number by number, and counts who holds it: too long for a panel.


@compiled(forceinline=True)
def list_lit(v, t, runs, c, length, lit, b):
    """The pixels of cluster c that are lit in row t of v become row b of `lit`."""
    n_lit = np.uint64(0)  # without a sign: it need not be asked whether it counts from the end
    for n in range(runs.shape[1]):
        part, first = v[t, runs[c, n] : runs[c, n] + length], np.int32(n * length)
        for i in range(length):  # without a branch, which would be guessed wrong too often
            lit.pixels[b, n_lit] = first + i
            lit.values[b, n_lit] = part[i]
            n_lit += np.uint64(part[i] != 0)
    lit.n_lit[b] = n_lit


@compiled(forceinline=True)
def drive_panel(lit, b, laid, top, sums, row, register):
    """The drive of the panel whose rows begin at `top` by input b of what is `lit`.

    It is put into this row of sums, from this register on.
    """
    if laid.shape[1] * laid.itemsize == REGISTERS[0] * BYTES:
        _sum_four(lit, b, laid, top, sums, row, register)
    else:
        _sum_two(lit, b, laid, top, sums, row, register)


@compiled(forceinline=True)
def _sum_four(lit, of, laid, top, sums, row, register):
    a = b = c = d = spread(laid.dtype.type(0), load(laid, top, 0))
    for n in range(lit.n_lit[of]):
        pixel = top + lit.pixels[of, n]
        x = spread(lit.values[of, n], a)
        a = plus(a, times(x, load(laid, pixel, 0)))
        b = plus(b, times(x, load(laid, pixel, 1)))
        c = plus(c, times(x, load(laid, pixel, 2)))
        d = plus(d, times(x, load(laid, pixel, 3)))
    store(sums, row, register, a)
    store(sums, row, register + 1, b)
    store(sums, row, register + 2, c)
    store(sums, row, register + 3, d)


@compiled(forceinline=True)
def _sum_two(lit, of, laid, top, sums, row, register):
    """Where there is but one register, it is summed twice."""
    last = laid.shape[1] * laid.itemsize // BYTES - 1
    a = b = spread(laid.dtype.type(0), load(laid, top, 0))
    for n in range(lit.n_lit[of]):
        pixel = top + lit.pixels[of, n]
        x = spread(lit.values[of, n], a)
        a = plus(a, times(x, load(laid, pixel, 0)))
        b = plus(b, times(x, load(laid, pixel, last)))
    store(sums, row, register, a)
    store(sums, row, register + last, b)


@compiled()
def _sum_all(v, first, runs, length, laid, top, sums):
    """The drive of a narrow panel by four inputs from the `first`, the last again if they lack.

    To sum a few units takes no longer than to look for what is lit, and to add 0 changes nothing.
    """
    last = len(v) - 1
    one, two = v[first], v[min(first + 1, last)]
    three, four = v[min(first + 2, last)], v[min(first + 3, last)]
    for register in range(laid.shape[1] * laid.itemsize // BYTES):
        row = top
        a = b = c = d = spread(laid.dtype.type(0), load(laid, top, 0))
        for n in range(len(runs)):
            seen = slice(runs[n], runs[n] + length)
            e, f, g, h = one[seen], two[seen], three[seen], four[seen]
            for i in range(length):
                w = load(laid, row, register)
                a = plus(a, times(spread(e[i], w), w))
                b = plus(b, times(spread(f[i], w), w))
                c = plus(c, times(spread(g[i], w), w))
                d = plus(d, times(spread(h[i], w), w))
                row += 1
        store(sums, 0, register, a)
        store(sums, 1, register, b)
        store(sums, 2, register, c)
        store(sums, 3, register, d)


@compiled()
def lay_row(row, j, n_units, laid, runs, length):
    """Row j of w, (D,), is laid anew."""
    n_pixels, width = runs.shape[1] * length, laid.shape[1]
    n_own = n_units // len(runs)
    c, own = j // n_own, j % n_own
    first = (c * ((n_own + width - 1) // width) + own // width) * n_pixels
    for n in range(runs.shape[1]):
        seen = row[runs[c, n] : runs[c, n] + length]
        to = laid[first + n * length : first + (n + 1) * length, own % width]
        for i in range(length):
            to[i] = seen[i]


@compiled()
def lay_rows(w, units, n, laid, top, n_pixels):
    """The first n of the `units` are laid anew, all in the panel whose rows begin at `top`.

    A stretch of pixels at a time, whose lines are then fetched once for all of them.
    """
    width = laid.shape[1]
    for begin in range(0, n_pixels, STRETCH):
        end = min(begin + STRETCH, n_pixels)
        for m in range(n):
            k = units[m]
            seen, to = w[k, begin:end], laid[top + begin : top + end, k % width]
            for i in range(len(seen)):
                to[i] = seen[i]
