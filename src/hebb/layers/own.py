"""Rules of the user's own: `rule: my_rules.py:MyRule` names a file and a class in it."""

import hashlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from hebb.errors import UsageError
from hebb.hints import known_names
from hebb.layers import RULES
from hebb.layers.base import Layer, LayerSpec


def find_rule(rule: Any) -> type[Layer]:
    """The layer class that `rule:` names. UsageError: what it must be, then the cure."""
    if isinstance(rule, str) and rule in RULES:
        return RULES[rule]
    path, _, name = rule.rpartition(":") if isinstance(rule, str) else ("", "", "")
    if not path.endswith(".py"):
        raise UsageError(f"must be a rule or file.py:Class; {known_names(str(rule), RULES)}")
    module = _module(path)
    own = getattr(module, name, None)
    if not (isinstance(own, type) and issubclass(own, Layer)):
        known = [key for key, each in vars(module).items() if _is_rule(each)]
        must = f"must name a class of {path} that derives from hebb.layers.Layer"
        raise UsageError(f"{must}; {known_names(name, known)}")
    spec = getattr(own, "Spec", None)
    if not (isinstance(spec, type) and issubclass(spec, LayerSpec)):
        raise UsageError(f"{name} must have Spec, a class that derives from hebb.layers.LayerSpec")
    if own.__abstractmethods__:
        raise UsageError(f"{name} must define {', '.join(sorted(own.__abstractmethods__))}")
    return own


def _is_rule(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Layer) and value is not Layer


def _module(path: str) -> ModuleType:
    """The module of a file, imported once for as long as the file does not change."""
    try:
        code = Path(path).read_bytes()
    except (OSError, ValueError) as err:
        reason = getattr(err, "strerror", None) or err
        raise UsageError(f"must name a Python file; {path}: {reason}") from None
    name = f"hebb_own_{hashlib.sha256(path.encode() + code).hexdigest()[:16]}"
    if name not in sys.modules:
        found = importlib.util.spec_from_file_location(name, path)
        assert found and found.loader  # as for every .py
        module = sys.modules[name] = importlib.util.module_from_spec(found)
        try:
            found.loader.exec_module(module)
        except (Exception, SystemExit) as err:
            del sys.modules[name]
            raise UsageError(f"must be importable; {_told(err, path)}") from err
    return sys.modules[name]


def _told(err: BaseException, path: str) -> str:
    """An exception in one line, with the line of the file that it came from."""
    lines = [at.lineno for at in traceback.extract_tb(err.__traceback__) if at.filename == path]
    where = f"{path}:{lines[-1]}" if lines else path
    return f"{where}: {type(err).__name__}: {' '.join(str(err).split())}"
