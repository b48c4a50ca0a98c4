"""What a phase may say: its limits, and what it sets of layers."""

import pytest
from faults import NAME, base, faults_in

pytestmark = pytest.mark.usefixtures("here")


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
