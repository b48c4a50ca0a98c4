"""The peers of `hebb bench` in benchmarks/performance: that they do the same work, and its page."""

import json
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from hebb.bench import Work
from hebb.bench.rows import ROWS
from hebb.errors import HebbError

FOLDER = Path(__file__).parents[1] / "benchmarks" / "performance"
OWN = ("agreement", "growth", "page", "peers")

# A row of each rule; A4 beside A1 for its clip.
EACH = (
    "a1",
    "a4",
    "d11_first",
    "b1",
    "c2",
    "compspec_100",
    "krotov_100",
    "krotov_2000",
    "classify",
)


@pytest.fixture(autouse=True)
def among_the_benchmarks(monkeypatch):
    """Their modules are found as by `python benchmarks/performance`, and nobody else's are."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN]:
        del sys.modules[name]


def kind_of(name):
    """A peer; the test is skipped where its library is not installed."""
    import peers

    kind = peers.find(name)
    if kind is None:
        pytest.skip(f"{name} is not installed; pip install -e '.[bench]'")
    return kind


@pytest.mark.parametrize("row", EACH)
@pytest.mark.parametrize("name", ["NumPy", "PyTorch", "JAX"])
def test_a_peer_does_the_same_work(name, row):
    from agreement import NEAR, agreement

    found = agreement(ROWS[row], kind_of(name), inputs=40, epoch=200)
    assert found.apart <= NEAR
    assert found.inputs >= 40
    assert found.same >= 10  # in float32, where a near tie may part them


def test_a_peer_stands_again_where_the_clock_starts():
    work = Work(ROWS["a1"], inputs=100)
    peer = kind_of("NumPy")(work)
    with peer.within():
        peer.again()
        np.testing.assert_array_equal(peer.weights()["sparse.w"], work.start["sparse.w"])
        peer.go(30)
        once = peer.weights()["sparse.w"].copy()
        peer.again()
        peer.go(30)
        np.testing.assert_array_equal(peer.weights()["sparse.w"], once)
        assert not np.array_equal(once, work.start["sparse.w"])


def test_a_peer_takes_one_thread_or_all():
    from hebb.bench.limits import cores

    peer = kind_of("NumPy")(Work(ROWS["krotov_100"], inputs=200))
    peer.choose_threads(200)
    assert peer.threads in (1, cores())


def other_work(base, *, wrong_in, by):
    """hebb under another name, whose weights in a dtype are a little off after the third unit."""

    class Peer(base):
        name = "Off"

        def __init__(self, work):
            self.work = Work(work.row, str(work.dtype), len(work.x))

        def again(self):
            self.work.again()

        def go(self, n):
            self.work.go(n)
            self.n = n

        def weights(self):
            state = self.work.stack.state()
            if str(self.work.dtype) == wrong_in and self.n > 3 * self.work.per:
                state = {key: array + by for key, array in state.items()}
            return state

        def classify(self, n):
            return self.work.classify(n) + (str(self.work.dtype) == wrong_in)

        def within(self):
            return nullcontext()

    return Peer


@pytest.mark.parametrize(
    ("row", "wrong_in", "by", "message"),
    [
        ("d11_first", "float64", 1e-6,
         "d11_first: Off does not learn what hebb learns: after 40 inputs weights in float64 lie "
         "1.0e-06 apart, more than 1e-09"),
        ("d11_first", "float32", 1e-2,
         "d11_first: Off does not learn what hebb learns: in float32 they part after 3 inputs, "
         "where there is no near tie"),
        ("classify", "float64", 0,
         "classify: Off names another winner than hebb for 40 of 40 images in float64"),
    ],
)  # fmt: skip
def test_other_work_is_not_timed(row, wrong_in, by, message):
    from agreement import agreement
    from peers.base import Peer

    with pytest.raises(HebbError) as caught:
        agreement(ROWS[row], other_work(Peer, wrong_in=wrong_in, by=by), 40, 200)
    assert str(caught.value) == message


def test_only_a_library_that_is_not_there_may_be_missing(monkeypatch):
    import peers

    monkeypatch.setitem(sys.modules, "torch", None)
    sys.modules.pop("peers.in_torch", None)
    assert peers.find("PyTorch") is None


def test_a_point_of_growth_is_a_run_of_its_own(monkeypatch):
    import growth

    monkeypatch.setattr(growth, "SECONDS", 0.05)
    found = growth.point({"name": "it", **growth.RULES["compspec"], "units": 20}, side=14)
    assert found["rate"] > 0
    assert found["peak"] >= found["idle"] > 10 * 2**20


def test_the_memory_of_a_point_is_not_that_of_whoever_asks():
    import growth

    ballast = np.ones(100 * 2**20)  # 800 MiB
    layer = {"name": "it", **growth.RULES["compspec"], "units": 20}
    given = json.dumps({"layer": layer, "side": 28})
    done = subprocess.run([sys.executable, growth.__file__, given], check=True, capture_output=True)
    assert json.loads(done.stdout)["peak"] < ballast.nbytes


def test_the_page_is_filled_in_from_figures_alone(tmp_path):
    import page
    from test_bench import made

    (tmp_path / "performance").mkdir()
    done = made([100.0, 110.0], row="classify")
    done.machine.versions.update(python="3", numpy="2", numba="1", **{"hebb-lab": "0"})
    side = {"rate": 10.0, "turns": [9.0, 10.0], "threads": 2, "ratios": [10.4, 9.9, 10.4],
            "inputs": 300, "apart": 1e-16, "same": 212}  # fmt: skip
    rows = [{**done.rows[0].plain(), "peers": {"NumPy": side}}]
    line = [(10, 1000.0, 2e8), (100, 100.0, 3e8)]
    figures = {
        **done.plain(), "rows": rows, "date": "2021-03-04", "trust": ["machine at rest: x"],
        "peers": {"NumPy": "2", "PyTorch": None, "JAX": None},
        "growth": {"idle": 1e8, "panels": {"units": {"mwta": line}}},
    }  # fmt: skip
    page.write(tmp_path, json.loads(json.dumps(figures)))
    text = (tmp_path / "performance.md").read_text()
    assert (
        "| `classify` classifying with A4 | images/s | 105 (100 to 110) | 10, 2 thr. | – | – |"
        in text
    )
    assert "| **10.4** (NumPy) |" in text
    assert "| NumPy | 10.4 (10.2 to 10.4) |" in text
    assert "Not installed, and so not measured: PyTorch, JAX." in text
    assert "| `classify` | the same winners | 212 of 300 | – | – | – | – |" in text
    assert "All 70,000 images of MNIST are classified in 666.7 seconds." in text
    assert (tmp_path / "performance" / "growth.png").stat().st_size > 5000
