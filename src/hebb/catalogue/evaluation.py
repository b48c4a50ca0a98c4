"""What a person reads of an evaluation: eval.json in, text out."""

from typing import Any

from hebb.catalogue.collapse import signs
from hebb.titles import control, title, value_of


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
    for name, its in result["controls"].items():
        shown = f"  {control(result, name):<22}{100 * its['accuracy']:8.2f} %"
        lines.append(f"{shown}   lift {100 * its['lift']:+.2f}")
    if "never_won" in result:
        n_never = len(result["never_won"])
        lines.append(f"  never won: {n_never} of {result['units']} units on the training images")
    matrix = result["confusion"]
    lacking = ["none"] if any(row[-1] for row in matrix) else []
    said = [*range(len(matrix)), *lacking]
    width = max(5, *(len(str(count)) + 2 for row in matrix for count in row))
    lines += ["", "  true \\ said " + "".join(f"{c:>{width}}" for c in said)
              + "   right"]  # fmt: skip
    for c, row in enumerate(matrix):
        counts = "".join(f"{count or '·':>{width}}" for count in row[: len(said)])
        lines.append(f"  {c:>11} {counts}{100 * result['per_class'][c]:6.1f} %")
    return lines


def _measure_lines(result: dict[str, Any]) -> list[str]:
    return [f"{title(result)}: {value_of(result):.4f} ({result['at_first']:.4f} at first weights)"]
