"""The experiment files that come with hebb: found by name, and to copy from."""

import os
import re
from pathlib import Path

from hebb.config.document import parse
from hebb.errors import UsageError
from hebb.hints import did_you_mean
from hebb.output_paths import to_file

_INSTALLED = Path(__file__).parents[1] / "configs"
_CHECKOUT = Path(__file__).parents[3] / "configs"
FOLDER = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT


def shipped() -> dict[str, Path]:
    """Name to path of every experiment file that comes with hebb."""
    return {path.stem: path for path in sorted(FOLDER.rglob("*.yaml"), key=_in_order)}


def _in_order(path: Path) -> tuple[bool, list[str | int]]:
    """The main experiment, then notebook by notebook as their names begin, and d2 before d10."""
    parts = re.split(r"(\d+)", path.stem)
    return path.parent != FOLDER, [int(part) if part.isdigit() else part for part in parts]


def find(name: str) -> Path:
    """The experiment file at path `name`, or else the shipped one of that name."""
    path = Path(name)
    if os.path.isfile(path):  # Path.is_file raises where a name is too long to be one
        return path
    known = shipped()
    if name in known:
        return known[name]
    if os.path.isdir(path):
        inside = path / "config.yaml"
        such = f", such as {inside}" if inside.is_file() else ""
        raise UsageError(f"{name}: is a folder; an experiment file is needed{such}")
    cure = meant(path.stem)
    raise UsageError(f"{name}: no such file, and no shipped experiment of this name; {cure}")


def meant(name: str) -> str:
    """What cures a name that is no shipped experiment's."""
    return f"{did_you_mean(name, shipped())}`hebb new` lists the shipped ones"


def about(path: Path) -> str:
    """The first sentence of what an experiment file notes, or else its first comment."""
    text = path.read_text(encoding="utf-8")
    notes = parse(text, str(path), []).plain().get("notes", {})
    if "what" in notes:
        return first_sentence(notes["what"])
    said = [line for line in text.splitlines() if line.startswith("# ") and "$schema" not in line]
    return said[0].lstrip("# ") if said else ""


def first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?]) ", " ".join(text.split()), maxsplit=1)[0]


def _made_own(text: str, name: str) -> str:
    """A shipped file as somebody's own: under its own name, with a schema found from anywhere."""
    schema = (FOLDER / "experiment.schema.json").resolve().as_uri()
    text = re.sub(r"(?<=\$schema=)\S+", lambda found: schema, text)
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
        text = re.sub(r"^name: .*$", f"name: {name}", text, count=1, flags=re.MULTILINE)
    return text


def find_beside(name: str, folder: Path) -> Path | None:
    """What `extends: name` in a file of `folder` means: a path from there, or a shipped name."""
    path = folder / name
    if os.path.isfile(path):
        return path
    # A copy of a shipped file names the others as they lie: `../invariant_mnist.yaml`.
    return shipped().get(path.stem) if set(Path(name).parts[:-1]) <= {".."} else None


def copy(name: str, to: Path | None = None) -> Path:
    """Write a copy of the shipped experiment `name`, by default to ./NAME.yaml. Its path."""
    known = shipped()
    if name not in known:
        raise UsageError(f"{name}: no shipped experiment; {meant(name)}")
    path = to_file(to or Path(f"{name}.yaml"))
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(_made_own(known[name].read_text(encoding="utf-8"), path.stem))
    except FileExistsError:
        raise UsageError(f"{path}: exists already; choose another with --to") from None
    except OSError as err:
        raise UsageError(f"{path}: cannot be written: {err.strerror}") from None
    return path
