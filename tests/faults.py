"""What tests of faults share: a small experiment file, and how its faults are read."""

from pathlib import Path

import pytest

from hebb.config import load
from hebb.errors import ConfigError
from hebb.layers import RULES as TABLE

TOP = "name, notes, seed, dtype, dataset, streams, layers, phases, evaluate, controls, expect"
MWTA = "name, rule, grid, units, init, n_w, xi, clip, lateral, output"
NAME = "must be a name: a letter, then letters, digits, _ or -"
RULES = ", ".join(TABLE)


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
