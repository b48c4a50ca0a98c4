"""A trained stack beside its controls: what it is worth."""

from typing import Any

from hebb.plots import style

ROW, BARS = 62, 620  # pixels: the pitch of the bars, the length of 100 %


@style.house()
def accuracy(
    path: style.Target,
    accuracy: float,
    controls: dict[str, float],
    title: str,
    subtitle: str = "",
) -> None:
    """Draw one bar for the stack and one a control to a file.

    accuracy: a fraction, 0 to 1. controls: the same by name; they are drawn in their order,
    each with the lift over it in points of a per cent, negative where learning lost.
    """
    names = ["trained", *(name.replace("_", " ") for name in controls)]
    values = [100 * accuracy, *(100 * value for value in controls.values())]
    left = style.MARGIN + round(max(style.text_width(n, style.TEXT) for n in names)) + 20
    top, right = style.header_height(subtitle) + 34, left + BARS + 240
    width = style.width_for(right + style.MARGIN, title, subtitle)
    fig = style.figure(width, top + ROW * len(names) + 56 + style.MARGIN)
    style.header(fig, title, subtitle)

    ax = style.axes(fig, left, top, BARS, ROW * len(names))
    theme = style.theme()
    colours = [theme.accent] + [theme.faint] * len(controls)
    ax.barh(range(len(names)), values, height=0.52, color=colours)
    ax.axvline(values[0], color=theme.accent, linewidth=0.6, linestyle=(0, (2, 3)), clip_on=False)
    ax.set(xlim=(0, 100), ylim=(len(names) - 0.5, -0.5), xlabel="accuracy, %", yticks=[])
    ax.spines["left"].set_visible(False)

    def write(x: float, y: float, words: str, **how: Any) -> None:
        style.text(fig, x, y, words, **{"va": "center", **how})

    if controls:
        write(right, top - 16, "lift, points", ha="right", color=theme.quiet)
    for j, (name, value) in enumerate(zip(names, values, strict=True)):
        y = top + ROW * (j + 0.5)
        write(left - 16, y, name, ha="right")
        # On paper, where the dashed line would run through it.
        box = {"facecolor": theme.paper, "edgecolor": "none", "pad": 1.5}
        write(left + BARS * value / 100 + 12, y, f"{value:.2f} %", bbox=box)
        if j:
            lift = values[0] - value
            colour = theme.loss if lift < 0 else theme.ink
            write(right, y, f"{lift:+.2f}".replace("-", "−"), ha="right", color=colour)
    style.save(fig, path)
