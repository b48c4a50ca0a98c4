"""Which class is taken for which."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from hebb.plots import colouring, style


@style.house()
def confusion(path: style.Target, matrix: np.ndarray, title: str, subtitle: str = "") -> None:
    """Draw a confusion matrix to a file: colours are per cent of a row, cells hold counts.

    matrix: (classes, classes + 1) counts; a row is a true class, a column an answered one,
    the last column is "none", an answer without a class, and is left out where it is empty.
    """
    if matrix.ndim != 2 or not len(matrix) or matrix.shape[1] != len(matrix) + 1:
        raise ValueError(f"expected (classes, classes + 1) counts, got {matrix.shape}")
    classes = len(matrix)
    totals = matrix.sum(axis=1)
    percent = 100 * matrix / np.maximum(totals, 1)[:, None]
    fine = style.cell(1, 84 if classes <= 20 else 32)  # the smaller has no room for a count
    cell, theme = style.length(fine), style.theme()
    left, top = style.MARGIN + 84, style.header_height(subtitle) + 74
    none = left + classes * cell + cell / 4  # apart: it is the lack of an answer
    lacking = bool(matrix[:, -1].any())
    right = (none + cell if lacking else left + classes * cell) + 24
    width = style.width_for(right + 300, title, subtitle)
    fig = style.figure(width, top + classes * cell + style.MARGIN)
    style.header(fig, title, subtitle)

    scale = ScalarMappable(Normalize(0, 100), theme.weights())
    colours = colouring.pixels(scale, percent)
    style.stamp(fig, left, top, colouring.ruled(colours[:, :-1], fine), 1)
    if lacking:
        style.stamp(fig, none, top, colouring.ruled(colours[:, -1:], fine), 1)
    colouring.colour_bar(
        fig, right + 150, top, min(classes * cell, 420), scale, "% of the true class"
    )

    def write(x: float, y: float, words: str, **how) -> None:
        style.text(fig, x, y, words, **{"ha": "center", "va": "center", **how})

    xs = [*(left + (j + 0.5) * cell for j in range(classes)), none + cell / 2]
    size = style.TEXT if classes <= 20 else style.SMALL - 2
    for i in range(classes):
        y = top + (i + 0.5) * cell
        write(left - 16, y, str(i), ha="right", fontsize=size)
        write(xs[i], top - 18, str(i), fontsize=size)
        correct = f"{percent[i, i]:.1f} %" if totals[i] else "–"
        write(right + 84, y, correct, ha="right", fontsize=size)
        for j, count in enumerate(matrix[i] if classes <= 20 else ()):
            if count:
                colour = colouring.on(colours[i, j])
                write(xs[j], y, str(int(count)), color=colour, fontsize=style.SMALL)
    if lacking:
        write(xs[-1], top - 18, "none", fontsize=size)
    write(right + 84, top - 18, "accuracy", ha="right", fontsize=size, color=theme.quiet)
    middle = classes * cell / 2
    write(left + middle, top - 50, "answered class", color=theme.quiet)
    write(style.MARGIN + 10, top + middle, "true class", rotation=90, color=theme.quiet)
    style.save(fig, path)
