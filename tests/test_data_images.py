import numpy as np
import pytest

from hebb.data import Images
from hebb.errors import DataError


def test_bytes_are_scaled_as_in_float64_and_rounded_once():
    images = Images(np.arange(256, dtype=np.uint8).reshape(1, 16, 16))
    exact = np.arange(256) / 255
    assert (images.rows(slice(None), np.float64)[0] == exact).all()
    assert (images.rows(slice(None), np.float32)[0] == exact.astype(np.float32)).all()
    assert images.rows(slice(None)).dtype == np.float32


def test_floats_are_taken_as_they_are():
    raw = np.array([[-2.0, 0.5, 300.0]])
    assert (Images(raw).rows(slice(None), np.float64) == raw).all()


@pytest.mark.parametrize(
    ("raw_shape", "shape"),
    [((3, 5, 4), (5, 4)), ((3, 49), (7, 7)), ((3, 50), (1, 50)), ((3, 1), (1, 1))],
)
def test_rows_of_a_square_length_are_seen_as_squares(raw_shape, shape):
    images = Images(np.zeros(raw_shape))
    assert images.shape == shape
    assert len(images) == 3
    assert images.rows(slice(0, 2)).shape == (2, shape[0] * shape[1])


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("memory", ["C", "F"])
def test_slices_and_index_arrays_give_the_same_rows_in_a_copy(dtype, memory):
    raw = np.random.default_rng(0).integers(0, 200, (9, 12)).astype(dtype, order=memory)
    before = raw.copy()
    images = Images(raw)
    by_slice = images.rows(slice(2, 6), dtype=np.float32)
    assert (by_slice == images.rows(np.array([2, 3, 4, 5]))).all()
    assert by_slice.flags.c_contiguous
    by_slice[:] = -1
    assert (raw == before).all()


def test_a_slice_of_images_is_a_view():
    raw = np.arange(48, dtype=np.uint8).reshape(12, 4)
    part = Images(raw)[3:8]
    assert len(part) == 5
    assert part.shape == (2, 2)
    assert np.shares_memory(part.raw, raw)
    assert (part.rows(np.array([0])) == Images(raw).rows(np.array([3]))).all()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (np.zeros(4), "x: must be (T, H, W) or (T, D) (got shape (4,))"),
        (np.zeros((2, 2, 2, 1)), "x: must be (T, H, W) or (T, D) (got shape (2, 2, 2, 1))"),
        (np.zeros((0, 4)), "x: must not be empty (got shape (0, 4))"),
        (np.zeros((4, 0)), "x: must not be empty (got shape (4, 0))"),
        (np.zeros((2, 4), int), "x: must be unsigned bytes or floats (got int64)"),
        (np.zeros((2, 4), bool), "x: must be unsigned bytes or floats (got bool)"),
        (np.array([[0, np.nan]]), "x: must be finite (got NaN or infinity)"),
        (np.array([[0, -np.inf]]), "x: must be finite (got NaN or infinity)"),
    ],
)
def test_what_is_not_a_set_of_pictures_is_refused(raw, text):
    with pytest.raises(DataError) as error:
        Images(raw, "x")
    assert str(error.value) == text
