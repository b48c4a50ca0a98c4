"""Pictures for which images pass the stack anew: who wins over time, and a single unit."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from hebb.apparatus import Apparatus
from hebb.cores import cores
from hebb.data import BLOCK, Images
from hebb.device import one_blas_thread
from hebb.errors import UsageError
from hebb.hints import listed
from hebb.pictures.seen import LayerView, Seen, views
from hebb.stack import Stack

if TYPE_CHECKING:
    from hebb.plots.unit import Images as Row

SILENT = 1.0  # seconds, after which there is a bar
SOME = 2000  # training images that are looked at for each snapshot


def winners(seen: Seen, view: LayerView) -> tuple[str, Any]:
    """How many of the first training images each unit wins, at each snapshot."""

    def draw(path: Any) -> None:
        from hebb import plots
        from hebb.plots.snapshots import chosen, left_out
        from hebb.plots.winners import MAPS

        images, before = seen.apparatus.dataset.train[:SOME], None
        inputs = [each for each in seen.run.snapshots() if each <= seen.inputs]
        wins, kept = np.zeros((len(inputs), view.spec.n_units), dtype=int), np.zeros(len(inputs))
        for i, each in enumerate(inputs):
            k = _each(_stack(seen, each), Stack.winners, images, view.name)
            wins[i] = np.bincount(k[k >= 0], minlength=view.spec.n_units)
            kept[i] = 0 if before is None else (k == before).mean()
            before = k
        said = (
            f"of the first {len(images):,} training images; "
            "an image is won by the best of the units that compete"
        )
        shown = left_out(len(chosen(inputs, MAPS)), len(inputs))
        plots.winners(
            path, wins, kept, view.spec.shape, inputs, f"Who wins in {view.name}",
            " · ".join(filter(None, [seen.run.id, shown and f"maps of {shown}", said])),
            restarts=_restarts(seen, view),
        )  # fmt: skip

    return f"winners_{view.name}", draw


def _restarts(seen: Seen, view: LayerView) -> dict[int, str]:
    """The phases in which a layer or one below began with fresh weights, by the inputs seen then.

    Those that began after the weights that are drawn are left out.
    """
    chain = {view.name, *view.below}
    starts = seen.apparatus.starts
    return {start: phase.name for start, phase in starts
            if start < seen.inputs and chain & phase.restart.keys()}  # fmt: skip


def unit(seen: Seen, view: LayerView, number: int) -> tuple[str, Any]:
    """A unit: its weights over time, the images that it answers most, what it wins."""
    if not 0 <= number < view.spec.n_units:
        raise UsageError(
            f"{seen.run.path}: layer {view.name} has units 0 to {view.spec.n_units - 1:,} "
            f"(got {number})"
        )

    def draw(path: Any) -> None:
        from hebb import plots
        from hebb.plots.unit import COLUMNS

        data, stack = seen.apparatus.dataset, _stack(seen, seen.inputs)
        labels = data.train_labels
        answers = _each(stack, _answer_of(number), data.train, view.name)
        k = _each(stack, Stack.winners, data.train, view.name).reshape(len(data.train), -1)
        won = (k == number).any(axis=1)
        wins = None if labels is None else np.bincount(labels[won], minlength=data.classes)
        best = np.argsort(-answers, kind="stable")[:COLUMNS]
        best = best[answers[best] > 0]
        rows = list(_over_time(seen, view, number))
        if len(best):
            rows.append(_best(seen, best, answers, labels))
        said = [seen.after, _place(view, number), _won(won, wins, seen.apparatus)]
        plots.unit(path, rows, wins, f"Unit {number:,} of {view.name}", " · ".join(said))

    return f"unit_{view.name}_{number}", draw


def _over_time(seen: Seen, view: LayerView, number: int) -> "Iterator[Row]":
    from hebb.plots.snapshots import begun_before, chosen, left_out
    from hebb.plots.unit import COLUMNS
    from hebb.plots.unit import Images as Row

    there = [each for each in seen.run.snapshots() if each <= seen.inputs]
    inputs = [there[i] for i in chosen(there, COLUMNS)]
    when = ", ".join(filter(None, ["by inputs seen", left_out(len(inputs), len(there))]))
    anew = begun_before(inputs, _restarts(seen, view))
    words = [[f"{each:,}"] for each in inputs]
    then = [_view(seen, view.name, each) for each in inputs]
    own = np.array([each.w[number] for each in then])
    yield Row(f"its weights, {when}", own, view.field, words, True, anew)
    if view.below:
        fields = np.array([each.fields[number] for each in then])
        heading = f"its field in pixels, {view.chain}, {when}"
        yield Row(heading, fields, view.pixels, words, True, anew)


def _view(seen: Seen, name: str, inputs: int) -> LayerView:
    found = views(seen.experiment, seen.run, inputs, [])
    return next(each for each in found if each.name == name)


def _best(seen: Seen, best: np.ndarray, answers: np.ndarray, labels: np.ndarray | None) -> "Row":
    from hebb.plots.unit import Images as Row

    images = seen.apparatus.dataset.train
    of_class = [""] * len(answers) if labels is None else [f"{c}: " for c in labels]
    words = [[f"{of_class[i]}{answers[i]:.3g}", f"{i:,}"] for i in best]
    said = "answer" if labels is None else "class: answer"
    heading = f"training images that it answers most, won or not ({said}, and number)"
    return Row(heading, images.rows(best), seen.views[0].pixels, words)


def _place(view: LayerView, number: int) -> str:
    rows, columns = view.spec.shape
    return f"row {number // columns}, column {number % columns} of {rows} x {columns}"


def _won(won: np.ndarray, wins: np.ndarray | None, apparatus: Apparatus) -> str:
    """won: (T,) whether it wins an image, for all training images. wins: (classes,)."""
    images = f"{len(won):,} training images of {apparatus.dataset.source}"
    if not won.any():
        learned = {phase.input for phase in apparatus.experiment.phases} - {"train"}
        others = f"; frames of {', '.join(sorted(learned))} were not shown" if learned else ""
        return f"shown all {images}, it wins none{others}"
    said = f"wins {won.sum():,} of all {images}"
    if wins is None:
        return said
    first, *more = np.flatnonzero(wins == wins.max()).tolist()
    said = f"{said}, {100 * wins[first] / won.sum():.0f} % of them of class {first}"
    if not more:
        return said
    return f"{said}, as many of {listed(more, 'and')}: a vote takes the lowest"


def _stack(seen: Seen, inputs: int) -> Stack:
    arrays = seen.run.snapshot(inputs)[1]
    return seen.apparatus.stack_of(arrays, seen.apparatus.phase_at(inputs))


def _answer_of(number: int) -> Any:
    """A verb of the stack that keeps the answers of one unit alone."""
    return lambda stack, x, name: stack.infer(x, name)[:, number]


def _each(stack: Stack, verb: Any, images: Images, name: str) -> np.ndarray:
    """What `verb` of the stack says of all images, some at a time; a bar, where that takes long."""
    dtype = next(iter(stack.layers.values())).dtype

    def block(start: int) -> np.ndarray:
        return verb(stack, images.rows(slice(start, start + BLOCK), dtype), name)

    # One thread for a product, as where the run is evaluated, so that bits agree.
    with (
        one_blas_thread(),
        ThreadPoolExecutor(cores()) as pool,
        tqdm(total=len(images), desc=f"images to {name}", unit=" images", disable=None,
             delay=SILENT, leave=False) as bar,
    ):  # fmt: skip
        said = []
        for each in pool.map(block, range(0, len(images), BLOCK)):
            said.append(each)
            bar.update(len(each))
        return np.concatenate(said)
