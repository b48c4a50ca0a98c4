"""The tapestries of a run as pictures that a page can carry: small, and each weight a pixel."""

import base64
import io
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import to_hex
from PIL import Image

from hebb.errors import UsageError
from hebb.plots import style
from hebb.plots.tapestry import image
from hebb.store import Run

LEVELS = 33  # of the colour scale; odd, so that 0 is one of them where weights are signed
PROBES = 7  # snapshots whose pictures tell how large those of the others will be

# Without loss; more effort takes three times as long for 3 % less.
WEBP: dict[str, Any] = {"format": "WEBP", "lossless": True, "method": 1, "quality": 20}


@dataclass(frozen=True)
class Shown:
    """How a layer is drawn: `grid` (rows, columns) of units, each a `field` (h, w) of inputs.

    pixels: the field in pixels, through the layers below; None for the first layer.
    """

    name: str
    grid: tuple[int, int]
    field: tuple[int, int]
    pixels: tuple[int, int] | None
    shape: tuple[int, int]  # of its weights, (N, D)


Votes = dict[str, dict[str, list[int]]]  # layer: the classes of its units, and their wins
Frame = dict[str, dict[str, dict[str, Any]]]  # layer, kind (weights or pixels): a picture


def pictures(
    run: Run, inputs: int, layers: Sequence[Shown], votes: Votes, read_out: int | None
) -> Frame:
    """The pictures of every layer at a snapshot. UsageError: it cannot be read.

    Units that never won are marked at the snapshot whose votes were counted, `read_out`.
    """
    found: Frame = {}
    fields: np.ndarray | None = None
    for layer, w in zip(layers, weights(run, inputs, layers), strict=True):
        fields = w if fields is None else w @ fields
        vote = votes.get(layer.name) if inputs == read_out else None
        wins = np.array(vote["wins"]) if vote else None
        found[layer.name] = {"weights": picture(w, layer.grid, layer.field, wins)}
        if layer.pixels is not None:
            found[layer.name]["pixels"] = picture(fields, layer.grid, layer.pixels, wins)
    return found


def weights(run: Run, inputs: int, layers: Sequence[Shown]) -> list[np.ndarray]:
    """(N, D) of each layer at a snapshot. UsageError: it cannot be read, or has others."""
    _, arrays = run.snapshot(inputs)
    for layer in layers:
        if getattr(arrays.get(f"{layer.name}.w"), "shape", None) != layer.shape:
            shape = " x ".join(map(str, layer.shape))
            raise UsageError(f"{run.find(inputs)[1]}: must hold {layer.name}.w, {shape}")
    return [arrays[f"{layer.name}.w"] for layer in layers]


def picture(
    w: np.ndarray, grid: tuple[int, int], field: tuple[int, int], wins: np.ndarray | None
) -> dict[str, Any]:
    """A tapestry in few colours: its address `src`, with all that it shows, and its scale."""
    rgba, scale, cut = image(_levelled(w), grid, field, wins)
    file = io.BytesIO()
    Image.fromarray(rgba).convert("RGB").save(file, **WEBP)
    src = f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
    low, high = scale.norm.vmin or 0.0, scale.norm.vmax or 0.0
    signed = low < 0
    return {"src": src, "low": low, "high": high, "signed": signed, "cut": cut != "neither"}


def _levelled(w: np.ndarray) -> np.ndarray:
    """Weights at one of LEVELS values: what no eye tells apart takes no room."""
    scale, _ = style.scale(w)
    low, high = scale.norm.vmin or 0.0, scale.norm.vmax or 1.0
    finite = np.where(np.isfinite(w), w, low)
    levels = np.round((finite - low) / (high - low) * (LEVELS - 1)) / (LEVELS - 1)
    return np.where(np.isfinite(w), low + levels * (high - low), w)


def ramps() -> dict[str, list[str]]:
    """The colours of both scales, from their lowest to their highest end."""
    maps = {"weights": style.weights_map(), "signed": style.signed_map()}
    return {name: [to_hex(each(at)) for at in np.linspace(0, 1, 12)] for name, each in maps.items()}


def thinned(numbers: Sequence[int], encode: Callable[[int], Any], budget: float) -> dict[int, str]:
    """As many snapshots as have room in `budget` bytes, evenly strewn, each as JSON.

    The first and the last are always among them.
    """
    done: dict[int, str] = {}

    def evenly(k: int) -> list[int]:
        places = np.linspace(0, len(numbers) - 1, min(k, len(numbers)))
        return [numbers[place] for place in dict.fromkeys(places.round().astype(int).tolist())]

    def sizes() -> np.ndarray:
        """(n,) bytes of each; of those that are not done yet, by their neighbours."""
        known = [i for i, number in enumerate(numbers) if number in done]
        return np.interp(range(len(numbers)), known, [len(done[numbers[i]]) for i in known])

    def do(wanted: Sequence[int]) -> None:
        todo = [number for number in wanted if number not in done]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            texts = pool.map(lambda number: json.dumps(encode(number)), todo)
            done.update(zip(todo, texts, strict=True))

    do(evenly(PROBES))
    k = len(numbers)
    while k > 2:
        wanted = evenly(k)
        of = dict(zip(numbers, sizes(), strict=True))
        if sum(of[number] for number in wanted) <= budget:
            if all(number in done for number in wanted):
                break
            do(wanted)
            continue  # now they are measured, and may be too much after all
        k -= 1
    return {number: done[number] for number in evenly(max(k, 2))}
