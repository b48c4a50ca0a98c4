"""Experiments laid over a base by `extends`, and settings laid over both."""

from pathlib import Path

import pytest
from faults import TOP

from hebb.config import changed, load
from hebb.errors import ConfigError

BASE = """\
seed: 3
dataset: {source: digits}
streams:
  wander: {kind: tapestry, side: 4}
layers:
  - {name: sparse, rule: mwta, grid: [4, 4], xi: 0.02, n_w: 3, clip: 1, init: {uniform: [0, 1]}}
  - {name: top, rule: mwta, units: 9, xi: 0.01}
phases:
  - {name: first, input: wander, restart: [top]}
  - {name: second, set: {top.clip: 1}}
evaluate:
  - {classifier: vote, layer: top}
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty working directory that holds base.yaml."""
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE)


def lay(text="", *overrides):
    """The experiment of a text laid over base.yaml."""
    Path("x.yaml").write_text(f"extends: base.yaml\n{text}")
    return load("x.yaml", overrides)


def fault(text="", *overrides):
    with pytest.raises(ConfigError) as err:
        lay(text, *overrides)
    return str(err.value)


def names(items):
    return [item.name for item in items]


def test_what_is_not_said_is_taken_from_the_base():
    assert lay("name: base").model_dump() == load("base.yaml").model_dump()


def test_a_name_that_is_not_given_is_that_of_the_upper_file():
    assert lay().name == "x"


def test_mappings_are_merged_key_by_key():
    stream = lay("streams: {wander: {first: 7}, other: {kind: tapestry}}").streams
    assert (stream["wander"].side, stream["wander"].first) == (4, 7)
    assert list(stream) == ["wander", "other"]


def test_lists_of_named_mappings_are_matched_by_name():
    layers = lay("layers: [{name: top, xi: 5}, {name: new, rule: mwta, units: 2, xi: 0}]").layers
    assert names(layers) == ["sparse", "top", "new"]
    assert (layers[1].xi, layers[1].units) == (5, 9)


def test_a_mapping_addresses_the_items_of_a_list_by_name():
    x = lay("layers: {sparse: {n_w: 2}, top.xi: 4}\nphases.second.epochs: 8")
    assert (x.layers[0].n_w, x.layers[1].xi, x.phases[1].epochs) == (2, 4, 8)


def test_a_mapping_adds_an_item_that_says_its_name():
    assert names(lay("phases: {third: {name: third}}").phases) == ["first", "second", "third"]


def test_other_lists_are_replaced():
    assert lay("controls: [raw_pixels]").controls == ["raw_pixels"]
    assert lay("evaluate: [{classifier: vote, layer: sparse}]").evaluate[0].layer == "sparse"
    assert lay("evaluate: []").evaluate == []


def test_an_item_without_a_name_is_addressed_by_its_number():
    assert lay("", "evaluate.0.layer=sparse", "layers.sparse.grid.1=9").layers[0].grid == (4, 9)
    assert fault("", "evaluate.1.layer=top") == (
        "evaluate.1.layer=top: evaluate.1: there is none of this name; Known: 0; "
        "a new one must say name: 1"
    )


def test_an_empty_list_replaces_a_list_of_names():
    assert fault("phases: []") == "x.yaml:2:9: phases: must hold at least 1 (got [])"


def test_an_init_is_replaced_as_a_whole():
    init = lay("layers: {sparse: {init: {normal: [0, 1]}}}").layers[0].init
    assert init.model_dump() == {"normal": (0, 1)}
    assert lay("layers: {sparse: {init.normal: [0, 1]}}").layers[0].init == init


def test_a_restart_in_mapping_form_replaces_one_in_list_form():
    x = lay("phases: {first: {restart: {sparse: {uniform: [2, 3]}}}}")
    assert x.phases[0].restart["sparse"].uniform == (2, 3)
    assert list(x.phases[0].restart) == ["sparse"]
    assert list(lay("phases.first.restart: [sparse]").phases[0].restart) == ["sparse"]


def test_a_restart_for_the_same_layer_is_replaced_as_a_whole():
    x = lay(
        "", "phases.first.restart.top={normal: [0, 1]}", "phases.first.restart.top.uniform=[1, 2]"
    )
    assert x.phases[0].restart["top"].model_dump() == {"uniform": (1, 2)}


def test_names_that_are_also_choices_of_init_are_merged():
    x = lay("streams: {run: {kind: tapestry}, normal: {kind: tapestry}}\ndataset: {validation: 2}")
    assert list(x.streams) == ["wander", "run", "normal"]


def test_null_removes_keys_and_named_items():
    x = lay("seed: null\nlayers: {sparse.clip: null}\nphases: {second: null}\nevaluate: null")
    assert (x.seed, x.layers[0].clip, x.evaluate) == (0, None, [])
    assert names(x.phases) == ["first"]


def test_null_in_what_a_phase_sets_means_none_from_here_on_whatever_the_base_set():
    none = lay("phases.second.set.top.clip: null")
    assert none.phases[1].set == {"top": {"clip": None}}
    assert [none.layers_in(phase)["top"].clip for phase in none.phases] == [None, None]
    lifted = lay("phases.third: {name: third, set: {top.clip: null}}")
    assert [lifted.layers_in(phase)["top"].clip for phase in lifted.phases] == [None, 1, None]


def test_a_base_is_found_beside_the_file_and_in_folders_from_there():
    Path("sub").mkdir()
    Path("sub/y.yaml").write_text("extends: ../base.yaml\nseed: 5")
    Path("sub/z.yaml").write_text("extends: y.yaml")
    assert load("sub/z.yaml").seed == 5


@pytest.mark.parametrize("name", ["invariant_mnist", "../invariant_mnist.yaml"])
def test_a_base_is_found_among_the_shipped_ones(name):
    Path("x.yaml").write_text(f"extends: {name}\nseed: 12")
    x = load("x.yaml")
    assert (x.seed, x.name) == (12, "invariant_mnist")


def test_extends_null_extends_nothing():
    Path("x.yaml").write_text(BASE + "extends: null")
    assert load("x.yaml").seed == 3


SHIPPED = "`hebb new` lists the shipped ones"


@pytest.mark.parametrize(
    ("given", "got", "hint"),
    [
        ("gone.yaml", "gone.yaml", ""),
        ("invariant_mnst", "invariant_mnst", "did you mean invariant_mnist? "),
        ("''", "''", ""),
        (".", ".", ""),
        ('"\\0"', "'\\x00'", ""),
        ("3", "3", ""),
        ("[base.yaml]", "[base.yaml]", ""),
    ],
)
def test_a_base_that_is_not_there_is_told(given, got, hint):
    Path("x.yaml").write_text(f"seed: 1\nextends: {given}")
    with pytest.raises(ConfigError) as err:
        load("x.yaml")
    assert str(err.value) == (
        "x.yaml:2:10: extends: must be an experiment file or a shipped one's name "
        f"(got {got}); {hint}{SHIPPED}"
    )


def test_circles_are_told():
    Path("x.yaml").write_text("extends: x.yaml")
    with pytest.raises(ConfigError) as err:
        load("x.yaml")
    assert str(err.value) == "x.yaml:1:10: extends: goes round in a circle by x.yaml"
    Path("x.yaml").write_text("extends: y.yaml")
    Path("y.yaml").write_text("extends: z.yaml")
    Path("z.yaml").write_text("seed: 1\nextends: y.yaml")
    with pytest.raises(ConfigError) as err:
        load("x.yaml")
    assert str(err.value) == "z.yaml:2:10: extends: goes round in a circle by y.yaml"


def test_faults_cite_the_file_or_the_override_that_wrote_the_value():
    Path("base.yaml").write_text(BASE.replace("xi: 0.02", "xi: -1"))
    assert fault("layers: {top: {n_w: 0}}", "layers.top.xi=-2").splitlines() == [
        "base.yaml:6:50: layers.sparse.xi: must be at least 0 (got -1)",
        "layers.top.xi=-2: layers.top.xi: must be at least 0 (got -2)",
        "x.yaml:2:21: layers.top.n_w: must be at least 1 (got 0)",
    ]


def test_faults_of_form_cite_the_file_that_wrote_them():
    Path("base.yaml").write_text(BASE + "seed: 4")
    assert fault("name: 5") == (
        "base.yaml:13:1: seed: is given twice; first at base.yaml:1:1\n"
        "x.yaml:2:7: name: must be a word (got 5)"
    )


def test_what_two_files_wrote_and_neither_completed_cites_the_upper_one():
    assert fault("layers: {top: {xi: null}}") == "x.yaml:2:15: layers.top.xi: is required"
    assert fault("", "layers.top.xi=null") == (
        "base.yaml:7:5 with layers.top.xi=null: layers.top.xi: is required"
    )


def test_what_settings_changed_of_a_file_is_told_with_what_stood_there():
    found = lay("", "layers.top.n_w=2", "layers.sparse.xi=0.02", "phases.first=null", "seed=9")
    assert changed(found) == {
        "from": "x.yaml",
        "settings": {
            "layers.top.n_w": ["1", "2"],
            "phases.first": [
                "{name: first, input: wander, order: sequential, epochs: 1...",
                "none",
            ],
            "seed": ["3", "9"],
        },
    }
    assert changed(lay("", "seed=3")) == changed(lay()) == {}
    assert changed(load("c1_overlap", ["seed=1"]))["from"] == "c1_overlap"
    Path("half.yaml").write_text("layers: [{name: a, rule: mwta, units: 2}]")
    whole = ["layers.a.xi=0.1", "phases=[{name: p}]"]
    assert changed(load("half.yaml", whole)) == {}


def test_what_a_file_has_only_with_settings_laid_over_it_cites_them_too():
    must = "layers.sparse.n_w: must be at most 2, the number of units (got 3)"
    assert fault("", "layers.sparse.grid=[1, 2]", "layers.top.xi=0.5", "seed=3") == (
        f"base.yaml:6:61 with layers.sparse.grid=[1, 2], layers.top.xi=0.5: {must}"
    )


def test_what_a_file_has_without_them_as_well_does_not():
    assert fault("layers: {sparse: {xi: -1}}", "layers.top.xi=0.5", "layers.sparse.n_w=0") == (
        "layers.sparse.n_w=0: layers.sparse.n_w: must be at least 1 (got 0)\n"
        "x.yaml:2:23: layers.sparse.xi: must be at least 0 (got -1)"
    )


def test_a_base_that_is_not_yaml_or_no_mapping_is_told():
    Path("base.yaml").write_text("a: [")
    assert fault() == (
        "base.yaml:1:5: must be YAML: expected the node content, but found '<stream end>'"
    )
    Path("base.yaml").write_text("- a")
    assert fault() == "base.yaml:1:1: an experiment file must be a mapping of keys"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("layers: {spars: {n_w: 1}}", "2:10: layers.spars: there is none of this name; "
         "did you mean sparse? Known: sparse, top"),
        ("layers: {third: {n_w: 1}}", "2:10: layers.third: there is none of this name; "
         "Known: sparse, top; a new one must say name: third"),
        ("phases: {third: {name: fourth}}", "2:10: phases.third: there is none of this name; "
         "Known: first, second; a new one must say name: third"),
        ("phases: {third: null}", "2:10: phases.third: there is none of this name; "
         "Known: first, second"),
        ("layers: [{name: top, xi: 1}, {name: top, xi: 2}]",
         "2:37: layers.top.name: must differ from the names before it (got top)"),
    ],
)  # fmt: skip
def test_a_name_that_fits_no_item_is_told(text, line):
    assert fault(text) == f"x.yaml:{line}"


def test_a_name_given_twice_in_the_base_is_told():
    Path("base.yaml").write_text(BASE.replace("name: top", "name: sparse").replace("top", "sparse"))
    assert fault("layers: {sparse: {xi: 1}}") == (
        "base.yaml:7:12: layers.sparse.name: must differ from the names before it (got sparse)"
    )


def test_overrides_are_laid_over_the_file_one_after_the_other():
    x = lay(
        "",
        "seed=1",
        "seed=2",
        "layers.sparse.n_w=0x3",
        "layers.top={xi: 1e-4, lateral: null}",
        "layers.sparse.lateral={radius: 1, strength: 1e-1}",
        "controls=[raw_pixels]",
        "phases.second.set.top.clip=2",
        "phases.third.name=third",
        "layers.sparse.clip=null",
    )
    assert (x.seed, x.layers[0].n_w, x.layers[1].xi, x.layers[0].clip) == (2, 3, 1e-4, None)
    assert x.layers[0].lateral.strength == 0.1
    assert x.controls == ["raw_pixels"]
    assert x.phases[1].set == {"top": {"clip": 2}}
    assert names(x.phases) == ["first", "second", "third"]


@pytest.mark.parametrize("text", ["seed", "", "=3", ".=3", "a..b=3", "seed.=1"])
def test_an_override_is_a_key_and_a_value(text):
    assert fault("", text) == f"{text}: must be KEY=VALUE, such as layers.sparse.n_w=15"


@pytest.mark.parametrize(
    ("text", "must"),
    [
        ("sed=3", f"sed: is not a key here; did you mean seed? Known: {TOP}"),
        ("extends=base.yaml", f"extends: is not a key here; Known: {TOP}"),
        ("seed.x=3", "seed: must be a whole number (got {x: 3})"),
        ("seed='3'", "seed: must be a whole number (got '3')"),
        ("name=a=b", "name: must be a name: a letter, then letters, digits, _ or - (got a=b)"),
        ("layers.sparse.n_w=17",
         "layers.sparse.n_w: must be at most 16, the number of units (got 17)"),
        ("layers.spars.n_w=1", "layers.spars: there is none of this name; did you mean sparse? "
         "Known: sparse, top"),
        ("layers.0.n_w=1", "layers.0: must be a name, not a number; did you mean layers.sparse? "
         "Known: sparse, top"),
        ("layers.2.n_w=1", "layers.2: must be a name, not a number; Known: sparse, top"),
        ("phases.1.epochs=2", "phases.1: must be a name, not a number; did you mean phases.second? "
         "Known: first, second"),
        ("layers.sparse.nw=1", "layers.sparse.nw: is not a key here; did you mean n_w? Known: "
         "name, rule, grid, units, init, n_w, xi, clip, lateral, output"),
        ("phases.first.input=wandr", "phases.first.input: there is no input of this name "
         "(got wandr); did you mean wander? Known: train, wander"),
        ("controls=[raw]", "controls.0: must be one of random_weights, random_images, raw_pixels, "
         "backprop (got raw)"),
        ("layers=3", "layers: must be a list (got 3)"),
        ("seed=[", "must be YAML: expected the node content, but found '<stream end>'"),
        ("seed=!x 3", "must be plain YAML, without the tag !x"),
    ],
)  # fmt: skip
def test_a_fault_of_an_override_cites_it(text, must):
    assert fault("", text) == f"{text}: {must}"


def test_faults_of_several_overrides_are_told_at_once():
    assert fault("", "foo", "layers.thrid.n_w=5", "seed=q", "dtype=int").splitlines() == [
        "dtype=int: dtype: must be one of float32, float64 (got int)",
        "foo: must be KEY=VALUE, such as layers.sparse.n_w=15",
        "layers.thrid.n_w=5: layers.thrid: there is none of this name; Known: sparse, top; "
        "a new one must say name: thrid",
        "seed=q: seed: must be a whole number (got q)",
    ]
