"""The runs behind the page: made once, found again."""

import tempfile
from pathlib import Path
from statistics import median

from rows import ASKED

from hebb import config
from hebb.config import Experiment
from hebb.errors import HebbError
from hebb.evaluate import evaluate
from hebb.experiment import resume, train
from hebb.store import Run


def experiments(datasets: list[str], seeds: list[int], names: list[str]) -> list[Experiment]:
    """All shipped ones and all of ASKED, or those named, for each dataset and seed."""
    found = []
    for dataset in datasets:
        wanted = {name: (name, []) for name in config.shipped()}
        wanted |= ASKED if dataset == "mnist" else {}
        for name, (base, changes) in wanted.items():
            if names and name not in names:
                continue
            for seed in seeds:
                settings = [*changes, f"name={name}", f"seed={seed}", f"dataset.source={dataset}"]
                found.append(config.load(base, [*settings, "dataset.fallback=null"]))
    return found


def id_of(experiment: Experiment) -> str:
    return f"{experiment.name}-{experiment.dataset.source}-s{experiment.seed}"


def finished(experiment: Experiment, runs_dir: Path) -> Run | None:
    """The run of an experiment, if it is complete and read out."""
    run = Run(runs_dir / id_of(experiment))
    read_out = (run.path / "eval.json").is_file() or not experiment.evaluate
    if read_out and _same(experiment, run) and run.info()["status"] == "completed":
        return run
    return None


def made(experiment: Experiment, runs_dir: Path) -> Run:
    """The run of an experiment, trained and read out as far as that is left to do."""
    run = Run(runs_dir / id_of(experiment))
    if not _same(experiment, run):
        run = train(experiment, runs_dir=runs_dir, id=run.id, quiet=True, say=_unsaid)
    elif run.info()["status"] != "completed":
        resume(run, quiet=True, say=_unsaid)
    if experiment.evaluate:
        evaluate(run, quiet=True)
    return run


def rates(names: list[str]) -> dict[str, float]:
    """Inputs a second of each shipped experiment: the median over two epochs of each phase."""
    found = {}
    for name in names or config.shipped():
        experiment = config.load(name, ["dataset.fallback=null"])
        few = [(each, {"epochs": min(each.epochs, 2)}) for each in experiment.phases]
        phases = [each.model_copy(update=epochs) for each, epochs in few]
        short = experiment.model_copy(update={"phases": phases})
        with tempfile.TemporaryDirectory() as aside:
            run = train(short, runs_dir=Path(aside), quiet=True, say=_unsaid)
            found[name] = median(each["inputs_per_second"] for each in run.metrics())
        print(f"{name:<28} {found[name]:12,.0f} inputs/s", flush=True)
    return found


def _same(experiment: Experiment, run: Run) -> bool:
    """Whether a run is of this experiment; what else it was compared with does not matter."""
    words = {"notes": None, "expect": {}, "controls": []}
    try:
        before = config.load(run.path / "config.yaml").model_copy(update=words)
    except HebbError:
        return False
    return before == experiment.model_copy(update=words)


def _unsaid(line: str) -> None:
    """A run's log says it."""
