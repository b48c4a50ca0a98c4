"""NumPy archives: `x_train`, and where there are any `y_train`, `x_test`, `y_test`."""

import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib.npyio import NpzFile

from hebb.data.raw import Raw
from hebb.errors import DataError


def load(path: Path) -> Raw:
    """The arrays of an .npz file as they are; other keys are left alone. Raises DataError."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    with file:
        archive = _archive(file, path)
        if "x_train" not in archive:
            known = ", ".join(archive.files) or "nothing"
            raise DataError(f"{path}: must hold x_train (holds {known})")
        keys = [k for k in ("x_train", "y_train", "x_test", "y_test") if k in archive]
        return Raw(str(path), **{key: _array(archive, key, path) for key in keys})


def _archive(file: BinaryIO, path: Path) -> NpzFile:
    try:
        archive = np.load(file, allow_pickle=False)
    except (ValueError, EOFError, zipfile.BadZipFile):
        archive = None
    if not isinstance(archive, NpzFile):
        raise DataError(f"{path}: must be an .npz file")
    return archive


def _array(archive: NpzFile, key: str, path: Path) -> np.ndarray:
    try:
        array = archive[key]
    except (ValueError, EOFError, OSError, zlib.error, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: {key}: cannot be read as plain numbers ({error})") from None
    # An entry of the archive that is not in NumPy's format comes back as bytes.
    if not isinstance(array, np.ndarray):
        raise DataError(f"{path}: {key}: must be an array in NumPy's format")
    return array
