"""How many cores there are to work on, and who gets how many."""

import os

import pytest

from hebb import cores as counting
from hebb.cores import cores, shares
from hebb.device import choose
from hebb.errors import UsageError


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Eight cores, no control groups; a test may say otherwise. Where groups are."""
    monkeypatch.delenv("HEBB_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: range(8), raising=False)
    monkeypatch.setattr(counting, "GROUPS", tmp_path)
    monkeypatch.setattr(counting, "OWN_GROUP", tmp_path / "own")
    return tmp_path


def test_the_cores_are_those_of_this_process(machine, monkeypatch):
    assert cores() == 8
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 12)
    assert cores() == 12
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores() == 1


@pytest.mark.parametrize(
    ("outer", "inner", "left"),
    [
        ("max 100000", "250000 100000", 3),
        ("200000 100000", "max 100000", 2),
        ("max 100000", "50000 100000", 1),
        ("900000 100000", "max 100000", 8),
        ("nonsense", "100000 0", 8),
    ],
)
def test_a_container_may_leave_fewer(machine, outer, inner, left):
    (machine / "own").write_text("4:memory:/elsewhere\n0::/a/b\n")
    (machine / "a" / "b").mkdir(parents=True)
    (machine / "a" / "cpu.max").write_text(f"{outer}\n")
    (machine / "a" / "b" / "cpu.max").write_text(f"{inner}\n")
    assert cores() == left


def test_the_environment_overrides(machine, monkeypatch):
    for said, number in (("3", 3), ("64", 64), ("", 8)):
        monkeypatch.setenv("HEBB_THREADS", said)
        assert cores() == number


@pytest.mark.parametrize("said", ["0", "-1", "2.0", "all", "²", " 2"])
def test_what_is_no_number_of_cores_is_told_before_anything_begins(machine, monkeypatch, said):
    monkeypatch.setenv("HEBB_THREADS", said)
    for asks in (cores, lambda: choose("cpu")):
        with pytest.raises(UsageError) as caught:
            asks()
        must = f"HEBB_THREADS: must be a whole number, 1 or more (got {said})"
        message = f"{must}; unset it to use all cores there are"
        assert str(caught.value) == message


def test_runs_at_once_share_all_cores(machine):
    assert [shares(runs) for runs in (1, 3, 8, 10)] == [[8], [3, 3, 2], [1] * 8, [1] * 10]
