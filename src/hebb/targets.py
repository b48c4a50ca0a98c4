"""Where a user asks for something to be written: refused before the work begins, not after it."""

from pathlib import Path

from hebb.errors import UsageError


def to_folder(path: Path) -> Path:
    """`path`, made where it is not there. UsageError: it cannot be a folder."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        file = next(each for each in (path, *path.parents) if each.is_file())
        which = "it is a file" if file == path else f"{file} is a file"
        raise UsageError(
            f"{path}: cannot be a folder, since {which}; choose another place"
        ) from None
    except OSError as err:
        raise UsageError(f"{path}: cannot be written: {err.strerror}") from None
    return path


def to_file(path: Path) -> Path:
    """`path`, with its folder made where it is not there. UsageError: it cannot be a file."""
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file in it, or choose another place")
    to_folder(path.parent)
    return path
