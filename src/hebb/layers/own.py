"""Rules of the user's own: `rule: my_rules.py:MyRule` names a file and a class in it."""

import hashlib
import importlib.util
import sys
import traceback
from inspect import getsourcefile
from pathlib import Path
from types import ModuleType
from typing import Any

from hebb.errors import UsageError
from hebb.hints import known_names
from hebb.layers import RULES
from hebb.layers.base import Layer, LayerSpec
from hebb.layers.installed import in_a_line, installed, load, package_of


def find_rule(rule: Any) -> type[Layer]:
    """The layer class that `rule:` names: one of hebb, of a file, or of an installed package.

    UsageError: what it must be, then the cure.
    """
    if isinstance(rule, str) and rule in RULES:
        return RULES[rule]
    path, _, name = rule.rpartition(":") if isinstance(rule, str) else ("", "", "")
    if path.endswith(".py"):
        module = _module(path)
        own: Any = getattr(module, name, None)
        if not _is_rule(own):
            known = [key for key, each in vars(module).items() if _is_rule(each)]
            must = f"must name a class of {path} that derives from hebb.layers.Layer"
            raise UsageError(f"{must}; {known_names(name, known)}")
        return _whole(own, name)
    others = installed()
    if not isinstance(rule, str) or rule not in others:
        cure = known_names(str(rule), [*RULES, *others])
        raise UsageError(f"must be a rule or file.py:Class; {cure}")
    own, value = load(rule, others[rule]), others[rule][0].value
    if not _is_rule(own):
        package = " ".join(package_of(others[rule][0]))
        must = "must stand for a class that derives from hebb.layers.Layer"
        raise UsageError(f"{must}; in {package} it stands for {value}")
    return _whole(own, value.rpartition(":")[2])


def file_of(rule: str) -> Path | None:
    """The file of a rule that is named by file and class."""
    path = rule.rpartition(":")[0]
    return Path(path) if path.endswith(".py") else None


def package_with(rule: str) -> tuple[str, str] | None:
    """The name and the version of the installed package that a rule comes from, if from one."""
    if rule in RULES or file_of(rule):
        return None
    return package_of(installed()[rule][0])


def _whole(own: type[Layer], name: str) -> type[Layer]:
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
            raise UsageError(f"must be importable; {_placed(err, path)}") from err
    return sys.modules[name]


def told(err: BaseException, rule: type[Layer]) -> str:
    """An exception of a rule's code in one line, with the line of its file that it came from."""
    return _placed(err, getsourcefile(rule) or "")


def _placed(err: BaseException, path: str) -> str:
    lines = [at.lineno for at in traceback.extract_tb(err.__traceback__) if at.filename == path]
    where = f"{path}:{lines[-1]}" if lines else path
    return f"{where}: {in_a_line(err)}"
