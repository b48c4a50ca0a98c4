"""How pictures are asked to look."""

from dataclasses import dataclass

from hebb.errors import UsageError
from hebb.plots.scales import SCALES, Scale
from hebb.plots.style import DPI, FORMATS, Format, Style
from hebb.plots.theme import THEMES

FINEST = 1200  # dots an inch; more would only fill the memory


@dataclass(frozen=True)
class Look:
    """What a user may choose. UsageError: what there is not."""

    style: str = "light"
    dpi: int = DPI
    format: Format = "png"
    scale: Scale = "auto"

    def __post_init__(self) -> None:
        for key, given, known in (
            ("style", self.style, THEMES),
            ("format", self.format, FORMATS),
            ("scale", self.scale, SCALES),
        ):
            if given not in known:
                raise UsageError(f"{key}: must be one of {', '.join(known)} (got {given})")
        if not 30 <= self.dpi <= FINEST:
            raise UsageError(f"dpi: must be 30 to {FINEST:,} (got {self.dpi})")

    @property
    def drawing(self) -> Style:
        return Style(THEMES[self.style], self.dpi, self.format)
