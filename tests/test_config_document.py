"""YAML as it is read, with the place of every node, and as it is written."""

import math
from textwrap import dedent

import pytest

from hebb.config.document import dump, is_word, parse
from hebb.errors import ConfigError


def read(text):
    """The plain data of a text without faults."""
    faults = []
    plain = parse(text, "x.yaml", faults).plain()
    assert faults == []
    return plain


def faults_in(text, **kwargs):
    faults = []
    parse(dedent(text), "x.yaml", faults, **kwargs)
    return [f"{mark}: {must}" for mark, must in faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1e3", 1000.0),
        ("1E+3", 1000.0),
        ("-.5", -0.5),
        ("+.5", 0.5),
        ("3.", 3.0),
        ("010", 10),
        ("0o10", 8),
        ("0x1f", 31),
        ("0x1F", 31),
        ("+12", 12),
        ("-12", -12),
        (".inf", math.inf),
        ("+.INF", math.inf),
        ("-.Inf", -math.inf),
        ("true", True),
        ("False", False),
        ("on", "on"),
        ("yes", "yes"),
        ("No", "No"),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2001-01-01", "2001-01-01"),
        ("<<", "<<"),
        ("=", "="),
        ("'5'", "5"),
        ('"1e3"', "1e3"),
        ("'null'", "null"),
        ("!!str 5", "5"),
        ("!!float 5", 5.0),
    ],
)
def test_words_are_read_by_the_core_schema_of_yaml_1_2(text, value):
    (given,) = read(f"[{text}]")
    assert given == value
    assert type(given) is type(value)


def test_a_number_can_be_nan():
    assert all(math.isnan(value) for value in read("[.nan, .NaN, .NAN]"))


def test_null_has_four_words_and_silence():
    assert read("[~, null, Null, NULL]") == [None] * 4
    assert read("{a: , b: nUll}") == {"b": "nUll"}


def test_a_null_is_no_key_but_under_set_it_is_kept():
    assert read("{a: null, b: {c: ~}, d: [null]}") == {"b": {}, "d": [None]}
    assert read("{set: {top.clip: null}, next: {a: null}}") == {
        "set": {"top": {"clip": None}},
        "next": {},
    }
    assert read("{set: null}") == {}


def test_a_dotted_key_is_a_path():
    assert read("a.b.c: 1\na.b.d: 2\na.e: 3\nf: {g.h: 4}\nf.g.i: 5\n") == {
        "a": {"b": {"c": 1, "d": 2}, "e": 3},
        "f": {"g": {"h": 4, "i": 5}},
    }


def test_an_alias_stands_for_its_anchor():
    assert read("a: &rates {xi: 1e-3}\nb: *rates\nc: [*rates]\nb.leta: 2") == {
        "a": {"xi": 0.001},
        "b": {"xi": 0.001, "leta": 2},
        "c": [{"xi": 0.001}],
    }


def test_an_empty_text_holds_null():
    assert read("") is None
    assert read("# nothing\n---\n") is None


def test_every_node_keeps_its_place_and_that_of_its_key():
    tree = parse("a:\n  b.c: [1, 2]\n", "x.yaml", [])
    c = tree.value["a"].value["b"].value["c"]
    assert str(c.key) == "x.yaml:2:3"
    assert str(c.at) == "x.yaml:2:8"
    assert str(c.value[1].at) == "x.yaml:2:12"
    assert str(parse("[1]", "a=[1]", [], lines=False).value[0].at) == "a=[1]"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("a: 1\nb: 2\na: 3\n", ["x.yaml:3:1: a: is given twice; first at x.yaml:1:1"]),
        ("a: {b: 1, b: 2}", ["x.yaml:1:11: b: is given twice; first at x.yaml:1:5"]),
        ("a.b: 1\na.b: 2", ["x.yaml:2:1: a.b: is given twice; first at x.yaml:1:1"]),
        ("a: {b: 1}\na.b: 2", ["x.yaml:2:1: a.b: is given twice; first at x.yaml:1:5"]),
        ("a.b: 1\na: {c: 2}", ["x.yaml:2:1: a: is given twice; first at x.yaml:1:1"]),
        ("a: 1\na.b.c: 2", ["x.yaml:2:1: a.b.c: a is given as a value at x.yaml:1:1"]),
        ("a.b: 1\na.b.c: 2", ["x.yaml:2:1: a.b.c: a.b is given as a value at x.yaml:1:1"]),
        ("[1]: 2", ["x.yaml:1:1: a key must be a word, or words joined by dots"]),
        ("{a: b}: 2", ["x.yaml:1:1: a key must be a word, or words joined by dots"]),
        ("'': 2", ["x.yaml:1:1: a key must be a word, or words joined by dots"]),
        ("a..b: 2", ["x.yaml:1:1: a key must be a word, or words joined by dots"]),
        (".: 2", ["x.yaml:1:1: a key must be a word, or words joined by dots"]),
        ("a: &a [*a]", ["x.yaml:1:4: must not hold itself (an alias of what it stands in)"]),
        ("a: &a {b: *a}", ["x.yaml:1:4: must not hold itself (an alias of what it stands in)"]),
        ("a: !mine 3", ["x.yaml:1:4: must be plain YAML, without the tag !mine"]),
        ("a: !!int x", ["x.yaml:1:4: must be plain YAML, without the tag !!int"]),
        ("a: !!bool yes", ["x.yaml:1:4: must be plain YAML, without the tag !!bool"]),
        ("a: !!null x", ["x.yaml:1:4: must be plain YAML, without the tag !!null"]),
        ("a: !!set {b}", ["x.yaml:1:4: must be plain YAML, without the tag !!set"]),
        ("a: !!binary aGk=", ["x.yaml:1:4: must be plain YAML, without the tag !!binary"]),
        (f"a: {'9' * 5000}", ["x.yaml:1:4: must be a number of at most 1000 digits"]),
        (f"a: 0x{'f' * 5000}", ["x.yaml:1:4: must be a number of at most 1000 digits"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, faults):
    assert faults_in(text) == faults


def test_several_faults_are_told_at_once():
    assert faults_in("a: !x 1\na: 2\nb: {c: 1, c: 2}\n") == [
        "x.yaml:1:4: must be plain YAML, without the tag !x",
        "x.yaml:2:1: a: is given twice; first at x.yaml:1:1",
        "x.yaml:3:11: c: is given twice; first at x.yaml:3:5",
    ]


def test_a_tag_executes_nothing(tmp_path):
    trace = tmp_path / "trace"
    tag = "tag !!python/object/apply:os.mkdir"
    assert faults_in(f"a: !!python/object/apply:os.mkdir ['{trace}']") == [
        f"x.yaml:1:4: must be plain YAML, without the {tag}"
    ]
    assert not trace.exists()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: [1\n", "x.yaml:2:1: must be YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: b: c", "x.yaml:1:5: must be YAML: mapping values are not allowed here"),
        ("a: *b", "x.yaml:1:4: must be YAML: found undefined alias 'b'"),
        ("a: 'b", "x.yaml:1:6: must be YAML: found unexpected end of stream"),
        ("\ta: b", "x.yaml:1:1: must be YAML: found character '\\t' that cannot start any token"),
        ("a: 1\n---\nb: 2", "x.yaml:2:1: must be YAML: found another document"),
        ("a: 1\nb: \x01", "x.yaml:2:4: must be YAML: found character U+0001"),
        ("\0", "x.yaml:1:1: must be YAML: found character U+0000"),
    ],
)
def test_what_is_not_yaml_is_told_with_its_place(text, fault):
    with pytest.raises(ConfigError) as err:
        parse(text, "x.yaml", [])
    assert str(err.value) == fault


def test_what_is_not_yaml_in_an_override_cites_the_override():
    with pytest.raises(ConfigError) as err:
        parse("a: b: c", "seed=a: b: c", [], lines=False)
    assert str(err.value) == "seed=a: b: c: must be YAML: mapping values are not allowed here"


WORDS = """1e3 1e-3 .5 5. on off yes no true True TRUE null Null NULL ~ 010 0o10 0x1f 12 -12
+12 .inf -.inf .nan 1_000 1:30 2001-01-01 << = - ? ! & * % @ ` { } [ ] , # > | : a:b a#b 'a "a
a.b C:\\x é 重み 🙂""".split()
STRINGS = [*WORDS, "", " ", " a", "a ", "a b", "a: b", "a #b", "a\nb", "a\n", "\n", "\t", "- a"]
STRINGS += ["\u2028", "\x07", "\x00", "\ufeff", "word " * 40, "x" * 200, "---", "..."]


@pytest.mark.parametrize("text", STRINGS, ids=ascii)
def test_a_string_is_dumped_and_read_back(text):
    assert read(dump({"a": text, "b": [text, {"c": text}]})) == {
        "a": text,
        "b": [text, {"c": text}],
    }


@pytest.mark.parametrize(
    "value", [0, -3, 10**30, 1.0, 1e-3, 1e-30, 1e30, 1 / 3, math.inf, True, False, [], {}, [None]]
)
def test_a_value_is_dumped_and_read_back(value):
    given = read(dump({"a": value}))["a"]
    assert given == value
    assert type(given) is type(value)


def test_what_is_used_twice_is_dumped_without_aliases():
    pair = [1, 2]
    assert dump({"a": pair, "b": pair}) == "a: [1, 2]\nb: [1, 2]\n"


def test_short_lists_and_mappings_are_dumped_on_one_line():
    layer = {"name": "sparse", "init": {"uniform": [0.0, 0.2]}}
    assert dump({"seed": 0, "init": layer["init"]}) == "seed: 0\ninit:\n  uniform: [0.0, 0.2]\n"
    assert dump({"a": {"radius": 2, "strength": 0.5}}) == "a: {radius: 2, strength: 0.5}\n"


def test_a_word_is_what_needs_no_quotes():
    assert [text for text in ("on", "1e3", "010", "", "~", "mwta", "5") if is_word(text)] == [
        "on",
        "mwta",
    ]
