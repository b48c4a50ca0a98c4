"""Commands about the runs there are: ls, show, compare, rm."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from hebb.cli.common import Json, RunName, RunNames, RunsDir, app, number, once, tell, width
from hebb.errors import UsageError


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
    limit: Annotated[int | None, number("--limit", "Show so many at most.", least=1)] = None,
    runs_dir: RunsDir = Path("runs"),
    as_json: Json = False,
) -> None:
    """List runs: status, age, inputs seen, accuracy and its lift over random weights, size.

    The accuracy is that of the first classifier of its `evaluate:`. Sweeps follow, a line each, the
    youngest first and `--limit` of them, where neither a status nor a setting is asked for.

    Example: hebb ls --status completed --sort accuracy --limit 10
    """
    from hebb.catalogue import listing, sweeps

    found = listing.runs(runs_dir)
    chosen = listing.chosen(found, status, name, where or ())
    runs = listing.ordered(chosen, sort, reverse)[:limit]
    swept = [] if status or where else sweeps.sweeps(runs_dir, name)
    swept = swept[:: -1 if reverse else 1][:limit]
    if as_json:
        print(json.dumps([each.plain() for each in (*runs, *swept)], indent=1))
    elif runs or swept:
        texts = [listing.listing_text(runs, width())] if runs else []
        texts += [sweeps.sweeps_text(swept, width())] if swept else []
        print("\n\n".join(texts))
    elif found:
        tell(f"{runs_dir}: holds runs ({len(found)}), but none that was asked for")
    else:
        tell(f"{runs_dir}: holds no run yet; `hebb run CONFIG` makes one")


@app.command()
def show(run: RunName, runs_dir: RunsDir = Path("runs"), as_json: Json = False) -> None:
    """Tell what a run is: settings, last metrics, accuracy with controls, family, files.

    Example: hebb show latest
    """
    from hebb.catalogue.description import describe, description_text
    from hebb.catalogue.listing import find

    found = describe(find(run, runs_dir))
    print(json.dumps(found, indent=1) if as_json else description_text(found, width()))


@app.command()
def compare(runs: RunNames, runs_dir: RunsDir = Path("runs"), as_json: Json = False) -> None:
    """Put runs side by side: accuracy, last metrics, and only the settings that differ.

    Example: hebb compare small-001 small-002 latest
    """
    from hebb.catalogue import comparison
    from hebb.catalogue.listing import find

    found = comparison.compare(once(find(run, runs_dir) for run in runs))
    print(json.dumps(found, indent=1) if as_json else comparison.comparison_text(found, width()))


@app.command()
def rm(
    runs: RunNames,
    runs_dir: RunsDir = Path("runs"),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove runs, after a question. A run that is under way is never removed.

    Example: hebb rm small-001 small-002
    """
    from hebb.catalogue.family import children
    from hebb.catalogue.listing import entry
    from hebb.catalogue.removal import check_removable, find_run, removal_text, remove

    found = {run.path.resolve(): run for run in (find_run(run, runs_dir) for run in runs)}
    for run in found.values():
        check_removable(run)
    if not yes:
        heirs = [(child["id"], run.id) for run in found.values() for child in children(run)
                 if Path(child["path"]) not in found]  # fmt: skip
        tell(removal_text([entry(run) for run in found.values()], heirs, width()))
        print("Remove for good? [y/N] ", end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
        if not answer:
            raise UsageError("\nrm: must be answered, or given --yes; nothing was removed")
        if answer.strip().lower() not in ("y", "yes"):
            tell("nothing was removed")
            return
    for run in found.values():
        remove(run)
        print(f"removed: {run.path}")
