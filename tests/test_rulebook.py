"""`hebb rules`: what can be named, and what can be set of it."""

import json

import pytest
from pydantic import Field, create_model

from hebb.layers import RULES
from hebb.rulebook import describe, rules
from hebb.spec import Spec


def test_every_rule_is_listed_by_the_first_line_of_its_file(hebb):
    assert [each["name"] for each in rules()][: len(RULES)] == list(RULES)
    assert all(each["title"].endswith(".") for each in rules()[: len(RULES)])
    code, out, _ = hebb("rules")
    assert code == 0
    assert out.splitlines()[0] == (
        "mwta               Multiple winners take all: the n_w best units rebuild the input "
        "together."
    )


@pytest.mark.parametrize("name", RULES)
def test_every_key_of_a_rule_is_told_with_its_meaning(name):
    found = describe(name)
    own = {key for key in RULES[name].Spec.model_fields if key not in ("name", "rule")}
    assert {each["key"] for each in found["keys"] if "." not in each["key"]} == own
    assert all(each["means"] for each in found["keys"])
    assert "    " in found["about"]  # its equations


def test_a_rule_is_told_as_its_file_has_it(hebb):
    code, out, _ = hebb("rules", "mwta")
    assert code == 0 and "\n    p = W v\n" in out
    lines = out.partition("\nKeys\n")[2].splitlines()
    assert lines[3] == "  n_w               Winners an input. (default 1)"
    assert lines[4] == "  xi                Learning rate. (required)"
    assert lines[7].startswith("  lateral.radius    Rows and columns")
    assert lines[9].endswith("(raw or normalized, default raw)")


def test_programs_get_json(hebb):
    code, out, _ = hebb("rules", "invariance", "--json")
    keys = {each["key"]: each for each in json.loads(out)["keys"]}
    assert (code, keys["output"]["choices"]) == (0, ["trace", "response"])


def test_a_rule_of_ones_own_is_told_too(hebb, tmp_path):
    (tmp_path / "my.py").write_text(
        '"""Mine: it does as I say."""\n'
        "from hebb.layers.mwta import MWTA as Base\n"
        "class Mine(Base):\n    pass\n"
    )
    code, out, _ = hebb("rules", "my.py:Mine")
    assert (code, out.splitlines()[0]) == (0, "Mine: it does as I say.")


def test_a_class_with_a_docstring_of_its_own_is_told_by_that(hebb, tmp_path):
    (tmp_path / "my.py").write_text(
        '"""Mine: it does as I say."""\n'
        "from hebb.layers.mwta import MWTA as Base\n"
        "class Mine(Base):\n    pass\n"
        'class Other(Mine):\n    """Other: no.\n\n        y = 0\n\n    By nobody.\n    """\n'
        "class Third(Other):\n    pass\n"
    )
    code, out, _ = hebb("rules", "my.py:Other")
    about = "Other: no.\n\n    y = 0\n\nBy nobody.\n"
    assert (code, out.partition("\nKeys\n")[0]) == (0, about)
    for name in ("Mine", "Third"):  # a docstring is not inherited
        assert hebb("rules", f"my.py:{name}")[1].startswith("Mine: it does as I say.\n\nKeys\n")


def test_an_unknown_rule_is_told_with_those_known(hebb):
    code, out, err = hebb("rules", "mwat")
    assert (code, out) == (2, "")
    must = "must be a rule or file.py:Class; did you mean mwta?"
    assert err == f"mwat: {must} Known: {', '.join(RULES)}\n"


class Above(Spec):
    plain: int
    """Said above."""
    other: int = Field(default=1, description="Said by pydantic.")


class Below(Above):
    plain: int = 3
    more: int = 2
    """Said below,
    in two lines.
    """


def test_what_a_key_means_is_the_text_below_it_its_own_or_inherited():
    assert Below.meanings() == {"plain": "Said above.", "more": "Said below,\nin two lines."}
    said = {
        key: each.get("description")
        for key, each in Below.model_json_schema()["properties"].items()
    }
    assert said == {
        "plain": "Said above.",
        "other": "Said by pydantic.",
        "more": "Said below,\nin two lines.",
    }
    made = create_model("Made", __base__=Below, plain=(int, 4))  # there is no source of it
    assert made.meanings() == Below.meanings()
