"""An experiment file as a tree that remembers where each value was written.

YAML 1.2's core schema: `1e-3` is a number, `on` a word, `010` ten. A key given twice is a
fault, and a dotted key is a path: `prototypes.clip: 1` is `prototypes: {clip: 1}`. A null is as
good as no key, except under a phase's `set`, where it means none from here on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hebb.errors import ConfigError


@dataclass(frozen=True, order=True)
class Mark:
    """Where something was written: FILE:LINE:COLUMN, or the KEY=VALUE of a command."""

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source

    @property
    def folder(self) -> Path:
        """What relative paths written here are relative to."""
        return Path(self.source).parent if self.line else Path()


Faults = list[tuple[Mark, str]]  # where, and what must hold there


@dataclass(frozen=True)
class Node:
    """A value, the place of it, and the place of the key it stands under."""

    value: Any  # dict[str, Node], list[Node] or a scalar
    at: Mark
    key: Mark

    def plain(self, *, nulls: bool = False) -> Any:
        """The value as dicts, lists and scalars; of keys, those not null or all with `nulls`."""
        if isinstance(self.value, dict):
            plain = {k: node.plain(nulls=nulls or k == "set") for k, node in self.value.items()}
            return {key: value for key, value in plain.items() if nulls or value is not None}
        if isinstance(self.value, list):
            return [node.plain(nulls=nulls) for node in self.value]
        return self.value


class _Core(yaml.SafeLoader):
    """PyYAML reading plain words by YAML 1.2's core schema (its section 10.3.2)."""


class CoreDumper(yaml.SafeDumper):
    """PyYAML quoting whatever the core schema would take for something other than a word."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        """A mapping that holds prose takes a line a key."""
        prose = any(isinstance(each, str) and _is_prose(each) for each in mapping.values())
        return super().represent_mapping(tag, mapping, False if prose else flow_style)

    def represent_text(self, text: str) -> yaml.ScalarNode:
        return self.represent_scalar(_TAG + "str", text, style="|" if "\n" in text else None)


CoreDumper.add_representer(str, CoreDumper.represent_text)


def _is_prose(text: str) -> bool:
    return "\n" in text or (len(text) > _PROSE and " " in text)


_TAG = "tag:yaml.org,2002:"
_PROSE = 40  # letters from which on a text with blanks in it reads better on a line of its own
_CORE = {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN",
}
_LONGEST_NUMBER = 1000  # digits; Python refuses to write out integers of more than 4300
for _kind in (_Core, CoreDumper):
    _kind.yaml_implicit_resolvers = {}
    for _tag, _pattern in _CORE.items():
        # None: the pattern is tried whatever the first character is.
        _kind.add_implicit_resolver(_TAG + _tag, re.compile(rf"^(?:{_pattern})\Z"), None)


def is_word(text: str) -> bool:
    """Whether YAML takes `text`, written without quotes, for nothing but a word."""
    return not any(re.fullmatch(pattern, text) for pattern in _CORE.values())


def parse(text: str, source: str, faults: Faults, *, lines: bool = True) -> Node:
    """The tree of a YAML text. Faults cite `source`, with line and column where `lines`.

    ConfigError where the text is not YAML; what else is wrong is added to `faults`.
    """
    build = _Builder(source, lines, faults)
    try:
        root = _Core(text).get_single_node()
    except yaml.MarkedYAMLError as err:
        found = err.problem_mark or err.context_mark
        at = build.mark(found.line, found.column) if found else Mark(source)
        problem = (err.problem or err.context or "").removeprefix("but ")
        raise ConfigError([f"{at}: must be YAML: {problem}"]) from None
    except yaml.reader.ReaderError as err:
        before = text[: err.position]
        at = build.mark(before.count("\n"), len(before) - before.rfind("\n") - 1)
        raise ConfigError([f"{at}: must be YAML: found character U+{err.character:04X}"]) from None
    mark = build.mark(0, 0)
    return Node(None, mark, mark) if root is None else build.tree(root, mark)


class _Builder:
    """Makes the tree of PyYAML's nodes, and notes what is wrong on the way."""

    def __init__(self, source: str, lines: bool, faults: Faults):
        self.source, self.lines, self.faults = source, lines, faults

    def mark(self, line: int, column: int) -> Mark:
        return Mark(self.source, line + 1, column + 1) if self.lines else Mark(self.source)

    def tree(self, node: yaml.Node, key: Mark | None = None, above: tuple = ()) -> Node:
        """The tree of one node; `above` are the nodes that it stands in."""
        at = self.mark(node.start_mark.line, node.start_mark.column)
        key, value = key or at, None
        if node in above:
            self.faults.append((at, "must not hold itself (an alias of what it stands in)"))
        elif isinstance(node, yaml.ScalarNode):
            value = self._scalar(node, at)
        elif node.tag not in (_TAG + "map", _TAG + "seq"):
            self._refuse_tag(node, at)
        elif isinstance(node, yaml.MappingNode):
            value = self._mapping(node, (*above, node))
        else:
            value = [self.tree(item, None, (*above, node)) for item in node.value]
        return Node(value, at, key)

    def _mapping(self, node: yaml.MappingNode, above: tuple) -> dict[str, Node]:
        items: dict[str, Node] = {}
        for key_node, value_node in node.value:
            key = self.mark(key_node.start_mark.line, key_node.start_mark.column)
            path = key_node.value.split(".") if isinstance(key_node, yaml.ScalarNode) else [""]
            if all(path):
                self._put(items, path, self.tree(value_node, key, above))
            else:
                self.faults.append((key, "a key must be a word, or words joined by dots"))
        return items

    def _put(self, items: dict[str, Node], path: list[str], value: Node, above: str = "") -> None:
        """Set `value` at a path of keys, making the mappings on the way."""
        head, *rest = path
        here = above + head
        if rest:
            below = items.setdefault(head, Node({}, value.key, value.key))
            if isinstance(below.value, dict):
                self._put(below.value, rest, value, f"{here}.")
            else:
                must = f"{here}.{'.'.join(rest)}: {here} is given as a value at {below.key}"
                self.faults.append((value.key, must))
        elif head in items:
            must = f"{here}: is given twice; first at {items[head].key}"
            self.faults.append((value.key, must))
        else:
            items[head] = value

    def _scalar(self, node: yaml.ScalarNode, at: Mark) -> Any:
        kind, text = node.tag.removeprefix(_TAG), node.value
        if kind == "str":
            return text
        if kind not in _CORE or not re.fullmatch(_CORE[kind], text):
            return self._refuse_tag(node, at)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if len(text) > _LONGEST_NUMBER:
            self.faults.append((at, f"must be a number of at most {_LONGEST_NUMBER} digits"))
            return None
        if kind == "int":
            return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
        special = text.lower()[-4:]
        return float(text.replace(".", "") if special in (".inf", ".nan") else text)

    def _refuse_tag(self, node: yaml.Node, at: Mark) -> None:
        tag = node.tag.replace(_TAG, "!!")
        self.faults.append((at, f"must be plain YAML, without the tag {tag}"))


def dump(data: Mapping[str, Any]) -> str:
    """YAML that `parse` reads back as it was; short lists and mappings stand on one line."""
    return yaml.dump(
        data, Dumper=CoreDumper, sort_keys=False, default_flow_style=None, width=96,
        allow_unicode=True,
    )  # fmt: skip
