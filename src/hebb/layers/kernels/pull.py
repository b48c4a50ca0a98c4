"""What a rule does to the rows of W that a batch touches: some are pulled to inputs, some pushed.

As matrices, with strengths G (B, N) that are 0 but for a winner and a rival of each input:

    dW = G' V - rowsum(G' * T) W'          T (B, N): the drive that goes with each strength
"""

import numpy as np

from hebb.layers.compiled import compiled


@compiled()
def pull(v, t, w, units, strengths, rows, dw):
    """The rows of dW that are not 0, from the lit pixels of v alone. Returns how many there are.

    v (B, D); t (B, N); w (N, D). units (B, M): whom an input pulls, -1 for nobody; strengths
    (B, M). rows (B M,) and dw (B M, D) are overwritten: dw[n] is the change of row rows[n].
    """
    size, n_in = v.shape
    place = np.full(len(w), -1, np.int64)
    lit = np.empty(n_in, np.int64)
    drag = np.zeros(len(rows), w.dtype)
    count = 0
    for b in range(size):
        n_lit = 0
        for i in range(n_in):  # without a branch, which would be guessed wrong too often
            lit[n_lit] = i
            n_lit += v[b, i] != 0
        for m in range(units.shape[1]):
            j = units[b, m]
            g = strengths[b, m]
            if j < 0 or g == 0:
                continue
            if place[j] < 0:
                place[j] = count
                rows[count] = j
                dw[count] = 0
                count += 1
            row = dw[place[j]]
            for n in range(n_lit):
                row[lit[n]] += g * v[b, lit[n]]
            drag[place[j]] += g * t[b, j]
    for n in range(count):
        row, old = dw[n], w[rows[n]]
        for i in range(n_in):
            row[i] -= drag[n] * old[i]
    return count
