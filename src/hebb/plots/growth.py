"""How rate and memory grow with the size of things: a column a size, both axes logarithmic."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from hebb.plots import style

WIDE, HIGH = 300, 260  # pixels of a panel
ROOM = 84  # between two panels, for the figures of an axis

Points = list[tuple[float, float, float]]  # (size, inputs a second, bytes)


@style.house()
def growth(
    path: style.Target,
    panels: dict[str, dict[str, Points]],
    idle: float,
    title: str,
    subtitle: str = "",
) -> None:
    """Draw rates above and memory below, for each size, to a file.

    panels: by what grows, a line for each name. idle: bytes that a process takes before it begins,
    drawn as a dashed line. A name has one colour in all panels.
    """
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    if not names or not all(points for lines in panels.values() for points in lines.values()):
        raise ValueError("no panel, or a line without a point: nothing to draw")
    if len(names) > len(style.theme().lines):
        raise ValueError(f"{len(names)} lines: more than there are colours")
    colours = dict(zip(names, style.theme().lines, strict=False))
    left, top = style.MARGIN + ROOM, style.header_height(subtitle) + 46
    width = left + (WIDE + ROOM) * len(panels) - ROOM + style.MARGIN
    width = style.width_for(width, title, subtitle)
    fig = style.figure(width, top + 2 * HIGH + 50 + 70 + style.MARGIN)
    style.header(fig, title, subtitle)
    at = float(left)
    for name in names:
        style.text(fig, at, top - 46, name, color=colours[name], fontsize=style.TEXT)
        at += style.text_width(name, style.TEXT) + 28
    rates = [rate for points in _all(panels) for _, rate, _ in points]
    sizes = [size / 2**20 for points in _all(panels) for _, _, size in points]
    for column, (what, lines) in enumerate(panels.items()):
        for row, values in enumerate((rates, [*sizes, idle / 2**20])):
            across, down = left + column * (WIDE + ROOM), top + row * (HIGH + 50)
            ax = style.axes(fig, across, down, WIDE, HIGH)
            for name, points in lines.items():
                x = [point[0] for point in points]
                y = [point[1] if row == 0 else point[2] / 2**20 for point in points]
                ax.plot(x, y, color=colours[name], marker="o", markersize=3.5)
            _scale(ax, [size for points in lines.values() for size, _, _ in points], values)
            if row:
                how = {"color": style.theme().quiet, "linewidth": 0.8, "linestyle": (0, (3, 3))}
                ax.axhline(idle / 2**20, **how)
                ax.set_xlabel(what, fontsize=style.TEXT)
            if not column:
                words = "MiB at most" if row else "inputs a second"
                ax.set_ylabel(words, fontsize=style.TEXT)
    style.save(fig, path)


def _all(panels: dict[str, dict[str, Points]]) -> list[Points]:
    return [points for lines in panels.values() for points in lines.values()]


def _scale(ax: Axes, sizes: list[float], values: list[float]) -> None:
    """Both axes logarithmic; values on the same one in all panels of a row, its decades marked."""
    ax.set_xscale("log")
    ax.set_yscale("log")
    low, high = min(values), max(values)
    ax.set_ylim(low / 1.3, high * 1.3)
    ax.margins(x=0.06)
    fine = (1,) if high / low >= 100 else (1, 2, 5)
    ax.yaxis.set_major_locator(LogLocator(subs=fine))
    ax.xaxis.set_major_locator(LogLocator(subs=(1,) if max(sizes) / min(sizes) > 30 else (1, 2, 5)))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    ax.grid(axis="y", color=style.theme().gap, linewidth=0.5)
    ax.set_axisbelow(True)


def _short(value: float) -> str:
    """10000 as 10 k."""
    power = max(0, min(2, math.floor(np.log10(max(value, 1e-9)) / 3 + 1e-9)))
    return f"{value / 1000**power:.10g}{('', ' k', ' M')[power]}"
