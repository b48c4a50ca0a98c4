"""`train` and `resume`: an experiment from its first weights to its last. Read this first.

A run is a pure function of its experiment. Here it is begun, or taken up from its last checkpoint,
and run.json is told how it ends; what happens in between is in `training`.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hebb.apparatus import Apparatus, fitted, reopen
from hebb.config import Experiment, changed, dumps, load
from hebb.device import Device, choose
from hebb.errors import HebbError, UsageError
from hebb.interrupt import Interrupted
from hebb.layers.compiled import told_once
from hebb.provenance import at_last, changes, moves, process, provenance
from hebb.store import Run, file_digest, now
from hebb.training import Position, Training

COMPILING = "kernels are compiled for the first time: some ten seconds a rule"

Say = Callable[[str], None]


def train(
    experiment: Experiment,
    *,
    runs_dir: Path = Path("runs"),
    id: str | None = None,
    device: str = "auto",
    reference: bool = False,
    quiet: bool = False,
    say: Say = print,
) -> Run:
    """Run every phase of an experiment and return its run directory.

    reference: the rules as read instead of their compiled forms. say: is told what matters
    before training begins. HebbError: what went wrong; run.json then says so too.
    """
    Run.check_new(runs_dir, id)
    where, why = choose(device, reference=reference)
    apparatus = fitted(experiment, runs_dir, say)
    experiment = apparatus.experiment
    where.check_room(apparatus.weights_bytes)
    with where.within():
        stack = apparatus.stack(where)
        origin = provenance(apparatus, stack, where) | {"reference": reference}
        run = Run.create(runs_dir, experiment.name, id)
        # Once more within, so that run.json tells of a full memory as a person reads it.
        with run.held(), _status_kept(run), where.within():
            run.note(status="running", **origin)
            if found := changed(experiment):
                run.note(changed=found)
            run.write_text("config.yaml", dumps(experiment))
            run.note(config=file_digest(run.path / "config.yaml"))
            data = apparatus.dataset
            told = (f"device: {why}", f"data: {data.source} from {data.where}")
            for line in (*told, *apparatus.notes):
                say(line)
                run.log(line)
            run.save_snapshot(0, stack.state())
            with told_once(lambda: _beside_the_bar(say, COMPILING)):
                Training(apparatus, stack, run, quiet).go()
    return run


def resume(run: Run, *, device: str | None = None, quiet: bool = False, say: Say = print) -> Run:
    """Go on with a run that was cut, from its last checkpoint; exactly, on the device it was on.

    Of one that was cut while it was read out, nothing is left to learn. device: go on there
    instead. UsageError: it is complete, still under way, or what it needs is not as it was.
    """
    with run.held():
        info = run.info()
        if info["status"] == "completed":
            _check_only_to_read_out(run)
            say("training is complete; what is left is to read it out")
            return run
        if not {"device", "reference"} <= info.keys():
            raise UsageError(f"{run.path / 'run.json'}: does not say how the run was begun")
        apparatus = reopen(run)
        said = changes(run)
        where, why = choose(device or at_last(info), reference=info["reference"])
        where.check_room(apparatus.weights_bytes)
        with where.within():
            training = _taken_up(apparatus, where, run, quiet)
        at = training.at
        moved, line = moves(info, where, training.stack, at.inputs)
        said += [f"device: {why}{line}"] if device or line else []
        for line in (*said, f"going on from the last checkpoint, after {at.inputs:,} inputs"):
            say(line)
            run.log(line)
        run.cut_back(at.records, at.inputs - at.step)  # the epoch under way has no snapshot yet
        run.note(status="running", error=None, finished=None, **process(), **moved)
        with _status_kept(run), where.within():
            if not run.snapshots():
                run.save_snapshot(0, apparatus.stack(where).state())
            with told_once(lambda: _beside_the_bar(say, COMPILING)):
                training.go()
    return run


def _check_only_to_read_out(run: Run) -> None:
    """UsageError: a complete run was not cut before its evaluation was written, or cannot be read
    out; and what can be done with it."""
    try:
        run.snapshot("last")
    except UsageError as err:
        raise UsageError(f"{run.path}: is complete, and has nothing to go on from: {err}") from None
    if (run.path / "eval.json").exists() or not load(run.path / "config.yaml").evaluate:
        raise UsageError(f"{run.path}: is complete; `hebb eval` and `hebb plot` read it out")


def _beside_the_bar(say: Say, line: str) -> None:
    with tqdm.external_write_mode(file=sys.stderr):
        say(line)


def _taken_up(apparatus: Apparatus, where: Device, run: Run, quiet: bool) -> Training:
    """A run where its last checkpoint was made, or at its beginning where there is none."""
    if not run.has_checkpoint():  # the experiment says how to begin again
        return Training(apparatus, apparatus.stack(where), run, quiet)
    try:
        at, arrays = run.checkpoint()
        position = Position(**at)
    except (UsageError, TypeError) as err:
        none = f"{run.path / 'checkpoint.npz'}: is not a checkpoint"
        cure = "remove it, and `hebb resume` begins the run from its first input"
        raise UsageError(f"{none if isinstance(err, TypeError) else err}; {cure}") from None
    apparatus.try_restarts(apparatus.experiment.shown[position.phase + 1 :])
    training = Training(apparatus, apparatus.empty_stack(where), run, quiet)
    training.stand(position, arrays)
    return training


@contextmanager
def _status_kept(run: Run) -> Iterator[None]:
    """run.json says how the run ended, whatever ends it."""
    began = time.perf_counter()
    try:
        yield
    except BaseException as err:
        message = str(err) if isinstance(err, HebbError) else f"{type(err).__name__}: {err}"
        if isinstance(err, KeyboardInterrupt):
            message = "stopped at once"
        interrupted = isinstance(err, Interrupted | KeyboardInterrupt)
        status = "interrupted" if interrupted else "failed"
        run.note(status=status, error=message, **_times(run, began))
        run.log(f"{status}: {message}")
        raise
    run.note(status="completed", **_times(run, began))
    run.forget_checkpoint()


def _times(run: Run, began: float) -> dict[str, Any]:
    seconds = run.info().get("training_seconds", 0) + time.perf_counter() - began
    return {"finished": now(), "training_seconds": round(seconds, 3)}
