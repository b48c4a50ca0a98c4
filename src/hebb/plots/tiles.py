"""Small images in thin frames, with words under them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from hebb.plots import style

LINE = 22  # pixels: the height of a line of words under an image
GUTTER = 14  # pixels between two images


def frame(shape: tuple[int, int], within: float) -> tuple[int, float, float]:
    """How large images (h, w) can be in a frame of that width at most: the picture's own pixels
    of each of theirs, and the frame's width and height."""
    high, wide = shape
    k = style.cell(wide + 2, within)
    return k, style.length((wide + 2) * k), style.length((high + 2) * k)


def tile(
    fig: Figure,
    left: float,
    top: float,
    values: np.ndarray,
    shape: tuple[int, int],
    scale: ScalarMappable,
    k: int,
    words: Sequence[str] = (),
    colour: str | None = None,
) -> None:
    """One image (h * w,) in a frame of `colour`; of the words under it, later lines are quieter."""
    theme, (high, wide) = style.theme(), shape
    rgba = np.pad(style.pixels(scale, values.reshape(shape)), ((1, 1), (1, 1), (0, 0)))
    rgba[[0, -1]] = style.rgba(colour or theme.gap)
    rgba[:, [0, -1]] = style.rgba(colour or theme.gap)
    style.stamp(fig, left, top, rgba, k)
    middle, under = left + style.length((wide + 2) * k) / 2, top + style.length((high + 2) * k) + 8
    for line, text in enumerate(words):
        how: dict[str, Any] = {"ha": "center", "fontsize": style.SMALL}
        how["color"] = theme.quiet if line else theme.ink
        style.text(fig, middle, under + LINE * line, text, **how)
