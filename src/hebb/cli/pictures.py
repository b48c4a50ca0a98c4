"""Commands that show a run: plot, animate, report, watch."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hebb.cli.common import Quiet, RunName, RunsDir, Snapshot, app, number, once, tell


@app.command()
def plot(
    run: RunName,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PICTURE ...", help="Only these, such as curves or 'weights_*'; see --list."
        ),
    ] = None,
    unit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LAYER:NUMBER",
            help="All there is to see of one unit: its weights over time, its best images, its "
            "wins; may be repeated.",
        ),
    ] = None,
    snapshot: Annotated[
        str, typer.Option(help="Weights to draw: `last`, `first`, a number of inputs, or `all`.")
    ] = "last",
    scale: Annotated[
        str,
        typer.Option(
            metavar="auto|shared|unit",
            help="Colours of weights: one scale for all units, or each unit on its own; "
            "auto takes its own where one for all would leave units pale or alike.",
        ),
    ] = "auto",
    style: Annotated[str, typer.Option(metavar="light|dark", help="The page.")] = "light",
    format: Annotated[str, typer.Option(metavar="png|svg", help="Of the files.")] = "png",
    dpi: Annotated[int, number("--dpi", "Dots an inch.", metavar="30..1200")] = 150,
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to; default RUN/plots.")
    ] = None,
    list_names: Annotated[
        bool, typer.Option("--list", help="Print the names of all pictures there are.")
    ] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Draw a run: weights, fields, units by class, coverage, curves, streams. Prints the paths.

    Example: hebb plot latest 'fields_*' --unit sparse:412 --style dark --format svg
    """
    from hebb.picture_options import Look
    from hebb.store import Run

    given: dict[str, Any] = {"style": style, "dpi": dpi, "format": format, "scale": scale}
    opened, look = Run.open(run, runs_dir), Look(**given)
    if snapshot != "all":
        opened.find(snapshot)

    from hebb.pictures import (
        plot as draw,  # takes its time: what can be refused without it has been
    )

    if list_names:
        for line in draw.listed(opened):
            print(line)
        return
    for picture in draw.plot(opened, snapshot, names or (), unit or (), look, to):
        print(picture)


@app.command()
def animate(
    run: RunName,
    runs_dir: RunsDir = Path("runs"),
    what: Annotated[
        str,
        typer.Option(
            metavar="panels|weights|stream",
            help="What each layer makes of a stream; weights through training; a stream alone.",
        ),
    ] = "panels",
    snapshot: Snapshot = "last",
    input: Annotated[
        str | None,
        typer.Option(
            metavar="STREAM",
            help="What is shown: a stream's name, or `train`; default what the phase showed.",
        ),
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option(help="Panels of this layer only; or whose weights, default the first's."),
    ] = None,
    frames: Annotated[
        int | None, number("--frames", "How many; default 500 of a stream, or all snapshots.")
    ] = None,
    fps: Annotated[
        int | None, number("--fps", "Frames a second; default 10, of weights 4.")
    ] = None,
    style: Annotated[
        str, typer.Option(metavar="light|dark", help="Paper or a dark page.")
    ] = "light",
    format: Annotated[
        str | None,
        typer.Option(metavar="gif|png|mp4", help="Default as --to ends, or gif; png is animated."),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Default a file in films/ of the run.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Film a run: input, codes, traces, reconstructions, errors; or weights. Prints the path.

    Example: hebb animate latest --frames 200 --to film.mp4
    """
    from hebb.pictures.animate import animate as film
    from hebb.store import Run

    made = film(
        Run.open(run, runs_dir), what, snapshot=snapshot, input=input, layer=layer,
        frames=frames, fps=fps, style=style, format=format, to=to, quiet=quiet,
    )  # fmt: skip
    print(made)


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
        float,
        number(
            "--megabytes",
            "How large it may be; for that, snapshots other than first and last are left out.",
            least=1,
            kind=float,
        ),
    ] = 10.0,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Write one HTML file that tells of runs, side by side, and opens anywhere. Prints its path.

    Example: hebb report latest
    """
    from hebb.catalogue.sweeps import find

    found = once(find(run, runs_dir) for run in runs)

    from hebb import report as reports  # takes its time: what is not there has been refused

    print(reports.report(found, to, megabytes, tell))


@app.command()
def watch(
    run: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="A run or a sweep; by default a list of all."),
    ] = None,
    port: Annotated[
        int, number("--port", "Of the page; 0 takes one that is free.", least=0, most=65535)
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
