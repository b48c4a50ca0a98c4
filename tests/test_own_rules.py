import sys
from pathlib import Path

import pytest

from hebb.config import load
from hebb.errors import ConfigError, HebbError, UsageError
from hebb.layers.own import find_rule

RULE = """\
from typing import Self

from pydantic import Field, model_validator

from hebb.layers import Layer, LayerSpec


class Spec(LayerSpec):
    speed: float = Field(gt=0)
    lag: int = 1

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.lag > self.n_units:
            self.refuse("lag", f"must be at most {self.n_units}, the number of units")
        return self


class Slow(Layer):
    Spec = Spec

    def learn(self, x, labels=None):
        return x[:, : self.n_out]

    def follow(self, x, labels=None):
        return x[:, : self.n_out]

    def infer(self, x):
        return x[:, : self.n_out]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder `configs` of the working directory, where experiments and rules stand."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "slow.py").write_text(RULE)
    yield folder
    for name in [name for name in sys.modules if name.startswith("hebb_own_")]:
        del sys.modules[name]


def experiment(rule="slow.py:Slow", keys="speed: 2", phase=""):
    Path("configs/x.yaml").write_text(
        f"layers: [{{name: a, rule: '{rule}', units: 3, {keys}}}]\nphases: [{{name: p{phase}}}]"
    )
    return load("configs/x.yaml")


def fault(*args, **kwargs):
    with pytest.raises(ConfigError) as err:
        experiment(*args, **kwargs)
    return str(err.value)


AT = "configs/x.yaml:1:26: layers.a.rule"


def test_a_rule_in_a_file_beside_the_experiment_is_found(folder):
    (layer,) = experiment().layers
    assert layer.rule == f"{folder}/slow.py:Slow"
    assert (layer.speed, layer.lag, layer.n_units) == (2.0, 1, 3)
    assert find_rule(layer.rule).__name__ == "Slow"


def test_a_file_is_imported_once_and_again_when_it_changes(folder):
    rule = f"{folder}/slow.py:Slow"
    first = find_rule(rule)
    assert find_rule(rule) is first
    (folder / "slow.py").write_text(RULE + "\nSlow.changed = True\n")
    assert find_rule(rule).changed


def test_its_keys_are_checked_by_its_own_spec():
    assert fault(keys="speed: 0").endswith("layers.a.speed: must be greater than 0 (got 0)")
    assert fault(keys="spede: 1").splitlines() == [
        "configs/x.yaml:1:10: layers.a.speed: is required",
        "configs/x.yaml:1:52: layers.a.spede: is not a key here; did you mean speed? "
        "Known: name, rule, grid, units, init, speed, lag",
    ]
    assert fault(keys="speed: 1, lag: 4") == (
        "configs/x.yaml:1:67: layers.a.lag: must be at most 3, the number of units (got 4)"
    )


def test_what_a_phase_sets_is_checked_by_its_own_spec():
    assert experiment(phase=", set: {a.speed: 3}").phases[0].set == {"a": {"speed": 3}}
    assert fault(phase=", set: {a.lag: 4, a.n_w: 1, a.units: 2}").splitlines() == [
        "configs/x.yaml:2:33: phases.p.set.a.lag: must be at most 3, the number of units (got 4)",
        "configs/x.yaml:2:36: phases.p.set.a.n_w: is not a key here; Known: speed, lag",
        "configs/x.yaml:2:46: phases.p.set.a.units: cannot be set by a phase; "
        "what can be: speed, lag",
    ]


def test_a_file_that_is_not_there_is_told(folder):
    assert fault("gone.py:Slow") == (
        f"{AT}: must name a Python file (got gone.py:Slow); "
        f"{folder}/gone.py: No such file or directory"
    )
    (folder / "dir.py").mkdir()
    assert fault("dir.py:Slow") == (
        f"{AT}: must name a Python file (got dir.py:Slow); {folder}/dir.py: Is a directory"
    )


def test_a_path_that_no_file_can_have_is_told():
    with pytest.raises(UsageError) as err:
        find_rule("a\0b.py:Slow")
    assert str(err.value) == "must name a Python file; a\0b.py: embedded null byte"


def test_a_file_is_relative_to_the_experiment_not_to_the_working_directory(tmp_path):
    (tmp_path / "here.py").write_text(RULE)
    assert "No such file" in fault("here.py:Slow")
    assert experiment("../here.py:Slow").layers[0].rule == f"{tmp_path}/here.py:Slow"


def test_a_key_of_it_that_there_is_none_of_is_told_though_it_says_null(folder):
    (folder.parent / "slow.py").write_text("1 / 0")  # not this one, though it stands nearer
    assert "layers.a.sped: is not a key here; did you mean speed?" in fault(
        keys="speed: 2, sped: null"
    )


@pytest.mark.parametrize(
    ("name", "hint"), [("Slo", "did you mean Slow? "), ("Spec", ""), ("", ""), ("Path", "")]
)
def test_a_class_that_is_no_rule_is_told(name, hint, folder):
    assert fault(f"slow.py:{name}") == (
        f"{AT}: must name a class of {folder}/slow.py that derives from hebb.layers.Layer "
        f"(got slow.py:{name}); {hint}Known: Slow"
    )


def test_a_file_without_a_rule_is_told(folder):
    (folder / "none.py").write_text("")
    assert fault("none.py:Slow") == (
        f"{AT}: must name a class of {folder}/none.py that derives from hebb.layers.Layer "
        "(got none.py:Slow); Known: none"
    )


@pytest.mark.parametrize("spec", ["", "Spec = 3", "Spec = dict"])
def test_a_rule_without_a_spec_is_told(spec, folder):
    (folder / "bare.py").write_text(RULE.replace("Spec = Spec\n", f"{spec or 'x = 1'}\n"))
    assert fault("bare.py:Slow") == (
        f"{AT}: Slow must have Spec, a class that derives from hebb.layers.LayerSpec "
        "(got bare.py:Slow)"
    )


def test_a_rule_without_a_verb_is_told(folder):
    text = RULE.replace("def follow", "def follows").replace("def infer", "def infers")
    (folder / "bare.py").write_text(text)
    assert fault("bare.py:Slow") == (f"{AT}: Slow must define follow, infer (got bare.py:Slow)")


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("import os\nx = nothing\n", ":2", "NameError: name 'nothing' is not defined"),
        ("x = 1\n\nraise ValueError('a\\n  b')", ":3", "ValueError: a b"),
        ("def f():\n    return 1 / 0\n\nf()", ":2", "ZeroDivisionError: division by zero"),
        ("import no_such_module", ":1", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("import sys\nsys.exit(3)", ":2", "SystemExit: 3"),
        ("x = (", "", "SyntaxError: '(' was never closed (broken.py, line 1)"),
    ],
)
def test_an_error_on_import_is_told_with_its_line(text, line, told, folder):
    (folder / "broken.py").write_text(text)
    assert fault("broken.py:Slow") == (
        f"{AT}: must be importable (got broken.py:Slow); {folder}/broken.py{line}: {told}"
    )
    assert not [name for name in sys.modules if name.startswith("hebb_own_")]


def test_an_override_names_a_file_from_the_working_directory(tmp_path):
    (tmp_path / "here.py").write_text(RULE)
    experiment()
    x = load("configs/x.yaml", ["layers.a.rule=here.py:Slow"])
    assert x.layers[0].rule == f"{tmp_path}/here.py:Slow"
    with pytest.raises(ConfigError) as err:
        load("configs/x.yaml", ["layers.a.rule=gone.py:Slow"])
    assert str(err.value) == (
        "layers.a.rule=gone.py:Slow: layers.a.rule: must name a Python file (got gone.py:Slow); "
        f"{tmp_path}/gone.py: No such file or directory"
    )


def trained(tmp_path):
    from hebb.experiment import train

    experiment()
    settings = ["dataset.source=digits", "dataset.fallback=null", "phases.p.steps=20"]
    found = load("configs/x.yaml", settings)
    return train(found, runs_dir=tmp_path / "runs", quiet=True, say=lambda line: None)


def test_a_run_whose_rule_has_changed_is_not_read_out(tmp_path, folder):
    from hebb.apparatus import reopen

    run = trained(tmp_path)
    assert reopen(run).experiment.layers[0].rule == f"{folder}/slow.py:Slow"
    (folder / "slow.py").write_text(RULE + "\nx = 1\n")
    with pytest.raises(UsageError) as err:
        reopen(run)
    assert str(err.value) == (
        f"{folder}/slow.py: has changed since the run began; put it back to go on"
    )


def test_a_rule_that_exits_is_told_as_one_that_raises(tmp_path, folder):
    verb = "    def learn(self, x, labels=None):\n"
    (folder / "slow.py").write_text(RULE.replace(verb, f"{verb}        raise SystemExit(3)\n"))
    with pytest.raises(HebbError, match=r"slow\.py:\d+: SystemExit: 3"):
        trained(tmp_path)
