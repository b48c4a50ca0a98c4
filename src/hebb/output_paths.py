"""Where a user asks for something to be written: refused before the work begins, not after it."""

import os
from pathlib import Path

from hebb.errors import UsageError


def to_folder(path: Path) -> Path:
    """`path`, made where it is not there. UsageError: it cannot be a folder."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        there = (each for each in (path, *path.parents) if os.path.lexists(each))
        other = next((each for each in there if not each.is_dir()), path)
        which = "it is no folder" if other == path else f"{other} is no folder"
        raise UsageError(
            f"{path}: cannot be a folder, since {which}; choose another place"
        ) from None
    except OSError as err:
        raise UsageError(f"{path}: cannot be written: {err.strerror}") from None
    if not os.access(path, os.W_OK):
        raise UsageError(f"{path}: is a folder that you may not write to; choose another place")
    return path


def to_file(path: Path) -> Path:
    """`path`, with its folder made where it is not there. UsageError: it cannot be a file."""
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file in it, or choose another place")
    to_folder(path.parent)
    return path
