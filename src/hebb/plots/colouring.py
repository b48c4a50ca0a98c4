"""How numbers become colours: where a scale begins and ends, and the bar that says so."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, Normalize, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hebb.plots.style import TEXT, axes, theme

ALIKE = 1e-3  # of the largest value: values that differ by less are one colour


def scale(a: np.ndarray, sequential: Colormap | None = None) -> tuple[ScalarMappable, str]:
    """Colours for all of `a`, and which ends of the scale are cut ("neither", "max", "both").

    Its ends are those of `limits`. Images, which have a map of their own in `sequential`, always
    begin at 0.
    """
    low, top, signed, cut = limits(a)
    colours = theme().signed() if signed else sequential or theme().weights()
    if sequential is not None:
        low = -top if signed else 0.0
    mappable = ScalarMappable(Normalize(low, top), colours)
    return mappable, ("both" if signed else "max") if cut else "neither"


def limits(a: np.ndarray) -> tuple[float, float, bool, bool]:
    """Where the scale of `a` begins and ends, whether `a` is signed, and whether some is cut.

    From 0 to the maximum, or symmetric about 0 where anything is negative. Where a few
    values tower over the rest, more than 3 times the 99.9th percentile, the scale ends at
    that percentile: else a single weight turns the whole picture blank. Where all lie in the
    upper half it begins at the lowest, as `begins` says: else the whole picture is dark.
    """
    known = np.isfinite(a)
    all_known = bool(known.all())
    finite = a if all_known else a[known]
    lowest = float(finite.min()) if finite.size else 0.0
    signed = lowest < 0 or (not all_known and bool((a < 0).any()))
    size = np.abs(finite) if signed else finite
    top = float(size.max(initial=0.0))
    robust = _robust(size, top)
    cut = top > 3 * robust > 0
    top = (robust if cut else top) or 1.0
    if signed:
        return -top, top, True, cut
    low = min(lowest, top)
    return low if top / 2 < low < (1 - ALIKE) * top else 0.0, top, False, cut


def _robust(size: np.ndarray, top: float) -> float:
    """The 99.9th percentile of what is above 0; just `top` where more than a third of it.

    Which of the two it is, is found by counting, in a tenth of the time that a percentile takes.
    """
    if not top > 0:
        return 0.0
    n = np.count_nonzero(size)
    if np.count_nonzero(size > top / 3) >= n - int(0.999 * (n - 1)):
        return top
    return float(np.percentile(size[size > 0], 99.9))


def begins(of: ScalarMappable) -> str:
    """What is said of a scale that begins above 0; nothing of any other."""
    low = of.get_clim()[0] or 0
    return f"from {low:.3g}, not from 0" if low > 0 else ""


def rgba(colour: str) -> np.ndarray:
    """A colour's name -> (4,) bytes."""
    return np.array(to_rgba_array(colour)[0] * 255).round().astype(np.uint8)


def on(colour: np.ndarray) -> str:
    """Of ink and paper, the one that reads better on a colour of (4,) bytes."""
    ground = _lightness(colour)
    return max((theme().ink, theme().paper), key=lambda c: abs(_lightness(rgba(c)) - ground))


def _lightness(colour: np.ndarray) -> float:
    return float((colour[:3] / 255.0) @ [0.299, 0.587, 0.114])


def colour_bar(
    fig: Figure,
    left: float,
    top: float,
    height: float,
    of: ScalarMappable,
    label: str | None,
    cut: str = "neither",
) -> Colorbar:
    """A slender colour bar at a place in pixels; a pointed end says the scale is cut there.

    Where the scale begins above 0, a line of its label says so; label None: there is no room.
    """
    bar = fig.colorbar(of, cax=axes(fig, left, top, 18, height), extend=cut, extendfrac=0.06)
    lines = [] if label is None else [label, begins(of)]
    bar.set_label("\n".join(filter(None, lines)), fontsize=TEXT, labelpad=6)
    bar.locator = MaxNLocator(4)
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.update_ticks()
    return bar


def bar_width(of: ScalarMappable) -> int:
    """Pixels to the right of a mosaic that its colour bar with a label takes, with the margin."""
    return 212 if begins(of) else 170


def ruled(colours: np.ndarray, cell: int) -> np.ndarray:
    """(rows, columns, 4) -> squares of `cell` pixels with a thin line around each."""
    squares = np.pad(colours.repeat(cell, 0).repeat(cell, 1), ((0, 1), (0, 1), (0, 0)))
    squares[::cell] = squares[:, ::cell] = rgba(theme().gap)
    return squares


def pixels(mappable: ScalarMappable, a: np.ndarray) -> np.ndarray:
    """(H, W) values -> (H, W, 4) bytes, as `mappable` colours them."""
    return mappable.to_rgba(np.ma.masked_invalid(a), bytes=True)
