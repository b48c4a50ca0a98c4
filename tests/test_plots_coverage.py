"""Which pixels the units of a layer see."""

import numpy as np
from made_pictures import UNSEEN, weights
from PIL import Image

from hebb.plots import colouring, coverage
from hebb.plots.coverage import covered
from hebb.plots.theme import LIGHT


def test_a_pixel_is_seen_where_any_weight_is_not_zero():
    fields = np.array([[0, 4.0, 2, 0], [0, 0, 1.9, 0], [0, -8, 3, 0], [0, 0, 0, 0]])
    looks, weight, seen = covered(fields)
    assert looks.tolist() == [0, 2, 2, 0]
    np.testing.assert_allclose(weight, [0, 12, 6.9, 0])
    assert seen.tolist() == [False, True, True, False]


def test_pixels_that_no_unit_sees_are_marked_in_every_panel(tmp_path):
    coverage(tmp_path / "a.png", UNSEEN, (3, 4), np.arange(12.0), "t")
    coverage(tmp_path / "b.png", weights(), (3, 4), np.arange(12.0), "t")
    marked = [
        (np.asarray(Image.open(tmp_path / name)) == colouring.rgba(LIGHT.never)).all(axis=2)
        for name in ("a.png", "b.png")
    ]
    assert marked[0].sum() > 3 * 3 * 50 * 50 and not marked[1].any()
