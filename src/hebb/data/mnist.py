"""MNIST and Fashion-MNIST, looked for in this order:

1  the path the experiment names
2  $HEBB_DATA: a folder that holds mnist.npz or fashion_mnist.npz, or (MNIST) the file
3  Keras's cache: $KERAS_HOME or ~/.keras
4  Keras's own download, into that cache
"""

import os
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from hebb.data import idx, npz
from hebb.data.raw import DataUnavailable, Raw, Say, Source
from hebb.errors import DataError, UsageError

# Keras sets no time limit of its own: behind a firewall it can hang for minutes.
LIMIT_SECONDS = 60
HOST, HOST_SECONDS = "storage.googleapis.com", 5  # where Keras has both from
DOWNLOAD = """
import importlib, sys
importlib.import_module("keras.datasets." + sys.argv[1]).load_data()
"""


def load(source: str, path: str | None, say: Say) -> Raw:
    """The arrays of `mnist` or `fashion_mnist`, (T, 28, 28) unsigned bytes.

    Raises DataError for a path that is named and wrong, DataUnavailable where nothing is
    found and nothing can be downloaded.
    """
    if path is not None:
        named = Path(path).expanduser()
        return npz.load(named / f"{source}.npz" if named.is_dir() else named)
    found = find(source) or _download(source, say)
    with _way_out():
        return idx.load(found) if found.is_dir() else npz.load(found)


def check(source: str) -> None:
    """Whether the .npz file that is found opens, if one is; no array is read. DataError."""
    found = find(source)
    if found is not None and found.is_file():
        with _way_out():
            npz.check(found)


@contextmanager
def _way_out() -> Iterator[None]:
    """A damaged file is never passed over: somebody has put it there, and should know."""
    try:
        yield
    except UsageError as err:
        fallback = "dataset.fallback stands in for a missing file, not for a damaged one"
        raise DataError(f"{err}; replace or remove it: {fallback}") from None


def find(source: str) -> Path | None:
    """Where it lies already: an .npz file, or a folder of IDX files."""
    if home := os.environ.get("HEBB_DATA"):
        shared = Path(home).expanduser()
        if source == "mnist" and shared.suffix == ".npz" and shared.is_file():
            return shared
        if (shared / f"{source}.npz").is_file():
            return shared / f"{source}.npz"
    cached = _cached(source)
    if cached.is_file() or len(list(cached.glob("*-ubyte.gz"))) == 4:
        return cached
    return None


def _lacking_home() -> str:
    """That $HEBB_DATA names what does not exist; "" where it exists or is not set."""
    home = os.environ.get("HEBB_DATA")
    there = not home or Path(home).expanduser().exists()
    return "" if there else f"$HEBB_DATA ({home}) does not exist"


def blank() -> Raw:
    """Arrays as large as those of either, of black images, for what asks about sizes alone."""

    def part(n_images: int) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((n_images, 28, 28), np.uint8), np.arange(n_images, dtype=np.uint8) % 10

    return Raw("a download", *part(60_000), *part(10_000))


def _keras_home() -> Path:
    """As Keras chooses it."""
    if home := os.environ.get("KERAS_HOME"):
        return Path(home).expanduser()
    return (Path.home() if os.access(Path.home(), os.W_OK) else Path("/tmp")) / ".keras"


def _cached(source: str) -> Path:
    name = {"mnist": "mnist.npz", "fashion_mnist": "fashion-mnist"}[source]
    return _keras_home() / "datasets" / name


def _download(source: str, say: Say) -> Path:
    say(f"{source}: downloading through Keras (at most {LIMIT_SECONDS} s)")
    if (fault := _fetch(source)) is None:
        return _cached(source)
    home = os.environ.get("HEBB_DATA")
    shared = f"no {source}.npz in $HEBB_DATA ({home})" if home else "$HEBB_DATA is not set"
    raise DataUnavailable(
        source,
        f"{_lacking_home() or shared}, no {_cached(source)}, download failed: {fault}",
        f"name {source}.npz by dataset.path, put it in the folder $HEBB_DATA, "
        "or set dataset.fallback: mnist_sample",
    )


def _fetch(source: str) -> str | None:
    """Fill Keras's cache, or say in a few words why it cannot be done."""
    if fault := _unreachable():
        return fault
    cache = _keras_home()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        # Keras writes straight into its cache: what it leaves when it is stopped midway
        # would be taken for the dataset from then on.
        with tempfile.TemporaryDirectory(dir=cache) as aside:
            if fault := _run_keras(source, aside):
                return fault
            for file in Path(aside).glob("datasets/**/*"):
                if file.is_file():
                    target = cache / file.relative_to(aside)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    file.replace(target)
    except OSError as error:
        return f"{cache} cannot be written ({error.strerror})"
    return None


def _unreachable() -> str | None:
    """Why there is no way to the data, which is known long before TensorFlow is imported.

    Through a proxy the way is another: then Keras finds out.
    """
    if urllib.request.getproxies():
        return None
    try:
        socket.create_connection((HOST, 443), HOST_SECONDS).close()
    except OSError as error:
        return error.strerror or str(error)
    return None


def _run_keras(source: str, home: str) -> str | None:
    """Download into `home`, in a process of its own: TensorFlow stays out of ours, and off
    the GPU, and can be stopped."""
    quiet = {
        "KERAS_HOME": home,
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", DOWNLOAD, source],
            env=os.environ | quiet,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"it took longer than {LIMIT_SECONDS} s"
    if done.returncode == 0:
        return None
    last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    # Keras: "Exception: URL fetch failure on ADDRESS: None -- [Errno -2] Name or ..."
    return last.rpartition(" -- ")[2][:100]


def _way(name: str) -> str:
    way = f"downloaded through Keras by the first run, or put {name}.npz in $HEBB_DATA"
    return "; ".join(filter(None, (way, _lacking_home())))


def _source(name: str, what: str) -> Source:
    return Source(
        name,
        what,
        lambda path, say: load(name, path, say),
        lambda: str(found) if (found := find(name)) else None,
        lambda: _way(name),
        lambda: check(name),
        path="allowed",
    )


SOURCES = (
    _source("mnist", "60,000 training and 10,000 test digits, 28 x 28"),
    _source("fashion_mnist", "60,000 training and 10,000 test pieces of clothing, 28 x 28"),
)
