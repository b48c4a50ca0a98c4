"""How pictures and films are asked to look: refused before what draws them is imported."""

from dataclasses import KW_ONLY, dataclass
from typing import Literal, TypeAlias, get_args

from hebb.errors import UsageError
from hebb.hints import listed

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
                raise UsageError(f"--{key}: must be one of {', '.join(known)} (got {given})")
        if not 30 <= self.dpi <= FINEST:
            raise UsageError(f"--dpi: must be 30 to {FINEST:,} (got {self.dpi})")


@dataclass(frozen=True)
class Take:
    """What a user may choose of a film. UsageError: what there is not.

    what: `panels`, `weights` or `stream`, see `hebb.pictures.scenes`. input: a stream's name or
    `train`; by default what training showed when it made the snapshot. layer: of `panels` it alone;
    of `weights` which, by default the first. frames: how many, by default 500 of a stream and all
    snapshots. fps: frames a second, by default 10, of `weights` 4.
    """

    what: str = "panels"
    _: KW_ONLY
    snapshot: str | int = "last"
    input: str | None = None
    layer: str | None = None
    frames: int | None = None
    fps: int | None = None
    style: str = "light"

    def __post_init__(self) -> None:
        what = self.what
        if what not in FILMS:
            raise UsageError(f"--what: must be {listed(FILMS)} (got {what})")
        if self.style not in get_args(Theme):
            raise UsageError(f"--style: must be {listed(get_args(Theme))} (got {self.style})")
        if what == "weights" and (self.input is not None or self.snapshot != "last"):
            given = "snapshot" if self.input is None else "input"
            raise UsageError(
                f"--{given}: must be left out with weights, which shows every snapshot"
            )
        if what == "stream" and self.layer is not None:
            raise UsageError("--layer: must be left out with stream, which shows no layer")
        if self.frames is not None and self.frames < 1:
            raise UsageError(f"--frames: must be at least 1 (got {self.frames})")
        if self.fps is not None and not 1 <= self.fps <= FASTEST:
            raise UsageError(f"--fps: must be from 1 to {FASTEST} (got {self.fps})")
