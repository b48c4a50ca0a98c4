"""`train`: an experiment from its first weights to its last, the loop that everything serves."""

import platform
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hebb.apparatus import Apparatus
from hebb.config import Experiment, PhaseSpec, dumps
from hebb.data import Feed, load
from hebb.device import Device, choose
from hebb.errors import HebbError
from hebb.stack import Chunk, NotFinite, Stack
from hebb.store import Run, now

CHUNK = 500  # rows moved at once: small enough to stay in the caches, and without any meaning


class Interrupted(HebbError):
    """Ctrl-C or SIGTERM: what was learned is saved."""

    exit_code = 130


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
    apparatus = Apparatus.of(experiment, load(experiment.dataset, say=say), runs_dir)
    stack = apparatus.stack(where)
    origin = _provenance(apparatus, stack, where)
    run = Run.create(runs_dir, experiment.name, id)
    run.note(status="running", **origin)
    run.write_text("config.yaml", dumps(experiment))
    data = apparatus.dataset
    for line in (f"device: {why}", f"data: {data.source} from {data.where}", *apparatus.notes):
        say(line)
        run.log(line)
    began = time.perf_counter()
    try:
        with _stop_requested() as stop:
            _train(apparatus, stack, run, quiet, stop)
    except BaseException as err:
        interrupted = isinstance(err, Interrupted | KeyboardInterrupt)
        message = str(err) if isinstance(err, HebbError) else f"{type(err).__name__}: {err}"
        status = "interrupted" if interrupted else "failed"
        run.note(status=status, error=message, finished=now())
        run.log(f"{status}: {message}")
        raise
    seconds = round(time.perf_counter() - began, 3)
    run.note(status="completed", finished=now(), training_seconds=seconds)
    return run


def _train(apparatus: Apparatus, stack: Stack, run: Run, quiet: bool, stop: list) -> None:
    """Phases of epochs of chunks. Metrics and a snapshot follow each epoch."""
    inputs = 0
    run.save_snapshot(inputs, stack.state())
    for phase in apparatus.experiment.phases:
        feed = apparatus.feed(phase)
        learning = _enter(phase, apparatus, stack)
        with tqdm(
            total=phase.epochs * feed.steps, desc=phase.name, unit=" inputs", disable=quiet
        ) as bar:
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
                    raise _diverged(err, inputs + done, phase, run) from None
                inputs += done
                seconds = time.perf_counter() - began
                if stop:
                    run.save_snapshot(inputs, stack.state())
                    raise Interrupted(
                        f"interrupted after {inputs:,} inputs; weights are saved in {run.path}"
                    )
                record = _record(phase, epoch, inputs, done / seconds, stack, learning, before)
                run.append_metrics(record)
                run.save_snapshot(inputs, stack.state())
                bar.set_postfix_str(_headline(record), refresh=False)


def _enter(phase: PhaseSpec, apparatus: Apparatus, stack: Stack) -> list[str]:
    """Make the stack what a phase begins with. Returns the names of the layers that learn."""
    for name, spec in apparatus.experiment.layers_in(phase).items():
        stack.layers[name].spec = spec
    for name, init in phase.restart.items():
        apparatus.restart(stack.layers[name], init, phase.name)
    return apparatus.experiment.learning_in(phase)


def _chunks(feed: Feed, epoch: int, stack: Stack, stop: list) -> Iterator[Chunk]:
    """An epoch's inputs, until all are shown or a stop is requested."""
    first = next(iter(stack.layers.values()))
    for start in range(0, feed.steps, CHUNK):
        if stop:
            return
        end = min(start + CHUNK, feed.steps)
        x = first.device.put(feed.rows(epoch, start, end, first.dtype))
        yield x, feed.labels(epoch, start, end)


def _record(phase, epoch, inputs, rate, stack, learning, before) -> dict[str, Any]:
    """The line of metrics.jsonl for an epoch that has just ended."""
    layers: dict[str, Any] = {}
    for name, layer in stack.layers.items():
        w, w_before = layer.state()["w"], before[f"{name}.w"]
        change = float(np.linalg.norm(w - w_before) / (np.linalg.norm(w_before) or 1))
        layers[name] = {"learns": name in learning, **layer.metrics(), "weight_change": change}
    return {
        "phase": phase.name, "epoch": epoch + 1, "inputs": inputs,
        "inputs_per_second": round(rate, 1), "layers": layers,
    }  # fmt: skip


def _headline(record: dict[str, Any]) -> str:
    """The figures of an epoch for the end of a progress bar."""
    parts = []
    for name, layer in record["layers"].items():
        change = f"change {layer['weight_change']:.3f}" if layer["learns"] else "frozen"
        parts.append(f"{name}: error {layer['reconstruction_error']:.3f} {change}")
    return " | ".join(parts)


def _diverged(err: NotFinite, inputs: int, phase: PhaseSpec, run: Run) -> HebbError:
    good = max(run.snapshots())
    return HebbError(
        f"{err} after {inputs:,} to {inputs + CHUNK:,} inputs, in phase {phase.name}. "
        f"Its learning rate is likely too large for its inputs: lower it, or set `clip`. "
        f"The last good weights are kept: {run.path / 'snapshots' / f'{good:09d}.npz'}"
    )


@contextmanager
def _stop_requested() -> Iterator[list]:
    """A list that holds the signal once Ctrl-C or SIGTERM has come; a second stops at once."""
    received: list[int] = []

    def receive(number: int, frame: Any) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)

    try:
        before = {number: signal.signal(number, receive) for number in _STOPS}
    except ValueError:  # not the main thread: signals are somebody else's to take
        yield received
        return
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_STOPS = (signal.SIGINT, signal.SIGTERM)


def _provenance(apparatus: Apparatus, stack: Stack, device: Device) -> dict[str, Any]:
    """What run.json says of where a run comes from."""
    data = apparatus.dataset
    packages = ("hebb-lab", "numpy", "numba", "pydantic", "mlxtend")
    return {
        "name": apparatus.experiment.name,
        "seed": apparatus.experiment.seed,
        "started": now(),
        "device": {"kind": device.kind, "machine": platform.processor() or platform.machine()},
        "rules": {name: layer.form for name, layer in stack.layers.items()},
        "dataset": {"source": data.source, "where": data.where, "sha256": data.digest},
        "notes": apparatus.notes,
        "versions": {"python": platform.python_version()} | {p: version(p) for p in packages},
        "git": _git(),
    }


def _git() -> str | None:
    """The commit of the working directory, `+` where files differ from it; None outside git."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=40", "--exclude=*"],
            capture_output=True, text=True, timeout=5, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
