"""What the tests of layers share: one spec of every kind, streams of inputs, a built layer."""

import numpy as np

from hebb import draws
from hebb.device import Device
from hebb.layers import LayerSpec
from hebb.layers.invariance import InvarianceSpec
from hebb.layers.mwta import MWTASpec
from hebb.layers.own import find_rule
from hebb.layers.smooth_invariance import SmoothInvarianceSpec
from hebb.layers.threshold import ThresholdSpec

READ, COMPILED = Device(compiled=False), Device(compiled=True)

N_IN = 16
LATERAL = {"radius": 1, "strength": 0.5}
INIT = {"uniform": [0.0, 0.5]}

# Every rule of the table, in each of its forms: the contract suite runs through all of them.
ALL_SPECS: dict[str, LayerSpec] = {
    "mwta one": MWTASpec(name="a", units=7, xi=0.05, init=INIT),
    "mwta several": MWTASpec(name="a", units=7, n_w=5, xi=0.05, clip=0.5, init=INIT),
    "mwta lateral": MWTASpec(
        name="a", grid=[4, 5], n_w=3, xi=0.05, lateral=LATERAL, output="normalized", init=INIT
    ),
    "invariance trace": InvarianceSpec(
        name="a", units=7, alpha=0.25, leta=0.08, seta=0.01, renormalize_every=20, init=INIT
    ),
    "invariance response": InvarianceSpec(
        name="a", units=6, alpha=0.5, leta=0.1, seta=0.01, output="response", init=INIT
    ),
    "smooth": SmoothInvarianceSpec(name="a", units=7, n_w=3, eta=0.1, zeta=0.05, init=INIT),
    "smooth only": SmoothInvarianceSpec(
        name="a", units=7, n_w=2, eta=0.1, zeta=0.05, reconstruct=False, init=INIT
    ),
    "threshold raw": ThresholdSpec(
        name="a", units=7, xi=0.05, compete="raw", thresh=0.7, clip=0.5, init=INIT
    ),
    "threshold mean": ThresholdSpec(name="a", units=11, xi=0.05, thresh=0.8, init=INIT),
    "threshold none": ThresholdSpec(name="a", units=7, xi=0.05, compete="none", init=INIT),
    "threshold steered": ThresholdSpec(
        name="a", units=11, xi=0.05, thresh=0.5, target_winners=2.5, init=INIT
    ),
}

# Settings with which `learn` changes nothing.
RATES = {
    "mwta": {"xi": 0.0},
    "invariance": {"leta": 0.0, "seta": 0.0, "renormalize_every": 10**9},
    "smooth_invariance": {"eta": 0.0, "zeta": 0.0},
    "threshold": {"xi": 0.0, "target_winners": None},
}


def build(spec: LayerSpec, device: Device = READ, dtype=np.float64, n_in: int = N_IN):
    """A layer at its first weights, an epoch just begun."""
    layer = find_rule(spec.rule)(spec, n_in, device, dtype)
    layer.restart(spec.init, draws.generator(0, "init", spec.name))
    layer.begin_epoch(0, 1)
    return layer


def at_rate_zero(spec: LayerSpec) -> LayerSpec:
    return spec.model_copy(update=RATES[spec.rule])


def stream(rows: int, dtype=np.float64, n_in: int = N_IN, seed: int = 5) -> np.ndarray:
    """Inputs of which three in four are 0, and a blank one now and then."""
    rng = np.random.default_rng(seed)
    x = rng.random((rows, n_in)) * (rng.random((rows, n_in)) < 0.25)
    x[::17] = 0
    return x.astype(dtype)


def dyadic(rows: int, dtype=np.float64, n_in: int = N_IN, seed: int = 5) -> np.ndarray:
    """Inputs of 0, 1/4, 1/2 and 1: their few sums carry no rounding in any order."""
    rng = np.random.default_rng(seed)
    return rng.choice([0, 0, 0, 0.25, 0.5, 1], (rows, n_in)).astype(dtype)


def everything(layer) -> dict[str, np.ndarray]:
    return layer.state() | layer.motion()


def assert_same(layer, other) -> None:
    """Bit for bit: what learning changes, and what else moves."""
    for name, array in everything(layer).items():
        np.testing.assert_array_equal(everything(other)[name], array, err_msg=name)
