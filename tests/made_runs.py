"""Runs made by hand, for tests of what there is among runs: no training, small weights."""

import os
from datetime import UTC, datetime, timedelta

import numpy as np

from hebb.store import Run

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
YAML = (
    "name: {id}\nlayers:\n- {{name: sparse, rule: mwta, n_w: {n_w}, init: {{uniform: [0, 0.2]}}}}\n"
)


def make(runs_dir, id, status="completed", minutes=0, accuracy=None, n_w=5, files=None):
    """A run directory as a run leaves it, with one snapshot of 300 inputs."""
    run = Run.create(runs_dir, "small", id)
    began = (BEGAN + timedelta(minutes=minutes)).isoformat()
    origin = {"dataset": {"source": "digits"}, "device": {"kind": "cpu"}, "reference": False}
    run.note(status=status, started=began, files=files or {}, **origin)
    run.write_text("config.yaml", YAML.format(id=id, n_w=n_w))
    run.save_snapshot(300, {"sparse.w": np.ones((2, 3))})
    os.utime(run.path / "config.yaml", (minutes, minutes))
    if accuracy is not None:
        lift = {"accuracy": accuracy - 0.125, "lift": 0.125}
        vote = {"classifier": "vote", "layer": "sparse", "accuracy": accuracy}
        run.write_json("eval.json", {"results": [vote | {"controls": {"random_weights": lift}}]})
    return run


def ids(entries):
    return [each.id for each in entries]
