"""`Spec`: what a mapping of the experiment file becomes, checked and frozen."""

from collections.abc import Iterable
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

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False,
        use_attribute_docstrings=True,  # what editors show beside a key
    )  # fmt: skip

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

    def refuse(self, key: str, must: str) -> Never:
        """Report `key` as a fault: its path, what must hold, and the value given."""
        refuse((key,), must, getattr(self, key, None))


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
