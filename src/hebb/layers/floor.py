"""The floor under a weight's size: what keeps small weights quick, and alive.

The multiplicative rules halve a useless weight again and again. Below the smallest normal
number (1e-38 in float32) arithmetic takes a hundred times as long, and a little further down a
weight sticks or becomes 0, from where no factor brings it back. So a weight that learning
leaves smaller than FLOOR, 2^27 times that number (1.6e-30 in float32, 3e-300 in float64), is
put to FLOOR, sign kept. That is far below anything that an answer can feel, and four steps from
mattering again. A weight of exactly 0 stays 0: blocks rely on it.
"""

import numpy as np

from hebb.device import Array
from hebb.layers.compiled import compiled

FLOOR = {np.dtype(kind): np.finfo(kind).tiny * kind(2**27) for kind in (np.float32, np.float64)}


def lift(w: Array, xp) -> Array:
    """w with every weight that is smaller than the floor, but not 0, put to the floor."""
    floor = FLOOR[w.dtype]
    return xp.where((xp.abs(w) < floor) & (w != 0), xp.copysign(floor, w), w)


@compiled()
def lifted(w, floor):
    """`lift` for one weight."""
    return np.copysign(floor, w) if abs(w) < floor and w != 0 else w
