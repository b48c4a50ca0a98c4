"""Which of many snapshots a row of pictures shows, and where fresh weights lie between them."""

from collections.abc import Mapping, Sequence

import numpy as np

FRESH = "line: a phase that begins with fresh weights"


def chosen(seen: Sequence[int], most: int) -> list[int]:
    """Which snapshots to show, at most so many, 2 or more, by their place in `seen`.

    All, if there is room. Else those nearest to even steps from the first, and the last. A step is
    as long as from the first to some snapshot, and as short as there is room for.
    """
    at = np.array(seen, dtype=float)
    if len(at) <= most:
        return list(range(len(at)))
    steps = at[1:] - at[0]
    rows = (np.append(np.arange(at[0], at[-1], step), at[-1]) for step in steps)
    nearest = (sorted({int(np.abs(at - each).argmin()) for each in row}) for row in rows)
    return next(some for some in nearest if len(some) <= most)


def begun_before(shown: Sequence[int], restarts: Mapping[int, str]) -> dict[int, str]:
    """By place in `shown`, inputs seen: the last phase that began with fresh weights since the
    frame before. A snapshot where a phase begins still has the weights of the one before."""
    return {
        i: restarts[start]
        for i in range(1, len(shown))
        for start in sorted(restarts)
        if shown[i - 1] <= start < shown[i]
    }


def left_out(shown: int, there: int) -> str:
    """`8 of 14 snapshots`, or nothing where all are shown."""
    return f"{shown} of {there:,} snapshots" if shown < there else ""
