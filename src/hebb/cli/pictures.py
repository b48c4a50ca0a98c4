"""Commands that show a run: plot."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hebb.cli.common import RunName, RunsDir, app


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
    given: dict[str, Any] = {"style": style, "dpi": dpi, "format": format, "scale": scale}
    look = draw.Look(**given)
    for picture in draw.plot(opened, snapshot, names or (), unit or (), look, to):
        print(picture)
