"""docs/performance.md: how fast hebb is, beside NumPy, PyTorch, JAX and the machine itself.

    python benchmarks/performance                  measure everything and write the page
    python benchmarks/performance --rows a1 c2     measure some rows and print them
    python benchmarks/performance --page           write the page from the figures there are

The first takes about ten minutes on two cores at rest, and wants nothing else to run meanwhile. It
writes figures.json and growth.png in docs/performance beside the page. The rows are those of
`hebb bench`, on the sample of MNIST, or on the whole of it where HEBB_DATA names its folder; peers
that are not installed are left out, and the page says so (`pip install -e '.[bench]'`).
"""

import argparse
import json
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import growth
import page
from agreement import agreement
from peers import LIBRARIES, NAMES, find

from hebb.bench import Bench, Measured, Row, Work
from hebb.bench import find as find_rows
from hebb.bench.text import HEAD, machine_lines, row_line, trust_lines

DOCS = Path(__file__).parents[2] / "docs"
TRIED = 100  # inputs or batches, at most, on which a peer chooses its threads


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", nargs="+", default=[])
    parser.add_argument("--seconds", type=float, default=3.0, help="a side of a row")
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    folder = DOCS / "performance"
    if not options.page:
        bench = Bench()
        say("\n".join([*machine_lines(bench), "", HEAD]))
        rows = [measured(bench, row, options.seconds) for row in find_rows(options.rows)]
        say("\n".join(trust_lines(bench)))
        if options.rows:
            return
        folder.mkdir(exist_ok=True)
        figures = {**bench.plain(), "rows": rows, "growth": growth.measure(say)}
        bench.pulse.feel()
        figures |= {"date": date.today().isoformat(), "trust": trust_lines(bench),
                    "peers": {name: installed(name) for name in NAMES}}  # fmt: skip
        (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    page.write(DOCS, json.loads((folder / "figures.json").read_text()))


def measured(bench: Bench, row: Row, seconds: float) -> dict[str, Any]:
    """A row with its peers. HebbError: one of them does other work than hebb."""
    peers = {name: kind for name in NAMES if (kind := find(name)) is not None}
    agreements = {name: agreement(row, kind) for name, kind in peers.items()}
    work = Work(row)
    sides = {name: kind(work) for name, kind in peers.items()}
    for side in sides.values():
        side.choose_threads(TRIED * work.per)
    found = bench.measure(
        work, seconds, {name: (side, side.within) for name, side in sides.items()}
    )
    say(row_line(found))
    beside = {}
    for name, side in sides.items():
        beside[name] = {
            "rate": found.rates[name].median, "turns": found.rates[name].turns,
            "threads": side.threads, "ratios": ratios(found, name), **asdict(agreements[name]),
        }  # fmt: skip
        theirs = f"{beside[name]['rate']:>11,.0f}  {name}"
        say(f"{'':<15}{theirs}, hebb {page.times(beside[name])} times")
    return {**found.plain(), "peers": beside}


def ratios(found: Measured, name: str) -> list[float]:
    """How many times the rate of a peer hebb comes to, in each turn and the peer's beside it."""
    pairs = zip(found.ours.turns, found.rates[name].turns, strict=True)
    return [ours / theirs for ours, theirs in pairs]


def installed(name: str) -> str | None:
    """The version of a peer's library, None where it is not there."""
    return None if find(name) is None else version(LIBRARIES[name])


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
