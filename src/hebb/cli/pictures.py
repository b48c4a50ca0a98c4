"""Commands that show a run: plot, report, watch."""

from pathlib import Path
from typing import Annotated

import typer

from hebb.cli.common import RunName, RunsDir, Snapshot, app, tell


@app.command()
def plot(run: RunName, runs_dir: RunsDir = Path("runs"), snapshot: Snapshot = "last") -> None:
    """Draw a run: weight tapestries, composed fields, curves, the stream. Prints the paths.

    Example: hebb plot runs/invariant_mnist-001
    """
    from hebb.plot import plot as draw
    from hebb.store import Run

    for picture in draw(Run.open(run, runs_dir), snapshot):
        print(picture)


@app.command()
def report(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN ...", help="Runs or sweeps: paths, bare ids, or `latest`."),
    ],
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the page goes; default beside them.")
    ] = None,
    megabytes: Annotated[
        float, typer.Option(min=1, help="How large it may be; snapshots are left out for that.")
    ] = 10.0,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Write one HTML file that tells of runs, side by side, and opens anywhere. Prints its path.

    Example: hebb report latest
    """
    from hebb import report as reports

    print(reports.report([reports.find(run, runs_dir) for run in runs], to, megabytes))


@app.command()
def watch(
    run: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="A run or a sweep; by default a list of all."),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of the page; 0 takes one that is free.")
    ] = 0,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser too.")
    ] = False,
    tensorboard: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write scalars and tapestries there for TensorBoard: of RUN, or of all under way.",
        ),
    ] = None,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Show runs as they train, on a page for this machine alone. Prints its address.

    Example: hebb watch latest
    """
    from hebb.watch import watch as follow

    follow(run, runs_dir, port=port, open_page=open_page, tensorboard=tensorboard, say=tell)
