"""`hebb compare`: results beside each other, and the settings that differ."""

import json
import re

import pytest

from hebb.catalogue.comparison import differences
from hebb.store import Run

pytestmark = pytest.mark.usefixtures("a_terminal_of_100_columns")


def test_compare_puts_results_beside_each_other_and_only_what_differs(runs_dir, hebb):
    Run(runs_dir / "b").append_metrics({"layers": {"sparse": {"learns": True, "winners": 4.5}}})
    code, out, err = hebb("compare", "a", "b", "latest")
    assert (code, err) == (0, "")
    assert re.sub(" {2,}", " | ", out).splitlines() == [
        " | a | b | c",
        "results",
        " | status | completed | failed | interrupted",
        " | inputs | 300 | 300 | 300",
        " | accuracy.vote.sparse | 50.00 % | - | 75.00 %",
        " | accuracy.vote.sparse.random_weights | 37.50 % | - | 62.50 %",
        " | lift.vote.sparse.random_weights | +12.50 | - | +12.50",
        "last epoch",
        " | sparse.learns | - | true | -",
        " | sparse.winners | - | 4.5 | -",
        "settings that differ",
        " | name | a | b | c",
        " | layers.sparse.n_w | 5 | 15 | 5",
    ]
    again = hebb("compare", "a", "b", "runs/a", "--json")
    assert again[2] == "a: is given more than once, and taken once\n"
    told = json.loads(again[1])
    assert told["settings"] == {"name": ["a", "b"], "layers.sparse.n_w": [5, 15]}
    assert told["results"]["accuracy.vote.sparse"] == [0.5, None]
    assert told["runs"] == ["a", "b"]


def test_runs_that_do_not_fit_beside_each_other_stand_below(runs_dir, hebb, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    blocks = hebb("compare", "a", "b", "c")[1].split("\n\n")
    assert len(blocks) == 2
    assert blocks[0].split()[:2] == ["a", "b"] and blocks[1].split()[0] == "c"
    assert all(len(line) <= 50 for block in blocks for line in block.splitlines())


def test_settings_differ_where_a_layer_is_missing(runs_dir):
    Run(runs_dir / "b").write_text("config.yaml", "name: a\n")
    assert differences([Run(runs_dir / "a"), Run(runs_dir / "b")]) == {
        "layers": [["sparse"], None],
        "layers.sparse.rule": ["mwta", None],
        "layers.sparse.n_w": [5, None],
        "layers.sparse.init.uniform": [[0, 0.2], None],
    }
    assert differences([Run(runs_dir / "a")] * 2) == {}


def test_compare_of_one_run_or_a_damaged_one_is_refused(runs_dir, hebb):
    said = "compare: must be given two runs or more (got 1)\n"
    assert hebb("compare", "a") == (2, "", said)
    again = "a: is given more than once, and taken once\n"
    assert hebb("compare", "a", "runs/a/") == (2, "", again + said)
    (runs_dir / "a" / "eval.json").write_text("[]")
    assert hebb("compare", "a", "b") == (2, "", "runs/a/eval.json: is not an evaluation\n")
