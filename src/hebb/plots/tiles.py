"""Small images in thin frames, with words under them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from hebb.plots import colouring, style

LINE = 22  # pixels: the height of a line of words under an image
GUTTER = 14  # pixels between two images


def frame(shape: tuple[int, int], within: float) -> tuple[int, float, float]:
    """How large images (h, w) can be in a frame of that width at most: the picture's own pixels
    of each of theirs, and the frame's width and height."""
    (high, wide), edges = shape, 2 * _edge()
    k = style.cell(wide, within - style.length(edges))
    return k, style.length(wide * k + edges), style.length(high * k + edges)


def _edge() -> int:
    """The picture's own pixels of a frame's line."""
    return max(1, round(2 * style.now().grain))


def framed(rgba: np.ndarray, k: int, colour: str | None = None) -> np.ndarray:
    """An image (H, W, 4), each of its pixels as k x k, with a frame around it."""
    edge = _edge()
    whole = rgba.repeat(k, axis=0).repeat(k, axis=1)
    whole = np.pad(whole, ((edge, edge), (edge, edge), (0, 0)))
    line = colouring.rgba(colour or style.theme().gap)
    whole[:edge] = whole[-edge:] = whole[:, :edge] = whole[:, -edge:] = line
    return whole


def border(fig: Figure, left: float, top: float, high: float, name: str) -> None:
    """A thin line before the frame at this place, and under its words what begins there."""
    line = style.axes(fig, left - GUTTER / 2 - 1, top - 4, 2, high + 12 + 2 * LINE)
    line.set_axis_off()
    line.set_xlim(0, 1)
    line.axvspan(0, 1, color=style.theme().quiet)
    how = {"fontsize": style.SMALL, "color": style.theme().quiet}
    style.text(fig, left, top + high + 8 + LINE, name, **how)


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
    theme = style.theme()
    whole = framed(colouring.pixels(scale, values.reshape(shape)), k, colour)
    style.stamp(fig, left, top, whole, 1)
    high, wide = (style.length(each) for each in whole.shape[:2])
    for line, text in enumerate(words):
        how: dict[str, Any] = {"ha": "center", "fontsize": style.SMALL}
        how["color"] = theme.quiet if line else theme.ink
        style.text(fig, left + wide / 2, top + high + 8 + LINE * line, text, **how)
