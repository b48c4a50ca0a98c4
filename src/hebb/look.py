"""How pictures and films are asked to look: refused before what draws them is imported."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from hebb.errors import UsageError

Theme: TypeAlias = Literal["light", "dark"]
Format: TypeAlias = Literal["png", "svg"]
FilmFormat: TypeAlias = Literal["gif", "png", "mp4"]
Scale: TypeAlias = Literal["auto", "shared", "unit"]  # of weights

DPI, FINEST = 150, 1200  # dots an inch: by default, and the most; beyond, they only fill the memory
FILMS = ("panels", "weights", "stream")
FASTEST = 50  # frames a second; above, programs show a GIF at a speed of their own


@dataclass(frozen=True)
class Look:
    """What a user may choose of a picture. UsageError: what there is not."""

    style: Theme = "light"
    dpi: int = DPI
    format: Format = "png"
    scale: Scale = "auto"

    def __post_init__(self) -> None:
        for key, given, known in (
            ("style", self.style, get_args(Theme)),
            ("format", self.format, get_args(Format)),
            ("scale", self.scale, get_args(Scale)),
        ):
            if given not in known:
                raise UsageError(f"{key}: must be one of {', '.join(known)} (got {given})")
        if not 30 <= self.dpi <= FINEST:
            raise UsageError(f"dpi: must be 30 to {FINEST:,} (got {self.dpi})")


def check_film(
    what: str = "panels",
    snapshot: str | int = "last",
    input: str | None = None,
    layer: str | None = None,
    frames: int | None = None,
    fps: int | None = None,
    style: str = "light",
) -> None:
    """What can be said of a film before anything is read, of what `hebb.scenes.film` takes.

    UsageError.
    """
    if what not in FILMS:
        raise UsageError(f"what: must be panels, weights or stream (got {what})")
    if style not in get_args(Theme):
        raise UsageError(f"style: must be light or dark (got {style})")
    if what == "weights" and (input is not None or snapshot != "last"):
        given = "snapshot" if input is None else "input"
        raise UsageError(f"{given}: must be left out with weights, which shows every snapshot")
    if what == "stream" and layer is not None:
        raise UsageError("layer: must be left out with stream, which shows no layer")
    if frames is not None and frames < 1:
        raise UsageError(f"frames: must be at least 1 (got {frames})")
    if fps is not None and not 1 <= fps <= FASTEST:
        raise UsageError(f"fps: must be from 1 to {FASTEST} (got {fps})")
