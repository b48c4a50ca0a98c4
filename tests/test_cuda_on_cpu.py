"""The stand-in for a GPU sees what a GPU would punish, or worse, would not."""

import numpy as np
import pytest
from cuda_on_cpu import COMPILER, LACKING, Plan, barriers, cupy

from hebb.layers.cuda import HERE, options, source

pytestmark = pytest.mark.skipif(COMPILER is None, reason=LACKING)

KERNEL = """\
#line 1 "test.cu"
typedef HEBB_REAL Real;
typedef long long Index;
extern "C" __global__ void test(Real* x, Index n, int how) {
    %s
}
"""


def launch(body, **given):
    arguments = {"x": zeros(), "n": np.int64(3), "how": np.int32(0)} | given
    told = options(np.dtype(np.float32))
    module = cupy(Plan(blocks=1)).RawModule(
        code=KERNEL % body, options=told, enable_cooperative_groups=True
    )
    module.get_function("test")((1,), (256,), tuple(arguments.values()))


def zeros(n=64):
    return cupy(Plan()).zeros(n, np.float32)


def test_a_kernel_is_run_by_all_of_its_threads():
    x = zeros()
    launch("x[threadIdx.x] = threadIdx.x + n;", x=x)
    np.testing.assert_array_equal(x.get(), np.arange(64) + 3)


@pytest.mark.parametrize(
    "body, told",
    [
        (
            "if (threadIdx.x % 32 < 5) __syncthreads();",
            "warp 0 has parted: its threads wait at test.cu:4 and its end",
        ),
        (
            "if (threadIdx.x < 32) __syncthreads();",
            "block 0 has parted: its threads wait at test.cu:4 and its end",
        ),
        (
            "if (threadIdx.x < 40) __shfl_xor_sync(0xffffffff, x[0], 1);",
            "warp 1 has parted: its threads wait at test.cu:4 and its end",
        ),
        (
            "if (threadIdx.x < 32)\n__syncthreads();\nelse\n__syncthreads();",
            "block 0 has parted: its threads wait at test.cu:5 and test.cu:7",
        ),
        ("if (threadIdx.x == 0) x[64] = 1;", "test has written beyond x"),
    ],
)
def test_a_kernel_that_goes_wrong_is_told(body, told):
    with pytest.raises(RuntimeError) as err:
        launch(body)
    assert str(err.value) == told


@pytest.mark.parametrize(
    "given",
    [
        {"x": cupy(Plan()).zeros(64, np.float64)},
        {"x": np.float32(1)},
        {"x": cupy(Plan()).zeros((64, 2), np.float32)[:, 0]},
        {"x": np.zeros(64, np.float32)},
        {"n": np.int32(3)},
        {"how": np.int64(3)},
        {"n": cupy(Plan()).zeros(1, np.int64)},
    ],
    ids=["precision", "scalar", "strides", "host", "short", "long", "array"],
)
def test_an_argument_of_another_kind_than_the_kernel_takes_is_refused(given):
    with pytest.raises(AssertionError):
        launch("x[0] = 1;", **given)


def test_what_has_not_been_written_is_no_number():
    module = cupy(Plan())
    assert np.isnan(module.empty((2, 3), np.float32).get()).all()
    assert (module.empty(2, np.int64).get() == -1).all()


def test_lines_of_a_source_are_those_of_the_files_it_is_made_of():
    found = [barrier for path in HERE.glob("*.cu") for barrier in barriers(source(path.name))]
    assert found
    for file, line in found:
        text = (HERE / file).read_text().splitlines()[line - 1]
        assert "__syncthreads();" in text or "grid.sync();" in text
