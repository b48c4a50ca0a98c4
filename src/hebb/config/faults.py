"""How a fault of an experiment file is said: FILE:LINE:COLUMN: path: what must hold (got X)."""

from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from hebb.config.document import Mark, Node

Path = tuple[str | int, ...]

_MUST = {
    "missing": "is required",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be finite",
    "string_type": "must be a word",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be greater than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "must be a name: a letter, then letters, digits, _ or -",
    "too_short": "must hold at least {min_length}",
    "too_long": "must hold at most {max_length}",
}


class Fault:
    """One thing that is wrong: its path, what must hold and what was given."""

    def __init__(self, path: Path, must: str, *got: Any):
        self.path, self.must, self.got = path, must, got

    def line(self, tree: Node) -> tuple[str, int, int, str]:
        """Sorted by place: the whole line stands last."""
        mark, names = _locate(tree, self.path, at_key="is not a key" in self.must)
        where = f"{mark}: {'.'.join(names)}: " if names else f"{mark}: "
        got = f" (got {_brief(self.got[0])})" if self.got else ""
        return mark.source, mark.line, mark.column, f"{where}{self.must}{got}"


def faults_of(err: ValidationError, path: Path = ()) -> list[Fault]:
    """pydantic's faults in our words."""
    return [_fault((*path, *e["loc"]), e) for e in err.errors(include_url=False)]


def _fault(path: Path, e: Any) -> Fault:
    kind, ctx = e["type"], e.get("ctx", {})
    if kind == "unknown_key":
        known = ctx["known"]
        close = get_close_matches(str(path[-1]), known, 1)
        hint = f"did you mean {close[0]}? " if close else ""
        return Fault(path, f"is not a key here; {hint}Known: {', '.join(known)}")
    if kind == "missing":
        return Fault(path, "is required")
    if kind == "must":
        got = () if e["input"] is None else (e["input"],)
        return Fault(path, e["msg"], *got)
    if kind == "literal_error":
        return _one_of(path, ctx["expected"], e["input"])
    if kind in _MUST:
        return Fault(path, _MUST[kind].format(**ctx), e["input"])
    return Fault(path, f"{e['msg'][0].lower()}{e['msg'][1:]}", e["input"])


def _one_of(path: Path, expected: str, got: Any) -> Fault:
    known = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    close = get_close_matches(str(got), known, 1)
    if len(known) == 1:
        return Fault(path, f"must be {known[0]}", got)
    hint = f"; did you mean {close[0]}?" if close else ""
    return Fault(path, f"must be one of {', '.join(known)}{hint}", got)


def _locate(tree: Node, path: Path, *, at_key: bool) -> tuple[Mark, list[str]]:
    """The mark of the value at a path, or of the nearest mapping that should hold it; its names."""
    node, names = tree, []
    for n, part in enumerate(path):
        names.append(str(part))
        below = None
        if isinstance(node.value, dict):
            below = node.value.get(str(part))
        elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
            below = node.value[part]
            name = below.value.get("name") if isinstance(below.value, dict) else None
            if name is not None and isinstance(name.value, str):
                names[-1] = name.value
        if below is None or below.value is None:
            names += [str(rest) for rest in path[n + 1 :]]
            return node.at, names
        node = below
    return (node.key if at_key else node.at), names


def _brief(value: Any) -> str:
    if isinstance(value, str):
        text = value if value.strip() == value and value else repr(value)
    elif value is None or isinstance(value, bool):
        text = {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{key}: {_brief(each)}" for key, each in value.items()) + "}"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(_brief(each) for each in value) + "]"
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
