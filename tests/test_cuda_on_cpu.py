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


COUNT, HOW = np.int64(3), np.int32(0)


def launch(body, x, n=COUNT, how=HOW, threads=64):
    module = cupy(Plan(blocks=1, threads=threads))
    code = KERNEL % body
    raw = module.RawModule(
        code=code, options=options(np.dtype(np.float32)), enable_cooperative_groups=True
    )
    raw.get_function("test")((1,), (256,), (x, n, how))


def zeros(n=64):
    return cupy(Plan()).zeros(n, np.float32)


def test_a_kernel_is_run_by_all_of_its_threads():
    x = zeros()
    launch("x[threadIdx.x] = threadIdx.x + n;", x)
    np.testing.assert_array_equal(x, np.arange(64) + 3)


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
        launch(body, zeros())
    assert str(err.value) == told


@pytest.mark.parametrize(
    "given",
    [
        {"x": np.zeros(64)},
        {"x": np.float32(1)},
        {"x": np.zeros((64, 2), np.float32)[:, 0]},
        {"x": zeros(), "n": np.int32(3)},
        {"x": zeros(), "how": np.int64(3)},
        {"x": zeros(), "n": zeros()},
    ],
    ids=["precision", "scalar", "strides", "short", "long", "array"],
)
def test_an_argument_of_another_kind_than_the_kernel_takes_is_refused(given):
    with pytest.raises(AssertionError):
        launch("x[0] = 1;", **given)


def test_what_has_not_been_written_is_no_number():
    module = cupy(Plan())
    assert np.isnan(module.empty((2, 3), np.float32)).all()
    assert (module.empty(2, np.int64) == -1).all()


def test_lines_of_a_source_are_those_of_the_files_it_is_made_of():
    for path in HERE.glob("*.cu"):
        for file, line in barriers(source(path.name)):
            text = (HERE / file).read_text().splitlines()[line - 1]
            assert "__syncthreads();" in text or "grid.sync();" in text
