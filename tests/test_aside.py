"""Files are written beside their place: a kill may leave such a part, and going on sweeps it up."""

import os

import matplotlib.pyplot as plt
import pytest

from hebb.aside import aside
from hebb.plots.style import save
from hebb.store import Run


class Killed(BaseException):
    """Nothing is tidied up after it."""


def test_a_file_is_there_once_it_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with aside(path) as part:
        part.write_text("after")
        assert path.read_text() == "before"
    assert path.read_text() == "after" and os.listdir(tmp_path) == ["a.txt"]
    with pytest.raises(ZeroDivisionError), aside(path) as part:
        part.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "after" and os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("name", ["config.yaml", "plots/curves.png", "snapshots/000000300.npz"])
def test_what_a_kill_leaves_of_a_file_goes_when_the_run_goes_on(tmp_path, monkeypatch, name):
    run = Run.create(tmp_path, "small")

    def killed(part, path):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(os, "replace", killed)
        patch.setattr("pathlib.Path.unlink", lambda *args, **how: None)
        if name.startswith("plots"):
            save(plt.figure(), run.path / name)
        else:
            run.write_text(name, "half")
    left = [path.name for path in run.path.rglob("*.part")]
    assert left == [f".{name.rpartition('/')[2]}.{os.getpid()}.part"]
    run.cut_back(0, 0)
    assert not list(run.path.rglob("*.part"))
