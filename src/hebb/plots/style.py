"""The house look, and how a picture reaches the disk.

Figures are laid out in pixels of 1/150 inch (9 pt text is 19 pixels high), whatever the
resolution, and mosaics in whole pixels of the picture itself: drawn at a fractional scale they show
moiré that is not in the weights. No pyplot, so no window and no figures left behind.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any, TypeAlias

import matplotlib.style
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Affine2D

from hebb.aside import aside
from hebb.picture_options import DPI, Format, Look
from hebb.plots.theme import LIGHT, THEMES, Theme

Target: TypeAlias = str | Path | IO[bytes]  # where a picture goes: a path, or an open file
MARGIN = 48  # pixels of paper around everything

TITLE, TEXT, SMALL = 12, 9, 8  # points


@dataclass(frozen=True)
class Style:
    """How pictures look that are drawn `with using(style)`."""

    theme: Theme = LIGHT
    dpi: int = DPI
    format: Format = "png"  # where a path does not end in one

    @classmethod
    def of(cls, look: Look) -> "Style":
        """As a user asks for it."""
        return cls(THEMES[look.style], look.dpi, look.format)

    @property
    def grain(self) -> float:
        """Pixels of the picture in one of the layout."""
        return self.dpi / DPI


HOUSE = Style()
_now: ContextVar[Style] = ContextVar("style", default=HOUSE)


def now() -> Style:
    """The style in which pictures are being drawn."""
    return _now.get()


def theme() -> Theme:
    """The colours in which pictures are being drawn."""
    return now().theme


@contextmanager
def using(style: Style) -> Iterator[None]:
    """Draw in another style than the default."""
    before = _now.set(style)
    try:
        yield
    finally:
        _now.reset(before)


@contextmanager
def house() -> Iterator[None]:
    """The house look and nothing else: a user's own matplotlibrc changes no picture."""
    colours = theme()
    look: dict[str, Any] = {
        "figure.dpi": DPI,
        "font.family": "DejaVu Sans",  # comes with Matplotlib: the same letters on every machine
        "font.size": TEXT,
        "text.parse_math": False,  # a "$" in a run's name is a dollar
        "text.color": colours.ink,
        "axes.facecolor": colours.paper,
        "axes.edgecolor": colours.quiet,
        "axes.labelcolor": colours.ink,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": colours.quiet,
        "ytick.color": colours.quiet,
        "xtick.labelcolor": colours.ink,
        "ytick.labelcolor": colours.ink,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "lines.linewidth": 1.4,
        "svg.hashsalt": "hebb",  # names inside an SVG are drawn by lot otherwise
    }
    with matplotlib.style.context(["default", look]):
        yield


def figure(width: float, height: float) -> Figure:
    """An empty picture of width x height pixels, a little larger where those are not whole."""
    dpi, grain = now().dpi, now().grain
    inches = [np.ceil(round(length * grain, 6)) / dpi for length in (width, height)]
    fig = Figure(figsize=(inches[0], inches[1]), dpi=dpi, facecolor=theme().paper)
    FigureCanvasAgg(fig)
    return fig


def cell(parts: int, within: float) -> int:
    """How many of the picture's own pixels each of so many equal parts has, within a length."""
    return max(1, int(within * now().grain) // parts)


def length(pixels: int) -> float:
    """So many of the picture's own pixels as a length of the layout."""
    return pixels / now().grain


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
        text(fig, left, MARGIN + 28, subtitle, fontsize=TEXT, color=theme().quiet)


def header_height(subtitle: str = "") -> int:
    """Pixels from the picture's top edge to where the content begins."""
    return MARGIN + (70 if subtitle else 42)


def text_width(words: str, size: float) -> float:
    """The width of a line in pixels."""
    fig = Figure(dpi=DPI)
    FigureCanvasAgg(fig)
    drawn = fig.text(0, 0, words, fontsize=size)
    return float(drawn.get_window_extent().width)


def width_for(width: float, title: str, subtitle: str = "", note: str = "") -> int:
    """`width` in pixels, or more where the words above and below need it."""
    words = (text_width(title, TITLE), text_width(subtitle, TEXT), text_width(note, TEXT) + 46)
    return max(round(width), round(max(words)) + 2 * MARGIN)


def key(fig: Figure, left: float, top: float, note: str) -> None:
    """What the colour of what is never seen says in this picture."""
    mark = axes(fig, left, top + 3, 18, 18)
    mark.set_axis_off()
    mark.axhspan(0, 1, color=theme().never)
    text(fig, left + 32, top, note, color=theme().quiet)


def corner(fig: Figure, left: float, top: float, note: str) -> None:
    """What the marked corner of a unit says in this picture."""
    mark = axes(fig, left + 1, top + 3, 18, 18)
    mark.set(xlim=(0, 1), ylim=(0, 1))
    mark.set_axis_off()
    mark.plot([0, 0, 1], [1, 0, 0], color=theme().never, linewidth=1.4, clip_on=False)
    text(fig, left + 32, top, note, color=theme().quiet)


class _Stamp(Artist):
    """An image whose every pixel is one of the picture's."""

    def __init__(self, rgba: np.ndarray, left: int, bottom: int, dpi: int):
        super().__init__()
        self.rgba, self.left, self.bottom, self.dpi = rgba, left, bottom, dpi

    def draw(self, renderer: Any) -> None:
        context = renderer.new_gc()
        if renderer.option_scale_image():  # a renderer of points, not of pixels
            point = 72 / self.dpi
            high, wide = self.rgba.shape[:2]
            size = Affine2D().scale(wide * point, high * point)
            image = np.ascontiguousarray(self.rgba[::-1])
            renderer.draw_image(context, self.left * point, self.bottom * point, image, size)
        else:
            image = np.ascontiguousarray(self.rgba[::-1])
            renderer.draw_image(context, self.left, self.bottom, image)
        context.restore()


def stamp(fig: Figure, left: float, top: float, rgba: np.ndarray, k: int) -> None:
    """Put an image (H, W, 4) on the picture, each of its pixels as k x k of the picture's own."""
    whole = rgba.repeat(k, axis=0).repeat(k, axis=1)
    grain, dpi = now().grain, now().dpi
    height = round(fig.get_size_inches()[1] * dpi)
    bottom = height - round(top * grain) - whole.shape[0]
    fig.add_artist(_Stamp(whole, round(left * grain), bottom, dpi))


def save(fig: Figure, path: Target) -> None:
    """Write the picture, whole or not at all."""
    if not isinstance(path, str | Path):
        path.write(_bytes(fig, now().format))
        return
    path = Path(path)
    written = _bytes(fig, "svg" if path.suffix == ".svg" else "png")
    path.parent.mkdir(parents=True, exist_ok=True)
    with aside(path) as part:
        part.write_bytes(written)


def _bytes(fig: Figure, format: Format) -> bytes:
    """The whole file. Nothing in it names a version or a date."""
    file, dpi = BytesIO(), now().dpi
    if format == "png":
        fig.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
        return file.getvalue()
    fig.savefig(file, format="svg", dpi=dpi, metadata={"Creator": None, "Date": None})
    # As large as the PNG: at any other size a browser has no whole pixels for those of a mosaic.
    wide, high = (round(length * dpi) for length in fig.get_size_inches())
    size = f'width="{wide}" height="{high}"'.encode()
    return re.sub(rb'width="[^"]*pt" height="[^"]*pt"', size, file.getvalue(), count=1)
