"""Pictures and films that show themselves in a notebook."""

from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

from hebb.errors import UsageError
from hebb.output_paths import to_file
from hebb.picture_options import Format


class Picture:
    """A PNG or an SVG that shows itself in a notebook."""

    def __init__(self, name: str, data: bytes, format: str = "png"):
        self.name, self.data, self.format = name, data, format

    def save(self, path: str | Path) -> Path:
        """Write it to a file, whose name ends as the format or not at all. Returns the path."""
        path = Path(path)
        ends = path.suffix.lower().removeprefix(".")
        if ends not in ("", self.format):
            other = f"draw it with format='{ends}'"
            cure = other if ends in get_args(Format) else "choose another name"
            raise UsageError(f"{path}: must end in .{self.format}, as the picture is one; {cure}")
        to_file(path)
        try:
            path.write_bytes(self.data)
        except OSError as err:
            raise UsageError(f"{path}: cannot be written: {err.strerror}") from None
        return path

    def _repr_png_(self) -> bytes | None:
        return self.data if self.format == "png" else None

    def _repr_svg_(self) -> str | None:
        return self.data.decode() if self.format == "svg" else None

    def __repr__(self) -> str:
        kind = "an SVG" if self.format == "svg" else "a PNG"
        return f"<picture {self.name}: {kind} of {len(self.data):,} bytes; .save(PATH) writes it>"


class Animation:
    """A film that shows itself in a notebook, as an animated PNG."""

    def __init__(self, film: Any):
        self.film, self.name = film, film.name

    def save(self, path: str | Path) -> Path:
        """Write a .gif, a .png (animated) or an .mp4, as the name ends. Returns the path."""
        from hebb.pictures.animate import format_of, write

        path = Path(path)
        form = format_of(path)
        write(self.film, to_file(path), form)
        return path

    @cached_property
    def png(self) -> bytes:
        from hebb.plots.moving import write

        file = BytesIO()
        write(self.film, file, "png")
        return file.getvalue()

    def _repr_png_(self) -> bytes:
        return self.png

    def __repr__(self) -> str:
        frames = f"{len(self.film):,} frames of {self.film.width} x {self.film.height}"
        return f"<film {self.name}: {frames}; .save(PATH) writes a .gif, .png or .mp4>"
