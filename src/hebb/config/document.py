"""An experiment file as a tree that remembers where each value was written.

YAML 1.2's core schema: `1e-3` is a number, `on` a word, `010` ten. A key given twice is a
fault, and a dotted key is a path: `prototypes.clip: 1` is `prototypes: {clip: 1}`.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hebb.errors import ConfigError


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Node:
    """A value, the place of it, and the place of the key it stands under."""

    value: Any  # dict[str, Node], list[Node] or a scalar
    at: Mark
    key: Mark

    def plain(self) -> Any:
        """The value as dicts, lists and scalars. An explicit null is as good as no key."""
        if isinstance(self.value, dict):
            plain = {key: node.plain() for key, node in self.value.items()}
            return {key: value for key, value in plain.items() if value is not None}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


class _Core(yaml.SafeLoader):
    """PyYAML reading plain words by YAML 1.2's core schema (its section 10.3.2)."""


class CoreDumper(yaml.SafeDumper):
    """PyYAML quoting whatever the core schema would take for something other than a word."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_CORE = {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN",
}
for _kind in (_Core, CoreDumper):
    _kind.yaml_implicit_resolvers = {}
    for _tag, _pattern in _CORE.items():
        # None: the pattern is tried whatever the first character is.
        _kind.add_implicit_resolver(
            f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), None
        )


def parse(text: str, source: str, *, lines: bool = True) -> Node:
    """The tree of a YAML text. Faults cite `source`, with line and column where `lines`."""
    try:
        loader = _Core(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as err:
        found = err.problem_mark or err.context_mark
        at = f"{source}:{found.line + 1}:{found.column + 1}" if found and lines else source
        raise ConfigError([f"{at}: must be YAML: {err.problem or err.context}"]) from None
    except yaml.YAMLError as err:
        raise ConfigError([f"{source}: must be YAML: {' '.join(str(err).split())}"]) from None
    faults: list[str] = []
    mark = Mark(source, 1, 1) if lines else Mark(source)
    tree = Node(None, mark, mark) if root is None else _tree(root, mark, lines, faults, ())
    if faults:
        raise ConfigError(faults)
    return tree


def _tree(node: yaml.Node, key: Mark, lines: bool, faults: list[str], above: tuple) -> Node:
    at = _mark(node, key.source, lines)
    if node in above:
        faults.append(f"{at}: must not hold itself (an alias of what it stands in)")
        return Node(None, at, key)
    if isinstance(node, yaml.MappingNode):
        return Node(_mapping(node, at, lines, faults, (*above, node)), at, key)
    if isinstance(node, yaml.SequenceNode):
        items = (_tree(item, _mark(item, key.source, lines), lines, faults, (*above, node))
                 for item in node.value)  # fmt: skip
        return Node(list(items), at, key)
    return Node(_scalar(node, at, faults), at, key)


def _mapping(node, at: Mark, lines: bool, faults: list[str], above: tuple) -> dict[str, Node]:
    items: dict[str, Node] = {}
    first: dict[str, Mark] = {}
    for key_node, value_node in node.value:
        key = _mark(key_node, at.source, lines)
        name = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        if not isinstance(name, str):
            faults.append(f"{key}: a key must be a word")
        elif name in first:
            faults.append(f"{key}: {name}: is given twice; first at {first[name]}")
        else:
            first[name] = key
            value = _tree(value_node, key, lines, faults, above)
            _put(items, name.split("."), value, faults)
    return items


def _put(items: dict[str, Node], path: list[str], value: Node, faults: list[str]) -> None:
    """Set `value` at a path of keys, making the mappings on the way."""
    head, *rest = path
    if not rest:
        if head in items:
            faults.append(f"{value.key}: {head}: is given twice; first at {items[head].key}")
        items[head] = value
    else:
        below = items.setdefault(head, Node({}, value.key, value.key)).value
        if isinstance(below, dict):
            _put(below, rest, value, faults)
        else:
            faults.append(f"{value.key}: {'.'.join(path)}: {head} is given as a value already")


def _scalar(node: yaml.Node, at: Mark, faults: list[str]) -> Any:
    kind, text = node.tag.rpartition(":")[2], str(node.value)
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int" and re.fullmatch(_CORE["int"], text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if kind == "float" and re.fullmatch(_CORE["float"], text):
        words = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}
        return words[text.lower()] if text.lower() in words else float(text)
    if kind != "str":
        faults.append(f"{at}: the tag {node.tag} is not known here")
    return text


def _mark(node: yaml.Node, source: str, lines: bool) -> Mark:
    return (
        Mark(source, node.start_mark.line + 1, node.start_mark.column + 1)
        if lines
        else Mark(source)
    )


def dump(data: Mapping[str, Any]) -> str:
    """YAML that `parse` reads back as it was; short lists and mappings stand on one line."""
    return yaml.dump(
        data, Dumper=CoreDumper, sort_keys=False, default_flow_style=None, width=96,
        allow_unicode=True,
    )  # fmt: skip
