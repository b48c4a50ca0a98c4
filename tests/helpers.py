"""What tests share: of layers a spec of every kind, inputs and a built one; of runs a place."""

import numpy as np
import pytest
import strict_cupy

from hebb import draws
from hebb.device import Device
from hebb.jobs import work
from hebb.layers import LayerSpec
from hebb.layers.compspec import CompSpecSpec
from hebb.layers.dreamflow import DreamFlowSpec
from hebb.layers.invariance import InvarianceSpec
from hebb.layers.krotov_hopfield import KrotovHopfieldSpec
from hebb.layers.local_wta import LocalWTASpec
from hebb.layers.mwta import MWTASpec, excite
from hebb.layers.own import find_rule
from hebb.layers.smooth_invariance import SmoothInvarianceSpec
from hebb.layers.threshold import ThresholdSpec

READ, COMPILED = Device(compiled=False), Device(compiled=True)
ON_CUPY = Device(strict_cupy, compiled=False)  # the rules as read, on a stand-in for a GPU

N_IN = 16
LATERAL = {"radius": 1, "strength": 0.5}
INIT = {"uniform": [0.0, 0.5]}
CHARGED = {"rank": 2, "delta": 0.4}

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
    "local_wta": LocalWTASpec(name="a", units=8, per_cluster=4, batch=5, xi=0.05, init=INIT),
    "local_wta blocks": LocalWTASpec(
        name="a",
        grid=[5, 3],
        per_cluster=3,
        batch=8,
        xi=0.05,
        init=INIT,
        blocks={"size": 2, "overlap": True},
    ),
    "dreamflow": DreamFlowSpec(name="a", units=7, batch=5, xi=0.05, classes=3, init=INIT),
    "compspec": CompSpecSpec(name="a", units=7, batch=5, xi=0.1, phi=0.2),
    "compspec charged": CompSpecSpec(
        name="a", units=9, batch=8, xi=0.1, phi=0.2, repel=CHARGED, init=INIT
    ),
    "krotov_hopfield p 2": KrotovHopfieldSpec(name="a", units=7, batch=5, eps=0.02),
    "krotov_hopfield p 3": KrotovHopfieldSpec(name="a", units=9, batch=8, p=3, k=4, eps=0.02),
    "krotov_hopfield p 1.5": KrotovHopfieldSpec(
        name="a", units=6, batch=8, p=1.5, k=3, delta=0.2, eps=0.01, init=INIT
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

devices = pytest.mark.parametrize("device", [READ, COMPILED], ids=["read", "compiled"])
everywhere = pytest.mark.parametrize(
    "device", [READ, COMPILED, ON_CUPY], ids=["read", "compiled", "cupy"]
)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
specs = pytest.mark.parametrize("spec", ALL_SPECS.values(), ids=ALL_SPECS.keys())

# Settings with which `learn` changes nothing.
RATES = {
    "mwta": {"xi": 0.0},
    "invariance": {"leta": 0.0, "seta": 0.0, "renormalize_every": 10**9},
    "local_wta": {"xi": 0.0},
    "dreamflow": {"xi": 0.0},
    "compspec": {"xi": 0.0, "phi": 0.0},
    "krotov_hopfield": {"eps": 0.0},
    "smooth_invariance": {"eta": 0.0, "zeta": 0.0},
    "threshold": {"xi": 0.0, "target_winners": None},
}

# Of every setting that a phase may change two values: a layer is given the one that it has not.
CHANGED = {
    "mwta": {
        "n_w": (2, 4),
        "xi": (0.03, 0.02),
        "clip": (0.1, None),
        "lateral": ({"radius": 1, "strength": 0.25}, None),
        "output": ("normalized", "raw"),
    },
    "invariance": {
        "alpha": (0.125, 0.3),
        "leta": (0.03, 0.02),
        "seta": (0.03, 0.02),
        "renormalize_every": (7, 8),
        "output": ("response", "trace"),
    },
    "smooth_invariance": {
        "n_w": (4, 5),
        "eta": (0.05, 0.02),
        "zeta": (0.1, 0.02),
        "reconstruct": (False, True),
    },
    "threshold": {"xi": (0.03, 0.02), "thresh": (0.6, 0.4), "clip": (0.1, 0.2)},
    "local_wta": {"xi": (0.03, 0.02)},
    "dreamflow": {"xi": (0.03, 0.02)},
    "compspec": {
        "xi": (0.05, 0.02),
        "phi": (0.1, 0.3),
        "repel": ({"rank": 1, "delta": 0.3}, None),
    },
    "krotov_hopfield": {
        "p": (2.5, 2.0),
        "k": (5, 2),
        "delta": (0.3, 0.1),
        "eps": (0.03, 0.04),
    },
}


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
    rates = RATES[spec.rule].items()
    return spec.model_copy(update={k: v for k, v in rates if not settable or k not in spec.FIXED})


def larger(spec: LayerSpec, rows: int, columns: int) -> LayerSpec:
    """The spec with rows x columns units."""
    size = {"grid": [rows, columns]} if spec.grid else {"units": rows * columns}
    return type(spec).model_validate(spec.model_dump() | size)


def altered(spec: LayerSpec) -> LayerSpec:
    """A spec with another value of every setting that a phase may change, as far as it can be."""
    given = spec.model_dump()
    for key, (value, other) in CHANGED[spec.rule].items():
        without = {"lateral": spec.grid is None, "thresh": given.get("compete") == "none"}
        if not without.get(key):
            given[key] = other if given[key] == value else value
    return type(spec).model_validate(given)


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


def near_tie(spec, state, v) -> bool:
    """Whether what float32 may lose can change who is counted among the best, for any row of v.

    Each unit's claim lies between a lowest and a highest: there is a tie where one that stands
    below a cut of the ranking may reach as high as one above it.
    """
    v = v[v.any(axis=1)].astype(np.float64)
    if not len(v):
        return False
    w = state["w"].astype(np.float64)
    if spec.rule == "threshold":
        s = v @ w.T / (w.sum(axis=1) if spec.compete == "mean" else 1)
        thresh = state.get("thresh", spec.thresh)
        return bool((abs(s / s.max(axis=1, keepdims=True) - thresh) < 1e-5).any())
    low, high, cuts = CLAIMS[spec.rule](spec, state, v, w)
    order = np.argsort(-low, axis=1)
    low, high = (np.take_along_axis(each, order, axis=1) for each in (low, high))
    inner = [cut for cut in cuts if 0 < cut < spec.n_units]
    return any((high[:, cut:].max(axis=1) >= low[:, cut - 1]).any() for cut in inner)


def _claims_of_mwta(spec, state, v, w):
    c = v @ w.T
    if getattr(spec, "lateral", None) is not None:
        c = np.array([excite(p.reshape(spec.grid), spec.lateral, np) for p in c])
    return c, c + 1e-5 * c.max(axis=1, keepdims=True), [spec.n_w]


def _claims_of_dreamflow(spec, state, v, w):
    h = (v @ w.T).reshape(-1, getattr(spec, "per_cluster", spec.n_units))
    return h, h + 1e-5 * h.max(axis=1, keepdims=True), [1]


def _claims_of_compspec(spec, state, v, w):
    o = (v @ w.T) / (np.linalg.norm(v, axis=1)[:, None] * np.linalg.norm(w, axis=1))
    low, high = ((1 - state["s"]) ** 2 / np.maximum(1 - o - e, 1e-10) for e in (-1e-6, 1e-6))
    rank = spec.repel.rank if spec.repel else 0
    return low, high * (1 + 1e-5), [1, rank, rank + 1]


def _claims_of_krotov_hopfield(spec, state, v, w):
    t = v @ (np.sign(w) * abs(w) ** (spec.p - 1)).T
    return t, t + 1e-5 * abs(t).max(axis=1, keepdims=True), [1, spec.k - 1, spec.k]


CLAIMS = {
    "mwta": _claims_of_mwta,
    "smooth_invariance": _claims_of_mwta,
    "local_wta": _claims_of_dreamflow,
    "dreamflow": _claims_of_dreamflow,
    "compspec": _claims_of_compspec,
    "krotov_hopfield": _claims_of_krotov_hopfield,
}


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
