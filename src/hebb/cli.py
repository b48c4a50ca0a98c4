"""The command line: parse, call, print. The work is in plain functions beside it.

Nothing heavy is imported here; each command imports what it needs.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hebb.errors import HebbError, UsageError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False, context_settings={"help_option_names": ["--help", "-h"]},
)  # fmt: skip

Config = Annotated[
    str,
    typer.Argument(metavar="CONFIG", help="An experiment file, or the name of a shipped one."),
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help="Settings, such as layers.sparse.n_w=15."),
]
RunName = Annotated[
    str, typer.Argument(metavar="RUN", help="A run: its path, its bare id, or `latest`.")
]
RunNames = Annotated[
    list[str], typer.Argument(metavar="RUN ...", help="Runs: paths, bare ids, or `latest`.")
]
RunsDir = Annotated[Path, typer.Option(help="Where run directories are.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but the result.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Snapshot = Annotated[
    str, typer.Option(help="Weights to use: `last`, `first`, or a number of inputs seen.")
]


def main() -> None:
    """Run the command line; a user's mistake is told in one message and an exit code."""
    try:
        app()
    except HebbError as err:
        print(err, file=sys.stderr)
        sys.exit(err.exit_code)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # whoever was reading has seen enough
        sys.stderr.close()
        sys.exit(1)
    except OSError as err:
        print(f"{err.filename}: {err.strerror}" if err.filename else err, file=sys.stderr)
        sys.exit(1)


def _version(asked: bool) -> None:
    if asked:
        from hebb import __version__

        print(f"hebb {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A command-line laboratory for networks that learn by local rules.

    Example: hebb run invariant_mnist
    """


@app.command()
def run(
    config: Config,
    overrides: Overrides = None,
    id: Annotated[str | None, typer.Option(help="Name the run; default NAME-NNN.")] = None,
    runs_dir: RunsDir = Path("runs"),
    device: Annotated[
        str, typer.Option(metavar="auto|cpu|cuda", help="Where to compute.")
    ] = "auto",
    seed: Annotated[int | None, typer.Option(min=0, help="Override the seed.")] = None,
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
        from hebb.store import Run

        parent, _, snapshot = start.partition("@")
        experiment = branched(experiment, Run.open(parent, runs_dir), snapshot or "last")
    done = train(
        experiment, runs_dir=runs_dir, id=id, device=device, reference=reference, quiet=quiet,
        say=(lambda line: None) if quiet else _tell,
    )  # fmt: skip
    _read_out(done, experiment, quiet)


@app.command()
def resume(run: RunName, runs_dir: RunsDir = Path("runs"), quiet: Quiet = False) -> None:
    """Go on with a run that was interrupted or killed, exactly; then evaluate and plot it.

    Example: hebb resume latest
    """
    from hebb import config as configs
    from hebb import experiment
    from hebb.store import Run

    say = (lambda line: None) if quiet else _tell
    done = experiment.resume(Run.open(run, runs_dir), quiet=quiet, say=say)
    _read_out(done, configs.load(done.path / "config.yaml"), quiet)


def _read_out(run: Any, experiment: Any, quiet: bool) -> None:
    """Evaluate and plot a run whose training is complete; print its directory."""
    if experiment.evaluate:
        from hebb.evaluate import evaluate
        from hebb.summary import evaluation_text

        found = evaluate(run, quiet=quiet)
        if not quiet:
            _tell(evaluation_text(found))
    from hebb.plot import plot as draw

    for picture in draw(run):
        if not quiet:
            _tell(f"drawn: {picture}")
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
    from hebb.evaluate import evaluate
    from hebb.store import Run
    from hebb.summary import evaluation_text

    found = evaluate(Run.open(run, runs_dir), snapshot, quiet=quiet or as_json)
    print(json.dumps(found, indent=1) if as_json else evaluation_text(found))


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
def check(
    config: Annotated[
        str | None,
        typer.Argument(metavar="CONFIG", help="An experiment file, or a shipped name."),
    ] = None,
    overrides: Overrides = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of experiment files.")
    ] = False,
    runs_dir: RunsDir = Path("runs"),
    as_json: Json = False,
) -> None:
    """Check an experiment without running it: as resolved, shapes, parameters, memory.

    Example: hebb check configs/invariant_mnist.yaml layers.sparse.grid=[50,50]
    """
    from hebb import config as configs

    if schema:
        print(json.dumps(configs.json_schema(), indent=1))
        return
    if config is None:
        raise typer.BadParameter("CONFIG is required, or --schema")
    from hebb.apparatus import fitted
    from hebb.summary import plan, plan_text

    apparatus = fitted(configs.load(config, overrides or []), runs_dir, _tell)
    apparatus.stack()  # whatever is wrong with first weights is told now
    found = plan(apparatus)
    print(json.dumps(found, indent=1) if as_json else plan_text(apparatus.experiment, found))


@app.command()
def data(as_json: Json = False) -> None:
    """List the datasets there are: what each holds, where it is, how to get it.

    Example: hebb data
    """
    from dataclasses import asdict

    from hebb.data import available

    sources = [asdict(source) for source in available()]
    if as_json:
        print(json.dumps(sources, indent=1))
    for source in () if as_json else sources:
        print(
            f"{source['name']:<14} {'ready  ' if source['ready'] else 'not yet'}  {source['what']}"
        )
        print(f"{'':<25}{source['where']}")


@app.command()
def new(
    name: Annotated[
        str | None, typer.Argument(help="A shipped experiment; without one, they are listed.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Where to write; default ./NAME.yaml.")] = None,
) -> None:
    """Copy a shipped experiment file to start from.

    Example: hebb new invariant_mnist --to mine.yaml
    """
    from hebb.config.shipped import copy, shipped

    if name is None:
        for each, path in shipped().items():
            print(f"{each:<28} {_first_comment(path)}")
        return
    print(copy(name, to))


@app.command("ls")
def list_runs(
    status: Annotated[
        str | None, typer.Option(help="Only runs that are completed, killed, damaged and so on.")
    ] = None,
    name: Annotated[str, typer.Option(metavar="GLOB", help="Only ids like this.")] = "*",
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Only runs of this setting; may be repeated."),
    ] = None,
    sort: Annotated[
        str, typer.Option(metavar="age|accuracy|size|id", help="Order of the lines.")
    ] = "age",
    reverse: Annotated[bool, typer.Option("--reverse", help="Turn the order round.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Show so many at most.")] = None,
    runs_dir: RunsDir = Path("runs"),
    as_json: Json = False,
) -> None:
    """List runs: status, age, inputs seen, accuracy and its lift over random weights, size.

    Example: hebb ls --status completed --sort accuracy --limit 10
    """
    from hebb import library

    found = library.runs(runs_dir)
    kept = library.ordered(library.chosen(found, status, name, where or ()), sort, reverse)[:limit]
    if as_json:
        print(json.dumps([each.plain() for each in kept], indent=1))
    elif kept:
        from hebb.listing import listing_text

        print(listing_text(kept, _width()))
    elif found:
        _tell(f"{runs_dir}: holds runs ({len(found)}), but none that was asked for")
    else:
        _tell(f"{runs_dir}: holds no run yet; `hebb run CONFIG` makes one")


@app.command()
def show(run: RunName, runs_dir: RunsDir = Path("runs"), as_json: Json = False) -> None:
    """Tell what a run is: settings, last metrics, accuracy with controls, family, files.

    Example: hebb show latest
    """
    from hebb import library
    from hebb.listing import description_text

    found = library.describe(library.find(run, runs_dir))
    print(json.dumps(found, indent=1) if as_json else description_text(found, _width()))


@app.command()
def compare(runs: RunNames, runs_dir: RunsDir = Path("runs"), as_json: Json = False) -> None:
    """Put runs side by side: accuracy, last metrics, and only the settings that differ.

    Example: hebb compare small-001 small-002 latest
    """
    from hebb import library
    from hebb.listing import comparison_text

    found = library.compare([library.find(run, runs_dir) for run in runs])
    print(json.dumps(found, indent=1) if as_json else comparison_text(found, _width()))


@app.command()
def rm(
    runs: RunNames,
    runs_dir: RunsDir = Path("runs"),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove runs, after a question. A run that is under way is never removed.

    Example: hebb rm small-001 small-002
    """
    from hebb import library
    from hebb.listing import removal_text

    found = {run.path.resolve(): run for run in (library.find(run, runs_dir) for run in runs)}
    for run in found.values():
        library.check_removable(run)
    if not yes:
        heirs = [(child["id"], run.id) for run in found.values() for child in library.children(run)
                 if Path(child["path"]) not in found]  # fmt: skip
        _tell(removal_text([library.entry(run) for run in found.values()], heirs, _width()))
        print("Remove for good? [y/N] ", end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
        if not answer:
            raise UsageError("\nrm: must be answered, or given --yes; nothing was removed")
        if answer.strip().lower() not in ("y", "yes"):
            _tell("nothing was removed")
            return
    for run in found.values():
        library.remove(run)
        print(f"removed: {run.path}")


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
        typer.Option(
            min=1,
            metavar="TRIALS",
            help="Search instead of trying all: 'KEY=log(1e-4..1e-1)', uniform(0..1), int(1..20).",
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="How many runs at once; default half the cores.")
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

    say = (lambda line: None) if quiet or as_json else _tell
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


def _width() -> int:
    """Columns of the terminal; without one, nothing is cut."""
    return shutil.get_terminal_size(fallback=(10_000, 24)).columns


def _first_comment(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    said = [line.lstrip("# ") for line in lines if line.startswith("# ") and "$schema" not in line]
    return said[0] if said else ""


def _tell(line: Any) -> None:
    """To the person watching, not to a program reading standard output."""
    print(line, file=sys.stderr)
