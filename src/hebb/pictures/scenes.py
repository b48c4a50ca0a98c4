"""What the films of a run show.

panels   what the stack makes of a stream, frame by frame: the input, and of each layer its answers,
         what they rebuild and what is missing, as its rule tells in `Layer.views`
weights  the weights of a layer through training, a frame a snapshot
stream   the stream alone

In `panels` nothing learns, and all else is as in an epoch of training: traces start at 0 with the
first frame, batches fill, and labels are given where training gives them. What a layer rebuilds of
the layer below is shown in pixels too, as the layers below rebuild it in turn.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np

from hebb.apparatus import Apparatus, reopen
from hebb.config import PhaseSpec
from hebb.data import Feed
from hebb.device import one_blas_thread
from hebb.errors import UsageError
from hebb.hints import known_names
from hebb.picture_options import Take
from hebb.pictures.seen import folded, whole
from hebb.plots.colouring import scale
from hebb.plots.film import Colours, Film, Panel, Row, beyond
from hebb.plots.style import Style, using
from hebb.plots.tapestry import mosaic
from hebb.plots.theme import THEMES
from hebb.stack import Stack
from hebb.store import Run

Shape: TypeAlias = tuple[int, int]  # rows and columns

FPS = {"panels": 10, "weights": 4, "stream": 10}  # of each kind of film, unless asked otherwise
FRAMES = 500  # of a stream, unless asked otherwise: as many as in the notebooks
LARGE, LARGER = 280, 640  # pixels: for a stream alone, and for all units of a layer


def film(run: Run, take: Take) -> Film:
    """A film of a run. UsageError: a layer, snapshot or stream that it does not have."""
    inputs, layer, frames = run.find(take.snapshot)[0], take.layer, take.frames
    apparatus = reopen(run)
    known = [spec.name for spec in apparatus.experiment.layers]
    if layer is not None and layer not in known:
        raise UsageError(f"{run.path}: has no layer {layer}; {known_names(layer, known)}")
    fps, alone = take.fps or FPS[take.what], take.what == "stream"
    with using(Style(theme=THEMES[take.style])):
        if take.what == "weights":
            return _weights(apparatus, run, layer or known[0], frames, fps)
        return _stream(apparatus, run, inputs, take.input, layer, frames, fps, alone)


def _number(asked: int | None, usual: int, there: int, of: str) -> int:
    if asked is not None and asked > there:
        raise UsageError(f"--frames: must be at most {there:,}, {of} (got {asked:,})")
    return min(asked or usual, there)


# A stream, and what the stack makes of it


def _stream(
    apparatus: Apparatus,
    run: Run,
    inputs: int,
    stream: str | None,
    layer: str | None,
    frames: int | None,
    fps: int,
    alone: bool,
) -> Film:
    """A stream, and unless it is shown alone, what the stack makes of it after so many inputs."""
    phase = apparatus.phase_at(inputs)
    stream = phase.input if stream is None else stream
    feed = _feed(apparatus, run, phase, stream)
    n = _number(frames, FRAMES, feed.steps, f"the inputs of {stream}")
    x, labels = feed.rows(0, 0, n, apparatus.experiment.dtype), feed.labels(0, 0, n)
    captions = [f"frame {t:,}" for t in range(n)]
    if labels is not None:
        captions = [f"{text} · label {c}" for text, c in zip(captions, labels, strict=True)]
    source = _panel("input", x, folded(feed.source.shape), "grey", x)
    if alone:
        row = ("", [replace(source, side=LARGE)])
        return Film(f"stream_{stream}", f"{run.id} · {stream}", captions, [row], fps)
    rows = _rows(apparatus.stack_of(run.snapshot(inputs)[1], phase), x, labels, source, layer)
    name = "_".join(["panels", stream, *([layer] if layer else [])])
    if inputs != run.find("last")[0]:  # a folder of its own, as pictures of other weights have
        name = f"{inputs:09d}/{name}"
    title = f"{run.id} · after {inputs:,} inputs · {stream}"
    return Film(name, title, captions, rows, fps)


def _feed(apparatus: Apparatus, run: Run, phase: PhaseSpec, stream: str) -> Feed:
    """A stream as an epoch of the phase shows it, in its own order if it shows another."""
    sources = apparatus.inputs
    if stream not in sources:
        raise UsageError(f"{run.path}: has no stream {stream}; {known_names(stream, sources)}")
    if sources[stream].n_values != apparatus.n_in:
        must = f"must have {apparatus.n_in} values an input, as the stack reads"
        raise UsageError(f"--input: {must} ({stream} has {sources[stream].n_values})")
    order = phase.order if stream == phase.input else "sequential"
    shown = {"input": stream, "order": order, "steps": None}
    return apparatus.feed(phase.model_copy(update=shown))


def _rows(
    stack: Stack, x: np.ndarray, labels: np.ndarray | None, source: Panel, only: str | None
) -> list[Row]:
    """A row of panels for each layer, or for one; what is shown to the stack begins the first."""
    rows: list[Row] = []
    field, colours = source.shape, "grey"
    stack.begin_epoch(0, 1)
    with one_blas_thread():  # as in training
        for name, sees, views in stack.views(x, labels):
            spec = stack.layers[name].spec
            if only in (None, name):
                shapes = {"inputs": (field, colours), "units": (spec.shape, "weights")}
                panels = [] if rows else [source]
                pixels = []
                for title, values, on, like in views:
                    shape, shade = shapes.get(on) or ((1, values.shape[1]), "weights")
                    shade = "signed" if like == "error" else shade
                    # What rebuilds the input may exceed it: the scale holds both.
                    scaled = np.concatenate([sees, values]) if like == "input" else values
                    panels.append(_panel(title, values, shape, shade, scaled))
                    below = stack.rebuilt(values, name) if like == "input" else None
                    if below is not None:
                        title = f"{title} in pixels"
                        pixels.append(_panel(title, below, source.shape, "grey", below))
                rule = spec.rule.rpartition("/")[2]  # without the folder of an own one
                rows.append((f"{name} · {rule}", panels + pixels))
            field, colours = spec.shape, "weights"
            if name == only:
                break
    return rows


def _panel(
    title: str, values: np.ndarray, shape: Shape, colours: Colours, like: np.ndarray
) -> Panel:
    """Values (T, n) on a rectangle, in the colours of a scale that suits `like`."""
    low, top = _scale(like)
    shade = "signed" if low < 0 else colours
    return Panel(title, laid(values, shape), shape, low, top, shade, *beyond(values, low, top))


def _scale(values: np.ndarray) -> tuple[float, float]:
    """Where the scale of values begins and ends."""
    low, top = scale(values)[0].get_clim()
    return float(low or 0), float(top or 0)


def laid(values: np.ndarray, shape: Shape) -> np.ndarray:
    """Values (T, n), row by row on a rectangle: (T, H, W); NaN where it has more places."""
    rectangle = np.full((len(values), shape[0] * shape[1]), np.nan, dtype=values.dtype)
    rectangle[:, : values.shape[1]] = values
    return rectangle.reshape(-1, *shape)


# Weights


@dataclass(frozen=True)
class Tapestries:
    """All units of a layer, a frame a snapshot, which is read when its frame is asked for."""

    run: Run
    snapshots: list[int]
    layers: list[str]  # from the one that is shown down to the one whose inputs its fields lie on
    grid: Shape
    field: Shape

    def weights(self, t: int) -> np.ndarray:
        """(N, D): the product of all weights on the way down."""
        _, arrays = self.run.snapshot(self.snapshots[t])
        lacking = {f"{name}.w" for name in self.layers} - arrays.keys()
        if lacking:
            path = self.run.find(self.snapshots[t])[1]
            raise UsageError(f"{path}: lacks {', '.join(sorted(lacking))}")
        product = arrays[f"{self.layers[-1]}.w"]
        for name in self.layers[-2::-1]:
            product = arrays[f"{name}.w"] @ product
        return product

    def __getitem__(self, t: int) -> np.ndarray:
        return mosaic(self.weights(t), self.grid, self.field)

    def panel(self, title: str) -> Panel:
        """On one scale, which suits most snapshots and the last: the first may be far larger."""
        scales, reached = [], []
        for t in range(len(self.snapshots)):
            w = self.weights(t)
            low, top = _scale(w)
            known = w[np.isfinite(w)]
            reached += [known.min(initial=top), known.max(initial=low)]
            scales.append((low, top))
        lows, tops = zip(*scales, strict=True)
        low, top = min(lows), max(float(np.median(tops)), tops[-1])
        colours: Colours = "signed" if low < 0 else "weights"
        low = -top if low < 0 else low
        high, wide = (n * (m + 1) + 1 for n, m in zip(self.grid, self.field, strict=True))
        cut = beyond(np.array(reached), low, top)
        return Panel(title, self, (high, wide), low, top, colours, *cut, LARGER)


def _weights(apparatus: Apparatus, run: Run, name: str, frames: int | None, fps: int) -> Film:
    """A layer's weights at the snapshots of a run; from the second layer on in pixels too."""
    seen = list(run.snapshots())
    n = _number(frames, len(seen), len(seen), "the snapshots there are")
    seen = [seen[i] for i in np.linspace(len(seen) - 1, 0, n).round().astype(int)[::-1]]
    captions = [
        f"after {inputs:,} inputs · {apparatus.phase_at(inputs).name}" if inputs else "at first"
        for inputs in seen
    ]
    specs = {spec.name: spec for spec in apparatus.experiment.layers}
    below = list(specs)[: list(specs).index(name)][::-1]  # from the nearest down
    shown = partial(Tapestries, run, seen, grid=specs[name].shape)
    pixels = folded(apparatus.shape)
    field = pixels
    if below:
        under = specs[below[0]]
        field = whole(under.shape, under.n_units)
    with one_blas_thread():
        row = [
            shown(layers=[name], field=field).panel(f"weights to {below[0] if below else 'pixels'}")
        ]
        if below:
            row.append(shown(layers=[name, *below], field=pixels).panel("fields in pixels"))
    return Film(f"weights_{name}", f"{run.id} · weights of {name}", captions, [("", row)], fps)
