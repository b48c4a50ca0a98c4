"""Whose weights a run began with, and who began with its own."""

import shutil

import numpy as np
import pytest

from hebb.catalogue import description
from hebb.catalogue.description import describe
from hebb.catalogue.family import children, family
from hebb.store import Run

pytestmark = pytest.mark.usefixtures("a_terminal_of_100_columns")


def test_a_family_goes_up_to_the_first_and_down_to_the_next(related):
    old = {"id": "old", "path": str(related / "old"), "snapshot": 300, "state": "same"}
    young = {"id": "young", "path": str(related / "young"), "snapshot": 300}
    assert family(Run(related / "middle")) == {
        "parents": [old | {"parents": []}],
        "children": [young],
    }
    above = family(Run(related / "young"))["parents"][0]
    assert (above["id"], above["parents"][0]["id"]) == ("middle", "old")
    assert family(Run(related / "old"))["parents"] == []


def test_weights_that_have_changed_or_are_gone_are_told(related, hebb):
    Run(related / "middle").save_snapshot(300, {"sparse.w": np.zeros((2, 3))})
    shutil.rmtree(related / "old")
    found = family(Run(related / "young"))["parents"][0]
    assert (found["state"], found["parents"][0]["state"]) == ("changed", "gone")
    assert hebb("show", "young")[1].split("family\n")[1].split("\n\n")[0] == (
        "  began with middle at 300 inputs; it has changed since\n"
        "  which began with old at 300 inputs; it is gone"
    )


def test_a_family_that_goes_round_in_a_circle_ends(related):
    snapshot = related / "young" / "snapshots" / "000000300.npz"
    Run(related / "old").note(files={str(snapshot): "0"})
    found = family(Run(related / "old"))["parents"][0]
    assert (found["id"], found["parents"][0]["parents"][0]["parents"]) == ("young", [])


def test_a_damaged_relative_does_not_hide_the_others(related):
    (related / "old" / "run.json").write_text("{")
    (related / "young" / "run.json").write_text('{"status": 1, "dataset": 1, "files": 3}')
    assert family(Run(related / "middle"))["parents"][0]["parents"] == []
    assert children(Run(related / "middle")) == []


def test_first_weights_of_another_run_make_a_family(small, train_small, finished):
    run = train_small(f"layers.sparse.init={{run: {finished.path}, snapshot: 300}}")
    parent = family(run)["parents"][0]
    assert (parent["id"], parent["snapshot"], parent["state"]) == (finished.id, 300, "same")


def test_what_cannot_be_read_of_the_family_says_nothing_against_the_run(finished, monkeypatch):
    def unreadable(run):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(description, "family", unreadable)
    found = describe(finished)
    assert (found["status"], found["family"], found["damages"]) == ("completed", None, [])
