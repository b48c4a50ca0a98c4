"""Pictures of units by what they have won in a vote."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from hebb.hints import listed
from hebb.pictures.seen import LayerView, Seen

MOST = 100  # units in order of their wins


def by_class(seen: Seen, view: LayerView) -> Iterator[tuple[str, Any]]:
    """A group a class: the units that vote for it, those with the most wins first."""
    if view.vote is None or view.wins is None or not view.wins.any():
        return
    vote, wins = view.vote, view.wins

    def draw(path: Any) -> None:
        from hebb.plots.units import COLUMNS, Group

        unit_class = np.array(vote["unit_class"])
        groups, without, more = [], [], False
        for c in range(len(vote["confusion"])):
            units = np.flatnonzero(unit_class == c)
            units = units[np.argsort(-wins[units], kind="stable")]
            if not len(units):
                without.append(c)
                continue
            part = f"{100 * wins[units].sum() / wins.sum():.1f} % of wins"
            detail = f"{counted(len(units))}, {part}"
            groups.append(Group(f"class {c}", detail, units[:COLUMNS].tolist()))
            more |= len(units) > COLUMNS
        said = [seen.after]
        if more:
            said.append(f"the {COLUMNS} of each class that won the most training images")
        if without:
            said.append(f"no unit votes for {listed(without)}")
        if never := int((wins == 0).sum()):
            said.append(f"{never:,} of {counted(len(wins))} won none, not shown")
        _draw(path, seen, view, groups, "by class", " · ".join(said), _shares(view))

    yield f"by_class_{view.name}", draw


def by_wins(seen: Seen, view: LayerView) -> Iterator[tuple[str, Any]]:
    """The units that win the most, in order."""
    if view.vote is None or view.wins is None or not view.wins.any():
        return
    vote, wins = view.vote, view.wins

    def draw(path: Any) -> None:
        from hebb.plots.units import COLUMNS, Group

        order = np.argsort(-wins, kind="stable")
        order = order[wins[order] > 0]
        shown = order[:MOST]
        starts = range(0, len(shown), COLUMNS)
        groups = [Group("", "", shown[start : start + COLUMNS].tolist()) for start in starts]
        of = f"{len(order):,} of {counted(len(wins))} won a training image"
        if len(shown) < len(order):
            of += f", here the first {MOST}"
        words = [
            [f"{c}: {share}", *rest]
            for c, (share, *rest) in zip(vote["unit_class"], _shares(view), strict=True)
        ]
        _draw(path, seen, view, groups, "by wins", f"{seen.after} · {of}", words)

    yield f"by_wins_{view.name}", draw


def _draw(path: Any, seen: Seen, view: LayerView, groups, order: str, subtitle: str, words) -> None:
    from hebb import plots

    plots.units(
        path, w=view.fields, shape=view.pixels, groups=groups, words=words,
        title=f"Units of {view.name} {order}", subtitle=subtitle, scale=seen.scale,
    )  # fmt: skip


def _shares(view: LayerView) -> list[list[str]]:
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
