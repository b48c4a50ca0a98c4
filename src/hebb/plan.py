"""`plan`: what an experiment comes to, before it is run."""

from typing import Any

from hebb.apparatus import Apparatus
from hebb.config import Experiment, dumps
from hebb.size import size


def plan(apparatus: Apparatus) -> dict[str, Any]:
    """Shapes through the stack, parameters, memory and inputs of an experiment, as numbers."""
    experiment, stack = apparatus.experiment, apparatus.empty_stack()
    layers = [
        {"name": name, "rule": layer.spec.rule, "inputs": layer.n_in,
         "units": layer.n_out, "parameters": layer.n_weights}
        for name, layer in stack.layers.items()
    ]  # fmt: skip
    snapshot = sum(layer.n_bytes for layer in stack.layers.values())
    phases = [
        {"name": phase.name, "input": phase.input, "epochs": phase.epochs,
         "steps": apparatus.feed(phase).steps, "learn": experiment.learning_in(phase)}
        for phase in experiment.phases
    ]  # fmt: skip
    epochs = sum(phase["epochs"] for phase in phases)
    return {
        "name": experiment.name,
        "what": experiment.notes.what,
        "dataset": {"source": apparatus.dataset.source, "where": apparatus.dataset.where},
        "notes": apparatus.notes,
        "layers": layers,
        "parameters": sum(layer["parameters"] for layer in layers),
        "weights_bytes": snapshot,
        "images_bytes": apparatus.dataset.train.raw.nbytes,
        "snapshots_bytes": snapshot * (epochs + 1),
        "phases": phases,
        "inputs": sum(phase["epochs"] * phase["steps"] for phase in phases),
    }


def plan_text(experiment: Experiment, found: dict[str, Any]) -> str:
    """The experiment as resolved, and its plan, for a terminal."""
    lines = [dumps(experiment)]
    lines.append(f"# data: {found['dataset']['source']} from {found['dataset']['where']}")
    lines += [f"# {note}" for note in found["notes"]]
    for layer in found["layers"]:
        lines.append(
            f"# {layer['name']}: {layer['rule']}, {layer['inputs']:,} -> {layer['units']:,}, "
            f"{layer['parameters']:,} weights"
        )
    for phase in found["phases"]:
        learn = ", ".join(phase["learn"]) or "nothing"
        lines.append(
            f"# {phase['name']}: {phase['epochs']} x {phase['steps']:,} of {phase['input']}; "
            f"learning: {learn}"
        )
    lines.append(
        f"# {found['parameters']:,} parameters, {size(found['weights_bytes'])}; training images "
        f"{size(found['images_bytes'])}; all snapshots {size(found['snapshots_bytes'])}; "
        f"{found['inputs']:,} inputs"
    )
    return "\n".join(lines)
