"""The same again, to the last bit; and draws that do not disturb one another."""

import numpy as np
import pytest
from trained import SHORT, assert_same, hashes, last, timeless

from hebb.training import loop


def test_the_same_seed_gives_the_same_bits(finished, train_small):
    again = train_small()
    for inputs in (0, 300, 600, 800):
        assert_same(again.snapshot(inputs)[1], finished.snapshot(inputs)[1])
    assert [*map(timeless, again.metrics())] == [*map(timeless, finished.metrics())]


def test_another_seed_gives_other_weights_from_the_start(finished, train_small):
    other = train_small("seed=8", *SHORT)
    for key, array in other.snapshot("first")[1].items():
        assert (array != finished.snapshot("first")[1][key]).mean() > 0.99, key


@pytest.mark.parametrize("chunk", [1, 77, 10_000])
def test_chunk_length_changes_nothing_but_the_clock(chunk, finished, train_small, monkeypatch):
    monkeypatch.setattr(loop, "CHUNK", chunk)
    run = train_small()
    assert list(run.snapshots()) == list(finished.snapshots())
    for inputs in run.snapshots():
        assert_same(run.snapshot(inputs)[1], finished.snapshot(inputs)[1])
    assert [*map(timeless, run.metrics())] == [*map(timeless, finished.metrics())]


def test_the_readable_rules_learn_what_the_compiled_ones_do(train_small):
    settings = ("dtype=float64", "phases.wander.steps=150", "phases.digits.steps=100")
    compiled, read = train_small(*settings), train_small(*settings, reference=True)
    assert set(compiled.info()["rules"].values()) == {"compiled"}
    assert set(read.info()["rules"].values()) == {"read"}
    for inputs in (0, 150, 300, 400):
        for key, array in compiled.snapshot(inputs)[1].items():
            other = read.snapshot(inputs)[1][key]
            np.testing.assert_allclose(other, array, rtol=1e-9, atol=1e-12, err_msg=key)
    for mine, theirs in zip(compiled.metrics(), read.metrics(), strict=True):
        for name, figures in mine["layers"].items():
            assert theirs["layers"][name] == pytest.approx(figures, rel=1e-9, abs=1e-12), name


def test_a_layer_on_top_leaves_those_below_as_they_were(finished, train_small):
    run = train_small("layers.extra={name: extra, rule: mwta, units: 5, xi: 0.1}")
    assert last(run)["extra.w"].shape == (5, 12)
    for inputs in (0, 300, 600, 800):
        arrays = run.snapshot(inputs)[1]
        del arrays["extra.w"]
        assert_same(arrays, finished.snapshot(inputs)[1])


def test_a_phase_before_leaves_the_draws_of_the_others_as_they_were(
    finished, train_small, small, tmp_path
):
    path = tmp_path / "before.yaml"
    before = "phases:\n  - {name: before, order: shuffled, steps: 90, learn: [], epochs: 2}\n"
    path.write_text(small.read_text().replace("phases:\n", before))
    run = train_small(config=path)
    assert list(run.snapshots()) == [0, 90, 180, 480, 780, 980]
    for inputs in (0, 300, 600, 800):  # a phase that learns nothing: only its draws could matter
        assert_same(run.snapshot(inputs + 180 if inputs else 0)[1], finished.snapshot(inputs)[1])


def test_a_phase_of_another_name_shuffles_and_restarts_otherwise(
    finished, train_small, small, tmp_path
):
    path = tmp_path / "renamed.yaml"
    path.write_text(small.read_text().replace("name: digits", "name: single"))
    run = train_small(config=path)
    assert_same(run.snapshot(600)[1], finished.snapshot(600)[1])
    assert hashes(run, 800)["top.w"] != hashes(finished, 800)["top.w"]
