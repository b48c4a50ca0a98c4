"""A stretch of a stream, frame by frame."""

from collections.abc import Sequence

import numpy as np

from hebb.plots import style
from hebb.plots.tapestry import mosaic

LONGEST = 12  # frames in a row
WIDE, GUTTER = 1400, 14  # pixels: of a full row, about; between two frames


@style.house()
def strip(
    path: style.Target,
    frames: np.ndarray,
    shape: tuple[int, int],
    title: str,
    numbers: Sequence[int] | None = None,
) -> None:
    """Draw frames in reading order, each over its number, to a file.

    frames: (n, h * w), on one scale for all. shape: (h, w). numbers: n frame numbers, by
    default 0, 1, 2 ...
    """
    n = len(frames)
    if not n:
        raise ValueError(f"frames {frames.shape}: nothing to draw")
    if frames.ndim != 2 or shape[0] * shape[1] != frames.shape[1]:
        raise ValueError(f"frames {frames.shape}: a frame does not fill {shape[0]} x {shape[1]}")
    numbers = range(n) if numbers is None else numbers
    if len(numbers) != n:
        raise ValueError(f"frames {frames.shape}: {len(numbers)} frame numbers")
    rows = -(-n // LONGEST)
    columns = -(-n // rows)  # rows of equal length, not twelve and a rest
    high, wide = shape
    k = style.cell(wide + 2, WIDE // max(columns, 6) - GUTTER)
    across, down = style.length((wide + 2) * k), style.length((high + 2) * k)
    left, top = style.MARGIN, style.header_height()
    width = style.width_for(2 * left + columns * (across + GUTTER) - GUTTER, title)
    fig = style.figure(width, top + rows * (down + 60) - 28 + style.MARGIN)
    style.header(fig, title)

    scale, _ = style.scale(frames, style.theme().images())
    for i, number in enumerate(numbers):
        x, y = left + i % columns * (across + GUTTER), top + i // columns * (down + 60)
        rgba = style.pixels(scale, mosaic(frames[i : i + 1], (1, 1), shape))
        rgba[:: high + 1] = rgba[:, :: wide + 1] = style.rgba(style.theme().gap)
        style.stamp(fig, x, y, rgba, k)
        middle, under = x + across / 2, y + down + 10
        quiet = {"fontsize": style.SMALL, "color": style.theme().quiet}
        style.text(fig, middle, under, f"{number:,}", ha="center", **quiet)
    style.save(fig, path)
