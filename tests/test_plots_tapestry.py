"""The tapestry: every weight at its place, and what is marked around it."""

import base64
import io
import re

import numpy as np
import pytest
from made_pictures import weights
from PIL import Image

from hebb.plots import colouring, style, tapestry
from hebb.plots.tapestry import image, mosaic


def test_every_unit_of_a_mosaic_lies_at_its_place_with_one_pixel_between():
    w = weights(5)
    m = mosaic(w, (2, 3), (3, 4))
    assert m.shape == (2 * 4 + 1, 3 * 5 + 1)
    for j in range(5):
        top, left = 1 + j // 3 * 4, 1 + j % 3 * 5
        np.testing.assert_array_equal(m[top : top + 3, left : left + 4], w[j].reshape(3, 4))
    assert np.isnan(m[::4]).all() and np.isnan(m[:, ::5]).all()
    assert np.isnan(m[5:8, 11:15]).all()  # the grid's sixth place has no unit
    assert np.isfinite(m).sum() == w.size


def test_every_weight_is_k_by_k_equal_pixels_of_the_picture(tmp_path):
    w = weights(7, 400)
    tapestry(tmp_path / "a.png", w, (3, 3), (20, 20), "title", wins=np.arange(7))
    k, gap, side = (1240 - 4 * 3) // 60, 3, 4 * 3 + 60 * ((1240 - 4 * 3) // 60)
    picture = np.asarray(Image.open(tmp_path / "a.png"))
    top, left = style.header_height(), style.MARGIN
    part = picture[top : top + side, left : left + side]
    np.testing.assert_array_equal(part, image(w, (3, 3), (20, 20), np.arange(7), k, gap)[0])
    colours = colouring.pixels(colouring.scale(w)[0], w).reshape(7, 20, 20, 4)
    for j in range(7):
        y, x = gap + j // 3 * (20 * k + gap), gap + j % 3 * (20 * k + gap)
        unit = part[y : y + 20 * k, x : x + 20 * k]
        np.testing.assert_array_equal(unit, colours[j].repeat(k, axis=0).repeat(k, axis=1))


def test_many_units_in_a_row_have_a_thinner_line_between_them(tmp_path):
    tapestry(tmp_path / "a.png", weights(42, 4) * 0, (2, 21), (2, 2), "title", scale="shared")
    picture = np.asarray(Image.open(tmp_path / "a.png"))
    row = picture[style.header_height() + 10, style.MARGIN :]
    k = (1240 - 22 * 2) // 42
    lines = (row == colouring.rgba(style.theme().gap)).all(axis=1)[: 21 * (2 * k + 2) + 2]
    assert lines.tolist() == ([True] * 2 + [False] * 2 * k) * 21 + [True] * 2


def test_what_is_not_a_number_stands_out():
    w = weights()
    w[1, 0] = np.nan
    rgba, _, _ = image(w, (2, 3), (3, 4), None)
    np.testing.assert_array_equal(rgba[1, 6], colouring.rgba("#00b3ff"))


@pytest.mark.parametrize("k, gap", [(1, 1), (4, 2)])
def test_only_units_that_never_won_are_marked_and_no_weight_is_hidden(k, gap):
    plain, _, _ = image(weights(), (2, 3), (3, 4), None, k, gap)
    marked, _, _ = image(weights(), (2, 3), (3, 4), np.array([1, 0, 2, 3, 4, 0]), k, gap)
    changed = (plain != marked).any(axis=2)
    assert (marked[changed] == colouring.rgba(style.theme().never)).all()
    assert (plain[changed] == colouring.rgba(style.theme().gap)).all()
    high, wide = 3 * k, 4 * k
    for row, column in ((0, 1), (1, 2)):  # an angle at the lower left corner
        bottom, left = (row + 1) * (high + gap), column * (wide + gap) + gap
        arms = np.zeros_like(changed)
        arms[bottom : bottom + gap, left - gap : left + round(0.4 * wide)] = True
        arms[bottom - round(0.4 * high) : bottom, left - gap : left] = True
        assert changed[arms].all()
        changed[arms] = False
    assert not changed.any()


def test_a_place_without_a_unit_is_paper_and_has_no_mark():
    rgba, _, _ = image(weights(5), (2, 3), (3, 4), np.zeros(5))
    assert (rgba[5:8, 11:15] == colouring.rgba(style.theme().paper)).all()
    assert (rgba[8, 11:15] == colouring.rgba(style.theme().gap)).all()


@pytest.mark.parametrize("dpi", [72, 100, 150, 227, 300])
def test_every_weight_is_whole_pixels_at_any_resolution(dpi, tmp_path):
    w = weights(7, 400)
    with style.using(style.Style(dpi=dpi)):
        tapestry(tmp_path / "a.png", w, (3, 3), (20, 20), "title")
    gap = round(3 * dpi / 150)
    k = int((1240 * dpi / 150 - 4 * gap) // 60)
    picture = np.asarray(Image.open(tmp_path / "a.png"))
    top, left = (round(length * dpi / 150) for length in (style.header_height(), style.MARGIN))
    side = 60 * k + 4 * gap
    part = picture[top : top + side, left : left + side]
    np.testing.assert_array_equal(part, image(w, (3, 3), (20, 20), None, k, gap)[0])


def test_a_mosaic_in_an_svg_keeps_its_pixels(tmp_path):
    w = weights(7, 400)
    tapestry(tmp_path / "a.svg", w, (3, 3), (20, 20), "title")
    colours = image(w, (3, 3), (20, 20), None, (1240 - 4 * 3) // 60, 3)[0]
    held = [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))[::-1]
        for data in re.findall(
            r"data:image/png;base64,\s*([^\"]+)", (tmp_path / "a.svg").read_text()
        )
    ]
    mosaics = [each for each in held if each.shape == colours.shape]
    np.testing.assert_array_equal(mosaics, [colours])
