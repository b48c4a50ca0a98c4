"""One run of many, wherever it is run: trained or gone on with, then read out.

What a run has come to is read from its directory, so it can be left and taken up anywhere.
"""

import os
import shutil
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hebb import config as configs
from hebb.config import Experiment
from hebb.data import Asked
from hebb.errors import HebbError, UsageError
from hebb.evaluate import evaluate, file_name
from hebb.experiment import resume, train
from hebb.interrupt import Interrupted
from hebb.store import ASKED, Run


@dataclass(frozen=True)
class Job:
    """One run of many, with all that whoever runs it needs to know."""

    folder: Path  # of all the runs, absolute
    id: str
    settings: dict[str, str]  # KEY: VALUE of each axis
    seed: int
    on: Asked  # the images it is judged on
    experiment: str  # as resolved, in YAML
    fault: str = ""  # what is wrong with it, where it has no experiment
    asked: str = ASKED  # the file in `folder` that says what was asked for
    read_out: bool = True  # whether the experiment has anything to be read out by


@dataclass(frozen=True)
class Outcome:
    """What a run has come to. Accuracies are fractions, of the first classifier if any."""

    status: Literal["waiting", "under way", "interrupted", "failed", "completed"]
    accuracy: float | None = None
    controls: dict[str, float] = field(default_factory=dict)
    error: str = ""


def outcome(job: Job) -> Outcome:
    """What a run that nobody is at has come to, by what its directory says."""
    run = Run(job.folder / job.id)
    if not (run.path / "config.yaml").is_file():
        return Outcome("failed", error=job.fault) if job.fault else Outcome("waiting")
    try:
        info = run.info()
        if info["status"] == "failed":
            return Outcome("failed", error=str(info.get("error")))
        if info["status"] != "completed" or not _is_read_out(run, job):
            return Outcome("interrupted")
        return _as_read_out(run, job)
    except UsageError as err:
        return Outcome("failed", error=str(err))


def _as_read_out(run: Run, job: Job) -> Outcome:
    if not job.read_out:
        return Outcome("completed")
    path = _results(run, job.on)
    try:
        votes = [each for each in run.read_json(path.name)["results"] if "accuracy" in each]
        first = votes[0] if votes else {"accuracy": None, "controls": {}}
        controls = {name: each["accuracy"] for name, each in first["controls"].items()}
        return Outcome("completed", first["accuracy"], controls)
    except (KeyError, TypeError, AttributeError):
        raise UsageError(f"{path}: is not an evaluation") from None


def carry_out(job: Job) -> Outcome:
    """Do all that is left to do for a run. Whatever goes wrong is told in the outcome."""
    try:
        if not (job.folder / job.asked).is_file():
            raise UsageError(
                f"{job.folder}: is not there for the process {os.getpid()} that is to run in it; "
                "--runs-dir must be on a disk that all of them share"
            )
        run = _trained(job)
        if not _is_read_out(run, job):
            evaluate(run, on=job.on, quiet=True)
        return outcome(job)
    except (Interrupted, KeyboardInterrupt):
        return Outcome("interrupted")
    except HebbError as err:
        return Outcome("failed", error=str(err))
    except Exception as err:  # whatever it is, the other runs go on
        if (job.folder / job.id).is_dir():
            Run(job.folder / job.id).log(traceback.format_exc())
        return Outcome("failed", error=f"{type(err).__name__}: {err}")


def _trained(job: Job) -> Run:
    """The run, with its training complete."""
    run = Run(job.folder / job.id)
    if not (run.path / "config.yaml").is_file():
        shutil.rmtree(run.path, ignore_errors=True)  # claimed, and cut before it had begun
        return train(_experiment(job), runs_dir=job.folder, id=job.id, quiet=True, say=_unsaid)
    while run.is_held():  # by a worker that was thought lost: what it makes of the run counts
        time.sleep(1)
    if run.info()["status"] != "completed":
        resume(run, quiet=True, say=_unsaid)
    return run


def _experiment(job: Job) -> Experiment:
    with tempfile.TemporaryDirectory() as aside:
        path = Path(aside) / "config.yaml"
        path.write_text(job.experiment, encoding="utf-8")
        return configs.load(path)


def _is_read_out(run: Run, job: Job) -> bool:
    return not job.read_out or _results(run, job.on).is_file()


def _results(run: Run, on: Asked) -> Path:
    """Where the read-out of its last weights is, or will be."""
    return run.path / file_name(run, run.find("last")[0], on)


def _unsaid(line: str) -> None:
    """A run's log says it."""
