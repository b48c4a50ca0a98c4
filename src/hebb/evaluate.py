"""`evaluate`: a run's accuracy, its controls and its measures, written to eval.json."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from tqdm import tqdm

from hebb import config
from hebb.apparatus import Apparatus
from hebb.data import DatasetSpec, Images, load
from hebb.errors import DataError, UsageError
from hebb.readout import controls
from hebb.readout.controls import BLOCK
from hebb.readout.measures import MeasureSpec
from hebb.readout.vote import Vote, VoteSpec, confusion
from hebb.stack import Stack
from hebb.store import Run

Winners = Callable[[np.ndarray], np.ndarray]  # x (T, D) -> unit (T,), -1 where none answers


def evaluate(run: Run, snapshot: str | int = "last", *, quiet: bool = False) -> dict[str, Any]:
    """Read a run out as its `evaluate:` says, from a snapshot. Returns what eval.json holds."""
    apparatus = reopen(run)
    if not apparatus.experiment.evaluate:
        raise UsageError(
            f"{run.path}: its experiment has no `evaluate:`, such as "
            "evaluate: [{classifier: vote, layer: NAME}]"
        )
    inputs, arrays = run.snapshot(snapshot)
    stack, first = _stack(apparatus, arrays), _stack(apparatus, run.snapshot("first")[1])
    data = apparatus.dataset
    results = [
        _vote(each, apparatus, stack, first, quiet)
        if isinstance(each, VoteSpec)
        else _measure(each, apparatus, stack)
        for each in apparatus.experiment.evaluate
    ]
    found = {
        "run": run.id,
        "snapshot": inputs,
        "dataset": {
            "source": data.source,
            "training_images": len(data.train),
            "test_images": len(data.test) if data.test else 0,
        },
        "results": results,
    }
    run.write_json("eval.json", found)
    return found


def reopen(run: Run) -> Apparatus:
    """The apparatus of a run that exists. DataError where its dataset is no longer the same."""
    experiment = config.load(run.path / "config.yaml")
    known = run.info()["dataset"]
    wanted = experiment.dataset
    if known["source"] != wanted.source:  # the run fell back, and so must whoever looks at it
        wanted = DatasetSpec(source=known["source"], validation=wanted.validation)
    data = load(wanted)
    if data.digest != known["sha256"]:
        raise DataError(
            f"{run.path}: was trained on {known['source']} from {known['where']}, and what is "
            f"found now differs: {data.source} from {data.where}"
        )
    return Apparatus.of(experiment, data, run.path.parent)


def _stack(apparatus: Apparatus, arrays: dict[str, np.ndarray]) -> Stack:
    """The stack as its last phase leaves it, with given weights."""
    experiment = apparatus.experiment
    specs = list(experiment.layers_in(experiment.phases[-1]).values())
    stack = Stack.build(specs, apparatus.n_in, dtype=np.dtype(experiment.dtype))
    stack.load(arrays)
    return stack


def _vote(
    spec: VoteSpec, apparatus: Apparatus, stack: Stack, first: Stack, quiet: bool
) -> dict[str, Any]:
    data = apparatus.dataset
    if data.train_labels is None or data.test is None or data.test_labels is None:
        raise DataError(f"a vote needs y_train, x_test and y_test; {data.where} lacks some")
    n_units = stack.layers[spec.layer].n_out
    read_out = partial(_read_out, apparatus=apparatus, n_units=n_units, quiet=quiet)
    vote, predicted = read_out(partial(stack.winners, name=spec.layer), what="vote")
    matrix = confusion(predicted, data.test_labels, data.classes)
    accuracy = float((predicted == data.test_labels).mean())
    found = {}
    for control in apparatus.experiment.controls:
        guess = _control(control, spec, apparatus, first, n_units, read_out)
        theirs = float((guess == data.test_labels).mean())
        found[control] = {"accuracy": theirs, "lift": accuracy - theirs}
    return {
        "classifier": "vote",
        "layer": spec.layer,
        "units": n_units,
        "accuracy": accuracy,
        "controls": found,
        "control_seed": apparatus.experiment.seed,
        "per_class": (np.diag(matrix) / np.maximum(matrix.sum(axis=1), 1)).tolist(),
        "confusion": matrix.tolist(),
        "never_won": np.flatnonzero(vote.unit_class < 0).tolist(),
        "unit_class": vote.unit_class.tolist(),
        "unit_wins": vote.wins.sum(axis=1).tolist(),
    }


def _control(control, spec, apparatus, first, n_units, read_out) -> np.ndarray:
    """The classes (T,) that a control gives the test images."""
    data, seed = apparatus.dataset, apparatus.experiment.seed
    if control == "random_weights":
        return read_out(partial(first.winners, name=spec.layer), what=control)[1]
    if control == "random_images":
        w = controls.random_images(data.train, n_units, seed)
        return read_out(partial(controls.cosine_winners, w=w), what=control)[1]
    means = controls.class_means(data.train, data.train_labels, data.classes)
    nearest = partial(controls.nearest_mean, means=means)
    return _each(nearest, data.test, np.float64, what=control, quiet=True)


def _read_out(winners: Winners, apparatus: Apparatus, n_units: int, what: str, quiet: bool):
    """Who votes how, learned from the training images alone, and what it makes of the tests."""
    data, dtype = apparatus.dataset, np.dtype(apparatus.experiment.dtype)
    trained = _each(winners, data.train, dtype, what=f"{what}, training images", quiet=quiet)
    vote = Vote.count(trained, data.train_labels, n_units, data.classes)
    tested = _each(winners, data.test, dtype, what=f"{what}, test images", quiet=quiet)
    return vote, vote.predict(tested)


def _each(answer: Winners, images: Images, dtype: Any, *, what: str, quiet: bool) -> np.ndarray:
    """`answer` for every image, in blocks on all cores; the blocks change nothing."""
    starts = range(0, len(images), BLOCK)
    with (
        ThreadPoolExecutor(os.cpu_count()) as pool,
        tqdm(total=len(images), desc=what, unit=" images", disable=quiet, leave=False) as bar,
    ):
        found = []
        rows = (images.rows(slice(start, start + BLOCK), dtype) for start in starts)
        for each in pool.map(answer, rows):
            found.append(each)
            bar.update(len(each))
    return np.concatenate(found)


def _measure(spec: MeasureSpec, apparatus: Apparatus, stack: Stack) -> dict[str, Any]:
    """One pass of an input through the stack, everything frozen."""
    source, dtype = apparatus.inputs[spec.input], np.dtype(apparatus.experiment.dtype)
    stack.begin_epoch(0, 1)
    starts = range(0, len(source), BLOCK)
    chunks = ((source.rows(slice(start, start + BLOCK), dtype), None) for start in starts)
    for _ in stack.learn(chunks, learning=()):
        pass
    error = stack.layers[spec.layer].metrics()["reconstruction_error"]
    return {"measure": "reconstruction", "layer": spec.layer, "input": spec.input,
            "reconstruction_error": error}  # fmt: skip
