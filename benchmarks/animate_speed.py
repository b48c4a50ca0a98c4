"""How long 500 frames take: from a run on the disk to a film beside it, in each format.

    python benchmarks/animate_speed.py [RUN] [--what panels] [--frames 500] [--repeats 3]

RUN is the path of a run. Without one the main experiment is trained on the sample of MNIST, an
epoch of each phase: its films are as large and as lively as those of a long run. Prints the median
of the times, a first one left out, the time of processors in it, and the sizes of the files.
"""

import argparse
import os
import statistics
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from hebb import config
from hebb.experiment import train
from hebb.pictures.animate import animate
from hebb.store import Run


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("run", nargs="?", type=Path)
    parser.add_argument("--what", default="panels")
    parser.add_argument("--frames", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = Run(options.run) if options.run else trained(Path(folder) / "runs")
        print(f"{run.id}, {options.what}, {options.frames} frames")
        for form in ("gif", "png", "mp4"):
            if form == "mp4" and find_spec("imageio_ffmpeg") is None:
                print("mp4  not measured: it needs the extra `video`")
                continue
            seconds, busy, path = [], [], Path(folder) / f"film.{form}"
            for _ in range(options.repeats + 1):
                began, spent = time.perf_counter(), processor_time()
                animate(run, options.what, frames=options.frames, to=path)
                seconds.append(time.perf_counter() - began)
                busy.append(processor_time() - spent)
            kept = seconds[1:]
            print(f"{form}  {statistics.median(kept):.1f} s ({min(kept):.1f} to {max(kept):.1f}), "
                  f"of processors {statistics.median(busy[1:]):.1f} s, "
                  f"{path.stat().st_size / 1e6:.1f} MB")  # fmt: skip


def processor_time() -> float:
    """Seconds, those of a program that writes the film among them."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def trained(runs_dir: Path) -> Run:
    short = ["dataset.source=mnist_sample", "phases.wander.epochs=1"]
    experiment = config.load("invariant_mnist", [*short, "phases.constant_start.epochs=1"])
    return train(experiment, runs_dir=runs_dir, quiet=True, say=lambda line: None)


if __name__ == "__main__":
    main()
