"""Random garbage in an experiment: a fault each time, and never a traceback."""

import random
from pathlib import Path

import pytest
import yaml

from hebb.config import load, shipped
from hebb.config.document import dump
from hebb.errors import HebbError

pytestmark = pytest.mark.usefixtures("here")

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
