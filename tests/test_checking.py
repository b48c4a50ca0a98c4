"""`hebb check` on rules that are not built in, and what becomes of their exceptions in a run."""

import json
import sys

import pytest

from hebb.config import load
from hebb.errors import HebbError
from hebb.experiment import train
from hebb.layers.contract import CHECKS

RULE = """\
from hebb.layers import Layer, LayerSpec


class WinnerSpec(LayerSpec):
    rate: float


class Winner(Layer):
    Spec = WinnerSpec

    def learn(self, x, labels=None):
        return self.rows(x, self.spec.rate)

    def follow(self, x, labels=None):
        return self.rows(x, 0.0)

    def infer(self, x):
        return self.rows(x, 0.0)

    def rows(self, x, rate):
        answers = self.xp.zeros((len(x), self.n_out), dtype=self.dtype)
        for t, v in enumerate(x):
            answers[t] = self.w @ v
            k = answers[t].argmax()
            self.w[k] += rate * (v - self.w[k])
        return answers
"""
SLEEPWALKER = """\


class Sleepwalker(Winner):
    def follow(self, x, labels=None):
        return self.learn(x)

    def infer(self, x):
        self.last = x
        return self.rows(x, 0.0)
"""
ROWS = "    def rows(self, x, rate):\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    for name in [name for name in sys.modules if name.startswith("hebb_own_")]:
        del sys.modules[name]


@pytest.fixture
def write(tmp_path):
    def write(code=RULE, rules=("Winner",), rate=0.1, phase=""):
        (tmp_path / "my_rules.py").write_text(code)
        layers = [
            f"  - {{name: l{n}, rule: 'my_rules.py:{rule}', units: 5, rate: {rate}}}\n"
            for n, rule in enumerate(rules)
        ]
        (tmp_path / "x.yaml").write_text(
            f"dataset: {{source: digits}}\nlayers:\n{''.join(layers)}"
            f"phases: [{{name: p, steps: 20{phase}}}]\n"
        )
        return tmp_path / "my_rules.py"

    return write


KEPT = f"# my_rules.py:Winner keeps the contract ({len(CHECKS)} checks)"


def test_a_rule_that_keeps_the_contract_is_named_once(write, hebb):
    write(rules=["Winner", "Winner"], phase=", set: {l1.rate: 0.2}")
    code, out, err = hebb("check", "x.yaml")
    assert (code, err) == (0, "")
    assert [line for line in out.splitlines() if "contract" in line] == [KEPT]


def test_json_says_it_layer_by_layer(write, hebb):
    write(rules=["Winner", "Winner"])
    found = json.loads(hebb("check", "x.yaml", "--json")[1])["contract"]
    assert found == [
        {"layer": name, "rule": "my_rules.py:Winner", "checks": len(CHECKS), "learns": True}
        for name in ("l0", "l1")
    ]


def test_a_rate_of_zero_is_no_breach_and_is_said(write, hebb):
    write(rate=0.0)
    assert f"{KEPT}, but learned nothing here, as if its rate were 0" in hebb("check", "x.yaml")[1]


def test_whether_a_rule_learns_is_tried_without_a_word_of_numpy(write, hebb):
    write(RULE.replace(ROWS, ROWS + "        self.xp.ones(1) / self.xp.zeros(1)\n"))
    assert KEPT in hebb("check", "x.yaml")[1].splitlines()


def test_every_breach_of_every_layer_is_told_with_its_place(write, hebb):
    write(RULE + SLEEPWALKER, ["Sleepwalker", "Winner", "Sleepwalker"])
    code, out, err = hebb("check", "x.yaml")
    assert (code, out) == (2, "")
    lines = err.splitlines()
    said = [
        "infer must change nothing at all (got another self.last); it is called from several "
        "threads at once: use variables of its own",
        "follow must leave w as it is (got ",
    ]
    places = [
        "x.yaml:3:22: layers.l0.rule: Sleepwalker",
        "x.yaml:5:22: layers.l2.rule: Sleepwalker",
    ]
    starts = [f"{place}.{each}" for place in places for each in said]
    assert len(lines) == 4
    assert [line[: len(start)] for line, start in zip(lines, starts, strict=True)] == starts


def test_a_setting_that_a_phase_changes_in_vain_is_told(write, hebb):
    fixed = "    def __init__(self, *args):\n        super().__init__(*args)\n" + (
        "        self.rate = self.spec.rate\n\n"
    )
    code = RULE.replace("    def learn", fixed + "    def learn")
    write(code.replace("x, self.spec.rate", "x, self.rate"))
    assert hebb("check", "x.yaml")[0] == 0
    write(code.replace("x, self.spec.rate", "x, self.rate"), phase=", set: {l0.rate: 0.2}")
    code, _, err = hebb("check", "x.yaml")
    assert code == 2
    assert err.startswith(
        "x.yaml:3:22: layers.l0.rule: Winner.learn must do as a layer does that was made with the "
        "settings a phase has `set` (got "
    )


def test_an_exception_is_told_with_file_and_line(write, hebb):
    path = write(RULE.replace(ROWS, ROWS + "        x = x + self.bias\n"))
    line = RULE.splitlines().index(ROWS.strip("\n")) + 2
    told = f"{path}:{line}: AttributeError: 'Winner' object has no attribute 'bias'"
    assert hebb("check", "x.yaml") == (
        2, "",
        f"x.yaml:3:22: layers.l0.rule: Winner.learn must not raise an exception (got {told})\n",
    )  # fmt: skip


def test_an_exception_of_the_constructor_is_told_too(write, hebb):
    made = "    def __init__(self, *args):\n        raise ValueError('no')\n\n"
    path = write(RULE.replace("    def learn", made + "    def learn"))
    line = (RULE + made).splitlines().index("    def learn(self, x, labels=None):") + 2
    told = f"{path}:{line}: ValueError: no"
    for command in (["check"], ["run", "--quiet"]):
        assert hebb(*command, "x.yaml") == (2, "", f"x.yaml:3:22: layers.l0.rule: {told}\n")


@pytest.mark.parametrize("verb", ["learn", "follow"])
def test_in_a_run_an_exception_fails_it_with_file_and_line(verb, write, tmp_path):
    head = f"    def {verb}(self, x, labels=None):\n"
    path = write(
        RULE.replace(head, head + "        1 / 0\n"), phase=f", learn: [{'l0' * (verb == 'learn')}]"
    )
    line = RULE.splitlines().index(head.strip("\n")) + 2
    told = f"layer l0: {path}:{line}: ZeroDivisionError: division by zero"
    told += "; mend the rule, let `hebb check CONFIG` try it on a few inputs, and run anew"
    with pytest.raises(HebbError) as err:
        train(load("x.yaml"), quiet=True, say=lambda line: None)
    assert str(err.value) == told
    assert json.loads((tmp_path / "runs/x-001/run.json").read_text())["error"] == told
