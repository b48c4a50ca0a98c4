"""hebb from Python: `load` an experiment, `run` it, `open` a run. The same work as the commands."""

import sys
from pathlib import Path

from hebb import config
from hebb.config import Experiment
from hebb.errors import UsageError
from hebb.experiment import train
from hebb.interface.opened_run import OpenedRun
from hebb.store import Run


def load(experiment: str | Path, *settings: str) -> Experiment:
    """The experiment of a file, or the shipped one of that name, with KEY=VALUE settings."""
    return config.load(experiment, settings)


def run(
    experiment: str | Path | Experiment,
    *settings: str,
    runs_dir: str | Path = "runs",
    id: str | None = None,
    device: str = "auto",
    reference: bool = False,
    quiet: bool = False,
) -> OpenedRun:
    """Train an experiment, read it out as its `evaluate:` says, and open the run.

    experiment: a file, a shipped name, or what `load` gave. The rest is as in `hebb run`.
    """
    if not isinstance(experiment, Experiment):
        experiment = load(experiment, *settings)
    elif settings:
        raise UsageError(
            f"{settings[0]}: settings are laid over a file, before it is checked; "
            "give them to hebb.load, or give hebb.run the file"
        )

    def say(line: str) -> None:
        if not quiet:
            print(line, file=sys.stderr)

    done = OpenedRun(
        train(experiment, runs_dir=Path(runs_dir), id=id, device=device, reference=reference,
              quiet=quiet, say=say)
    )  # fmt: skip
    if experiment.evaluate:
        done.evaluate(quiet=quiet)
    return done


def open(run: str | Path = "latest", runs_dir: str | Path = "runs") -> OpenedRun:
    """A run by its path, its bare id in runs_dir, or `latest`."""
    return OpenedRun(Run.open(str(run), Path(runs_dir)))
