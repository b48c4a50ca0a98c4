"""Commands that show a run: plot, animate."""

from pathlib import Path
from typing import Annotated

import typer

from hebb.cli.common import Quiet, RunName, RunsDir, Snapshot, app


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
        Run.open(run, runs_dir), what, snapshot=snapshot, input=input, layer=layer,
        frames=frames, fps=fps, style=style, format=format, to=to, quiet=quiet,
    )  # fmt: skip
    print(made)
