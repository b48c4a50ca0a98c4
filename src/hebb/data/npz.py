"""NumPy archives: `x_train`, and where there are any `y_train`, `x_test`, `y_test`."""

from pathlib import Path

from hebb.archive import names_in, read_arrays
from hebb.data.raw import Raw, Source
from hebb.errors import DataError

KEYS = ("x_train", "y_train", "x_test", "y_test")


def load(path: Path) -> Raw:
    """The arrays of an .npz file as they are; other keys are left alone. Raises UsageError."""
    check(path)
    return Raw(str(path), **read_arrays(path, KEYS))


def check(path: Path) -> None:
    """Whether an .npz file opens and names images; no array is read. Raises UsageError."""
    held = names_in(path)
    if "x_train" not in held:
        raise DataError(f"{path}: must hold x_train (holds {', '.join(held) or 'nothing'})")


SOURCE = Source(
    "npz",
    "your arrays: x_train (T, D) or (T, H, W), and y_train, x_test, y_test if any",
    lambda path, say: load(Path(path or "").expanduser()),
    lambda: "the file that dataset.path names",
    path="needed",
)
