"""docs/notebooks.md: every experiment of the notebooks, run, measured and told.

    python benchmarks/notebooks.py run [NAME ...]   train and read out what is not there yet
    python benchmarks/notebooks.py rates            two epochs of each, alone on the machine
    python benchmarks/notebooks.py page             figures, pictures, and the page

All need MNIST (HEBB_DATA). `run` takes about two hours on two cores. Runs stay in --runs-dir, and one of the same experiment
is not made again; `page` reads them, writes figures and pictures to docs/notebooks/, and fills in
docs/notebooks/page.md.j2.
"""

import argparse
import json
import tempfile
from pathlib import Path
from statistics import median

from hebb import config
from hebb.config import Experiment
from hebb.contents import figures
from hebb.evaluate import evaluate
from hebb.experiment import resume, train
from hebb.store import Run

DOCS = Path(__file__).parents[1] / "docs" / "notebooks"

# Runs that answer the notebooks' questions and are no rows of theirs: a name, what it is made from,
# and what is changed.
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
ASKED = {
    **{
        f"{compete}_{round(100 * thresh)}": (
            "d11_mean_between",
            [f"layers.sparse.compete={compete}", f"layers.sparse.thresh={thresh}",
             "phases.digits.epochs=5"],
        )
        for compete in ("mean", "raw")
        for thresh in THRESHOLDS
    },
}  # fmt: skip


def experiments(datasets: list[str], seeds: list[int], names: list[str]) -> list[Experiment]:
    """All that is asked for, each with its dataset and seed."""
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
    """The run of an experiment, if it is complete and read out as the experiment now says."""
    run = Run(runs_dir / id_of(experiment))
    if not (run.path / "eval.json").is_file() and experiment.evaluate:
        return None
    return run if _same(experiment, run) and run.info()["status"] == "completed" else None


def _same(experiment: Experiment, run: Run) -> bool:
    if not (run.path / "config.yaml").is_file():
        return False
    words = {"notes": None, "expect": {}}
    before = config.load(run.path / "config.yaml").model_copy(update=words)
    return before == experiment.model_copy(update=words)


def made(experiment: Experiment, runs_dir: Path) -> Run:
    """The run of an experiment, trained and read out as far as that is left to do."""
    run = Run(runs_dir / id_of(experiment))
    if _same(experiment, run):
        if run.info()["status"] != "completed":
            resume(run, quiet=True, say=lambda line: None)
    else:
        run = train(experiment, runs_dir=runs_dir, id=run.id, quiet=True, say=lambda line: None)
    if experiment.evaluate:
        evaluate(run, quiet=True)
    return run


def rates(runs_dir: Path) -> dict[str, float]:
    """Inputs a second of each shipped experiment: the median over two epochs of each phase."""
    found = {}
    for name in config.shipped():
        experiment = config.load(name, ["dataset.fallback=null"])
        phases = [
            each.model_copy(update={"epochs": min(each.epochs, 2)}) for each in experiment.phases
        ]
        with tempfile.TemporaryDirectory() as aside:
            run = train(
                experiment.model_copy(update={"phases": phases}), runs_dir=Path(aside), quiet=True,
                say=lambda line: None,
            )  # fmt: skip
            found[name] = median(each["inputs_per_second"] for each in run.metrics())
        print(f"{name:<28} {found[name]:12,.0f} inputs/s", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["run", "rates", "page"])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--datasets", nargs="+", default=["mnist", "mnist_sample"])
    parser.add_argument("--runs-dir", type=Path, default=Path("runs/notebooks"))
    options = parser.parse_args()
    if options.what == "run":
        for experiment in experiments(options.datasets, options.seeds, options.names):
            if finished(experiment, options.runs_dir) is None:
                print(id_of(experiment), flush=True)
                run = made(experiment, options.runs_dir)
                print(json.dumps(figures(run)), flush=True)
    elif options.what == "rates":
        DOCS.mkdir(exist_ok=True)
        text = json.dumps(rates(options.runs_dir), indent=1)
        (DOCS / "rates.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
