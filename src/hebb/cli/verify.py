"""The command verify."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from hebb.cli.common import Json, Quiet, RunsDir, app, number, tell
from hebb.errors import HebbError


@app.command()
def verify(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CONFIG|KEY=VALUE",
            help="Experiment files or shipped names, by default all shipped that expect anything; "
            "and settings for all of them.",
        ),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="Run all with each seed, and judge the mean: 0..4, or 0,3,7.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Short for dataset.source=SOURCE.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on: complete runs of the same experiments are kept."),
    ] = False,
    jobs: Annotated[
        int | None, number("--jobs", "How many runs at once; default half the cores.", least=1)
    ] = None,
    runs_dir: RunsDir = Path("runs/verify"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Run experiments again and hold their figures against what they expect.

    All that are shipped are many runs on the whole of MNIST; one with `--dataset mnist_sample` is
    a first try.

    Example: hebb verify invariant_mnist --dataset mnist_sample --seeds 0..4
    """
    from tqdm import tqdm

    from hebb.sweep.grid import parse_seeds
    from hebb.verify import verify as judge

    def show(line: str) -> None:  # beside the progress bar
        tqdm.write(line, file=sys.stdout)
        sys.stdout.flush()

    given = arguments or []
    done = judge(
        [each for each in given if "=" not in each],
        [each for each in given if "=" in each],
        dataset=dataset, seeds=None if seeds is None else parse_seeds(seeds), resume=resume,
        jobs=jobs, runs_dir=runs_dir, quiet=quiet or as_json,
        say=(lambda line: None) if quiet or as_json else tell,
        tell=(lambda line: None) if as_json else show,
    )  # fmt: skip
    if as_json:
        print(json.dumps(done.plain(), indent=1))
    if done.failed:
        raise HebbError(
            f"{len(done.failed)} of {len(done.verdicts)} experiments failed: "
            f"{', '.join(done.failed)}; their runs are in {done.path}"
        )
