"""A stack is its layers in a row: a pipeline of chunks equals the loop over rows."""

import numpy as np
import pytest
from helpers import COMPILED, N_IN, READ, stream
from rules import INIT, LATERAL

from hebb import draws
from hebb.errors import UsageError
from hebb.layers.invariance import InvarianceSpec
from hebb.layers.mwta import MWTASpec
from hebb.stack import NotFinite, Stack

SPECS = [
    MWTASpec(name="sparse", grid=[4, 5], n_w=3, xi=0.05, lateral=LATERAL, output="normalized",
             init=INIT),
    InvarianceSpec(name="slow", units=6, alpha=0.3, leta=0.08, seta=0.01, renormalize_every=50,
                   init=INIT),
    MWTASpec(name="top", units=5, xi=0.05, init=INIT),
]  # fmt: skip
NAMES = [spec.name for spec in SPECS]


def build(device=READ, specs=SPECS, dtype=np.float64):
    stack = Stack.build(specs, N_IN, device, dtype)
    for name, layer in stack.layers.items():
        layer.restart(layer.spec.init, draws.generator(0, "init", name))
    stack.begin_epoch(0, 1)
    return stack


def chunks(x, length):
    return ((x[i : i + length], None) for i in range(0, len(x), length))


def assert_same(stack, other):
    for name, array in stack.state().items():
        np.testing.assert_array_equal(other.state()[name], array, err_msg=name)
    for layer, twin in zip(stack.layers.values(), other.layers.values(), strict=True):
        for name, array in layer.motion().items():
            np.testing.assert_array_equal(twin.motion()[name], array, err_msg=name)


@pytest.mark.parametrize("device", [READ, COMPILED], ids=["read", "compiled"])
@pytest.mark.parametrize("learning", [NAMES, ["top"], []], ids=["all", "top", "none"])
@pytest.mark.parametrize("length", [1, 7, 300])
def test_a_pipeline_of_chunks_equals_the_loop_over_rows(device, learning, length):
    x = stream(300)
    by_chunk, by_row = build(device), build(device)
    assert sum(by_chunk.learn(chunks(x, length), learning)) == 300
    for row in x:
        answer = row[None]
        for name, layer in by_row.layers.items():
            answer = layer.learn(answer) if name in learning else layer.follow(answer)
    assert_same(by_chunk, by_row)


def test_layers_learn_from_answers_given_before_the_layer_below_has_learned():
    """The loop of the notebooks, written out for two layers and one row."""
    stack = build(READ)
    x = stream(1, seed=8)
    x[0, :3] = 0.5
    below, above = stack.layers["sparse"], stack.layers["slow"]
    w = below.state()["w"]
    list(stack.learn([(x, None)], NAMES))
    y = (w @ x[0]) * (below.infer(x)[0] != 0)
    s = np.where(y != 0, y / below.w.sum(axis=1), 0)  # normalized by the new weights
    np.testing.assert_allclose(above.u, 0.3 * (build(READ).layers["slow"].w @ s), rtol=1e-12)


def test_a_stack_is_the_same_whatever_stands_on_it():
    three, one = build(COMPILED), build(COMPILED, SPECS[:1])
    x = stream(200)
    for stack in (three, one):
        list(stack.learn(chunks(x, 50), NAMES))
    np.testing.assert_array_equal(one.state()["sparse.w"], three.state()["sparse.w"])


def test_infer_and_winners_go_up_to_the_layer_named():
    stack, x = build(COMPILED), stream(40)
    answers = x
    for name, layer in stack.layers.items():
        np.testing.assert_array_equal(stack.winners(x, name), layer.winners(answers))
        answers = layer.infer(answers)
        np.testing.assert_array_equal(stack.infer(x, name), answers)
        assert answers.shape == (40, layer.n_out)


def test_saved_arrays_are_found_under_layer_and_array():
    stack, other = build(COMPILED), build(COMPILED)
    list(stack.learn(chunks(stream(50), 50), NAMES))
    assert list(stack.state()) == ["sparse.w", "slow.w", "top.w"]
    assert stack.state()["slow.w"].shape == (6, 20)
    other.load(stack.state())
    for name, array in stack.state().items():
        np.testing.assert_array_equal(other.state()[name], array)


def test_weights_that_are_no_longer_finite_stop_the_stack():
    specs = [SPECS[0].model_copy(update={"xi": 1e30}), *SPECS[1:]]
    with pytest.raises(NotFinite) as err, np.errstate(all="ignore"):
        list(build(COMPILED, specs).learn(chunks(stream(500), 50), NAMES))
    assert str(err.value) == "layer sparse: its weights are no longer finite"


def test_weights_that_lack_an_array_are_refused():
    stack = build(COMPILED)
    arrays = stack.state()
    del arrays["slow.w"], arrays["top.w"]
    with pytest.raises(UsageError) as err:
        stack.load(arrays)
    assert str(err.value) == "the weights lack slow.w, top.w"


def test_a_form_takes_over_what_another_has_saved():
    """What a form holds for itself is made of the arrays where it was not saved, else left."""
    x, saved = stream(40), {}
    for device in (READ, COMPILED):
        stack = build(device)
        list(stack.learn(chunks(x, 40), NAMES))
        saved[device] = stack.state(motion=True)
    assert "slow.base" in saved[COMPILED] and "slow.base" not in saved[READ]
    for there, here in ((READ, COMPILED), (COMPILED, READ)):
        stack = build(here)
        stack.load(saved[there], motion=True)
        list(stack.learn(chunks(x, 40), NAMES))
        other = build(there)
        other.load(saved[there], motion=True)
        list(other.learn(chunks(x, 40), NAMES))
        for name, array in other.state().items():
            np.testing.assert_allclose(stack.state()[name], array, rtol=1e-9, err_msg=name)


def test_what_is_derived_goes_with_the_weights():
    """Weights that are taken over alone leave nothing of those that were there."""
    stack, first = build(COMPILED), build(COMPILED).state()
    list(stack.learn(chunks(stream(40), 40), NAMES))
    moved = stack.state(motion=True)
    assert (moved["slow.base"] != moved["slow.w"]).any()
    stack.load(first)
    loaded = stack.state(motion=True)
    np.testing.assert_array_equal(loaded["slow.base"], first["slow.w"])
    assert (loaded["slow.scale"] == 1).all()
