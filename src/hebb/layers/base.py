"""The contract every layer keeps: a chunk of inputs in, a chunk of answers out.

A chunk is T consecutive rows of what a phase shows. Its length only says how much is
moved at once; it never changes what is learned, to the last bit.

Three verbs answer a chunk:

    learn    answers each row with the weights it finds, then learns from it, in order
    follow   what a frozen layer does in a training phase: answers as `learn` would at
             rate 0; traces advance, weights stay
    infer    answers and changes nothing at all

A fourth, `views`, follows a chunk and tells what there is to see of it: films are made of that. And
`train` learns like `learn` where nobody listens to the answers, as of the last layer of a run.
"""

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from hebb.device import CPU, Array, Device
from hebb.errors import UsageError
from hebb.layers.init import Init
from hebb.spec import Spec, refuse

PREC = 1e-10  # the smallest reconstruction an error is divided by

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class LayerSpec(Spec):
    """Hyperparameters that every layer has."""

    name: Name
    """What phases, overrides and snapshots call the layer."""
    rule: str
    """A rule of hebb or of an installed package, or file.py:Class for one of your own."""
    grid: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] | None = Field(
        default=None, strict=False
    )
    """Units as [rows, columns]; or `units`."""
    units: int | None = Field(default=None, ge=1)
    """Number of units, without a grid."""
    init: Init = Init(uniform=(0.0, 0.1))
    """First weights."""

    FIXED: ClassVar = ("name", "rule", "grid", "units", "init")  # a phase cannot `set` these

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.grid is None) == (self.units is None):
            got = {"grid": self.grid, "units": self.units} if self.grid else {}
            refuse((), "must hold either grid: [rows, columns] or units: N", got)
        return self

    @property
    def n_units(self) -> int:
        return self.units or math.prod(self.grid or ())

    @property
    def together(self) -> int:
        """Inputs that the rule takes together: an epoch is a multiple of it."""
        return 1

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns in which the units are drawn; near a square without a grid."""
        columns = math.isqrt(self.n_units - 1) + 1
        return self.grid or (math.ceil(self.n_units / columns), columns)


class View(NamedTuple):
    """Something to see of a layer: a row of values for each input of a chunk."""

    name: str
    values: Array  # (T, n)
    on: Literal["units", "inputs", "classes"]  # what the n values of a row belong to
    scale: Literal["own", "input", "error"] = "own"  # as what the layer sees is shown; or about 0


class Layer(ABC):
    """Hyperparameters (`spec`, never changed in place) and named arrays.

    `arrays` are what learning changes: a snapshot holds them, a frozen layer keeps them.
    `dynamics` are what else moves while training: traces, rates, inputs that wait for their batch
    to fill, and counts since the epoch began. `derived` is how a faster form holds the arrays
    for itself: it is saved too, to go on to the bit, and `load` makes it of them where it was not.

    A rule that is `signed` takes inputs below 0 and may have first weights drawn there. One that
    `turns_negative` takes neither, but a large step may carry a weight below 0: a run or a file
    may then hold such weights, and they can be taken up again.
    """

    Spec: ClassVar[type[LayerSpec]]
    arrays: tuple[str, ...] = ("w",)
    dynamics: ClassVar[tuple[str, ...]] = ("tally", "wins")
    derived: tuple[str, ...] = ()
    signed: ClassVar[bool] = False  # whether inputs and first weights may be negative
    turns_negative: ClassVar[bool] = False  # whether learned weights may be, all the same
    takes_labels: ClassVar[bool] = False  # whether it learns from the labels of its inputs
    rebuilds: ClassVar[bool] = True  # whether its units rebuild its inputs, which `tally` counts
    form: str = "read"  # or "compiled", or "cuda": what runs

    def __init__(self, spec: Any, n_in: int, device: Device = CPU, dtype: Any = np.float32) -> None:
        xp = device.xp
        self.spec, self.n_in, self.n_out = spec, n_in, spec.n_units
        self.device, self.xp, self.dtype = device, xp, np.dtype(dtype)
        self.w = xp.zeros((self.n_out, n_in), dtype=self.dtype)
        self.tally = xp.zeros(3, dtype=np.float64)  # sum |e|^2/|v|^2, inputs lit, inputs
        self.wins = xp.zeros(self.n_out, dtype=np.int64)

    @abstractmethod
    def learn(self, x: Array, labels: Array | None = None) -> Array:
        """Answer each row of x (T, n_in), then learn from it. Returns (T, n_out).

        labels: (T,) int64, or None where there are none; only `takes_labels` rules look at them.
        """

    def train(self, x: Array, labels: Array | None = None) -> None:
        """`learn`, and answer nobody: for a rule that need not know its answers to learn."""
        self.learn(x, labels)

    @abstractmethod
    def follow(self, x: Array, labels: Array | None = None) -> Array:
        """Answer each row of x (T, n_in) as `learn` would at rate 0. Returns (T, n_out)."""

    @abstractmethod
    def infer(self, x: Array) -> Array:
        """Answer each row of x (T, n_in) and change nothing. Returns (T, n_out).

        Evaluation calls this, and `winners`, from several threads at once.
        """

    def winners(self, x: Array) -> Array:
        """The unit that wins each row of x (T, n_in): (T,) integers, -1 where none answers.

        (T, C) where units compete in C clusters, each with a winner of its own.
        """
        return largest(self.infer(x), self.xp)

    def rebuilt(self, y: Array) -> Array:
        """The inputs (T, n_in) that answers y (T, n_out) of `follow` stand for: W' y."""
        return y @ self.w

    def views(self, x: Array, labels: Array | None = None) -> tuple[Array, list[View]]:
        """`follow` x (T, n_in), and what there is to see of it beside x itself.

        Returns the answers, and views in the order in which they are shown. A rule that rebuilds
        shows what it makes of its inputs and what is missing, any other what its winners stand for.
        """
        y = self.follow(x, labels)
        answer = View("answer", y, "units")
        if self.rebuilds:
            return y, [answer, *self._rebuilding(x, y)]
        k = self.winners(x).reshape(len(x), -1)
        won = self.xp.where(k[:, :, None] >= 0, self.w[k], 0).sum(axis=1)
        return y, [answer, View("winner's weights", won, "inputs")]

    def _rebuilding(self, x: Array, y: Array, name: str = "reconstruction") -> list[View]:
        """What y (T, n_out) rebuilds of x (T, n_in), and its error."""
        r = self.rebuilt(y)
        error = "error" if name == "reconstruction" else f"{name} error"
        return [View(name, r, "inputs", "input"), View(error, x - r, "inputs", "error")]

    @property
    def n_weights(self) -> int:
        """How many weights learn, those to labels included."""
        return sum(array.size for name in self.arrays if (array := getattr(self, name)).ndim == 2)

    @property
    def n_bytes(self) -> int:
        """What a snapshot of it takes."""
        return sum(getattr(self, name).nbytes for name in self.arrays)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a run must say aloud about the layer."""
        return ()

    def begin_epoch(self, epoch: int, epochs: int) -> None:
        """Epoch number `epoch` (from 0) of a phase of `epochs` begins: counts start at 0."""
        self.tally[...] = 0
        self.wins[...] = 0

    def restart(self, init: Init, rng: np.random.Generator) -> None:
        """Fresh first weights, drawn as `init` says."""
        self.load({"w": init.draw((self.n_out, self.n_in), rng, self.dtype)})

    def state(self) -> dict[str, np.ndarray]:
        """A copy of what learning changes, on the host: `w` (N, D) and what else a rule has."""
        return self._copy(self.arrays)

    def motion(self) -> dict[str, np.ndarray]:
        """A copy of what else a run that goes on must find as it was: `dynamics`, and `derived`."""
        return self._copy((*self.dynamics, *self.derived))

    def digest(self) -> str:
        """sha256 (hex) over what learning changes: the same as long as nothing has moved."""
        digest = hashlib.sha256()
        for array in self.state().values():
            digest.update(array.data)
        return digest.hexdigest()

    def load(self, arrays: dict[str, np.ndarray]) -> None:
        """Take over arrays by name (any of `state` and `motion`), cast to the layer's dtype."""
        for name, given in arrays.items():
            own = getattr(self, name)
            if given.shape != own.shape:
                raise UsageError(
                    f"layer {self.spec.name}: {name} must have shape {own.shape} "
                    f"(got {given.shape})"
                )
            if given.dtype.kind not in "biuf":
                raise UsageError(
                    f"layer {self.spec.name}: {name} must hold numbers (got {given.dtype})"
                )
            own[...] = self.device.put(given.astype(own.dtype, copy=False))

    def finite(self, name: str) -> bool:
        """Whether an array holds neither NaN nor infinity."""
        array = getattr(self, name)
        # The sum is ten times as quick as asking each element, and finite only if all are.
        with np.errstate(all="ignore"):
            return bool(self.xp.isfinite(array.sum()) or self.xp.isfinite(array).all())

    def metrics(self) -> dict[str, float | int]:
        """Figures since the epoch began, by name; those only that a rule has measured."""
        error, lit, inputs = self.device.get(self.tally).tolist()
        measured: dict[str, float | int] = {}
        if lit:
            measured["reconstruction_error"] = error / lit
        if inputs:
            measured["never_won"] = int((self.device.get(self.wins) == 0).sum())
        return measured

    def _winners_an_input(self) -> dict[str, float | int]:
        """The metric `winners` of a rule in which several units may win an input."""
        inputs = max(float(self.tally[2]), 1.0)
        return {"winners": int(self.device.get(self.wins).sum()) / inputs}

    def _copy(self, names: tuple[str, ...]) -> dict[str, np.ndarray]:
        host = {name: self.device.get(getattr(self, name)) for name in names}
        return {name: np.array(array, order="C") for name, array in host.items()}

    @contextmanager
    def _writing_w(self) -> Iterator[None]:
        """Within, w may be written where a form keeps it read-only, as other arrays go with it."""
        if self.form != "compiled":
            yield
            return
        self.w.flags.writeable = True
        try:
            yield
        finally:
            self.w.flags.writeable = False

    def _count(self, v: Array, e: Array) -> None:
        """Tally one input v and its reconstruction's error e, as the compiled forms do."""
        lit = v @ v
        self.tally[0] += self.xp.where(lit > 0, (e @ e) / self.xp.where(lit > 0, lit, 1), 0)
        self.tally[1] += lit > 0
        self.tally[2] += 1


def largest(y: Array, xp: Any) -> Array:
    """The first of the largest answers of each row, -1 in rows whose largest answer is 0."""
    k = y.argmax(axis=1)
    return xp.where(y.max(axis=1) != 0, k, -1)
