"""How far a run has come, and how long the rest takes: from what its directory holds."""

from dataclasses import dataclass
from typing import Any

from hebb.errors import HebbError
from hebb.store import Run


@dataclass(frozen=True)
class Progress:
    """Where a run stands, by its last epoch or its last checkpoint."""

    inputs: int  # seen
    total: int  # there are to see, in all phases
    phase: str
    phase_number: int  # from 1
    phases: int  # that show anything
    epoch: int  # of the phase, from 1
    epochs: int
    rate: float | None  # inputs a second, over that epoch or what there is of it

    @property
    def left(self) -> float | None:
        """Seconds that the rest takes at that rate; None where that is not known."""
        return (self.total - self.inputs) / self.rate if self.rate else None


def progress(run: Run) -> Progress | None:
    """How far a run has come; None where its files do not tell."""
    try:
        plan = [(name, each["epochs"], each["steps"]) for name, each in _phases(run).items()]
        inputs, rate = _stand(run)
        whole = all(isinstance(n, int) and n > 0 for _, *numbers in plan for n in numbers)
        whole = whole and isinstance(rate, int | float | None)
        return _placed(plan, inputs, rate) if plan and whole else None
    except (HebbError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _phases(run: Run) -> dict[str, dict[str, int]]:
    return run.info().get("phases", {})


def _stand(run: Run) -> tuple[int, float | None]:
    """Inputs seen, and inputs a second, by an epoch's record or a checkpoint that is later."""
    last: dict[str, Any] = (run.metrics() or [{"inputs": 0}])[-1]
    if run.has_checkpoint():
        at = run.position()
        if at["inputs"] > last["inputs"]:
            return at["inputs"], at["step"] / at["seconds"] if at["seconds"] > 0 else None
    return last["inputs"], last.get("inputs_per_second")


def _placed(plan: list[tuple[str, int, int]], inputs: int, rate: float | None) -> Progress:
    """Where in its phases, each a name, epochs and inputs of an epoch, a run is."""
    total, number = sum(epochs * steps for _, epochs, steps in plan), 0
    name, epochs, steps = plan[0]
    within = inputs  # of the phase
    while within >= epochs * steps and number + 1 < len(plan):
        within -= epochs * steps
        number += 1
        name, epochs, steps = plan[number]
    epoch = min(within // steps + 1, epochs)
    return Progress(inputs, total, name, number + 1, len(plan), epoch, epochs, rate)
