"""What tests share: layers and how to compare them, inputs, refusals, a place for runs."""

from contextlib import suppress

import numpy as np
import pytest
import strict_cupy
from pydantic import ValidationError
from rules import ALL_SPECS, EXAMPLES

from hebb import draws
from hebb.device import Device
from hebb.jobs import work
from hebb.layers import Layer, LayerSpec
from hebb.layers.own import find_rule
from hebb.layers.trial import Case, everything

READ, COMPILED = Device(compiled=False), Device(compiled=True)
ON_CUPY = Device(strict_cupy, compiled=False)  # the rules as read, on a stand-in for a GPU

N_IN = 16

devices = pytest.mark.parametrize("device", [READ, COMPILED], ids=["read", "compiled"])
everywhere = pytest.mark.parametrize(
    "device", [READ, COMPILED, ON_CUPY], ids=["read", "compiled", "cupy"]
)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
specs = pytest.mark.parametrize("spec", ALL_SPECS.values(), ids=ALL_SPECS.keys())


def build(spec: LayerSpec, device: Device = READ, dtype=np.float64, n_in: int = N_IN):
    """A layer at its first weights, an epoch just begun."""
    layer = find_rule(spec.rule)(spec, n_in, device, dtype)
    layer.restart(spec.init, draws.generator(0, "init", spec.name))
    layer.begin_epoch(0, 1)
    return layer


def layer_of(Spec, w, device=READ, dtype=np.float64, **given):
    """A layer called `a` with weights w (N, D). given: settings, and arrays besides w, by name."""
    w = np.array(w, dtype=np.float64)
    settings = {key: value for key, value in given.items() if key in Spec.model_fields}
    layer = build(Spec(name="a", **{"units": len(w)} | settings), device, dtype, n_in=w.shape[1])
    arrays = {key: np.array(given[key]) for key in given.keys() - settings.keys()}
    layer.load({"w": w} | arrays)
    return layer


def at_rate_zero(spec: LayerSpec, settable: bool = False) -> LayerSpec:
    """A spec with which nothing is learned; settable: by what a phase may `set` alone."""
    rates = EXAMPLES[spec.rule].rates.items()
    return spec.model_copy(update={k: v for k, v in rates if not settable or k not in spec.FIXED})


def larger(spec: LayerSpec, rows: int, columns: int) -> LayerSpec:
    """The spec with rows x columns units."""
    size = {"grid": [rows, columns]} if spec.grid else {"units": rows * columns}
    return type(spec).model_validate(spec.model_dump() | size)


def altered(spec: LayerSpec) -> LayerSpec:
    """A spec with another value of every setting that a phase may change, but those it refuses."""
    for key, (value, other) in EXAMPLES[spec.rule].changed.items():
        given = spec.model_dump()
        given[key] = other if given[key] == value else value
        with suppress(ValidationError):
            spec = type(spec).model_validate(given)
    return spec


def stream(rows: int, dtype=np.float64, n_in: int = N_IN, seed: int = 5) -> np.ndarray:
    """What the contract is tried with: three in four are 0, and a row now and then is blank."""
    spec = LayerSpec(name="a", rule="any", units=1)
    return Case(Layer, spec, n_in, dtype=dtype, rows=rows).inputs(seed)[:rows]


def dyadic(rows: int, dtype=np.float64, n_in: int = N_IN, seed: int = 5) -> np.ndarray:
    """Inputs of 0, 1/4, 1/2 and 1: their few sums carry no rounding in any order."""
    rng = np.random.default_rng(seed)
    return rng.choice([0, 0, 0, 0.25, 0.5, 1], (rows, n_in)).astype(dtype)


def assert_same(layer, other) -> None:
    """Bit for bit: what learning changes, and what else moves."""
    for name, array in everything(layer).items():
        np.testing.assert_array_equal(everything(other)[name], array, err_msg=name)


def near_tie(spec, state, v, labels=None, margin=1e-5) -> bool:
    """Whether a change by `margin` of the largest claim can change who wins any row of v (B, D)."""
    lit = v.any(axis=1)
    if not lit.any():
        return False
    state = {name: array.astype(np.float64) for name, array in state.items()}
    labels = labels if labels is None else labels[lit]
    return EXAMPLES[spec.rule].near_tie(spec, state, v[lit].astype(np.float64), labels, margin)


def refused(error, call, *args, **how) -> str:
    """What is said where a call is refused with an error."""
    with pytest.raises(error) as caught:
        call(*args, **how)
    return str(caught.value)


class Here:
    """A place for jobs that does each at once, in this process."""

    width = 1

    def __init__(self, jobs):
        self.ended = []

    def __enter__(self):
        return self

    def __exit__(self, *why):
        pass

    @property
    def busy(self):
        return len(self.ended)

    def start(self, job):
        self.ended.append((job, work.carry_out(job)))

    def finished(self, seconds):
        ended, self.ended = self.ended, []
        return ended

    def stop(self):
        pass


def left_by(run):
    """All that a run leaves but for clock figures: snapshots' bytes and metrics."""
    records = [
        {key: value for key, value in record.items() if key != "inputs_per_second"}
        for record in run.metrics()
    ]
    snapshots = {inputs: path.read_bytes() for inputs, path in run.snapshots().items()}
    files = {path.name for path in run.path.iterdir()} - {"eval.json", "plots"}
    status = run.info()["status"]
    return {"metrics": records, "snapshots": snapshots, "status": status, "files": files}
