"""The contract's checks: every rule of the package keeps them, and each catches what it is for."""

import inspect

import numpy as np
import pytest
from helpers import (
    COMPILED,
    N_IN,
    ON_CUPY,
    READ,
    altered,
    at_rate_zero,
    devices,
    dtypes,
    everywhere,
    specs,
)
from pydantic import Field
from rules import EXAMPLES

from hebb.layers import RULES, Layer, LayerSpec
from hebb.layers.contract import CHECKS, N_FIRST, breaches, learns, tried
from hebb.layers.own import find_rule
from hebb.layers.trial import Case

every_check = pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])


@specs
@devices
@dtypes
@every_check
def test_every_rule_of_the_package_keeps_the_contract(check, spec, device, dtype):
    later = (at_rate_zero(spec, settable=True), altered(spec))
    case = Case(find_rule(spec.rule), spec, N_IN, device, dtype, later, rows=120)
    assert [str(breach) for breach in tried(check, case)] == []


@specs
@every_check
def test_every_rule_of_the_package_keeps_the_contract_on_cupy(check, spec):
    later = (at_rate_zero(spec, settable=True), altered(spec))
    case = Case(find_rule(spec.rule), spec, N_IN, ON_CUPY, np.float32, later, rows=25)
    assert [str(breach) for breach in tried(check, case)] == []


@pytest.mark.parametrize("rule", EXAMPLES)
def test_every_setting_that_a_phase_may_change_is_changed_in_this_suite(rule):
    """In most forms of the rule; some refuse one, as `lateral` without a grid."""
    example, Spec = EXAMPLES[rule], RULES[rule].Spec
    settable = Spec.model_fields.keys() - set(Spec.FIXED)
    assert example.changed.keys() == settable
    for key in settable:
        changed = [getattr(altered(s), key) != getattr(s, key) for s in example.specs.values()]
        assert any(changed), key


@specs
@everywhere
def test_every_rule_of_the_package_learns(spec, device):
    assert learns(Case(find_rule(spec.rule), spec, N_IN, device, rows=120))


class GoodSpec(LayerSpec):
    rate: float = Field(default=0.1, ge=0)


class Good(Layer):
    """A winner moves to its input; winners grow tired, and their answers pass through a trace."""

    Spec = GoodSpec
    arrays = ("w", "tired")
    dynamics = (*Layer.dynamics, "trace")

    def __init__(self, *args):
        super().__init__(*args)
        self.tired = self.xp.zeros(self.n_out, dtype=self.dtype)
        self.trace = self.xp.zeros(self.n_out, dtype=self.dtype)
        self._rows, self.form = self.device.form(read=self._read, compiled=self._compiled)

    def begin_epoch(self, epoch, epochs):
        super().begin_epoch(epoch, epochs)
        self.trace[...] = 0

    def restart(self, init, rng):
        super().restart(init, rng)
        self.tired[...] = 0

    def learn(self, x, labels=None):
        return self._rows(x, self.spec.rate)

    def follow(self, x, labels=None):
        return self._rows(x, 0)

    def infer(self, x):
        answers = np.zeros((len(x), self.n_out), dtype=self.dtype)
        for t, v in enumerate(x):
            answers[t] = self.w @ v
        return answers

    def _read(self, x, rate):
        answers = np.zeros((len(x), self.n_out), dtype=self.dtype)
        for t, v in enumerate(x):
            answers[t] = self.step(v, rate)
        return answers

    _compiled = _read

    def step(self, v, rate):
        p = self.w @ v
        k = (p - self.tired).argmax()
        self.trace += (p - self.trace) / 2
        if rate:
            self.w[k] += rate * (v - self.w[k])
            self.tired[k] += 0.01
        self.wins[k] += p[k] != 0
        self.tally[2] += 1
        return self.trace


def case(rule, *later, device=READ):
    return Case(rule, GoodSpec(name="a", rule="good", units=5), 12, device, later=later)


def told(rule, *later):
    return [str(breach) for breach in breaches(case(rule, *later))]


SLOWER = GoodSpec(name="a", rule="good", units=5, rate=0.02)


def test_a_good_rule_has_nothing_told_of_it():
    assert told(Good, SLOWER) == []
    assert learns(case(Good))


class NameSomething(Good):
    arrays = ("w", "bias")


class CountInNumbers(Good):
    dynamics = (*Good.dynamics, "steps")
    steps = 0


class Transposed(Good):
    def __init__(self, *args):
        super().__init__(*args)
        self.w = self.xp.zeros((self.n_in, self.n_out), dtype=self.dtype)

    def restart(self, init, rng):
        self.w[...] = init.draw((self.n_in, self.n_out), rng)

    def step(self, v, rate):
        return v @ self.w

    def infer(self, x):
        return x @ self.w


class Hidden(Good):
    arrays = ("tired",)


class Growing(Good):
    def step(self, v, rate):
        if rate:
            self.w = self.w + rate * np.outer(np.ones(5), v)
        return self.trace


class OneColumn(Good):
    def follow(self, x, labels=None):
        return super().follow(x)[:, 0]


class Noisy(Good):
    """As if it drew at random: every other layer made is another."""

    made = 0

    def __init__(self, *args):
        super().__init__(*args)
        Noisy.made += 1
        self.lot = Noisy.made % 2

    def step(self, v, rate):
        return super().step(v, rate) + self.dtype.type(self.lot)


class Doubled(Good):
    def infer(self, x):
        return super().infer(x).astype(np.float64)


class Divided(Good):
    def infer(self, x):
        return super().infer(x) / x.sum(axis=1, keepdims=True)


class WholeChunk(Good):
    """Batch = chunk."""

    def learn(self, x, labels=None):
        answers = x @ self.w.T
        self.w += self.spec.rate * (answers.T @ x) / len(x)
        return answers


class LearnsFirst(Good):
    """Answers after it has learned from the whole chunk."""

    def learn(self, x, labels=None):
        super().learn(x)
        return self.infer(x)


class Scribbling(Good):
    def infer(self, x):
        self._scratch = super().infer(x)
        return self._scratch.copy()


class Counting(Good):
    """A helper of learn and infer that writes."""

    def winners(self, x):
        self.wins += 1
        return super().winners(x)


class Sleepwalking(Good):
    def follow(self, x, labels=None):
        return self.learn(x)


class Slacking(Good):
    def train(self, x, labels=None):
        self._rows(x, self.spec.rate / 2)


class Forgetting(Good):
    """An array that is missing from `arrays`."""

    arrays = ("w",)


class KnowsTheEpoch(Good):
    late = 1.0

    def begin_epoch(self, epoch, epochs):
        super().begin_epoch(epoch, epochs)
        self.late = 1.0 + epoch

    def learn(self, x, labels=None):
        return self._rows(x, self.spec.rate / self.late)


class Trailing(Good):
    def begin_epoch(self, epoch, epochs):
        Layer.begin_epoch(self, epoch, epochs)


class CountsOn(Good):
    def begin_epoch(self, epoch, epochs):
        self.trace[...] = 0


class Behind(Good):
    """What moves is no part of `dynamics`, and never goes back."""

    age = 1

    def step(self, v, rate):
        self.age += bool(rate)
        return super().step(v, rate / self.age)


class Rested(Good):
    def restart(self, init, rng):
        Layer.restart(self, init, rng)


class Normed(Good):
    def step(self, v, rate):
        return super().step(v / np.linalg.norm(v), rate)

    def learn(self, x, labels=None):
        return np.nan_to_num(super().learn(x))


class Everyone(Good):
    def winners(self, x):
        return self.infer(x).argmax(axis=1)


class Ranked(Good):
    def winners(self, x):
        return self.infer(x).argsort(axis=1)[:, -1:].astype(float)


class Beyond(Good):
    def winners(self, x):
        return super().winners(x) + 1


class Greedy(Good):
    def learn(self, x, labels=None):
        x *= 0.5
        return super().learn(x)


class Reused(Good):
    def infer(self, x):
        if len(x) != len(getattr(self, "_out", ())):
            self._out = np.zeros((len(x), self.n_out), dtype=self.dtype)
        self._out[...] = super().infer(x)
        return self._out


class Signed(Good):
    def step(self, v, rate):
        self.w -= rate * v
        return self.w @ v


class Exploding(Good):
    def step(self, v, rate):
        if rate:
            self.w += np.inf
        return self.trace


class Measured(Good):
    def metrics(self):
        return {"norm": np.float32(1), "size": np.int64(1), "lost": float("nan")}


class Unmeasured(Good):
    def metrics(self):
        return None


class Set(Good):
    def __init__(self, *args):
        super().__init__(*args)
        self.rate = self.spec.rate

    def learn(self, x, labels=None):
        return self._rows(x, self.rate)


class Drifting(Good):
    def _compiled(self, x, rate):
        return self._read(x, 1.001 * rate)


class Raising(Good):
    def step(self, v, rate):
        return self.w @ v[1:]


class Unlabelled(Good):
    def follow(self, x):
        return super().follow(x)


class Unmade(Good):
    def __init__(self, *args):
        raise KeyError("rate")


# What is told of each, and so by which check it is caught.
TOLD = {
    NameSomething: [
        "__init__ must make self.bias an array of numbers (got nothing); snapshots and "
        "checkpoints hold arrays: self.xp.zeros(1, dtype=self.dtype)",
    ],
    CountInNumbers: [
        "__init__ must make self.steps an array of numbers (got int); snapshots and "
        "checkpoints hold arrays: self.xp.zeros(1, dtype=self.dtype)",
    ],
    Transposed: [
        "__init__ must make self.w (5, 12) of float32 (got (12, 5) of float32)",
    ],
    Hidden: [
        "arrays must name w, the weights (N, D) (got ('tired',))",
    ],
    Growing: [
        "learn must keep self.w (5, 12) of float32 (got (5, 12) of float64)",
    ],
    OneColumn: [
        "follow must answer (40, 5) to inputs (40, 12) (got (40,) of float32); a row an "
        "input, a column a unit",
    ],
    Noisy: [
        "learn must give the same bits for the same inputs (got answers with 200 of 200 "
        "values apart, by up to 1); a run must be repeatable: draw nothing at random "
        "outside restart(init, rng)",
    ],
    Doubled: [
        "infer must answer in float32 (got float64); make answers with dtype=self.dtype",
    ],
    Divided: [
        "infer must answer finite numbers (got NaN or infinity in 15 of 200 values); inputs "
        "were in [0, 1]: is something divided by 0, or a rate too large?",
        "infer must stay finite on inputs of zeros (got NaN or infinity in its answers); is "
        "something divided by 0?",
    ],
    WholeChunk: [
        "learn must give the same bits in chunks of 1 as in one of 40 (got answers with 183 "
        "of 200 values apart, by up to 0.17); a chunk is how rows are moved, and a checkpoint"
        " may cut it anywhere: take them one by one, for t, v in enumerate(x), since a "
        "product of many rows at once is summed in another order",
    ],
    LearnsFirst: [
        "learn must give the same bits in chunks of 1 as in one of 40 (got answers with 145 "
        "of 200 values apart, by up to 0.38); a chunk is how rows are moved, and a checkpoint"
        " may cut it anywhere: take them one by one, for t, v in enumerate(x), since a "
        "product of many rows at once is summed in another order",
    ],
    Scribbling: [
        "infer must change nothing at all (got another self._scratch); it is called from "
        "several threads at once: use variables of its own",
    ],
    Counting: [
        "winners must change nothing at all (got another self.wins); it is called from "
        "several threads at once: use variables of its own",
    ],
    Sleepwalking: [
        "follow must leave w as it is (got 60 of 60 values apart, by up to 0.38); a layer "
        "that a phase does not learn is frozen: only learn may change it",
        "follow must leave tired as it is (got 5 of 5 values apart, by up to 0.1); a layer "
        "that a phase does not learn is frozen: only learn may change it",
    ],
    Slacking: [
        "train must leave w as learn does (got 60 of 60 values apart, by up to 0.16); the last "
        "layer of a run is trained so: leave it out, and learn is called",
    ],
    Forgetting: [
        "learn must go on from its arrays and dynamics, saved after 20 rows, as if never cut "
        "(got answers with 52 of 100 values apart, by up to 0.14); name what learning changes"
        " in arrays, and in dynamics what else it needs to know, the number of the epoch "
        "included",
        "begin_epoch must leave nothing behind of the epoch before but arrays (got answers "
        "with 134 of 200 values apart, by up to 0.049); put back whatever moves, and call "
        "super().begin_epoch(epoch, epochs) for the counts",
    ],
    KnowsTheEpoch: [
        "learn must go on from its arrays and dynamics, saved after 1 rows, as if never cut "
        "(got answers with 167 of 195 values apart, by up to 0.11); name what learning "
        "changes in arrays, and in dynamics what else it needs to know, the number of the "
        "epoch included",
    ],
    Trailing: [
        "begin_epoch must put trace back to where a new layer has it (got 5 of 5 values "
        "apart, by up to 0.26); put back whatever moves, and call super().begin_epoch(epoch, "
        "epochs) for the counts",
    ],
    CountsOn: [
        "begin_epoch must put tally back to where a new layer has it (got 1 of 3 values "
        "apart, by up to 40); put back whatever moves, and call super().begin_epoch(epoch, "
        "epochs) for the counts",
        "begin_epoch must put wins back to where a new layer has it (got 5 of 5 values apart,"
        " by up to 10); put back whatever moves, and call super().begin_epoch(epoch, epochs) "
        "for the counts",
    ],
    Behind: [
        "learn must go on from its arrays and dynamics, saved after 1 rows, as if never cut "
        "(got answers with 170 of 195 values apart, by up to 0.015); name what learning "
        "changes in arrays, and in dynamics what else it needs to know, the number of the "
        "epoch included",
        "begin_epoch must leave nothing behind of the epoch before but arrays (got answers "
        "with 163 of 200 values apart, by up to 0.017); put back whatever moves, and call "
        "super().begin_epoch(epoch, epochs) for the counts",
    ],
    Rested: [
        "restart must give tired the value that a new layer has (got 5 of 5 values apart, by "
        "up to 0.1); call super().restart(init, rng) for w, then put the other arrays back",
    ],
    Normed: [
        "follow must answer finite numbers (got NaN or infinity in 200 of 200 values); inputs"
        " were in [0, 1]: is something divided by 0, or a rate too large?",
        "learn must stay finite on inputs of zeros (got NaN or infinity in w); is something "
        "divided by 0?",
        "follow must stay finite on inputs of zeros (got NaN or infinity in its answers); is "
        "something divided by 0?",
        "learn must keep w finite (got NaN or infinity in 12 of 60 values); inputs were in "
        "[0, 1]: its rate may be too large for them",
    ],
    Everyone: [
        "winners must say -1 where all answers are 0 (got a unit); a blank image has no class"
        " in a vote",
    ],
    Ranked: [
        "winners must give (40,) whole numbers, a unit a row (got (40, 1) of float64)",
    ],
    Beyond: [
        "winners must name units 0 to 4, or -1 for none (got 0 to 5)",
    ],
    Greedy: [
        "learn must leave its inputs as they are (got 116 of 480 values apart, by up to 0.5);"
        " work on a copy: x.copy()",
    ],
    Reused: [
        "infer must change nothing at all (got another self._out); it is called from several "
        "threads at once: use variables of its own",
        "infer must leave the answers that it has given as they are (got 185 of 200 values "
        "apart, by up to 0.17); the layer above still reads them: make a new array for each "
        "chunk",
    ],
    Signed: [
        "learn must keep w at 0 or above (got -0.9); or say signed = True, if first weights may"
        " be negative, else turns_negative = True",
    ],
    Exploding: [
        "learn must stay finite on inputs of zeros (got NaN or infinity in w); is something "
        "divided by 0?",
        "learn must keep w finite (got NaN or infinity in 60 of 60 values); inputs were in "
        "[0, 1]: its rate may be too large for them",
    ],
    Measured: [
        "metrics must give norm as a plain finite number (got float32 1.0); it is a line of "
        "metrics.jsonl: float(...) or int(...) makes one",
        "metrics must give size as a plain finite number (got int64 1); it is a line of "
        "metrics.jsonl: float(...) or int(...) makes one",
        "metrics must give lost as a plain finite number (got float nan); it is a line of "
        "metrics.jsonl: float(...) or int(...) makes one",
    ],
    Unmeasured: [
        "metrics must give a mapping from names to numbers (got NoneType)",
    ],
    Set: [
        "learn must do as a layer does that was made with the settings a phase has `set` (got"
        " answers with 175 of 200 values apart, by up to 0.13); read them from self.spec when"
        " they are used, not once in __init__",
    ],
    Drifting: [
        "learn must give the answers of the rule as read, compiled too (got 156 of 200 values"
        " apart, by up to 0.00013); the two differ by more than rounding, in float64",
    ],
    Raising: [
        "learn must not raise an exception (got {here}:{line}: ValueError: matmul: Input operand"
        " 1 has a mismatch in its core dimension 0, with gufunc signature "
        "(n?,k),(k,m?)->(n?,m?) (size 11 is different from 12))",
    ],
    Unlabelled: [
        "follow must not raise an exception (got {here}: TypeError: Unlabelled.follow() takes"
        " 2 positional arguments but 3 were given)",
    ],
    Unmade: [
        "__init__ must not raise an exception (got {here}:{line}: KeyError: 'rate')",
    ],
}


def raised_at(rule):
    """The last line of the rule's one method: where it raises."""
    lines, first = inspect.getsourcelines(rule)
    return first + len(lines) - 1


@pytest.mark.parametrize("rule", TOLD, ids=lambda rule: rule.__name__)
def test_a_breach_is_told_with_its_verb_what_must_be_what_was_seen_and_the_cure(rule):
    device = COMPILED if rule is Drifting else READ
    found = [str(breach) for breach in breaches(case(rule, SLOWER, device=device))]
    words = {"{here}": __file__, "{line}": str(raised_at(rule))}
    wanted = []
    for line in TOLD[rule]:
        for word, value in words.items():
            line = line.replace(word, value)
        wanted.append(line)
    assert found == wanted


def test_every_check_catches_a_rule():
    caught = set()
    for rule in TOLD:
        device = COMPILED if rule is Drifting else READ
        for number, check in enumerate(CHECKS):
            if tried(check, case(rule, SLOWER, device=device)):
                caught.add(check)
                if number < N_FIRST:
                    break
    assert caught == set(CHECKS)


def test_a_rule_that_never_learns_is_known_and_breaks_nothing():
    class Idle(Good):
        def step(self, v, rate):
            return super().step(v, 0)

    assert told(Idle, SLOWER) == []
    assert not learns(case(Idle))


def test_a_long_message_is_cut():
    class Wordy(Good):
        def step(self, v, rate):
            raise ValueError("long " * 100)

    (line,) = told(Wordy)
    start = (
        f"learn must not raise an exception (got {__file__}:{raised_at(Wordy)}: ValueError: long"
    )
    assert line.startswith(start)
    assert (
        line.endswith("...)") and len(line) == len("learn must not raise an exception (got )") + 300
    )
