"""Where many units win, a helper learns half of them; nothing but time depends on it."""

import threading

import numpy as np
import pytest
from helpers import COMPILED

from hebb.layers.compiled import compiled
from hebb.layers.init import Init
from hebb.layers.kernels import halves
from hebb.layers.kernels.halves import MANY
from hebb.layers.kernels.turns import ATOMIC, seen, take
from hebb.layers.threshold import Threshold, ThresholdSpec

N, D = 2 * MANY + 3, 40
SPECS = {
    "all win": {"compete": "none"},
    "more and fewer than many": {"thresh": 0.93, "target_winners": MANY},
}


class Counted:
    """Helpers that come, or come too late: when all is done."""

    def __init__(self, late):
        self.asked, self.late = 0, late

    def submit(self, work, *given):
        self.asked += 1
        job = threading.Thread(target=work, args=given)
        if not self.late:
            job.start()
        self.job = job
        return self

    def result(self):
        if self.late:
            self.job.start()
        self.job.join()


def learned(spec, dtype, cuts=()):
    layer = Threshold(ThresholdSpec(name="it", units=N, xi=0.02, **spec), D, COMPILED, dtype)
    layer.restart(Init(uniform=(0.1, 0.3)), np.random.default_rng(1))
    x = np.random.default_rng(0).random((60, D)).astype(dtype)
    x[x < 0.5] = 0
    x[11] = 0
    answers = np.concatenate([layer.learn(part) for part in np.split(x, list(cuts))])
    return answers, layer.state(), layer.motion()


def same(one, other):
    np.testing.assert_array_equal(one[0], other[0])
    for mine, others in zip(one[1:], other[1:], strict=True):
        for name in mine:
            np.testing.assert_array_equal(mine[name], others[name])


@pytest.mark.skipif(not ATOMIC, reason="plain Python has no helper")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
@pytest.mark.parametrize("late", [False, True])
def test_a_helper_changes_no_bit_whether_it_comes_or_not(monkeypatch, spec, dtype, late):
    monkeypatch.setenv("HEBB_THREADS", "1")
    alone = learned(spec, dtype)
    won = (alone[0] != 0).sum(axis=1)
    assert (won >= MANY).any()
    assert "compete" in spec or (won < MANY).sum() > 1
    monkeypatch.setenv("HEBB_THREADS", "2")
    counted = Counted(late)
    monkeypatch.setattr(halves, "helpers", lambda threads: counted)
    for _ in range(5):
        same(learned(spec, dtype), alone)
    assert counted.asked == 5
    same(learned(spec, dtype, cuts=(1, 2, 9, 10, 40)), alone)


@pytest.mark.parametrize("units, thresh", [(N, 1.0), (MANY - 1, 0.0)])
def test_no_helper_is_asked_where_few_win_or_can(monkeypatch, units, thresh):
    """But for the first inputs of a layer: nobody knows yet how many will."""
    monkeypatch.setenv("HEBB_THREADS", "2")
    counted = Counted(late=False)
    monkeypatch.setattr(halves, "helpers", lambda threads: counted)
    layer = Threshold(ThresholdSpec(name="it", units=units, xi=0.02, thresh=thresh), D, COMPILED)
    layer.restart(Init(uniform=(0.1, 0.3)), np.random.default_rng(1))
    x = np.random.default_rng(0).random((6, D)).astype(np.float32)
    layer.learn(x[:2])
    counted.asked = 0
    layer.learn(x[2:])
    layer.follow(x)
    layer.infer(x)
    assert counted.asked == 0


@compiled()
def taken_by(counters, n):
    mine = 0
    for turn in range(n):
        mine += take(counters, 0, turn)
        while seen(counters, 0) <= turn:
            pass
    return mine


@pytest.mark.skipif(not ATOMIC, reason="plain Python has no second thread here")
def test_a_turn_is_taken_once():
    n, counters, got = 20_000, np.zeros(1, np.int64), []
    threads = [threading.Thread(target=lambda: got.append(taken_by(counters, n))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(got) == n == counters[0]
