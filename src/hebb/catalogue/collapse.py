"""What tells that a network has collapsed, in sentences for whoever looks at its figures."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

SHARE = 0.5  # of all wins: what one unit must have taken for it to be remarked on
FEW = 4  # units: among fewer it is no wonder that one takes half
WORSE = 1000.0  # times the error of no answer at all: no shipped experiment comes to that


def signs(
    units: Mapping[str, int], record: Mapping[str, Any] | None, results: Sequence[Mapping[str, Any]]
) -> list[str]:
    """A sentence for each sign of a collapse; none where all is well.

    units: how many each layer has; a layer that is not named is judged by its vote alone. record:
    the last of metrics.jsonl. results: those of eval.json.
    """
    # One for each layer and sign: a read-out tells it better than the last epoch.
    found: dict[tuple[str, str], str] = {}
    for layer, metrics in (record or {"layers": {}})["layers"].items():
        found[layer, "wins"] = _few_winners(layer, units.get(layer, 0), metrics)
        found[layer, "error"] = _error(layer, metrics.get("reconstruction_error"))
    for each in results:
        layer = str(each["layer"])
        if "unit_wins" in each:
            told = found.get((layer, "wins"), "")
            found[layer, "wins"] = _greedy(layer, each["unit_wins"]) or told
        if "reconstruction_error" in each:
            found[layer, "error"] = _error(layer, each["reconstruction_error"])
    return [text for text in found.values() if text]


def _greedy(layer: str, wins: Sequence[int]) -> str:
    most, every = max(wins), sum(wins)
    if len(wins) < FEW or most < SHARE * max(every, 1):
        return ""
    # Rounded down, so that nothing but all is called all.
    part = "all" if most == every else f"{100 * most // every} % of all"
    return f"One unit of {len(wins):,} in {layer} has {part} wins on training images."


def _few_winners(layer: str, n_units: int, metrics: Mapping[str, Any]) -> str:
    """Whether those that win one input win all: no more units won than win at once."""
    won = n_units - metrics.get("never_won", 0)
    if not metrics.get("learns") or not 0 < won <= max(1, round(metrics.get("winners", 1))):
        return ""
    if n_units < FEW * won:
        return ""
    who = "One unit" if won == 1 else f"The same {won:,} units"
    return f"{who} of {n_units:,} in {layer} won every input of the last epoch."


def _error(layer: str, error: float | None) -> str:
    if error is None or error < WORSE:
        return ""
    what = f"The reconstruction error of {layer} is"
    if not math.isfinite(error):
        return f"{what} no finite number."
    said = f"{error:,.0f}" if error < 1e7 else f"{error:.1e}"
    return f"{what} {said}, where no answer at all has 1: what it rebuilds is far too large."
