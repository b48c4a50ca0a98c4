"""`Spec`: what a mapping of the experiment file becomes, checked and frozen."""

import ast
import inspect
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Never, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError


class Spec(BaseModel):
    """The keys of one YAML mapping. Nothing is coerced: `"5"` and `true` are not numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _tell_known_keys(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Give each unknown key's fault the keys that are known in its place."""
        try:
            return handler(value)
        except ValidationError as err:
            raise ValidationError.from_exception_data(
                err.title, [_again(e, list(cls.model_fields)) for e in err.errors()]
            ) from None

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """What keys mean: the text below each in the source.

        Read when somebody asks, and not by pydantic, which would do so for every class in each
        process: a third of the time in which `hebb` starts.
        """
        found = {}
        for each in reversed(cls.__mro__):
            if issubclass(each, Spec):
                found |= _texts_below_keys(each)
        return {key: found[key] for key in cls.model_fields if key in found}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> dict[str, Any]:
        schema = handler(core)
        keys = handler.resolve_ref_schema(schema).get("properties", {})
        for key, text in cls.meanings().items():
            keys.get(cls.model_fields[key].alias or key, {}).setdefault("description", text)
        return schema

    def refuse(self, key: str, must: str) -> Never:
        """Report `key` as a fault: its path, what must hold, and the value given."""
        refuse((key,), must, getattr(self, key, None))


def _texts_below_keys(spec: type) -> dict[str, str]:
    try:
        tree = ast.parse(inspect.cleandoc(f"\n{inspect.getsource(spec)}"))
    except (OSError, TypeError, SyntaxError):  # made without a file, or within a function
        return {}
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    return {
        key.target.id: inspect.cleandoc(text.value.value)
        for key, text in pairwise(body)
        if isinstance(key, ast.AnnAssign) and isinstance(key.target, ast.Name)
        and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }  # fmt: skip


def refuse(path: tuple[str | int, ...], must: str, got: Any) -> Never:
    """Raise a fault at `path` below the value now being validated, as pydantic would."""
    refuse_all([(path, must, got)])


def refuse_all(faults: Iterable[tuple[tuple[str | int, ...], str, Any]]) -> Never:
    """Raise several at once: the path, what must hold and what was given of each."""
    raise ValidationError.from_exception_data(
        "refused",
        [
            InitErrorDetails(type=_custom("must", must, {}), loc=path, input=got)
            for path, must, got in faults
        ],
    )


def _again(e: Any, known: list[str]) -> InitErrorDetails:
    """One of pydantic's reported faults as one to be raised anew."""
    kind = e["type"]
    if kind == "extra_forbidden" and len(e["loc"]) == 1:
        kind = _custom("unknown_key", "unknown key", {"known": known})
    elif kind in ("must", "unknown_key"):
        kind = _custom(kind, e["msg"], e.get("ctx", {}))
    details = InitErrorDetails(type=kind, loc=e["loc"], input=e["input"])
    if isinstance(kind, str) and "ctx" in e:
        details["ctx"] = e["ctx"]
    return details


def _custom(kind: Any, message: Any, context: dict[str, Any]) -> PydanticCustomError:
    # pydantic fills in {name} from the context only, so other braces stand as they are.
    return PydanticCustomError(kind, message, context)
