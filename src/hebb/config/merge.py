"""One document laid over another: `extends:` in a file, KEY=VALUE on the command line.

Mappings are merged key by key; lists of named mappings item by item, matched by `name`; other
lists and one-choice mappings (`init`) are replaced; null removes. Where a list has names, a
mapping addresses its items by them: `layers: {sparse: {n_w: 15}}`, `phases: {second: null}`.
Every node keeps the mark of the file that wrote it.
"""

from difflib import get_close_matches
from pathlib import Path

from hebb.config.document import Mark, Node, parse
from hebb.config.shipped import find_beside
from hebb.errors import ConfigError
from hebb.layers import Init


def read(path: Path) -> Node:
    """The document at `path`, laid over the one that it extends."""
    return _read(path, ())


def _read(path: Path, below: tuple[Path, ...]) -> Node:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        reason = getattr(err, "strerror", None) or "not UTF-8 text"
        raise ConfigError([f"{path}: cannot be read: {reason}"]) from None
    tree = parse(text, str(path))
    if not isinstance(tree.value, dict):
        raise ConfigError([f"{tree.at}: an experiment file must be a mapping of keys"])
    extends = tree.value.pop("extends", None)
    if extends is None:
        return tree
    if not isinstance(extends.value, str):
        raise ConfigError([f"{extends.at}: extends: must be a path (got {extends.value!r})"])
    base = find_beside(extends.value, path.parent)
    if base is None:
        raise ConfigError([f"{extends.at}: extends: no such file: {extends.value}"])
    if base.resolve() in (*below, path.resolve()):
        raise ConfigError([f"{extends.at}: extends: goes round in a circle by {base}"])
    return overlay(_read(base, (*below, path.resolve())), tree)


def override(tree: Node, text: str) -> Node:
    """`tree` with one KEY=VALUE of the command line laid over it."""
    key, equals, value = text.partition("=")
    if not equals or not all(key.split(".")):
        raise ConfigError([f"{text}: must be KEY=VALUE, such as layers.sparse.n_w=15"])
    mark = Mark(text)
    node = parse(value, text, lines=False)
    for name in reversed(key.split(".")):
        node = Node({name: node}, mark, mark)
    return overlay(tree, node)


def overlay(base: Node, over: Node) -> Node:
    """`over` laid over `base`."""
    faults: list[str] = []
    merged = _merge(base, over, (), faults)
    if faults:
        raise ConfigError(faults)
    return merged


def _merge(base: Node, over: Node, path: tuple[str, ...], faults: list[str]) -> Node:
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        if over.value.keys() & set(Init.CHOICES):
            return over
        items = dict(base.value)
        _merge_items(items, over.value, path, faults)
        return Node(items, _place(base, over), over.key)
    if isinstance(base.value, list) and isinstance(over.value, dict | list):
        items = {_name(node, str(i)): node for i, node in enumerate(base.value)}
        if isinstance(over.value, dict):
            # An item that is not there yet must say its name, so that a slip adds nothing.
            changes = {
                k: node for k, node in over.value.items() if k in items or _name(node, "") == k
            }
            unknown = [key for key in over.value if key not in changes]
            faults.extend(_no_item(over.value[key], path, key, list(items)) for key in unknown)
        else:
            changes = {_name(node, ""): node for node in over.value}
            if "" in changes or not all(_name(node, "") for node in base.value):
                return over
        _merge_items(items, changes, path, faults)
        return Node(list(items.values()), _place(base, over), over.key)
    return over


def _place(base: Node, over: Node) -> Mark:
    """What is missing from a mapping that two files wrote is to be added in the upper one."""
    return over.at if over.at.line else base.at


def _merge_items(items: dict, changes: dict, path: tuple[str, ...], faults: list[str]) -> None:
    for key, node in changes.items():
        if node.value is None:
            items.pop(key, None)
        elif key in items:
            items[key] = _merge(items[key], node, (*path, key), faults)
        else:
            items[key] = node


def _name(node: Node, otherwise: str) -> str:
    name = node.value.get("name") if isinstance(node.value, dict) else None
    return name.value if name is not None and isinstance(name.value, str) else otherwise


def _no_item(node: Node, path: tuple[str, ...], key: str, known: list[str]) -> str:
    close = get_close_matches(key, known, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    where = ".".join((*path, key))
    return f"{node.key}: {where}: there is none of this name; {hint}Known: {', '.join(known)}"
