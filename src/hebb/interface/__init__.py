"""hebb from Python: `load` an experiment, `run` it, `open` a run. The same work as the commands."""

from pathlib import Path

from hebb import config
from hebb.apparatus import branched
from hebb.config import Experiment
from hebb.errors import UsageError
from hebb.experiment import train
from hebb.interface.opened_run import OpenedRun, told, unsaid
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
    start: str | None = None,
) -> OpenedRun:
    """Train an experiment, read it out as its `evaluate:` says, and open the run.

    experiment: a file, a shipped name, or what `load` gave. start: RUN or RUN@SNAPSHOT, whose
    weights it begins with, as by `--from`. The rest is as in `hebb run`.
    """
    if not isinstance(experiment, Experiment):
        experiment = load(experiment, *settings)
    elif settings:
        raise UsageError(
            f"{settings[0]}: settings are laid over a file, before it is checked; "
            "give them to hebb.load, or give hebb.run the file"
        )

    if start is not None:
        experiment = branched(experiment, start, Path(runs_dir))
    done = OpenedRun(
        train(experiment, runs_dir=Path(runs_dir), id=id, device=device, reference=reference,
              quiet=quiet, say=unsaid if quiet else told)
    )  # fmt: skip
    if experiment.evaluate:
        done.evaluate(quiet=quiet)
    return done


def open(run: str | Path = "latest", runs_dir: str | Path = "runs") -> OpenedRun:
    """A run by its path, its bare id in runs_dir, or `latest`."""
    return OpenedRun(Run.open(str(run), Path(runs_dir)))
