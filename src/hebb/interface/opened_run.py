"""`OpenedRun`: a run as an object, for notebooks and scripts. All work is done elsewhere."""

import sys
import warnings
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np

from hebb.apparatus import Apparatus, reopen
from hebb.catalogue.listing import status_of
from hebb.config import Experiment
from hebb.config import load as load_experiment
from hebb.data import BLOCK, Dataset, Images
from hebb.device import one_blas_thread
from hebb.errors import UsageError
from hebb.evaluate import evaluate, found
from hebb.experiment import resume
from hebb.hints import known_names
from hebb.interface.media import Animation, Picture
from hebb.picture_options import Look, Take
from hebb.readout.vote import said
from hebb.stack import Stack
from hebb.store import Run
from hebb.titles import title

FAR_ABOVE = 10.0  # what noise or contrast makes of [0, 1] stays below; pixels of 0 to 255 do not

Snapshot: TypeAlias = str | int  # "last", "first", or a number of inputs seen


class OpenedRun:
    """What a run holds, and what its layers say of images.

    Where `layer` is left out, the top layer is meant. Images are (T, D) or (T, H, W), unsigned
    bytes, which are scaled to [0, 1], or floats, which are taken as they are.
    """

    def __init__(self, run: Run):
        self._run = run

    def __repr__(self) -> str:
        seen = self.snapshots
        parts = [self.status, ", ".join(self._names)]
        if seen:
            parts.insert(1, f"{seen[-1]:,} inputs")
        for each in (self.evaluation or {}).get("results", []):
            if "accuracy" in each:
                parts.append(f"{title(each)} {100 * each['accuracy']:.2f} %")
        return f"<run {self.path}: {' · '.join(parts)}>"

    # What it holds

    @property
    def path(self) -> Path:
        return self._run.path

    @property
    def id(self) -> str:
        return self._run.id

    @property
    def status(self) -> str:
        """`completed`, `running`, `interrupted`, `failed`, or `killed`: nobody is at it."""
        return status_of(self._run, self.info)

    @property
    def info(self) -> dict[str, Any]:
        """run.json: status, seed, versions, git, device, dataset, times and error."""
        return self._run.info()

    @cached_property
    def experiment(self) -> Experiment:
        """The experiment as resolved."""
        return load_experiment(self.path / "config.yaml")

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """One record an epoch."""
        return self._run.metrics()

    @property
    def evaluation(self) -> dict[str, Any] | None:
        """What `evaluate` found, with the last weights; None where it has not been asked yet."""
        seen = self.snapshots
        return found(self._run, seen[-1]) if seen else None

    @property
    def snapshots(self) -> list[int]:
        """How many inputs had been seen at each snapshot."""
        return list(self._run.snapshots())

    def arrays(self, snapshot: Snapshot = "last") -> dict[str, np.ndarray]:
        """The arrays of a snapshot under <layer>.<array>."""
        return self._run.snapshot(snapshot)[1]

    def weights(self, layer: str | None = None, snapshot: Snapshot = "last") -> np.ndarray:
        """(N, D): the weights of a layer's units to their inputs."""
        return self.arrays(snapshot)[f"{self._named(layer)}.w"]

    def dataset(self) -> Dataset:
        """The images and labels of the run: `.train`, `.train_labels`, `.test`, `.test_labels`."""
        return self._apparatus.dataset

    # What its layers say

    def answers(
        self, images: Any, layer: str | None = None, snapshot: Snapshot = "last"
    ) -> np.ndarray:
        """(T, N): what each unit of a layer answers to each image, nothing learning."""
        return self._each(images, layer, snapshot, Stack.infer)

    def winners(
        self, images: Any, layer: str | None = None, snapshot: Snapshot = "last"
    ) -> np.ndarray:
        """(T,): the unit of a layer that wins each image, -1 where none answers.

        (T, clusters) of a layer whose units compete in clusters.
        """
        return self._each(images, layer, snapshot, Stack.winners)

    def classes(
        self, images: Any, layer: str | None = None, snapshot: Snapshot = "last"
    ) -> np.ndarray:
        """(T,): the class of each image by the vote of a layer, -1 where it has none.

        The winner speaks for the class that it won most often on the training images, which is
        counted by `evaluate`.
        """
        name = self._named(layer)
        results = (found(self._run, self._run.find(snapshot)[0]) or {"results": []})["results"]
        votes = {each["layer"]: each for each in results if each.get("classifier") == "vote"}
        if name not in votes:
            has = f"it has one of {', '.join(votes)}" if votes else "it has none"
            raise UsageError(
                f"{self.path}: has no vote of {name} at its snapshot {snapshot}, {has}; "
                f"`evaluate: [{{classifier: vote, layer: {name}}}]` asks for it, and "
                ".evaluate(SNAPSHOT) counts it"
            )
        unit_class = np.array(votes[name]["unit_class"])
        return said(self.winners(images, name, snapshot), unit_class)

    def resume(self, *, device: str | None = None, quiet: bool = False) -> Self:
        """Go on where training was cut, exactly, then read the run out. Returns the run."""
        resume(self._run, device=device, quiet=quiet, say=unsaid if quiet else told)
        if self.experiment.evaluate:
            self.evaluate(quiet=quiet)
        return self

    def evaluate(self, snapshot: Snapshot = "last", *, quiet: bool = True) -> dict[str, Any]:
        """Read the run out as its `evaluate:` says, and keep what is found in the run."""
        return evaluate(self._run, snapshot, quiet=quiet)

    # Pictures. look: style "light" or "dark", dpi, format "png" or "svg", and of weights scale:
    # "auto", "shared" or "unit"

    def tapestry(
        self, layer: str | None = None, snapshot: Snapshot = "last", **look: Any
    ) -> Picture:
        """The weights of a layer, unit by unit as they lie on its grid."""
        return self.picture(f"weights_{self._named(layer)}", snapshot, **look)

    def fields(self, layer: str | None = None, snapshot: Snapshot = "last", **look: Any) -> Picture:
        """The same in pixels, through the layers below."""
        name = self._named(layer)
        kind = "weights" if name == self._names[0] else "fields"
        return self.picture(f"{kind}_{name}", snapshot, **look)

    def curves(self, **look: Any) -> Picture:
        """How training went."""
        return self.picture("curves", **look)

    def confusion(
        self,
        layer: str | None = None,
        snapshot: Snapshot = "last",
        label: str | None = None,
        **look: Any,
    ) -> Picture:
        """Which class a layer's classifier takes for which; label: which one, of several."""
        name = self._named(layer)
        from hebb.pictures.seen import called, classifiers

        results = classifiers(self._run, self._run.find(snapshot)[0])
        return self.picture(f"confusion_{called(results, name, label)}", snapshot, **look)

    def unit(self, layer: str, number: int, snapshot: Snapshot = "last", **look: Any) -> Picture:
        """All there is to see of one unit: its weights over time, its best images, its wins."""
        from hebb.pictures.plot import unit_picture
        from hebb.pictures.seen import Seen

        asked = Look(**look)
        seen = Seen.of(lambda: self._apparatus, self._run, snapshot, asked.scale)
        return _drawn(*unit_picture(seen, self._named(layer), number), asked)

    def picture(self, name: str, snapshot: Snapshot = "last", **look: Any) -> Picture:
        """Any picture that `hebb plot` draws, by the name of its file."""
        from hebb.pictures.plot import every, refused
        from hebb.pictures.seen import Seen

        asked = Look(**look)
        seen = Seen.of(lambda: self._apparatus, self._run, snapshot, asked.scale)
        drawn = every(seen)
        if name not in drawn:
            raise refused(seen, name)
        return _drawn(name, drawn[name], asked)

    def report(self, path: str | Path | None = None, megabytes: float = 10.0) -> Path:
        """Write the run's page, one HTML file; by default report.html in it. Returns the path."""
        from hebb.report import report  # Matplotlib takes its time

        return report([self._run], None if path is None else Path(path), megabytes)

    # Films

    def film(self, what: str = "panels", **which: Any) -> Animation:
        """A film of what `hebb animate` shows: `panels`, `weights` or a `stream`.

        which: snapshot, input, layer, frames, fps and style, as in `hebb.picture_options.Take`.
        """
        take = Take(what, **which)
        from hebb.pictures.scenes import film  # Matplotlib takes its time

        return Animation(film(self._run, take))

    @cached_property
    def _apparatus(self) -> Apparatus:
        return reopen(self._run)

    @property
    def _names(self) -> list[str]:
        return [layer.name for layer in self.experiment.layers]

    def _named(self, layer: str | None) -> str:
        name = self._names[-1] if layer is None else layer
        if name not in self._names:
            raise UsageError(
                f"{self.path}: has no layer {name}; {known_names(str(name), self._names)}"
            )
        return name

    def _each(self, images: Any, layer: str | None, snapshot: Snapshot, verb: Any) -> np.ndarray:
        """What `verb` of the stack says of all images, some at a time."""
        name, apparatus = self._named(layer), self._apparatus
        given = Images(images.raw if isinstance(images, Images) else np.asarray(images))
        if given.n_values != apparatus.n_in:
            shape = " x ".join(map(str, apparatus.shape))
            raise UsageError(
                f"images: must have {apparatus.n_in} values each, {shape} (got {given.n_values}, "
                f"{' x '.join(map(str, given.shape))}); a single image is images[None]"
            )
        self._mind_scale(given)
        inputs, arrays = self._run.snapshot(snapshot)
        stack = apparatus.stack_of(arrays, apparatus.phase_at(inputs))
        dtype = np.dtype(apparatus.experiment.dtype)
        starts = range(0, len(given), BLOCK)
        blocks = (given.rows(slice(start, start + BLOCK), dtype) for start in starts)
        with one_blas_thread():  # as where the run is evaluated, so that bits agree
            return np.concatenate([verb(stack, block, name) for block in blocks])

    def _mind_scale(self, given: Images) -> None:
        """Warn of images that look like intensities of 0 to 255 where the run saw 0 to 1."""
        if given.highest <= FAR_ABOVE:
            return
        train = self._apparatus.dataset.train
        if train.lowest >= 0 and train.highest <= 1:
            warnings.warn(
                f"images: hold values up to {given.highest:g}, and the run was trained on values "
                "in [0, 1]; floats are taken as they are: divide them by 255, or give unsigned "
                "bytes, images.astype(np.uint8), which are scaled",
                stacklevel=4,
            )


def told(line: str) -> None:
    print(line, file=sys.stderr)


def unsaid(line: str) -> None:
    """The log of the run says it."""


def _drawn(name: str, draw: Any, look: Look) -> Picture:
    from hebb.plots import style

    file = BytesIO()
    with style.using(style.Style.of(look)):
        draw(file)
    return Picture(name, file.getvalue(), look.format)
