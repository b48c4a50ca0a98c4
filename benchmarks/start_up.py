"""Seconds from typing `hebb run` to the first inputs learned, with kernels compiled and without.

    python benchmarks/start_up.py [--warm 9] [--cold 3] [CONFIG KEY=VALUE ...]

Each start is a process of its own, ended when every layer has learned its first chunk. Cold: no
machine code is kept from before. Prints median, least and most on the clock, and the median of
the seconds that cores were busy, which other work on the machine disturbs less.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHILD = """
import os, sys, time
from hebb import stack
learn = stack.Stack.learn

def first(self, chunks, learning):
    for rows in learn(self, chunks, learning):
        busy = os.times()
        print(time.time(), busy.user + busy.system, flush=True)
        os._exit(0)

stack.Stack.learn = first
from hebb.cli import main
main()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--warm", type=int, default=9, help="starts with kernels kept")
    parser.add_argument("--cold", type=int, default=3, help="starts that compile them")
    parser.add_argument(
        "experiment", nargs="*", default=["invariant_mnist", "dataset.source=mnist_sample"]
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder, "kept")
        cold = [
            started(options.experiment, folder, Path(folder, f"cold-{n}"))
            for n in range(options.cold)
        ]
        started(options.experiment, folder, kept)
        warm = [started(options.experiment, folder, kept) for _ in range(options.warm)]
    for name, found in (("cold", cold), ("warm", warm)):
        if found:
            clock, busy = zip(*found, strict=True)
            print(f"{name}  {statistics.median(clock):6.2f} s ({min(clock):.2f} to "
                  f"{max(clock):.2f}), {statistics.median(busy):6.2f} s of cores")  # fmt: skip


def started(experiment: list[str], folder: str, code: Path) -> tuple[float, float]:
    """Seconds on the clock, and of all cores. code: the folder of machine code."""
    given = os.environ | {"NUMBA_CACHE_DIR": str(code)}
    given.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed hebb has its modules as bytecode
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "run", *experiment, "--quiet", "--runs-dir", folder],
        env=given, capture_output=True, text=True,
    )  # fmt: skip
    if not done.stdout:
        sys.exit(done.stderr)
    ended, busy = map(float, done.stdout.split())
    return ended - began, busy


if __name__ == "__main__":
    main()
