"""The limits of the settings of each rule, and what is told of a layer that is beyond them."""

import pytest
from faults import RULES, base, faults_in

pytestmark = pytest.mark.usefixtures("here")


def fault_of_layer(keys):
    """The fault of one more key of a mwta layer, its column counted from there."""
    (fault,) = faults_in(base(layers=f"[{{name: a, rule: mwta, {keys}}}]"))
    return fault


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
