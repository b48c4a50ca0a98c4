"""The CUDA kernels against the rules as read: on a stand-in for a GPU, and on a real one."""

import numpy as np
import pytest
from cuda_on_cpu import COMPILER, LACKING, Plan, cupy
from helpers import (
    N_IN,
    READ,
    altered,
    assert_same,
    at_rate_zero,
    build,
    dtypes,
    dyadic,
    layer_of,
    near_tie,
    stream,
)
from rules import ALL_SPECS
from strict_cuda import waits

from hebb import draws
from hebb.device import Device
from hebb.layers import RULES
from hebb.layers.contract import CHECKS, tried
from hebb.layers.cuda import HERE
from hebb.layers.invariance import InvarianceSpec
from hebb.layers.mwta import MWTASpec
from hebb.layers.smooth_invariance import SmoothInvarianceSpec
from hebb.layers.threshold import ThresholdSpec
from hebb.layers.trial import Case, everything
from hebb.stack import Stack

KERNELS = {path.stem for path in HERE.glob("*.cu")}
ONLINE = {name: spec for name, spec in ALL_SPECS.items() if spec.rule in KERNELS}
VERBS = ("learn", "follow", "infer", "winners")
on_cpu = pytest.mark.skipif(COMPILER is None, reason=LACKING)
online = pytest.mark.parametrize("spec", ONLINE.values(), ids=ONLINE.keys())
PLANS = {"ascending": Plan(), "descending": Plan(descending=True)}


def on(plan: Plan) -> Device:
    return Device(cupy(plan))


def real_gpu() -> Device:
    found = pytest.importorskip("cupy", reason="no GPU was tried: CuPy is not installed")
    if not found.cuda.is_available():
        pytest.skip("no GPU was tried: CuPy finds none")
    return Device(found)


GPU = pytest.param(None, marks=pytest.mark.gpu, id="gpu")


@pytest.fixture(
    params=[*(pytest.param(plan, marks=on_cpu, id=name) for name, plan in PLANS.items()), GPU]
)
def device(request):
    """A device on which kernels run: the stand-in, in either order of its warps, or a GPU."""
    return on(request.param) if request.param else real_gpu()


@pytest.fixture(params=[pytest.param(Plan(threads=32), marks=on_cpu, id="stand-in"), GPU])
def either(request):
    """The stand-in in one order, or a GPU: for what is not about order."""
    return on(request.param) if request.param else real_gpu()


def ask(layer, verb, x):
    return layer.device.get(getattr(layer, verb)(layer.device.put(x)))


def assert_agrees(layer, read, x, verb, **tolerance):
    wanted, got = ask(read, verb, x), ask(layer, verb, x)
    np.testing.assert_array_equal(got != 0, wanted != 0)  # the same winners
    np.testing.assert_allclose(got, wanted, **tolerance)
    for name, array in everything(read).items():
        np.testing.assert_allclose(everything(layer)[name], array, err_msg=name, **tolerance)


def test_the_rules_that_learn_input_by_input_have_kernels():
    assert KERNELS == {"mwta", "invariance", "threshold", "smooth_invariance"} <= set(RULES)


@online
def test_what_runs_is_named(spec, either):
    assert build(spec, either).form == "cuda"
    assert build(spec, Device(either.xp, compiled=False)).form == "read"
    assert build(ALL_SPECS["compspec"], either).form == "read"


@online
@pytest.mark.parametrize("rows", [30, pytest.param(2000, marks=pytest.mark.deep)])
def test_a_kernel_equals_the_rule_as_read_in_float64(spec, rows, device):
    layer, read, x = build(spec, device), build(spec, READ), stream(rows)
    for verb in VERBS:
        assert_agrees(layer, read, x, verb, rtol=1e-9, atol=1e-12)
    assert layer.metrics() == pytest.approx(read.metrics(), rel=1e-9)


@online
@pytest.mark.parametrize("rows", [60, pytest.param(2000, marks=pytest.mark.deep)])
def test_in_float32_a_kernel_agrees_up_to_the_first_near_tie(spec, rows, either):
    """After it any two correct sums may part; here none does so early that little is compared."""
    layer, read = build(spec, either, np.float32), build(spec, READ, np.float32)
    x = stream(rows, np.float32)
    for t in range(rows):
        before = read.state()
        wanted, got = ask(read, "learn", x[t : t + 1]), ask(layer, "learn", x[t : t + 1])
        agree = np.array_equal(got != 0, wanted != 0)
        agree &= np.allclose(got, wanted, rtol=2e-3, atol=1e-5)
        agree &= np.allclose(layer.state()["w"], read.state()["w"], rtol=2e-3, atol=1e-5)
        if not agree:
            assert near_tie(spec, before, x[t : t + 1])
            assert t >= 40
            return


def of_size(rule, n):
    """A spec of n units, with what makes a kernel do all that it can."""
    common = {"name": "a", "units": n, "init": {"uniform": [0.0, 0.5]}}
    few = min(n, 4)
    return {
        "mwta": lambda: MWTASpec(n_w=few, xi=0.05, clip=0.5, output="normalized", **common),
        "invariance": lambda: InvarianceSpec(
            alpha=0.25, leta=0.08, seta=0.01, renormalize_every=3, **common
        ),
        "threshold": lambda: ThresholdSpec(xi=0.05, thresh=0.6, target_winners=few, **common),
        "smooth_invariance": lambda: SmoothInvarianceSpec(n_w=few, eta=0.1, zeta=0.05, **common),
    }[rule]()


SIZES = [(1, 1), (1, 40), (40, 1), (3, 33), (33, 31), (5, 257), (70, 65)]


@pytest.mark.parametrize("rule", sorted(KERNELS))
@pytest.mark.parametrize("n_units, n_in", SIZES)
def test_no_size_needs_to_be_a_multiple_of_anything(rule, n_units, n_in, device):
    spec = of_size(rule, n_units)
    layer, read = (build(spec, each, n_in=n_in) for each in (device, READ))
    for rows in (0, 1, 9):
        for verb in VERBS:
            x = stream(rows, n_in=n_in, seed=rows)
            assert_agrees(layer, read, x, verb, rtol=1e-9, atol=1e-13)


@online
def test_all_units_may_win(spec, device):
    if "n_w" not in type(spec).model_fields:
        pytest.skip("its winners are not a number of units")
    spec = spec.model_copy(update={"n_w": spec.n_units})
    layer, read = build(spec, device), build(spec, READ)
    for verb in VERBS:
        assert_agrees(layer, read, stream(15), verb, rtol=1e-9, atol=1e-13)


SHAPES = [(1, 32), (1, 256), (2, 64), (3, 96), (7, 32), (7, 64)]


@on_cpu
@online
@dtypes
def test_no_number_of_blocks_or_threads_changes_a_bit(spec, dtype):
    """So neither does the GPU, as far as its compiler sums alike."""
    x = stream(6, dtype, n_in=77)
    first = None
    for blocks, threads in SHAPES:
        layer = build(spec, on(Plan(blocks, threads)), dtype, n_in=77)
        answers = [ask(layer, verb, x) for verb in VERBS]
        first = first or (layer, answers)
        assert_same(layer, first[0])
        for got, wanted in zip(answers, first[1], strict=True):
            np.testing.assert_array_equal(got, wanted)


@online
@dtypes
def test_kernels_break_ties_as_the_rules_do(spec, dtype, either):
    """All units alike and sums without rounding: only the tie rule says who answers."""
    spec = at_rate_zero(spec)
    layer, read = build(spec, either, dtype), build(spec, READ, dtype)
    for each in (layer, read):
        each.load({"w": np.full_like(each.state()["w"], 0.5)})
    x = dyadic(20, dtype)
    for verb in ("infer", "winners"):
        np.testing.assert_array_equal(ask(layer, verb, x), ask(read, verb, x))
    winners = ask(layer, "winners", x)
    assert ((winners == 0) == x.any(axis=1)).all()


@pytest.mark.parametrize("Spec", [MWTASpec, SmoothInvarianceSpec])
def test_of_equals_the_first_win_also_among_better_and_worse(Spec, device):
    w = np.array([[0.25], [0.5], [0.75], [0.5], [0.25], [0.5], [0.5]])
    rates = {key: 0.0 for key in ("xi", "eta", "zeta") if key in Spec.model_fields}
    answer = ask(layer_of(Spec, w, device, n_w=3, **rates), "infer", np.ones((1, 1)))
    np.testing.assert_array_equal(np.flatnonzero(answer), [1, 2, 3])


@online
def test_what_is_no_number_wins_last_and_stays_within_its_row(spec, either):
    """A run stops at such a weight; until it is seen, nothing else may be touched."""
    layer = build(spec, either)
    w = layer.state()["w"]
    w[2] = np.nan
    w[3, 1] = np.inf
    layer.load({"w": w})
    with np.errstate(all="ignore"):
        for verb in VERBS:
            assert len(ask(layer, verb, stream(10))) == 10
    assert not layer.finite("w")


CONTRACT = pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])


@CONTRACT
@online
def test_kernels_keep_the_contract(check, spec, either):
    later = (at_rate_zero(spec, settable=True), altered(spec))
    case = Case(RULES[spec.rule], spec, N_IN, either, np.float32, later, rows=20)
    assert [str(breach) for breach in tried(check, case)] == []


@online
@dtypes
def test_learning_at_rate_zero_is_following(spec, dtype, either):
    learning, following = (build(each, either, dtype) for each in (at_rate_zero(spec), spec))
    x = stream(30, dtype)
    for layer in (learning, following):  # an epoch's first step may rescale, even at rate 0
        ask(layer, "follow", x[:1])
    np.testing.assert_array_equal(ask(learning, "learn", x), ask(following, "follow", x))
    assert_same(learning, following)


@online
@dtypes
def test_learning_leaves_no_weight_below_the_floor_and_no_0_above_it(spec, dtype, either):
    if spec.rule == "smooth_invariance":
        pytest.skip("weights of inputs that are off do not move")
    floor = dtype(np.finfo(dtype).tiny * dtype(2**27))
    layer = build(spec, either, dtype)
    w = layer.state()["w"]
    w[:, 0], w[:, 1:4] = 0, 0.5 * floor
    layer.load({"w": w})
    x = stream(60, dtype)
    x[:, :4] = 0
    ask(layer, "learn", x)
    learned = np.full(spec.n_units, True) if spec.rule == "invariance" else layer.wins > 0
    low = layer.state()["w"][layer.device.get(learned), :4]
    assert len(low) and (low[:, 0] == 0).all()
    assert ((low[:, 1:] >= floor) & (low[:, 1:] < 1e3 * floor)).all()


LAYERS = [
    MWTASpec(name="sparse", grid=[4, 5], n_w=3, xi=0.05, lateral={"radius": 1, "strength": 0.5},
             output="normalized", init={"uniform": [0.0, 0.5]}),
    InvarianceSpec(name="slow", units=6, alpha=0.3, leta=0.08, seta=0.01, renormalize_every=20,
                   init={"uniform": [0.0, 0.5]}),
    SmoothInvarianceSpec(name="smooth", units=6, n_w=3, eta=0.1, zeta=0.05,
                         init={"uniform": [0.0, 0.5]}),
    ThresholdSpec(name="top", units=5, xi=0.05, thresh=0.7, init={"uniform": [0.0, 0.5]}),
]  # fmt: skip
NAMES = [spec.name for spec in LAYERS]


@pytest.mark.parametrize("learning", [NAMES, ["top"], []], ids=["all", "top", "none"])
def test_a_stack_of_kernels_equals_the_stack_as_read(learning, either):
    stacks = []
    for each in (READ, either):
        stack = Stack.build(LAYERS, N_IN, each, np.float64)
        for name, layer in stack.layers.items():
            layer.restart(layer.spec.init, draws.generator(0, "init", name))
        stack.begin_epoch(0, 1)
        x = each.put(stream(60))
        chunks = ((x[start : start + 20], None) for start in range(0, 60, 20))
        assert sum(stack.learn(chunks, learning)) == 60
        stacks.append((stack, each.get(stack.infer(x, "top")), each.get(stack.winners(x, "top"))))
    (read, answers, winners), (stack, got, won) = stacks
    np.testing.assert_allclose(got, answers, rtol=1e-9, atol=1e-13)
    np.testing.assert_array_equal(won, winners)
    for name, array in read.state(motion=True).items():
        np.testing.assert_allclose(
            stack.state(motion=True)[name], array, rtol=1e-9, atol=1e-12, err_msg=name
        )


@on_cpu
@online
def test_a_chunk_is_one_launch_and_none_where_it_is_empty(spec):
    plan = Plan()
    layer = build(spec, on(plan))
    for verb in VERBS:
        for rows, launches in ((20, 1), (0, 0)):
            plan.launches.clear()
            assert len(ask(layer, verb, stream(rows))) == rows
            assert plan.launches == [spec.rule] * launches


@on_cpu
@online
def test_the_host_does_not_wait_for_a_kernel(spec):
    device = on(Plan())
    layer, x = build(spec, device), device.put(stream(20))
    with waits() as found:
        for verb in VERBS:
            getattr(layer, verb)(x)
    assert found == []


@on_cpu
def test_rows_that_lie_apart_are_taken_as_they_stand():
    spec = ONLINE["mwta several"]
    layer, read = build(spec, on(Plan())), build(spec, READ)
    x = np.asfortranarray(stream(40, n_in=2 * N_IN)[::2, ::2])
    np.testing.assert_allclose(ask(layer, "learn", x), ask(read, "learn", x), rtol=1e-10)


@pytest.mark.gpu
@pytest.mark.parametrize("dtype, rtol", [(np.float32, 2e-3), (np.float64, 1e-9)])
def test_the_sizes_of_the_main_experiment_run_on_a_gpu(dtype, rtol):
    device = real_gpu()
    spec = MWTASpec(
        name="a", grid=[40, 40], n_w=5, xi=0.02, lateral={"radius": 2, "strength": 0.5},
        output="normalized", init={"uniform": [0.0, 0.2]},
    )  # fmt: skip
    layer, read, again = (build(spec, each, dtype, n_in=784) for each in (device, READ, device))
    x = stream(200, dtype, n_in=784)
    assert_agrees(layer, read, x, "learn", rtol=rtol, atol=1e-5)
    np.testing.assert_array_equal(ask(again, "learn", x).shape, (200, 1600))
    assert_same(again, layer)
