"""The weights of a layer, all units side by side as they lie on its grid.

One scale for all units, or each on its own, one pixel between two of them, and every weight a
square of k x k whole pixels: what looks like texture is texture.
"""

import numpy as np
from matplotlib.cm import ScalarMappable

from hebb.plots import style
from hebb.plots.scales import Scale, shown

WIDEST = 1240  # pixels: the scale k is the largest that keeps the mosaic within this


def mosaic(w: np.ndarray, grid: tuple[int, int], field: tuple[int, int]) -> np.ndarray:
    """All units in one array; NaN in the gaps and where the grid has no unit.

    w: (N, D). grid: (rows, columns), filled row by row. field: (h, w) with h * w = D.
    Returns (rows * (h + 1) + 1, columns * (w + 1) + 1): unit j has its upper left weight at
    (1 + (j // columns) * (h + 1), 1 + (j % columns) * (w + 1)).
    """
    (rows, columns), (high, wide) = grid, field
    if w.ndim != 2 or high * wide != w.shape[1]:
        raise ValueError(f"weights {w.shape}: a unit does not fill a field of {high} x {wide}")
    if len(w) > rows * columns:
        raise ValueError(f"weights {w.shape}: too many units for a grid of {rows} x {columns}")
    cells = np.full((rows * columns, high + 1, wide + 1), np.nan)
    cells[: len(w), 1:, 1:] = w.reshape(-1, high, wide)
    cells = cells.reshape(rows, columns, high + 1, wide + 1).swapaxes(1, 2)
    cells = cells.reshape(rows * (high + 1), columns * (wide + 1))
    return np.pad(cells, ((0, 1), (0, 1)), constant_values=np.nan)


def image(
    w: np.ndarray, grid: tuple[int, int], field: tuple[int, int], wins: np.ndarray | None
) -> tuple[np.ndarray, ScalarMappable, str]:
    """The mosaic in colours, (H, W, 4) bytes, with its scale and the ends of it that are cut.

    A unit that never won has a line under it, in the gap, where it hides no weight and
    belongs to no other unit.
    """
    (rows, columns), (high, wide) = grid, field
    scale, cut = style.scale(w)
    rgba = style.pixels(scale, mosaic(w, grid, field))
    rgba[:: high + 1] = rgba[:, :: wide + 1] = style.rgba(style.theme().gap)
    for j in range(rows * columns):
        top, left = 1 + j // columns * (high + 1), 1 + j % columns * (wide + 1)
        if j >= len(w):
            rgba[top : top + high, left : left + wide] = style.rgba(style.theme().paper)
        elif wins is not None and wins[j] == 0:
            rgba[top + high, left : left + wide] = style.rgba(style.theme().never)
    return rgba, scale, cut


@style.house()
def tapestry(
    path: style.Target,
    w: np.ndarray,
    grid: tuple[int, int],
    field: tuple[int, int],
    title: str,
    subtitle: str = "",
    wins: np.ndarray | None = None,
    scale: Scale = "auto",
) -> None:
    """Draw a layer's weights to a file.

    w: (N, D). grid: (rows, columns) with N <= rows * columns, filled row by row. field:
    (h, w), the shape of one unit's inputs, h * w = D. wins: (N,) counts; units that never
    won are marked. scale: see `shown`.
    """
    if wins is not None and len(wins) != len(w):
        raise ValueError(f"weights {w.shape}: wins of {len(wins)} units")
    drawn = shown(w, scale)
    rgba, scale_bar, cut = image(drawn.values, grid, field, wins)
    subtitle = drawn.said(subtitle)
    k = style.cell(max(rgba.shape[:2]), WIDEST)
    high, wide = style.length(rgba.shape[0] * k), style.length(rgba.shape[1] * k)
    left, top = style.MARGIN, style.header_height(subtitle)
    never = 0 if wins is None else int((np.asarray(wins) == 0).sum())
    note = f"{never:,} of {len(w):,} units won no training image" if never else ""

    body = max(high, 220)  # a single row of units still leaves room for the colour bar
    width = style.width_for(left + wide + style.bar_width(scale_bar), title, subtitle, note)
    fig = style.figure(width, top + body + (style.MARGIN if not note else style.MARGIN + 40))
    style.header(fig, title, subtitle)
    style.stamp(fig, left, top, rgba, k)
    style.colour_bar(fig, left + wide + 32, top, min(body, 420), scale_bar, drawn.label, cut)
    if note:
        style.key(fig, left, top + high + 22, note)
    style.save(fig, path)
