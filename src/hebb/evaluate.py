"""`evaluate`: a run's accuracy, its controls and its measures, written to eval.json."""

from typing import Any

import numpy as np

from hebb.apparatus import reopen
from hebb.data import Asked
from hebb.device import one_blas_thread
from hebb.errors import HebbError, UsageError
from hebb.readout import READOUTS, ClassifierSpec, Sitting
from hebb.store import Run
from hebb.titles import title, value_of


def evaluate(
    run: Run, snapshot: str | int = "last", *, on: Asked = "test", quiet: bool = False
) -> dict[str, Any]:
    """Read a run out as its `evaluate:` says, from a snapshot. Returns what eval.json holds.

    on: the images that classifiers are asked about. With `validation` the test images stay
    unseen, and the file is eval-validation.json. HebbError: a read-out cannot be done; what the
    others have found is kept all the same.
    """
    apparatus = reopen(run)
    if not apparatus.experiment.evaluate:
        raise UsageError(
            f"{run.path}: its experiment has no `evaluate:`, such as "
            "evaluate: [{classifier: vote, layer: NAME}]"
        )
    inputs, arrays = run.snapshot(snapshot)
    phase = apparatus.phase_at(inputs)
    data = apparatus.dataset
    sitting = Sitting(
        dataset=data,
        on=on,
        stack=apparatus.stack_of(arrays, phase),
        first=apparatus.stack_of(run.snapshot(0)[1], phase),
        inputs=apparatus.inputs,
        controls=list(apparatus.experiment.controls),
        seed=apparatus.experiment.seed,
        dtype=np.dtype(apparatus.experiment.dtype),
        quiet=quiet,
    )
    asked = apparatus.experiment.evaluate
    results, failed = [], []
    with one_blas_thread():
        for each in asked:
            try:
                results.append(READOUTS[each.word](each, sitting).result())
            except HebbError as err:
                failed.append(err)
    if failed and not results:
        raise failed[0]
    told = {
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
    run.write_json(file_name(run, inputs, on), told)
    if on == "test" and any(isinstance(each, ClassifierSpec) for each in asked):
        run.note(test_set_opened=run.info().get("test_set_opened", 0) + 1)
    for each in results:
        run.log(f"evaluated after {inputs:,} inputs: {_headline(each)}")
    if failed:
        kept = f"{run.path / file_name(run, inputs, on)}: keeps what the other read-outs have found"
        raise HebbError("\n".join([*map(str, failed), kept]))
    return told


def file_name(run: Run, inputs: int, on: Asked = "test") -> str:
    """eval.json for a run's last weights on the test images; a name of its own for others."""
    name = "eval" if on == "test" else f"eval-{on}"
    return f"{name}.json" if inputs == max(run.snapshots()) else f"{name}-{inputs:09d}.json"


def found(run: Run, inputs: int) -> dict[str, Any] | None:
    """What the snapshot after so many inputs came to on the test images.

    None where it has not been read out, though weights that were the last before it may have been.
    UsageError: the file is damaged.
    """
    name = file_name(run, inputs)
    if not (run.path / name).is_file():
        return None
    held = run.read_json(name)
    results = held.get("results") if isinstance(held, dict) else None
    if not isinstance(results, list) or not all(isinstance(each, dict) for each in results):
        raise UsageError(f"{run.path / name}: is not an evaluation")
    return held if held.get("snapshot") == inputs else None


def _headline(result: dict[str, Any]) -> str:
    if "classifier" in result:
        return f"{title(result)} {100 * result['accuracy']:.2f} %"
    return f"{title(result)} {value_of(result):.4f}"
