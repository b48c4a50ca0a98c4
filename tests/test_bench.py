"""`hebb bench`: rates that are measured, and what they are set against."""

import json
import re

import numpy as np
import pytest

from hebb import bench as benchmark
from hebb.bench import AGREE, Bench, Measured, Work, limits, machine, timing
from hebb.bench.cost import COSTS, Cost, Need, Seen, need, seen
from hebb.bench.limits import RESTLESS, Limits, Pulse
from hebb.bench.rows import ROWS, experiment_of, find
from hebb.bench.text import last_lines, row_line, scaled
from hebb.bench.timing import TURNS, Rates, in_turns
from hebb.cores import cores
from hebb.errors import UsageError
from hebb.layers import RULES
from hebb.layers.compspec import CompSpecSpec
from hebb.layers.invariance import InvarianceSpec
from hebb.layers.mwta import Lateral, MWTASpec
from hebb.layers.threshold import ThresholdSpec


@pytest.fixture
def quick(monkeypatch):
    """Limits and the pulse in little time, and few inputs of a row."""
    monkeypatch.setattr(limits, "ROUNDS", 100)
    monkeypatch.setattr(limits, "LARGEST", 2**20)
    monkeypatch.setattr(benchmark, "measure", lambda caches: limits.measure(caches, times=1))
    monkeypatch.setattr(Work.__init__, "__defaults__", ("float32", 500))
    monkeypatch.setattr(timing, "TURNS", (2, 3))


def made(rates, beats=(1.0, 1.0), row="d11_later", need=None):
    """A benchmark with figures that are given."""
    done = object.__new__(Bench)
    done.machine = machine.Machine("Z80", 1, {}, None, "CP/M", {}, "none")
    done.limits = Limits(1e9, {"memory": 1e9}, {})
    done.pulse = object.__new__(Pulse)
    done.pulse.beats = list(beats)
    need = need or Need(1000, 4000, 1e-4, "operations")
    done.rows = [Measured(ROWS[row], "mnist_sample", {"hebb": Rates(rates, 1.0)}, need)]
    return done


# The command


def test_a_row_is_measured_and_set_against_the_machine(hebb, quick):
    code, out, err = hebb("bench", "d11_first", "--seconds", "0.05")
    assert (code, err) == (0, "")
    assert re.search(r"^at best, all cores: \d+ GFLOP/s.* · memory \d+ GB/s$", out, re.MULTILINE)
    line = re.search(r"^d11_first +([\d,]+)  \(([\d,]+) to ([\d,]+)\) .*%, .*$", out, re.MULTILINE)
    assert line is not None, out
    rate, low, high = (int(each.replace(",", "")) for each in line.groups())
    assert 0 < low <= rate <= high
    assert "data: mnist_sample" in out
    assert "machine at rest" in out or "NOT TO BE TRUSTED" in out


def test_programs_get_json_and_nothing_else(hebb, quick):
    code, out, err = hebb("bench", "d11_first", "c2", "--seconds", "0.02", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert [row["row"] for row in found["rows"]] == ["d11_first", "c2"]
    assert [row["unit"] for row in found["rows"]] == ["inputs", "batches"]
    for row in found["rows"]:
        assert row["rate"] > 0 and row["limit"] > 0 and len(row["turns"]) >= 2
        assert row["share_of_limit"] == pytest.approx(row["rate"] / row["limit"])
    assert found["machine"]["cores"] == cores()


def test_a_row_that_is_not_there_is_told_with_those_that_are(hebb):
    code, out, err = hebb("bench", "d11_frist")
    assert (code, out) == (2, "")
    assert err == (
        "bench: no row is called d11_frist; did you mean d11_first? Rows: a1, a4, d11_first, "
        "d11_later, b1, c2, c4, compspec_100, compspec_2000, krotov_100, krotov_2000, classify\n"
    )


def test_without_a_name_all_rows_are_measured():
    assert find([]) == list(ROWS.values())
    with pytest.raises(UsageError):
        find(["a1", "a2"])


def test_the_whole_of_mnist_is_taken_where_hebb_data_names_it(monkeypatch):
    assert experiment_of(ROWS["a1"], "float32").dataset.source == "mnist_sample"
    monkeypatch.setenv("HEBB_DATA", "/somewhere")
    found = experiment_of(ROWS["a1"], "float64")
    assert (found.dataset.source, found.dataset.fallback) == ("mnist", None)
    assert (found.phases[0].steps, found.dtype) == (10_000, "float64")


# What is timed


def test_a_work_begins_again_where_it_began():
    work = Work(ROWS["d11_first"], inputs=60)
    work.go(60)
    once = work.stack.state()
    assert not np.array_equal(once["sparse.w"], work.start["sparse.w"])
    work.again()
    np.testing.assert_array_equal(work.stack.state()["sparse.w"], work.start["sparse.w"])
    work.go(40)
    work.go_on(40, 60)
    np.testing.assert_array_equal(work.stack.state()["sparse.w"], once["sparse.w"])


def test_what_is_timed_is_what_a_run_does(tmp_path):
    from hebb.config import load
    from hebb.experiment import train

    settings = ["dataset.source=mnist_sample", "phases.digits.epochs=2", "phases.digits.steps=200"]
    run = train(
        load("e6_krotov_hopfield", settings), runs_dir=tmp_path, quiet=True, say=lambda line: None
    )
    work = Work(ROWS["krotov_100"], inputs=200)  # an epoch of 20 before the clock starts
    np.testing.assert_array_equal(work.start["features.w"], run.snapshot(200)[1]["features.w"])


def test_images_are_classified_by_the_winners_of_the_last_layer():
    work = Work(ROWS["classify"], inputs=30)
    winners = work.classify(20)
    np.testing.assert_array_equal(winners, work.stack.winners(work.x[:20], "prototypes"))
    for key, array in work.start.items():
        np.testing.assert_array_equal(work.stack.state(motion=True)[key], array)


class Counted:
    """A side whose inputs take no time, and which says what was asked of it."""

    def __init__(self, name, log):
        self.name, self.log = name, log

    def again(self):
        self.log.append((self.name, "again"))

    def go(self, n):
        self.log.append((self.name, n))


def test_sides_take_turns_each_from_the_same_start():
    from contextlib import nullcontext

    log = []
    sides = {name: (Counted(name, log), nullcontext) for name in ("one", "other")}
    work = Work(ROWS["d11_first"], inputs=30)  # not steady: a turn has all inputs
    rates = in_turns(sides, work, 0.0)
    turn = [("one", "again"), ("one", 30), ("other", "again"), ("other", 30)]
    assert log[4:] == turn * TURNS[0]
    assert [len(each.turns) for each in rates.values()] == [TURNS[0]] * 2


def test_a_rate_is_the_median_of_turns_and_says_how_far_they_lie_apart():
    rates = Rates([90.0, 100.0, 140.0], 1.0)
    assert (rates.median, rates.spread) == (100, 0.5)


# What it is set against


def test_every_rule_has_a_cost():
    assert COSTS.keys() == set(RULES)


def test_the_cost_of_a_step_of_mwta_by_hand():
    """4 inputs, 6 units, 2 winners, 3 lit inputs: 18 weights are read for the drive."""
    spec = MWTASpec(name="a", units=6, n_w=2, xi=0.1)
    it = Seen(spec, 4, lit=3, reads=18, winners=2, moved=2, weights=24)
    # drive 18 x 2; rebuilding 2 x 4 x 2; error and gain 4 x 4; learning 2 x 4 x 3
    # 18 weights read, 2 rows read and written, 4 inputs, 6 answers
    assert COSTS["mwta"](it, True) == Cost(36 + 16 + 16 + 24, 18 + 16 + 4 + 6)
    assert COSTS["mwta"](it, False) == Cost(36, 18 + 4 + 6)
    spec = spec.model_copy(
        update={"output": "normalized", "lateral": Lateral(radius=1, strength=1)}
    )
    it = Seen(spec, 4, lit=3, reads=18, winners=2, moved=2, weights=24)
    assert COSTS["mwta"](it, True).operations == 36 + 16 + 16 + 24 + 6 * 6 + 2 * 4


def test_the_cost_of_a_step_of_other_rules_by_hand():
    spec = InvarianceSpec(name="a", units=3, alpha=0.1, leta=0.1, seta=0.1)
    it = Seen(spec, 5, lit=2, reads=6, winners=1, moved=3, weights=15)
    # response 12, trace 3 x 3, rebuilding 30, learning 45, gain 5 x 4; all weights there and back
    assert COSTS["invariance"](it, True) == Cost(12 + 9 + 30 + 45 + 20, 30 + 5 + 3)
    spec = ThresholdSpec(name="a", units=3, xi=0.1, thresh=0.5)
    it = Seen(spec, 5, lit=2, reads=6, winners=1.5, moved=3, weights=15)
    assert COSTS["threshold"](it, True) == Cost(12 + 9 + 45 + 20, 6 + 15 + 5 + 3)
    spec = CompSpecSpec(name="a", units=3, xi=0.1, phi=0.1, batch=2)
    it = Seen(spec, 5, lit=2, reads=6, winners=1, moved=2, weights=15)
    assert COSTS["compspec"](it, True) == Cost(2 * (12 + 12 + 4) + 60, 15 + 20 + 2 * 8)


def test_what_a_layer_meets_is_counted_from_inputs():
    work = Work(ROWS["c2"], inputs=300)
    (_, it), (_, above) = seen(work)
    lit = (work.x.reshape(-1, 28, 28)[:, :27, :27] != 0).mean(axis=0).sum()
    assert it.lit == pytest.approx((work.x != 0).mean(axis=0).sum())
    assert it.reads == pytest.approx(10 * lit)  # ten units see each pixel
    assert it.weights == 90 * 81
    assert above.winners == pytest.approx(1)
    assert above.lit == pytest.approx(it.winners)
    for key, array in work.start.items():  # and nothing has been learned or counted
        np.testing.assert_array_equal(work.stack.state(motion=True)[key], array)


def test_the_limit_is_what_takes_longer_at_the_bandwidth_where_weights_fit():
    work = Work(ROWS["d11_first"], inputs=200)
    sizes = {"L2": 1000, "L3": 10**9}
    fast = Limits(1e9, {"L2": 1e12, "L3": 1e12, "memory": 1.0}, sizes)
    slow = Limits(1e15, {"L2": 1e12, "L3": 1e6, "memory": 1.0}, sizes)
    found = need(work, fast)
    assert (found.by, found.least) == ("operations", found.operations / 1e9)
    found = need(work, slow)
    assert (found.by, found.least) == ("bytes, L3", pytest.approx(found.bytes / 1e6))


def test_weights_lie_in_the_smallest_place_that_holds_them():
    place = Limits(1, {}, {"L2": 100, "L3": 1000}).place
    assert [place(each) for each in (1, 100, 101, 1000, 1001)] == ["L2", "L2", "L3", "L3", "memory"]


def test_peak_and_bandwidths_are_those_of_this_machine(monkeypatch):
    monkeypatch.setattr(limits, "LARGEST", 2**24)
    found = limits.measure({"L2": 2**18, "L3": 2**22}, times=3)
    assert list(found.bandwidths) == ["L2", "L3", "memory"]
    assert found.peak > 1e8  # a thousandth of what a laptop has
    assert all(each > 1e7 for each in found.bandwidths.values())


def test_the_machine_is_named(tmp_path):
    this = machine.this()
    assert this.cpu and this.cores >= 1
    assert {"python", "numpy", "numba"} <= this.versions.keys()
    for number, (level, kind, size) in enumerate(
        [(1, "Data", "32K"), (1, "Instruction", "64K"), (2, "Unified", "512K")]
    ):
        folder = tmp_path / f"index{number}"
        folder.mkdir()
        for name, text in (("level", level), ("type", kind), ("size", size)):
            (folder / name).write_text(f"{text}\n")
    (tmp_path / "index9").mkdir()  # of which nothing is told
    assert machine._caches(tmp_path) == {"L1": 32 * 1024, "L2": 512 * 1024}


# Trust


def test_a_machine_at_rest_is_trusted():
    done = made([100.0, 101.0, 102.0], beats=[1.0, 1.0, 1.0, 1.4])
    assert done.trusted
    assert last_lines(done) == [
        "data: mnist_sample",
        "machine at rest: the same short work, 4 times, took 0 % longer than at its quickest "
        "(median; at worst 40 %)",
    ]


def test_a_busy_machine_is_told():
    done = made([100.0, 101.0], beats=[1.0, 1.0 + 2 * RESTLESS, 1.0 + 2 * RESTLESS])
    assert not done.trusted
    assert last_lines(done)[1] == (
        "RATES NOT TO BE TRUSTED, the machine is busy: the same short work, 3 times, took 10 % "
        "longer than at its quickest (median; at worst 10 %); up to 5 % is rest"
    )


def test_turns_that_lie_far_apart_are_told():
    done = made([100.0, 100.0 * (1 + 2 * AGREE)])
    assert not done.trusted
    assert last_lines(done)[2] == (
        "RATES NOT TO BE TRUSTED, turns lie more than 25 % apart: d11_later"
    )
    assert row_line(done.rows[0]).endswith("  (wide)")


def test_how_long_all_images_take_is_told():
    assert last_lines(made([35_000.0], row="classify"))[1] == (
        "classifying with A4: 70,000 images in 2.0 s"
    )


def test_large_numbers_are_read_at_a_glance():
    assert [scaled(each) for each in (12, 1234, 1_234_567, 2e12)] == [
        "12 ",
        "1.23 k",
        "1.23 M",
        "2 T",
    ]
    assert scaled(512 * 1024, 1024) == "512 K"
