"""First weights: what `init:` and `restart:` of an experiment file may say."""

from typing import ClassVar, Self

import numpy as np
from numpy.typing import DTypeLike
from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from hebb.spec import Spec, refuse

ROWS = 1000  # drawn at once


class Nothing(Spec):
    """An empty mapping, `{}`: a choice without settings."""


class Init(Spec):
    """One choice of first weights.

    uniform [lo, hi] · normal [mean, sd] · abs_normal_unit {}: |N(0, 1)|, rows of unit length
    · file: arrays of an .npz · run: arrays of another run's snapshot.
    """

    uniform: tuple[float, float] | None = Field(default=None, strict=False)
    """Drawn from [lowest, highest]."""
    normal: tuple[float, float] | None = Field(default=None, strict=False)
    """Drawn from the normal distribution of [mean, standard deviation]."""
    abs_normal_unit: Nothing | None = None
    """{}: the size of draws from N(0, 1), each unit's weights scaled to length 1."""
    file: str | None = None
    """An .npz with the layer's arrays under <array> or <layer>.<array>."""
    run: str | None = None
    """A run, by its id or path, whose weights to begin with."""
    snapshot: int | str = "last"
    """Beside `run`: last, first, or a number of inputs seen."""
    layer: str | None = None
    """Beside `run`: the layer there, where it has another name."""

    CHOICES: ClassVar = ("uniform", "normal", "abs_normal_unit", "file", "run")

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        given = [choice for choice in self.CHOICES if getattr(self, choice) is not None]
        if len(given) != 1:
            must = "must hold exactly one of " + ", ".join(self.CHOICES)
            refuse((), must, given or {})
        if self.uniform and self.uniform[0] > self.uniform[1]:
            self.refuse("uniform", "must be [lowest, highest]")
        if self.normal and self.normal[1] < 0:
            self.refuse("normal", "must be [mean, standard deviation], the second at least 0")
        for key in ("snapshot", "layer"):
            if key in self.model_fields_set and self.run is None:
                self.refuse(key, "must stand beside `run`")
        return self

    @model_serializer(mode="wrap")
    def _as_given(self, handler: SerializerFunctionWrapHandler) -> dict:
        return {key: each for key, each in handler(self).items() if key in self.model_fields_set}

    @property
    def drawn(self) -> bool:
        """Whether the weights are drawn at random rather than read."""
        return self.file is None and self.run is None

    def draw(
        self, shape: tuple[int, int], rng: np.random.Generator, dtype: DTypeLike = np.float64
    ) -> np.ndarray:
        """First weights (N, D). They are drawn in float64, so that every precision starts from the
        same, and some rows at a time, so that the whole is never held in it.
        """
        w = np.empty(shape, dtype)
        for start in range(0, len(w), ROWS):
            part = w[start : start + ROWS]
            part[...] = self._drawn(part.shape, rng)
        return w

    def _drawn(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        if self.uniform is not None:
            return rng.uniform(*self.uniform, shape)
        if self.normal is not None:
            return rng.normal(*self.normal, shape)
        w = np.abs(rng.standard_normal(shape))
        return w / np.linalg.norm(w, axis=1, keepdims=True)
