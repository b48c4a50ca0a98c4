"""TensorFlow would take all memory of a GPU: it is shown none, wherever it is used."""

import ast
import os
import subprocess
import sys
from pathlib import Path

from hebb.data import mnist

SRC = Path(__file__).parents[1] / "src" / "hebb"
LEARNS = """
import numpy as np
from hebb.readout import dense
dense._imported()
import tensorflow as tf
from tensorflow.python.eager import context
hide, calls = tf.config.set_visible_devices, []

def hiding(devices, kind):
    calls.append((devices, kind, "begun" if context.context()._initialized else "not begun"))
    hide(devices, kind)

tf.config.set_visible_devices = hiding
x, labels = np.ones((4, 3), np.float32), np.zeros(4, np.int64)
dense.head(x, labels, np.zeros((3, 2), np.float32), dense.Descent(1), 0, "trial", True)
assert context.context()._initialized
print(calls, tf.config.get_visible_devices("GPU"))
"""


def test_gpus_are_hidden_from_tensorflow_before_it_does_anything():
    done = subprocess.run([sys.executable, "-c", LEARNS], capture_output=True, text=True)
    assert done.stdout == "[([], 'GPU', 'not begun')] []\n", done.stderr


def test_a_download_through_keras_sees_no_gpu(monkeypatch, tmp_path):
    seen = []

    def run(command, env, **how):
        seen.append((env["CUDA_VISIBLE_DEVICES"], env.get("HOME")))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.setattr(subprocess, "run", run)
    assert mnist._run_keras("mnist", str(tmp_path)) is None
    assert seen == [("-1", os.environ.get("HOME"))]


def test_tensorflow_is_imported_in_one_place():
    where = set()
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if {name.partition(".")[0] for name in names} & {"tensorflow", "keras"}:
                where.add(path.relative_to(SRC).as_posix())
    assert where == {"readout/dense.py"}
