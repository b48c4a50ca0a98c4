"""What several tests share: a world of temporary folders, a small experiment, a finished run."""

import io
import json
import shutil
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import pytest

SMALL = """\
name: small
seed: 7
dataset: {source: digits}
streams:
  wander: {kind: tapestry, side: 6, window: 8, frames: 300}
layers:
  - {name: sparse, rule: mwta, grid: [4, 5], n_w: 3, xi: 0.05,
     lateral: {radius: 1, strength: 0.5}, output: normalized, init: {uniform: [0, 0.2]}}
  - {name: invariant, rule: invariance, grid: [3, 3], alpha: 0.3, leta: 0.08, seta: 0.0008,
     renormalize_every: 100}
  - {name: top, rule: mwta, grid: [2, 6], xi: 0.02}
phases:
  - {name: wander, input: wander, epochs: 2, steps: 300}
  - {name: digits, order: shuffled, steps: 200, learn: [top],
     restart: {top: {uniform: [0.2, 0.3]}}, set: {top.clip: 1}}
evaluate:
  - {classifier: vote, layer: sparse}
  - {classifier: vote, layer: top}
  - {measure: reconstruction, layer: sparse, input: wander}
"""

_world = pytest.MonkeyPatch()


def pytest_configure(config):
    """Before anything of hebb or Matplotlib is imported, as both look once for what is theirs."""
    folder = Path(tempfile.mkdtemp(prefix="hebb-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    config.add_cleanup(_world.undo)
    _world.setenv("MPLCONFIGDIR", str(folder / "matplotlib"))
    _world.setenv("KERAS_HOME", str(folder / "keras"))


def pytest_collection_modifyitems(items):
    """Without a GPU, one of each test that needs it is left to say why it was skipped."""
    needing = {}
    for item in items:
        if item.get_closest_marker("gpu"):
            needing.setdefault((item.path, item.originalname), []).append(item)
    if not needing or (lack := _no_gpu()) is None:
        return
    left_out = set()
    for first, *others in needing.values():
        of = f" (nor by {len(others):,} more like it)" if others else ""
        first.add_marker(pytest.mark.skip(reason=f"no GPU was tried{of}: {lack}"))
        left_out |= {id(item) for item in others}
    items[:] = [item for item in items if id(item) not in left_out]


def _no_gpu():
    from hebb import gpu

    try:
        gpu.first_seen()
    except gpu.Lack as lack:
        return str(lack)
    return None


@pytest.fixture(autouse=True, scope="session")
def no_data_of_the_users():
    """No test sees the datasets, downloads or Matplotlib settings of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HEBB_DATA", raising=False)
        yield


@pytest.fixture(autouse=True, scope="session")
def nobody_is_told_of_compiling():
    """What is compiled for the first time, and so what a run says, differs between machines."""
    from hebb import experiment

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiment, "told_once", lambda say: nullcontext())
        yield


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The path of a small experiment file: `digits`, three layers, two phases, 800 inputs."""
    path = tmp_path_factory.mktemp("experiment") / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture
def cupy(monkeypatch):
    """A strict stand-in, in the place of CuPy."""
    import strict_cupy

    strict_cupy.cuda.streams().clear()
    monkeypatch.setitem(sys.modules, "cupy", strict_cupy)
    monkeypatch.setitem(sys.modules, "cupyx", strict_cupy.cupyx)
    yield strict_cupy
    strict_cupy.cuda.streams().clear()


@pytest.fixture
def train_small(small, tmp_path):
    """Train the small experiment, with KEY=VALUE settings; the run goes to tmp_path/runs."""

    def trained(*settings, config=small, runs_dir=tmp_path / "runs", **how):
        from hebb.config import load
        from hebb.experiment import train

        how = {"say": lambda line: None, "quiet": True} | how
        return train(load(config, settings), runs_dir=runs_dir, **how)

    return trained


@pytest.fixture(scope="session")
def finished(small, tmp_path_factory):
    """A run of the small experiment, trained, evaluated and drawn. Look, do not touch."""
    from hebb.config import load
    from hebb.evaluate import evaluate
    from hebb.experiment import train
    from hebb.pictures.plot import plot

    runs_dir = tmp_path_factory.mktemp("finished") / "runs"
    run = train(load(small), runs_dir=runs_dir, quiet=True, say=lambda line: None)
    evaluate(run, quiet=True)
    list(plot(run))
    return run


@pytest.fixture
def copied(finished, tmp_path):
    """A copy of the finished run, to alter, in tmp_path/runs."""
    from hebb.store import Run

    shutil.copytree(finished.path, tmp_path / "runs" / finished.id)
    return Run(tmp_path / "runs" / finished.id)


@pytest.fixture
def hebb(monkeypatch, capsys, tmp_path):
    """`hebb ARGUMENTS` in tmp_path: its exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments, answer=""):
        from hebb import cli

        monkeypatch.setattr(sys, "argv", ["hebb", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            cli.main()
            raise SystemExit(0)
        out, err = capsys.readouterr()
        return stopped.value.code or 0, out, err

    return call


@pytest.fixture
def a_terminal_of_100_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def runs_dir(tmp_path):
    """Three runs made by hand: a, b and c, each a minute younger than the one before."""
    from made_runs import make

    make(tmp_path / "runs", "a", accuracy=0.5)
    make(tmp_path / "runs", "b", "failed", 1, n_w=15)
    make(tmp_path / "runs", "c", "interrupted", 2, accuracy=0.75)
    return tmp_path / "runs"


@pytest.fixture
def related(tmp_path):
    """The runs dir of old, middle and young, each begun with weights of the one before."""
    from made_runs import make

    from hebb.store import file_digest

    run, runs_dir, files = None, tmp_path.resolve() / "runs", {}
    for minutes, id in enumerate(("old", "middle", "young")):
        run = make(runs_dir, id, minutes=minutes, files=files)
        snapshot = run.find()[1]
        files = {str(snapshot): file_digest(snapshot), "/some/rule.py": "0"}
    return runs_dir


@pytest.fixture
def html(tmp_path):
    """The page of runs, as text."""
    from hebb.report import report

    def written(*runs, **how):
        return report(runs, tmp_path / "page.html", **how).read_text(encoding="utf-8")

    return written


@pytest.fixture
def swept(tmp_path):
    """The directory of a sweep of two settings and two seeds, of which one run failed."""
    from hebb.catalogue.sweeps import SweepFolder

    folder = tmp_path / "runs" / "small-sweep-001"
    folder.mkdir(parents=True)
    asked = {
        "config": "/x/small.yaml",
        "settings": [],
        "seeds": [0, 1],
        "search": None,
        "on": "test",
    }
    (folder / "sweep.json").write_text(json.dumps(asked))
    (folder / "table.csv").write_text(
        "run,layers.sparse.n_w,seed,status,accuracy,random_weights,mean,lowest,highest,error\n"
        "sparse.n_w-2-seed-0,2,0,completed,0.5,0.1,0.55,0.5,0.6,\n"
        "sparse.n_w-2-seed-1,2,1,completed,0.6,0.3,0.55,0.5,0.6,\n"
        "sparse.n_w-3-seed-0,3,0,completed,0.7,0.2,0.7,0.7,0.7,\n"
        "sparse.n_w-3-seed-1,3,1,failed,,,0.7,0.7,0.7,out of <luck>\n"
    )
    return SweepFolder(folder)


POSITIONS = {
    "strip": ("frames", "shape", "title", "subtitle", "numbers"),
    "coverage": ("fields", "shape", "inputs", "title", "subtitle"),
    "neighbours": ("w", "first", "grid", "kernel", "title", "subtitle"),
    "winners": ("wins", "kept", "grid", "seen", "title", "subtitle"),
    "unit": ("rows", "wins", "title", "subtitle"),
}


@pytest.fixture
def drawn(monkeypatch):
    """What each picture would be drawn from, by the file's name; nothing is drawn."""
    from hebb import plots

    calls = {}

    def note(name):
        def draw(path, *args, **how):
            calls[Path(path).name] = dict(zip(POSITIONS.get(name, ()), args, strict=False)) | how

        monkeypatch.setattr(plots, name, draw)

    for name in plots.__all__:
        note(name)
    return calls
