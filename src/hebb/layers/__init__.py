"""Every rule, by the name that an experiment file calls it. A new one is one file and one line.

What the rules are made of:

    base, batches           the layer and its contract; rules that learn from batches
    init, floor, bounded    first weights, the smallest weight, a step that two rules take
    compiled, kernels/      how kernels are compiled, and what they are made of
    cuda/                   the same on a GPU
    own, installed, contract, trial  rules of users' own, and whether they keep the contract
"""

from hebb.layers.base import Layer, LayerSpec, View
from hebb.layers.compspec import CompSpec
from hebb.layers.dreamflow import DreamFlow
from hebb.layers.init import Init
from hebb.layers.invariance import Invariance
from hebb.layers.krotov_hopfield import KrotovHopfield
from hebb.layers.local_wta import LocalWTA
from hebb.layers.mwta import MWTA
from hebb.layers.smooth_invariance import SmoothInvariance
from hebb.layers.threshold import Threshold

RULES: dict[str, type[Layer]] = {
    "mwta": MWTA,
    "invariance": Invariance,
    "smooth_invariance": SmoothInvariance,
    "threshold": Threshold,
    "local_wta": LocalWTA,
    "dreamflow": DreamFlow,
    "compspec": CompSpec,
    "krotov_hopfield": KrotovHopfield,
}

__all__ = ["RULES", "Init", "Layer", "LayerSpec", "View"]
