"""What the files of a run say: settings, metrics, results, figures."""

import pytest
from helpers import refused
from made_runs import make

from hebb.catalogue.contents import (
    figures,
    inputs_per_second,
    last_metrics,
    results,
    settings,
)
from hebb.errors import ConfigError, UsageError
from hebb.store import Run


def test_settings_are_dotted_paths(runs_dir, finished):
    assert settings(Run(runs_dir / "a")) == {
        "name": "a",
        "layers": ["sparse"],
        "layers.sparse.rule": "mwta",
        "layers.sparse.n_w": 5,
        "layers.sparse.init.uniform": [0, 0.2],
    }
    found = settings(finished)
    assert found["phases.digits.set.top.clip"] == 1
    assert found["layers.sparse.lateral.radius"] == 1
    assert found["evaluate.1.layer"] == "top"


def test_a_setting_that_is_taken_away_reads_none(tmp_path):
    run = make(tmp_path, "a")
    run.write_text("config.yaml", "phases:\n- {name: one, set: {top.clip: null}}\n")
    assert settings(run) == {"phases": ["one"], "phases.one.set.top.clip": "none"}


def test_settings_that_cannot_be_read_are_told_with_their_place(tmp_path):
    run = make(tmp_path, "a")
    path = run.path / "config.yaml"
    run.write_text("config.yaml", "name: a\nname: b\n")
    message = refused(ConfigError, settings, run)
    assert message == f"{path}:2:1: name: is given twice; first at {path}:1:1"


@pytest.mark.parametrize("line", ["[]", '{"layers": {"a": 1}}', '{"phase": 1}'])
def test_metrics_that_are_none_are_told(tmp_path, line):
    run = make(tmp_path, "a")
    assert last_metrics(run) is None
    run.append("metrics.jsonl", line)
    message = refused(UsageError, last_metrics, run)
    assert message == f"{run.path / 'metrics.jsonl'}: is not a record an epoch"


def test_results_leave_out_matrices(finished):
    whole = finished.read_json("eval.json")["results"]
    found = results(finished)
    assert [each["layer"] for each in found] == ["sparse", "top", "sparse"]
    assert set(found[0]) == {
        "classifier", "layer", "label", "accuracy", "first_weights", "controls"
    }  # fmt: skip
    assert found[0]["controls"].keys() == whole[0]["controls"].keys() != set()
    for name, control in found[0]["controls"].items():
        assert control["lift"] == whole[0]["controls"][name]["lift"]
    assert found[2] == whole[2] | {"label": "reconstruction"}


def test_figures_have_one_name_each(copied):
    found, whole = figures(copied), copied.read_json("eval.json")["results"]
    vote = whole[0]
    assert found["sparse.vote.accuracy"] == vote["accuracy"]
    assert found["sparse.vote.raw_pixels"] == vote["controls"]["raw_pixels"]["accuracy"]
    assert found["sparse.reconstruction"] == whole[2]["reconstruction_error"]
    last = last_metrics(copied)["layers"]["top"]
    assert found["top.weight_change"] == last["weight_change"]
    assert "top.learns" not in found
    assert all(isinstance(value, float) for value in found.values())
    copied.write_json("eval.json", {"results": [vote | {"label": "second"}]})
    assert figures(copied)["sparse.second.accuracy"] == vote["accuracy"]
    assert "sparse.vote.accuracy" not in figures(copied)


def test_a_run_without_read_out_has_the_figures_of_its_metrics(tmp_path):
    run = make(tmp_path, "a")
    assert figures(run) == {}
    run.append_metrics({"layers": {"a": {"learns": True, "winners": 3}}})
    assert figures(run) == {"a.winners": 3.0}


def test_the_rate_is_the_median_of_the_epochs(tmp_path):
    run = make(tmp_path, "a")
    assert inputs_per_second(run) is None
    for rate in (10, 120.0, 100.0):
        run.append_metrics({"inputs_per_second": rate})
    assert inputs_per_second(run) == 100.0
    run.append_metrics({"inputs": 600})
    message = refused(UsageError, inputs_per_second, run)
    assert message == f"{run.path / 'metrics.jsonl'}: is not a record an epoch"


def test_what_is_noted_and_expected_is_no_setting(tmp_path):
    run = make(tmp_path, "a")
    before = settings(run)
    text = (run.path / "config.yaml").read_text()
    run.write_text("config.yaml", text + "notes: {what: x}\nexpect: {mnist: {sparse.a: [0, 1]}}\n")
    assert settings(run) == before


def test_what_is_done_with_settings_changes_no_others(finished):
    settings(finished)["layers.sparse.grid"].append(7)
    assert settings(finished)["layers.sparse.grid"] == [4, 5]
