"""The few largest of many."""

from hebb.layers.compiled import compiled
from hebb.layers.lanes import BYTES, any_above, load_at


@compiled()
def best_of(c, winners):
    """The indices of the largest c, best first; a later equal never displaces an earlier.

    c (N,), in C order. A registerful of which none is above the worst that is kept is passed over.
    """
    n_w, lanes = len(winners), BYTES // c.itemsize
    kept = 0
    for start in range(0, len(c), lanes):
        end = min(start + lanes, len(c))
        full = kept == n_w and end - start == lanes
        if full and not any_above(load_at(c, start), c[winners[n_w - 1]]):
            continue
        for j in range(start, end):
            if kept == n_w and not c[j] > c[winners[n_w - 1]]:
                continue
            n = kept if kept < n_w else n_w - 1
            while n > 0 and c[j] > c[winners[n - 1]]:
                winners[n] = winners[n - 1]
                n -= 1
            winners[n] = j
            kept = min(kept + 1, n_w)
