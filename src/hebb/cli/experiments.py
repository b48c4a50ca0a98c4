"""Commands about what could be run: check, data, rules, new."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hebb.cli.common import Json, Overrides, RunsDir, app


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
    """Check an experiment without running it: as resolved, shapes, memory; and rules of your own.

    Nothing is downloaded; it says where a run would have to.

    Example: hebb check configs/invariant_mnist.yaml layers.sparse.grid=[50,50]
    """
    from hebb import config as configs

    if schema:
        print(json.dumps(configs.json_schema(), indent=1))
        return
    if config is None:
        raise typer.BadParameter("CONFIG is required, or --schema")
    from hebb.apparatus import fitted
    from hebb.checking import contract, contract_lines
    from hebb.data import load_without_download
    from hebb.plan import plan, plan_text

    experiment = configs.load(config, overrides or [])
    apparatus = fitted(experiment, runs_dir, have=load_without_download)
    kept = contract(apparatus)
    apparatus.stack()  # whatever is wrong with first weights is told now
    found = plan(apparatus)
    if as_json:
        print(json.dumps(found | {"contract": kept}, indent=1))
        return
    print(plan_text(apparatus.experiment, found))
    for line in contract_lines(kept):
        print(f"# {line}")


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
def rules(
    rule: Annotated[
        str | None, typer.Argument(help="A rule's name, or file.py:Class for one of your own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the rules there are; of one, tell its equations and all that can be set of it.

    Example: hebb rules mwta
    """
    from hebb import rulebook

    found = rulebook.rules() if rule is None else rulebook.describe(rule)
    if as_json:
        print(json.dumps(found, indent=1))
    elif isinstance(found, dict):
        print(rulebook.rule_text(found))
    else:
        for each in found:
            print(f"{each['name']:<18} {each['title']}")


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
    from hebb.config.shipped import about, copy, shipped

    if name is None:
        for each, path in shipped().items():
            print(f"{each:<28} {about(path)}")
        return
    print(copy(name, to))
