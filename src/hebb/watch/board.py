"""Scalars and tapestries of runs for TensorBoard: a folder of event files for each run.

Metrics stand under <layer>/<metric> and tapestries under the layer's name, all over inputs seen.
What a folder has from an earlier look is not written again; what it has of another run, that had
the same id and is gone, makes way.
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

from hebb.errors import HebbError
from hebb.plots.curves import SPEED, panels
from hebb.plots.scales import shown
from hebb.plots.tapestry import image
from hebb.readout.dense import tensorflow
from hebb.report.gather import curve_records
from hebb.report.images import weights
from hebb.report.layers import drawn
from hebb.store import Run
from hebb.swept import SweepFolder
from hebb.watch.listed import listed

SECONDS = 1.0  # between two looks
EVENTS = "events.out.tfevents.*"
OF = "hebb.json"  # beside the event files: when the run began that they are of


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

    def look() -> None:
        for run in [followed] if isinstance(followed, Run) else _under_way(followed):
            books.setdefault(run.path, Book(run, folder / run.id, say))
        for book in books.values():
            try:
                book.write(ended)
            except (HebbError, OSError) as err:
                if str(err) not in told:  # it will be the same at the next look
                    say(f"--tensorboard: {err}")
                told.add(str(err))

    def follow() -> None:
        # It takes seconds, which the first run need not wait for. Nobody is heard in them: so
        # what there is to say has been said before.
        tensorflow()
        look()
        while not ended.wait(SECONDS):
            look()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _under_way(followed: SweepFolder | Path) -> list[Run]:
    folder = followed.path if isinstance(followed, SweepFolder) else followed
    entries = [line.entry for line in listed(folder)]
    return [Run(each.path) for each in entries if each.status == "running"]


class Book:
    """What has been written of a run, and what is still to be."""

    def __init__(self, run: Run, folder: Path, say: Callable[[str], None]):
        self.run, self.folder, self.say = run, folder, say
        self.began: Any = None  # when the run began that the rest is of
        self.records: set[float] = set()
        self.snapshots: set[int] = set()
        self.writer: Any = None
        self.known: set[tuple[str, int]] = set()  # tags and steps

    def write(self, ended: threading.Event) -> None:
        """Write what is new, until `ended`. HebbError: the run cannot be read."""
        if not self.run.path.is_dir():  # it has been removed
            return
        began = self.run.info().get("started")
        if self.writer is None or began != self.began:
            self._open(began)
        new = [r for r in curve_records(self.run) if r["inputs"] not in self.records]
        snapshots = [n for n in self.run.snapshots() if n not in self.snapshots]
        if not new and not snapshots:
            return
        tf, first = tensorflow(), not self.snapshots
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
        if first and not ended.is_set():
            self.say(f"{self.folder}: holds {self.run.id} so far; what is new follows")

    def _open(self, began: Any) -> None:
        """Begin with a run, or with another one of its id: what is there of any other makes way."""
        tf = tensorflow()
        if self.writer is not None:
            self.writer.close()
        self.began, self.records, self.snapshots = began, set(), set()
        self.folder.mkdir(parents=True, exist_ok=True)
        home, held = Run(self.folder), {"started": began}
        with suppress(HebbError):  # without it nobody can say that they are of another run
            held = home.read_json(OF)
        if held != {"started": began}:
            self.say(f"{self.folder}: was of another {self.run.id}, and is begun anew")
            for path in self.folder.glob(EVENTS):
                path.unlink()
        home.write_json(OF, {"started": began})
        self.known = _written(tf, self.folder)
        self.writer = tf.summary.create_file_writer(str(self.folder))


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
