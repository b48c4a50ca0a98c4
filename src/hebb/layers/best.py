"""The few largest of many."""

from hebb.layers.compiled import compiled


@compiled()
def best_of(c, winners):
    """The indices of the largest c, best first; a later equal never displaces an earlier."""
    n_w = len(winners)
    kept = 0
    for j in range(len(c)):
        if kept == n_w and not c[j] > c[winners[n_w - 1]]:
            continue
        n = kept if kept < n_w else n_w - 1
        while n > 0 and c[j] > c[winners[n - 1]]:
            winners[n] = winners[n - 1]
            n -= 1
        winners[n] = j
        kept = min(kept + 1, n_w)
