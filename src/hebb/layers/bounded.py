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
from hebb.layers.tally import count, squares

PREC = 1e-20  # the smallest prediction that an error is divided by


def bounded_step(v: Array, y: Array, w: Array, xi: float, xp, learns: bool) -> Array:
    """The step as read. v (B, D), y (B, N); w (N, D) changes in place. Returns V - P (B, D)."""
    p = y @ w
    e = v - p
    if learns:
        dw = w * (y.T @ (e / xp.where(p > PREC, p, 1)))
        w += xi / xp.maximum(abs(dw).max(), PREC) * dw
        w[...] = lift(w, xp)
    return e


@compiled()
def bounded_batch(v, y, w, runs, length, tally, wins, xi, floor, learns):
    """`bounded_step` and its counts. v (B, D), y (B, N); w (N, D), tally and wins change in place.

    runs (clusters, runs), length: where the pixels begin that a cluster sees, and how many follow.
    """
    n_clusters, n_runs = runs.shape
    n_own = len(w) // n_clusters
    prec, one = v.dtype.type(PREC), v.dtype.type(1)
    winner = np.empty(n_clusters, np.int64)
    p = np.zeros(v.shape[1], v.dtype)
    e = np.zeros(v.shape[1], v.dtype)
    total = np.zeros((len(w), n_runs, length), w.dtype)  # y' E in each unit's block
    for b in range(len(v)):
        p[:] = 0
        for c in range(n_clusters):
            winner[c] = -1
            for j in range(c * n_own, (c + 1) * n_own):
                if y[b, j] != 0:
                    winner[c] = j
                    wins[j] += 1
            if winner[c] >= 0:
                y_c = y[b, winner[c]]
                for n in range(n_runs):
                    seen = slice(runs[c, n], runs[c, n] + length)
                    to, weights = p[seen], w[winner[c]][seen]
                    for i in range(length):
                        to[i] += y_c * weights[i]
        v_square, e_square = squares(v[b], p)
        count(tally, v_square, e_square)
        if learns:
            for i in range(v.shape[1]):
                e[i] = (v[b, i] - p[i]) / (p[i] if p[i] > prec else one)
            for c in range(n_clusters):
                if winner[c] >= 0:
                    y_c = y[b, winner[c]]
                    for n in range(n_runs):
                        to, error = total[winner[c], n], e[runs[c, n] : runs[c, n] + length]
                        for i in range(length):
                            to[i] += y_c * error[i]
    if learns:
        _step(w, total, runs, length, xi, floor)


@compiled()
def _step(w, total, runs, length, xi, floor):
    """W += xi / max(max|dW|, prec) dW, of which total (N, runs, length) is the factor y' E."""
    n_own = len(w) // len(runs)
    largest = w.dtype.type(PREC)
    for j in range(len(w)):
        for n in range(runs.shape[1]):
            first = runs[j // n_own, n]
            row, change = w[j, first : first + length], total[j, n]
            for i in range(length):
                largest = max(largest, abs(row[i] * change[i]))
    rate = xi / largest
    for j in range(len(w)):
        for n in range(runs.shape[1]):
            first = runs[j // n_own, n]
            row, change = w[j, first : first + length], total[j, n]
            for i in range(length):
                row[i] = lifted(row[i] + rate * (row[i] * change[i]), floor)
