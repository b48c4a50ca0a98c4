"""How weights become colours: one scale for all units, or each unit on its own."""

from dataclasses import dataclass

import numpy as np
from matplotlib.cm import ScalarMappable

from hebb.picture_options import Scale
from hebb.plots import colouring

PALE = 0.4  # of the scale: what half of the units must span to be told apart on a shared one


@dataclass(frozen=True)
class Shown:
    """Weights as they are coloured: `values` (N, D) on one scale."""

    values: np.ndarray
    scale: ScalarMappable
    cut: str  # the ends of the scale that are cut: "neither", "max" or "both"
    own: bool  # whether each unit has a scale of its own
    lifted: bool = False  # whether some of those begin above 0, at the lowest weight of the unit

    @property
    def label(self) -> str:
        if self.lifted:
            return "from the lowest to the largest of its unit"
        return "weight / the largest of its unit" if self.own else "weight"

    def said(self, subtitle: str) -> str:
        """The subtitle, and that units cannot be compared where that is so."""
        own = "each unit on its own scale"
        return subtitle if not self.own else f"{subtitle} · {own}" if subtitle else own


def leaves_pale(spans: np.ndarray, span: float) -> bool:
    """Whether half of the units span so little of a scale that they are hard to tell apart on it.

    spans: (N,) from the lowest to the largest weight of each, or of signed weights the largest.
    """
    return len(spans) > 0 and bool(np.median(spans) < PALE * span)


def ends(w: np.ndarray, *, signed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Where the own scale of each unit begins and ends, (N,) both; w (N, D).

    At its lowest and its largest weight. At 0 where weights are signed, which then lie on both
    sides of it, and where the lowest is so near 0 or the largest that nobody would see it.
    """
    known = np.isfinite(w)
    finite = w if known.all() else np.where(known, w, 0)
    largest = (np.abs(finite) if signed else finite).max(axis=1, initial=0.0)
    if signed:
        return np.zeros_like(largest), largest
    lowest = np.where(known, w, np.inf).min(axis=1, initial=np.inf)
    seen = (lowest > colouring.ALIKE * largest) & (lowest < (1 - colouring.ALIKE) * largest)
    return np.where(seen, lowest, 0).astype(w.dtype), largest


def shown(w: np.ndarray, scale: Scale = "auto") -> Shown:
    """w (N, D). "auto": one scale for all unless that leaves half of the units pale.

    A unit's own scale goes from its lowest weight to its largest, or where weights are signed it
    has 0 in the middle. A unit whose weights are all alike is drawn in one colour.
    """
    mappable, cut = colouring.scale(w)
    low, top = mappable.get_clim()
    assert low is not None and top is not None
    lowest, largest = ends(w, signed=low < 0)
    pale = leaves_pale(largest - lowest, top - max(low, 0))
    if scale == "shared" or (scale == "auto" and not pale):
        return Shown(w, mappable, cut, False)
    span = largest - lowest
    own = (w - lowest[:, None]) / np.where(span > 0, span, 1)[:, None]
    mappable, cut = colouring.scale(own)
    return Shown(own, mappable, cut, True, bool(lowest.any()))
