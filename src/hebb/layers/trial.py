"""What a layer is tried with, and what is told of it: the tools of `contract`."""

from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from hebb.device import CPU, Array, Device
from hebb.layers.base import Layer, LayerSpec
from hebb.layers.init import Init


@dataclass(frozen=True)
class Breach:
    """One thing that a layer does not do as it must."""

    verb: str  # the method at fault
    must: str
    got: str
    cure: str = ""  # what it would break, and how to mend it

    def __str__(self) -> str:
        cure = f"; {self.cure}" if self.cure else ""
        return f"{self.verb} must {self.must} (got {self.got}){cure}"


@dataclass(frozen=True)
class Case:
    """A rule and what it is tried with."""

    rule: type[Layer]
    spec: LayerSpec
    n_in: int
    device: Device = CPU
    dtype: Any = np.float32
    later: tuple[LayerSpec, ...] = ()  # what a phase's `set` makes of the spec
    rows: int = 40

    @property
    def n_rows(self) -> int:
        """Rows to try it on: for a rule that takes several together, two lots and a part."""
        return max(self.rows, 2 * self.spec.together + 3)

    def empty(self, spec: LayerSpec | None = None) -> Layer:
        """A layer before its first weights."""
        arguments = (spec or self.spec, self.n_in, self.device, self.dtype)
        try:
            return self.rule(*arguments)
        except (Exception, SystemExit) as err:
            raise Raised("__init__", err) from err

    def fresh(self, epoch: int = 0, epochs: int = 1) -> Layer:
        """A layer at its first weights, an epoch just begun."""
        layer = self.empty()
        self.restart(layer)
        call(layer, "begin_epoch", epoch, epochs)
        return layer

    def restart(self, layer: Layer) -> None:
        init = self.spec.init if self.spec.init.drawn else Init(uniform=(0.0, 0.1))
        call(layer, "restart", init, np.random.default_rng(0))

    def inputs(self, seed: int = 5) -> Array:
        """(T, n_in) in [0, 1); three in four are 0, and a row now and then is blank."""
        rng = np.random.default_rng(seed)
        x = rng.random((self.n_rows, self.n_in)) * (rng.random((self.n_rows, self.n_in)) < 0.25)
        x[::17] = 0
        return self.device.put(x.astype(self.dtype))

    def answer(self, layer: Layer, verb: str, x: Array, labels: bool = True) -> Array:
        """What a verb says of x; both are copies, so that no check sees what another does."""
        return copy(self.ask(layer, verb, x.copy(), labels))

    def ask(self, layer: Layer, verb: str, x: Array, labels: bool = True) -> Array:
        """What a verb says of x. Rules that take labels are given some, unless there are none."""
        if verb in ("infer", "winners"):
            return call(layer, verb, x)
        given = None
        if labels and layer.takes_labels:
            classes = min(10, getattr(self.spec, "classes", 10))
            # From the row itself, so that a row keeps its label in whatever chunk it comes.
            given = self.device.put((self.device.get(x).sum(axis=1) * 1000 % classes).astype(int))
        return call(layer, verb, x, given)


class Raised(Exception):
    """A layer's code has raised an exception."""

    def __init__(self, verb: str, error: BaseException):
        super().__init__(verb)
        self.verb, self.error = verb, error


def call(layer: Layer, verb: str, *arguments: Any) -> Any:
    """A method of a layer, called; what it raises is known as its own."""
    try:
        return getattr(layer, verb)(*arguments)
    except (Exception, SystemExit) as err:
        raise Raised(verb, err) from err


def apart(a: np.ndarray, b: np.ndarray) -> str:
    """How two arrays differ, NaN counting as NaN; nothing where they are alike."""
    if a.shape != b.shape:
        return f"shape {a.shape}, not {b.shape}"
    other = (a != b) & ~((a != a) & (b != b))
    if not other.any():
        return ""
    by = np.abs(a[other].astype(np.float64) - b[other].astype(np.float64)).max()
    return f"{int(other.sum()):,} of {a.size:,} values apart, by up to {by:.2g}"


def first_apart(case: Case, y: Array, wanted: Array, layer: Layer, other: Layer) -> str:
    """The first difference between two answers, or else between two layers."""
    if seen := apart(case.device.get(y), case.device.get(wanted)):
        return f"answers with {seen}"
    theirs = everything(other)
    for name, array in everything(layer).items():
        if seen := apart(array, theirs[name]):
            return f"{name} with {seen}"
    return ""


def everything(layer: Layer) -> dict[str, np.ndarray]:
    return call(layer, "state") | call(layer, "motion")


def kind(value: Any) -> str:
    if hasattr(value, "dtype"):
        return f"{value.shape} of {value.dtype}"
    return type(value).__name__


def not_finite(array: np.ndarray) -> str:
    return f"NaN or infinity in {int((~np.isfinite(array)).sum()):,} of {array.size:,} values"


def frozen(value: Any) -> Any:
    """What an attribute holds, in a form that can be compared later."""
    if hasattr(value, "__cuda_array_interface__"):
        value = value.get()
    if isinstance(value, np.ndarray):
        return value.shape, str(value.dtype), value.tobytes()
    if isinstance(value, list | tuple):
        return [frozen(each) for each in value]
    if isinstance(value, dict):
        return {key: frozen(each) for key, each in value.items()}
    if isinstance(value, int | float | str | bytes | None):
        return repr(value)
    return id(value)
