"""What every layer must do, whatever its rule: each check is a sentence, and tells what breaks it.

The tests run them on the rules of the package, and `hebb check` on a rule of the user's own. They
look at a layer from outside, on a few random inputs, so a rule that keeps them may still be wrong
about its own equations; whoever writes it tests those.
"""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from hebb.layers.base import Layer
from hebb.layers.own import told
from hebb.layers.trial import (
    Breach,
    Case,
    Raised,
    apart,
    call,
    everything,
    first_apart,
    frozen,
    kind,
    not_finite,
)

VERBS = ("learn", "follow", "infer")
ROW_BY_ROW = (
    "a chunk is how rows are moved, and a checkpoint may cut it anywhere: take them one by one, "
    "for t, v in enumerate(x), since a product of many rows at once is summed in another order"
)

Check: TypeAlias = Callable[[Case], Iterator[Breach]]


def breaches(case: Case) -> list[Breach]:
    """Everything in which a rule breaks the contract, each thing once.

    Where one of the first checks fails, those that build upon it are left out: they could only
    say the same again.
    """
    found: list[Breach] = []
    for number, check in enumerate(CHECKS):
        if found and number <= N_FIRST:
            break
        found += tried(check, case)
    return list(dict.fromkeys(found))


def tried(check: Check, case: Case) -> list[Breach]:
    """What one check finds; an exception in the rule's code is a breach too."""
    found: list[Breach] = []
    try:
        with np.errstate(all="ignore"):  # numbers are judged by what becomes of them
            for breach in check(case):
                found.append(breach)
    except Raised as raised:
        where = told(raised.error, case.rule)
        got = where if len(where) <= 300 else f"{where[:297]}..."
        found.append(Breach(raised.verb, "not raise an exception", got))
    return found


def learns(case: Case) -> bool:
    """Whether learning changes anything; no breach if not, since a rate may be 0."""
    layer = case.fresh()
    before = call(layer, "state")
    case.answer(layer, "learn", case.inputs())
    return any(apart(array, before[name]) for name, array in call(layer, "state").items())


# The first: what all others build upon


def has_the_arrays_it_names(case: Case) -> Iterator[Breach]:
    layer = case.fresh()
    found = list(_misshapen(case, layer, "__init__", "make"))
    if not found:
        case.answer(layer, "learn", case.inputs())
        found = list(_misshapen(case, layer, "learn", "keep"))
    yield from found


def _misshapen(case: Case, layer: Layer, verb: str, make: str) -> Iterator[Breach]:
    if "w" not in layer.arrays:
        yield Breach("arrays", "name w, the weights (N, D)", repr(layer.arrays))
    w = (case.spec.n_units, case.n_in), np.dtype(case.dtype)
    for name in (*layer.arrays, *layer.dynamics):
        array: Any = getattr(layer, name, None)
        if not isinstance(array, case.device.xp.ndarray) or array.dtype.kind not in "biuf":
            got = "nothing" if array is None else type(array).__name__
            cure = "snapshots and checkpoints hold arrays: self.xp.zeros(1, dtype=self.dtype)"
            yield Breach(verb, f"{make} self.{name} an array of numbers", got, cure)
        elif name == "w" and (array.shape, array.dtype) != w:
            yield Breach(verb, f"{make} self.w {w[0]} of {w[1]}", kind(array))


def answers_each_row(case: Case) -> Iterator[Breach]:
    for verb in VERBS:
        for rows, labels in ((case.n_rows, True), (1, True), (case.n_rows, False)):
            y = case.answer(case.fresh(), verb, case.inputs()[:rows], labels)
            if getattr(y, "shape", None) != (rows, case.spec.n_units):
                must = f"answer ({rows}, {case.spec.n_units}) to inputs ({rows}, {case.n_in})"
                yield Breach(verb, must, kind(y), "a row an input, a column a unit")
                break


def does_the_same_again(case: Case) -> Iterator[Breach]:
    cure = "a run must be repeatable: draw nothing at random outside restart(init, rng)"
    first, second = case.fresh(), case.fresh()
    for verb in VERBS:
        y, again = (case.answer(layer, verb, case.inputs()) for layer in (first, second))
        if seen := first_apart(case, y, again, first, second):
            yield Breach(verb, "give the same bits for the same inputs", seen, cure)
            return


# Those that build upon them


def answers_in_its_own_precision(case: Case) -> Iterator[Breach]:
    for verb in VERBS:
        y = case.device.get(case.answer(case.fresh(), verb, case.inputs()))
        if y.dtype != case.dtype:
            cure = "make answers with dtype=self.dtype"
            yield Breach(verb, f"answer in {np.dtype(case.dtype)}", str(y.dtype), cure)
        if not np.isfinite(y).all():
            cure = "inputs were in [0, 1]: is something divided by 0, or a rate too large?"
            yield Breach(verb, "answer finite numbers", not_finite(y), cure)


def is_the_same_for_any_length_of_chunk(case: Case) -> Iterator[Breach]:
    x = case.inputs()
    for verb in VERBS:
        whole = case.fresh()
        y = case.answer(whole, verb, x)
        for length in (1, 7):
            parts = case.fresh()
            starts = range(0, len(x), length)
            pieces = [case.answer(parts, verb, x[start : start + length]) for start in starts]
            if seen := first_apart(case, case.device.xp.concatenate(pieces), y, parts, whole):
                must = f"give the same bits in chunks of {length} as in one of {len(x)}"
                yield Breach(verb, must, seen, ROW_BY_ROW)
                break


def infers_without_changing_anything(case: Case) -> Iterator[Breach]:
    layer = case.fresh()
    case.answer(layer, "learn", case.inputs())
    for verb in ("infer", "winners"):
        before = {name: frozen(each) for name, each in vars(layer).items()}
        case.answer(layer, verb, case.inputs(seed=6))
        after = {name: frozen(each) for name, each in vars(layer).items()}
        changed = [name for name in after if before.get(name) != after[name]]
        if changed:
            got = "another " + ", ".join(f"self.{name}" for name in changed)
            cure = "it is called from several threads at once: use variables of its own"
            yield Breach(verb, "change nothing at all", got, cure)


def follows_without_learning(case: Case) -> Iterator[Breach]:
    layer = case.fresh()
    before = call(layer, "state")
    case.answer(layer, "follow", case.inputs())
    for name, array in call(layer, "state").items():
        if seen := apart(array, before[name]):
            cure = "a layer that a phase does not learn is frozen: only learn may change it"
            yield Breach("follow", f"leave {name} as it is", seen, cure)


def trains_as_it_learns(case: Case) -> Iterator[Breach]:
    heard, unheard = case.fresh(), case.fresh()
    case.ask(heard, "learn", case.inputs())
    case.ask(unheard, "train", case.inputs())
    theirs = everything(heard)
    for name, array in everything(unheard).items():
        if seen := apart(array, theirs[name]):
            cure = "the last layer of a run is trained so: leave it out, and learn is called"
            yield Breach("train", f"leave {name} as learn does", seen, cure)
            return


def goes_on_from_what_is_saved(case: Case) -> Iterator[Breach]:
    """As a run does that was cut: in a new layer, in the middle of an epoch."""
    x = case.inputs()
    for cut in (1, len(x) // 2):
        whole, first, second = case.fresh(2, 5), case.fresh(2, 5), case.empty()
        for layer in (whole, first):
            case.answer(layer, "learn", x[:cut])
        call(second, "load", call(first, "state") | call(first, "motion"))
        y, wanted = (case.answer(layer, "learn", x[cut:]) for layer in (second, whole))
        if seen := first_apart(case, y, wanted, second, whole):
            must = f"go on from its arrays and dynamics, saved after {cut} rows, as if never cut"
            cure = (
                "name what learning changes in arrays, and in dynamics what else it needs to know, "
                "the number of the epoch included"
            )
            yield Breach("learn", must, seen, cure)
            return


def begins_each_epoch_anew(case: Case) -> Iterator[Breach]:
    old, new = case.fresh(), case.empty()
    case.answer(old, "learn", case.inputs())
    call(new, "load", call(old, "state"))
    for layer in (old, new):
        call(layer, "begin_epoch", 1, 3)
    cure = "put back whatever moves, and call super().begin_epoch(epoch, epochs) for the counts"
    moved = {name: apart(a, call(new, "motion")[name]) for name, a in call(old, "motion").items()}
    for name, seen in moved.items():
        if seen:
            yield Breach("begin_epoch", f"put {name} back to where a new layer has it", seen, cure)
    if not any(moved.values()):
        y, wanted = (case.answer(layer, "learn", case.inputs(seed=6)) for layer in (old, new))
        if seen := first_apart(case, y, wanted, old, new):
            must = "leave nothing behind of the epoch before but arrays"
            yield Breach("begin_epoch", must, seen, cure)


def restarts_as_if_it_had_never_learned(case: Case) -> Iterator[Breach]:
    layer = case.fresh()
    case.answer(layer, "learn", case.inputs())
    case.restart(layer)
    wanted = call(case.fresh(), "state")
    for name, array in call(layer, "state").items():
        if seen := apart(array, wanted[name]):
            must = f"give {name} the value that a new layer has"
            cure = "call super().restart(init, rng) for w, then put the other arrays back"
            yield Breach("restart", must, seen, cure)


def stays_finite_on_blank_inputs(case: Case) -> Iterator[Breach]:
    x = case.inputs()
    x[...] = 0
    for verb in VERBS:
        layer = case.fresh()
        y = case.device.get(case.answer(layer, verb, x))
        bad = [name for name in layer.arrays if not call(layer, "finite", name)]
        if bad or not np.isfinite(y).all():
            got = "NaN or infinity in " + ", ".join([*bad, "its answers"][: len(bad) or 1])
            yield Breach(verb, "stay finite on inputs of zeros", got, "is something divided by 0?")


def names_the_unit_that_wins(case: Case) -> Iterator[Breach]:
    layer, x = case.fresh(), case.inputs()
    y = case.device.get(case.answer(layer, "infer", x))
    k = case.device.get(case.answer(layer, "winners", x))
    if k.dtype.kind not in "iu" or k.ndim not in (1, 2) or len(k) != len(x):
        yield Breach("winners", f"give ({len(x)},) whole numbers, a unit a row", kind(k))
    elif k.min() < -1 or k.max() >= case.spec.n_units:
        must = f"name units 0 to {case.spec.n_units - 1}, or -1 for none"
        yield Breach("winners", must, f"{k.min()} to {k.max()}")
    elif (k[~y.any(axis=1)] != -1).any():
        cure = "a blank image has no class in a vote"
        yield Breach("winners", "say -1 where all answers are 0", "a unit", cure)


def leaves_alone_what_is_not_its_own(case: Case) -> Iterator[Breach]:
    for verb in VERBS:
        layer, x = case.fresh(), case.inputs()
        y = case.ask(layer, verb, x)
        handed_out = copy(y)
        if seen := apart(case.device.get(x), case.device.get(case.inputs())):
            yield Breach(verb, "leave its inputs as they are", seen, "work on a copy: x.copy()")
        case.ask(layer, verb, case.inputs(seed=6))
        if seen := apart(case.device.get(y), case.device.get(handed_out)):
            cure = "the layer above still reads them: make a new array for each chunk"
            yield Breach(verb, "leave the answers that it has given as they are", seen, cure)


def keeps_its_weights_in_bounds(case: Case) -> Iterator[Breach]:
    layer = case.fresh()
    case.answer(layer, "learn", case.inputs())
    for name, array in call(layer, "state").items():
        if not np.isfinite(array).all():
            cure = "inputs were in [0, 1]: its rate may be too large for them"
            yield Breach("learn", f"keep {name} finite", not_finite(array), cure)
    low = call(layer, "state")["w"].min()
    if low < 0 and not (layer.signed or layer.turns_negative):
        yield Breach(
            "learn", "keep w at 0 or above", f"{low:.2g}",
            "or say signed = True, if first weights may be negative, else turns_negative = True",
        )  # fmt: skip


def measures_in_plain_numbers(case: Case) -> Iterator[Breach]:
    layer = case.fresh()
    case.answer(layer, "learn", case.inputs())
    found = call(layer, "metrics")
    if not isinstance(found, dict):
        yield Breach("metrics", "give a mapping from names to numbers", type(found).__name__)
        return
    for name, value in found.items():
        if not isinstance(value, int | float) or not np.isfinite(value):
            cure = "it is a line of metrics.jsonl: float(...) or int(...) makes one"
            got = f"{type(value).__name__} {value}"
            yield Breach("metrics", f"give {name} as a plain finite number", got, cure)


def heeds_settings_that_a_phase_changes(case: Case) -> Iterator[Breach]:
    for spec in case.later:
        was, new = case.fresh(), case.empty(spec)
        call(new, "load", call(was, "state"))
        was.spec = spec
        for layer in (was, new):
            call(layer, "begin_epoch", 0, 1)
        y, wanted = (case.answer(layer, "learn", case.inputs()) for layer in (was, new))
        if seen := first_apart(case, y, wanted, was, new):
            must = "do as a layer does that was made with the settings a phase has `set`"
            cure = "read them from self.spec when they are used, not once in __init__"
            yield Breach("learn", must, seen, cure)


def does_compiled_what_it_does_as_read(case: Case) -> Iterator[Breach]:
    if case.fresh().form == "read":
        return
    device = case.device
    read, compiled = (
        replace(case, device=replace(device, compiled=each), dtype=np.float64)
        for each in (False, True)
    )
    for verb in VERBS:
        first, second = read.fresh(), compiled.fresh()
        y, z = read.answer(first, verb, read.inputs()), compiled.answer(second, verb, read.inputs())
        wanted = {"answers": device.get(y)} | everything(first)
        got = {"answers": device.get(z)} | everything(second)
        for name, array in wanted.items():
            if not np.allclose(got[name], array, rtol=1e-9, atol=1e-12, equal_nan=True):
                must = f"give the {name} of the rule as read, compiled too"
                cure = "the two differ by more than rounding, in float64"
                yield Breach(verb, must, apart(got[name], array), cure)
                break


CHECKS: tuple[Check, ...] = (
    has_the_arrays_it_names,
    answers_each_row,
    does_the_same_again,
    answers_in_its_own_precision,
    is_the_same_for_any_length_of_chunk,
    infers_without_changing_anything,
    follows_without_learning,
    trains_as_it_learns,
    goes_on_from_what_is_saved,
    begins_each_epoch_anew,
    restarts_as_if_it_had_never_learned,
    stays_finite_on_blank_inputs,
    names_the_unit_that_wins,
    leaves_alone_what_is_not_its_own,
    keeps_its_weights_in_bounds,
    measures_in_plain_numbers,
    heeds_settings_that_a_phase_changes,
    does_compiled_what_it_does_as_read,
)
N_FIRST = 3  # of them, all others build upon
