"""How a fault of an experiment file is said: FILE:LINE:COLUMN: path: what must hold (got X)."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from hebb.config.document import Mark, Node, is_word
from hebb.hints import known_names

Path = tuple[str | int, ...]

_MUST = {
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
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be greater than {gt:g}",
    "less_than_equal": "must be at most {le:g}",
    "less_than": "must be less than {lt:g}",
    "string_pattern_mismatch": "must be a name: a letter, then letters, digits, _ or -",
    "too_short": "must hold at least {min_length}",
    "too_long": "must hold at most {max_length}",
}


class Fault:
    """One thing that is wrong: its path, what must hold and what was given.

    What follows a semicolon in `must` is the cure, and is said last.
    """

    def __init__(self, path: Path, must: str, *got: Any, at_key: bool = False):
        self.path, self.must, self.got, self.at_key = path, must, got, at_key

    def place(self, tree: Node) -> tuple[Mark, str]:
        """Where it was written, or should be, and the rest of the line."""
        node, names, found = _locate(tree, self.path)
        mark = node.key if found and self.at_key else node.at
        where = f"{'.'.join(names)}: " if names else ""
        must, semicolon, cure = self.must.partition(";")
        return mark, f"{where}{must}{self._given(node, found)}{semicolon}{cure}"

    def _given(self, node: Node, found: bool) -> str:
        if not self.got or (self.got[0] is None and not found):
            return ""
        # As it was written; of a mapping, what the rule picked out of it.
        picked = isinstance(node.value, dict) and not isinstance(self.got[0], BaseModel)
        return f" (got {brief(node.plain() if found and not picked else self.got[0])})"


def faults_of(err: ValidationError, path: Path = ()) -> list[Fault]:
    """pydantic's faults in our words, one for each place."""
    found: dict[Path, Fault] = {}
    for e in err.errors(include_url=False):
        fault = _fault((*path, *e["loc"]), e)
        if fault.path in found and e["loc"][-1] in ("int", "float", "str", "bool"):
            # Each member of a union has its say.
            fault.must = f"{found[fault.path].must} or {fault.must.removeprefix('must be ')}"
        found[fault.path] = fault
    return list(found.values())


def unknown_keys(err: ValidationError) -> list[Fault]:
    """Those of pydantic's faults that tell of a key which belongs nowhere."""
    return [_fault(e["loc"], e) for e in err.errors() if e["type"] == "unknown_key"]


def unknown_key(path: Path, known: list[str]) -> Fault:
    """A key that does not belong where it stands."""
    cure = known_names(str(path[-1]), known)
    return Fault(path, f"is not a key here; {cure}", at_key=True)


def _fault(path: Path, e: Any) -> Fault:
    kind, ctx, got = e["type"], e.get("ctx", {}), e["input"]
    if kind == "unknown_key":
        return unknown_key(path, ctx["known"])
    if kind == "missing" and isinstance(path[-1], int):
        return Fault(path[:-1], f"must hold {path[-1] + 1}", got)  # a list that is too short
    if kind == "missing":
        return Fault(path, "is required")
    if kind == "literal_error":
        expected = ctx["expected"].replace(" or ", ", ").split(", ")
        return Fault(path, one_of([word.strip("'") for word in expected], got), got)
    if kind == "must":
        return Fault(path, e["msg"], got)
    must = _MUST[kind].format(**ctx) if kind in _MUST else f"{e['msg'][0].lower()}{e['msg'][1:]}"
    if path and path[-1] == "[key]":
        return Fault(path[:-1], must, at_key=True)
    if kind.endswith("_type") and path and path[-1] in ("int", "float", "str", "bool"):
        return Fault(path[:-1], must, got)  # a member of a union, which pydantic puts in the path
    return Fault(path, must, got)


def one_of(known: list[str], got: Any) -> str:
    """What must hold of a word that is none of those known."""
    if len(known) == 1:
        return f"must be {known[0]}"
    close = get_close_matches(str(got), known, 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"must be one of {', '.join(known)}{hint}"


def cited(mark: Mark, overrides: Sequence[str]) -> str:
    """The place of a fault; of one in a file also what was laid over the file, as it may be that.

    A seed is never it.
    """
    over = [text for text in overrides if not text.startswith("seed=")]
    return f"{mark} with {', '.join(over)}" if mark.line and over else str(mark)


def mark_of(tree: Node, path: Sequence[str]) -> Mark:
    """Where the value at a path was written, or else the nearest mapping that should hold it."""
    return node_at(tree, path)[0].at


def node_at(tree: Node, path: Sequence[str]) -> tuple[Node, bool]:
    """The value at a path, or else the nearest mapping that should hold it; and whether found.

    Items of lists are given by their names or numbers.
    """
    node = tree
    for part in path:
        if isinstance(node.value, list):
            items = {str(i): item for i, item in enumerate(node.value)}
            named = {name: item for item in node.value if (name := _name(item))}
            below = (items | named).get(part)
        else:
            below = node.value.get(part) if isinstance(node.value, dict) else None
        if below is None:
            return node, False
        node = below
    return node, True


def _locate(tree: Node, path: Path) -> tuple[Node, list[str], bool]:
    """The node at a path, or the nearest that should hold it; names of the path; whether found."""
    node, names = tree, []
    for n, part in enumerate(path):
        below = _below(node, part)
        if below is None:
            return node, names + [str(rest) for rest in path[n:]], False
        names.append(_name(below) or str(part) if isinstance(part, int) else part)
        node = below
    return node, names, True


def _below(node: Node, part: str | int) -> Node | None:
    if isinstance(node.value, dict):
        return node.value.get(str(part))
    if isinstance(node.value, list):
        if isinstance(part, int):
            return node.value[part] if part < len(node.value) else None
        # `restart: [top]` stands for a mapping from layers.
        return next((item for item in node.value if item.value == part), None)
    return None


def _name(node: Node) -> str | None:
    name = node.value.get("name") if isinstance(node.value, dict) else None
    return name.value if name is not None and isinstance(name.value, str) else None


def brief(value: Any) -> str:
    """A value as YAML writes it on one line, cut off where it is long."""
    if isinstance(value, str):
        bare = is_word(value) and value.isprintable() and value.strip() == value
        text = value if bare else repr(value)
    elif value is None or isinstance(value, bool):
        text = {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{key}: {brief(each)}" for key, each in value.items()) + "}"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(brief(each) for each in value) + "]"
    elif isinstance(value, float):
        text = str(value).replace("inf", ".inf").replace("nan", ".nan")
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
