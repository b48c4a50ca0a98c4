"""How a film reaches the disk: GIF and animated PNG by Pillow, MP4 (H.264) by ffmpeg.

The same film gives the same bytes. A file is written aside and renamed, so that nobody meets half
a film, and nothing is left of one that was interrupted. Of a GIF or PNG all frames are held until
the last is known; an MP4 is written as it comes.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Literal, TypeAlias

import numpy as np
from PIL import Image

from hebb.aside import aside
from hebb.picture_options import FilmFormat
from hebb.plots.film import CLEAR, Film

Seen: TypeAlias = Callable[[int], object]  # told how many frames have been drawn


def save(film: Film, path: Path, format: FilmFormat, seen: Seen = lambda n: None) -> None:
    """Write a film to a file. OSError: it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with aside(path) as part:
        if format == "mp4":
            _mp4(film, part, seen)
        else:
            with open(part, "wb") as file:
                write(film, file, format, seen)


def write(
    film: Film, file: IO[bytes], format: Literal["gif", "png"], seen: Seen = lambda n: None
) -> None:
    """Write a film into an open file."""
    if format == "gif":
        frames, how = _Changes(film, seen), {"transparency": CLEAR, "disposal": 1}
    else:
        # Little over half the time of Pillow's usual 6, for a file a third larger.
        frames, how = _Frames(film, seen), {"compress_level": 3}
    first = _image(film, film.frame(0))
    first.save(
        file, format, save_all=True, append_images=frames, optimize=False, loop=0,
        duration=round(100 / film.fps) * 10, **how,
    )  # fmt: skip


class _Frames:
    """All frames after the first, drawn anew whenever they are gone through.

    Pillow goes through them twice for a PNG, and that they are not kept meanwhile saves memory.
    """

    def __init__(self, film: Film, seen: Seen):
        self.film, self.seen = film, seen

    def __iter__(self) -> Iterator[Image.Image]:
        for t in range(1, len(self.film)):
            yield _image(self.film, self.film.frame(t))
            self.seen(t + 1)


class _Changes(_Frames):
    """The same, with what stays as it was left clear: it costs a GIF little then.

    Pillow can do so itself, but goes through the palette for each frame, which takes three times
    as long as all the rest.
    """

    def __iter__(self) -> Iterator[Image.Image]:
        before = self.film.frame(0)
        for t in range(1, len(self.film)):
            frame = self.film.frame(t)
            yield _image(self.film, np.where(frame == before, np.uint8(CLEAR), frame))
            before = frame
            self.seen(t + 1)


def _image(film: Film, frame: np.ndarray) -> Image.Image:
    image = Image.fromarray(frame)
    image.putpalette(film.palette)
    return image


def _mp4(film: Film, path: Path, seen: Seen) -> None:
    from imageio_ffmpeg import write_frames

    # As many threads on any machine, and no version of the writer: so the bytes are the same.
    how = ["-preset", "superfast", "-x264-params", f"colormatrix={MATRIX}"]
    exact = ["-threads", "4", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "mp4"]
    writer = write_frames(
        path, (film.width, film.height), pix_fmt_in="yuv420p", fps=film.fps, codec="libx264",
        macro_block_size=2, quality=5, ffmpeg_log_level="error", output_params=[*how, *exact],
    )  # fmt: skip
    light, blue, red = _luminance(film.palette)
    try:
        writer.send(None)
        for t in range(len(film)):
            frame = film.frame(t)
            rare = frame[::2, ::2]  # H.264 has a quarter as many colours as it has pixels
            writer.send(np.concatenate([light[frame], blue[rare], red[rare]], axis=None))
            seen(t + 1)
    finally:
        writer.close()


MATRIX = "smpte170m"  # what H.264 calls the equations that follow


def _luminance(palette: bytes) -> np.ndarray:
    """(3, colours) bytes: the luminance of each colour and how blue and how red it is.

    ITU-R BT.601, sections 2.5.1 to 2.5.3. Of a palette it takes no time, and spares ffmpeg to do
    it for each pixel of each frame, which took longer than to compress them.
    """
    rgb = np.frombuffer(palette, dtype=np.uint8).reshape(-1, 3) / 255
    y = rgb @ [0.299, 0.587, 0.114]
    blue, red = (rgb[:, 2] - y) / 1.772, (rgb[:, 0] - y) / 1.402
    return np.stack([16 + 219 * y, 128 + 224 * blue, 128 + 224 * red]).round().astype(np.uint8)
