"""The rules there are and what can be set of each: as data, and as text for a terminal."""

import inspect
import sys
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hebb.config.faults import brief
from hebb.errors import UsageError
from hebb.layers import RULES, Layer
from hebb.layers.installed import installed
from hebb.layers.own import find_rule
from hebb.spec import Spec


def rules() -> list[dict[str, str]]:
    """Every rule that an experiment file can name: name, title. Built-in ones first."""
    return [{"name": name, "title": _title(name)} for name in (*RULES, *installed())]


def describe(name: str) -> dict[str, Any]:
    """A rule: its equations as its file has them, and its keys. UsageError: there is none.

    name: of a built-in rule, of an installed one, or file.py:Class.
    """
    try:
        rule = find_rule(name)
    except UsageError as err:
        raise UsageError(f"{name}: {err}") from None
    return {"name": name, "about": _doc(rule), "keys": list(_keys(rule.Spec))}


def rule_text(found: dict[str, Any]) -> str:
    """What `describe` gives, for a terminal."""
    width = max(len(each["key"]) for each in found["keys"])
    lines = [found["about"], "", "Keys"]
    for each in found["keys"]:
        default = "none" if each["default"] is None else brief(each["default"])
        tail = "required" if each["required"] else f"default {default}"
        if each["choices"]:
            tail = f"{' or '.join(each['choices'])}, {tail}"
        said = f"{each['means']} " if each["means"] else ""
        lines.append(f"  {each['key']:<{width}}  {said}({tail})")
    return "\n".join(lines)


def _title(name: str) -> str:
    try:
        return _doc(find_rule(name)).partition("\n")[0]
    except UsageError as err:  # another package's, and broken
        return str(err)


def _doc(rule: type[Layer]) -> str:
    """The equations of a rule: hebb's own have them where their file begins, others in the class.

    A class without a docstring is told by its file: that is enough where a file holds one rule.
    """
    texts = [rule.__doc__, sys.modules[rule.__module__].__doc__]
    if rule in RULES.values():
        texts.reverse()
    return inspect.cleandoc(next(filter(None, texts), ""))


def _keys(spec: type[BaseModel], above: str = "") -> Iterator[dict[str, Any]]:
    """The keys of a spec; those of a mapping below it by dotted path."""
    meanings = spec.meanings() if issubclass(spec, Spec) else {}
    for name, field in spec.model_fields.items():
        if name in ("name", "rule") and not above:
            continue
        means = field.description or meanings.get(name, "")
        yield {
            "key": above + name, "means": " ".join(means.split()),
            "required": field.is_required(), "default": _plain(field),
            "choices": list(get_args(field.annotation)) if _is_choice(field) else [],
        }  # fmt: skip
        if (below := _mapping(field)) is not None:
            yield from _keys(below, f"{above}{name}.")


def _plain(field: FieldInfo) -> Any:
    if field.is_required():
        return None
    default = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(default, BaseModel):
        return default.model_dump(exclude_defaults=True, mode="json")
    return default


def _is_choice(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is Literal


def _mapping(field: FieldInfo) -> type[BaseModel] | None:
    """The spec of a key that holds a mapping of its own, but for `init`, which all rules share."""
    kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
    found = [each for each in kinds if isinstance(each, type) and issubclass(each, BaseModel)]
    return found[0] if found and found[0].__name__ != "Init" else None
