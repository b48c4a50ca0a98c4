"""The weights of a layer, all units side by side as they lie on its grid.

One scale for all units, or each on its own, a thin line between two of them, and every weight a
square of k x k whole pixels: what looks like texture is texture.
"""

import numpy as np
from matplotlib.cm import ScalarMappable

from hebb.picture_options import Scale
from hebb.plots import colouring, style
from hebb.plots.scales import shown

WIDEST = 1240  # pixels: the scale k is the largest that keeps all units within this
GAP, MANY = 3, 20  # pixels between two units, one less where a row has more than so many
ARM = 0.4  # of a unit's side: how far a mark reaches from its corner


def mosaic(w: np.ndarray, grid: tuple[int, int], field: tuple[int, int]) -> np.ndarray:
    """All units in one array; NaN in the gaps and where the grid has no unit.

    w: (N, D). grid: (rows, columns), filled row by row. field: (h, w) with h * w = D.
    Returns (rows * (h + 1) + 1, columns * (w + 1) + 1): unit j has its upper left weight at
    (1 + (j // columns) * (h + 1), 1 + (j % columns) * (w + 1)).
    """
    _check(w, grid, field)
    (rows, columns), (high, wide) = grid, field
    cells = np.full((rows * columns, high + 1, wide + 1), np.nan)
    cells[: len(w), 1:, 1:] = w.reshape(-1, high, wide)
    cells = cells.reshape(rows, columns, high + 1, wide + 1).swapaxes(1, 2)
    cells = cells.reshape(rows * (high + 1), columns * (wide + 1))
    return np.pad(cells, ((0, 1), (0, 1)), constant_values=np.nan)


def _check(w: np.ndarray, grid: tuple[int, int], field: tuple[int, int]) -> None:
    (rows, columns), (high, wide) = grid, field
    if w.ndim != 2 or high * wide != w.shape[1]:
        raise ValueError(f"weights {w.shape}: a unit does not fill a field of {high} x {wide}")
    if len(w) > rows * columns:
        raise ValueError(f"weights {w.shape}: too many units for a grid of {rows} x {columns}")


def image(
    w: np.ndarray,
    grid: tuple[int, int],
    field: tuple[int, int],
    wins: np.ndarray | None,
    k: int = 1,
    gap: int = 1,
) -> tuple[np.ndarray, ScalarMappable, str]:
    """All units in colours, (H, W, 4) bytes, with their scale and the ends of it that are cut.

    Each weight is k x k pixels, with `gap` pixels around each unit. Of a unit that never won the
    gap is coloured at its lower left corner: there it hides no weight, and the angle opens
    towards the one unit that is meant.
    """
    _check(w, grid, field)
    (rows, columns), (high, wide) = grid, (field[0] * k, field[1] * k)
    theme, (scale, cut) = style.theme(), colouring.scale(w)
    size = (rows * (high + gap) + gap, columns * (wide + gap) + gap, 1)
    rgba = np.tile(colouring.rgba(theme.gap), size)
    units = colouring.pixels(scale, w).reshape(-1, *field, 4)
    never = np.zeros(rows * columns, bool) if wins is None else np.asarray(wins) == 0
    marks = []
    for j in range(rows * columns):
        top, left = gap + j // columns * (high + gap), gap + j % columns * (wide + gap)
        unit = units[j].repeat(k, 0).repeat(k, 1) if j < len(w) else colouring.rgba(theme.paper)
        rgba[top : top + high, left : left + wide] = unit
        if j < len(w) and never[j]:
            marks.append((top + high, left))
    for bottom, left in marks:
        rgba[bottom : bottom + gap, left - gap : left + round(ARM * wide)] = colouring.rgba(
            theme.never
        )
        rgba[bottom - round(ARM * high) : bottom, left - gap : left] = colouring.rgba(theme.never)
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
    subtitle = drawn.said(subtitle)
    gap = max(1, round((GAP - (max(grid) > MANY)) * style.now().grain))
    k = min(
        style.cell(n * m, WIDEST - style.length((n + 1) * gap))
        for n, m in zip(grid, field, strict=True)
    )
    rgba, scale_bar, cut = image(drawn.values, grid, field, wins, k, gap)
    high, wide = style.length(rgba.shape[0]), style.length(rgba.shape[1])
    left, top = style.MARGIN, style.header_height(subtitle)
    never = 0 if wins is None else int((np.asarray(wins) == 0).sum())
    note = f"{never:,} of {len(w):,} units won no training image" if never else ""

    body = max(high, 220)  # a single row of units still leaves room for the colour bar
    width = style.width_for(left + wide + colouring.bar_width(scale_bar), title, subtitle, note)
    fig = style.figure(width, top + body + (style.MARGIN if not note else style.MARGIN + 40))
    style.header(fig, title, subtitle)
    style.stamp(fig, left, top, rgba, 1)
    colouring.colour_bar(fig, left + wide + 32, top, min(body, 420), scale_bar, drawn.label, cut)
    if note:
        style.corner(fig, left, top + high + 22, note)
    style.save(fig, path)
