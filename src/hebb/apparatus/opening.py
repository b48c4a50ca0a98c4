"""The apparatus of a new run, and of one that exists."""

from collections.abc import Callable
from pathlib import Path

from hebb.apparatus.first_weights import pinned
from hebb.apparatus.parts import Apparatus, placed
from hebb.config import Experiment
from hebb.config import load as load_experiment
from hebb.data import CARRIED, Dataset, DatasetSpec, DataUnavailable, load
from hebb.errors import DataError, UsageError
from hebb.store import Run, check_unchanged


def fitted(
    experiment: Experiment,
    runs_dir: Path,
    say: Callable[[str], None] = lambda line: None,
    have: Callable[..., Dataset] | None = None,
) -> Apparatus:
    """The apparatus of a new run, its data loaded. Faults cite where their cause was written.

    have: from its `dataset` to the data, where they are not to be loaded anew.
    """
    with placed(experiment):
        experiment = pinned(experiment, runs_dir)
        try:
            wanted = experiment.dataset
            data = load(wanted, say=say) if have is None else have(wanted)
        except DataUnavailable:
            raise
        except UsageError as err:
            named = experiment.dataset.path and not str(err).startswith("dataset.")
            raise DataError(f"dataset.path: {err}" if named else str(err)) from None
        return Apparatus.of(experiment, data, runs_dir)


def experiment_of(run: Run) -> Experiment:
    """The experiment of a run that exists. UsageError: an own rule is no longer the same."""
    experiment, files = load_experiment(run.path / "config.yaml"), run.info().get("files", {})
    check_unchanged({path: digest for path, digest in files.items() if path.endswith(".py")})
    return experiment


def reopen(run: Run) -> Apparatus:
    """The apparatus of a run that exists.

    DataError where its dataset cannot be had or is no longer the same; UsageError where an own
    rule is not.
    """
    experiment, known = experiment_of(run), run.info()["dataset"]
    wanted, source, where = experiment.dataset, known["source"], known["where"]
    if source != wanted.source:  # the run fell back, and so must whoever looks at it
        wanted = DatasetSpec(source=source, validation=wanted.validation)
    wanted = wanted.model_copy(update={"fallback": None})
    way_out = f"to go on, {_back(wanted, where)}"
    try:
        data = load(wanted)
    except UsageError as err:
        why = err.why if isinstance(err, DataUnavailable) else err
        lost = f"{run.path}: was trained on {source} from {where}, which cannot be had now"
        raise DataError(f"{lost} ({why}); {way_out}") from None
    if data.digest != known["sha256"]:
        raise DataError(
            f"{run.path}: was trained on {source} from {where}, and what is found now differs: "
            f"{data.source} from {data.where}; {way_out}"
        )
    return Apparatus.of(experiment, data, run.path.parent)


def _back(spec: DatasetSpec, where: str) -> str:
    """How a run gets back the dataset that it found at `where`."""
    if spec.path is not None:
        return f"put back what was at {where}"
    if spec.source in CARRIED:
        return f"install {where}"
    return f"let HEBB_DATA name the folder that holds that {spec.source}.npz"
