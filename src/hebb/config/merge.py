"""One document laid over another: `extends:` in a file, KEY=VALUE on the command line.

Mappings are merged key by key; lists of named mappings item by item, matched by `name`; other
lists and one-choice mappings (`init`) are replaced; null removes. Where a list has names, a
mapping addresses its items by them: `layers: {sparse: {n_w: 15}}`, `phases: {second: null}`.
Every node keeps the mark of the file that wrote it. What a file notes and expects is said of its
own experiment and of no other: a file that extends it has none of it.
"""

from pathlib import Path

from hebb.config.document import Faults, Mark, Node, parse
from hebb.config.faults import brief
from hebb.config.shipped import find_beside, meant
from hebb.errors import ConfigError
from hebb.hints import known_names
from hebb.layers import Init

OWN = ("notes", "expect")  # keys that are said of one experiment


def read(path: Path, faults: Faults) -> Node:
    """The document at `path`, laid over the one that it extends.

    ConfigError where there is no document to lay; what else is wrong is added to `faults`.
    """
    return _read(path, (), faults)


def _read(path: Path, below: tuple[Path, ...], faults: Faults) -> Node:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        reason = getattr(err, "strerror", None) or "not UTF-8 text"
        raise ConfigError([f"{path}: cannot be read: {reason}"]) from None
    tree = parse(text, str(path), faults)
    if not isinstance(tree.value, dict):
        raise ConfigError([f"{tree.at}: an experiment file must be a mapping of keys"])
    extends = tree.value.pop("extends", None)
    if extends is None or extends.value is None:
        return tree
    name, where = extends.value, f"{extends.at}: extends:"
    base = find_beside(name, path.parent) if isinstance(name, str) else None
    if base is None:
        cure = meant(str(name))
        must = f"must be an experiment file or a shipped one's name (got {brief(extends.plain())})"
        raise ConfigError([f"{where} {must}; {cure}"])
    if base.resolve() in (*below, path.resolve()):
        raise ConfigError([f"{where} goes round in a circle by {base}"])
    under = _read(base, (*below, path.resolve()), faults)
    for key in OWN:
        under.value.pop(key, None)
    return overlay(under, tree, faults)


def override(tree: Node, text: str, faults: Faults) -> Node:
    """`tree` with one KEY=VALUE of the command line laid over it."""
    key, equals, value = text.partition("=")
    mark = Mark(text)
    if not equals or not all(key.split(".")):
        faults.append((mark, "must be KEY=VALUE, such as layers.sparse.n_w=15"))
        return tree
    if not value.strip():
        faults.append((mark, f"must have a value; {key}=null takes away what the file has"))
        return tree
    node = parse(value, text, faults, lines=False)
    for name in reversed(key.split(".")):
        node = Node({name: node}, mark, mark)
    return overlay(tree, node, faults)


def overlay(base: Node, over: Node, faults: Faults) -> Node:
    """`over` laid over `base`."""
    return _merge(base, over, (), faults)


def _merge(base: Node, over: Node, path: tuple[str, ...], faults: Faults) -> Node:
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        if _is_init(path) and over.value.keys() & set(Init.CHOICES):
            return over
        items = dict(base.value)
        _merge_items(items, over.value, path, faults)
        return Node(items, _place(base, over), over.key)
    if not isinstance(base.value, list) or not isinstance(over.value, dict | list):
        return over
    if isinstance(over.value, list):
        named = over.value and all(_name(node) for node in (*base.value, *over.value))
        if not named:
            return over
        items = _by_name(base.value, path, faults)
        changes = _by_name(over.value, path, faults)
    elif path[::2] == ("phases", "restart"):
        return over  # a list of layers, now a mapping from them
    else:
        items = _by_name(base.value, path, faults)
        # An item that is not there yet must say its name, so that a slip adds nothing.
        changes = {k: node for k, node in over.value.items() if k in items or _name(node) == k}
        unknown = over.value.keys() - changes.keys()
        faults += [_no_item(over.value[key], path, key, list(items)) for key in unknown]
    _merge_items(items, changes, path, faults)
    return Node(list(items.values()), _place(base, over), over.key)


def _is_init(path: tuple[str, ...]) -> bool:
    match path:
        case ("layers", _, "init") | ("phases", _, "restart", _):
            return True
    return False


def _place(base: Node, over: Node) -> Mark:
    """What is missing from a mapping that two files wrote is to be added in the upper one."""
    return over.at if over.at.line else base.at


def _merge_items(items: dict, changes: dict, path: tuple[str, ...], faults: Faults) -> None:
    for key, node in changes.items():
        if key not in items:
            items[key] = node
        elif node.value is None and path[:1] + path[2:3] != ("phases", "set"):
            del items[key]
        else:
            items[key] = _merge(items[key], node, (*path, key), faults)


def _by_name(nodes: list[Node], path: tuple[str, ...], faults: Faults) -> dict[str, Node]:
    """The items of a list by their names, or else by their numbers."""
    items: dict[str, Node] = {}
    for i, node in enumerate(nodes):
        name = _name(node) or str(i)
        if name in items:
            must = f"must differ from the names before it (got {name})"
            faults.append((node.value["name"].at, f"{'.'.join((*path, name))}.name: {must}"))
        items[name] = node
    return items


def _name(node: Node) -> str:
    name = node.value.get("name") if isinstance(node.value, dict) else None
    return name.value if name is not None and isinstance(name.value, str) else ""


def _no_item(node: Node, path: tuple[str, ...], key: str, known: list[str]) -> tuple[Mark, str]:
    cure = known_names(key, known)
    if key.isdecimal() and not all(each.isdecimal() for each in known):
        meant = known[int(key) : int(key) + 1]
        hint = f"did you mean {'.'.join((*path, *meant))}? " if meant else ""
        return node.key, f"{'.'.join((*path, key))}: must be a name, not a number; {hint}{cure}"
    if isinstance(node.value, dict) and "did you mean" not in cure:
        cure += f"; a new one must say name: {key}"
    return node.key, f"{'.'.join((*path, key))}: there is none of this name; {cure}"
