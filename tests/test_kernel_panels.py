"""Panels drive large layers on threads, which a process that was forked from another lacks."""

import os
import subprocess
import sys

import pytest

FORKED = """
import os, signal
import numpy as np
from hebb.layers.kernels.panels import SHARED, Panels

v = np.ones((2, 64), np.float32)
panels = Panels.of(np.ones((SHARED // 64 + 1, 64), np.float32))
panels.drive(v)
child = os.fork()
if child == 0:
    signal.alarm(60)
    os._exit(0 if (panels.drive(v) == 64).all() else 1)
raise SystemExit(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks no process")
def test_a_forked_process_drives_them_too():
    several = os.environ | {"HEBB_THREADS": "2"}
    assert subprocess.run([sys.executable, "-c", FORKED], env=several).returncode == 0
