"""What all pictures share: scales and where they begin and end, and words."""

import numpy as np
import pytest
from made_pictures import HIGH, PICTURES, weights

from hebb.plots import colouring, strip, style
from hebb.plots.theme import DARK, LIGHT


def test_a_dollar_in_a_title_is_a_dollar(tmp_path):
    strip(tmp_path / "a.png", weights(2), (3, 4), "$x_{$")  # as a formula it would be a fault


def test_a_scale_begins_at_zero_and_ends_at_the_maximum():
    shown, cut = colouring.scale(weights() + 0.5)
    ends = (shown.norm.vmin, shown.norm.vmax, cut)
    assert ends == (0, float((weights() + 0.5).max()), "neither")
    np.testing.assert_array_equal(colouring.pixels(shown, np.zeros((1, 1)))[0, 0], [255] * 4)


def test_a_scale_begins_at_the_lowest_value_where_all_lie_in_its_upper_half():
    w = weights() + 2
    shown, _ = colouring.scale(w)
    assert (shown.norm.vmin, shown.norm.vmax) == (float(w.min()), float(w.max()))
    assert colouring.begins(shown) == f"from {w.min():.3g}, not from 0"
    assert (
        colouring.scale(w, style.theme().images())[0].norm.vmin == 0
    )  # where nothing would say so
    w[0, 0] = 0
    assert colouring.scale(w)[0].norm.vmin == 0 and colouring.begins(colouring.scale(w)[0]) == ""


def test_values_that_are_almost_one_are_not_spread_over_all_colours():
    assert colouring.scale(1 + weights() / 2000)[0].norm.vmin == 0
    assert colouring.scale(np.full((2, 2), 3.0))[0].norm.vmin == 0


@pytest.mark.parametrize("name, before", [("high", ""), ("high unit", "over time, scale ")])
def test_a_scale_that_begins_above_zero_says_so_in_its_picture(name, before, tmp_path):
    PICTURES[name](tmp_path / "a.svg")
    PICTURES[name.replace("high unit", "unit").replace("high", "signed")](tmp_path / "b.svg")
    begins = f"{before}{colouring.begins(colouring.scale(HIGH)[0])}"
    told, plain = ((tmp_path / file).read_text() for file in ("a.svg", "b.svg"))
    assert f"<!-- {begins} -->" in told and "not from 0" not in plain


def test_a_signed_scale_is_symmetric():
    shown, cut = colouring.scale(np.array([[-3.0, 1.0]]))
    assert (shown.norm.vmin, shown.norm.vmax, cut) == (-3, 3, "neither")


@pytest.mark.parametrize("sign, ends", [(1, "max"), (-1, "both")])
def test_one_towering_weight_does_not_blank_the_picture(sign, ends):
    w = weights(100, 100)
    w[3, 4] = sign * 1000
    shown, cut = colouring.scale(w)
    assert cut == ends
    assert 0.9 < shown.norm.vmax <= 1


@pytest.mark.parametrize("n", [1, 7, 1000, 5003])
@pytest.mark.parametrize("share", [0, 0.0005, 0.001, 0.0015, 0.01])
def test_a_scale_ends_where_the_percentile_says_though_it_is_seldom_taken(n, share):
    drawn = np.random.default_rng(n)
    w = drawn.random((n, 1)) * (drawn.random((n, 1)) < 0.5)
    w[: int(share * n)] = 10
    size = w[w > 0]
    robust = np.percentile(size, 99.9) if size.size else 0
    cut = w.max() > 3 * robust > 0
    assert colouring.limits(w)[1:] == ((robust if cut else w.max()) or 1, False, cut)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_weights_that_are_all_zero_or_no_numbers_still_have_a_scale(value):
    shown, cut = colouring.scale(np.full((2, 2), value))
    assert (shown.norm.vmin, shown.norm.vmax, cut) == (0, 1, "neither")


def test_ink_or_paper_is_written_on_a_colour_whichever_reads_better():
    assert colouring.on(colouring.rgba("#000000")) == LIGHT.paper
    assert colouring.on(colouring.rgba("#fff5d0")) == LIGHT.ink
    with style.using(style.Style(DARK)):
        assert colouring.on(colouring.rgba("#000000")) == DARK.ink
        assert colouring.on(colouring.rgba("#fff5d0")) == DARK.paper
