"""Rules that an installed package brings. The package is a folder on the path: no pip is needed."""

import json
import sys

import pytest

from hebb.config import json_schema, load
from hebb.errors import ConfigError
from hebb.experiment import resume, train
from hebb.layers import installed
from hebb.layers.own import find_rule

RULE = """\
from hebb.layers import Layer, LayerSpec


class SlowSpec(LayerSpec):
    speed: float = 1.0


class Slow(Layer):
    Spec = SlowSpec

    def learn(self, x, labels=None):
        return x[:, : self.n_out].copy()

    def follow(self, x, labels=None):
        return x[:, : self.n_out].copy()

    def infer(self, x):
        return x[:, : self.n_out].copy()


class Bare(Slow):
    Spec = None


NOTHING = 3
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """`package(points)`: hebb-slow 1.0 with these entry points, and what else its module says."""
    monkeypatch.chdir(tmp_path)
    sites = []

    def make(points, name="hebb-slow", version="1.0", code=RULE):
        site = tmp_path / f"site{len(sites)}"
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[hebb.rules]\n{points}\n")
        (site / f"{name.replace('-', '_')}.py").write_text(code)
        monkeypatch.syspath_prepend(site)
        sites.append(f"{name.replace('-', '_')}")
        return site

    yield make
    for name in sites:
        sys.modules.pop(name, None)


def experiment(tmp_path, rule="slow", keys="speed: 2"):
    (tmp_path / "x.yaml").write_text(
        "dataset: {source: digits}\n"
        f"layers: [{{name: a, rule: {rule}, units: 3, {keys}}}]\nphases: [{{name: p, steps: 20}}]"
    )
    return load(tmp_path / "x.yaml")


def fault(*args, **kwargs):
    with pytest.raises(ConfigError) as err:
        experiment(*args, **kwargs)
    return str(err.value).partition("layers.a.rule: ")[2]


def test_a_rule_of_an_installed_package_is_known_by_its_name(package, tmp_path):
    package("slow = hebb_slow:Slow")
    (layer,) = experiment(tmp_path).layers
    assert (layer.rule, layer.speed) == ("slow", 2.0)
    assert find_rule("slow").__name__ == "Slow"


def test_its_keys_are_checked_by_its_own_spec(package, tmp_path):
    package("slow = hebb_slow:Slow")
    with pytest.raises(ConfigError) as err:
        experiment(tmp_path, keys="spede: 2")
    assert str(err.value).endswith(
        "layers.a.spede: is not a key here; did you mean speed? "
        "Known: name, rule, grid, units, init, speed"
    )


def test_installed_rules_are_among_the_names_that_could_be_meant(package, tmp_path):
    package("slow = hebb_slow:Slow")
    assert fault(tmp_path, "slwo") == (
        "must be a rule or file.py:Class (got slwo); did you mean slow? "
        f"Known: {', '.join(installed.RULES)}, slow"
    )


def test_what_is_no_name_at_all_is_told(tmp_path):
    assert fault(tmp_path, "[slow]").startswith("must be a rule or file.py:Class (got [slow]); ")


@pytest.mark.parametrize(
    ("point", "code", "told"),
    [
        ("gone:Slow", RULE, "hebb-slow 1.0, gone:Slow: "
         "ModuleNotFoundError: No module named 'gone'"),
        ("hebb_slow:Slo", RULE, "hebb-slow 1.0, hebb_slow:Slo: "
         "AttributeError: module 'hebb_slow' has no attribute 'Slo'"),
        ("hebb_slow:Slow", "x = 1\nraise ValueError('a\\n  b')", "hebb-slow 1.0, hebb_slow:Slow: "
         "{site}/hebb_slow.py:2: ValueError: a b"),
    ],
)  # fmt: skip
def test_a_broken_entry_point_is_told_in_one_line(point, code, told, package, tmp_path):
    site = package(f"slow = {point}", code=code)
    told = told.replace("{site}", str(site))
    assert fault(tmp_path) == f"must be importable (got slow); {told}"


def test_what_is_no_rule_is_told(package, tmp_path):
    package("slow = hebb_slow:NOTHING\nbare = hebb_slow:Bare")
    assert fault(tmp_path) == (
        "must stand for a class that derives from hebb.layers.Layer (got slow); "
        "in hebb-slow 1.0 it stands for hebb_slow:NOTHING"
    )
    assert fault(tmp_path, "bare") == (
        "Bare must have Spec, a class that derives from hebb.layers.LayerSpec (got bare)"
    )


def test_a_name_that_two_packages_give_is_refused(package, tmp_path):
    package("slow = hebb_slow:Slow")
    package("slow = hebb_other:Slow", name="hebb-other", version="2.1")
    assert fault(tmp_path) == (
        "must be the rule of one package (got slow); hebb-other 2.1 and hebb-slow 1.0 "
        "each have one of this name: uninstall all but one"
    )


def test_a_built_in_rule_keeps_its_name_and_check_tells_of_the_other(package, tmp_path, hebb):
    package("mwta = hebb_slow:Slow")
    assert find_rule("mwta").__module__ == "hebb.layers.mwta"
    experiment(tmp_path, "mwta", "xi: 0.1")
    code, out, _ = hebb("check", "x.yaml")
    assert code == 0
    assert (
        "# rule mwta of hebb-slow 1.0 is not used: a rule of hebb has that name" in out.splitlines()
    )


def test_nothing_is_looked_for_while_all_rules_are_built_in(tmp_path, monkeypatch):
    monkeypatch.setattr(installed, "entry_points", None)
    experiment(tmp_path, "mwta", "xi: 0.1")


def test_a_run_notes_the_package_and_its_version(package, tmp_path):
    package("slow = hebb_slow:Slow")
    run = train(experiment(tmp_path), runs_dir=tmp_path / "runs", quiet=True, say=lambda line: None)
    assert run.info()["installed_rules"] == {"slow": "hebb-slow"}
    assert run.info()["versions"]["hebb-slow"] == "1.0"


def test_a_run_goes_on_with_another_version_and_says_so(package, tmp_path):
    package("slow = hebb_slow:Slow")
    quiet = {"quiet": True, "say": lambda line: None}
    run = train(experiment(tmp_path), runs_dir=tmp_path / "runs", **quiet)
    run.note(status="interrupted", versions=run.info()["versions"] | {"hebb-slow": "0.9"})
    said = []
    resume(run, quiet=True, say=said.append)
    assert said[0] == (
        "other versions than at the beginning, so bits may differ: hebb-slow 0.9 -> 1.0"
    )


def test_the_schema_knows_installed_rules(package):
    package("slow = hebb_slow:Slow\nbroken = gone:Slow")
    spec = json_schema()["$defs"]["slowSpec"]["properties"]
    assert "speed" in spec
    assert "slow" in json.dumps(spec["rule"])
