"""`train`: an experiment from its first weights to its last, the loop that everything serves."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hebb.apparatus import Apparatus, pinned
from hebb.config import Experiment, PhaseSpec, dumps
from hebb.data import Feed, load
from hebb.device import choose
from hebb.errors import HebbError
from hebb.interrupt import Interrupted, stop_requested
from hebb.provenance import provenance
from hebb.stack import Chunk, NotFinite, Stack
from hebb.store import Run, now

CHUNK = 500  # rows moved at once: small enough to stay in the caches, and without any meaning


def train(
    experiment: Experiment,
    *,
    runs_dir: Path = Path("runs"),
    id: str | None = None,
    device: str = "auto",
    reference: bool = False,
    quiet: bool = False,
    say: Callable[[str], None] = print,
) -> Run:
    """Run every phase of an experiment and return its run directory.

    reference: the rules as read instead of their compiled forms. say: is told what matters
    before training begins. HebbError: what went wrong; run.json then says so too.
    """
    where, why = choose(device, reference=reference)
    experiment = pinned(experiment, runs_dir)
    apparatus = Apparatus.of(experiment, load(experiment.dataset, say=say), runs_dir)
    stack = apparatus.stack(where)
    origin = provenance(apparatus, stack, where)
    run = Run.create(runs_dir, experiment.name, id)
    run.note(status="running", **origin)
    run.write_text("config.yaml", dumps(experiment))
    data = apparatus.dataset
    for line in (f"device: {why}", f"data: {data.source} from {data.where}", *apparatus.notes):
        say(line)
        run.log(line)
    began = time.perf_counter()
    try:
        with stop_requested() as stop:
            _train(apparatus, stack, run, quiet, stop)
    except BaseException as err:
        interrupted = isinstance(err, Interrupted | KeyboardInterrupt)
        message = str(err) if isinstance(err, HebbError) else f"{type(err).__name__}: {err}"
        if isinstance(err, KeyboardInterrupt):
            message = "stopped at once, by a second signal"
        status = "interrupted" if interrupted else "failed"
        run.note(status=status, error=message, finished=now())
        run.log(f"{status}: {message}")
        raise
    seconds = round(time.perf_counter() - began, 3)
    run.note(status="completed", finished=now(), training_seconds=seconds)
    return run


def _train(apparatus: Apparatus, stack: Stack, run: Run, quiet: bool, stop: list[int]) -> None:
    """Phases of epochs of chunks. Metrics and a snapshot follow each epoch."""
    inputs = 0
    run.save_snapshot(inputs, stack.state())
    for phase in apparatus.experiment.shown:
        feed = apparatus.feed(phase)
        learning = _enter(phase, apparatus, stack)
        total = phase.epochs * feed.steps
        with tqdm(total=total, desc=phase.name, unit=" inputs", disable=quiet) as bar:
            for epoch in range(phase.epochs):
                before = stack.state()
                began = time.perf_counter()
                stack.begin_epoch(epoch, phase.epochs)
                done = 0
                try:
                    for rows in stack.learn(_chunks(feed, epoch, stack, stop), learning):
                        done += rows
                        bar.update(rows)
                except NotFinite as err:
                    end = inputs + min(done + CHUNK, feed.steps)
                    raise _diverged(err, inputs + done, end, phase, run) from None
                inputs += done
                rate = done / (time.perf_counter() - began)
                if done == feed.steps:
                    record = _record(phase, epoch, inputs, rate, stack, learning, before)
                    run.append_metrics(record)
                    bar.set_postfix_str(_headline(record), refresh=False)
                run.save_snapshot(inputs, stack.state())
                if stop:
                    raise Interrupted(
                        f"interrupted after {inputs:,} inputs; weights are saved in {run.path}"
                    )


def _enter(phase: PhaseSpec, apparatus: Apparatus, stack: Stack) -> list[str]:
    """Make the stack what a phase begins with. Returns the names of the layers that learn."""
    for name, spec in apparatus.experiment.layers_in(phase).items():
        stack.layers[name].spec = spec
    for name, init in phase.restart.items():
        apparatus.restart(stack.layers[name], init, phase.name)
    return apparatus.experiment.learning_in(phase)


def _chunks(feed: Feed, epoch: int, stack: Stack, stop: list[int]) -> Iterator[Chunk]:
    """An epoch's inputs, until all are shown or a stop is requested."""
    first = next(iter(stack.layers.values()))
    for start in range(0, feed.steps, CHUNK):
        if stop:
            return
        end = min(start + CHUNK, feed.steps)
        x = first.device.put(feed.rows(epoch, start, end, first.dtype))
        yield x, feed.labels(epoch, start, end)


def _record(
    phase: PhaseSpec,
    epoch: int,
    inputs: int,
    rate: float,
    stack: Stack,
    learning: list[str],
    before: dict[str, np.ndarray],
) -> dict[str, Any]:
    """The line of metrics.jsonl for an epoch that has just ended."""
    layers: dict[str, Any] = {}
    for name, layer in stack.layers.items():
        w, w_before = layer.state()["w"], before[f"{name}.w"]
        change = float(np.linalg.norm(w - w_before) / (np.linalg.norm(w_before) or 1))
        layers[name] = {"learns": name in learning, **layer.metrics(), "weight_change": change}
    return {
        "phase": phase.name,
        "epoch": epoch + 1,
        "inputs": inputs,
        "inputs_per_second": round(rate, 1),
        "layers": layers,
    }


def _headline(record: dict[str, Any]) -> str:
    """The figures of an epoch for the end of a progress bar."""
    parts = []
    for name, layer in record["layers"].items():
        change = f"change {layer['weight_change']:.3f}" if layer["learns"] else "frozen"
        parts.append(f"{name}: error {layer['reconstruction_error']:.3f} {change}")
    return " | ".join(parts)


def _diverged(err: NotFinite, start: int, end: int, phase: PhaseSpec, run: Run) -> HebbError:
    good = run.snapshots()
    return HebbError(
        f"{err} after {start:,} to {end:,} inputs, in phase {phase.name}. "
        f"Its learning rate is likely too large for its inputs: lower it, or set `clip`. "
        f"The last good weights are kept: {good[max(good)]}"
    )
