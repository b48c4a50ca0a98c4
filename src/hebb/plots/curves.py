"""How training went: a panel a metric, a line a layer, all over the inputs seen."""

import math
from collections.abc import Collection, Mapping
from itertools import groupby
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from hebb.plots import style

# What a panel is called, and whether its axis is logarithmic; None: where one value would flatten
# the others. Other numbers that a layer
# reports get a panel under their own name.
METRICS = {
    "reconstruction_error": ("reconstruction error, |v − r|² / |v|²", None),
    "winners": ("winners an input", False),
    "never_won": ("units never among the winners of an epoch", False),
    "weight_change": ("weight change an epoch, |ΔW| / |W|", True),
    "thresh": ("thresh, as it is steered", False),
    "m": ("winners an input, the running mean m by which thresh is steered", False),
    "specialization": ("mean specialization s of the units", False),
}
SPEED = "inputs_per_second"
SPEED_LABEL = "inputs per second; hollow: the first epoch, when kernels were compiled or loaded"

WIDE, LINE = 900, 24  # pixels: a panel's width; the height of a name at the end of a line
LEADER = 34  # pixels: from the end of a line to its name
ABOVE = 6  # pixels: from the axes to the lowest names of phases
STEPS = [1, 2, 2.5, 5, 10]  # between ticks: what a reader counts in

Points = list[tuple[float, float]]  # (inputs seen, value)
Restarts: TypeAlias = Mapping[str, Collection[str]]  # by phase: the layers it starts anew
NO_RESTARTS: Restarts = MappingProxyType({})


def panels(
    records: list[dict[str, Any]], restarts: Restarts = NO_RESTARTS
) -> dict[str, dict[str, list[Points]]]:
    """Records -> metric -> layer -> the parts of its line; only what occurs.

    The known metrics come first, others in the order of their appearance, speed, under the
    layer "", last. A line is cut where its layer was started anew, and where an epoch lacks its
    metric; at no other border of a phase.
    """
    found: dict[str, dict[str, list[Points]]] = {name: {} for name in METRICS}
    speed: dict[str, list[Points]] = {}
    measured: dict[tuple[str, str], int] = {}  # by metric and layer: the last record that has it
    before = None
    for n, record in enumerate(records):
        anew = restarts.get(record["phase"], ()) if record["phase"] != before else ()
        before = record["phase"]
        values: list[tuple[str, str, Any]] = [(SPEED, "", record.get(SPEED))]
        for layer, metrics in record.get("layers", {}).items():
            values += [(metric, layer, value) for metric, value in metrics.items()]
        for metric, layer, value in values:
            if is_number(value):
                lines = speed if metric == SPEED else found.setdefault(metric, {})
                parts = lines.setdefault(layer, [])
                if layer in anew or measured.get((metric, layer)) != n - 1:
                    parts.append([])
                parts[-1].append((record["inputs"], value))
                measured[metric, layer] = n
    shown = {metric: layers for metric, layers in found.items() if layers}
    return shown | ({SPEED: speed} if speed else {})


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def borders(records: list[dict[str, Any]]) -> list[tuple[str, float]]:
    """Each phase's name, and the inputs seen when it began."""
    starts, seen = [], 0.0
    for name, phase in groupby(records, key=lambda record: record["phase"]):
        starts.append((name, seen))
        seen = list(phase)[-1]["inputs"]
    return starts


def spread(wanted: list[float], apart: float, high: float) -> list[float]:
    """Places between 0 and `high`, at least `apart` from each other, near the wanted ones and
    in their order. There must be room for them."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])

    def pushed(places: list[float], end: float, by: float) -> list[float]:
        """Pushed from `end` inwards: upwards for a positive `by`, else downwards."""
        places, limit = list(places), max if by > 0 else min
        for i in order if by > 0 else reversed(order):
            places[i] = limit(places[i], end)
            end = places[i] + by
        return places

    up, down = pushed(wanted, 0, apart), pushed(wanted, high, -apart)
    middle = [(a + b) / 2 for a, b in zip(up, down, strict=True)]
    return pushed(pushed(middle, 0, apart), high, -apart)


@style.house()
def curves(
    path: style.Target,
    records: list[dict[str, Any]],
    title: str,
    subtitle: str = "",
    restarts: Restarts = NO_RESTARTS,
) -> None:
    """Draw the metrics of a run to a file.

    records: one an epoch, in order, as in metrics.jsonl: "phase", "inputs" (seen since the
    run began), "inputs_per_second" and "layers", which maps a layer's name to its metrics.
    restarts: where lines are cut.
    """
    shown = panels(records, restarts)
    if not shown:
        raise ValueError(f"{len(records)} records: no metric to draw")
    layers = list(dict.fromkeys(name for lines in shown.values() for name in lines if name))
    theme = style.theme()
    colours = {name: theme.lines[i % len(theme.lines)] for i, name in enumerate(layers)}
    colours[""] = theme.ink
    phases, seen = borders(records), float(records[-1]["inputs"]) or 1.0
    lanes = in_lanes([(name, start / seen * WIDE) for name, start in phases])

    high = max(190, LINE * (len(layers) + 1))
    pitch = high + 76
    named = LINE * (1 + max(lanes))  # pixels of the phases' names, between title and axes
    left, top = style.MARGIN + 84, style.header_height(subtitle) + named + 48
    names = max(style.text_width(name, style.SMALL) for name in [*layers, ""])
    width = style.width_for(
        left + WIDE + LEADER + 10 + round(names) + style.MARGIN, title, subtitle
    )
    fig = style.figure(width, top + pitch * len(shown) - 24 + style.MARGIN)
    style.header(fig, title, subtitle)

    for lane, (name, start) in zip(lanes, phases, strict=True):
        x, y = left + start / seen * WIDE + 6, top - ABOVE - LINE * lane
        style.text(fig, x, y, name, va="bottom", fontsize=style.SMALL, color=theme.quiet)
    for row, (metric, lines) in enumerate(shown.items()):
        place = top + row * pitch
        label, logarithmic = METRICS.get(metric, (metric.replace("_", " "), False))
        first: Points = []
        if metric == SPEED:
            first, lines = begun(lines)
            label = SPEED_LABEL
        over = 10 if row else named + ABOVE + 8
        style.text(fig, left, place - over, label, va="bottom", fontsize=style.TEXT)
        ax = style.axes(fig, left, place, WIDE, high)
        draw(ax, lines, colours, len(records) <= 12)
        for x, y in first:
            hollow = {"marker": "o", "markersize": 4, "mfc": theme.paper, "clip_on": False}
            ax.plot([x / 1000], [y], color=theme.ink, markeredgewidth=1, zorder=3, **hollow)
        points = [point for parts in lines.values() for part in parts for point in part] + first
        scale(ax, [y for _, y in points], logarithmic)
        ax.set_xlim(0, seen / 1000)
        ax.xaxis.set_major_locator(MaxNLocator(8, steps=STEPS))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,g}"))
        ax.tick_params(labelbottom=row == len(shown) - 1)
        for lane, (_, start) in zip(lanes, phases, strict=True):
            if start:
                # The first panel's borders reach up beside their names, which are under its title.
                reach = 1 if row else 1 + (ABOVE + LINE * (lane + 1) - 6) / high
                line = {"color": theme.faint, "linewidth": 0.8, "zorder": 0}
                ax.axvline(start / 1000, 0, reach, clip_on=False, **line)
        if row == len(shown) - 1:
            ax.set_xlabel("inputs seen, thousands", fontsize=style.TEXT)
        last = {layer: parts[-1][-1] for layer, parts in lines.items() if layer}
        name_lines(ax, {layer: (x / 1000, y) for layer, (x, y) in last.items()}, colours, high)
    style.save(fig, path)


def begun(lines: dict[str, list[Points]]) -> tuple[Points, dict[str, list[Points]]]:
    """The first point of a run's speed, which holds the time that compiling took, and the rest:
    of a single epoch, a line without parts."""
    (layer, [part, *parts]), *_ = lines.items()
    rest = [part[1:], *parts] if part[1:] else parts
    return part[:1], {layer: rest}


def in_lanes(names: list[tuple[str, float]]) -> list[int]:
    """Names that begin at a place in pixels -> the lane of each, 0 the lowest: above every
    later name that begins under it, so that neither the names nor their borders cross."""
    lanes: list[int] = []
    for i, (name, start) in reversed(list(enumerate(names))):
        end = start + style.text_width(name, style.SMALL) + 20
        under = [lane for lane, (_, x) in zip(lanes, names[i + 1 :], strict=True) if x < end]
        lanes.insert(0, 1 + max(under, default=-1))
    return lanes


def draw(ax: Axes, lines: dict[str, list[Points]], colours: dict[str, str], marked: bool) -> None:
    for layer, parts in lines.items():
        for part in parts:
            x, y = zip(*part, strict=True)
            # A line of one point has no length: only a marker shows it.
            marker = "o" if marked or len(part) == 1 else None
            how: dict[str, Any] = {"marker": marker, "markersize": 3, "clip_on": False}
            ax.plot(np.array(x) / 1000, y, color=colours[layer], **how)


def scale(ax: Axes, values: list[float], logarithmic: bool | None) -> None:
    """From 0 to a little over the maximum, or over whole decades where it is logarithmic."""
    positive = [value for value in values if value > 0]
    if is_logarithmic(values, logarithmic):
        ax.set_yscale("log", nonpositive="mask")
        low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
        ax.set_ylim(10.0**low, 10.0 ** max(high, low + 1))
        ax.yaxis.set_major_locator(LogLocator(numticks=5))
        ax.yaxis.set_minor_locator(NullLocator())
    else:
        ax.set_ylim(min(0.0, *values) * 1.08, max(0.0, *values) * 1.08 or 1.0)
        counts = all(float(value).is_integer() for value in values)
        ax.yaxis.set_major_locator(MaxNLocator(4, steps=STEPS, integer=counts))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: short(y)))


def short(value: float) -> str:
    """10000000 as `10 M`: an axis has no room for more figures."""
    return f"{value / 1e6:,.10g} M" if abs(value) >= 1e6 else f"{value:,.10g}"


def is_logarithmic(values: list[float], wanted: bool | None) -> bool:
    """Whether an axis is, as METRICS wants it; there must be something above 0, and no value
    alone, which would stand in an empty decade."""
    positive = [value for value in values if value > 0]
    if wanted is None:
        middle = float(np.percentile(values, 50, method="lower"))
        return len(positive) == len(values) and max(values) > 20 * middle
    return wanted and bool(positive) and len(set(values)) > 1


def name_lines(
    ax: Axes, ends: dict[str, tuple[float, float]], colours: dict[str, str], high: float
) -> None:
    """Each line's name in its colour at the right, and a hairline from its end to there.

    ends: where each line ends on the axes, in their own units. high: pixels of the axes.
    """
    to_axes = ax.transData + ax.transAxes.inverted()
    lowest = ax.get_ylim()[0]  # where a 0 goes that a logarithmic axis cannot show
    places = [to_axes.transform((x, max(y, lowest))) for x, y in ends.values()]
    names = spread([high * float(y) for _, y in places], LINE, high)
    for label, (x, y), name in zip(ends, places, names, strict=True):
        how = {"color": colours[label], "transform": ax.transAxes, "clip_on": False}
        leader = ([x, max(1.0, x), 1 + (LEADER - 8) / WIDE], [y, y, name / high])
        ax.plot(*leader, linewidth=0.5, alpha=0.7, scalex=False, scaley=False, **how)
        how = {"va": "center", "color": colours[label], "fontsize": style.SMALL}
        ax.text(1 + LEADER / WIDE, name / high, label, transform=ax.transAxes, **how)
