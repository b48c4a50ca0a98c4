"""What was gathered, as HTML: one file with its style, its script and its pictures inside."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from hebb.catalogue.progress import Progress
from hebb.catalogue.text import age
from hebb.plots.theme import THEMES
from hebb.provenance import versions
from hebb.report.gather import Told, troubles
from hebb.report.images import maps
from hebb.size import size
from hebb.titles import control

SCRIPTS = ("told.js", "tapestries.js", "curves.js", "page.js")  # in this order, as one


def page(
    runs: list[Told],
    sweeps: list[dict[str, Any]],
    *,
    title: str,
    differences: dict[str, Any] | None = None,
    frames: list[dict[int, str]] | None = None,
    live: bool = False,
) -> str:
    """The page of runs and sweeps.

    frames: for each run its snapshots' pictures, as JSON; a `live` page fetches them, and itself.
    """
    return _render(
        "page.html.j2",
        title=title, runs=runs, sweeps=sweeps, differences=differences or {}, live=live,
        frames=[_frames_text(each) for each in frames or ()],
        kept=[len(each) for each in frames or ()], script=_for_script(runs, frames, live),
    )  # fmt: skip


def index(entries: list[dict[str, Any]], sweeps: list[dict[str, Any]], *, folder: str) -> str:
    """The live page of all runs of a folder, a line each."""
    script = {"runs": [], "live": True}
    told = {"entries": entries, "sweeps": sweeps, "folder": folder, "script": script}
    return _render("index.html.j2", title="All runs", live=True, **told)


def _for_script(
    runs: list[Told], frames: list[dict[int, str]] | None, live: bool
) -> dict[str, Any]:
    """What the script draws from, which is JSON inside the page."""
    told = []
    for n, run in enumerate(runs):
        kept = None if frames is None else frames[n]
        told.append({
            "id": run["id"],
            "layers": {each.name: {"grid": each.grid, "field": each.field, "pixels": each.pixels}
                       for each in run["layers"]},
            "snapshots": [s for s in run["snapshots"] if kept is None or s["inputs"] in kept],
            "curves": run["curves"],
            "curveLayers": run["curve_layers"],
            "borders": run["borders"],
            "votes": run["votes"],
            "readOut": run["read_out"],
        })  # fmt: skip
    return {"runs": told, "live": live, "colours": _colours()}


@cache
def _colours() -> dict[str, Any]:
    """What tapestries are coloured with, on a light and on a dark page."""
    return {
        name: maps(theme) | {"gap": theme.gap, "never": theme.never, "bad": theme.not_number}
        for name, theme in THEMES.items()
    }


def _frames_text(frames: dict[int, str]) -> Markup:
    """Pictures by the inputs seen, as JSON in which no name of a layer can end the script."""
    inside = ",".join(f'"{inputs}":{text}' for inputs, text in frames.items())
    return Markup(f"{{{inside}}}".replace("<", "\\u003c"))


def _render(template: str, **told: Any) -> str:
    return _environment().get_template(template).render(told)


@cache
def _environment() -> Environment:
    known = Environment(
        loader=PackageLoader("hebb.report", "."), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    here = files("hebb.report")
    known.globals |= {
        "css": Markup((here / "page.css").read_text(encoding="utf-8")),
        "js": Markup("\n".join((here / each).read_text(encoding="utf-8") for each in SCRIPTS)),
        "version": versions()["hebb-lab"],
        "themes": THEMES,
        "maps": {name: maps(theme) for name, theme in THEMES.items()},
    }
    known.policies["json.dumps_kwargs"] = {"allow_nan": False}  # in the order that layers have
    for each in (breakable, brief, control, lift, percent, prose, standing, troubles):
        known.filters[each.__name__] = each
    known.filters["bytes"] = size
    return known


def prose(text: str) -> Markup:
    """A note, what stands between backticks in the letters of code."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(text))))


def breakable(name: str) -> Markup:
    """A name or a path of keys, which may go on in the next line after its dots and hyphens."""
    return Markup(re.sub(r"([._-])(?=\w)", r"\1<wbr>", str(escape(name))))


def standing(at: Progress) -> list[str]:
    """How far a run is, in a few words each."""
    found = [
        f"{at.inputs:,} of {at.total:,} inputs",
        f"phase {at.phase}" + (f" ({at.phase_number} of {at.phases})" if at.phases > 1 else ""),
        f"epoch {at.epoch:,} of {at.epochs:,}",
    ]
    if at.rate and at.left is not None:
        found += [f"{float(f'{at.rate:.3g}'):,.0f} inputs a second", f"about {age(at.left)} left"]
    return found


def percent(share: float | None, digits: int = 2) -> str:
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def lift(share: float) -> str:
    """A difference of accuracies in points, with its sign."""
    return f"{100 * share:+.2f}".replace("-", "−")


def brief(value: Any) -> str:
    """A setting as its file says it; numbers in the digits that a reader can use."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(brief, value))}]"
    if isinstance(value, dict):
        return ", ".join(f"{key} {brief(each)}" for key, each in value.items())
    return "–" if value is None else str(value)
