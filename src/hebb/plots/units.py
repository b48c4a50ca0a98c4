"""Units in rows under what they have in common, each over what it has won."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hebb.plots import style
from hebb.plots.scales import Scale, shown
from hebb.plots.tiles import GUTTER, LINE, frame, tile

WIDE = 1240  # pixels: of a full row
COLUMNS = 10


@dataclass(frozen=True)
class Row:
    """At most COLUMNS units, by number, under a heading and lines that say more."""

    heading: str
    details: Sequence[str]
    units: Sequence[int]
    marked: bool = False  # in the colour of what never won


@style.house()
def units(
    path: style.Target,
    w: np.ndarray,
    shape: tuple[int, int],
    rows: Sequence[Row],
    words: Sequence[Sequence[str]],
    title: str,
    subtitle: str = "",
    scale: Scale = "auto",
) -> None:
    """Draw rows of units to a file.

    w: (N, h * w) the fields of all units. shape: (h, w). words: N times the lines under a unit.
    """
    if not rows or not any(row.units for row in rows):
        raise ValueError(f"{len(rows)} rows: no unit to draw")
    theme, drawn = style.theme(), shown(w, scale)
    subtitle = drawn.said(subtitle)
    k, wide, high = frame(shape, WIDE / COLUMNS - GUTTER)
    wide = max(wide, *(style.text_width(line, style.SMALL) for row in rows
                       for unit in row.units for line in words[unit]))  # fmt: skip
    columns = max(len(row.units) for row in rows)
    down = high + LINE * max(len(words[unit]) for row in rows for unit in row.units) + 34
    said = [style.text_width(row.heading, style.TITLE) for row in rows]
    said += [style.text_width(line, style.SMALL) for row in rows for line in row.details]
    heads = max(said) and round(max(said)) + 30
    left, top = style.MARGIN + heads, style.header_height(subtitle)
    right = left + columns * (wide + GUTTER) - GUTTER
    width = style.width_for(right + style.bar_width(drawn.scale), title, subtitle)
    body = max(len(rows) * down, 300)
    fig = style.figure(width, top + body - 34 + style.MARGIN)
    style.header(fig, title, subtitle)
    inset = (wide - frame(shape, WIDE / COLUMNS - GUTTER)[1]) / 2
    for y, row in zip(np.arange(len(rows)) * down + top, rows, strict=True):
        colour = theme.never if row.marked else None
        style.text(fig, style.MARGIN, y, row.heading, fontsize=style.TITLE, color=colour)
        for line, text in enumerate(row.details):
            how = {"fontsize": style.SMALL, "color": theme.quiet}
            style.text(fig, style.MARGIN, y + 34 + LINE * line, text, **how)
        for i, unit in enumerate(row.units):
            x = left + i * (wide + GUTTER) + inset
            tile(fig, x, y, drawn.values[unit], shape, drawn.scale, k, words[unit], colour)
    height = min(body - 60, 420)
    style.colour_bar(fig, right + 32, top, height, drawn.scale, drawn.label, drawn.cut)
    style.save(fig, path)
