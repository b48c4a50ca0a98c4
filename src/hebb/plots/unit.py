"""All there is to see of one unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from hebb.plots import colouring, style
from hebb.plots.scales import shown
from hebb.plots.snapshots import FRESH
from hebb.plots.tiles import GUTTER, LINE, border, frame, tile

WIDE, COLUMNS = 1440, 12  # pixels: of a full row; images in it
BARS = 190  # pixels: the height of a full bar


@dataclass(frozen=True)
class Images:
    """A row of images on one scale: (n, h * w), n at most COLUMNS, each over its words.

    anew: by the place of an image, the name of a phase that began with fresh weights before it.
    """

    heading: str
    values: np.ndarray
    shape: tuple[int, int]
    words: Sequence[Sequence[str]]
    weights: bool = False  # else images, in shades of ink
    anew: Mapping[int, str] = field(default_factory=dict)


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
    heights = [58 + high + LINE * (max((len(w) for w in row.words), default=0) + bool(row.anew))
               for row, (*_, high) in zip(rows, sizes, strict=True)]  # fmt: skip
    left, top = style.MARGIN, style.header_height(subtitle) + 30
    below = top + sum(heights) + 20
    won = wins is not None and wins.any()
    bottom = below + BARS + 36 if won else below - 50
    width = style.width_for(2 * left + WIDE + 130, title, subtitle)
    fig = style.figure(width, bottom + style.MARGIN)
    style.header(fig, title, subtitle)
    y, first = top, next((row for row in rows if row.anew), None)
    for row, (k, _, high), height in zip(rows, sizes, heights, strict=True):
        # Where one snapshot towers over the others, each has a scale of its own.
        drawn = shown(row.values, "auto" if row.weights else "shared")
        scale = drawn.scale if row.weights else colouring.scale(row.values, theme.images())[0]
        begins = colouring.begins(scale)
        own = "each on its own scale" if drawn.own else "scale" if begins else ""
        said = ", ".join(filter(None, [row.heading, f"{own} {begins}".strip()]))
        said = f"{said}; {FRESH}" if row is first else said
        style.text(fig, left, y - 10, said, va="bottom")
        for i, (values, words) in enumerate(zip(drawn.values, row.words, strict=True)):
            x = left + i * WIDE / COLUMNS
            tile(fig, x, y, values, row.shape, scale, k, words)
            if i in row.anew:
                border(fig, x, y, high, row.anew[i])
        if row.weights:
            x = left + len(row.values) * WIDE / COLUMNS + 6
            colouring.colour_bar(fig, x, y, max(high, 90), scale, None, drawn.cut)
        y += height
    if wins is not None and won:
        said = "training images that it wins, as the best of the units that compete, by class"
        style.text(fig, left, below - 10, said, va="bottom")
        wide = min(WIDE - 60, 62 * len(wins))
        _bars(style.axes(fig, left + 60, below + 10, wide, BARS - 10), wins)
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
