"""What an experiment file notes and expects: of itself alone, checked, and kept."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from hebb.config import dumps, json_schema, load
from hebb.config.shipped import about
from hebb.errors import ConfigError

BASE = """\
name: base
dataset: {source: digits}
layers: [{name: sparse, rule: mwta, units: 9, xi: 0.1}, {name: top, rule: mwta, units: 4, xi: 0.1}]
phases: [{name: p}]
"""
CLAIMS = """\
notes: {what: It learns., why: To see.}
expect:
  digits: {sparse: {vote.accuracy: [0.3, 0.5], winners: [1, 2]}}
  mnist: {top.vote: {accuracy: [0.1, 0.2], random_weights: [0, 0.15]}}
"""
SOURCES = "mnist, fashion_mnist, mnist_sample, digits, npz, idx"
CHECK = Draft202012Validator(json_schema())
TWO = "must be [lowest, highest], two finite numbers"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE + CLAIMS)


def faults_in(text, *overrides):
    Path("x.yaml").write_text(text)
    with pytest.raises(ConfigError) as err:
        load("x.yaml", overrides)
    return [line.removeprefix("x.yaml:") for line in err.value.faults]


def test_figures_are_paths_however_they_are_nested():
    assert load("base.yaml").expect == {
        "digits": {"sparse.vote.accuracy": (0.3, 0.5), "sparse.winners": (1.0, 2.0)},
        "mnist": {"top.vote.accuracy": (0.1, 0.2), "top.vote.random_weights": (0.0, 0.15)},
    }


def test_an_experiment_need_note_and_expect_nothing():
    Path("x.yaml").write_text(BASE + "notes: null\nexpect: null\n")
    found = load("x.yaml")
    assert (found.notes.what, found.expect) == (None, {})
    assert "notes" not in dumps(found) and "expect" not in dumps(found)


def test_notes_and_bands_are_not_inherited():
    Path("x.yaml").write_text("extends: base.yaml\nname: x\nnotes: {why: Another reason.}\n")
    found = load("x.yaml")
    assert (found.notes.what, found.notes.why, found.expect) == (None, "Another reason.", {})
    Path("y.yaml").write_text("extends: x.yaml\nexpect: {digits: {top.winners: [1, 1]}}\n")
    found = load("y.yaml")
    assert (found.notes.why, found.expect) == (None, {"digits": {"top.winners": (1.0, 1.0)}})


def test_an_override_is_laid_over_the_bands():
    found = load("base.yaml", ["expect.digits.sparse.winners=[3, 4]", "expect.mnist=null"])
    assert found.expect == {
        "digits": {"sparse.vote.accuracy": (0.3, 0.5), "sparse.winners": (3.0, 4.0)}
    }


@pytest.mark.parametrize(
    "what", ["One line.", "Two: of # them.", "Para one.\n\n  Para two:\n  - it. ", "x " * 99, "'"]
)
def test_what_is_noted_and_expected_is_dumped_and_loaded_back(what):
    first = load("base.yaml")
    notes = first.notes.model_copy(update={"what": what.strip(), "found": "é\tα"})
    first = first.model_copy(update={"notes": notes})
    Path("x.yaml").write_text(dumps(first))
    assert load("x.yaml") == first
    assert dumps(load("x.yaml")) == dumps(first)


def test_prose_is_dumped_a_line_a_key():
    long = "It goes on for rather longer than that."
    Path("x.yaml").write_text(BASE + f"notes: {{what: {long} Yes., why: Because.}}\n")
    assert f"notes:\n  what: {long} Yes.\n  why: Because.\n" in dumps(load("x.yaml"))
    Path("x.yaml").write_text(BASE + "notes:\n  what: |\n    One.\n\n    Two.\n")
    assert "notes:\n  what: |-\n    One.\n\n    Two.\nseed" in dumps(load("x.yaml"))


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("notes: {wat: x}", ["5:9: notes.wat: is not a key here; did you mean what? "
                             "Known: what, why, hopes, limitations, found"]),
        ("notes: {found: 43.6}", ["5:16: notes.found: must be a text (got 43.6)"]),
        ("notes: x", ["5:8: notes: must be a mapping (got x)"]),
        ("expect: [1]", ["5:9: expect: must be a mapping (got [1])"]),
        ("expect: {mnits: {top.x: [0, 1]}}",
         [f"5:10: expect.mnits: there is no dataset of this name; did you mean mnist? "
          f"Known: {SOURCES}"]),
        ("expect: {digits: 3}", ["5:18: expect.digits: must be a mapping (got 3)"]),
        ("expect: {digits: [0, 1]}", ["5:18: expect.digits: must be a mapping (got [0, 1])"]),
        ("expect: {digits: {spars.vote.accuracy: [0, 1]}}",
         ["5:19: expect.digits.spars: there is no layer of this name; did you mean sparse? "
          "Known: sparse, top"]),
        ("expect: {digits: {top.vote.accuracy: [0.4, 0.3]}}",
         ["5:38: expect.digits.top.vote.accuracy: must be [lowest, highest], the lowest first "
          "(got [0.4, 0.3])"]),
        ("expect: {digits: {top: [0, 1]}}",
         ["5:24: expect.digits.top: must say which figure: top.FIGURE: [lowest, highest] "
          "(got [0, 1])"]),
        ("expect:\n  digits:\n    top.a: 0.3\n    top.b: [0.3]\n    top.c: [true, 1]\n"
         "    top.d: [0, .inf]\n    top.e: [.nan, 1]\n    top.f: [a, 1]\n    top.g: [1, null]\n",
         [f"7:12: expect.digits.top.a: {TWO} (got 0.3)",
          f"8:12: expect.digits.top.b: {TWO} (got [0.3])",
          f"9:12: expect.digits.top.c: {TWO} (got [true, 1])",
          f"10:12: expect.digits.top.d: {TWO} (got [0, .inf])",
          f"11:12: expect.digits.top.e: {TWO} (got [.nan, 1])",
          f"12:12: expect.digits.top.f: {TWO} (got [a, 1])",
          f"13:12: expect.digits.top.g: {TWO} (got [1, null])"]),
        ("seed: -1\nexpect: {digits: {tap.a: [0, 1], top.b: 3}, mist: 3}",
         ["5:7: seed: must be at least 0 (got -1)",
          "6:19: expect.digits.tap: there is no layer of this name; did you mean top? "
          "Known: sparse, top",
          f"6:41: expect.digits.top.b: {TWO} (got 3)",
          f"6:45: expect.mist: there is no dataset of this name; did you mean mnist? "
          f"Known: {SOURCES}"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(text, faults):
    assert faults_in(BASE + text) == faults


def test_layers_are_not_judged_where_they_are_themselves_at_fault():
    text = "layers: [{rule: mwta, units: 9, xi: 1}]\nphases: [{name: p}]\n"
    assert faults_in(text + "expect: {digits: {a.b: [0, 1]}}") == [
        "1:10: layers.0.name: is required"
    ]


@pytest.mark.parametrize(
    ("part", "fits"),
    [
        ({"notes": {"what": "x", "why": None}}, True),
        ({"notes": {"what": 3}}, False),
        ({"notes": {"wat": "x"}}, False),
        ({"expect": {"mnist": {"a.b.accuracy": [0, 1], "a": {"b": {"c": [0.1, 2]}}}}}, True),
        ({"expect": {"mnist.a.b": [0, 1], "digits": None}}, True),
        ({"expect": {"mnits": {"a.b": [0, 1]}}}, False),
        ({"expect": {"mnist": {"a.b": [0]}}}, False),
        ({"expect": {"mnist": {"a": {"b": 3}}}}, False),
        ({"expect": {"mnist": [0, 1]}}, False),
    ],
    ids=str,
)
def test_editors_know_what_may_be_noted_and_expected(part, fits):
    assert CHECK.is_valid(part) == fits


def test_a_list_says_the_first_sentence_of_what_is_noted_or_else_the_first_comment():
    path = Path("x.yaml")
    path.write_text("# A comment.\n" + BASE)
    assert about(path) == "A comment."
    path.write_text("# A comment.\nnotes: {what: 'Has 784-N-10 units:\n  does it? It does.'}\n")
    assert about(path) == "Has 784-N-10 units: does it?"
    path.write_text("# yaml-language-server: $schema=x\nnotes: {why: It.}\n")
    assert about(path) == ""
