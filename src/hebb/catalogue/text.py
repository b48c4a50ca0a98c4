"""Pieces of what a person reads in a terminal: columns that fit a width, figures, times."""

from collections.abc import Sequence
from typing import Any

from hebb.errors import HebbError

GAP = "  "
LEAST = 8  # letters of the first column


def columns(rows: Sequence[Sequence[str]], width: int, left: int) -> str:
    """Aligned columns, the first `left` of them to the left; the first gives way to `width`.

    Where that is not enough the last columns are left out, as `…` says: half a figure is another.
    """
    rows = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    def others() -> int:
        return sum(widths[1:]) + len(GAP) * (len(widths) - 1)

    if others() + min(widths[0], LEAST) > width:
        while len(widths) > left and others() + min(widths[0], LEAST) + len(GAP) + 1 > width:
            widths.pop()
        rows = [[*row[: len(widths)], "…"] for row in rows]
        widths.append(1)
    widths[0] = min(widths[0], max(width - others(), LEAST))
    lines = []
    for first, *rest in rows:
        cells = [cut(first, widths[0], tail=True).ljust(widths[0])]
        for n, cell in enumerate(rest, 1):
            cells.append(cell.ljust(widths[n]) if n < left else cell.rjust(widths[n]))
        lines.append(cut(GAP.join(cells).rstrip(), width))
    return "\n".join(lines)


def cut(text: str, width: int, tail: bool = False) -> str:
    """`text` in at most `width` characters; `tail` keeps its end, where runs have their number."""
    if len(text) <= width:
        return text
    return "…" + text[len(text) - width + 1 :] if tail else text[: width - 1] + "…"


def plain(text: str, keep: str = "") -> str:
    """`text` without what a terminal would act upon or cannot print."""
    return "".join(each if each.isprintable() or each in keep else "?" for each in text)


def age(seconds: float) -> str:
    """A length of time in its largest unit."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def count(n: int | None) -> str:
    return "-" if n is None else f"{n:,}"


def percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f} %"


def lift(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:+.2f}"


def brief(value: Any, exact: bool = False) -> str:
    """A setting in a few characters; floats are rounded to six digits unless `exact`."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not exact:
        return f"{value:.6g}"
    if isinstance(value, list):
        return f"[{', '.join(brief(each, exact) for each in value)}]"
    return str(value)


def figure(name: str, value: Any) -> str:
    if name.startswith("accuracy.") and isinstance(value, float):
        return percent(value)
    if name.startswith("lift.") and isinstance(value, float):
        return lift(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return brief(value)
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 1000 else f"{value:.4g}"


def sentence(err: HebbError | OSError) -> str:
    return str(err) if isinstance(err, HebbError) else f"{err.filename}: {err.strerror}"
