"""Experiment files that are missing, unreadable or nested too deeply; strange paths in them."""

from pathlib import Path

import pytest
from faults import base, faults_in

from hebb.config import load
from hebb.errors import ConfigError, UsageError

pytestmark = pytest.mark.usefixtures("here")


def test_a_file_that_is_not_utf_8_is_told():
    for content in (b"name: \xff", "name: a".encode("utf-16")):
        Path("x.yaml").write_bytes(content)
        with pytest.raises(ConfigError) as err:
            load("x.yaml")
        assert str(err.value) == "x.yaml: cannot be read: not UTF-8 text"


def test_a_byte_order_mark_is_no_fault():
    Path("x.yaml").write_bytes(b"\xef\xbb\xbf" + base().encode())
    assert load("x.yaml").name == "x"


SHIPPED = "`hebb new` lists the shipped ones"
GONE = "no such file, and no shipped experiment of this name"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("gone.yaml", f"gone.yaml: {GONE}; {SHIPPED}"),
        ("gone/invariant_mnst.yaml", f"gone/invariant_mnst.yaml: {GONE}; "
         f"did you mean invariant_mnist? {SHIPPED}"),
        ("folder", "folder: is a folder; an experiment file is needed"),
        ("x" * 5000, f"{'x' * 5000}: {GONE}; {SHIPPED}"),
        ("a\0b", f"a\0b: {GONE}; {SHIPPED}"),
    ],
    ids=["missing", "close", "folder", "long", "null byte"],
)  # fmt: skip
def test_a_file_that_is_not_there_is_told(name, fault):
    Path("folder").mkdir()
    with pytest.raises(UsageError) as err:
        load(name)
    assert str(err.value) == fault


@pytest.mark.parametrize(
    "text", ["[" * 1000, "{a: " * 1000, "- " * 3000, f"{base()}seed: {'[' * 500}{']' * 500}"]
)
def test_what_is_nested_too_deeply_is_told(text):
    Path("x.yaml").write_text(text)
    with pytest.raises(ConfigError) as err:
        load("x.yaml")
    assert str(err.value) == "x.yaml: is nested too deeply"


def test_an_override_that_is_nested_too_deeply_is_told():
    assert faults_in(base(), f"seed{'.a' * 3000}=1") == [" is nested too deeply"]


@pytest.mark.parametrize(
    "path", ["~nobody-of-this-name/x.npz", '"a\\0b"', "''", ".", "/", "x" * 5000]
)
def test_a_strange_path_is_no_crash(path):
    text = base(layers=f"[{{name: a, rule: mwta, units: 9, xi: 1, init: {{file: {path}}}}}]")
    Path("x.yaml").write_text(text)
    assert load("x.yaml").layers[0].init.file is not None
    Path("x.yaml").write_text(base(layers=f"[{{name: a, rule: {path}.py:A, xi: 1}}]"))
    with pytest.raises(ConfigError):
        load("x.yaml")
