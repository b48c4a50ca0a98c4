"""Arrays from an .npz file, of which nothing is believed: never a pickle, never half a file."""

import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from hebb.errors import UsageError


def read_arrays(path: Path, keys: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """The arrays of an .npz file, or those of them that `keys` names. UsageError."""
    with _opened(path) as archive:
        wanted = [key for key in archive.files if keys is None or key in keys]
        arrays = {key: archive[key] for key in wanted}
        if not all(isinstance(array, np.ndarray) for array in arrays.values()):
            raise ValueError("what is not in NumPy's format comes back as bytes")
        return arrays


def names_in(path: Path) -> list[str]:
    """The names of the arrays of an .npz file; no array is read. UsageError."""
    with _opened(path) as archive:
        return archive.files


@contextmanager
def _opened(path: Path) -> Iterator[NpzFile]:
    """An .npz file. UsageError: it is none, or what is read of it is not whole."""
    try:
        with open(path, "rb") as file:  # opened here, since NumPy leaves a broken one open
            archive = np.load(file, allow_pickle=False)
            if isinstance(archive, NpzFile):
                yield archive
                return
    except OSError as err:
        raise UsageError(f"{path}: cannot be read: {err.strerror or err}") from None
    except (ValueError, EOFError, zlib.error, zipfile.BadZipFile):
        pass
    raise UsageError(f"{path}: is not a whole .npz file of plain arrays")
