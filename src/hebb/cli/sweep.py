"""The command sweep."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hebb.cli.common import Json, Quiet, RunsDir, app, number, tell
from hebb.errors import HebbError


@app.command()
def sweep(
    config: Annotated[
        str | None,
        typer.Argument(metavar="CONFIG", help="An experiment file, or a shipped name."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=A,B,C",
            help="Values to try, such as layers.sparse.n_w=5,10,15; one alone is set for all.",
        ),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="Run all with each seed: 0..4, or 0,3,7.")
    ] = None,
    search: Annotated[
        int | None,
        number(
            "--search",
            "Search instead of trying all: 'KEY=log(1e-4..1e-1)', uniform(0..1), int(1..20).",
            least=1,
            metavar="TRIALS",
        ),
    ] = None,
    jobs: Annotated[
        int | None, number("--jobs", "How many runs at once; default half the cores.", least=1)
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="Run on the Dask cluster of this scheduler."),
    ] = None,
    id: Annotated[
        str | None, typer.Option(help="Name the sweep, or go on with it; default NAME-sweep-NNN.")
    ] = None,
    resume: Annotated[
        str | None, typer.Option(metavar="SWEEP", help="Go on with a sweep, as it was asked for.")
    ] = None,
    runs_dir: RunsDir = Path("runs"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Run an experiment with many settings and seeds, or search. Prints the sweep's directory.

    Example: hebb sweep invariant_mnist layers.sparse.n_w=5,10,15 --seeds 0..2
    """
    from hebb import sweep as sweeps
    from hebb.sweep.grid import parse_seeds

    say = (lambda line: None) if quiet or as_json else tell
    how: dict[str, Any] = {"jobs": jobs, "scheduler": scheduler, "runs_dir": runs_dir}
    how |= {"quiet": quiet or as_json, "say": say}
    if resume is not None:
        if config or seeds or search or id:
            raise typer.BadParameter("--resume takes none of CONFIG, --seeds, --search and --id")
        done = sweeps.resume(resume, **how)
    elif config is not None:
        parsed = None if seeds is None else parse_seeds(seeds)
        done = sweeps.sweep(config, settings or [], seeds=parsed, search=search, id=id, **how)
    else:
        raise typer.BadParameter("CONFIG is required, or --resume")
    say(done.text())
    print(json.dumps(done.plain(), indent=1) if as_json else done.path)
    if done.failed:
        raise HebbError(
            f"{len(done.failed)} of {len(done.rows)} runs are not complete: {done.path}/table.md "
            f"says why; hebb sweep --resume {done.path} tries them again"
        )
