"""The rules of the package as the tests try them: an `Example` of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hebb.layers import LayerSpec
from hebb.layers.compspec import CompSpecSpec
from hebb.layers.dreamflow import DreamFlowSpec
from hebb.layers.invariance import InvarianceSpec
from hebb.layers.krotov_hopfield import KrotovHopfieldSpec
from hebb.layers.local_wta import LocalWTASpec
from hebb.layers.mwta import MWTASpec, excite
from hebb.layers.smooth_invariance import SmoothInvarianceSpec
from hebb.layers.threshold import ThresholdSpec

LATERAL = {"radius": 1, "strength": 0.5}
INIT = {"uniform": [0.0, 0.5]}


def never(*_: Any) -> bool:
    """`near_tie` of a rule in which units do not compete."""
    return False


@dataclass(frozen=True)
class Example:
    """A rule, and what the tests must know of it.

    specs: the rule in each of its forms, with few units: all tests of all rules run through them.
    large: with about 150 units, no multiple of a register, for inputs of 9 x 9.
    rates: settings with which `learn` changes nothing.
    changed: two values of every setting that a phase may change; see `helpers.altered`.
    near_tie: whether rounding can change who wins; see `helpers.near_tie`.
    """

    specs: dict[str, LayerSpec]
    large: dict[str, LayerSpec]
    rates: dict[str, Any]
    changed: dict[str, tuple[Any, Any]]
    near_tie: Callable[..., bool] = never


def cut_is_near(lowest, highest, cuts) -> bool:
    """Whether a unit that stands below a cut of the ranking may reach as high as one above it.

    lowest, highest (B, N): between them lies how strongly each unit claims each input. cuts: after
    how many of the best units.
    """
    order = np.argsort(-lowest, axis=1)
    low, high = (np.take_along_axis(each, order, axis=1) for each in (lowest, highest))
    inner = [cut for cut in cuts if 0 < cut < low.shape[1]]
    return any((high[:, cut:].max(axis=1) >= low[:, cut - 1]).any() for cut in inner)


def _mwta_is_near(spec, state, v, labels, margin):
    c = v @ state["w"].T
    if getattr(spec, "lateral", None) is not None:
        c = np.array([excite(p.reshape(spec.grid), spec.lateral, np) for p in c])
    return cut_is_near(c, c + margin * c.max(axis=1, keepdims=True), [spec.n_w])


MWTA = Example(
    specs={
        "mwta one": MWTASpec(name="a", units=7, xi=0.05, init=INIT),
        "mwta several": MWTASpec(name="a", units=7, n_w=5, xi=0.05, clip=0.5, init=INIT),
        "mwta lateral": MWTASpec(
            name="a", grid=[4, 5], n_w=3, xi=0.05, lateral=LATERAL, output="normalized", init=INIT
        ),
    },
    large={
        "mwta": MWTASpec(name="a", units=150, n_w=20, xi=0.05, clip=0.5, init=INIT),
        "mwta lateral": MWTASpec(
            name="a", grid=[10, 15], n_w=11, xi=0.05, lateral={"radius": 2, "strength": 0.5},
            output="normalized", init=INIT,
        ),
    },
    rates={"xi": 0.0},
    changed={
        "n_w": (2, 4),
        "xi": (0.03, 0.02),
        "clip": (0.1, None),
        "lateral": ({"radius": 1, "strength": 0.25}, None),
        "output": ("normalized", "raw"),
    },
    near_tie=_mwta_is_near,
)  # fmt: skip

INVARIANCE = Example(
    specs={
        "invariance trace": InvarianceSpec(
            name="a", units=7, alpha=0.25, leta=0.08, seta=0.01, renormalize_every=20, init=INIT
        ),
        "invariance response": InvarianceSpec(
            name="a", units=6, alpha=0.5, leta=0.1, seta=0.01, output="response", init=INIT
        ),
    },
    large={
        "invariance": InvarianceSpec(
            name="a", units=150, alpha=0.25, leta=0.08, seta=0.01, renormalize_every=70, init=INIT
        ),
    },
    rates={"leta": 0.0, "seta": 0.0, "renormalize_every": 10**9},
    changed={
        "alpha": (0.125, 0.3),
        "leta": (0.03, 0.02),
        "seta": (0.03, 0.02),
        "renormalize_every": (7, 8),
        "output": ("response", "trace"),
    },
)

SMOOTH_INVARIANCE = Example(
    specs={
        "smooth": SmoothInvarianceSpec(name="a", units=7, n_w=3, eta=0.1, zeta=0.05, init=INIT),
        "smooth only": SmoothInvarianceSpec(
            name="a", units=7, n_w=2, eta=0.1, zeta=0.05, reconstruct=False, init=INIT
        ),
    },
    large={
        "smooth": SmoothInvarianceSpec(name="a", units=150, n_w=20, eta=0.1, zeta=0.05, init=INIT),
    },
    rates={"eta": 0.0, "zeta": 0.0},
    changed={
        "n_w": (4, 5),
        "eta": (0.05, 0.02),
        "zeta": (0.1, 0.02),
        "reconstruct": (False, True),
    },
    near_tie=_mwta_is_near,
)


def _threshold_is_near(spec, state, v, labels, margin):
    if spec.compete == "none":
        return False
    s = v @ state["w"].T / (state["w"].sum(axis=1) if spec.compete == "mean" else 1)
    thresh = state.get("thresh", spec.thresh)
    return bool((abs(s / s.max(axis=1, keepdims=True) - thresh) < margin).any())


THRESHOLD = Example(
    specs={
        "threshold raw": ThresholdSpec(
            name="a", units=7, xi=0.05, compete="raw", thresh=0.7, clip=0.5, init=INIT
        ),
        "threshold mean": ThresholdSpec(name="a", units=11, xi=0.05, thresh=0.8, init=INIT),
        "threshold none": ThresholdSpec(name="a", units=7, xi=0.05, compete="none", init=INIT),
        "threshold steered": ThresholdSpec(
            name="a", units=11, xi=0.05, thresh=0.5, target_winners=2.5, init=INIT
        ),
    },
    large={
        "threshold none": ThresholdSpec(name="a", units=150, xi=0.05, compete="none", init=INIT),
        "threshold steered": ThresholdSpec(
            name="a", units=150, xi=0.05, thresh=0.75, target_winners=64, init=INIT
        ),
    },
    rates={"xi": 0.0, "target_winners": None},
    changed={"xi": (0.03, 0.02), "thresh": (0.6, 0.4), "clip": (0.1, 0.2)},
    near_tie=_threshold_is_near,
)


def _dreamflow_is_near(spec, state, v, labels, margin):
    h = v @ state["w"].T
    if labels is not None and "w_label" in state:
        h += state["w_label"].T[labels]
    h = h.reshape(-1, getattr(spec, "per_cluster", spec.n_units))
    h = h[h.any(axis=1)]  # a cluster that sees nothing has no winner
    return cut_is_near(h, h + margin * h.max(axis=1, keepdims=True), [1])


LOCAL_WTA = Example(
    specs={
        "local_wta": LocalWTASpec(name="a", units=8, per_cluster=4, batch=5, xi=0.05, init=INIT),
        "local_wta blocks": LocalWTASpec(
            name="a", grid=[5, 3], per_cluster=3, batch=8, xi=0.05, init=INIT,
            blocks={"size": 2, "overlap": True},
        ),
    },
    large={
        "local_wta": LocalWTASpec(
            name="a", units=150, per_cluster=75, batch=20, xi=0.05, init=INIT
        ),
        "local_wta blocks": LocalWTASpec(
            name="a", units=150, per_cluster=30, batch=20, xi=0.05, init=INIT,
            blocks={"size": 4, "overlap": True},
        ),
    },
    rates={"xi": 0.0},
    changed={"xi": (0.03, 0.02)},
    near_tie=_dreamflow_is_near,
)  # fmt: skip

DREAMFLOW = Example(
    specs={
        "dreamflow": DreamFlowSpec(name="a", units=7, batch=5, xi=0.05, classes=3, init=INIT),
    },
    large={
        "dreamflow": DreamFlowSpec(name="a", units=150, batch=20, xi=0.05, classes=3, init=INIT),
    },
    rates={"xi": 0.0},
    changed={"xi": (0.03, 0.02)},
    near_tie=_dreamflow_is_near,
)


def _compspec_is_near(spec, state, v, labels, margin):
    w, e = state["w"], margin / 10
    o = (v @ w.T) / (np.linalg.norm(v, axis=1)[:, None] * np.linalg.norm(w, axis=1))
    low, high = ((1 - state["s"]) ** 2 / np.maximum(1 - o - each, 1e-10) for each in (-e, e))
    rank = spec.repel.rank if spec.repel else 0
    return cut_is_near(low, high * (1 + margin), [1, rank, rank + 1])


COMPSPEC = Example(
    specs={
        "compspec": CompSpecSpec(name="a", units=7, batch=5, xi=0.1, phi=0.2),
        "compspec charged": CompSpecSpec(
            name="a", units=9, batch=8, xi=0.1, phi=0.2, repel={"rank": 2, "delta": 0.4}, init=INIT
        ),
    },
    large={
        "compspec": CompSpecSpec(
            name="a", units=150, batch=20, xi=0.1, phi=0.2, repel={"rank": 2, "delta": 0.4}
        ),
    },
    rates={"xi": 0.0, "phi": 0.0},
    changed={
        "xi": (0.05, 0.02),
        "phi": (0.1, 0.3),
        "repel": ({"rank": 1, "delta": 0.3}, None),
    },
    near_tie=_compspec_is_near,
)


def _krotov_hopfield_is_near(spec, state, v, labels, margin):
    w = state["w"]
    t = v @ (np.sign(w) * abs(w) ** (spec.p - 1)).T
    return cut_is_near(t, t + margin * abs(t).max(axis=1, keepdims=True), [1, spec.k - 1, spec.k])


KROTOV_HOPFIELD = Example(
    specs={
        "krotov_hopfield p 2": KrotovHopfieldSpec(name="a", units=7, batch=5, eps=0.02),
        "krotov_hopfield p 3": KrotovHopfieldSpec(name="a", units=9, batch=8, p=3, k=4, eps=0.02),
        "krotov_hopfield p 1.5": KrotovHopfieldSpec(
            name="a", units=6, batch=8, p=1.5, k=3, delta=0.2, eps=0.01, init=INIT
        ),
    },
    large={
        "krotov_hopfield p 2": KrotovHopfieldSpec(name="a", units=150, batch=20, eps=0.02),
        "krotov_hopfield p 3": KrotovHopfieldSpec(
            name="a", units=150, batch=20, p=3, k=4, eps=0.02
        ),
    },
    rates={"eps": 0.0},
    changed={
        "p": (2.5, 2.0),
        "k": (5, 2),
        "delta": (0.3, 0.1),
        "eps": (0.03, 0.04),
    },
    near_tie=_krotov_hopfield_is_near,
)

EXAMPLES = {
    "mwta": MWTA,
    "invariance": INVARIANCE,
    "smooth_invariance": SMOOTH_INVARIANCE,
    "threshold": THRESHOLD,
    "local_wta": LOCAL_WTA,
    "dreamflow": DREAMFLOW,
    "compspec": COMPSPEC,
    "krotov_hopfield": KROTOV_HOPFIELD,
}

ALL_SPECS = {name: spec for each in EXAMPLES.values() for name, spec in each.specs.items()}
LARGE = {name: spec for each in EXAMPLES.values() for name, spec in each.large.items()}
