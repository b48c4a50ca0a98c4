"""What a person reads of runs: entries and figures in, text out that fits a width."""

import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hebb.library import Entry
from hebb.size import size
from hebb.swept import SweepEntry, short_value
from hebb.titles import title, value_of

WIDEST = 20  # of a cell of a comparison
GAP = "  "


def listing_text(entries: Sequence[Entry], width: int, now: datetime | None = None) -> str:
    """A line for each run."""
    now = now or datetime.now(UTC)
    rows = [["run", "status", "age", "inputs", "accuracy", "lift", "size"]]
    for each in entries:
        rows.append([
            each.id, each.status, age((now - each.started).total_seconds()),
            _count(each.inputs), _percent(each.accuracy), _lift(each.lift), size(each.size),
        ])  # fmt: skip
    return table(rows, width, left=2)


def sweeps_text(sweeps: Sequence[SweepEntry], width: int, now: datetime | None = None) -> str:
    """A line for each sweep: the best settings so far, age, runs done, the best mean accuracy."""
    now = now or datetime.now(UTC)
    rows = [["sweep", "best", "age", "done", "accuracy"]]
    for each in sweeps:
        best = ", ".join(f"{key} {short_value(value)}" for key, value in each.best.items())
        done = _count(each.completed) + (f" of {each.runs:,}" if each.runs is not None else "")
        failed = f" ({each.failed:,} failed)" if each.failed else ""
        rows.append([
            each.id, "damaged" if each.error else best or "-",
            age((now - each.started).total_seconds()), done + failed, _percent(each.accuracy),
        ])  # fmt: skip
    return table(rows, width, left=2)


def description_text(found: dict[str, Any], width: int, now: datetime | None = None) -> str:
    """What `describe` found: what the run is, and where its parts come from."""
    started = datetime.fromisoformat(found["started"])
    ago = age(((now or datetime.now(UTC)) - started).total_seconds())
    info = found["info"] or {}
    lines = [f"{found['id']}: {found['status']}"]

    def say(label: str, text: Any) -> None:
        if text:
            lines.append(_wrapped(label, str(text), width))

    for text in dict.fromkeys([found["error"], *found["damages"]]):
        say("because", text)
    for text in found["collapsed"]:
        say("mind", text)
    say("where", f"{found['path']}, {size(found['size'])}")
    took = info.get("training_seconds")
    trained = f"; trained for {took:.1f} s" if isinstance(took, int | float) else ""
    say("began", f"{started:%Y-%m-%d %H:%M:%S} UTC, {ago} ago{trained}")
    say("inputs", _count(found["inputs"]))
    say("seed", _brief(info.get("seed")))
    say("device", ", ".join(_values(info.get("device"))))
    say("data", " from ".join(_values(info.get("dataset"))[:2]))
    say("versions", _pairs(info.get("versions")))
    say("git", info.get("git"))
    notes = info.get("notes")
    for note in notes if isinstance(notes, list) else ():
        say("note", note)
    for heading, block in (
        ("layers", _settings_lines(found["settings"], "layers")),
        ("phases", _settings_lines(found["settings"], "phases")),
        ("results", _results_lines(found["results"])),
        (_epoch_heading(found["metrics"]), _metrics_lines(found["metrics"])),
        ("family", _family_lines(found["family"])),
        ("files", _files_lines(found["files"])),
    ):
        if block:
            lines += ["", heading]
            lines += [_wrapped("", line, width) for line in block]
    return "\n".join(plain(line, keep="\n") for line in lines)


def comparison_text(found: dict[str, Any], width: int) -> str:
    """What `compare` found, a column for each run; below each other where they do not fit."""
    groups = {
        "results": {name: [_figure(name, value) for value in row]
                    for name, row in found["results"].items()},
        "last epoch": {name: [_figure(name, value) for value in row]
                       for name, row in found["metrics"].items()},
        "settings that differ": {path: [_brief(value, exact=True) for value in row]
                                 for path, row in found["settings"].items()},
    }  # fmt: skip
    names = [name for rows in groups.values() for name in rows]
    first = min(max(len(name) for name in (*names, *groups)) + 2, max(width // 2, 12))
    cells = [[run, *(row[n] for rows in groups.values() for row in rows.values())]
             for n, run in enumerate(found["runs"])]  # fmt: skip
    widths = [min(max(map(len, column)), WIDEST) for column in cells]
    blocks, room = [[]], width - first
    for n, each in enumerate(widths):
        if blocks[-1] and room < each + len(GAP):
            blocks.append([])
            room = width - first
        blocks[-1].append(n)
        room -= each + len(GAP)
    return "\n\n".join(_block(groups, found["runs"], block, widths, first) for block in blocks)


def removal_text(entries: Sequence[Entry], heirs: Sequence[tuple[str, str]], width: int) -> str:
    """What goes, and who began with its weights: pairs of a run that stays and one that goes."""
    lines = [listing_text(entries, width)]
    lines += [f"{child} began with weights of {parent}" for child, parent in dict.fromkeys(heirs)]
    runs = "1 run" if len(entries) == 1 else f"{len(entries)} runs"
    return "\n".join([*lines, f"{runs}, {size(sum(each.size for each in entries))}"])


# Pieces


def table(rows: Sequence[Sequence[str]], width: int, left: int) -> str:
    """Aligned columns, the first `left` of them to the left; the first gives way to `width`."""
    rows = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    others = sum(widths[1:]) + len(GAP) * (len(widths) - 1)
    widths[0] = min(widths[0], max(width - others, 8))
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


def _count(n: int | None) -> str:
    return "-" if n is None else f"{n:,}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f} %"


def _lift(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:+.2f}"


def _brief(value: Any, exact: bool = False) -> str:
    """A setting in a few characters; floats are rounded to six digits unless `exact`."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not exact:
        return f"{value:.6g}"
    if isinstance(value, list):
        return f"[{', '.join(_brief(each, exact) for each in value)}]"
    return str(value)


def _figure(name: str, value: Any) -> str:
    if name.startswith("accuracy.") and isinstance(value, float):
        return _percent(value)
    if name.startswith("lift.") and isinstance(value, float):
        return _lift(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _brief(value)
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 1000 else f"{value:.4g}"


def _values(mapping: Any) -> list[str]:
    return [str(each) for each in mapping.values()] if isinstance(mapping, dict) else []


def _pairs(mapping: Any) -> str:
    pairs = mapping.items() if isinstance(mapping, dict) else ()
    return ", ".join(f"{key} {_brief(value)}" for key, value in pairs)


def _wrapped(label: str, text: str, width: int) -> str:
    indent = " " * 11 if label else "    "
    return textwrap.fill(
        text, max(width, 30), initial_indent=f"{label:<11}" if label else "  ",
        subsequent_indent=indent, break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _settings_lines(settings: dict[str, Any] | None, group: str) -> list[str]:
    lines, settings = [], settings or {}
    names = settings.get(group)
    for name in names if isinstance(names, list) else ():
        start = f"{group}.{name}."
        own = {k[len(start) :]: v for k, v in settings.items() if k.startswith(start)}
        lines.append(f"{name}: {_pairs(own)}")
    return lines


def _results_lines(results: list[dict[str, Any]] | None) -> list[str]:
    lines = []
    for each in results or ():
        if "measure" in each:
            at_first = f" ({_brief(each['at_first'])} at first)" if "at_first" in each else ""
            lines.append(f"{title(each)}: {_brief(value_of(each))}{at_first}")
            continue
        controls = "; ".join(
            f"{name} {_percent(its['accuracy'])}, lift {_lift(its['lift'])}"
            for name, its in each["controls"].items()
        )
        beside = f" beside {controls}" if controls else ""
        train = each.get("training_accuracy")
        trained = "" if train is None else f" ({_percent(train)} of training images)"
        lines.append(f"{title(each)}: {_percent(each['accuracy'])}{trained}{beside}")
    return lines


def _epoch_heading(record: dict[str, Any] | None) -> str:
    record = record or {}
    return f"last epoch: {record.get('epoch')} of {record.get('phase')}"


def _metrics_lines(record: dict[str, Any] | None) -> list[str]:
    layers = (record or {}).get("layers", {})
    return [f"{name}: {', '.join(f'{k} {_figure(k, v)}' for k, v in each.items())}"
            for name, each in layers.items()]  # fmt: skip


def _family_lines(family: dict[str, Any] | None) -> list[str]:
    said = {"same": "", "changed": "; it has changed since", "gone": "; it is gone"}

    def parents(runs: list[dict[str, Any]], depth: int) -> list[str]:
        lines = []
        for each in runs:
            at = f"{each['id']} at {each['snapshot']:,} inputs{said[each['state']]}"
            lines += [f"{'which ' * depth}began with {at}", *parents(each["parents"], depth + 1)]
        return lines

    family = family or {"parents": [], "children": []}
    return parents(family["parents"], 0) + [
        f"{each['id']} began with this one at {each['snapshot']:,} inputs"
        for each in family["children"]
    ]


def _files_lines(files: dict[str, int] | None) -> list[str]:
    """Names at the top, numbers of those in folders."""
    top = [name for name in files or () if "/" not in name]
    folders: dict[str, list[int]] = {}
    for name, n in (files or {}).items():
        if "/" in name:
            folders.setdefault(name.partition("/")[0], []).append(n)
    counts = [f"{name}/ {len(each)} files, {size(sum(each))}" for name, each in folders.items()]
    return [", ".join(sorted(top)), *sorted(counts)] if files else []


def _block(
    groups: dict[str, dict[str, list[str]]], runs: list[str], block: list[int],
    widths: list[int], first: int,
) -> str:  # fmt: skip
    def line(name: str, cells: Sequence[str], tail: bool = False) -> str:
        shown = [cut(plain(name), first, tail=True).ljust(first)]
        for n in block:
            keep_end = tail or cells[n].startswith("/")  # of a path, the end tells most
            shown.append(cut(plain(cells[n]), widths[n], keep_end).rjust(widths[n]))
        return GAP.join(shown).rstrip()

    lines = [line("", runs, tail=True)]
    for heading, rows in groups.items():
        if rows:
            lines += [heading, *(line(f"  {name}", row) for name, row in rows.items())]
    return "\n".join(lines)
