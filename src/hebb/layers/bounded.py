"""What `local_wta` and `dreamflow` learn from a batch: a step whose largest change is xi.

    P = y W
    E = (V - P) / (P where P > prec, else 1)             prec = 1e-20
    dW = W * (y' E)
    W += xi / max(max|dW|, prec) dW

V (B, D), y (B, N), W (N, D). Units come in clusters of one size, of which at most one unit answers
an input, and a cluster sees the same pixels with all of its units.
"""

import numpy as np

from hebb.device import Array
from hebb.layers.compiled import compiled
from hebb.layers.floor import lift, lifted
from hebb.layers.kernels.best import largest_of, largest_size
from hebb.layers.kernels.lanes import BYTES, load, load_at, plus, spread, store, store_at, times
from hebb.layers.kernels.panels import lay_row
from hebb.layers.kernels.tally import count, squares

PREC = 1e-20  # the smallest prediction that an error is divided by


def bounded_step(v: Array, y: Array, w: Array, xi: float, xp, learns: bool) -> Array:
    """The step as read. v (B, D), y (B, N); w (N, D) changes in place. Returns V - P (B, D)."""
    p = y @ w
    e = v - p
    if learns:
        dw = w * (y.T @ (e / xp.where(p > PREC, p, 1)))
        w += xi / xp.maximum(abs(dw).max(), PREC) * dw
        w[...] = xp.where(y.any(axis=0)[:, None], lift(w, xp), w)
    return e


@compiled()
def keep_largest(h, n_own):
    """h (B, N) becomes y: 0 but for the first of the largest of each cluster of n_own units."""
    for b in range(len(h)):
        for first in range(0, h.shape[1], n_own):
            mine = h[b, first : first + n_own]
            best = largest_of(mine)
            k = 0
            while k < n_own - 1 and mine[k] != best:
                k += 1
            mine[:] = 0
            mine[k] = best


@compiled()
def bounded_batch(v, y, w, laid, runs, length, tally, wins, xi, floor, learns):
    """`bounded_step` and its counts. v (B, D), y (B, N); w (N, D), tally and wins change in place,
    and laid, of the `Panels` of w.

    runs (clusters, runs), length: where the pixels begin that a cluster sees, and how many follow.
    Of the units that win, `own` holds the weights of each run in whole registers, filled with
    zeros: what lies beyond the run then neither adds to P nor changes.
    """
    n_in, n_clusters, n_runs = v.shape[1], len(runs), runs.shape[1]
    n_own = len(w) // n_clusters
    lanes = BYTES // w.itemsize
    width = (length + lanes - 1) // lanes * lanes
    prec, one = w.dtype.type(PREC), w.dtype.type(1)
    place = np.full(len(w), -1, np.int64)
    units = np.empty(len(w), np.int64)
    own = np.empty((len(w), n_runs * width), w.dtype)
    total = np.empty_like(own)  # y' E
    count_won = 0
    winner = np.empty(n_clusters, np.int64)
    p = np.empty(n_in + width, w.dtype)
    e = np.zeros(n_in + width, w.dtype)
    for b in range(len(v)):
        p[:] = 0
        for c in range(n_clusters):
            k = winner[c] = _winner(y, b, c * n_own, (c + 1) * n_own)
            if k < 0:
                continue
            wins[k] += 1
            if place[k] < 0:
                place[k] = count_won
                units[count_won] = k
                _gather(w[k], runs[c], length, width, own[count_won])
                total[count_won] = 0
                count_won += 1
            _rebuild(own, place[k], y[b, k], runs, c, width // lanes, p)
        v_square, e_square = squares(v[b], p)
        count(tally, v_square, e_square)
        if learns:
            for i in range(n_in):
                e[i] = (v[b, i] - p[i]) / (p[i] if p[i] > prec else one)
            for c in range(n_clusters):
                if winner[c] >= 0:
                    k = winner[c]
                    _sum(e, y[b, k], runs, c, width // lanes, total, place[k])
    if learns:
        _step(w, units[:count_won], own, total, laid, runs, length, width, xi, floor)


@compiled(forceinline=True)
def _winner(y, b, first, end):
    """The unit that answers input b, of a cluster's; -1 where none does."""
    mine, k = y[b, first:end], np.int32(-1)
    for j in range(len(mine)):
        k = max(k, np.int32(j) if mine[j] != 0 else np.int32(-1))
    return first + k if k >= 0 else -1


@compiled()
def _gather(row, runs, length, width, own):
    own[:] = 0
    for n in range(len(runs)):
        to, seen = own[n * width : n * width + length], row[runs[n] : runs[n] + length]
        for i in range(length):
            to[i] = seen[i]


@compiled(forceinline=True)
def _rebuild(own, k, y, runs, c, registers, p):
    """p += y w_k, a register at a time."""
    y_k, lanes, at = spread(y, load(own, k, 0)), BYTES // own.itemsize, 0
    for n in range(runs.shape[1]):
        for m in range(registers):
            i = runs[c, n] + m * lanes
            store_at(p, i, plus(load_at(p, i), times(y_k, load(own, k, at))))
            at += 1


@compiled(forceinline=True)
def _sum(e, y, runs, c, registers, total, k):
    """total_k += y e."""
    y_k, lanes, at = spread(y, load(total, k, 0)), BYTES // total.itemsize, 0
    for n in range(runs.shape[1]):
        for m in range(registers):
            part = times(y_k, load_at(e, runs[c, n] + m * lanes))
            store(total, k, at, plus(load(total, k, at), part))
            at += 1


@compiled()
def _step(w, units, own, total, laid, runs, length, width, xi, floor):
    """W += xi / max(max|dW|, prec) dW, where dW = W * y' E; total, of the units that won, is y' E
    and becomes dW.
    """
    n_own = len(w) // len(runs)
    largest = w.dtype.type(PREC)
    for k in range(len(units)):
        old, change = own[k], total[k]
        for i in range(len(change)):
            change[i] *= old[i]
        largest = max(largest, largest_size(change))
    rate = xi / largest
    for k in range(len(units)):
        j = units[k]
        row, old, change = w[j], own[k], total[k]
        for i in range(len(old)):
            old[i] = lifted(old[i] + rate * change[i], floor)
        for n in range(runs.shape[1]):
            first = runs[j // n_own, n]
            to, new = row[first : first + length], old[n * width : n * width + length]
            for i in range(length):
                to[i] = new[i]
        lay_row(row, j, len(w), laid, runs, length)
