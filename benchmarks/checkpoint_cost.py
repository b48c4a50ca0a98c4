"""What a checkpoint of the main experiment costs, against the training between two of them.

    python benchmarks/checkpoint_cost.py [--repeats 10]

Saves the whole state as training does, written aside, flushed to the disk and renamed, and prints
the median time and its share of the time between two checkpoints.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from hebb import config
from hebb.apparatus import Apparatus
from hebb.data import load
from hebb.store import Run
from hebb.training.loop import BEFORE, CHECKPOINT_SECONDS


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=10)
    options = parser.parse_args()
    experiment = config.load("invariant_mnist", ["dataset.source=mnist_sample"])
    stack = Apparatus.of(experiment, load(experiment.dataset)).stack()
    with tempfile.TemporaryDirectory() as folder:
        run = Run.create(Path(folder), "cost")
        before = {BEFORE + key: array for key, array in stack.state().items()}
        seconds = []
        for _ in range(options.repeats):
            began = time.perf_counter()
            run.save_checkpoint({}, stack.state(motion=True) | before)
            seconds.append(time.perf_counter() - began)
        size = (run.path / "checkpoint.npz").stat().st_size
    each = statistics.median(seconds)
    print(f"a checkpoint of {size / 2**20:.1f} MiB takes {1000 * each:.0f} ms "
          f"({1000 * min(seconds):.0f} to {1000 * max(seconds):.0f}), "
          f"{100 * each / CHECKPOINT_SECONDS:.2f} % of the {CHECKPOINT_SECONDS:.0f} s "
          "between two of them")  # fmt: skip


if __name__ == "__main__":
    main()
