"""`load`: from the `dataset` of an experiment to its images and labels.

A source is one small file beside this one, named in `SOURCES`.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from hebb.data import digits, idx, mnist, mnist_sample, npz
from hebb.data.images import Images
from hebb.data.raw import DataUnavailable, Raw, Say, Source
from hebb.errors import DataError
from hebb.spec import Spec

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (*mnist.SOURCES, mnist_sample.SOURCE, digits.SOURCE, npz.SOURCE, idx.SOURCE)
}
# They come with a package, and so can stand in for what cannot be had.
CARRIED = tuple(source.name for source in SOURCES.values() if source.path == "none")


class DatasetSpec(Spec):
    """The `dataset` of an experiment."""

    source: Literal[*SOURCES]  # pyright: ignore
    path: str | None = None
    """The file or folder; of mnist, a mnist.npz that is not to be looked for."""
    fallback: Literal[*CARRIED] | None = None  # pyright: ignore
    """Taken, and said aloud, where the source cannot be had."""
    validation: int = Field(default=0, ge=0)
    """How many of the last training images are kept apart, to choose settings by."""

    @model_validator(mode="after")
    def _path_suits_the_source(self) -> Self:
        path = SOURCES[self.source].path
        if path == "needed" and not self.path:
            self.refuse("path", f"must say where the {self.source} data are")
        if path == "none" and self.path is not None:
            self.refuse("path", f"must be left out: {self.source} comes with a package")
        return self


Asked = Literal["test", "validation"]  # the images that a classifier is asked about


@dataclass(frozen=True, eq=False)
class Exam:
    """What a classifier needs: labelled images to learn from, and others to be asked about."""

    train: Images
    train_labels: np.ndarray
    test: Images
    test_labels: np.ndarray
    classes: int


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels, ready to be shown.

    source: the one really used; where: its path or package. Labels are (T,) int64, or
    None where there are none. notes: what a run must say aloud. digest: sha256 (hex) over
    the arrays as they were stored, before the validation images were set apart.
    """

    source: str
    where: str
    train: Images
    train_labels: np.ndarray | None
    validation: Images | None
    validation_labels: np.ndarray | None
    test: Images | None
    test_labels: np.ndarray | None
    notes: tuple[str, ...]
    digest: str

    @property
    def classes(self) -> int:
        """The highest label of any part, plus one; 0 without labels."""
        parts = (self.train_labels, self.validation_labels, self.test_labels)
        return max((int(labels.max()) + 1 for labels in parts if labels is not None), default=0)

    def exam(self, on: Asked = "test") -> Exam:
        """The labelled training images, and those to be asked about. DataError: what is lacking."""
        train, test, labels = self.train_labels, self.test, self.test_labels
        if on == "validation":
            test, labels = self.validation, self.validation_labels
            if test is None:
                raise DataError(
                    "validation images must be set apart to be asked about: "
                    "dataset.validation says how many"
                )
        if train is None or test is None or labels is None:
            parts = {"y_train": train, "x_test": test, "y_test": labels}
            lacking = ", ".join(name for name, part in parts.items() if part is None)
            raise DataError(f"a classifier needs {lacking}, which {self.where} does not hold")
        return Exam(self.train, train, test, labels, self.classes)


def load(spec: DatasetSpec, say: Say = lambda line: None) -> Dataset:
    """Load what `spec` names. `say` is told before anything slow begins.

    Raises DataError where the data are not as they must be, and DataUnavailable where
    they are nowhere to be had and `spec` has no fallback.
    """
    source, notes = spec.source, ()
    try:
        raw = SOURCES[source].load(spec.path, say)
    except DataUnavailable as missing:
        if spec.fallback is None:
            raise
        source = spec.fallback
        raw = SOURCES[source].load(None, say)
        n_test = 0 if raw.x_test is None else len(raw.x_test)
        notes = (
            f"{spec.source} cannot be had ({missing.why}): using {source}, "
            f"{len(raw.x_train):,} training and {n_test:,} test images",
        )
    return _dataset(spec, source, raw, notes)


def load_without_download(spec: DatasetSpec) -> Dataset:
    """As `load`, but blank images stand for those that a run would download, and a note says so."""
    source = spec.source
    if spec.path is not None or SOURCES[source].where() is not None:
        return load(spec)
    without = f"takes {spec.fallback} (its fallback)" if spec.fallback else "stops"
    note = f"{source} is not here: a run downloads it first, and {without} where it cannot"
    return _dataset(spec, source, mnist.blank(), (note,))


def _dataset(spec: DatasetSpec, source: str, raw: Raw, notes: tuple[str, ...]) -> Dataset:
    train, train_labels = _part(raw, "train")
    test, test_labels = _part(raw, "test") if raw.x_test is not None else (None, None)
    if test is not None and test.shape != train.shape:
        raise DataError(
            f"{raw.where}: x_test: must be images of {_size(train)} as in x_train "
            f"(got {_size(test)})"
        )
    if raw.y_test is not None and test is None:
        raise DataError(f"{raw.where}: y_test: must come with x_test")
    if spec.validation >= len(train):
        raise DataError(
            f"dataset.validation: must be less than {len(train):,}, the number of "
            f"training images of {source} (got {spec.validation:,})"
        )
    cut = len(train) - spec.validation
    apart = slice(cut, None)
    return Dataset(
        source=source,
        where=raw.where,
        train=train[:cut],
        train_labels=None if train_labels is None else train_labels[:cut],
        validation=train[apart] if spec.validation else None,
        validation_labels=(
            train_labels[apart] if spec.validation and train_labels is not None else None
        ),
        test=test,
        test_labels=test_labels,
        notes=notes,
        digest=_digest(raw),
    )


def _part(raw: Raw, part: Literal["train", "test"]) -> tuple[Images, np.ndarray | None]:
    images = Images(getattr(raw, f"x_{part}"), f"{raw.where}: x_{part}")
    labels = getattr(raw, f"y_{part}")
    if labels is None:
        return images, None
    what = f"{raw.where}: y_{part}"
    if labels.dtype.kind not in "iu":
        raise DataError(f"{what}: must be whole numbers (got {labels.dtype})")
    if labels.shape != (len(images),):
        raise DataError(
            f"{what}: must have shape ({len(images)},), one label an image (got {labels.shape})"
        )
    labels = labels.astype(np.int64)
    if labels.min() < 0:
        raise DataError(f"{what}: must not be negative (got {labels.min()})")
    return images, labels


def _size(images: Images) -> str:
    return " x ".join(map(str, images.shape))


def _digest(raw: Raw) -> str:
    digest = hashlib.sha256()
    for key in ("x_train", "y_train", "x_test", "y_test"):
        array = getattr(raw, key)
        if array is None:
            continue
        digest.update(f"{key} {array.shape} {array.dtype.str}\n".encode())
        # In blocks, as an array that is not in C order has to be copied to be read so.
        for start in range(0, len(array), 4096):
            digest.update(np.ascontiguousarray(array[start : start + 4096]).data)
    return digest.hexdigest()


@dataclass(frozen=True)
class Listed:
    """One line of `hebb data`. where: its place, or what to do to get it."""

    name: str
    what: str
    ready: bool
    where: str


def available() -> list[Listed]:
    """Every source and whether it is at hand. Downloads nothing and reads no data."""
    places = [(source, source.where()) for source in SOURCES.values()]
    return [
        Listed(source.name, source.what, place is not None, place or source.way())
        for source, place in places
    ]
