"""What a person reads of an evaluation and of a plan: figures in, text out."""

from typing import Any

from hebb.apparatus import Apparatus
from hebb.collapse import signs
from hebb.config import Experiment, dumps
from hebb.size import size
from hebb.titles import title, value_of


def evaluation_text(found: dict[str, Any]) -> str:
    """The contents of eval.json for a terminal."""
    data = found["dataset"]
    lines = [
        f"{found['run']} after {found['snapshot']:,} inputs · {data['source']}: "
        f"{data['training_images']:,} training, {data['test_images']:,} test images"
    ]
    for result in found["results"]:
        lines += [""] + (_class_lines(result) if "classifier" in result else _measure_lines(result))
    if collapsed := signs({}, None, found["results"]):
        lines += ["", *collapsed]
    return "\n".join(lines)


def _class_lines(result: dict[str, Any]) -> list[str]:
    lines = [f"{title(result):<24}{100 * result['accuracy']:8.2f} %"]
    if "training_accuracy" in result:
        lines.append(f"  {'on training images':<22}{100 * result['training_accuracy']:8.2f} %")
    for name, control in result["controls"].items():
        lines.append(
            f"  {name:<22}{100 * control['accuracy']:8.2f} %   lift {100 * control['lift']:+.2f}"
        )
    if "never_won" in result:
        n_never = len(result["never_won"])
        lines.append(f"  never won: {n_never} of {result['units']} units on the training images")
    matrix = result["confusion"]
    classes = range(len(matrix))
    width = max(5, *(len(str(count)) + 2 for row in matrix for count in row))
    lines += ["", "  true \\ said " + "".join(f"{c:>{width}}" for c in [*classes, "none"])
              + "   right"]  # fmt: skip
    for c, row in enumerate(matrix):
        counts = "".join(f"{count or '·':>{width}}" for count in row)
        lines.append(f"  {c:>11} {counts}{100 * result['per_class'][c]:6.1f} %")
    return lines


def _measure_lines(result: dict[str, Any]) -> list[str]:
    return [f"{title(result)}: {value_of(result):.4f} ({result['at_first']:.4f} at first weights)"]


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
