"""`measure: reconstruction`: how well a layer rebuilds a stream it need not have seen."""

from typing import Any, Literal

from hebb.errors import UsageError
from hebb.layers.base import Name
from hebb.readout.base import BLOCK, Sitting
from hebb.spec import Spec


class MeasureSpec(Spec):
    """The reconstruction error of `layer` over one pass of `input`, nothing learning."""

    measure: Literal["reconstruction"] = "reconstruction"
    layer: Name
    input: str = "train"
    """A stream's name, or `train` for the training images."""
    name: Name | None = None
    """What results call it; by default `reconstruction`."""

    @property
    def word(self) -> str:
        return self.measure

    @property
    def label(self) -> str:
        return self.name or self.measure


class Reconstruction:
    Spec = MeasureSpec
    spec: MeasureSpec

    def __init__(self, spec: Any, sitting: Sitting):
        self.spec, self.sitting = spec, sitting

    def result(self) -> dict[str, Any]:
        """One pass of an input through the stack, everything frozen."""
        spec, stack, dtype = self.spec, self.sitting.stack, self.sitting.dtype
        source = self.sitting.inputs[spec.input]
        stack.begin_epoch(0, 1)
        starts = range(0, len(source), BLOCK)
        chunks = ((source.rows(slice(start, start + BLOCK), dtype), None) for start in starts)
        for _ in stack.learn(chunks, learning=()):
            pass
        error = stack.layers[spec.layer].metrics().get("reconstruction_error")
        if error is None:
            raise UsageError(f"layer {spec.layer}: its rule measures no reconstruction error")
        return {"measure": spec.measure, "label": spec.label, "layer": spec.layer,
                "input": spec.input, "reconstruction_error": error}  # fmt: skip
