"""The memory that a run takes at its peak, beside what its weights and data need.

    python benchmarks/memory.py [ROW ...]

Each row is a run in a process of its own, with one snapshot at its end. Needed: the images, the
frames' places on the wall, and the weights; a floor, which no program reaches that also answers.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

MAIN = "invariant_mnist dataset.source=mnist_sample evaluate=[] expect={}"
WIDE = (
    "name: wide\ndataset: {source: mnist_sample}\nlayers: [{name: wide, units: 20000, RULE}]\n"
    "phases: [{name: digits, steps: 500}]\n"
)
RULES = {
    "mwta": "rule: mwta, n_w: 5, xi: 0.02, init: {uniform: [0, 0.2]}",
    "threshold": "rule: threshold, thresh: 0.9, xi: 0.02, init: {uniform: [0, 0.2]}",
}
ROWS = {
    **{
        f"frames-{frames:,}": (None, [f"streams.wander.frames={frames}"])
        for frames in (10_000, 1_000_000)
    },
    **{f"wide-{rule}": (WIDE.replace("RULE", keys), []) for rule, keys in RULES.items()},
}
CHILD = """
import json, sys
from pathlib import Path

from hebb import config, experiment
from hebb.apparatus import Apparatus
from hebb.data import load
from performance.growth import held

file, folder, *settings = sys.argv[1:]
loaded = config.load(file, settings)
data = load(loaded.dataset)
images = data.train.raw.nbytes + (data.test.raw.nbytes if data.test is not None else 0)
before = held()
run = experiment.train(loaded, runs_dir=Path(folder), quiet=True, say=lambda line: None)
apparatus = Apparatus.of(loaded, data)
frames = sum(source.positions.nbytes for name, source in apparatus.inputs.items()
             if name in loaded.streams)
print(json.dumps([before, held(), images, frames, apparatus.weights_bytes]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", help=", ".join(ROWS))
    wanted = parser.parse_args().rows or ROWS
    print(f"{'MiB':<20}{'peak':>8}{'of it to begin':>16}{'images':>8}{'frames':>8}{'weights':>9}")
    for name in wanted:
        figures = (f"{each / 2**20:.0f}" for each in measured(*ROWS[name]))
        before, peak, images, frames, weights = figures
        print(f"{name:<20}{peak:>8}{before:>16}{images:>8}{frames:>8}{weights:>9}", flush=True)


def measured(text: str | None, settings: list[str]) -> list[int]:
    """Bytes: at the peak before training and in all, of images, of frames' places, of weights."""
    with tempfile.TemporaryDirectory() as folder:
        file, *more = MAIN.split()
        if text is not None:
            file, more = f"{folder}/wide.yaml", []
            with open(file, "w", encoding="utf-8") as out:
                out.write(text)
        else:
            more += ["phases={wander: {epochs: 1, steps: 5000}, constant_start: null}"]
        done = subprocess.run(
            [sys.executable, "-c", CHILD, file, folder, *more, *settings],
            cwd=Path(__file__).parent, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            sys.exit(done.stderr)
        return json.loads(done.stdout)


if __name__ == "__main__":
    main()
