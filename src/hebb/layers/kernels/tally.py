"""The counts that compiled forms keep of how well inputs are rebuilt: `Layer._count`, compiled.

Sums of squares are in float64 and free in their order (`reassoc`), so that many terms are taken at
a time: no rule reads them.
"""

import numpy as np

from hebb.layers.compiled import compiled


@compiled(fastmath={"reassoc", "contract"})
def squares(v, r):
    """|v|^2 and |v - r|^2 of an input v (D,) and its reconstruction r (D,)."""
    v_square = 0.0
    e_square = 0.0
    for i in range(len(v)):
        e = v[i] - r[i]
        v_square += np.float64(v[i]) * np.float64(v[i])
        e_square += np.float64(e) * np.float64(e)
    return v_square, e_square


@compiled()
def count(tally, v_square, e_square):
    """Tally one input: |v|^2, and |e|^2 of the error of its reconstruction."""
    if v_square > 0:
        tally[0] += e_square / v_square
        tally[1] += 1
    tally[2] += 1
