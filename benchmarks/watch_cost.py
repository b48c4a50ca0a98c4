"""What watching costs the run that is watched: training with and without, in pairs.

    python benchmarks/watch_cost.py [--pairs 7] [--epochs 10]

Trains the first phase of the main experiment on the sample of MNIST in this process, once alone
and once while `hebb watch` serves it and a client asks for what an open page asks for that has
its tapestries in view: the page every second, and the pictures of each new snapshot. Which of the
two comes first changes with every pair. Prints the median of the pairs' ratios, watched to alone,
and how many pictures were fetched.
"""

import argparse
import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hebb import config
from hebb.experiment import train

COMMAND = [sys.executable, "-c", "from hebb.cli import main; main()", "watch", "--runs-dir"]
SECONDS = 1.0  # between two looks of the page, as in page.js


class Client(threading.Thread):
    """An open page: it asks again and again, for the page and for its newest pictures."""

    def __init__(self, address: str, run: str):
        super().__init__(daemon=True)
        self.address, self.run_id, self.pictures = address, run, 0
        self.ended = threading.Event()

    def run(self) -> None:
        line = http.client.HTTPConnection(self.address)
        tag, seen = "", -1

        def get(path: str, **headers: str) -> http.client.HTTPResponse:
            line.request("GET", f"/{self.run_id}/{path}", headers=headers)
            return line.getresponse()

        while not self.ended.wait(SECONDS):
            answer = get("", **{"If-None-Match": tag})
            text = answer.read().decode()
            if answer.status != 200:  # as it was, or not yet there
                continue
            tag = answer.headers["ETag"]
            found = re.search(r'id="told">(.*?)</script>', text, re.DOTALL)
            snapshots = json.loads(found[1])["runs"][0]["snapshots"] if found else []
            if snapshots and snapshots[-1]["inputs"] != seen:
                seen = snapshots[-1]["inputs"]
                get(f"frames/{seen}.json").read()
                self.pictures += 1
        line.close()


@contextmanager
def watched(runs_dir: Path, run: str) -> Iterator[Client]:
    process = subprocess.Popen(
        [*COMMAND, str(runs_dir)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    client = Client(process.stdout.readline().strip().removeprefix("http://").rstrip("/"), run)
    client.start()
    try:
        yield client
    finally:
        client.ended.set()
        client.join()
        process.kill()
        process.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    settings = [f"phases.wander.epochs={options.epochs}", "phases.constant_start=null"]
    experiment = config.load("invariant_mnist", ["dataset.source=mnist_sample", *settings])

    def seconds(runs_dir: Path, id: str) -> float:
        began = time.perf_counter()
        train(experiment, runs_dir=runs_dir, id=id, quiet=True, say=lambda line: None)
        return time.perf_counter() - began

    ratios, pictures = [], []
    with tempfile.TemporaryDirectory() as folder:
        runs_dir = Path(folder)
        seconds(runs_dir, "warm")  # kernels are loaded, files are in memory
        for pair in range(options.pairs):
            took = {}
            for with_watcher in (pair % 2 == 0, pair % 2 == 1):
                id = f"{'watched' if with_watcher else 'alone'}-{pair}"
                if with_watcher:
                    with watched(runs_dir, id) as client:
                        took[True] = seconds(runs_dir, id)
                    pictures.append(client.pictures)
                else:
                    took[False] = seconds(runs_dir, id)
            ratios.append(took[True] / took[False])
            print(f"alone {took[False]:.2f} s, watched {took[True]:.2f} s, "
                  f"ratio {ratios[-1]:.3f}, {pictures[-1]} pictures fetched")  # fmt: skip
    print(f"watched / alone: {statistics.median(ratios):.3f} "
          f"({min(ratios):.3f} to {max(ratios):.3f}), {options.pairs} pairs")  # fmt: skip


if __name__ == "__main__":
    main()
