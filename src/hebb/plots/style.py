"""The house look, and how a picture reaches the disk.

Figures are laid out in whole pixels, because a mosaic drawn at a fractional scale shows
moiré that is not in the weights. No pyplot, so no window and no figures left behind.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeAlias

import matplotlib.style
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

Target: TypeAlias = str | Path | IO[bytes]  # where a picture goes: a path, or an open file

DPI = 150  # pixels an inch: 9 pt text is 19 pixels high
MARGIN = 48  # pixels of white around everything

INK, QUIET, FAINT, GAP = "#1a1a1a", "#6b6b6b", "#c9c9c9", "#dddddd"

# Okabe & Ito (2008), "Color universal design", without yellow, which white paper swallows.
BLUE, VERMILLION, GREEN = "#0072b2", "#d55e00", "#009e73"
COLOURS = (BLUE, VERMILLION, GREEN, "#cc79a7", "#e69f00", "#56b4e9", "#000000")

TITLE, TEXT, SMALL = 12, 9, 8  # points

# "Software" is the one thing in the file that would name a version.
PNG: dict[str, Any] = {"format": "png", "dpi": DPI, "metadata": {"Software": None}}

HOUSE: dict[str, Any] = {
    "figure.dpi": DPI,
    "font.family": "DejaVu Sans",  # comes with Matplotlib: the same letters on every machine
    "font.size": TEXT,
    "text.parse_math": False,  # a "$" in a run's name is a dollar
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "lines.linewidth": 1.4,
}


@contextmanager
def house() -> Iterator[None]:
    """The house look and nothing else: a user's own matplotlibrc changes no picture."""
    with matplotlib.style.context(["default", HOUSE]):
        yield


def weights_map() -> Colormap:
    """White, peach, plum, black: evenly darker, from white paper on. What is not a number is
    bright blue, the one colour that is not on the way."""
    at = np.linspace(0.18, 1.0, 24)  # magma's first fifth is a yellow that hides in white
    ramp = [(0.0, "white"), *zip(at, colormaps["magma_r"](at), strict=True)]
    return LinearSegmentedColormap.from_list("weights", ramp, 512).with_extremes(bad="#00b3ff")


def signed_map() -> Colormap:
    """Blue, white, red, equally dark at both ends; what is not a number is green."""
    return colormaps["RdBu_r"].resampled(512).with_extremes(bad="#00c853")


def scale(a: np.ndarray, sequential: Colormap | None = None) -> tuple[ScalarMappable, str]:
    """Colours for all of `a`, and which ends of the scale are cut ("neither", "max", "both").

    From 0 to the maximum, or symmetric about 0 where anything is negative. Where a few
    values tower over the rest, more than 3 times the 99.9th percentile, the scale ends at
    that percentile: else a single weight turns the whole picture blank.
    """
    size = np.abs(a[np.isfinite(a)])
    top = float(size.max(initial=0.0))
    signed = bool((a < 0).any())
    robust = float(np.percentile(size[size > 0], 99.9)) if top > 0 else 0.0
    cut = top > 3 * robust > 0
    top = (robust if cut else top) or 1.0
    colours = signed_map() if signed else sequential or weights_map()
    mappable = ScalarMappable(Normalize(-top if signed else 0.0, top), colours)
    return mappable, ("both" if signed else "max") if cut else "neither"


def figure(width: int, height: int) -> Figure:
    """An empty white picture of width x height pixels."""
    fig = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(fig)
    return fig


def axes(fig: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a place in pixels, counted from the picture's upper left corner."""
    w, h = fig.get_size_inches() * DPI
    return fig.add_axes((left / w, 1 - (top + height) / h, width / w, height / h))


def text(fig: Figure, left: float, top: float, words: str, **how: Any):
    """Words at a place in pixels, counted from the picture's upper left corner."""
    w, h = fig.get_size_inches() * DPI
    return fig.text(left / w, 1 - top / h, words, **{"va": "top", **how})


def header(fig: Figure, title: str, subtitle: str = "", left: float = MARGIN) -> None:
    """The title and, under it, a quieter line."""
    text(fig, left, MARGIN - 8, title, fontsize=TITLE)
    if subtitle:
        text(fig, left, MARGIN + 28, subtitle, fontsize=TEXT, color=QUIET)


def header_height(subtitle: str = "") -> int:
    """Pixels from the picture's top edge to where the content begins."""
    return MARGIN + (70 if subtitle else 42)


def text_width(words: str, size: float) -> float:
    """The width of a line in pixels."""
    fig = figure(1, 1)
    drawn = fig.text(0, 0, words, fontsize=size)
    return float(drawn.get_window_extent().width)


def width_for(width: int, title: str, subtitle: str = "", note: str = "") -> int:
    """`width` in pixels, or more where the words above and below need it."""
    words = (text_width(title, TITLE), text_width(subtitle, TEXT), text_width(note, TEXT) + 46)
    return max(width, round(max(words)) + 2 * MARGIN)


def rgba(colour: str) -> np.ndarray:
    """A colour's name -> (4,) bytes."""
    return np.array(to_rgba_array(colour)[0] * 255).round().astype(np.uint8)


def colour_bar(
    fig: Figure,
    left: float,
    top: float,
    height: float,
    of: ScalarMappable,
    label: str,
    cut: str = "neither",
) -> None:
    """A slender colour bar at a place in pixels; a pointed end says the scale is cut there."""
    bar = fig.colorbar(of, cax=axes(fig, left, top, 18, height), extend=cut, extendfrac=0.06)
    bar.set_label(label, fontsize=TEXT, labelpad=6)
    bar.locator = MaxNLocator(4)
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.update_ticks()


def pixels(mappable: ScalarMappable, a: np.ndarray) -> np.ndarray:
    """(H, W) values -> (H, W, 4) bytes, as `mappable` colours them."""
    return mappable.to_rgba(np.ma.masked_invalid(a), bytes=True)


def stamp(fig: Figure, left: int, top: int, rgba: np.ndarray, k: int) -> None:
    """Put an image (H, W, 4) on the picture, each of its pixels as k x k whole pixels."""
    whole = rgba.repeat(k, axis=0).repeat(k, axis=1)
    height = round(fig.get_size_inches()[1] * DPI)
    fig.figimage(whole, left, height - top - whole.shape[0], origin="upper", resize=False)


def save(fig: Figure, path: Target) -> None:
    """Write the PNG aside and rename it, so that a reader never meets half a picture."""
    if not isinstance(path, str | Path):
        fig.savefig(path, **PNG)
        return
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        fig.savefig(aside, **PNG)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
