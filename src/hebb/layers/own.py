"""Rules of the user's own: `rule: my_rules.py:MyRule` names a file and a class in it."""

import hashlib
import importlib.util
import sys
from difflib import get_close_matches

from hebb.errors import UsageError
from hebb.layers import RULES
from hebb.layers.base import Layer, LayerSpec


def find_rule(rule: str) -> type[Layer]:
    """The layer class that `rule:` names. UsageError: what it must be, and what it is."""
    if rule in RULES:
        return RULES[rule]
    path, colon, name = rule.rpartition(":")
    if not colon:
        close = get_close_matches(rule, RULES, 1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise UsageError(f"must be a rule or file.py:Class; {hint}Rules: {', '.join(RULES)}")
    own = getattr(_module(path), name, None)
    if not (isinstance(own, type) and issubclass(own, Layer)):
        raise UsageError(f"must name a class in {path} that derives from hebb.layers.Layer")
    if not issubclass(getattr(own, "Spec", type), LayerSpec):
        raise UsageError(f"{name} must have Spec, a class that derives from hebb.layers.LayerSpec")
    return own


def _module(path: str):
    name = f"hebb_own_{hashlib.sha256(path.encode()).hexdigest()[:16]}"
    if name not in sys.modules:
        found = importlib.util.spec_from_file_location(name, path)
        if found is None or found.loader is None:
            raise UsageError("must be a rule or file.py:Class")
        module = sys.modules[name] = importlib.util.module_from_spec(found)
        try:
            found.loader.exec_module(module)
        except Exception as err:
            del sys.modules[name]
            raise UsageError(f"{path} cannot be imported: {type(err).__name__}: {err}") from err
    return sys.modules[name]
