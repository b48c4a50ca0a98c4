"""Colours: a theme for white paper, and one for a dark page.

Both can be told apart by the colour-blind: Okabe & Ito (2008), "Color universal design", for
lines, and maps whose lightness alone orders the values.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Colormap, LinearSegmentedColormap

STEPS = 512  # of a colour map


@dataclass(frozen=True)
class Theme:
    """The colours of a picture."""

    paper: str
    ink: str
    quiet: str  # words that say less
    faint: str  # lines and bars in the background
    gap: str  # between units, and between cells
    lines: tuple[str, ...]  # in the order in which they are taken
    never: str  # marks what never won, and what nothing sees
    loss: str
    towards: tuple[str, float]  # Matplotlib's map from paper to its other end, and where it begins
    ends: tuple[str, ...]  # of a signed map: from the lowest to near zero
    upper: tuple[str, ...]  # from near zero to the highest
    shades: str  # of images: paper is nothing, the other end is full
    not_number: tuple[str, str]  # on the map of weights, and on the signed one

    @property
    def accent(self) -> str:
        return self.lines[0]

    def weights(self) -> Colormap:
        """From paper, evenly to the far end. What is not a number is not on the way."""
        name, begins = self.towards
        at = np.linspace(begins, 1.0, 24)
        ramp = [(0.0, self.paper), *zip(at, colormaps[name](at), strict=True)]
        return _map("weights", ramp, self.not_number[0])

    def signed(self) -> Colormap:
        """Below zero, paper, above zero: equally far from paper at both ends."""
        colours = (*self.ends, self.paper, *self.upper)
        ramp = list(zip(np.linspace(0, 1, len(colours)), colours, strict=True))
        return _map("signed", ramp, self.not_number[1])

    def images(self) -> Colormap:
        return colormaps[self.shades].resampled(STEPS)


def _map(name: str, ramp: list, not_number: str) -> Colormap:
    made = LinearSegmentedColormap.from_list(name, ramp, STEPS)
    return made.with_extremes(bad=not_number)


LIGHT = Theme(
    paper="#ffffff", ink="#1a1a1a", quiet="#6b6b6b", faint="#c9c9c9", gap="#dddddd",
    # Without yellow, which white paper swallows.
    lines=("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"),
    never="#009e73", loss="#d55e00",
    towards=("magma_r", 0.18),  # its first fifth is a yellow that hides in white
    ends=("#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0"),
    upper=("#fddbc7", "#f4a582", "#d6604d", "#b2182b", "#67001f"),
    shades="Greys", not_number=("#00b3ff", "#00c853"),
)  # fmt: skip

DARK = Theme(
    paper="#14161b", ink="#ececec", quiet="#a3a7b0", faint="#50545e", gap="#343842",
    # Without the blue that a dark page swallows.
    lines=("#56b4e9", "#e69f00", "#1fbf92", "#cc79a7", "#f0e442", "#e8743b", "#ffffff"),
    never="#1fbf92", loss="#e8743b",
    towards=("magma", 0.14),  # before, it is darker than the page
    ends=("#c6e4ff", "#7fbcf5", "#4489cf", "#2a5891", "#1c3350"),
    upper=("#54281f", "#96402c", "#d1643f", "#f39a6d", "#ffd9c2"),
    shades="gray", not_number=("#00b3ff", "#00c853"),
)  # fmt: skip

THEMES = {"light": LIGHT, "dark": DARK}
