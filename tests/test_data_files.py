"""NumPy archives and IDX files."""

import gzip
import struct
import zipfile

import numpy as np
import pytest

from hebb.data import DatasetSpec, load
from hebb.errors import UsageError

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 3, 4), dtype=np.uint8)
LABELS = np.array([0, 1, 2, 3, 4, 0], np.uint8)


def from_npz(path, **keys):
    return load(DatasetSpec(source="npz", path=str(path), **keys))


def from_idx(path):
    return load(DatasetSpec(source="idx", path=str(path)))


def save(tmp_path, **arrays):
    np.savez(tmp_path / "x.npz", **arrays)
    return tmp_path / "x.npz"


def idx_bytes(array) -> bytes:
    head = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return head + array.tobytes()


def refusal(read, path) -> str:
    with pytest.raises(UsageError) as error:
        read(path)
    return str(error.value)


def test_an_npz_file_gives_its_four_arrays(tmp_path):
    path = save(
        tmp_path,
        x_train=IMAGES,
        y_train=LABELS,
        x_test=IMAGES[:2] / 255,
        y_test=LABELS[:2].astype(np.int32),
        more=np.zeros(3),
    )
    data = from_npz(path)
    assert (data.source, data.where, data.notes) == ("npz", str(path), ())
    assert (data.train.raw == IMAGES).all()
    assert data.train_labels.tolist() == LABELS.tolist()
    assert data.train_labels.dtype == data.test_labels.dtype == np.int64
    assert data.test.shape == (3, 4)
    assert data.classes == 5


def test_images_alone_are_enough(tmp_path):
    data = from_npz(save(tmp_path, x_train=IMAGES), validation=2)
    assert data.train_labels is data.test is data.test_labels is None
    assert data.validation_labels is None
    assert len(data.validation) == 2
    assert data.classes == 0


def test_a_missing_npz_file_is_named(tmp_path):
    path = tmp_path / "none.npz"
    assert refusal(from_npz, path) == f"{path}: cannot be read: No such file or directory"


@pytest.mark.parametrize("kind", ["text", "empty", "one array", "a damaged archive"])
def test_what_is_not_an_npz_file_is_refused(tmp_path, kind):
    path = tmp_path / "x.npz"
    if kind == "one array":
        with path.open("wb") as file:
            np.save(file, IMAGES)
    elif kind == "a damaged archive":
        whole = save(tmp_path, x_train=IMAGES).read_bytes()
        path.write_bytes(whole[:100])
    else:
        path.write_text("hello" if kind == "text" else "")
    assert refusal(from_npz, path) == f"{path}: is not a whole .npz file of plain arrays"


def test_an_npz_file_without_training_images_names_what_it_holds(tmp_path):
    path = save(tmp_path, images=IMAGES, labels=LABELS)
    assert refusal(from_npz, path) == f"{path}: must hold x_train (holds images, labels)"
    path = save(tmp_path)
    assert refusal(from_npz, path) == f"{path}: must hold x_train (holds nothing)"


def test_pickled_arrays_are_not_read(tmp_path):
    path = save(tmp_path, x_train=np.array([[{}]], object))
    assert refusal(from_npz, path) == (f"{path}: is not a whole .npz file of plain arrays")


def test_an_entry_in_another_format_is_refused(tmp_path):
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x_train", "1 2 3 4 5 6 7 8")
    assert refusal(from_npz, path) == f"{path}: is not a whole .npz file of plain arrays"


def test_a_damaged_archive_is_refused(tmp_path):
    path = save(tmp_path, x_train=IMAGES)
    data = bytearray(path.read_bytes())
    at = data.find(IMAGES.tobytes())
    data[at] ^= 1
    path.write_bytes(data)
    assert refusal(from_npz, path) == (f"{path}: is not a whole .npz file of plain arrays")


@pytest.mark.parametrize(
    ("arrays", "text"),
    [
        (
            {"x_train": IMAGES.astype(int)},
            "x_train: must be unsigned bytes or floats (got int64)",
        ),
        (
            {"x_train": IMAGES, "x_test": np.zeros((2, 9))},
            "x_test: must be images of 3 x 4 as in x_train (got 3 x 3)",
        ),
        (
            {"x_train": IMAGES, "y_test": LABELS},
            "y_test: must come with x_test",
        ),
        (
            {"x_train": IMAGES, "y_train": LABELS / 2},
            "y_train: must be whole numbers (got float64)",
        ),
        (
            {"x_train": IMAGES, "y_train": LABELS[:5]},
            "y_train: must have shape (6,), one label an image (got (5,))",
        ),
        (
            {"x_train": IMAGES, "x_test": IMAGES, "y_test": LABELS[:, None]},
            "y_test: must have shape (6,), one label an image (got (6, 1))",
        ),
        (
            {"x_train": IMAGES, "y_train": LABELS.astype(int) - 1},
            "y_train: must not be negative (got -1)",
        ),
    ],
)
def test_arrays_that_do_not_fit_together_are_named(tmp_path, arrays, text):
    path = save(tmp_path, **arrays)
    assert refusal(from_npz, path) == f"{path}: {text}"


@pytest.mark.parametrize("dot", [False, True], ids=["-idx3-", ".idx3-"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_a_folder_of_idx_files_gives_its_four_arrays(tmp_path, dot, packed):
    for stem, array in {
        "train-images": IMAGES,
        "train-labels": LABELS,
        "t10k-images": IMAGES[:2],
        "t10k-labels": LABELS[:2],
    }.items():
        name = f"{stem}{'.' if dot else '-'}idx{array.ndim}-ubyte"
        if packed:
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(idx_bytes(array)))
        else:
            (tmp_path / name).write_bytes(idx_bytes(array))
    data = from_idx(tmp_path)
    assert (data.train.raw == IMAGES).all()
    assert (data.test.raw == IMAGES[:2]).all()
    assert data.train_labels.tolist() == LABELS.tolist()
    assert data.test_labels.tolist() == LABELS[:2].tolist()
    assert data.where == str(tmp_path)


def test_idx_training_images_alone_are_enough(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx_bytes(IMAGES))
    data = from_idx(tmp_path)
    assert data.train_labels is data.test is None


def test_a_missing_idx_folder_is_named(tmp_path):
    path = tmp_path / "none"
    assert refusal(from_idx, path) == f"{path}: there is no such folder"


def test_a_folder_without_training_images_is_refused(tmp_path):
    assert refusal(from_idx, tmp_path) == (
        f"{tmp_path}: must hold train-images-idx3-ubyte, or the same with .gz"
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "must begin with 00 00 08 03 (got )"),
        (idx_bytes(LABELS), "must begin with 00 00 08 03 (got 00 00 08 01)"),
        (idx_bytes(IMAGES)[:10], "ends within its header of 16 bytes (got 10)"),
        (
            idx_bytes(IMAGES)[:-1],
            "must hold 72 bytes after its header, as it says 6 x 3 x 4 (got 71)",
        ),
    ],
)
def test_a_damaged_idx_file_is_named(tmp_path, content, text):
    file = tmp_path / "train-images-idx3-ubyte"
    file.write_bytes(content)
    assert refusal(from_idx, tmp_path) == f"{file}: {text}"


def test_a_damaged_gz_file_is_named(tmp_path):
    file = tmp_path / "train-images-idx3-ubyte.gz"
    file.write_bytes(gzip.compress(idx_bytes(IMAGES))[:30])
    assert refusal(from_idx, tmp_path) == (
        f"{file}: cannot be read (Compressed file ended before the end-of-stream marker "
        "was reached)"
    )
