"""Commands that show a run: plot, animate."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hebb.cli.common import Quiet, RunName, RunsDir, Snapshot, app


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
            help="Colours of weights: one scale for all units, or each unit on its own.",
        ),
    ] = "auto",
    style: Annotated[str, typer.Option(metavar="light|dark", help="The page.")] = "light",
    format: Annotated[str, typer.Option(metavar="png|svg", help="Of the files.")] = "png",
    dpi: Annotated[int, typer.Option(metavar="30..1200", help="Dots an inch.")] = 150,
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
    from hebb import plot as draw
    from hebb.store import Run

    opened = Run.open(run, runs_dir)
    if list_names:
        for line in draw.listed(opened):
            print(line)
        return
    given: dict[str, Any] = {"theme": style, "dpi": dpi, "format": format, "scale": scale}
    look = draw.Look(**given)
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
    stream: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="STREAM",
            help="What is shown: a stream's name, or `train`; default what the phase showed.",
        ),
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option(help="Panels of this layer only; or whose weights, default the first's."),
    ] = None,
    frames: Annotated[
        int | None, typer.Option(help="How many; default 500 of a stream, or all snapshots.")
    ] = None,
    fps: Annotated[
        int | None, typer.Option(help="Frames a second; default 10, of weights 4.")
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
    from hebb.animate import animate as film
    from hebb.store import Run

    made = film(
        Run.open(run, runs_dir), what, snapshot=snapshot, stream=stream, layer=layer,
        frames=frames, fps=fps, style=style, format=format, to=to, quiet=quiet,
    )  # fmt: skip
    print(made)
