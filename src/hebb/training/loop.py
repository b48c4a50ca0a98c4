"""`Training`: a run under way, phase by phase, epoch by epoch, chunk by chunk.

Where it stands is a `Position`; whatever moves is in the stack's arrays; inputs, orders and draws
follow from both. So a checkpoint of position and arrays is all that a run needs to go on, to the
bit, as if it had never stopped.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from tqdm import tqdm

from hebb.apparatus import Apparatus
from hebb.bars import seconds_between
from hebb.config import PhaseSpec
from hebb.data import Feed
from hebb.device import Fetched, one_blas_thread
from hebb.errors import HebbError
from hebb.interrupt import Interrupted, stop_requested
from hebb.layers.compiled import load_numba_without_scipy
from hebb.stack import Chunk, NotFinite, Stack
from hebb.store import Run
from hebb.training.record import add_changes, headline, measured
from hebb.training.supply import Supply
from hebb.training.writer import BackgroundWriter

CHUNK = 500  # rows moved at once, about: few enough for the caches, and without any meaning
ANSWERS = 8 * 2**20  # bytes that the widest layer's answers to a chunk take, about
CHECKPOINT_SECONDS = 3.0  # about so much work is done again after a power cut
CHECKPOINT_SHARE = 0.01  # of the time, at most, goes into checkpoints
BEFORE = "before/"  # marks the arrays of an epoch's beginning in a checkpoint


@dataclass
class Position:
    """How far a run has come."""

    phase: int = 0  # its number, from 0
    epoch: int = 0  # of the phase, from 0
    step: int = 0  # inputs of the epoch
    inputs: int = 0  # of all phases
    records: int = 0  # lines of metrics.jsonl
    seconds: float = 0.0  # of the epoch, on the clock
    frozen: dict[str, str] = field(default_factory=dict)  # digests where the phase began


def chunk_of(apparatus: Apparatus) -> int:
    """Rows moved at once: whole batches, as a part of one would be answered again with the rest."""
    experiment, together = apparatus.experiment, apparatus.together
    widest = max(layer.n_units for layer in experiment.layers) * np.dtype(experiment.dtype).itemsize
    rows = min(CHUNK, ANSWERS // widest)
    return max(1, math.ceil(rows / together)) * together


class Training:
    """A run under way: what learns, what is shown, and where it stands."""

    def __init__(self, apparatus: Apparatus, stack: Stack, run: Run, quiet: bool):
        self.apparatus, self.stack, self.run, self.quiet = apparatus, stack, run, quiet
        self.chunk = chunk_of(apparatus)
        self.at = Position()
        self.before: Fetched | None = None  # the weights with which the epoch began
        self.due = time.perf_counter() + CHECKPOINT_SECONDS

    def stand(self, at: Position, arrays: dict[str, np.ndarray]) -> None:
        """Stand where a checkpoint was made."""
        self.at = at
        self.before = Fetched(
            {
                key.removeprefix(BEFORE): arrays.pop(key)
                for key in list(arrays)
                if key.startswith(BEFORE)
            }
        )
        self.stack.load(arrays, motion=True)

    def go(self) -> None:
        """Every phase from here on. Interrupted: a stop was requested, and a checkpoint made."""
        phases = self.apparatus.experiment.shown
        if any(layer.form == "compiled" for layer in self.stack.layers.values()):
            load_numba_without_scipy()
        with stop_requested() as self.stop, one_blas_thread(), BackgroundWriter() as self.writer:
            while self.at.phase < len(phases):
                self._phase(phases[self.at.phase])
                self.at.phase, self.at.epoch = self.at.phase + 1, 0

    def _phase(self, phase: PhaseSpec) -> None:
        """The rest of a phase: a record and a snapshot follow each epoch."""
        at, feed, learning = self.at, self.apparatus.feed(phase), self._enter(phase)
        first = next(iter(self.stack.layers.values()))
        supply = Supply(feed, first.device, first.dtype)
        total, done = phase.epochs * feed.steps, at.epoch * feed.steps + at.step
        with tqdm(
            total=total, initial=done, desc=phase.name, unit=" inputs", disable=self.quiet,
            mininterval=seconds_between(),
        ) as bar:  # fmt: skip
            while at.epoch < phase.epochs:
                self._epoch(phase, supply, learning, bar)
                self._keep(self._record(phase, feed, learning), bar)
                at.epoch, at.step, at.seconds, at.records = at.epoch + 1, 0, 0.0, at.records + 1
                self._checkpoint_if_due()
            self.writer.wait()
            self._checkpoint_if_due()  # a stop may have been requested while that was written
        self._check_frozen(phase)

    def _enter(self, phase: PhaseSpec) -> list[str]:
        """Make the stack what a phase needs. Returns the names of the layers that learn."""
        experiment, layers = self.apparatus.experiment, self.stack.layers
        for name, spec in experiment.layers_in(phase).items():
            layers[name].spec = spec
        learning = experiment.learning_in(phase)
        if self.at.step == 0:
            self.before = None
        if self.at.epoch == 0 and self.at.step == 0:
            for name, init in phase.restart.items():
                self.apparatus.restart(layers[name], init, phase.name)
            frozen = layers.keys() - set(learning)
            self.at.frozen = {name: layers[name].digest() for name in sorted(frozen)}
        return learning

    def _check_frozen(self, phase: PhaseSpec) -> None:
        for name, digest in self.at.frozen.items():
            if self.stack.layers[name].digest() != digest:
                raise HebbError(
                    f"layer {name} was frozen in phase {phase.name}, and its arrays have changed: "
                    "its rule's `follow` must not learn"
                )

    def _epoch(self, phase: PhaseSpec, supply: Supply, learning: list[str], bar: tqdm) -> None:
        """The rest of an epoch, with a checkpoint now and then."""
        at, feed = self.at, supply.feed
        if at.step == 0:
            self.before = self.before or self.stack.fetch()
            self.stack.begin_epoch(at.epoch, phase.epochs)
        while at.step < feed.steps:
            began = time.perf_counter()
            try:
                for rows in self.stack.learn(self._chunks(supply), learning):
                    at.step += rows
                    at.inputs += rows
                    bar.update(rows)
            except NotFinite as err:
                end = at.inputs + min(self.chunk, feed.steps - at.step)
                self.writer.wait()
                raise _diverged(err, at.inputs, end, phase, self.run) from None
            at.seconds += time.perf_counter() - began
            if at.step < feed.steps:
                self._checkpoint_if_due()

    def _chunks(self, supply: Supply) -> Iterator[Chunk]:
        """The rest of an epoch's inputs, until a stop is requested or a checkpoint is due."""
        begin, steps = self.at.step, supply.feed.steps
        for start in range(begin, steps, self.chunk):
            # One chunk at least: checkpoints may be slow, but the run moves on.
            if self.stop or (start > begin and time.perf_counter() > self.due):
                return
            yield supply.chunk(self.at.epoch, start, min(start + self.chunk, steps))

    def _checkpoint_if_due(self) -> None:
        """Save all that is needed to go on from here; stop where a stop was requested."""
        began = time.perf_counter()
        if not self.stop and began < self.due:
            return
        self.writer.wait()  # what a checkpoint is behind must be there when it is gone on from
        began_with = self.before.result() if self.before else {}
        before = {BEFORE + key: array for key, array in began_with.items()}
        self.run.save_checkpoint(asdict(self.at), self.stack.state(motion=True) | before)
        cost = time.perf_counter() - began
        self.due = began + cost + max(CHECKPOINT_SECONDS, cost / CHECKPOINT_SHARE)
        if self.stop:
            self.run.save_snapshot(self.at.inputs, self.stack.state())
            cure = f"to go on: hebb resume {self.run.path}"
            raise Interrupted(f"interrupted after {self.at.inputs:,} inputs; {cure}")

    def _record(self, phase: PhaseSpec, feed: Feed, learning: list[str]) -> dict[str, Any]:
        """The line of metrics.jsonl for an epoch that has just ended, but for `weight_change`."""
        return {
            "phase": phase.name,
            "epoch": self.at.epoch + 1,
            "inputs": self.at.inputs,
            "inputs_per_second": round(feed.steps / self.at.seconds, 1),
            "layers": measured(self.stack, learning),
        }

    def _keep(self, record: dict[str, Any], bar: tqdm) -> None:
        """Write an epoch's record and snapshot, while the next epoch is under way."""
        self.writer.wait()  # whose copies are then gone
        before, after = self.before, self.stack.fetch()
        assert before is not None
        self.before = after  # of the next epoch

        def write() -> None:
            add_changes(record, before.result(), after.result())
            self.run.append_metrics(record)
            bar.set_postfix_str(headline(record), refresh=False)
            self.run.save_snapshot(record["inputs"], after.result())

        self.writer.write(write)


def _diverged(err: NotFinite, start: int, end: int, phase: PhaseSpec, run: Run) -> HebbError:
    good = run.snapshots()
    clip = ", or set `clip`" if err.can_clip else ""
    return HebbError(
        f"{err} after {start:,} to {end:,} inputs, in phase {phase.name}. "
        f"Its learning rate is likely too large for its inputs: lower it{clip}, in a new run. "
        f"The last good weights are kept: {good[max(good)]}"
    )
