"""How weights become colours: one scale for all units, or each unit on its own."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from matplotlib.cm import ScalarMappable

from hebb.plots import style

Scale: TypeAlias = Literal["auto", "shared", "unit"]
SCALES: tuple[Scale, ...] = get_args(Scale)

PALE = 0.25  # of the scale: what half of the units must reach to be seen on a shared one


@dataclass(frozen=True)
class Shown:
    """Weights as they are coloured: `values` (N, D) on one scale."""

    values: np.ndarray
    scale: ScalarMappable
    cut: str  # the ends of the scale that are cut: "neither", "max" or "both"
    own: bool  # whether each unit's values are parts of its largest

    @property
    def label(self) -> str:
        return "weight / the largest of its unit" if self.own else "weight"

    def said(self, subtitle: str) -> str:
        """The subtitle, and that units cannot be compared where that is so."""
        own = "each unit on its own scale"
        return subtitle if not self.own else f"{subtitle} · {own}" if subtitle else own


def leaves_pale(largest: np.ndarray, top: float) -> bool:
    """Whether a scale up to `top` leaves half of the units pale. largest: (N,) weights of each."""
    return len(largest) > 0 and bool(np.median(largest) < PALE * top)


def shown(w: np.ndarray, scale: Scale = "auto") -> Shown:
    """w (N, D). "auto": one scale for all unless that leaves half of the units pale."""
    mappable, cut = style.scale(w)
    largest = np.abs(np.where(np.isfinite(w), w, 0)).max(axis=1, initial=0.0)
    pale = leaves_pale(largest, np.max(mappable.get_clim()))
    if scale == "shared" or (scale == "auto" and not pale):
        return Shown(w, mappable, cut, False)
    own = w / np.where(largest > 0, largest, 1)[:, None]
    mappable, cut = style.scale(own)
    return Shown(own, mappable, cut, True)
