"""`describe`: what one run is, and where its parts come from."""

import textwrap
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from hebb.catalogue.contents import (
    damages,
    files,
    last_metrics,
    results,
    settings,
    signs_of_collapse,
)
from hebb.catalogue.family import family
from hebb.catalogue.listing import entry
from hebb.catalogue.text import age, brief, count, figure, lift, percent, plain, sentence
from hebb.errors import HebbError
from hebb.size import size
from hebb.store import Run
from hebb.titles import control, title, value_of


def describe(run: Run) -> dict[str, Any]:
    """What a run is: its entry, run.json, settings, last metrics, results, family and files, and
    in sentences whether it has `collapsed`.

    What cannot be read is None, and said in `damages`.
    """
    broken: list[str] = []

    def have(read: Callable[[Run], Any]) -> Any:
        try:
            return read(run)
        except (HebbError, OSError) as err:
            broken.append(sentence(err))
            return None

    found = {
        **entry(run).plain(),
        "info": have(Run.info),
        "settings": have(settings),
        "metrics": have(last_metrics),
        "results": have(results),
        "collapsed": signs_of_collapse(run),
        "family": _family(run),
        "files": have(lambda run: dict(files(run.path))),
    }
    cut = have(damages) or []
    broken = list(dict.fromkeys([*broken, *cut]))
    return found | {"damages": broken} | ({"status": "damaged"} if broken else {})


def _family(run: Run) -> dict[str, list[dict[str, Any]]] | None:
    """`family`; None where it cannot be read, which says nothing against the run itself."""
    try:
        return family(run)
    except (HebbError, OSError):
        return None


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
    say("inputs", count(found["inputs"]))
    say("seed", brief(info.get("seed")))
    say("changed", changed_text(info))
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


def _values(mapping: Any) -> list[str]:
    return [str(each) for each in mapping.values()] if isinstance(mapping, dict) else []


def changed_text(info: dict[str, Any]) -> str:
    """What run.json says that KEY=VALUE changed of the file that a run came from."""
    try:
        pairs = info["changed"]["settings"].items()
        said = ", ".join(f"{key} {was} -> {now}" for key, (was, now) in pairs)
        return f"from {info['changed']['from']}: {said}"
    except (KeyError, TypeError, ValueError, AttributeError):  # nothing was, or it is damaged
        return ""


def _pairs(mapping: Any) -> str:
    pairs = mapping.items() if isinstance(mapping, dict) else ()
    return ", ".join(f"{key} {brief(value)}" for key, value in pairs)


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
            at_first = f" ({brief(each['at_first'])} at first)" if "at_first" in each else ""
            lines.append(f"{title(each)}: {brief(value_of(each))}{at_first}")
            continue
        controls = "; ".join(
            f"{control(each, name)} {percent(its['accuracy'])}, lift {lift(its['lift'])}"
            for name, its in each["controls"].items()
        )
        beside = f" beside {controls}" if controls else ""
        train = each.get("training_accuracy")
        trained = "" if train is None else f" ({percent(train)} of training images)"
        lines.append(f"{title(each)}: {percent(each['accuracy'])}{trained}{beside}")
    return lines


def _epoch_heading(record: dict[str, Any] | None) -> str:
    record = record or {}
    return f"last epoch: {record.get('epoch')} of {record.get('phase')}"


def _metrics_lines(record: dict[str, Any] | None) -> list[str]:
    layers = (record or {}).get("layers", {})
    return [f"{name}: {', '.join(f'{k} {figure(k, v)}' for k, v in each.items())}"
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
