"""First weights that are not drawn: read from a file, or taken from another run."""

from pathlib import Path

import numpy as np

from hebb.archive import read_arrays
from hebb.config import Experiment
from hebb.errors import UsageError
from hebb.layers import Init, Layer
from hebb.store import Run


def given(init: Init, layer: Layer, runs_dir: Path) -> dict[str, np.ndarray]:
    """A layer's arrays from a file or another run."""
    if init.run is not None:
        _, arrays = Run.open(init.run, runs_dir).snapshot(init.snapshot)
        source, key = f"run {init.run}", init.layer or layer.spec.name
    else:
        arrays, source, key = read_arrays(Path(init.file or "")), init.file, layer.spec.name
    taken = {array: _pick(arrays, key, array, f"{source}") for array in layer.arrays}
    for array, given in taken.items():
        if given.shape != (here := getattr(layer, array).shape):
            name = "" if init.file else ", or, where --from gave it this one, another name"
            raise UsageError(
                f"{source}: holds {array} of shape {given.shape} for layer "
                f"{layer.spec.name}, whose {array} has shape {here} here; make both alike, or "
                f"give the layer another init{name}"
            )
    return taken


def _pick(arrays: dict[str, np.ndarray], layer: str, array: str, source: str) -> np.ndarray:
    for key in (f"{layer}.{array}", array):
        if key in arrays:
            return arrays[key]
    raise UsageError(
        f"{source}: must hold {layer}.{array} or {array}; it holds {', '.join(arrays) or 'nothing'}"
    )


def pinned(experiment: Experiment, runs_dir: Path) -> Experiment:
    """The experiment with every `init: {run: ...}` naming one directory and one snapshot."""

    def pin(init: Init) -> Init:
        if init.run is None:
            return init
        run = Run.open(init.run, runs_dir)
        place = {"run": str(run.path.resolve()), "snapshot": run.find(init.snapshot)[0]}
        return init.model_copy(update=place)

    layers = [layer.model_copy(update={"init": pin(layer.init)}) for layer in experiment.layers]
    phases = [
        phase.model_copy(update={"restart": {k: pin(init) for k, init in phase.restart.items()}})
        for phase in experiment.phases
    ]
    return experiment.model_copy(update={"layers": layers, "phases": phases})


def branched(experiment: Experiment, start: str, runs_dir: Path) -> Experiment:
    """The experiment with the first weights of its layers taken from layers of the same name.

    start: RUN or RUN@SNAPSHOT.
    """
    name, _, snapshot = start.partition("@")
    run = Run.open(name, runs_dir)
    inputs, arrays = run.snapshot(snapshot or "last")
    theirs = {key.rpartition(".")[0] for key in arrays}
    init = {"run": str(run.path.resolve()), "snapshot": inputs}
    layers = [
        layer.model_copy(update={"init": Init(**init)}) if layer.name in theirs else layer  # pyright: ignore
        for layer in experiment.layers
    ]
    if layers == experiment.layers:
        ours = ", ".join(layer.name for layer in layers)
        raise UsageError(
            f"--from {run.path}: has layers {', '.join(sorted(theirs))}, and none of {ours}"
        )
    branch = experiment.model_copy(update={"layers": layers})
    branch.lay_over(f"--from {run.path}")
    return branch
