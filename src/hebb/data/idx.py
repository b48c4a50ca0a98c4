"""IDX files, the form in which MNIST and its relatives were first published.

Four bytes (0, 0, 8 for unsigned bytes, the number of axes), the length of each axis as
four bytes, the most significant first, then the values. LeCun, Cortes and Burges, "The
MNIST database of handwritten digits".
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from hebb.data.raw import Raw, Source
from hebb.errors import DataError


def load(folder: Path) -> Raw:
    """The IDX files of a folder, gzipped or not; labels and the test part may be missing.

    Images (T, H, W) and labels (T,), unsigned bytes. Raises DataError.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder")
    x_train = _find(folder, "train-images", axes=3)
    if x_train is None:
        raise DataError(f"{folder}: must hold train-images-idx3-ubyte, or the same with .gz")
    return Raw(
        str(folder),
        x_train,
        _find(folder, "train-labels", axes=1),
        _find(folder, "t10k-images", axes=3),
        _find(folder, "t10k-labels", axes=1),
    )


def _find(folder: Path, stem: str, axes: int) -> np.ndarray | None:
    for name in (f"{stem}-idx{axes}-ubyte", f"{stem}.idx{axes}-ubyte"):
        for file in (folder / name, folder / f"{name}.gz"):
            if file.is_file():
                return _read(file, axes)
    return None


def _read(file: Path, axes: int) -> np.ndarray:
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            data = stream.read()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file}: cannot be read ({error})") from None
    magic = bytes([0, 0, 8, axes])
    if data[:4] != magic:
        raise DataError(f"{file}: must begin with {magic.hex(' ')} (got {data[:4].hex(' ')})")
    head = 4 + 4 * axes
    if len(data) < head:
        raise DataError(f"{file}: ends within its header of {head} bytes (got {len(data)})")
    shape = tuple(np.frombuffer(data, ">u4", axes, offset=4).tolist())
    if len(data) - head != math.prod(shape):
        sizes = " x ".join(map(str, shape))
        raise DataError(
            f"{file}: must hold {math.prod(shape):,} bytes after its header, "
            f"as it says {sizes} (got {len(data) - head:,})"
        )
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape)


SOURCE = Source(
    "idx",
    "your IDX files: train-images-idx3-ubyte and the others, gzipped or not",
    lambda path, say: load(Path(path or "").expanduser()),
    lambda: "the folder that dataset.path names",
    path="needed",
)
