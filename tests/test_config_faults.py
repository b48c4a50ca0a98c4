import random
from pathlib import Path

import pytest
import yaml

from hebb.config import load, shipped
from hebb.config.document import dump
from hebb.errors import ConfigError, HebbError, UsageError
from hebb.layers import RULES as TABLE

TOP = "name, notes, seed, dtype, dataset, streams, layers, phases, evaluate, controls, expect"
MWTA = "name, rule, grid, units, init, n_w, xi, clip, lateral, output"
INVARIANCE = "name, rule, grid, units, init, alpha, leta, seta, renormalize_every, output"
INIT = "uniform, normal, abs_normal_unit, file, run, snapshot, layer"
NAME = "must be a name: a letter, then letters, digits, _ or -"
RULES = ", ".join(TABLE)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def faults_in(text, *overrides):
    """The faults of a file x.yaml, without its name."""
    Path("x.yaml").write_text(text)
    with pytest.raises(ConfigError) as err:
        load("x.yaml", overrides)
    assert str(err.value) == "\n".join(err.value.faults)
    return [line.removeprefix("x.yaml:") for line in err.value.faults]


def base(**parts):
    """A small experiment, one key a line, with some keys given otherwise."""
    given = {
        "layers": "[{name: a, rule: mwta, units: 9, xi: 1}]",
        "phases": "[{name: p}]",
    } | parts
    return "".join(f"{key}: {value}\n" for key, value in given.items())


def fault_of_layer(keys):
    """The fault of one more key of a mwta layer, its column counted from there."""
    (fault,) = faults_in(base(layers=f"[{{name: a, rule: mwta, {keys}}}]"))
    return fault


@pytest.mark.parametrize("text", ["", "null", "3", "[]", "- a: 1", "''"])
def test_a_file_must_be_a_mapping(text):
    assert faults_in(text) == ["1:1: an experiment file must be a mapping of keys"]


def test_what_is_required_cites_the_mapping_that_should_hold_it():
    assert faults_in("seed: 3") == ["1:1: layers: is required", "1:1: phases: is required"]
    text = "layers:\n  - {grid: [2, 2], rule: mwta}\nphases:\n  - {epochs: 3}\n"
    text += "dataset: {}\nstreams:\n  wander:\n    side: 3\nevaluate: [{classifier: vote}]"
    assert faults_in(text) == [
        "2:5: layers.0.name: is required",
        "2:5: layers.0.xi: is required",
        "4:5: phases.0.name: is required",
        "5:10: dataset.source: is required",
        "8:5: streams.wander.kind: is required",
        "9:12: evaluate.0.layer: is required",
    ]


def test_what_is_required_and_null_cites_the_null():
    assert faults_in(base(phases="null")) == ["2:9: phases: is required"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (base(sed=1), f"3:1: sed: is not a key here; did you mean seed? Known: {TOP}"),
        (base(qqq=1), f"3:1: qqq: is not a key here; Known: {TOP}"),
        (
            base(layers="[{name: a, rule: mwta, units: 9, xi: 1, nw: 2}]"),
            f"1:49: layers.a.nw: is not a key here; did you mean n_w? Known: {MWTA}",
        ),
        (
            base(
                layers="[{name: a, rule: invariance, units: 9, alpha: 1, leta: 1, seta: 1, xi: 1}]"
            ),
            f"1:76: layers.a.xi: is not a key here; Known: {INVARIANCE}",
        ),
        (
            base(layers="[{name: a, rule: mwta, units: 9, xi: 1, init: {unifrm: [0, 1]}}]"),
            f"1:56: layers.a.init.unifrm: is not a key here; did you mean uniform? Known: {INIT}",
        ),
        (
            base(
                layers="[{name: a, rule: mwta, units: 9, xi: 1, init: {abs_normal_unit: {x: 1}}}]"
            ),
            "1:74: layers.a.init.abs_normal_unit.x: is not a key here; Known: none",
        ),
        (
            base(phases="[{name: p, epoch: 2}]"),
            "2:20: phases.p.epoch: is not a key here; did you mean epochs? Known: "
            "name, input, order, epochs, steps, learn, restart, set",
        ),
        (
            base(streams="{w: {kind: tapestry, sid: 2}}"),
            "3:31: streams.w.sid: is not a key here; did you mean side? Known: "
            "kind, side, first, window, frames, max_speed, turn_every",
        ),
        (
            base(dataset="{source: mnist, fallbck: digits}"),
            "3:26: dataset.fallbck: is not a key here; did you mean fallback? Known: "
            "source, path, fallback, validation",
        ),
        (
            base(evaluate="[{classifier: vote, layer: a, input: train}]"),
            "3:41: evaluate.0.input: is not a key here; Known: classifier, layer, name",
        ),
        (
            base(evaluate="[{measure: reconstruction, layer: a, inputs: train}]"),
            "3:48: evaluate.0.inputs: is not a key here; did you mean input? "
            "Known: measure, layer, input, name",
        ),
    ],
)
def test_an_unknown_key_is_told_with_what_is_known_there(text, fault):
    assert faults_in(text) == [fault]


def test_an_unknown_key_of_a_nested_mapping_is_told_beside_what_is_missing():
    text = base(
        layers="[{name: a, rule: mwta, grid: [3, 3], xi: 1, lateral: {radius: 1, strngth: 1}}]"
    )
    assert faults_in(text) == [
        "1:62: layers.a.lateral.strength: is required",
        "1:74: layers.a.lateral.strngth: is not a key here; did you mean strength? "
        "Known: radius, strength",
    ]


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("name", "3", "name: must be a word (got 3)"),
        ("name", "a b", f"name: {NAME} (got a b)"),
        ("name", "''", f"name: {NAME} (got '')"),
        ("name", "[a]", "name: must be a word (got [a])"),
        ("seed", "1.0", "seed: must be a whole number (got 1.0)"),
        ("seed", "1e3", "seed: must be a whole number (got 1000.0)"),
        ("seed", "'1'", "seed: must be a whole number (got '1')"),
        ("seed", "on", "seed: must be a whole number (got on)"),
        ("seed", "true", "seed: must be a whole number (got true)"),
        ("seed", "-1", "seed: must be at least 0 (got -1)"),
        ("seed", ".nan", "seed: must be a whole number (got .nan)"),
        ("seed", "-.inf", "seed: must be a whole number (got -.inf)"),
        ("seed", "{a: [1, x]}", "seed: must be a whole number (got {a: [1, x]})"),
        ("seed", "x" * 99, f"seed: must be a whole number (got {'x' * 57}...)"),
        (
            "dtype",
            "float23",
            "dtype: must be one of float32, float64 (got float23); did you mean float32?",
        ),
        ("dtype", "32", "dtype: must be one of float32, float64 (got 32)"),
        ("layers", "3", "layers: must be a list (got 3)"),
        ("layers", "{}", "layers: must be a list (got {})"),
        ("layers", "{a: {xi: 1}}", "layers: must be a list (got {a: {xi: 1}})"),
        ("layers", "[]", "layers: must hold at least 1 (got [])"),
        ("phases", "p", "phases: must be a list (got p)"),
        ("phases", "{}", "phases: must be a list (got {})"),
        ("phases", "[]", "phases: must hold at least 1 (got [])"),
        ("streams", "[]", "streams: must be a mapping (got [])"),
        ("streams", "3", "streams: must be a mapping (got 3)"),
        ("dataset", "mnist", "dataset: must be a mapping (got mnist)"),
        ("evaluate", "7", "evaluate: must be a list (got 7)"),
        ("evaluate", "{classifier: vote}", "evaluate: must be a list (got {classifier: vote})"),
        ("controls", "raw_pixels", "controls: must be a list (got raw_pixels)"),
    ],
)
def test_a_wrong_value_at_the_top_is_told(key, value, fault):
    parts = {"layers": "[{name: a, rule: mwta, units: 9, xi: 1}]", "phases": "[{name: p}]"}
    parts.pop(key, None)
    text = f"{key}: {value}\n" + "".join(f"{k}: {v}\n" for k, v in parts.items())
    assert faults_in(text) == [f"1:{len(key) + 3}: {fault}"]


EVALUATION = "must be {classifier: vote, layer: NAME} or {measure: reconstruction, layer: NAME}"


@pytest.mark.parametrize(
    ("key", "must"),
    [
        ("layers", "must be a mapping such as {name: sparse, rule: mwta, ...}"),
        ("phases", "must be a mapping"),
        ("evaluate", EVALUATION),
        ("controls", "must be one of random_weights, random_images, raw_pixels, backprop"),
    ],
)
@pytest.mark.parametrize("value", ["3", "null", "true", "word", "[1]"])
def test_a_wrong_item_of_a_list_is_told(key, must, value):
    parts = {"layers": "[{name: a, rule: mwta, units: 9, xi: 1}]", "phases": "[{name: p}]"}
    parts.pop(key, None)
    text = f"{key}: [{value}]\n" + "".join(f"{k}: {v}\n" for k, v in parts.items())
    assert faults_in(text) == [f"1:{len(key) + 4}: {key}.0: {must} (got {value})"]


@pytest.mark.parametrize(
    "value", ["{}", "{layer: a}", "{classifier: vote, measure: reconstruction}"]
)
def test_an_evaluation_is_a_classifier_or_a_measure(value):
    assert faults_in(base(evaluate=f"[{value}]")) == [
        f"3:12: evaluate.0: {EVALUATION} (got {value})"
    ]


def test_an_unknown_control_is_told_with_the_one_that_was_meant():
    assert faults_in(base(controls="[raw_pixels, raw_pixel]")) == [
        "3:24: controls.1: must be one of random_weights, random_images, raw_pixels, backprop "
        "(got raw_pixel); did you mean raw_pixels?"
    ]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("units: 9, n_w: 0, xi: 1", "n_w: must be at least 1 (got 0)"),
        ("units: 9, n_w: 10, xi: 1", "n_w: must be at most 9, the number of units (got 10)"),
        ("grid: [2, 3], n_w: 7, xi: 1", "n_w: must be at most 6, the number of units (got 7)"),
        ("units: 9, n_w: 2.0, xi: 1", "n_w: must be a whole number (got 2.0)"),
        ("units: 9, n_w: true, xi: 1", "n_w: must be a whole number (got true)"),
        ("units: 9, n_w: '5', xi: 1", "n_w: must be a whole number (got '5')"),
        ("units: 9, xi: -0.5", "xi: must be at least 0 (got -0.5)"),
        ("units: 9, xi: true", "xi: must be a number (got true)"),
        ("units: 9, xi: .nan", "xi: must be finite (got .nan)"),
        ("units: 9, xi: .inf", "xi: must be finite (got .inf)"),
        ("units: 9, xi: 1e999", "xi: must be finite (got .inf)"),
        ("units: 9, xi: [1]", "xi: must be a number (got [1])"),
        ("units: 9, clip: 0, xi: 1", "clip: must be greater than 0 (got 0)"),
        ("units: 9, clip: -.inf, xi: 1", "clip: must be finite (got -.inf)"),
        ("units: 9, output: norm, xi: 1", "output: must be one of raw, normalized (got norm)"),
        ("units: 0, xi: 1", "units: must be at least 1 (got 0)"),
        ("units: 2.5, xi: 1", "units: must be a whole number (got 2.5)"),
        ("units: [3, 3], xi: 1", "units: must be a whole number (got [3, 3])"),
        ("grid: 9, xi: 1", "grid: must be a list (got 9)"),
        ("grid: {}, xi: 1", "grid: must be a list (got {})"),
        ("grid: [], xi: 1", "grid: must hold 2 (got [])"),
        ("grid: [9], xi: 1", "grid: must hold 2 (got [9])"),
        ("grid: [9, 9, 9], xi: 1", "grid: must hold at most 2 (got [9, 9, 9])"),
        ("grid: [9, 0], xi: 1", "grid.1: must be at least 1 (got 0)"),
        ("grid: [9, 1.5], xi: 1", "grid.1: must be a whole number (got 1.5)"),
        ("grid: [9, null], xi: 1", "grid.1: must be a whole number (got null)"),
        ("units: 9, xi: 1, lateral: 3", "lateral: must be a mapping (got 3)"),
        (
            "units: 9, xi: 1, lateral: {radius: 1, strength: 1}",
            "lateral: needs grid: [rows, columns] in place of units (got {radius: 1, strength: 1})",
        ),
        (
            "grid: [9, 9], xi: 1, lateral: {radius: 0, strength: 1}",
            "lateral.radius: must be at least 1 (got 0)",
        ),
        (
            "grid: [9, 4], xi: 1, lateral: {radius: 2, strength: 1}",
            "lateral.radius: must leave 2 radius + 1 at most 4, the shorter side (got 2)",
        ),
        (
            "grid: [9, 9], xi: 1, lateral: {radius: 1, strength: -1}",
            "lateral.strength: must be at least 0 (got -1)",
        ),
        ("units: 9, xi: 1, init: 3", "init: must be a mapping (got 3)"),
        (
            "units: 9, xi: 1, init: {}",
            "init: must hold exactly one of uniform, normal, abs_normal_unit, file, run (got {})",
        ),
        (
            "units: 9, xi: 1, init: {uniform: [0, 1], file: x}",
            "init: must hold exactly one of uniform, normal, abs_normal_unit, file, run "
            "(got [uniform, file])",
        ),
        ("units: 9, xi: 1, init: {uniform: 3}", "init.uniform: must be a list (got 3)"),
        ("units: 9, xi: 1, init: {uniform: [3]}", "init.uniform: must hold 2 (got [3])"),
        (
            "units: 9, xi: 1, init: {uniform: [2, 1]}",
            "init.uniform: must be [lowest, highest] (got [2, 1])",
        ),
        (
            "units: 9, xi: 1, init: {uniform: [1, .nan]}",
            "init.uniform.1: must be finite (got .nan)",
        ),
        (
            "units: 9, xi: 1, init: {normal: [0, -1]}",
            "init.normal: must be [mean, standard deviation], the second at least 0 (got [0, -1])",
        ),
        (
            "units: 9, xi: 1, init: {abs_normal_unit: 1}",
            "init.abs_normal_unit: must be a mapping (got 1)",
        ),
        ("units: 9, xi: 1, init: {file: 1}", "init.file: must be a word (got 1)"),
        ("units: 9, xi: 1, init: {run: 1}", "init.run: must be a word (got 1)"),
        (
            "units: 9, xi: 1, init: {file: x, snapshot: 3}",
            "init.snapshot: must stand beside `run` (got 3)",
        ),
        (
            "units: 9, xi: 1, init: {uniform: [0, 1], layer: b}",
            "init.layer: must stand beside `run` (got b)",
        ),
        (
            "units: 9, xi: 1, init: {run: x, snapshot: 1.5}",
            "init.snapshot: must be a whole number or a word (got 1.5)",
        ),
    ],
)
def test_the_limits_of_mwta_are_told(given, fault):
    (line,) = faults_in(base(layers=f"[{{name: a, rule: mwta, {given}}}]"))
    assert line.split(": ", 1)[1] == f"layers.a.{fault}"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("alpha: 0, leta: 1, seta: 1", "alpha: must be greater than 0 (got 0)"),
        ("alpha: 1.5, leta: 1, seta: 1", "alpha: must be at most 1 (got 1.5)"),
        ("alpha: 1, leta: -1, seta: 1", "leta: must be at least 0 (got -1)"),
        ("alpha: 1, leta: 1, seta: -1e-3", "seta: must be at least 0 (got -0.001)"),
        ("alpha: 1, leta: 1", "seta: is required"),
        (
            "alpha: 1, leta: 1, seta: 1, renormalize_every: 0",
            "renormalize_every: must be at least 1 (got 0)",
        ),
        (
            "alpha: 1, leta: 1, seta: 1, output: respons",
            "output: must be one of trace, response (got respons); did you mean response?",
        ),
    ],
)
def test_the_limits_of_invariance_are_told(given, fault):
    (line,) = faults_in(base(layers=f"[{{name: a, rule: invariance, units: 9, {given}}}]"))
    assert line.split(": ", 1)[1] == f"layers.a.{fault}"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("xi: -1, phi: 0", "xi: must be at least 0 (got -1)"),
        ("xi: 1, phi: 1.5", "phi: must be at most 1 (got 1.5)"),
        ("xi: 1", "phi: is required"),
        ("xi: 1, phi: 0, repel: {rank: 1}", "repel.delta: is required"),
        ("xi: 1, phi: 0, repel: {rank: 0, delta: 1}", "repel.rank: must be at least 1 (got 0)"),
        ("xi: 1, phi: 0, repel: {rank: 1, delta: -1}", "repel.delta: must be at least 0 (got -1)"),
        (
            "xi: 1, phi: 0, repel: {rank: 9, delta: 1}",
            "repel.rank: must be at most 8, the places below the winner (got 9)",
        ),
    ],
)
def test_the_limits_of_compspec_are_told(given, fault):
    (line,) = faults_in(base(layers=f"[{{name: a, rule: compspec, units: 9, {given}}}]"))
    assert line.split(": ", 1)[1] == f"layers.a.{fault}"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("k: 3", "eps: is required"),
        ("eps: -1", "eps: must be at least 0 (got -1)"),
        ("eps: 1, p: 0.5", "p: must be at least 1 (got 0.5)"),
        ("eps: 1, delta: -1", "delta: must be at least 0 (got -1)"),
        ("eps: 1, k: 1", "k: must be at least 2 (got 1)"),
        ("eps: 1, k: 10", "k: must be at most 9, the number of units (got 10)"),
    ],
)
def test_the_limits_of_krotov_hopfield_are_told(given, fault):
    (line,) = faults_in(base(layers=f"[{{name: a, rule: krotov_hopfield, units: 9, {given}}}]"))
    assert line.split(": ", 1)[1] == f"layers.a.{fault}"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("xi: 1", "thresh: is required, unless `compete: none`"),
        ("xi: 1, thresh: null", "thresh: is required, unless `compete: none` (got null)"),
        ("xi: 1, thresh: 1.5", "thresh: must be at most 1 (got 1.5)"),
        ("xi: 1, thresh: -0.5", "thresh: must be at least 0 (got -0.5)"),
        ("xi: -1, thresh: 1", "xi: must be at least 0 (got -1)"),
        ("thresh: 1", "xi: is required"),
        ("xi: 1, thresh: 1, clip: 0", "clip: must be greater than 0 (got 0)"),
        (
            "xi: 1, compete: nobody",
            "compete: must be one of raw, mean, none (got nobody)",
        ),
        (
            "xi: 1, compete: none, thresh: 0.5",
            "thresh: must be left out with `compete: none`, where all units win (got 0.5)",
        ),
        (
            "xi: 1, compete: none, target_winners: 3",
            "target_winners: must be left out with `compete: none`, where all units win (got 3)",
        ),
        (
            "xi: 1, thresh: 1, target_winners: 0",
            "target_winners: must be greater than 0 (got 0)",
        ),
        (
            "xi: 1, thresh: 1, target_winners: 9.5",
            "target_winners: must be at most 9, the number of units (got 9.5)",
        ),
    ],
)
def test_the_limits_of_threshold_are_told(given, fault):
    (line,) = faults_in(base(layers=f"[{{name: a, rule: threshold, units: 9, {given}}}]"))
    assert line.split(": ", 1)[1] == f"layers.a.{fault}"


@pytest.mark.parametrize("key", ["compete: raw", "target_winners: 3"])
def test_a_phase_cannot_set_what_decides_which_arrays_threshold_has(key):
    text = base(
        layers="[{name: a, rule: threshold, units: 9, xi: 1, thresh: 0.5}]",
        phases=f"[{{name: b, set: {{a: {{{key}}}}}}}]",
    )
    (line,) = faults_in(text)
    assert line.split(": ", 1)[1] == (
        f"phases.b.set.a.{key.split(':')[0]}: cannot be set by a phase; "
        "what can be: xi, thresh, clip"
    )


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("n_w: 1, eta: 1", "zeta: is required"),
        ("n_w: 1, zeta: 1", "eta: is required"),
        ("eta: 1, zeta: 1", "n_w: is required"),
        ("n_w: 0, eta: 1, zeta: 1", "n_w: must be at least 1 (got 0)"),
        (
            "n_w: 10, eta: 1, zeta: 1",
            "n_w: must be at most 9, the number of units (got 10)",
        ),
        ("n_w: 1, eta: -1, zeta: 1", "eta: must be at least 0 (got -1)"),
        ("n_w: 1, eta: 1, zeta: -1", "zeta: must be at least 0 (got -1)"),
        (
            "n_w: 1, eta: 1, zeta: 1, reconstruct: no",
            "reconstruct: must be true or false (got no)",
        ),
    ],
)
def test_the_limits_of_smooth_invariance_are_told(given, fault):
    (line,) = faults_in(base(layers=f"[{{name: a, rule: smooth_invariance, units: 9, {given}}}]"))
    assert line.split(": ", 1)[1] == f"layers.a.{fault}"


def test_a_layer_has_a_grid_or_a_number_of_units():
    must = "layers.a: must hold either grid: [rows, columns] or units: N"
    assert fault_of_layer("xi: 1") == f"1:10: {must} (got {{}})"
    both = "{grid: [3, 3], units: 9}"
    assert fault_of_layer(f"xi: 1, {both[1:-1]}") == f"1:10: {must} (got {both})"


@pytest.mark.parametrize(
    ("rule", "got"),
    [
        ("rule: mwt, ", " (got mwt); did you mean mwta? "),
        ("rule: sparse, ", " (got sparse); "),
        ("rule: mine.py, ", " (got mine.py); "),
        ("rule: mine:Rule, ", " (got mine:Rule); "),
        ("rule: '', ", " (got ''); "),
        ("rule: 3, ", " (got 3); "),
        ("rule: [mwta], ", " (got [mwta]); did you mean mwta? "),
        ("rule: null, ", " (got null); "),
        ("", "; "),
    ],
)
def test_an_unknown_rule_is_told_with_those_that_are_known(rule, got):
    place = "1:26" if rule else "1:10"
    assert faults_in(base(layers=f"[{{name: a, {rule}xi: 1}}]")) == [
        f"{place}: layers.a.rule: must be a rule or file.py:Class{got}Known: {RULES}"
    ]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("3", "w: must be a mapping (got 3)"),
        ("{kind: wall}", "w.kind: must be tapestry (got wall)"),
        ("{kind: tapestry, side: 1}", "w.side: must be at least 2 (got 1)"),
        ("{kind: tapestry, first: -1}", "w.first: must be at least 0 (got -1)"),
        ("{kind: tapestry, window: 0}", "w.window: must be at least 1 (got 0)"),
        ("{kind: tapestry, frames: 0}", "w.frames: must be at least 1 (got 0)"),
        ("{kind: tapestry, max_speed: 0}", "w.max_speed: must be greater than 0 (got 0)"),
        ("{kind: tapestry, max_speed: .inf}", "w.max_speed: must be finite (got .inf)"),
        ("{kind: tapestry, turn_every: 0}", "w.turn_every: must be at least 1 (got 0)"),
        ("{kind: tapestry, frames: 1e4}", "w.frames: must be a whole number (got 10000.0)"),
    ],
)
def test_the_limits_of_a_stream_are_told(given, fault):
    (line,) = faults_in(base(streams=f"{{w: {given}}}"))
    assert line.split(": ", 1)[1] == f"streams.{fault}"


def test_the_name_of_a_stream_is_a_name_and_not_train():
    text = base(streams="{train: {kind: tapestry}, 3d: {kind: tapestry}}")
    assert faults_in(text) == [
        "3:11: streams.train: must have another name; train means the training images",
        f"3:36: streams.3d: {NAME}",
    ]


SOURCES = "mnist, fashion_mnist, mnist_sample, digits, npz, idx"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("source: mnst", f"source: must be one of {SOURCES} (got mnst); did you mean mnist?"),
        ("source: 3", f"source: must be one of {SOURCES} (got 3)"),
        ("source: npz", "path: must say where the npz data are"),
        ("source: idx, path: ''", "path: must say where the idx data are (got '')"),
        ("source: npz, path: 3", "path: must be a word (got 3)"),
        (
            "source: digits, path: d",
            "path: must be left out: digits comes with a package (got d)",
        ),
        (
            "source: mnist, fallback: digit",
            "fallback: must be one of mnist_sample, digits (got digit); did you mean digits?",
        ),
        ("source: mnist, validation: -1", "validation: must be at least 0 (got -1)"),
        ("source: mnist, validation: 0.1", "validation: must be a whole number (got 0.1)"),
    ],
)
def test_the_limits_of_a_dataset_are_told(given, fault):
    (line,) = faults_in(base(dataset=f"{{{given}}}"))
    assert line.split(": ", 1)[1] == f"dataset.{fault}"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("name: 3", "phases.0.name: must be a word (got 3)"),
        ("name: a.b", f"phases.a.b.name: {NAME} (got a.b)"),
        ("name: p, epochs: -1", "phases.p.epochs: must be at least 0 (got -1)"),
        ("name: p, epochs: true", "phases.p.epochs: must be a whole number (got true)"),
        ("name: p, steps: 0", "phases.p.steps: must be at least 1 (got 0)"),
        ("name: p, input: 3", "phases.p.input: must be a word (got 3)"),
        (
            "name: p, order: shufled",
            "phases.p.order: must be one of sequential, shuffled (got shufled); "
            "did you mean shuffled?",
        ),
        ("name: p, learn: a", "phases.p.learn: must be a list (got a)"),
        ("name: p, learn: {a: 1}", "phases.p.learn: must be a list (got {a: 1})"),
        ("name: p, learn: [3]", "phases.p.learn.0: must be a word (got 3)"),
        (
            "name: p, restart: a",
            "phases.p.restart: must be a list of layers, or a mapping from layers to an init "
            "(got a)",
        ),
        (
            "name: p, restart: [3]",
            "phases.p.restart: must be a list of layers, or a mapping from layers to an init "
            "(got [3])",
        ),
        ("name: p, restart: {a: 3}", "phases.p.restart.a: must be a mapping (got 3)"),
        (
            "name: p, restart: {a: {uniform: [1, 0]}}",
            "phases.p.restart.a.uniform: must be [lowest, highest] (got [1, 0])",
        ),
        ("name: p, set: [a]", "phases.p.set: must be a mapping (got [a])"),
        ("name: p, set: {a: 3}", "phases.p.set.a: must say what of it: a.KEY: VALUE (got 3)"),
        (
            "name: p, set: {a: null}",
            "phases.p.set.a: must say what of it: a.KEY: VALUE (got null)",
        ),
    ],
)
def test_the_limits_of_a_phase_are_told(given, fault):
    (line,) = faults_in(base(phases=f"[{{{given}}}]"))
    assert line.split(": ", 1)[1] == fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            base(phases="[{name: p, input: wandr}]", streams="{wander: {kind: tapestry}}"),
            "2:27: phases.p.input: there is no input of this name (got wandr); "
            "did you mean wander? Known: train, wander",
        ),
        (
            base(phases="[{name: p, learn: [a, b]}]"),
            "2:31: phases.p.learn.1: there is no layer of this name (got b); Known: a",
        ),
        (
            base(phases="[{name: p, restart: [a, b]}]"),
            "2:33: phases.p.restart.b: there is no layer of this name; Known: a",
        ),
        (
            base(phases="[{name: p, restart: {b: {uniform: [0, 1]}}}]"),
            "2:30: phases.p.restart.b: there is no layer of this name; Known: a",
        ),
        (
            base(phases="[{name: p, set: {b.xi: 3}}]"),
            "2:26: phases.p.set.b: there is no layer of this name; Known: a",
        ),
        (
            base(evaluate="[{classifier: vote, layer: b}]"),
            "3:38: evaluate.0.layer: there is no layer of this name (got b); Known: a",
        ),
        (
            base(evaluate="[{measure: reconstruction, layer: a, input: trian}]"),
            "3:55: evaluate.0.input: there is no input of this name (got trian); "
            "did you mean train? Known: train",
        ),
    ],
)
def test_a_name_that_nothing_has_is_told(text, fault):
    assert faults_in(text) == [fault]


def test_names_are_not_judged_by_a_list_that_is_itself_at_fault():
    phase = "[{name: p, input: w, learn: [b], restart: [b], set: {b.xi: 3}}]"
    assert faults_in(base(streams="3", phases=phase, layers="3")) == [
        "1:9: layers: must be a list (got 3)",
        "3:10: streams: must be a mapping (got 3)",
    ]
    assert faults_in(base(streams="3", phases=phase, layers="[3]"))[0].startswith("1:10: layers.0")


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("a.n_w: 0", "2:33: phases.p.set.a.n_w: must be at least 1 (got 0)"),
        ("a.n_w: 10", "2:33: phases.p.set.a.n_w: must be at most 9, the number of units (got 10)"),
        ("a.xi: fast", "2:32: phases.p.set.a.xi: must be a number (got fast)"),
        ("a.xi: null", "2:32: phases.p.set.a.xi: must be a number (got null)"),
        (
            "a.lateral: {radius: 1, strength: 1}",
            "2:37: phases.p.set.a.lateral: needs grid: [rows, columns] in place of units "
            "(got {radius: 1, strength: 1})",
        ),
        ("a.lateral.radius: 1", "2:26: phases.p.set.a.lateral.strength: is required"),
        (
            "a.nw: 1",
            "2:26: phases.p.set.a.nw: is not a key here; did you mean n_w? "
            "Known: n_w, xi, clip, lateral, output",
        ),
    ],
)
def test_what_a_phase_sets_is_checked_by_the_rule(given, fault):
    assert faults_in(base(phases=f"[{{name: p, set: {{{given}}}}}]")) == [fault]


@pytest.mark.parametrize("key", ["name", "rule", "grid", "units", "init"])
def test_what_fixes_shapes_cannot_be_set(key):
    assert faults_in(base(phases=f"[{{name: p, set: {{a.{key}: 3}}}}]")) == [
        f"2:26: phases.p.set.a.{key}: cannot be set by a phase; "
        "what can be: n_w, xi, clip, lateral, output"
    ]


def test_what_a_phase_sets_is_checked_on_top_of_what_phases_before_it_set():
    layers = "[{name: a, rule: mwta, grid: [5, 5], xi: 1}]"
    first = "{name: p, set: {a.lateral: {radius: 2, strength: 1}}}"
    ok, wrong = "{name: q, set: {a.lateral.strength: 2}}", "{name: r, set: {a.lateral.radius: 3}}"
    assert faults_in(base(layers=layers, phases=f"[{first}, {ok}, {wrong}]")) == [
        "2:140: phases.r.set.a.lateral.radius: must leave 2 radius + 1 at most 5, "
        "the shorter side (got 3)"
    ]
    assert faults_in(base(layers=layers, phases=f"[{ok}]")) == [
        "2:26: phases.q.set.a.lateral.radius: is required"
    ]


def test_a_fault_of_a_layer_is_not_told_again_where_a_phase_refers_to_it():
    layers = "[{name: a, rule: mwta, units: 9, xi: x, init: 3}]"
    assert faults_in(base(layers=layers, phases="[{name: p, restart: [a], set: {a.n_w: 2}}]")) == [
        "1:46: layers.a.xi: must be a number (got x)",
        "1:55: layers.a.init: must be a mapping (got 3)",
    ]


def test_names_are_given_once():
    layer = "{name: a, rule: mwta, units: 9, xi: 1}"
    assert faults_in(base(layers=f"[{layer}, {layer}]", phases="[{name: p}, {name: p}]")) == [
        "1:57: layers.a.name: must differ from the names before it (got a)",
        "2:28: phases.p.name: must differ from the names before it (got p)",
    ]


def test_many_faults_are_told_at_once_in_the_order_of_their_places():
    text = """\
seed: -1
layers:
  - {name: a, rule: mwt, units: 9}
  - name: b
    rule: mwta
    grid: [3, 3]
    xi: .nan
    n_w: 10
  - {name: c, rule: mwta, units: 0, xi: 1}
phases:
  - {name: p, learn: [d], epochs: 1.5}
  - {name: p, set: {b.xi: 1}}
qqq: 3
qqq: 4
"""
    assert faults_in(text, "dtype=int") == [
        "dtype=int: dtype: must be one of float32, float64 (got int)",
        "1:7: seed: must be at least 0 (got -1)",
        f"3:21: layers.a.rule: must be a rule or file.py:Class (got mwt); did you mean mwta? "
        f"Known: {RULES}",
        "7:9: layers.b.xi: must be finite (got .nan)",
        "9:34: layers.c.units: must be at least 1 (got 0)",
        "11:23: phases.p.learn.0: there is no layer of this name (got d); Known: a, b, c",
        "11:35: phases.p.epochs: must be a whole number (got 1.5)",
        "12:12: phases.p.name: must differ from the names before it (got p)",
        f"13:1: qqq: is not a key here; Known: {TOP}",
        "14:1: qqq: is given twice; first at x.yaml:13:1",
    ]


def test_a_fault_is_one_line_of_printable_text():
    layer = '{name: "a\\nb\\e", rule: mwta, units: 9, xi: 1}'
    assert faults_in(base(layers=f"[{layer}]", phases="[{name: p, learn: [c]}]")) == [
        f"1:17: layers.a\\nb\\x1b.name: {NAME} (got 'a\\nb\\x1b')",
        "2:28: phases.p.learn.0: there is no layer of this name (got c); Known: a\\nb\\x1b",
    ]


def test_what_could_not_be_read_is_not_also_called_missing():
    assert faults_in(base(layers="[{name: a, rule: mwta, units: 9, xi: !x 1}]")) == [
        "1:46: must be plain YAML, without the tag !x"
    ]


def test_a_file_that_is_not_utf_8_is_told():
    for content in (b"name: \xff", "name: a".encode("utf-16")):
        Path("x.yaml").write_bytes(content)
        with pytest.raises(ConfigError) as err:
            load("x.yaml")
        assert str(err.value) == "x.yaml: cannot be read: not UTF-8 text"


def test_a_byte_order_mark_is_no_fault():
    Path("x.yaml").write_bytes(b"\xef\xbb\xbf" + base().encode())
    assert load("x.yaml").name == "x"


SHIPPED = f"Shipped: {', '.join(shipped())}"
GONE = "no such file, and no shipped experiment of this name"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("gone.yaml", f"gone.yaml: {GONE}; {SHIPPED}"),
        ("gone/invariant_mnst.yaml", f"gone/invariant_mnst.yaml: {GONE}; "
         f"did you mean invariant_mnist? {SHIPPED}"),
        ("folder", "folder: is a folder; an experiment file is needed"),
        ("x" * 5000, f"{'x' * 5000}: {GONE}; {SHIPPED}"),
        ("a\0b", f"a\0b: {GONE}; {SHIPPED}"),
    ],
    ids=["missing", "close", "folder", "long", "null byte"],
)  # fmt: skip
def test_a_file_that_is_not_there_is_told(name, fault):
    Path("folder").mkdir()
    with pytest.raises(UsageError) as err:
        load(name)
    assert str(err.value) == fault


@pytest.mark.parametrize(
    "text", ["[" * 1000, "{a: " * 1000, "- " * 3000, f"{base()}seed: {'[' * 500}{']' * 500}"]
)
def test_what_is_nested_too_deeply_is_told(text):
    Path("x.yaml").write_text(text)
    with pytest.raises(ConfigError) as err:
        load("x.yaml")
    assert str(err.value) == "x.yaml: is nested too deeply"


def test_an_override_that_is_nested_too_deeply_is_told():
    assert faults_in(base(), f"seed{'.a' * 3000}=1") == [" is nested too deeply"]


@pytest.mark.parametrize(
    "path", ["~nobody-of-this-name/x.npz", '"a\\0b"', "''", ".", "/", "x" * 5000]
)
def test_a_strange_path_is_no_crash(path):
    text = base(layers=f"[{{name: a, rule: mwta, units: 9, xi: 1, init: {{file: {path}}}}}]")
    Path("x.yaml").write_text(text)
    assert load("x.yaml").layers[0].init.file is not None
    Path("x.yaml").write_text(base(layers=f"[{{name: a, rule: {path}.py:A, xi: 1}}]"))
    with pytest.raises(ConfigError):
        load("x.yaml")


GARBAGE = [
    None,
    True,
    False,
    0,
    -1,
    3,
    2.5,
    1e300,
    float("nan"),
    float("inf"),
    10**30,
    "",
    "a",
    "on",
]
GARBAGE += ["train", "1e3", "a.b", "é\n", "\0", "x.py:X", [], [None], [[]], ["a", 1], {}, {"a": {}}]
GARBAGE += [
    {"name": "a"},
    {"": 1},
    {"name": None},
    {"set": None},
    {"uniform": [1, 0]},
    {"a.b.c": 1},
]


def places(node, path=()):
    """Every path of keys and indices in plain data, those of inner nodes included."""
    yield path
    items = (
        node.items() if isinstance(node, dict) else enumerate(node if type(node) is list else [])
    )
    for key, below in items:
        yield from places(below, (*path, key))


def garbled(plain, rng):
    """`plain` with one to three random places replaced, removed or added to."""
    for _ in range(rng.randint(1, 3)):
        *above, key = rng.choice([path for path in places(plain) if path])
        holder = plain
        for part in above:
            holder = holder[part]
        garbage = rng.choice(GARBAGE)
        kind = rng.choice(["replace", "replace", "remove", "add"])
        if kind == "replace":
            holder[key] = garbage
        elif kind == "remove":
            del holder[key]
        elif isinstance(holder, dict):
            holder[rng.choice(["name", "set", "init", "extends", "file", "rule", "x", "3"])] = (
                garbage
            )
        else:
            holder.insert(key, garbage)
        if not any(places(plain)):
            break
    return plain


def tolerable(text, *overrides):
    """Load a text; whether it holds. Any exception but hebb's own goes on."""
    Path("x.yaml").write_text(text)
    try:
        load("x.yaml", overrides)
    except HebbError as err:
        assert str(err)
        assert all(line and "Traceback" not in line for line in str(err).splitlines())
        return False
    return True


def main_experiment():
    return yaml.safe_load(shipped()["invariant_mnist"].read_text())


def test_garbage_anywhere_is_a_fault_and_never_a_traceback():
    rng = random.Random(0)
    held = [tolerable(dump(garbled(main_experiment(), rng))) for _ in range(150)]
    assert 0 < sum(held) < 75  # some garbage is harmless, and most is not


def test_garbage_laid_over_an_experiment_is_a_fault_and_never_a_traceback():
    rng = random.Random(1)
    over = [{"extends": "invariant_mnist"} | garbled(main_experiment(), rng) for _ in range(80)]
    held = [tolerable(dump(each)) for each in over]
    assert 0 < sum(held) < 40


def test_garbage_in_an_override_is_a_fault_and_never_a_traceback():
    rng = random.Random(2)
    Path("main.yaml").write_text(dump(main_experiment()))
    paths = [path for path in places(main_experiment()) if path]
    assert tolerable("extends: main.yaml")
    held = []
    for _ in range(100):
        names = ["sparse" if part == 0 else str(part) for part in rng.choice(paths)]
        value = rng.choice([*map(str, GARBAGE), "[", "{a: b: c}", "!x 1", "null", "'"])
        held.append(tolerable("extends: main.yaml", f"{'.'.join(names)}={value}"))
    assert 0 < sum(held) < 50


def test_a_text_cut_off_or_mistyped_is_a_fault_and_never_a_traceback():
    rng = random.Random(3)
    text = shipped()["invariant_mnist"].read_text()
    text = text[text.index("name:") :]
    cut, mistyped = [], []
    for _ in range(60):
        at = rng.randrange(len(text))
        cut.append(tolerable(text[:at]))
        wrong = rng.choice("{}[]:,-#&*!|>'\"%@`\t\n 0x.")
        mistyped.append(tolerable(text[:at] + wrong + text[at + 1 :]))
    assert 0 < sum(cut) < 60 and 0 < sum(mistyped) < 60


# Read-outs


def softmax(**keys):
    extra = "".join(f", {key}: {value}" for key, value in keys.items())
    return base(evaluate=f"[{{classifier: softmax, layer: a{extra}}}]")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            base(evaluate="[{classifier: votes, layer: a}]"),
            "3:25: evaluate.0.classifier: must be one of vote, softmax, dreamflow "
            "(got votes); did you mean vote?",
        ),
        (
            base(evaluate="[{classifier: [vote], layer: a}]"),
            "3:25: evaluate.0.classifier: must be one of vote, softmax, dreamflow "
            "(got [vote]); did you mean vote?",
        ),
        (
            base(evaluate="[{measure: error, layer: a}]"),
            "3:22: evaluate.0.measure: must be one of reconstruction, similarity, change "
            "(got error)",
        ),
        (
            base(evaluate="[{measure: similarity, layer: a, input: train}]"),
            "3:51: evaluate.0.input: must be left out: similarity looks at weights alone "
            "(got train)",
        ),
        (
            base(evaluate="[{classifier: dreamflow, layer: a}]"),
            "3:43: evaluate.0.layer: must be a layer of rule dreamflow, whose units learn "
            "labels (got a)",
        ),
        (
            base(
                layers="[{name: a, rule: compspec, units: 4, xi: 0.1, phi: 0.1}]",
                evaluate="[{measure: reconstruction, layer: a}]",
            ),
            "3:45: evaluate.0.layer: must be a layer whose rule rebuilds its inputs "
            "(got a, compspec); leave this measure out",
        ),
        (
            base(evaluate="[{classifier: vote, layer: a, name: 1st}]"),
            "3:47: evaluate.1st.name: must be a name: a letter, then letters, digits, _ or - "
            "(got 1st)",
        ),
        (
            base(evaluate="[{classifier: vote, layer: a, epochs: 3}]"),
            "3:41: evaluate.0.epochs: is not a key here; Known: classifier, layer, name",
        ),
        (softmax(epochs=0), "3:52: evaluate.0.epochs: must be at least 1 (got 0)"),
        (softmax(batch=0), "3:51: evaluate.0.batch: must be at least 1 (got 0)"),
        (
            softmax(learning_rate=0),
            "3:59: evaluate.0.learning_rate: must be greater than 0 (got 0)",
        ),
        (
            softmax(init="votes"),
            "3:50: evaluate.0.init: must be one of normal, vote (got votes); did you mean vote?",
        ),
        (
            softmax(features="{power: 0}"),
            "3:62: evaluate.0.features.power: must be greater than 0 (got 0)",
        ),
        (
            softmax(features="{standardise: true}"),
            "3:55: evaluate.0.features.standardise: is not a key here; did you mean "
            "standardize? Known: unit_inputs, unit_weights, power, standardize",
        ),
        (
            base(evaluate="[{classifier: vote, layer: a}, {classifier: vote, layer: a}]"),
            "3:42: evaluate.1: must have a name, as a read-out of a before it is called vote; "
            "add name: NAME",
        ),
        (
            base(
                evaluate="[{measure: reconstruction, layer: a}, "
                "{classifier: vote, name: reconstruction, layer: a}]"
            ),
            "3:74: evaluate.reconstruction.name: must differ from what the read-outs of a "
            "before it are called (got reconstruction)",
        ),
    ],
)
def test_a_wrong_readout_is_told(text, fault):
    assert faults_in(text) == [fault]


def test_readouts_of_different_layers_may_be_called_alike():
    layers = "[{name: a, rule: mwta, units: 9, xi: 1}, {name: b, rule: mwta, units: 9, xi: 1}]"
    evaluate = "[{classifier: vote, layer: a}, {classifier: vote, layer: b}]"
    Path("x.yaml").write_text(base(layers=layers, evaluate=evaluate))
    assert [each.label for each in load("x.yaml").evaluate] == ["vote", "vote"]


def test_a_key_that_there_is_none_of_is_told_though_it_says_null():
    text = base(layers="[{name: a, rule: mwta, units: 9, xi: 1, clpi: null, clip: null}]")
    assert faults_in(text + "nothing:\n") == [
        f"1:49: layers.a.clpi: is not a key here; did you mean clip? Known: {MWTA}",
        f"3:1: nothing: is not a key here; Known: {TOP}",
    ]
