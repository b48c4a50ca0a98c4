"""What a sweep has found: a panel a setting, the accuracy over its values."""

import math
from itertools import cycle
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from hebb.plots import style
from hebb.plots.curves import LEADER, LINE, STEPS, WIDE, name_lines

FEW = 8  # values of a setting that can each have a mark of their own under the axis
SHORT = 8  # letters, at most, of such a mark where it is a number
WIDELY = 20  # times its smallest is the largest value of a setting on a logarithmic axis

TRAINED = "trained"  # what a line alone is called among controls
REACH = 1.0  # times the spread of a panel's runs: how far beyond them a control may stretch it
LEAST = 2.0  # points of a per cent that runs are taken to be apart, where they are nearly alike
DASHES = ((0, (5, 3)), (0, (1, 2)), (0, (5, 2, 1, 2)), (0, (9, 3)))  # of controls

Points = list[tuple[float, list[float]]]  # (place of a value, accuracies of its runs in %)


@style.house()
def sweep(
    path: style.Target,
    settings: dict[str, list[str]],
    accuracies: list[float],
    title: str = "",
    subtitle: str = "",
    controls: dict[str, list[float | None]] | None = None,
) -> None:
    """Draw accuracies over settings to a file, beside what they are measured against.

    settings: by name, the value of each run, of which the numbers are placed as such and other
    values in the order of their appearance. accuracies: fractions, one a run. A panel has a line
    for each choice of the other settings while colours last, and otherwise a dot for each; a bar
    goes from the lowest to the highest run alike but for the seed. controls: fractions by name,
    one a run, or None where it has none; drawn quietly, in dashes of their own, as the mean of
    all runs at a value. Those so far above or below that the runs would be squeezed are told at
    the edge instead. Settings differ by a few points, which an axis from 0 would hide: it begins
    where it must, and says so. title, subtitle: words above it, where no page says them.
    """
    if not settings or not accuracies:
        raise ValueError("no setting or no run: nothing to draw")
    lines = {name: _lines(name, settings, accuracies) for name in settings}
    alone = len(settings) == 1
    beside = {
        name: _beside(lines[name], settings[name], controls or {}, alone) for name in settings
    }
    beyond = {name: _beyond(lines[name], beside[name]) for name in settings}
    for name, told in beyond.items():
        beside[name] = {label: line for label, line in beside[name].items() if label not in told}
    names_of = {
        name: [*_named(lines[name], beside[name] | beyond[name]), *beside[name],
               *(words for words, _ in beyond[name].values())]
        for name in settings
    }  # fmt: skip
    labels = [label for each in names_of.values() for label in each]
    high = max(260, LINE * (1 + max(len(each) for each in names_of.values())))
    header = style.header_height(subtitle) if title else 0
    pitch, left, top = high + 104, style.MARGIN + 84, header + 20
    names = max((style.text_width(label, style.SMALL) for label in labels), default=0)
    width = style.width_for(
        left + WIDE + LEADER + 10 + round(names) + style.MARGIN, title, subtitle
    )
    fig = style.figure(width, top + pitch * len(lines) + style.MARGIN - 24)
    if title:
        style.header(fig, title, subtitle)
    for row, (name, shown) in enumerate(lines.items()):
        ax = style.axes(fig, left, top + row * pitch, WIDE, high)
        _draw_beside(ax, beside[name])
        _draw(ax, shown, alone)
        _scale(ax, settings[name])
        ax.set_xlabel(name, fontsize=style.TEXT)
        above = " (not from 0)" if ax.get_ylim()[0] > 0 else ""
        ax.set_ylabel(f"accuracy, %{above}", fontsize=style.TEXT)
        named = _named(shown, beside[name] | beyond[name])
        ends = {label: (points[-1][0], _mean(points[-1][1])) for label, points in named.items()}
        ends |= {label: points[-1] for label, points in beside[name].items()}
        edge, edges = ax.get_xlim()[1], ax.get_ylim()
        ends |= {words: (edge, edges[is_above]) for words, is_above in beyond[name].values()}
        colours = dict.fromkeys(ends, style.theme().quiet)
        colours |= dict(zip(named, _colours(shown).values(), strict=True)) if named else {}
        name_lines(ax, ends, colours, high)
    style.save(fig, path)


def _lines(name: str, settings: dict[str, list[str]], accuracies: list[float]) -> dict[str, Points]:
    """A line for each choice of the other settings; under "" alone where they are too many."""
    places = _places(settings[name])
    others = [key for key in settings if key != name]
    found: dict[str, dict[float, list[float]]] = {}
    for i, accuracy in enumerate(accuracies):
        label = ", ".join(f"{key} {settings[key][i]}" for key in others)
        values = found.setdefault(label, {})
        values.setdefault(places[settings[name][i]], []).append(100 * accuracy)
    if len(found) > len(style.theme().lines):
        return {"": [point for values in found.values() for point in values.items()]}
    return {label: sorted(values.items()) for label, values in found.items()}


def _named(lines: dict[str, Points], beside: dict[str, Any]) -> dict[str, Points]:
    """Lines that have a name beside their end: all where there are several; one has need of it
    only among controls; dots have none."""
    if len(lines) > 1 or not beside:
        return {label: points for label, points in lines.items() if label}
    return {label or TRAINED: points for label, points in lines.items()}


def _beside(
    lines: dict[str, Points],
    values: list[str],
    controls: dict[str, list[float | None]],
    alone: bool,
) -> dict[str, list[tuple[float, float]]]:
    """Points of each control, in %: the mean at each value; all in one, where dots are strewn."""
    places, found = _places(values), {}
    for name, column in controls.items():
        at: dict[float, list[float]] = {}
        for value, share in zip(values, column, strict=True):
            if share is not None:
                at.setdefault(places[value], []).append(100 * share)
        if at and not _is_grid(lines, alone):
            whole = _mean([share for shares in at.values() for share in shares])
            at = {place: [whole] for place in (min(at), max(at))}
        if at:
            found[name] = [(place, _mean(shares)) for place, shares in sorted(at.items())]
    return found


def _beyond(
    lines: dict[str, Points], beside: dict[str, list[tuple[float, float]]]
) -> dict[str, tuple[str, bool]]:
    """Controls that would squeeze the runs of a panel: what is told of each, and whether it lies
    above them; from the lowest to the highest."""
    runs = [run for points in lines.values() for _, values in points for run in values]
    low, high = min(runs), max(runs)
    if low == high:  # nothing to squeeze
        return {}
    reach, found = REACH * max(high - low, LEAST), {}
    for label, points in sorted(beside.items(), key=lambda each: max(y for _, y in each[1])):
        values = [value for _, value in points]
        if low - reach <= min(values) and max(values) <= high + reach:
            continue
        first, last = f"{min(values):.1f}", f"{max(values):.1f}"
        span = first if first == last else f"{first} to {last}"
        is_above = max(values) > high + reach
        found[label] = (f"{label} {'↑' if is_above else '↓'} {span} %", is_above)
    return found


def _draw_beside(ax: Axes, beside: dict[str, list[tuple[float, float]]]) -> None:
    for dashes, points in zip(cycle(DASHES), beside.values()):
        x, y = zip(*points, strict=True)
        # A line of one point has no length: only a marker shows it.
        how: dict[str, Any] = {"marker": "_" if len(set(x)) == 1 else None, "zorder": 1}
        ax.plot(x, y, color=style.theme().quiet, linewidth=0.9, linestyle=dashes, **how)


def _draw(ax: Axes, lines: dict[str, Points], alone: bool) -> None:
    colours = _colours(lines)
    for label, points in lines.items():
        x, means = [at for at, _ in points], [_mean(runs) for _, runs in points]
        spread = [
            [mean - min(runs) for mean, (_, runs) in zip(means, points, strict=True)],
            [max(runs) - mean for mean, (_, runs) in zip(means, points, strict=True)],
        ]
        joined = "-" if _is_grid(lines, alone) else "none"
        how: dict[str, Any] = {"marker": "o", "markersize": 4, "elinewidth": 0.9, "capsize": 2}
        ax.errorbar(x, means, spread, color=colours[label], linestyle=joined, **how)
    ax.margins(0.04, 0.08)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=STEPS))


def _is_grid(lines: dict[str, Points], alone: bool) -> bool:
    """Whether the points of a line belong together: lines meet at values, and a line has one
    point at each. Else they are dots strewn by a search, or of more choices than colours.
    alone: whether there is no other setting."""
    if list(lines) == [""] and not alone:
        return False
    places = {label: [at for at, _ in points] for label, points in lines.items()}
    if len(places) > 1:
        return len(set().union(*places.values())) < sum(map(len, places.values()))
    return all(len(set(each)) == len(each) for each in places.values())


def _scale(ax: Axes, values: list[str]) -> None:
    """The values themselves under the axis where they are few, else round numbers."""
    places = _places(values)
    ticks = sorted(places.items(), key=lambda each: each[1])
    numbers = _numbers(values)
    if numbers and min(numbers) > 0 and max(numbers) >= WIDELY * min(numbers):
        ax.set_xscale("log")
    if not numbers or (len(places) <= FEW and max(map(len, values)) <= SHORT):
        ax.set_xticks([at for _, at in ticks], [value for value, _ in ticks])
    else:
        log = ax.get_xscale() == "log"
        ax.xaxis.set_major_locator(
            LogLocator(subs=(1, 2, 5)) if log else MaxNLocator(8, steps=STEPS)
        )
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
    ax.xaxis.set_minor_locator(NullLocator())


def _places(values: list[str]) -> dict[str, float]:
    """Where on the axis each value goes."""
    different, numbers = list(dict.fromkeys(values)), _numbers(values)
    return dict(zip(different, numbers or map(float, range(len(different))), strict=True))


def _numbers(values: list[str]) -> list[float]:
    """The different values as numbers; none where one is no finite number."""
    try:
        numbers = [float(value) for value in dict.fromkeys(values)]
    except ValueError:
        return []
    return numbers if all(map(math.isfinite, numbers)) else []


def _mean(runs: list[float]) -> float:
    return sum(runs) / len(runs)


def _colours(lines: dict[str, Points]) -> dict[str, str]:
    return dict(zip(lines, style.theme().lines, strict=False))
