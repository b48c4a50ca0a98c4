"""How rate and memory grow: an experiment of one size, trained in a process of its own.

    python benchmarks/performance/growth.py '{"rule": ..., ...}'     one point, as JSON

Its memory is the most that the process has held at once, the library and the checkpoints of a run
included: what a user's machine must have.
"""

import json
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SECONDS = 1.0  # of training, a point
IMAGES = 1000  # where they are scaled
MOST = 20_000  # inputs of a point

RULES: dict[str, dict[str, Any]] = {
    "mwta": {"rule": "mwta", "n_w": 5, "xi": 0.01, "init": {"uniform": [0, 0.2]}},
    "threshold": {"rule": "threshold", "thresh": 0.9, "xi": 0.005, "init": {"uniform": [0, 0.3]}},
    "compspec": {"rule": "compspec", "xi": 0.1, "phi": 0.18, "init": {"abs_normal_unit": {}}},
    "krotov_hopfield": {"rule": "krotov_hopfield", "eps": 0.02, "init": {"normal": [0, 1]}},
    "dreamflow": {"rule": "dreamflow", "xi": 0.01, "init": {"uniform": [0, 1]}},
}

BATCHES = ("compspec", "krotov_hopfield", "dreamflow")

# What grows, over which sizes, for which rules, and what else is set.
GROWS: dict[str, tuple[tuple[int, ...], tuple[str, ...], dict[str, Any]]] = {
    "units": ((100, 500, 2000, 8000, 20000), ("mwta", "threshold", "compspec", "krotov_hopfield"),
              {}),
    "winners": ((1, 5, 20, 100, 400), ("mwta",), {"units": 1600}),
    "batch": ((10, 30, 100, 300, 1000), ("compspec", "krotov_hopfield", "dreamflow"),
              {"units": 400}),
    "side": ((14, 28, 56, 112), ("mwta", "threshold", "compspec", "krotov_hopfield"),
             {"units": 400}),
}  # fmt: skip
NAMES = {"units": "units", "winners": "winners an input", "batch": "inputs of a batch",
         "side": "pixels to a side of an image"}  # fmt: skip
SET = {"units": "units", "winners": "n_w", "batch": "batch"}  # and side: the images


def measure(say: Callable[[str], None]) -> dict[str, Any]:
    """Every point: {"idle": bytes, "panels": {what: {rule: [(size, rate, bytes), ...]}}}."""
    panels: dict[str, dict[str, list[tuple[float, float, float]]]] = {}
    idle = 0
    for what, (sizes, rules, others) in GROWS.items():
        for rule in rules:
            for size in sizes:
                layer = {"name": "it", **RULES[rule], **others}
                if what in SET:
                    layer[SET[what]] = size
                elif "xi" in layer:  # the answers of units grow with the pixels that they add up
                    layer["xi"] *= min(1, (28 / size) ** 2)
                given = {"layer": layer, "side": size if what == "side" else 28}
                command = [sys.executable, __file__, json.dumps(given)]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
                found = json.loads(done.stdout)
                idle = max(idle, found["idle"])
                line = panels.setdefault(NAMES[what], {}).setdefault(rule, [])
                line.append((size, found["rate"], found["peak"]))
                say(f"{rule}, {what} {size:,}: {found['rate']:,.0f} inputs/s, "
                    f"{found['peak'] / 2**20:,.0f} MiB")  # fmt: skip
    return {"idle": idle, "panels": panels}


def point(layer: dict[str, Any], side: int) -> dict[str, float]:
    """Inputs a second in an epoch, and bytes: at most, and before the experiment begins.

    A short run before it says how many inputs make an epoch of about SECONDS, and compiles.
    """
    from hebb import config
    from hebb.experiment import train

    idle = held()
    with tempfile.TemporaryDirectory() as aside:
        folder = Path(aside)
        dataset: dict[str, Any] = {"source": "mnist_sample"}
        if side != 28:
            dataset = {"source": "npz", "path": str(folder / "scaled.npz")}
            _write_scaled(folder / "scaled.npz", side)
        size = layer.get("batch", 100 if layer["rule"] in BATCHES else 1)

        def rate(steps: int) -> float:
            experiment = {"name": "growth", "dataset": dataset, "layers": [layer],
                          "phases": [{"name": "it", "input": "train", "order": "shuffled",
                                      "epochs": 1, "steps": steps}]}  # fmt: skip
            (folder / "growth.yaml").write_text(json.dumps(experiment))
            made = train(config.load(folder / "growth.yaml"), runs_dir=folder / "runs", quiet=True,
                         say=lambda line: None)  # fmt: skip
            return made.metrics()[-1]["inputs_per_second"]

        few = max(size, 50)
        most = max(size, min(MOST, int(rate(few) * SECONDS)) // size * size)
        # Linux counts pages late, a processor at a time: a peak may seem to fall by a few.
        return {"rate": rate(most), "peak": max(idle, held()), "idle": idle}


def _write_scaled(path: Path, side: int) -> None:
    """Images of another size: pixels left out, or repeated."""
    from hebb.data import DatasetSpec, load

    data = load(DatasetSpec(source="mnist_sample"))
    images = data.train.raw[:IMAGES]
    if side < 28:
        images = images[:, :: 28 // side, :: 28 // side]
    else:
        images = images.repeat(side // 28, axis=1).repeat(side // 28, axis=2)
    assert data.train_labels is not None
    np.savez(path, x_train=images, y_train=data.train_labels[:IMAGES])


def held() -> int:
    """Bytes that this process has held at most.

    Linux has a figure of the process alone; the other also counts what its parent held when it
    began, such as the libraries of all peers.
    """
    status = Path("/proc/self/status")
    if status.exists():
        peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"))
        assert peak is not None
        return 1024 * int(peak[1])
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held if sys.platform == "darwin" else held * 1024


if __name__ == "__main__":
    print(json.dumps(point(**json.loads(sys.argv[1]))))
