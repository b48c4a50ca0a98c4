import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from hebb.config import json_schema, load, shipped
from hebb.config.shipped import FOLDER
from hebb.layers import RULES

SCHEMA = json_schema()
CHECK = Draft202012Validator(SCHEMA)
every_shipped_file = pytest.mark.parametrize("name", shipped())


def layer(**keys):
    return {"layers": [{"name": "a"} | keys]}


def phase(**keys):
    return {"phases": [{"name": "p"} | keys]}


def test_the_schema_that_is_shipped_is_that_of_the_code():
    """Where they differ: hebb check --schema > configs/experiment.schema.json"""
    assert json.loads((FOLDER / "experiment.schema.json").read_text()) == SCHEMA


def test_the_schema_is_one_of_json_schema_2020_12():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_rule_is_in_the_schema():
    rules = {each["properties"].get("rule", {}).get("anyOf", [{}])[0].get("const")
             for each in SCHEMA["$defs"].values()}  # fmt: skip
    assert set(RULES) <= rules


@every_shipped_file
def test_a_shipped_file_fits_as_written(name):
    CHECK.validate(yaml.safe_load(shipped()[name].read_text()))


@every_shipped_file
def test_a_shipped_file_fits_as_resolved(name):
    CHECK.validate(load(name).model_dump(mode="json", exclude_none=True))


@every_shipped_file
def test_a_shipped_file_names_the_schema_for_editors(name):
    path = shipped()[name]
    (line,) = [line for line in path.read_text().splitlines() if "yaml-language-server" in line]
    schema = path.parent / line.removeprefix("# yaml-language-server: $schema=")
    assert schema.resolve() == (FOLDER / "experiment.schema.json").resolve()


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"extends": "other.yaml"},
        {"seed": None},
        {"layers.sparse.n_w": 15},
        {"streams": {"wander": {"first": 3, "side": None}, "other": None}},
        {"layers": {"sparse": {"n_w": 15}, "top": None}},
        {"layers": {"sparse": {"lateral.radius": 1}, "top.xi": 3}},
        {"phases": {"second": None, "third": {"name": "third"}}},
        {"dataset": {"validation": 100}},
        {"dataset.validation": 100},
        layer(n_w=3, clip=None),
        layer(rule="mwta", xi=None, init={"abs_normal_unit": {}}),
        layer(rule="my.py:Rule", any_key=[1, "x"]),
        layer(rule="../rules/my.py:Rule", units=3),
        phase(restart=["a"], set={"a.clip": None, "b": {"xi": 1}}),
        phase(restart={"a": {"uniform": [0, 1]}}),
        {"evaluate": [{"classifier": "vote", "layer": "a"}, {"measure": "reconstruction"}]},
        {"evaluate": [{"classifier": "softmax", "layer": "a", "features": {"power": 4.5}}]},
        {"evaluate": {"head": {"epochs": 100}, "other": None}},
        {"controls": ["backprop"]},
    ],
    ids=str,
)
def test_what_a_file_may_say_fits(part):
    CHECK.validate(part)


@pytest.mark.parametrize(
    "part",
    [
        {"sed": 1},
        {"seed": "1"},
        {"seed": -1},
        {"extends": 3},
        {"layers": 3},
        {"layers": [3]},
        {"controls": ["raw"]},
        {"dataset": {"sorce": "mnist"}},
        {"streams": {"wander": {"sid": 3}}},
        {"layers": {"sparse": {"nw": 15}}},
        layer(rule="mwta", xi=1, nw=2),
        layer(rule="mwta", xi="fast"),
        layer(rule="mwta", xi=1, alpha=1),
        layer(rule="mwta", lateral={"radius": 0}),
        layer(rule="invariance", alpha=2),
        layer(rule="mwt"),
        layer(rule="my.py"),
        layer(rule="my.py:Rule", units="many"),
        layer(nw=2),
        {"evaluate": [{"classifier": "votes", "layer": "a"}]},
        {"evaluate": [{"classifier": "vote", "epochs": 3}]},
        {"evaluate": [{"measure": "reconstruction", "features": {}}]},
        {"evaluate": [{"classifier": "softmax", "features": {"powr": 2}}]},
        phase(epoch=3),
        phase(restart="a"),
        phase(set=["a"]),
    ],
    ids=str,
)
def test_a_wrong_key_or_value_does_not_fit(part):
    assert not CHECK.is_valid(part)
