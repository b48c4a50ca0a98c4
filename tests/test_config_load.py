"""What an experiment file comes to: loaded, dumped, and loaded back."""

from pathlib import Path

import pytest

from hebb.config import dumps, load, shipped
from hebb.errors import ConfigError

RULE = """\
from hebb.layers import Layer, LayerSpec


class Spec(LayerSpec):
    speed: float
    words: list[str] = []


class Rule(Layer):
    Spec = Spec

    def learn(self, x, labels=None): ...
    def follow(self, x): ...
    def infer(self, x): ...
"""

EVERYTHING = """\
name: everything
seed: 0x1f
dtype: float64
dataset: {source: npz, path: data/digits.npz, validation: 10}
streams:
  wander: {kind: tapestry, side: 4, max_speed: 1e-3}
layers:
  - {name: a, rule: mwta, grid: [3, 3], xi: 1e-10, clip: 2, init: {file: first.npz}}
  - {name: b, rule: mwta, units: 4, xi: 1, init: {run: on-001, snapshot: 3, layer: a}}
  - {name: c, rule: "rules/own.py:Rule", units: 2, speed: 3, words: ["010", "on", "1e3", ""]}
phases:
  - {name: p, input: wander, order: shuffled, epochs: 1, steps: 5, learn: [b, a]}
  - {name: q, restart: [a, b, c], learn: [],
     set: {a.clip: null, a.lateral: {radius: 1, strength: 1e-3}, b.output: normalized, c: {}}}
  - {name: r, restart: {c: {abs_normal_unit: {}}}, set: {a.lateral.strength: 2, c.words: [x]}}
evaluate:
  - {classifier: vote, layer: c}
  - {measure: reconstruction, layer: a, input: wander}
controls: []
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("rules").mkdir()
    Path("rules/own.py").write_text(RULE)


def written(text):
    Path("x.yaml").write_text(text)
    return load("x.yaml")


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_experiment_is_dumped_and_loaded_back(name):
    first = load(name)
    again = written(dumps(first))
    assert again.model_dump() == first.model_dump()
    assert dumps(again) == dumps(first)


def test_an_experiment_with_everything_is_dumped_and_loaded_back_from_elsewhere(tmp_path):
    first = written(EVERYTHING)
    Path("elsewhere").mkdir()
    Path("elsewhere/y.yaml").write_text(dumps(first))
    again = load("elsewhere/y.yaml")
    assert again.model_dump() == first.model_dump()
    assert dumps(again) == dumps(first)


def test_what_is_dumped_is_kept_short():
    assert dumps(
        written("layers: [{name: a, rule: mwta, units: 9, xi: 1}]\nphases: [{name: p}]")
    ) == (
        "name: x\nseed: 0\ndtype: float32\n"
        "dataset: {source: mnist, fallback: mnist_sample, validation: 0}\n"
        "layers:\n- name: a\n  rule: mwta\n  units: 9\n  init:\n    uniform: [0.0, 0.1]\n"
        "  n_w: 1\n  xi: 1.0\n  output: raw\n"
        "phases:\n- {name: p, input: train, order: sequential, epochs: 1}\n"
        "evaluate: []\ncontrols: [random_weights, random_images, raw_pixels]\n"
    )


def test_numbers_and_words_are_what_yaml_1_2_says():
    x = written(EVERYTHING)
    assert (x.seed, x.layers[0].xi, x.streams["wander"].max_speed) == (31, 1e-10, 1e-3)
    assert x.layers[2].words == ["010", "on", "1e3", ""]


def test_relative_paths_are_relative_to_the_file_that_wrote_them(tmp_path):
    Path("sub/deep").mkdir(parents=True)
    Path("sub/base.yaml").write_text(EVERYTHING.replace("rules/", "../rules/"))
    Path("sub/deep/y.yaml").write_text(
        "extends: ../base.yaml\nphases: {q: {restart: {a: {file: late.npz}}}}"
    )
    x = load("sub/deep/y.yaml", ["layers.b.init={file: weights/b.npz}"])
    assert x.dataset.path == str(tmp_path / "sub/data/digits.npz")
    assert x.layers[0].init.file == str(tmp_path / "sub/first.npz")
    assert x.layers[1].init.file == str(tmp_path / "weights/b.npz")
    assert x.layers[2].rule == f"{tmp_path / 'rules/own.py'}:Rule"
    assert x.phases[1].restart["a"].file == str(tmp_path / "sub/deep/late.npz")


def test_absolute_and_home_paths_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    x = written(EVERYTHING.replace("data/digits.npz", "~/d.npz").replace("first.npz", "/f.npz"))
    assert x.dataset.path == str(tmp_path / "home/d.npz")
    assert x.layers[0].init.file == "/f.npz"


def test_a_name_that_is_not_given_is_that_of_the_file():
    text = "layers: [{name: a, rule: mwta, units: 9, xi: 1}]\nphases: [{name: p}]"
    assert written(text).name == "x"
    Path("2nd try.yaml").write_text(text)
    with pytest.raises(ConfigError) as err:
        load("2nd try.yaml")
    assert str(err.value) == (
        "2nd try.yaml:1:1: name: must be a name: a letter, then letters, digits, _ or - "
        "(got 2nd try)"
    )


def test_a_list_of_restarts_takes_the_init_of_each_layer():
    x = written(EVERYTHING)
    assert {name: init.model_dump() for name, init in x.phases[1].restart.items()} == {
        "a": {"file": x.layers[0].init.file},
        "b": {"run": "on-001", "snapshot": 3, "layer": "a"},
        "c": {"uniform": (0.0, 0.1)},
    }


def test_a_list_of_restarts_takes_the_init_that_a_rule_has_by_default():
    Path("rules/own.py").write_text(
        RULE.replace("LayerSpec\n", "Init, LayerSpec\n", 1).replace(
            "    speed", "    init: Init = Init(normal=(0, 1))\n    speed"
        )
    )
    assert written(EVERYTHING).phases[1].restart["c"].normal == (0, 1)


def test_a_phase_has_the_layers_as_set_by_then():
    x = written(EVERYTHING)
    a = [x.layers_in(phase)["a"] for phase in x.phases]
    assert [each.clip for each in a] == [2, None, None]
    assert [each.lateral and (each.lateral.radius, each.lateral.strength) for each in a] == [
        None,
        (1, 1e-3),
        (1, 2),
    ]
    assert [x.layers_in(phase)["b"].output for phase in x.phases] == ["raw"] + ["normalized"] * 2
    assert [x.layers_in(phase)["c"].words for phase in x.phases][1:] == [
        ["010", "on", "1e3", ""],
        ["x"],
    ]
    assert x.layers[0].clip == 2


def test_a_phase_says_who_learns_in_the_order_of_the_layers():
    x = written(EVERYTHING)
    assert [x.learning_in(phase) for phase in x.phases] == [["a", "b"], [], ["a", "b", "c"]]


def test_the_main_experiment_is_what_the_notebook_did():
    x = load("invariant_mnist")
    assert [layer.name for layer in x.layers] == ["sparse", "invariant", "prototypes"]
    sparse, invariant, prototypes = x.layers
    assert (sparse.grid, sparse.n_w, sparse.xi, sparse.output) == ((40, 40), 5, 0.02, "normalized")
    assert (sparse.lateral.radius, sparse.lateral.strength) == (2, 0.5)
    assert (invariant.alpha, invariant.leta, invariant.seta) == (1 / 3, 0.08, 0.0008)
    assert (prototypes.n_w, prototypes.xi, prototypes.clip) == (1, 0.01, None)
    first, second = x.phases
    assert (first.epochs, first.steps, second.epochs) == (20, 10_000, 12)
    assert second.restart["prototypes"].uniform == (0.4, 0.42)
    assert [x.layers_in(phase)["prototypes"].clip for phase in x.phases] == [None, 1]


def test_an_extending_experiment_adds_its_phase_to_those_before():
    x = load("a6_digits")
    assert [phase.name for phase in x.phases] == ["wander", "response", "digits"]
    assert [x.learning_in(phase)[0] for phase in x.phases] == ["sparse", "sparse", "prototypes"]
    assert [x.layers_in(phase)["invariant"].output for phase in x.phases] == [
        "trace",
        "response",
        "response",
    ]
    assert x.layers[0].n_w == 15


def test_a_phase_of_no_epochs_is_passed_over_with_what_it_sets():
    x = load("invariant_mnist", ["phases.constant_start.epochs=0"])
    assert [phase.name for phase in x.shown] == ["wander"]
    for phase in x.phases:
        assert x.layers_in(phase)["prototypes"].clip is None
