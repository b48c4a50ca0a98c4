"""Units that excite each other on the grid: by how much, and how alike they have become."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator

from hebb.plots import colouring, style
from hebb.plots.curves import LINE, spread

HIGH = 340  # pixels: of each panel, about
BLOCK = 512  # units whose correlations with all others are in memory at once


def alike(w: np.ndarray, grid: tuple[int, int], radius: int) -> tuple[np.ndarray, np.ndarray]:
    """How alike the weights of units are, as correlations, on the grid as a torus.

    w: (N, D) with N = rows * columns. Returns, by distance 1, 2, 3 ... the mean over all pairs
    at that distance, and (N,) each unit's mean with those within `radius`. Distance is the larger
    one of that in rows and that in columns.
    """
    rows, columns = grid
    z = w.astype(np.float64) - w.mean(axis=1, keepdims=True)
    length = np.linalg.norm(z, axis=1, keepdims=True)
    z /= np.where(length > 0, length, 1)
    row, column = np.divmod(np.arange(len(w)), columns)
    farthest = max(rows // 2, columns // 2)
    total, pairs, near = np.zeros(farthest + 1), np.zeros(farthest + 1), np.zeros(len(w))
    for start in range(0, len(w), BLOCK):
        some = slice(start, start + BLOCK)
        r = z[some] @ z.T
        down, across = np.abs(row[some, None] - row), np.abs(column[some, None] - column)
        distance = np.maximum(np.minimum(down, rows - down), np.minimum(across, columns - across))
        total += np.bincount(distance.ravel(), r.ravel(), farthest + 1)
        pairs += np.bincount(distance.ravel(), minlength=farthest + 1)
        close = (distance > 0) & (distance <= radius)
        near[some] = (r * close).sum(axis=1) / close.sum(axis=1)
    return total[1:] / pairs[1:], near


@style.house()
def neighbours(
    path: style.Target,
    w: np.ndarray,
    first: np.ndarray,
    grid: tuple[int, int],
    kernel: np.ndarray,
    title: str,
    subtitle: str = "",
) -> None:
    """Draw a lateral neighbourhood and what it has led to, to a file.

    w: (N, D) weights, and `first` what they were before learning. grid: (rows, columns).
    kernel: (2 radius + 1, 2 radius + 1), what a unit adds to the drive of those around it.
    """
    if w.shape != first.shape or len(w) != grid[0] * grid[1]:
        both = f"weights {w.shape}, at first {first.shape}"
        raise ValueError(f"{both}: must be of a grid of {grid[0]} x {grid[1]}")
    theme, radius = style.theme(), len(kernel) // 2
    (now, near), (before, _) = alike(w, grid, radius), alike(first, grid, radius)
    left, top = style.MARGIN, style.header_height(subtitle) + 40
    # Both maps are as large as whole pixels allow, and the curve between them is as high.
    k = style.cell(max(grid), HIGH)
    map_wide, map_high = style.length(grid[1] * k), style.length(grid[0] * k)
    side = style.length(max(grid) * k)
    fine = style.cell(len(kernel), side)
    lines = left + side + 130
    at = lines + 470 + 150
    scale, cut = colouring.scale(near)
    width = style.width_for(at + map_wide + 20 + colouring.bar_width(scale), title, subtitle)
    fig = style.figure(width, top + side + 46 + style.MARGIN)
    style.header(fig, title, subtitle)

    style.text(fig, left, top - 12, "what a unit adds to the drive of others", va="bottom")
    colours = colouring.pixels(ScalarMappable(Normalize(0, 1), theme.weights()), kernel)
    style.stamp(fig, left, top, colouring.ruled(colours, fine), 1)
    for i, j in np.ndindex(kernel.shape):
        x, y = (left + style.length(fine) * (j + 0.5), top + style.length(fine) * (i + 0.5))
        how = {"va": "center", "ha": "center", "color": colouring.on(colours[i, j])}
        if len(kernel) <= 7:
            style.text(fig, x, y, f"{kernel[i, j]:.2g}", fontsize=style.SMALL, **how)

    ax = style.axes(fig, lines, top, 470, side)
    style.text(fig, lines, top - 12, "mean correlation of the weights of two units", va="bottom")
    distance = np.arange(1, len(now) + 1)
    ax.axvline(radius, color=theme.faint, linewidth=0.8, linestyle=(0, (2, 3)))
    ax.plot(distance, before, color=theme.quiet, marker="o", markersize=3)
    ax.plot(distance, now, color=theme.accent, marker="o", markersize=3)
    ax.set_xlabel("distance on the grid", fontsize=style.TEXT)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(5))
    low, high = ax.get_ylim()
    ends = [side * (y[-1] - low) / (high - low) for y in (now, before)]
    colour = (theme.accent, theme.quiet)
    for y, name, c in zip(spread(ends, LINE, side), ("now", "at first"), colour, strict=True):
        how = {"va": "center", "fontsize": style.SMALL, "color": c}
        style.text(fig, lines + 482, top + side - y, name, **how)
    how = {"va": "top", "fontsize": style.SMALL, "color": theme.quiet}
    ax.text(radius + 0.15, high, f"radius {radius}", **how)

    style.text(fig, at, top - 12, "each unit with its neighbours", va="bottom")
    style.stamp(fig, at, top, colouring.pixels(scale, near.reshape(grid)), k)
    colouring.colour_bar(
        fig, at + map_wide + 24, top, max(map_high, 160), scale, "mean correlation", cut
    )
    style.save(fig, path)
