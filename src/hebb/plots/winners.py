"""Who wins, as training goes on."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import FuncNorm
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from hebb.plots import colouring, style
from hebb.plots.snapshots import FRESH, begun_before, chosen
from hebb.plots.tiles import GUTTER, LINE, border, frame, tile

WIDE, HIGH = 1180, 230  # pixels: of a row of maps, and of the panels under them
PANEL = 500  # pixels: the width of a panel
MAPS = 8
KEPT = "images with the winner of a snapshot before, %"
NO_RESTARTS: Mapping[int, str] = MappingProxyType({})


@style.house()
def winners(
    path: style.Target,
    wins: np.ndarray,
    kept: np.ndarray,
    grid: tuple[int, int],
    seen: Sequence[int],
    title: str,
    subtitle: str = "",
    restarts: Mapping[int, str] = NO_RESTARTS,
) -> None:
    """Draw how many images each unit wins at each snapshot, to a file; at most MAPS have a map.

    wins: (S, N) images won. kept: (S,) the part of the images, 0 to 1, whose winner is the same
    as a snapshot before; that of the first is not looked at. grid: (rows, columns), filled row by
    row. seen: S numbers of inputs. restarts: the names of phases in which the units, or those
    below, began with fresh weights, by the inputs seen then.
    """
    if len(wins) != len(seen) or len(kept) != len(seen):
        raise ValueError(f"wins {wins.shape}, kept {kept.shape}: of {len(seen)} snapshots")
    theme, (rows, columns) = style.theme(), grid
    some = chosen(seen, MAPS)
    k, wide, high = frame(grid, WIDE / max(len(some), 4) - GUTTER)
    left, top = style.MARGIN, style.header_height(subtitle) + 34
    below = top + high + 2 * LINE + 90
    width = style.width_for(left + len(some) * (wide + GUTTER) + 150, title, subtitle)
    width = max(width, left + 1240)
    fig = style.figure(width, below + HIGH + 60 + style.MARGIN)
    style.header(fig, title, subtitle)

    anew = begun_before([seen[s] for s in some], restarts)
    heading = "images that each unit wins, by inputs seen"
    heading = f"{heading}; {FRESH}" if anew else heading
    style.text(fig, left, top - 10, heading, va="bottom")
    scale = ScalarMappable(FuncNorm((np.log1p, np.expm1), 0, max(wins.max(), 1)), theme.weights())
    for i, s in enumerate(some):
        values = np.full(rows * columns, np.nan)
        values[: wins.shape[1]] = wins[s]
        x = left + i * (wide + GUTTER)
        tile(fig, x, top, values, grid, paper_where_none(scale), k, [f"{seen[s]:,}"])
        if i in anew:
            border(fig, x, top, high, anew[i])
    bar = colouring.colour_bar(fig, left + len(some) * (wide + GUTTER) + 10, top, high, scale, "")
    # A 1 would touch the 0 in a low bar.
    lowest = 0 if high > 180 else 1
    decades = [0, *(10**n for n in range(lowest, 8) if 10**n <= wins.max())]
    bar.ax.yaxis.set_major_locator(FixedLocator(decades))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.0f}"))

    least = (wins > 0).sum(axis=1)
    panels = [
        (f"units that win an image, of {wins.shape[1]:,}", list(zip(seen, least, strict=True))),
        (KEPT, [(x, 100 * part) for x, part in zip(seen[1:], kept[1:], strict=True)]),
    ]  # fmt: skip
    for i, (name, points) in enumerate(panels):
        x = left + 60 + i * 610
        style.text(fig, x, below - 10, name, va="bottom")
        ax = style.axes(fig, x, below, PANEL, HIGH)
        if points:
            at, values = np.array(points, dtype=float).T
            ax.plot(at / 1000, values, color=theme.accent, marker="o", markersize=3, clip_on=False)
        for start in restarts:
            ax.axvline(start / 1000, color=theme.faint, linewidth=0.8, zorder=0)
        ax.set_ylim(0, 100 if i else max(1.0, 1.15 * least.max()))
        ax.set_xlim(0, max(seen[-1] / 1000, 1e-3))
        ax.xaxis.set_major_locator(MaxNLocator(6))
        ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        ax.set_xlabel("inputs seen, thousands", fontsize=style.TEXT)
    style.save(fig, path)


def paper_where_none(scale: ScalarMappable) -> ScalarMappable:
    """The same colours, but paper where the grid has no unit."""
    bare = scale.get_cmap().with_extremes(bad=style.theme().paper)
    return ScalarMappable(scale.norm, bare)
