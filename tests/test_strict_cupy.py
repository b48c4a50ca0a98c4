"""The stand-in for CuPy: what it refuses, what it counts, and that it is no stricter than CuPy."""

import copy
import json
import threading

import cupy_names
import numpy as np
import pytest
import strict_cupy as cp
from strict_cuda import Device, Event, Stream, World, streams, waits

ROW = np.arange(4.0, dtype=np.float32)
UNSUPPORTED = "Unsupported type <class 'numpy.ndarray'>"


@pytest.fixture(autouse=True)
def no_stream_of_another_test():
    yield
    streams().clear()


def x():
    return cp.asarray(ROW)


def refused(error, call, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)


# 1. Reductions give arrays; numbers are waited for


def test_reductions_give_arrays_of_no_axes():
    for y in (x().sum(), x().max(), x().argmax(), x() @ x(), cp.linalg.norm(x())):
        assert isinstance(y, cp.ndarray)
        assert y.shape == ()
    assert x().sum().dtype == np.float32
    assert x().argmax().dtype == np.int64


@pytest.mark.parametrize(
    ("what", "call"),
    [
        ("float", float),
        ("int", int),
        ("bool", bool),
        ("complex", complex),
        ("item", lambda y: y.item()),
        ("tolist", lambda y: y.tolist()),
        ("get", lambda y: y.get()),
        ("get", cp.asnumpy),
        ("format", lambda y: f"{y:.2f}"),
        ("str", str),
        ("repr", repr),
    ],
)
def test_numbers_make_the_host_wait(what, call):
    y = x().sum()
    with waits() as waited:
        assert call(y) is not None
    assert waited == [what]


def test_what_stays_on_the_gpu_waits_for_nothing():
    with waits() as waited:
        y = x()
        y += y.sum()
        y[1] = y.max()
        y[y > 2] = 0
        y = cp.where(y > 1, y, 0) @ cp.outer(y, y)
        y[cp.argsort(-y, kind="stable")[:2]] = y[:2]
        for row in cp.stack([y, y]):
            row[...] = cp.clip(row, 0, 1)
        copy.copy(y)
    assert waited == []


@pytest.mark.parametrize(
    ("what", "call"),
    [
        ("nonzero", lambda y: y.nonzero()),
        ("nonzero", cp.nonzero),
        ("flatnonzero", cp.flatnonzero),
        ("argwhere", cp.argwhere),
        ("unique", cp.unique),
        ("where", lambda y: cp.where(y > 1)),
        ("reading through a mask", lambda y: y[y > 1]),
    ],
)
def test_shapes_that_depend_on_values_make_the_host_wait(what, call):
    y = x()
    with waits() as waited:
        call(y)
    assert waited == [what]


def test_writing_several_values_through_a_mask_makes_the_host_wait():
    y = x()
    with waits() as waited:
        y[cp.asarray(np.array([True, False, False, True]))] = cp.ones(2, dtype=np.float32)
    assert waited == ["writing through a mask"]
    assert y.get().tolist() == [1, 1, 2, 1]


# 2. No index of a Python list


def test_an_array_is_no_index_of_a_list():
    for call in (lambda: [1, 2][x().argmin()], lambda: range(x().argmax())):
        refused(TypeError, call, "integer")
    refused(TypeError, lambda: json.dumps(x().sum()), "not JSON serializable")


# 3. Nothing becomes NumPy's by itself, and nothing of NumPy's is taken by itself


def test_an_array_does_not_become_numpys():
    for call in (np.asarray, np.array):
        refused(TypeError, lambda call=call: call(x()), "Implicit conversion to a NumPy array")


@pytest.mark.parametrize(
    "call",
    [
        lambda: x() + ROW,
        lambda: ROW + x(),
        lambda: x().__iadd__(ROW),
        lambda: x() @ ROW,
        lambda: cp.maximum(x(), ROW),
        lambda: np.maximum(x(), ROW),
        lambda: cp.where(x() > 1, ROW, 0),
        lambda: cp.concatenate([x(), ROW]),
        lambda: cp.argsort(ROW),
    ],
)
def test_operands_are_not_mixed(call):
    with pytest.raises(TypeError):
        call()


def test_numbers_of_numpys_are_taken():
    assert (np.float32(2) * x()).get().tolist() == [0, 2, 4, 6]
    assert (x() * np.float32(2)).dtype == np.float32
    assert (x() * np.float64(2)).dtype == np.float64  # since CuPy 14
    assert (x() * 2.0).dtype == np.float32


def test_an_array_of_numpys_is_not_assigned():
    y = x()
    refused(ValueError, lambda: y.__setitem__(slice(2), ROW[:2]), "non-scalar numpy.ndarray cannot")
    refused(TypeError, lambda: y.__setitem__(slice(2), [1, 2]), "Unsupported type")
    y[:2] = np.array(5.0)
    assert y.get().tolist() == [5, 5, 2, 3]


def test_indices_of_numpys_and_lists_are_taken():
    assert x()[np.array([2, 0])].get().tolist() == [2, 0]
    assert x()[[3]].get().tolist() == [3]


def test_numpys_functions_give_cupys_arrays():
    assert isinstance(np.concatenate([x(), x()]), cp.ndarray)
    assert isinstance(np.sqrt(x()), cp.ndarray)


# 4. No lists among operands


def test_lists_are_no_operands():
    for call in (
        lambda: cp.maximum(x(), [1, 2, 3, 4]), lambda: x() + [1, 2, 3, 4],  # noqa: RUF005
        lambda: cp.argmax([1, 2]), lambda: cp.sum([1, 2]),
    ):  # fmt: skip
        refused(TypeError, call, "Unsupported type <class 'list'>")
    refused(TypeError, lambda: cp.array([x().sum(), 1]), "mixes arrays and numbers")
    assert cp.array([1, 2]).get().tolist() == [1, 2]


# 5. 6. Places


def test_one_place_is_not_assigned_twice():
    y = x()
    refused(AssertionError, lambda: y.__setitem__(cp.array([1, 1]), 2), "use cupyx.scatter_add")
    y[cp.array([1, 2])] = 7
    assert y.get().tolist() == [0, 7, 7, 3]


def test_places_beyond_the_end_are_errors_where_cupy_would_wrap():
    refused(IndexError, lambda: x()[cp.array([9])], "out of bounds")


def test_a_place_gives_a_view():
    y = x()
    y[1] += 10
    part = y[2]
    part += 5
    assert y.get().tolist() == [0, 11, 7, 3]
    refused(TypeError, lambda: list(part), "0-d")


# 7. 9. What comes out otherwise


def test_a_partition_sorts_all_and_takes_no_kind():
    y = cp.array([3.0, 1.0, 2.0, 0.0])
    assert cp.argpartition(y, 1).get().tolist() == [3, 1, 2, 0]
    assert cp.partition(y, 1).get().tolist() == [0, 1, 2, 3]
    refused(TypeError, lambda: cp.partition(y, 1, order="x"), "takes a, kth, axis")


def test_a_sort_is_stable_or_refused():
    assert cp.argsort(cp.array([1.0, 0.0, 1.0])).get().tolist() == [1, 0, 2]
    for call in (lambda: cp.argsort(x(), kind="quicksort"), lambda: x().argsort(kind="heapsort")):
        refused(ValueError, call, "only None and 'stable' are")


def test_casts_that_come_out_otherwise_are_refused():
    assert (x() - 2).astype(np.int64).get().tolist() == [-2, -1, 0, 1]
    for call in (lambda: (x() - 2).astype(np.uint8), lambda: (x() + np.inf).astype(int)):
        refused(AssertionError, call, "a GPU makes other whole numbers")


# 12. to 14. What CuPy lacks


@pytest.mark.parametrize(
    "name", ["insert", "geomspace", "block", "vecdot", "matvec", "unstack", "nanpercentile",
             "frompyfunc", "seterr", "errstate", "einsum_path", "polyder", "no_such_thing"],
)  # fmt: skip
def test_functions_that_cupy_lacks_are_not_there(name):
    refused(AttributeError, lambda: getattr(cp, name), f"module 'cupy' has no attribute {name!r}")


@pytest.mark.parametrize("name", ["resize", "setflags", "ctypes", "to_device", "no_such_thing"])
def test_methods_that_cupy_lacks_are_not_there(name):
    refused(AttributeError, lambda: getattr(x(), name), f"has no attribute {name!r}")


def test_arguments_that_cupy_lacks_are_refused():
    for call in (
        lambda: cp.sum(x(), where=x() > 1), lambda: x().sum(initial=0.0),
        lambda: cp.maximum(x(), 0, where=x() > 1), lambda: cp.zeros(3, like=x()),
        lambda: cp.concatenate([x()], 0, None, None, None, None),
    ):  # fmt: skip
        refused(TypeError, call, "takes")


def test_out_must_be_cupys():
    y = cp.empty(4, dtype=np.float32)
    assert cp.add(x(), 1, out=y) is y
    assert y.get().tolist() == [1, 2, 3, 4]
    refused(TypeError, lambda: cp.add(x(), 1, out=ROW), UNSUPPORTED)


def test_a_generator_has_only_what_cupys_has():
    rng = cp.random.default_rng(0)
    assert isinstance(rng.standard_normal(3), cp.ndarray)
    for name in ("normal", "choice", "permutation", "shuffle", "spawn"):
        refused(AttributeError, lambda name=name: getattr(rng, name), f"no attribute {name!r}")


def test_its_table_is_that_of_the_cupy_that_is_installed():
    cupy = pytest.importorskip("cupy", reason="CuPy is not installed: its names are as stored")
    if json.loads(cupy_names.FILE.read_text())["version"] != cupy.__version__:
        pytest.skip(f"CuPy is {cupy.__version__}, of which the table is not")
    assert json.loads(cupy_names.FILE.read_text()) == cupy_names.names(cupy)


# Threads, streams, memory


def test_an_array_is_used_on_the_gpu_where_it_lies():
    with Device(1):
        y = x()
    text = "Array device must be same as the current device: array device = 1 while current = 0"
    for call in (lambda: y + 1, lambda: y.get(), lambda: y.sum(), lambda: y.__setitem__(0, 1)):
        refused(ValueError, call, text)


def test_each_thread_begins_on_the_first_gpu():
    found = []
    with Device(1):
        thread = threading.Thread(target=lambda: found.append(Device().id))
        thread.start()
        thread.join()
        assert Device().id == 1
    assert found == [0]
    refused(RuntimeError, lambda: Device(2).use(), "cudaErrorInvalidDevice")


def test_work_on_a_stream_of_one_thread_is_refused(monkeypatch):
    monkeypatch.setattr(World, "per_thread", True)
    streams().clear()
    refused(AssertionError, x, "work of one thread is not in order with others'")
    with Stream.null:
        x()


def test_a_copy_that_is_not_waited_for_is_not_there_yet():
    y, host, stream = x(), np.full(4, -1, np.float32), Stream(non_blocking=True)
    stream.wait_event(Stream.null.record())
    y.get(stream=stream, out=host, blocking=False)
    done = stream.record()
    assert host.tolist() == [-1] * 4
    y += 1  # what is copied in the meantime may be this
    done.synchronize()
    assert host.tolist() == [1, 2, 3, 4]


def test_a_copy_before_its_array_is_computed_is_refused():
    stream, host = Stream(non_blocking=True), np.empty(4, np.float32)
    stream.wait_event(Stream.null.record())
    y = x()
    refused(AssertionError, lambda: y.get(stream=stream, out=host, blocking=False), "not computed")
    stream.wait_event(Event())
    refused(AssertionError, lambda: y.get(stream=stream, out=host, blocking=False), "not computed")
    refused(AssertionError, lambda: y.get(blocking=False), "not pinned")


def test_memory_can_be_full(monkeypatch):
    monkeypatch.setattr(World, "free", 100)
    refused(MemoryError, lambda: cp.zeros(1000), "Out of memory allocating 8,000 bytes")
    view = cp.zeros(10)[:5]
    assert view.shape == (5,)


def test_arrays_are_laid_out_as_they_are_asked_for():
    x = cp.asarray(np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    assert x.flags.f_contiguous
    assert cp.ascontiguousarray(x).flags.c_contiguous
    assert cp.asfortranarray(cp.ascontiguousarray(x)).flags.f_contiguous
