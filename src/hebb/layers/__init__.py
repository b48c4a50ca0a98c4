"""Every rule, by the name that an experiment file calls it. A new one is one file and one line."""

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
