"""Scalars and tapestries of runs for TensorBoard: a folder of event files for each run.

Metrics stand under <layer>/<metric> and tapestries under the layer's name, all over inputs seen.
What a folder has from an earlier look is not written again. What it has of another run, that was
in the same place and is gone, makes way. A run of the same id in another place has another folder.
TensorFlow writes them; TensorBoard itself is needed by whoever looks, and by nobody else.
"""

import io
import shlex
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from PIL import Image

from hebb.catalogue.sweeps import SweepFolder
from hebb.errors import HebbError, UsageError
from hebb.output_paths import to_folder
from hebb.plots.curves import SPEED, panels
from hebb.plots.scales import shown
from hebb.plots.tapestry import image
from hebb.readout.dense import tensorflow
from hebb.report.gather import curve_records
from hebb.report.images import weights
from hebb.report.layers import drawn
from hebb.store import Folder, Run
from hebb.watch.run_list import run_list

SECONDS = 1.0  # between two looks
SUFFIX = ".hebb"  # of the event files that are written here: no other is ever removed
EVENTS = f"events.out.tfevents.*{SUFFIX}"
OF = "hebb.json"  # beside them: where the run is that they are of, and when it began


@contextmanager
def board(
    folder: Path, followed: Run | SweepFolder | Path, say: Callable[[str], None]
) -> Iterator[None]:
    """Write what runs come to, beside whatever is done meanwhile: of a run all, of a sweep or a
    runs directory those that are seen under way."""
    ended = threading.Event()
    books: dict[Path, Book] = {}
    told: set[str] = set()

    look_at = shlex.join(["tensorboard", "--logdir", str(folder)])
    say(f"writing for TensorBoard to {folder}; to look at it: {look_at}")

    @contextmanager
    def guarded() -> Iterator[None]:
        """Tell what goes wrong, once: it will be the same at the next look, which tries again."""
        try:
            yield
        except (HebbError, OSError) as err:
            if str(err) not in told:
                say(f"--tensorboard: {err}")
            told.add(str(err))

    def look() -> None:
        with guarded():
            for run in [followed] if isinstance(followed, Run) else _under_way(followed):
                books.setdefault(run.path, Book(run, folder / run.id, say))
        for path, book in list(books.items()):
            with guarded():
                book.write(ended)
                if book.writer is None:  # the run has been removed
                    del books[path]

    def follow() -> None:
        # It takes seconds, which the first run need not wait for. Nobody is heard in them: so
        # what there is to say has been said before.
        with guarded():
            tensorflow()
        look()
        while not ended.wait(SECONDS):
            look()
        for book in books.values():
            with guarded():
                book.close()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _under_way(followed: SweepFolder | Path) -> list[Run]:
    folder = followed.path if isinstance(followed, SweepFolder) else followed
    entries = [line.entry for line in run_list(folder)]
    return [Run(each.path) for each in entries if each.status == "running"]


class Book:
    """What has been written of a run, and what is still to be.

    wanted: the folder for it, where that is not of another run already.
    """

    def __init__(self, run: Run, wanted: Path, say: Callable[[str], None]):
        self.run, self.wanted, self.say = run, wanted, say
        self.folder = wanted
        self.began: Any = None  # when the run began that the rest is of
        self.records: set[float] = set()
        self.snapshots: set[int] = set()
        self.writer: Any = None
        self.files: list[Path] = []  # that the writer made
        self.known: set[tuple[str, int]] = set()  # tags and steps

    def write(self, ended: threading.Event) -> None:
        """Write what is new, until `ended`; of a run that has been removed, close its file.

        HebbError, OSError: the run cannot be read, or its folder cannot be written.
        """
        if not self.run.path.is_dir():
            self.close()
            return
        began = self.run.info().get("started")
        if not isinstance(began, str):
            raise UsageError(f"{self.run.path / 'run.json'}: does not say when the run began")
        # What a writer goes on to write to a file that somebody has removed is seen by nobody.
        gone = not all(path.exists() for path in self.files)
        if self.writer is None or gone or began != self.began:
            self._open(began)
        new = [r for r in curve_records(self.run) if r["inputs"] not in self.records]
        snapshots = [n for n in self.run.snapshots() if n not in self.snapshots]
        if not new and not snapshots:
            return
        first = not self.snapshots
        with self._writing():
            self._add(new, snapshots, ended)
        if first and not ended.is_set():
            self.say(f"{self.folder}: holds {self.run.id} so far; what is new follows")

    def close(self) -> None:
        """End the file that is written to, if there is one. HebbError: it cannot be written."""
        writer, self.writer = self.writer, None
        if writer is not None:
            with self._writing():
                writer.close()

    def _open(self, began: str) -> None:
        """Begin a file of a run: what is there of an earlier run in the same place makes way."""
        self.close()
        tf, of = tensorflow(), {"run": str(self.run.path.resolve()), "started": began}
        folder, held = _folder(self.wanted, of["run"])
        if folder != self.folder:
            self.say(f"{self.wanted}: is of another run; {self.run.path} is written to {folder}")
            self.folder = folder
        if held not in (None, of):
            for path in folder.glob(EVENTS):
                path.unlink()
            self.say(f"{folder}: was of another {self.run.id}, and is begun anew")
        Folder(folder).write_json(OF, of)
        known, others = _written(tf, folder), set(folder.glob(EVENTS))
        with self._writing():
            writer = tf.summary.create_file_writer(str(folder), filename_suffix=SUFFIX)
        # Last, so that a look that fails before leaves the next one to begin again.
        self.files = [path for path in folder.glob(EVENTS) if path not in others]
        self.began, self.records, self.snapshots = began, set(), set()
        self.known, self.writer = known, writer

    def _add(self, new: list[dict[str, Any]], snapshots: list[int], ended: threading.Event) -> None:
        tf = tensorflow()
        with self.writer.as_default():
            for record in new:
                for metric, lines in panels([record]).items():
                    for layer, parts in lines.items():
                        tag = metric if metric == SPEED else f"{layer}/{metric}"
                        if (tag, record["inputs"]) not in self.known:
                            _write(tf, "scalars", tag, float(parts[0][0][1]), record["inputs"])
                self.records.add(record["inputs"])
            layers = drawn(self.run)
            for inputs in snapshots:
                if ended.is_set():
                    break
                lacking = [layer for layer in layers if (layer.name, inputs) not in self.known]
                for layer, w in zip(lacking, weights(self.run, inputs, lacking), strict=True):
                    _write(tf, "images", layer.name, _png(w, layer.grid, layer.field), inputs)
                self.snapshots.add(inputs)
        self.writer.flush()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Let TensorFlow write. HebbError: it cannot; a later look writes to another file all
        that is not in this one."""
        try:
            yield
        except tensorflow().errors.OpError as err:
            self.writer = None
            raise HebbError(f"{self.folder}: cannot be written: {err.message}") from None


def _folder(wanted: Path, run: str) -> tuple[Path, dict[str, str] | None]:
    """The first of `wanted`, `wanted-2` and so on that is of no run, or of the one at the path
    `run`; and what it says that it is of."""
    folder, number = wanted, 1
    while not _claimed(folder):
        claimed = (folder / OF).stat().st_size == 0  # by another, who has yet to say for which run
        held = None if claimed else Folder(folder).read_json(OF)
        if isinstance(held, dict) and held.get("run") == run:
            return folder, held
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    return folder, None


def _claimed(folder: Path) -> bool:
    """Whether a folder is of no run; then it is now taken. Of two who reach for it one has it."""
    to_folder(folder)
    try:
        (folder / OF).open("x").close()
    except FileExistsError:
        return False
    return True


def _written(tf: Any, folder: Path) -> set[tuple[str, int]]:
    """Tags and steps that are in a folder from an earlier look: they are not written twice."""
    found: set[tuple[str, int]] = set()
    for path in folder.glob(EVENTS):
        with suppress(tf.errors.DataLossError):  # whoever wrote it was killed over the last
            for line in tf.data.TFRecordDataset(str(path)):
                event = tf.compat.v1.Event.FromString(line.numpy())
                found |= {(value.tag, event.step) for value in event.summary.value}
    return found


def _write(tf: Any, plugin: str, tag: str, value: Any, inputs: int) -> None:
    """As the plugin of TensorBoard reads it, for which no part of TensorBoard is needed."""
    metadata = tf.compat.v1.SummaryMetadata()
    metadata.plugin_data.plugin_name = plugin
    tf.summary.write(tag, tf.constant(value), step=inputs, metadata=metadata)


def _png(w: Any, grid: tuple[int, int], field: tuple[int, int]) -> list[bytes]:
    """A tapestry as its width, its height and a PNG."""
    rgba, _, _ = image(shown(w).values, grid, field, None)
    file = io.BytesIO()
    Image.fromarray(rgba).convert("RGB").save(file, "PNG")
    return [str(rgba.shape[1]).encode(), str(rgba.shape[0]).encode(), file.getvalue()]
