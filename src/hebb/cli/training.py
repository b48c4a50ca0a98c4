"""Commands that make a run and read it out: run, resume, eval."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hebb.cli.common import (
    Config,
    Json,
    Overrides,
    Quiet,
    RunName,
    RunsDir,
    Snapshot,
    app,
    number,
    tell,
)

DEVICES = "auto|cpu|cuda[:N]"


@app.command()
def run(
    config: Config,
    overrides: Overrides = None,
    id: Annotated[str | None, typer.Option(help="Name the run; default NAME-NNN.")] = None,
    runs_dir: RunsDir = Path("runs"),
    device: Annotated[str, typer.Option(metavar=DEVICES, help="Where to compute.")] = "auto",
    seed: Annotated[int | None, number("--seed", "Override the seed.", least=0)] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="RUN[@SNAPSHOT]", help="Begin with this run's weights."),
    ] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Train by the rules as read, not compiled.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Train an experiment, then evaluate and plot it. Prints the run directory.

    Example: hebb run configs/invariant_mnist.yaml layers.sparse.n_w=15 --seed 1
    """
    from hebb import config as configs
    from hebb.experiment import train

    settings = [*(overrides or []), *([f"seed={seed}"] if seed is not None else [])]
    experiment = configs.load(config, settings)
    if start is not None:
        from hebb.apparatus import branched

        experiment = branched(experiment, start, runs_dir)
    done = train(
        experiment, runs_dir=runs_dir, id=id, device=device, reference=reference, quiet=quiet,
        say=(lambda line: None) if quiet else tell,
    )  # fmt: skip
    _read_out(done, experiment, quiet)


@app.command()
def resume(
    run: RunName,
    runs_dir: RunsDir = Path("runs"),
    device: Annotated[
        str | None,
        typer.Option(metavar=DEVICES, help="Go on there; by default where the run was at last."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Go on with a run that was interrupted or killed, exactly; then evaluate and plot it.

    One that was cut while it was evaluated is evaluated and plotted.

    Example: hebb resume latest
    """
    from hebb import config as configs
    from hebb.experiment import resume
    from hebb.store import Run

    say = (lambda line: None) if quiet else tell
    done = resume(Run.open(run, runs_dir), device=device, quiet=quiet, say=say)
    _read_out(done, configs.load(done.path / "config.yaml"), quiet)


def _read_out(run: Any, experiment: Any, quiet: bool) -> None:
    """Evaluate and plot a run whose training is complete; print its directory."""
    if experiment.evaluate:
        from hebb.catalogue.evaluation import evaluation_text
        from hebb.evaluate import evaluate
        from hebb.interrupt import Interrupted

        try:
            found = evaluate(run, quiet=quiet)
        except KeyboardInterrupt:
            done = "training is complete; reading it out was interrupted"
            raise Interrupted(f"{done}; to go on: hebb eval {run.path}") from None
        if not quiet:
            tell(evaluation_text(found))
    from hebb.pictures.plot import plot as draw

    n_drawn = sum(1 for _ in draw(run))
    if n_drawn and not quiet:
        tell(f"{n_drawn} picture{'s' * (n_drawn > 1)} in {run.path / 'plots'}")
    print(run.path)


@app.command("eval")
def evaluate_run(
    run: RunName,
    runs_dir: RunsDir = Path("runs"),
    snapshot: Snapshot = "last",
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Accuracy, confusion and never-winning units of a run, beside its controls.

    Example: hebb eval latest --json
    """
    from hebb.catalogue.evaluation import evaluation_text
    from hebb.evaluate import evaluate
    from hebb.store import Run

    opened = Run.open(run, runs_dir)
    if not quiet and (status := opened.info()["status"]) != "completed":
        incomplete = f"{opened.path}: is not complete ({status})"
        tell(f"{incomplete}: these are not the weights that it is to end with")
    found = evaluate(opened, snapshot, quiet=quiet or as_json)
    print(json.dumps(found, indent=1) if as_json else evaluation_text(found))
