"""NumPy archives: `x_train`, and where there are any `y_train`, `x_test`, `y_test`."""

from pathlib import Path

from hebb.archive import read_arrays
from hebb.data.raw import Raw, Source
from hebb.errors import DataError

KEYS = ("x_train", "y_train", "x_test", "y_test")


def load(path: Path) -> Raw:
    """The arrays of an .npz file as they are; other keys are left alone. Raises UsageError."""
    arrays = read_arrays(path, KEYS)
    if "x_train" not in arrays:
        held = ", ".join(read_arrays(path)) or "nothing"
        raise DataError(f"{path}: must hold x_train (holds {held})")
    return Raw(str(path), **arrays)


SOURCE = Source(
    "npz",
    "your arrays: x_train (T, D) or (T, H, W), and y_train, x_test, y_test if any",
    lambda path, say: load(Path(path or "").expanduser()),
    lambda: "the file that dataset.path names",
    path="needed",
)
