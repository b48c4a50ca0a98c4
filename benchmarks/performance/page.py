"""The page: the picture drawn, the template filled in with figures."""

from pathlib import Path
from statistics import median, quantiles
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hebb.bench.rows import CLASSIFIED
from hebb.bench.text import scaled
from hebb.plots import growth as draw

NONE = "–"


def write(docs: Path, figures: dict[str, Any]) -> None:
    """docs/performance.md and its picture, from what was measured."""
    grown = figures["growth"]
    draw(
        docs / "performance" / "growth.png", grown["panels"], grown["idle"],
        "How rate and memory grow",
        "an epoch of training in float32; dashed: a process before its experiment begins",
    )  # fmt: skip
    known = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    told = {
        **figures, "spread": spread, "peer": peer, "ratio": ratio, "best": best, "same": same,
        "apart": apart, "scaled": scaled, "classified": CLASSIFIED, "notes": notes(figures),
    }  # fmt: skip
    text = known.get_template("page.md.j2").render(told)
    (docs / "performance.md").write_text(text, encoding="utf-8")


def spread(side: dict[str, Any]) -> str:
    """The median, smallest to largest in brackets."""
    low, high = min(side["turns"]), max(side["turns"])
    return f"{side['rate']:,.0f} ({low:,.0f} to {high:,.0f})"


def peer(row: dict[str, Any], name: str) -> str:
    """A peer's rate, and on how many threads."""
    if name not in row["peers"]:
        return NONE
    side = row["peers"][name]
    threads = side["threads"]
    return f"{side['rate']:,.0f}" + (f", {threads} thr." if threads and threads > 1 else "")


def ratio(row: dict[str, Any], name: str) -> str:
    return times(row["peers"][name]) if name in row["peers"] else NONE


def times(side: dict[str, Any]) -> str:
    """How many times a peer's rate hebb's is: the median, and the middle half of all turns."""
    low, middle, high = quantiles(side["ratios"], n=4, method="inclusive")
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def best(row: dict[str, Any]) -> str:
    """How many times the best of the peers hebb is, and who that is."""
    if not row["peers"]:
        return NONE
    sides = row["peers"]
    name = min(sides, key=lambda each: median(sides[each]["ratios"]))
    return f"**{median(sides[name]['ratios']):.1f}** ({name})"


def apart(row: dict[str, Any], name: str) -> str:
    """How far weights lie apart in float64; of what classifies, that winners are the same."""
    if name not in row["peers"]:
        return NONE
    side = row["peers"][name]
    return "the same winners" if row["unit"] == "images" else f"{side['apart']:.0e}"


def same(row: dict[str, Any], name: str) -> str:
    """How long weights in float32 are alike; of what classifies, how many winners are the same."""
    if name not in row["peers"]:
        return NONE
    side = row["peers"][name]
    if side["same"] == side["inputs"]:
        return f"all {side['inputs']}"
    return f"{side['same']} of {side['inputs']}"


def notes(figures: dict[str, Any]) -> dict[str, str]:
    """Words that depend on how many there are of something."""
    missing = [name for name, number in figures["peers"].items() if number is None]
    there = [f"{name} {number}" for name, number in figures["peers"].items() if number is not None]
    return {
        "peers": ", ".join(there),
        "missing": f" Not installed, and so not measured: {', '.join(missing)}." if missing else "",
    }
