"""`measure: reconstruction`: how well a layer rebuilds a stream it need not have seen."""

from typing import Literal

from hebb.layers.base import Name
from hebb.spec import Spec


class MeasureSpec(Spec):
    """The reconstruction error of `layer` over one pass of `input`, nothing learning."""

    measure: Literal["reconstruction"] = "reconstruction"
    layer: Name
    input: str = "train"
