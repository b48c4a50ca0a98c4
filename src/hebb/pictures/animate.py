"""`animate`: a film of a run, written to a file. What it shows is in `scenes`."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from tqdm import tqdm

from hebb.bars import seconds_between
from hebb.errors import HebbError, UsageError
from hebb.hints import listed
from hebb.output_paths import to_file
from hebb.picture_options import FilmFormat, Take
from hebb.store import Run

if TYPE_CHECKING:
    from hebb.plots.film import Film


def animate(
    run: Run,
    what: str = "panels",
    *,
    to: str | Path | None = None,
    format: str | None = None,
    quiet: bool = True,
    **which: Any,
) -> Path:
    """Make a film of a run and write it. Returns its path.

    to: where to, by default the folder films of the run. format: gif, png (animated) or mp4, by
    default as `to` ends, else gif. what, which: as in `Take`. UsageError.
    """
    form, take = format_of(to, format), Take(what, **which)
    path = None if to is None else to_file(Path(to))
    # Matplotlib takes its time: whatever can be refused has been.
    from hebb.pictures.scenes import film

    made = film(run, take)
    path = path or to_file(run.path / "films" / f"{made.name}.{form}")
    write(made, path, form, quiet=quiet)
    return path


def write(film: "Film", path: Path, form: FilmFormat, *, quiet: bool = True) -> None:
    """Write a film to a file. HebbError: it cannot be written."""
    from hebb.plots.moving import save

    try:
        with tqdm(
            total=len(film),
            desc=path.name,
            unit=" frames",
            disable=quiet,
            mininterval=seconds_between(),
        ) as bar:
            save(film, path, form, seen=lambda n: bar.update(n - bar.n))
    except OSError as err:
        raise HebbError(f"{path}: cannot be written: {err.strerror or err}") from None


def format_of(to: str | Path | None, format: str | None = None) -> FilmFormat:
    """The format of a film: as asked, or as its file's name ends, or else gif. UsageError."""
    formats: dict[str, FilmFormat] = {each: each for each in get_args(FilmFormat)}
    if format is not None and format not in formats:
        raise UsageError(f"--format: must be {listed(formats)} (got {format})")
    suffix = None if to is None else Path(to).suffix[1:]
    if suffix is not None and suffix not in formats:
        raise UsageError(f"{to}: must end in {listed(f'.{each}' for each in formats)}")
    if format and suffix and format != suffix:
        raise UsageError(f"{to}: must end in .{format}, the format that is asked for")
    form = formats[format or suffix or "gif"]
    if form == "mp4" and find_spec("imageio_ffmpeg") is None:
        raise UsageError(
            "--format: mp4 needs imageio-ffmpeg, which is not installed; "
            "pip install 'hebb-lab[video]', or choose gif or png"
        )
    return form
