"""What an epoch has come to: its line of metrics.jsonl."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from hebb.stack import Stack


def measured(stack: Stack, learning: list[str]) -> dict[str, Any]:
    """What the layers have measured since the epoch began, by name."""
    return {
        name: {"learns": name in learning, **layer.metrics()}
        for name, layer in stack.layers.items()
    }


def add_changes(
    record: dict[str, Any], before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]
) -> None:
    """How far the weights of each layer have moved: |w1 - w0| / |w0|. `before` is used up."""
    for name, layer in record["layers"].items():
        w, new = before[f"{name}.w"], after[f"{name}.w"]
        with np.errstate(over="ignore"):  # weights that are finite may still be too large
            size = np.linalg.norm(w) or 1
            change = float(np.linalg.norm(np.subtract(new, w, out=w)) / size)
        layer["weight_change"] = change


def headline(record: dict[str, Any]) -> str:
    """The figures of an epoch for the end of a progress bar."""
    parts = []
    for name, layer in record["layers"].items():
        change = f"change {layer['weight_change']:.2g}" if layer["learns"] else "frozen"
        error = layer.get("reconstruction_error")
        parts.append(f"{name} {change}" if error is None else f"{name} error {error:.3g} {change}")
    return ", ".join(parts)
