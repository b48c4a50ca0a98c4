"""A film: panels of values that move together, each titled and over its key.

All frames are drawn in the same colours, so that nothing flickers and a pixel is one byte: paper
and ink, and a ramp for each of the three maps that a panel may have. Each value is a square of
k x k whole pixels, as in all pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal, Protocol, TypeAlias

import numpy as np
from matplotlib.colors import Colormap, to_rgb
from matplotlib.font_manager import FontProperties, findfont
from PIL import Image, ImageDraw, ImageFont

from hebb.plots import style

SIDE = 120  # pixels: of a panel, about, where it is not larger at one pixel a value
MARGIN, GUTTER = 20, 22  # pixels: around everything; between two panels
BAR = 6  # pixels: the height of a key

TITLE, TEXT, SMALL = 16, 13, 11  # pixels: sizes of letters

Colours: TypeAlias = Literal["grey", "weights", "signed"]

# The palette: what is drawn in which of its 128 colours. With more shades of each map a GIF grows,
# and nothing more is seen.
INK, QUIET, GAP = range(0, 16), range(16, 28), 28  # letters fade into the paper; no value there
RAMPS: dict[Colours, range] = {
    "grey": range(29, 61), "weights": range(61, 93), "signed": range(93, 126)
}  # fmt: skip
COLOURS = 128
CLEAR = 127  # left for what a GIF calls transparent: unchanged since the frame before


class Values(Protocol):
    """Frames of a panel: [t] is (H, W), NaN where there is no value; as an array (T, H, W) is."""

    def __getitem__(self, t: int, /) -> np.ndarray: ...


@dataclass(frozen=True)
class Panel:
    """Values that change from frame to frame, all on one scale.

    shape: (H, W) of a frame. low, top: where the scale begins and ends. below, above: whether
    there are values beyond it, as `beyond` finds, which then have the colour of its end; title
    and key say so. side: pixels that it may take.
    """

    title: str
    values: Values
    shape: tuple[int, int]
    low: float
    top: float
    colours: Colours
    below: bool = False
    above: bool = False
    side: int = SIDE

    @property
    def k(self) -> int:
        """Pixels to a side of a value."""
        return max(1, self.side // max(self.shape))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels, with the line around it."""
        return self.shape[0] * self.k + 2, self.shape[1] * self.k + 2

    @property
    def heading(self) -> str:
        """What stands over it."""
        return f"{self.title}, clipped" if self.below or self.above else self.title

    @property
    def ends(self) -> tuple[str, str]:
        """What stands under the two ends of its key."""
        digits = 3 if self.low > 0 else 2  # both ends begin alike
        low, top = (f"{end:.{digits}g}".replace("-", "−") for end in (self.low, self.top))
        low = f"{low}, not 0" if self.low > 0 else low
        return f"≤ {low}" if self.below else low, f"≥ {top}" if self.above else top

    @property
    def key(self) -> int:
        """Width of its key in pixels: the same for all panels that are no larger than others."""
        return max(self.size[1], SIDE + 2, sum(_width(end, SMALL) for end in self.ends) + 8)

    @property
    def width(self) -> int:
        """Of the column that it needs."""
        return max(self.key, _width(self.heading, SMALL))

    def frame(self, t: int) -> np.ndarray:
        """(H * k, W * k) bytes: the colours of frame t in the palette."""
        values, ramp = self.values[t].astype(np.float64), RAMPS[self.colours]
        share = np.clip((values - self.low) / (self.top - self.low), 0, 1)
        gone = np.isnan(share)
        places = np.rint(np.where(gone, 0, share) * (len(ramp) - 1)) + ramp.start
        places[gone] = GAP
        return places.astype(np.uint8).repeat(self.k, axis=0).repeat(self.k, axis=1)


def beyond(values: np.ndarray, low: float, top: float) -> tuple[bool, bool]:
    """Whether values lie below and above a scale by so much that it can be seen."""
    unseen = (top - low) / (2 * min(map(len, RAMPS.values())))
    return bool((values < low - unseen).any()), bool((values > top + unseen).any())


Row: TypeAlias = tuple[str, list[Panel]]  # a heading, or none, and what stands under it


class Film:
    """Rows of panels under a title; each frame has a caption, which says where it stands.

    All panels have as many frames as there are captions. name: what its file is called, without
    the suffix. fps: frames a second. Its colours are those in which pictures are being drawn.
    """

    def __init__(
        self, name: str, title: str, captions: Sequence[str], rows: Sequence[Row], fps: int
    ):
        self.name, self.title, self.fps = name, title, fps
        self.captions, self.rows, self.theme = captions, rows, style.theme()
        self._place()

    def __len__(self) -> int:
        return len(self.captions)

    @cached_property
    def palette(self) -> bytes:
        """Red, green and blue of each colour, a byte each."""
        colours = np.zeros((COLOURS, 3))
        paper = np.array(to_rgb(self.theme.paper))
        for letters, ink in ((INK, self.theme.ink), (QUIET, self.theme.quiet)):
            fade = np.linspace(0, 1, len(letters))[:, None]
            colours[list(letters)] = paper + fade * (np.array(to_rgb(ink)) - paper)
        colours[GAP] = to_rgb(self.theme.gap)
        for name, colour_map in self._maps.items():
            colours[list(RAMPS[name])] = colour_map(np.linspace(0, 1, len(RAMPS[name])))[:, :3]
        return (colours * 255).round().astype(np.uint8).tobytes()

    def frame(self, t: int) -> np.ndarray:
        """(height, width) bytes: frame t, each pixel a colour of the palette."""
        canvas = self._still.copy()
        for panel, top, left in self.places:
            drawn = panel.frame(t)
            canvas[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
        _write(canvas, self.captions[t], MARGIN, self._caption, TEXT, QUIET)
        return canvas

    @property
    def _maps(self) -> dict[Colours, Colormap]:
        theme = self.theme
        return {"grey": theme.images(), "weights": theme.weights(), "signed": theme.signed()}

    def _place(self) -> None:
        """Where each panel lies, and how large that makes the film.

        Panels stand in columns through all rows; the keys of a row are on one line.
        """
        self.places: list[tuple[Panel, int, int]] = []  # and where its values begin
        self._keys: list[tuple[Panel, int, int, int]] = []  # top, left and width of its key
        columns = max(len(panels) for _, panels in self.rows)
        wide = [
            max(panels[i].width for _, panels in self.rows if i < len(panels))
            for i in range(columns)
        ]
        self._caption = MARGIN + TITLE + 8
        top, widest = self._caption + TEXT + 20, max(_width(each, TEXT) for each in self.captions)
        widest = MARGIN + max(_width(self.title, TITLE), widest)
        self._words: list[tuple[str, int, int]] = []
        for heading, panels in self.rows:
            if heading:
                self._words.append((heading, MARGIN, top))
                widest = max(widest, MARGIN + _width(heading, TEXT))
                top += TEXT + 8
            left, below = MARGIN, top + SMALL + 10 + max(panel.size[0] for panel in panels)
            for panel, column in zip(panels, wide, strict=False):
                self.places.append((panel, top + SMALL + 7, left + 1))
                self._keys.append((panel, below, left, panel.key))
                left += column + GUTTER
            widest, top = max(widest, left - GUTTER), below + BAR + SMALL + 20
        # H.264 takes no odd numbers.
        self.width, self.height = _even(widest + MARGIN), _even(top - 14 + MARGIN)

    @cached_property
    def _still(self) -> np.ndarray:
        """All that does not move."""
        canvas = np.zeros((self.height, self.width), dtype=np.uint8)
        _write(canvas, self.title, MARGIN, MARGIN, TITLE, INK)
        for heading, left, top in self._words:
            _write(canvas, heading, left, top, TEXT, INK)
        for panel, top, left in self.places:
            high, wide = panel.size
            _write(canvas, panel.heading, left - 1, top - SMALL - 7, SMALL, INK)
            canvas[top - 1 : top - 1 + high, left - 1 : left - 1 + wide] = GAP
        for panel, top, left, wide in self._keys:
            self._key(canvas, panel, top, left, wide)
        return canvas

    def _key(self, canvas: np.ndarray, panel: Panel, top: int, left: int, wide: int) -> None:
        """The colours of a panel, with what its two ends stand for."""
        low, high = panel.ends
        ramp = RAMPS[panel.colours]
        canvas[top : top + BAR, left : left + wide] = GAP
        inner = np.linspace(ramp.start, ramp.stop - 1, wide - 2).round()
        canvas[top + 1 : top + BAR - 1, left + 1 : left + wide - 1] = inner
        _write(canvas, low, left, top + BAR + 3, SMALL, QUIET)
        right = left + wide - _width(high, SMALL)
        _write(canvas, high, right, top + BAR + 3, SMALL, QUIET)


def _even(n: int) -> int:
    return n + n % 2


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """The letters of all pictures; they come with Matplotlib, so they are there."""
    path = findfont(FontProperties(family="DejaVu Sans"))
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def _width(words: str, size: int) -> int:
    """Of a line, in pixels."""
    return int(np.ceil(_font(size).getlength(words)))


def _write(canvas: np.ndarray, words: str, left: int, top: int, size: int, ink: range) -> None:
    """Put a line on paper; ink: from paper to the darkest."""
    mask = Image.new("L", (_width(words, size) + 2, size + size // 2))
    ImageDraw.Draw(mask).text((0, 0), words, fill=255, font=_font(size))
    letters = np.asarray(mask)
    shades = ink.start + (letters.astype(np.uint16) * (len(ink) - 1) + 127) // 255
    place = canvas[top : top + letters.shape[0], left : left + letters.shape[1]]
    lit = letters[: place.shape[0], : place.shape[1]] > 0
    place[lit] = shades[: place.shape[0], : place.shape[1]][lit]
