"""The drive of every unit by one input, p = W v, where most of v is zero.

Weights lie transposed, (D, N), so that one pixel's weights to all units are
neighbours: a zero pixel is skipped whole, and the units of a nonzero one are summed
side by side. Four pixels at a time, since p is then loaded and stored a quarter as
often. Each unit's sum runs over the pixels in ascending order whatever else is
computed beside it, hence the same bits for any chunk, thread or number of units.
"""

import numpy as np

from hebb.layers.compiled import compiled
from hebb.layers.kernels.lanes import BYTES, any_lit, load_at


@compiled()
def drive(v, w, lit, p):
    """p = w' v. v (D,); w (D, N); p (N,) is overwritten; lit (D,) int64 is scratch."""
    lit_drive(v, w, lit[: nonzero(v, lit)], p)


@compiled()
def lit_drive(v, w, lit, p):
    """`drive` where it is known what is lit."""
    n_lit = len(lit)
    p[:] = 0
    whole = n_lit - n_lit % 4
    for n in range(0, whole, 4):
        a, b, c, d = lit[n], lit[n + 1], lit[n + 2], lit[n + 3]
        va, vb, vc, vd = v[a], v[b], v[c], v[d]
        for j in range(len(p)):
            p[j] = (((p[j] + va * w[a, j]) + vb * w[b, j]) + vc * w[c, j]) + vd * w[d, j]
    for n in range(whole, n_lit):
        a = lit[n]
        va = v[a]
        for j in range(len(p)):
            p[j] += va * w[a, j]


@compiled()
def drives(x, w):
    """The drive by each row of x (T, D); w (D, N). Returns (T, N)."""
    answers = np.empty((len(x), w.shape[1]), w.dtype)
    lit = np.empty(x.shape[1], np.int64)
    for t in range(len(x)):
        drive(x[t], w, lit, answers[t])
    return answers


@compiled()
def respond(s, w, lit, a):
    """a = w s for a code s (D,) that is so sparse that w (N, D) may lie as it is.

    lit (D,) int64: the inputs that are not 0, in order. Returns how many there are.
    """
    n_lit = few_nonzero(s, lit)
    for j in range(len(a)):
        a[j] = 0
        for n in range(n_lit):
            a[j] += w[j, lit[n]] * s[lit[n]]
    return n_lit


@compiled()
def nonzero(v, lit):
    """Fill lit with the indices of what is not 0 in v, in order, and return how many there are."""
    n_lit = 0
    for i in range(len(v)):  # without a branch, which would be guessed wrong too often
        lit[n_lit] = i
        n_lit += v[i] != 0
    return n_lit


@compiled()
def few_nonzero(s, lit):
    """`nonzero` of a code s (D,), in C order, of which most registers are 0 and passed over."""
    lanes = BYTES // s.itemsize
    n_lit, whole = 0, len(s) - len(s) % lanes
    for start in range(0, whole, lanes):
        if any_lit(load_at(s, start)):
            for i in range(start, start + lanes):
                lit[n_lit] = i
                n_lit += s[i] != 0
    for i in range(whole, len(s)):
        lit[n_lit] = i
        n_lit += s[i] != 0
    return n_lit
