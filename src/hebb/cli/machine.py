"""Commands about this machine: doctor, bench."""

import json
from typing import Annotated

import typer

from hebb.cli.common import Json, app, number, tell, width
from hebb.errors import HebbError


@app.command()
def doctor(as_json: Json = False) -> None:
    """Tell what of this machine runs can use, what is missing or broken, and the cure.

    Example: hebb doctor
    """
    from hebb.doctor import examine

    found = examine((lambda line: None) if as_json else tell)
    print(json.dumps(found.plain(), indent=1) if as_json else found.text(width()))
    if found.broken:
        raise HebbError(f"doctor: nothing can run before this is mended: {', '.join(found.broken)}")


@app.command()
def bench(
    rows: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ROW ...]", help="Rows to measure, such as a1; default all."),
    ] = None,
    seconds: Annotated[
        float, number("--seconds", "How long each row is measured.", least=0.01, kind=float)
    ] = 5.0,
    as_json: Json = False,
) -> None:
    """Measure how fast experiments are learned here, beside what the machine can do at best.

    On the sample of MNIST, or on the whole of it where $HEBB_DATA names its folder. A row is the
    next epoch of an experiment of the notebooks; the kernels are compiled, and it has learned
    before the clock starts. Of the machine, peak and bandwidths are measured on the spot.

    Example: hebb bench a1 d11_later --seconds 2
    """
    from hebb.bench import Bench, Work, find
    from hebb.bench.text import HEAD, last_lines, machine_lines, row_line

    wanted = find(rows or [])
    made = Bench()
    say = (lambda line: None) if as_json else print
    for line in (*machine_lines(made), "", HEAD):
        say(line)
    for row in wanted:
        say(row_line(made.measure(Work(row), seconds)))
    for line in ("", *last_lines(made)):
        say(line)
    if as_json:
        print(json.dumps(made.plain(), indent=1))
