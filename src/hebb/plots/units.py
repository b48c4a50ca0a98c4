"""Units in groups under what they have in common, each over what it has won."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hebb.picture_options import Scale
from hebb.plots import colouring, style
from hebb.plots.scales import shown
from hebb.plots.tiles import GUTTER, LINE, frame, tile

WIDE = 1240  # pixels: of a full row
COLUMNS = 10  # units in a full row
HEAD, APART = 60, 36  # pixels: over a group with a heading; between two groups and two rows


@dataclass(frozen=True)
class Group:
    """At most COLUMNS units, by number, under a heading and a line that says more."""

    heading: str
    detail: str
    units: Sequence[int]


def in_rows(widths: Sequence[float], within: float) -> list[list[int]]:
    """Things of those widths in reading order: the numbers of those in each row, APART."""
    rows: list[list[int]] = []
    used = 0.0
    for i, wide in enumerate(widths):
        if not rows or used + APART + wide > within:
            rows.append([])
            used = -APART
        rows[-1].append(i)
        used += APART + wide
    return rows


@style.house()
def units(
    path: style.Target,
    w: np.ndarray,
    shape: tuple[int, int],
    groups: Sequence[Group],
    words: Sequence[Sequence[str]],
    title: str,
    subtitle: str = "",
    scale: Scale = "auto",
) -> None:
    """Draw groups of units to a file, as many side by side as have room.

    w: (N, h * w) the fields of all units. shape: (h, w). words: N times the lines under a unit.
    """
    if not groups or not all(group.units for group in groups):
        raise ValueError(f"{len(groups)} groups: no unit to draw in one of them, or in all")
    theme, drawn = style.theme(), shown(w, scale)
    subtitle = drawn.said(subtitle)
    k, framed, high = frame(shape, WIDE / COLUMNS - GUTTER)
    lines = [words[unit] for group in groups for unit in group.units]
    wide = max(framed, *(style.text_width(line, style.SMALL) for each in lines for line in each))
    pitch = wide + GUTTER
    widths = [
        max(
            len(group.units) * pitch - GUTTER,
            style.text_width(group.heading, style.TITLE),
            style.text_width(group.detail, style.SMALL),
        )
        for group in groups
    ]
    rows = in_rows(widths, max(COLUMNS * pitch - GUTTER + APART, *widths))
    head = HEAD if any(group.heading for group in groups) else 0
    down = head + high + LINE * max(map(len, lines)) + APART
    left, top = style.MARGIN, style.header_height(subtitle)
    right = left + max(sum(widths[i] for i in row) + APART * (len(row) - 1) for row in rows)
    width = style.width_for(right + colouring.bar_width(drawn.scale), title, subtitle)
    body = max(len(rows) * down - APART, 240)
    fig = style.figure(width, top + body + style.MARGIN)
    style.header(fig, title, subtitle)
    for y, row in zip(np.arange(len(rows)) * down + top, rows, strict=True):
        x = float(left)
        for i in row:
            group = groups[i]
            style.text(fig, x, y, group.heading, fontsize=style.TITLE)
            how = {"fontsize": style.SMALL, "color": theme.quiet}
            style.text(fig, x, y + 30, group.detail, **how)
            for j, unit in enumerate(group.units):
                at = x + j * pitch + (wide - framed) / 2
                tile(fig, at, y + head, drawn.values[unit], shape, drawn.scale, k, words[unit])
            x += widths[i] + APART
    bar = (right + 32, top + head, min(body - head, 420))
    colouring.colour_bar(fig, *bar, drawn.scale, drawn.label, drawn.cut)
    style.save(fig, path)
