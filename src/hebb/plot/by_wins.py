"""Pictures of units by what they have won in a vote."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from hebb import plots
from hebb.plot.seen import Seen, View
from hebb.plots.units import COLUMNS, Row

MOST = 100  # units in order of their wins


def by_class(seen: Seen, view: View) -> Iterator[tuple[str, Any]]:
    """A row a class: the units that vote for it, those with the most wins first."""
    if view.vote is None or view.wins is None:
        return
    wins, unit_class = view.wins, np.array(view.vote["unit_class"])
    rows, all_wins = [], max(int(wins.sum()), 1)
    for c in [*range(len(view.vote["confusion"])), -1]:
        units = np.flatnonzero(unit_class == c)
        units = units[np.argsort(-wins[units], kind="stable")]
        part = f"{100 * wins[units].sum() / all_wins:.1f} % of wins"
        details = [counted(len(units)), part if c >= 0 else "no training image"]
        if len(units) or c >= 0:
            heading = f"class {c}" if c >= 0 else "never won"
            rows.append(Row(heading, details, units[:COLUMNS].tolist(), c < 0))
    subtitle = f"{seen.after} · the {COLUMNS} of each class that won the most training images"
    yield f"by_class_{view.name}", _drawn(seen, view, rows, "by class", subtitle, _shares(view))


def by_wins(seen: Seen, view: View) -> Iterator[tuple[str, Any]]:
    """The units that win the most, in order."""
    if view.vote is None or view.wins is None or not view.wins.any():
        return
    order = np.argsort(-view.wins, kind="stable")
    order = order[view.wins[order] > 0]
    shown = order[:MOST]
    rows = [
        Row("", [], shown[start : start + COLUMNS].tolist())
        for start in range(0, len(shown), COLUMNS)
    ]
    of = f"{len(order):,} of {counted(len(view.wins))} won a training image"
    if len(shown) < len(order):
        of += f", here the first {MOST}"
    words = [
        [f"{c}: {share}", *rest]
        for c, (share, *rest) in zip(view.vote["unit_class"], _shares(view), strict=True)
    ]
    yield f"by_wins_{view.name}", _drawn(seen, view, rows, "by wins", f"{seen.after} · {of}", words)


def _drawn(seen: Seen, view: View, rows, order: str, subtitle: str, words) -> Any:
    title = f"Units of {view.name} {order}"
    return partial(plots.units, w=view.fields, shape=view.pixels, rows=rows, words=words,
                   title=title, subtitle=subtitle, scale=seen.scale)  # fmt: skip


def _shares(view: View) -> list[list[str]]:
    """Under each unit: the part of its wins that are of its class, and its number."""
    assert view.vote is not None
    wins = view.vote["unit_wins"]
    # Runs that were read out before it was counted lack it.
    right = view.vote.get("unit_class_wins", [None] * len(wins))
    return [[_share(own, all_), f"unit {n}"]
            for n, (own, all_) in enumerate(zip(right, wins, strict=True))]  # fmt: skip


def _share(own: int | None, wins: int) -> str:
    if not wins:
        return "no win"
    if own is None:
        return counted(wins, "win")
    return f"{100 * own / wins:.0f} % of {wins:,}"


def counted(n: int, what: str = "unit") -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
