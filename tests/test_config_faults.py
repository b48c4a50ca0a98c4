"""Faults of an experiment file: their place, their words, and all of them at once."""

import pytest
from faults import MWTA, NAME, RULES, TOP, base, faults_in

pytestmark = pytest.mark.usefixtures("here")

INVARIANCE = "name, rule, grid, units, init, alpha, leta, seta, renormalize_every, output"
INIT = "uniform, normal, abs_normal_unit, file, run, snapshot, layer"


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


def test_a_key_that_there_is_none_of_is_told_though_it_says_null():
    text = base(layers="[{name: a, rule: mwta, units: 9, xi: 1, clpi: null, clip: null}]")
    assert faults_in(text + "nothing:\n") == [
        f"1:49: layers.a.clpi: is not a key here; did you mean clip? Known: {MWTA}",
        f"3:1: nothing: is not a key here; Known: {TOP}",
    ]
