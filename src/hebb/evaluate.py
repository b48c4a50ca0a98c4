"""`evaluate`: a run's accuracy, its controls and its measures, written to eval.json."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from tqdm import tqdm

from hebb.apparatus import Apparatus, reopen
from hebb.data import Asked, Exam, Images
from hebb.errors import UsageError
from hebb.readout import controls
from hebb.readout.controls import BLOCK
from hebb.readout.measures import MeasureSpec
from hebb.readout.vote import Vote, VoteSpec, confusion
from hebb.stack import Stack
from hebb.store import Run

Answer = Callable[[np.ndarray], np.ndarray]  # x (T, D) -> a unit or a class (T,), -1 for none


def evaluate(
    run: Run, snapshot: str | int = "last", *, on: Asked = "test", quiet: bool = False
) -> dict[str, Any]:
    """Read a run out as its `evaluate:` says, from a snapshot. Returns what eval.json holds.

    on: the images that classifiers are asked about. With `validation` the test images stay
    unseen, and the file is eval-validation.json.
    """
    apparatus = reopen(run)
    if not apparatus.experiment.evaluate:
        raise UsageError(
            f"{run.path}: its experiment has no `evaluate:`, such as "
            "evaluate: [{classifier: vote, layer: NAME}]"
        )
    inputs, arrays = run.snapshot(snapshot)
    phase = apparatus.phase_at(inputs)
    stack = apparatus.stack_of(arrays, phase)
    first = apparatus.stack_of(run.snapshot(0)[1], phase)
    data = apparatus.dataset
    results = [
        _vote(each, apparatus, data.exam(on), stack, first, quiet)
        if isinstance(each, VoteSpec)
        else _measure(each, apparatus, stack)
        for each in apparatus.experiment.evaluate
    ]
    found = {
        "run": run.id,
        "snapshot": inputs,
        "phase": phase.name,
        "dataset": {
            "source": data.source,
            "training_images": len(data.train),
            "test_images": len(data.test) if data.test else 0,
        },
        "results": results,
    }
    run.write_json(file_name(run, inputs, on), found)
    if on == "test" and any(isinstance(each, VoteSpec) for each in apparatus.experiment.evaluate):
        run.note(test_set_opened=run.info().get("test_set_opened", 0) + 1)
    for each in results:
        run.log(f"evaluated after {inputs:,} inputs: {_headline(each)}")
    return found


def file_name(run: Run, inputs: int, on: Asked = "test") -> str:
    """eval.json for a run's last weights on the test images; a name of its own for others."""
    name = "eval" if on == "test" else f"eval-{on}"
    return f"{name}.json" if inputs == max(run.snapshots()) else f"{name}-{inputs:09d}.json"


def _headline(result: dict[str, Any]) -> str:
    if "classifier" in result:
        return f"vote of {result['layer']} {100 * result['accuracy']:.2f} %"
    error = result["reconstruction_error"]
    return f"reconstruction error of {result['layer']} on {result['input']} {error:.4f}"


def _vote(
    spec: VoteSpec, apparatus: Apparatus, exam: Exam, stack: Stack, first: Stack, quiet: bool
) -> dict[str, Any]:
    seed = apparatus.experiment.seed
    n_units, dtype = stack.layers[spec.layer].n_out, np.dtype(apparatus.experiment.dtype)

    def read_out(winners: Answer, what: str) -> tuple[Vote, np.ndarray]:
        """Who votes how, learned from the training images alone, and what that makes of tests."""
        trained = _each(winners, exam.train, dtype, f"{what}, training images", quiet)
        vote = Vote.count(trained, exam.train_labels, n_units, exam.classes)
        tested = _each(winners, exam.test, dtype, f"{what}, test images", quiet)
        return vote, vote.predict(tested)

    def control(name: str) -> np.ndarray:
        """The classes (T,) that a network gives the test images which has learned nothing."""
        if name == "random_weights":
            return read_out(partial(first.winners, name=spec.layer), name)[1]
        if name == "random_images":
            w = controls.random_images(exam.train, n_units, seed)
            return read_out(partial(controls.cosine_winners, w=w), name)[1]
        means = controls.class_means(exam.train, exam.train_labels, exam.classes)
        nearest = partial(controls.nearest_mean, means=means)
        return _each(nearest, exam.test, np.float64, f"{name}, test images", quiet)

    vote, predicted = read_out(partial(stack.winners, name=spec.layer), "vote")
    matrix = confusion(predicted, exam.test_labels, exam.classes)
    accuracy = float((predicted == exam.test_labels).mean())
    theirs = {
        name: float((control(name) == exam.test_labels).mean())
        for name in apparatus.experiment.controls
    }
    return {
        "classifier": "vote",
        "layer": spec.layer,
        "units": n_units,
        "accuracy": accuracy,
        "controls_seed": seed,
        "controls": {
            name: {"accuracy": each, "lift": accuracy - each} for name, each in theirs.items()
        },
        "per_class": (np.diag(matrix) / np.maximum(matrix.sum(axis=1), 1)).tolist(),
        "confusion": matrix.tolist(),
        "never_won": np.flatnonzero(vote.unit_class < 0).tolist(),
        "unit_class": vote.unit_class.tolist(),
        "unit_wins": vote.wins.sum(axis=1).tolist(),
    }


def _each(answer: Answer, images: Images, dtype: Any, what: str, quiet: bool) -> np.ndarray:
    """`answer` for every image, in blocks on all cores; the blocks change nothing."""

    def block(start: int) -> np.ndarray:
        return answer(images.rows(slice(start, start + BLOCK), dtype))

    found = []
    with (
        ThreadPoolExecutor(os.cpu_count()) as pool,
        tqdm(
            total=len(images), desc=what, unit=" images", disable=quiet or None, leave=False
        ) as bar,
    ):
        for each in pool.map(block, range(0, len(images), BLOCK)):
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
    error = stack.layers[spec.layer].metrics().get("reconstruction_error")
    if error is None:
        raise UsageError(f"layer {spec.layer}: its rule measures no reconstruction error")
    return {"measure": "reconstruction", "layer": spec.layer, "input": spec.input,
            "reconstruction_error": error}  # fmt: skip
