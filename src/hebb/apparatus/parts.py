"""`Apparatus`: an experiment over a loaded dataset: what it is shown, and its stack."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from hebb import draws
from hebb.apparatus.first_weights import given
from hebb.config import TRAIN, Experiment, PhaseSpec
from hebb.data import Dataset, Feed, Images, Tapestry
from hebb.device import CPU, Device
from hebb.errors import ConfigError, DataError, UsageError
from hebb.layers import Init, Layer
from hebb.layers.own import file_of, find_rule
from hebb.readout import ClassifierSpec, MeasureSpec
from hebb.stack import Stack
from hebb.store import Run


@dataclass(frozen=True)
class Apparatus:
    """An experiment over a loaded dataset."""

    experiment: Experiment
    dataset: Dataset
    inputs: dict[str, Images | Tapestry]
    runs_dir: Path

    @classmethod
    def of(
        cls, experiment: Experiment, dataset: Dataset, runs_dir: Path = Path("runs")
    ) -> "Apparatus":
        """ConfigError: inputs of different sizes, or a read-out of images or labels not there."""
        inputs: dict[str, Images | Tapestry] = {TRAIN: dataset.train}
        for name, spec in experiment.streams.items():
            rng = draws.generator(experiment.seed, "stream", name)
            inputs[name] = Tapestry(spec, dataset.train, rng, name)
        apparatus = cls(experiment, dataset, inputs, runs_dir)
        apparatus._check_fit()
        return apparatus

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) of what the first layer sees."""
        return self.inputs[self.experiment.phases[0].input].shape

    @property
    def n_in(self) -> int:
        """Inputs to the first layer."""
        return self.inputs[self.experiment.phases[0].input].n_values

    @property
    def notes(self) -> list[str]:
        """What a run must say aloud about its data."""
        feeds = [self.feed(phase) for phase in self.experiment.phases]
        streams = {phase.input: self.inputs[phase.input] for phase in self.experiment.phases}
        walls = [note for source in streams.values() for note in getattr(source, "notes", ())]
        again = [note for feed in feeds for note in feed.notes]
        layers = [note for layer in self._blank.layers.values() for note in layer.notes]
        return [*self.dataset.notes, *walls, *again, *layers, *self._begun(), *self._shared()]

    def _begun(self) -> Iterator[str]:
        """Layers that begin with what a run has learned which is not complete."""
        for each in self.experiment.layers:
            if each.init.run is not None:
                run = Run.open(each.init.run, self.runs_dir)
                inputs, status = run.find(each.init.snapshot)[0], run.info()["status"]
                if status != "completed":
                    yield (
                        f"layer {each.name} begins as {run.path} had it after {inputs:,} inputs, "
                        f"which is not complete ({status})"
                    )

    def _shared(self) -> Iterator[str]:
        """Measures on images that training shows."""
        shown = [self._images(phase.input) for phase in self.experiment.shown]
        for i, each in enumerate(self.experiment.evaluate):
            if isinstance(each, MeasureSpec) and each.input and shown:
                own = self._images(each.input)
                both = len(np.intersect1d(own, np.concatenate(shown)))
                if both:
                    yield (
                        f"evaluate.{i}: {both:,} of the {len(own):,} images of {each.input} "
                        "are shown in training too"
                    )

    def _images(self, name: str) -> np.ndarray:
        """The numbers of the training images that an input shows."""
        source = self.inputs[name]
        return source.images if isinstance(source, Tapestry) else np.arange(len(source))

    def feed(self, phase: PhaseSpec) -> Feed:
        """What a phase shows, in order."""
        labels = self.dataset.train_labels if phase.input == TRAIN else None
        source, seed = self.inputs[phase.input], self.experiment.seed
        order, steps, together = phase.order, phase.steps, self.together
        return Feed(source, labels, order, steps, seed, phase.input, phase.name, together)

    @property
    def together(self) -> int:
        """Inputs that fill a whole number of batches of every layer."""
        return math.lcm(*(layer.together for layer in self.experiment.layers))

    @property
    def weights_bytes(self) -> int:
        """What the weights of all layers take."""
        return sum(layer.n_bytes for layer in self._blank.layers.values())

    @property
    def files(self) -> list[Path]:
        """Files beside the dataset that the experiment reads: first weights, own rules."""
        layers = self.experiment.layers
        inits = [layer.init for layer in layers]
        inits += [init for phase in self.experiment.phases for init in phase.restart.values()]
        weights = [Path(init.file) for init in inits if init.file]
        runs = [(Run.open(init.run, self.runs_dir), init) for init in inits if init.run]
        snapshots = [run.find(init.snapshot)[1] for run, init in runs]
        rules = [file for layer in layers if (file := file_of(layer.rule))]
        return list(dict.fromkeys([*weights, *snapshots, *rules]))

    def phase_at(self, inputs: int) -> PhaseSpec:
        """The phase in which a run has seen so many inputs, its last one included."""
        started = self.starts
        return next((phase for start, phase in started[::-1] if start < inputs), started[0][1])

    @property
    def starts(self) -> list[tuple[int, PhaseSpec]]:
        """The inputs seen when each phase begins, and the phase."""
        found, seen = [], 0
        for phase in self.experiment.shown or self.experiment.phases:
            found.append((seen, phase))
            seen += phase.epochs * self.feed(phase).steps
        return found

    def stack_of(self, arrays: dict[str, np.ndarray], phase: PhaseSpec) -> Stack:
        """The stack with given weights and a phase's settings."""
        stack = self.empty_stack()
        stack.load(arrays)
        for name, spec in self.experiment.layers_in(phase).items():
            stack.layers[name].spec = spec
        return stack

    @cached_property
    def _blank(self) -> Stack:
        """A stack to ask, which is never given weights: what is not written takes no memory."""
        return self.empty_stack()

    def empty_stack(self, device: Device = CPU) -> Stack:
        """The stack without weights."""
        experiment = self.experiment
        return Stack.build(experiment.layers, self.n_in, device, np.dtype(experiment.dtype))

    def stack(self, device: Device = CPU) -> Stack:
        """The stack at its first weights."""
        stack = self.empty_stack(device)
        with placed(self.experiment):
            self.try_restarts(self.experiment.shown)
            for layer in stack.layers.values():
                self.restart(layer, layer.spec.init, "")
        return stack

    def try_restarts(self, phases: list[PhaseSpec]) -> None:
        """UsageError: what cannot be had, before hours of training rather than after them."""
        for phase in phases:
            if not phase.restart:
                continue
            stack = self.empty_stack()
            for name, init in phase.restart.items():
                self.restart(stack.layers[name], init, phase.name)

    def restart(self, layer: Layer, init: Init, phase: str) -> None:
        """Give a layer first weights: drawn, or read from a file or another run."""
        name = layer.spec.name
        where = f"phases.{phase}.restart.{name}" if phase else f"layers.{name}.init"
        if init.drawn:
            layer.restart(init, draws.generator(self.experiment.seed, "init", name, phase))
        else:
            try:
                layer.load(given(init, layer, self.runs_dir))
            except UsageError as err:
                raise UsageError(f"{where}: {err}") from None
        if not all(layer.finite(array) for array in layer.arrays):
            raise UsageError(f"{where}: first weights of {name} must be finite")
        may = layer.signed or (layer.turns_negative and not init.drawn)
        if not may and any((getattr(layer, each) < 0).any() for each in layer.arrays):
            raise UsageError(f"{where}: first weights of {name} must not be negative")

    def _check_fit(self) -> None:
        sizes = {each.input: self.inputs[each.input].n_values for each in self.experiment.phases}
        if len(set(sizes.values())) > 1:
            said = ", ".join(f"{name} has {n}" for name, n in sizes.items())
            raise ConfigError([f"phases: must all show inputs of one size: {said}"])
        first = self.experiment.layers[0]
        if not find_rule(first.rule).signed and self.dataset.train.lowest < 0:
            raise ConfigError(
                [f"dataset: {self.dataset.where} holds values below 0, which {first.rule} "
                 "cannot rebuild: its answers and weights are never negative"]
            )  # fmt: skip
        self._check_batches()
        self._check_labels()
        for i, each in enumerate(self.experiment.evaluate):
            if isinstance(each, ClassifierSpec):
                try:
                    self.dataset.exam()
                except DataError as err:
                    raise ConfigError([f"evaluate.{i}: {err}"]) from None
            what = each.input if isinstance(each, MeasureSpec) else "an image"
            seen = self.inputs.get(what or "", self.dataset.train).n_values
            if what and seen != self.n_in:
                raise ConfigError(
                    [f"evaluate.{i}: the stack reads {self.n_in} inputs, but {what} has {seen}"]
                )

    def _check_batches(self) -> None:
        """That the stack can be built, and each phase fills a batch."""
        try:
            _ = self._blank
            for phase in self.experiment.phases:
                self.feed(phase)
        except UsageError as err:
            raise ConfigError([str(err)]) from None

    def _check_labels(self) -> None:
        """That a rule which learns from labels is shown labels, and none that it does not know."""
        for spec in self.experiment.layers:
            if not find_rule(spec.rule).takes_labels:
                continue
            for phase in self.experiment.shown:
                if spec.name not in self.experiment.learning_in(phase):
                    continue
                if phase.input != TRAIN or self.dataset.train_labels is None:
                    raise ConfigError(
                        [f"phases.{phase.name}.input: must have labels, from which {spec.name} "
                         f"({spec.rule}) learns; {TRAIN} has them where the dataset does"]
                    )  # fmt: skip
            classes = getattr(spec, "classes", None)
            if classes is not None and classes < self.dataset.classes:
                raise ConfigError(
                    [f"layers.{spec.name}.classes: must be at least {self.dataset.classes}, the "
                     f"number of classes of {self.dataset.source} (got {classes})"]
                )  # fmt: skip


@contextmanager
def placed(experiment: Experiment) -> Iterator[None]:
    """Faults that begin with a path of keys are told with the place where those were written."""
    try:
        yield
    except UsageError as err:
        text = experiment.placed(str(err))
        if text == str(err):
            raise
        raise ConfigError([text]) from None
