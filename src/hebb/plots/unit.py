"""All there is to see of one unit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from hebb.plots import style
from hebb.plots.tiles import GUTTER, LINE, frame, tile

WIDE, COLUMNS = 1240, 12  # pixels: of a full row; images in it
BARS = 190  # pixels: the height of a full bar


@dataclass(frozen=True)
class Images:
    """A row of images on one scale: (n, h * w), n at most COLUMNS, each over its words."""

    heading: str
    values: np.ndarray
    shape: tuple[int, int]
    words: Sequence[Sequence[str]]
    label: str = ""  # of the colour bar; without one, shades of ink


@style.house()
def unit(
    path: style.Target,
    rows: Sequence[Images],
    wins: np.ndarray | None,
    title: str,
    subtitle: str = "",
) -> None:
    """Draw rows of images of one unit, and what it has won, to a file.

    wins: (classes,) the images of each class that it has won; None where there are no classes.
    """
    theme = style.theme()
    sizes = [frame(row.shape, WIDE / COLUMNS - GUTTER) for row in rows]
    heights = [58 + high + LINE * max((len(w) for w in row.words), default=0)
               for row, (_, _, high) in zip(rows, sizes, strict=True)]  # fmt: skip
    left, top = style.MARGIN, style.header_height(subtitle) + 30
    below = top + sum(heights) + 20
    bottom = below - 64 if wins is None else below + BARS + 56
    width = style.width_for(2 * left + WIDE + 130, title, subtitle)
    fig = style.figure(width, bottom + style.MARGIN)
    style.header(fig, title, subtitle)
    y = top
    for row, (k, wide, high), height in zip(rows, sizes, heights, strict=True):
        style.text(fig, left, y - 10, row.heading, va="bottom")
        across = max([wide, *(style.text_width(t, style.SMALL) for w in row.words for t in w)])
        across = min(across, WIDE / COLUMNS - GUTTER) + GUTTER
        scale, cut = style.scale(row.values, None if row.label else theme.images())
        for i, (values, words) in enumerate(zip(row.values, row.words, strict=True)):
            tile(fig, left + i * across, y, values, row.shape, scale, k, words)
        if row.label:
            x = left + len(row.values) * across + 10
            style.colour_bar(fig, x, y, max(high, 70), scale, row.label, cut)
        y += height
    if wins is not None:
        style.text(fig, left, below - 10, "training images that it wins, by class", va="bottom")
        _bars(
            style.axes(fig, left + 60, below + 24, min(WIDE - 60, 62 * len(wins)), BARS - 24), wins
        )
    style.save(fig, path)


def _bars(ax: Axes, wins: np.ndarray) -> None:
    ax.bar(range(len(wins)), wins, width=0.62, color=style.theme().accent)
    ax.set_xlim(-0.6, len(wins) - 0.4)
    ax.set_ylim(0, max(1, 1.15 * wins.max(initial=0)))
    ax.xaxis.set_major_locator(MaxNLocator(min(len(wins), 20), integer=True))
    if len(wins) <= 20:
        ax.set_xticks(range(len(wins)))
        for c, count in enumerate(wins):
            if count:
                how = {"ha": "center", "va": "bottom", "fontsize": style.SMALL}
                ax.text(c, count, f"{count:,}", **how)
    ax.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
