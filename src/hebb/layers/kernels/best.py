"""The few largest of many."""

from hebb.layers.compiled import compiled
from hebb.layers.kernels.lanes import BYTES, any_above, load_at


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


@compiled()
def largest_size(row):
    """max|w| of a row, in four runs: no comparison then waits for the one before."""
    a = b = c = d = row.dtype.type(0)
    whole = len(row) - len(row) % 4
    for i in range(0, whole, 4):
        a = max(a, abs(row[i]))
        b = max(b, abs(row[i + 1]))
        c = max(c, abs(row[i + 2]))
        d = max(d, abs(row[i + 3]))
    for i in range(whole, len(row)):
        a = max(a, abs(row[i]))
    return max(max(a, b), max(c, d))


@compiled(forceinline=True)
def largest_of(row):
    """max w of a row, in four runs too."""
    a = b = c = d = row[0]
    whole = len(row) - len(row) % 4
    for i in range(0, whole, 4):
        a = max(a, row[i])
        b = max(b, row[i + 1])
        c = max(c, row[i + 2])
        d = max(d, row[i + 3])
    for i in range(whole, len(row)):
        a = max(a, row[i])
    return max(max(a, b), max(c, d))
