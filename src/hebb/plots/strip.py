"""A stretch of a stream, frame by frame."""

from collections.abc import Sequence

import numpy as np

from hebb.plots import colouring, style
from hebb.plots.tiles import GUTTER, frame, tile

LONGEST = 12  # frames in a row
WIDE = 1400  # pixels: of a full row, about


@style.house()
def strip(
    path: style.Target,
    frames: np.ndarray,
    shape: tuple[int, int],
    title: str,
    subtitle: str = "",
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
    k, wide, high = frame(shape, WIDE // max(columns, 6) - GUTTER)
    across, down = wide + GUTTER, high + 60
    left, top = style.MARGIN, style.header_height(subtitle)
    width = style.width_for(2 * left + columns * across - GUTTER, title, subtitle)
    fig = style.figure(width, top + rows * down - 28 + style.MARGIN)
    style.header(fig, title, subtitle)
    scale, _ = colouring.scale(frames, style.theme().images())
    for i, number in enumerate(numbers):
        x, y = left + i % columns * across, top + i // columns * down
        tile(fig, x, y, frames[i], shape, scale, k, [f"{number:,}"])
    style.save(fig, path)
