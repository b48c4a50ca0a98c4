"""Commands that show a run: plot."""

from pathlib import Path

from hebb.cli.common import RunName, RunsDir, Snapshot, app


@app.command()
def plot(run: RunName, runs_dir: RunsDir = Path("runs"), snapshot: Snapshot = "last") -> None:
    """Draw a run: weight tapestries, composed fields, curves, the stream. Prints the paths.

    Example: hebb plot runs/invariant_mnist-001
    """
    from hebb.plot import plot as draw
    from hebb.store import Run

    for picture in draw(Run.open(run, runs_dir), snapshot):
        print(picture)
