"""|x|^2 of a vector, in float64, for the counts that the kernels keep.

Free in the order of its sum (`reassoc`), so that many terms are taken at a time: no rule reads it,
and where a kernel calls it, it is always the same machine code.
"""

import numpy as np

from hebb.layers.compiled import compiled


@compiled(fastmath={"reassoc"})
def square(x):
    """The sum of the squares of x (D,)."""
    total = 0.0
    for i in range(len(x)):
        total += np.float64(x[i]) * np.float64(x[i])
    return total
