"""The tapestries of a run as pictures that a page can carry: small, and each weight a pixel."""

import base64
import io
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from matplotlib.colors import to_hex
from PIL import Image

from hebb.cores import cores
from hebb.device import one_blas_thread
from hebb.errors import UsageError
from hebb.plots import colouring
from hebb.plots.scales import ends, leaves_pale
from hebb.plots.theme import Theme
from hebb.report.layers import Shown
from hebb.store import Run

STEPS = 32  # of a unit's weights: as many as an eye tells apart; even, so that 0 is one of them
GREY = 7  # between two steps: more than a browser that blurs what pages read back adds
NOT_A_NUMBER = 255
COLOURS = 97  # of a map, as the page has it
PROBES = 7  # snapshots whose pictures tell how large those of the others will be

# Both without loss. For a file: more effort takes three times as long for 3 % less.
SMALL: dict[str, Any] = {"format": "WEBP", "lossless": True, "method": 1, "quality": 20}
# For a browser on this machine: four times the size, in a hundredth of the time.
QUICK: dict[str, Any] = {"format": "BMP"}


Frame = dict[str, dict[str, dict[str, Any]]]  # layer, kind (weights or pixels): a picture


def pictures(
    run: Run, inputs: int, layers: Sequence[Shown], encoding: dict[str, Any] = SMALL
) -> Frame:
    """The pictures of every layer at a snapshot. UsageError: it cannot be read."""
    found: Frame = {}
    fields: np.ndarray | None = None
    drawn = zip(layers, weights(run, inputs, layers), strict=True)
    with one_blas_thread():  # the same bits everywhere, and no core is taken from training
        for layer, w in drawn:
            fields = w if fields is None else w @ fields
            found[layer.name] = {"weights": picture(w, layer.grid, layer.field, encoding)}
            if layer.pixels is not None:
                found[layer.name]["pixels"] = picture(fields, layer.grid, layer.pixels, encoding)
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
    w: np.ndarray,
    grid: tuple[int, int],
    field: tuple[int, int],
    encoding: dict[str, Any] = SMALL,
) -> dict[str, Any]:
    """The weights of a layer, each unit in steps of its own scale: the page colours them.

    w: (N, D). `src` is the address of a grey picture, with all that it shows, in which units lie
    on their grid without gaps; a step is GREY, 0 is at the middle where `signed`. A unit's scale
    goes from its `lowest`, 0 where there are none, to its `largest`. One for all goes from `low`
    to `top`; `cut` is whether some reach beyond it, and `own` whether it leaves so many units pale
    that each is better seen on its own.
    """
    (rows, columns), (high, wide) = grid, field
    low, top, signed, cut = colouring.limits(w)
    low = 0.0 if signed else low
    known = np.isfinite(w)
    all_known = bool(known.all())
    finite = w if all_known else np.where(known, w, np.zeros_like(w))
    lowest, largest = ends(w, signed=signed)
    lifted, span = bool(lowest.any()), (largest - lowest)[:, None]
    part = (finite - lowest[:, None] if lifted else finite) / np.where(span > 0, span, 1)
    # In place, and counted in single steps first: a sheet of weights passes through here whole.
    if signed:
        part += 1
    part *= STEPS // 2 if signed else STEPS
    grey = np.rint(part, out=part).astype(np.uint8) * np.uint8(GREY)
    if not all_known:
        grey[~known] = NOT_A_NUMBER
    cells = np.zeros((rows * columns, high, wide), dtype=np.uint8)
    cells[: len(w)] = grey.reshape(-1, high, wide)
    sheet = cells.reshape(rows, columns, high, wide).swapaxes(1, 2)
    file = io.BytesIO()
    Image.fromarray(sheet.reshape(rows * high, columns * wide)).save(file, **encoding)
    base64_text = base64.b64encode(file.getvalue()).decode("ascii")
    return {
        "src": f"data:image/{encoding['format'].lower()};base64,{base64_text}",
        "signed": signed,
        "lowest": _short(lowest) if lifted else [],
        "largest": _short(largest),
        "low": low,
        "top": top,
        "cut": cut,
        "own": leaves_pale(largest - lowest, top - low),
    }


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{each:.3g}") for each in values.tolist()]


def maps(theme: Theme) -> dict[str, list[str]]:
    """The colours of weights, and of signed weights, from the lowest to the highest."""
    at = np.linspace(0, 1, COLOURS)
    both = {"weights": theme.weights(), "signed": theme.signed()}
    return {name: [to_hex(colour) for colour in each(at)] for name, each in both.items()}


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
        with ThreadPoolExecutor(cores()) as pool:
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
