import base64
import io
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from PIL import Image

from hebb.plots import (
    accuracy,
    confusion,
    coverage,
    curves,
    growth,
    neighbours,
    strip,
    style,
    tapestry,
    unit,
    units,
    winners,
)
from hebb.plots.coverage import covered
from hebb.plots.curves import begun, borders, in_lanes, name_lines, panels, scale, short, spread
from hebb.plots.neighbours import alike
from hebb.plots.scales import shown
from hebb.plots.tapestry import image, mosaic
from hebb.plots.theme import DARK, LIGHT
from hebb.plots.unit import Images
from hebb.plots.units import Group, in_rows
from hebb.plots.winners import chosen


def weights(units=6, inputs=12, seed=0):
    return np.random.default_rng(seed).random((units, inputs), dtype=np.float32)


def record(phase, inputs, **layers):
    return {"phase": phase, "inputs": inputs, "inputs_per_second": 9000.0, "layers": layers}


RECORDS = [
    record("wander", 1000, sparse={"learns": True, "winners": 5.0, "weight_change": 0.5}),
    record("wander", 2000, sparse={"learns": True, "winners": 5.0, "weight_change": 0.0}),
    record("digits", 3000, sparse={"learns": False, "winners": 4.0}, top={"thresh": None}),
    record("digits", 4000, sparse={"learns": False, "winners": 3.0}, top={"thresh": 0.9}),
]
MATRIX = np.arange(12).reshape(3, 4)
GROUPS = [Group("class 0", "2 units, 90 % of wins", [4, 1]), Group("class 1", "1 unit", [0])]
BARE = [Group("", "", [0, 1, 2])]
UNSEEN = weights() * (np.arange(12) < 9)
K = np.full((3, 3), 0.25)
WINS = np.array([[0, 7, 0, 0, 0], [1, 2, 0, 4, 0], [0, 0, 300, 0, 1]])
IMAGES = [
    Images("over time", weights(3), (3, 4), [["0"], ["9"], ["19"]], weights=True),
    Images("best", weights(2), (3, 4), [["3: 0.2", "17"], ["3: 0.1", "8"]]),
]
HIGH_IMAGES = [Images("over time", weights() + 2, (3, 4), [["0"]] * 6, weights=True)]
GROWN = {
    "units": {"mwta": [(100, 9000.0, 2e8), (20000, 90.0, 6e8)], "top": [(100, 800.0, 2e8)]},
    "winners": {"mwta": [(1, 4000.0, 3e8), (400, 300.0, 3e8)]},
}

PICTURES = {
    "tapestry": lambda path: tapestry(path, weights(), (2, 3), (3, 4), "t", "s", np.arange(6)),
    "signed": lambda path: tapestry(path, weights() - 0.5, (2, 3), (3, 4), "t"),
    "curves": lambda path: curves(path, RECORDS, "t"),
    "strip": lambda path: strip(path, weights(14), (3, 4), "t", "s", range(0, 140, 10)),
    "confusion": lambda path: confusion(path, MATRIX, "t", "s"),
    "many classes": lambda path: confusion(path, np.ones((21, 22), int), "t"),
    "accuracy": lambda path: accuracy(path, 0.4361, {"raw_pixels": 0.82, "none": 0.1}, "t"),
    "growth": lambda path: growth(path, GROWN, 1e8, "t", "s"),
}
HIGH = weights() + 2
PICTURES |= {
    "high": lambda path: tapestry(path, HIGH, (2, 3), (3, 4), "t"),
    "high units": lambda path: units(path, HIGH, (3, 4), GROUPS, [["a", "b"]] * 6, "t", "s"),
    "high unit": lambda path: unit(path, HIGH_IMAGES, np.array([3, 0]), "t", "s"),
    "own scales": lambda path: tapestry(path, weights(), (2, 3), (3, 4), "t", scale="unit"),
    "units": lambda path: units(path, weights(), (3, 4), GROUPS, [["a", "b"]] * 6, "t", "s"),
    "units without headings": lambda path: units(path, weights(), (3, 4), BARE, [["a"]] * 6, "t"),
    "coverage": lambda path: coverage(path, UNSEEN, (3, 4), np.arange(12.0), "t", "s"),
    "neighbours": lambda path: neighbours(path, weights(12), weights(12, seed=1), (3, 4), K, "t"),
    "winners": lambda path: winners(path, WINS, np.ones(3), (2, 3), [0, 5, 9], "t"),
    "unit": lambda path: unit(path, IMAGES, np.array([3, 0]), "t", "s"),
    "unit of no class": lambda path: unit(path, IMAGES, None, "t"),
}
every_picture = pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)


@every_picture
def test_the_same_arrays_give_the_same_bytes(draw, tmp_path):
    draw(tmp_path / "a.png")
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "savefig.dpi": 33}):
        draw(tmp_path / "b.png")  # a user's own settings change nothing
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@every_picture
def test_a_picture_is_a_whole_png_without_a_version_in_it(draw, tmp_path):
    draw(tmp_path / "new" / "a.png")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]
    with Image.open(tmp_path / "new" / "a.png") as picture:
        picture.load()
        assert picture.format == "PNG"
        assert set(picture.info) == {"dpi"}


@every_picture
def test_a_margin_of_white_stays_around_everything(draw, tmp_path):
    draw(tmp_path / "a.png")
    rgb = np.asarray(Image.open(tmp_path / "a.png").convert("RGB"))
    for edge in (rgb[:16], rgb[-16:], rgb[:, :16], rgb[:, -16:]):
        assert (edge == 255).all()


@every_picture
def test_the_users_settings_are_left_as_they_were(draw, tmp_path):
    before = dict(matplotlib.rcParams)
    draw(tmp_path / "a.png")
    assert dict(matplotlib.rcParams) == before


def test_a_picture_that_fails_leaves_the_old_one_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_text("the old picture")

    def half(aside, written):
        with open(aside, "wb") as file:
            file.write(written[:10])
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="disk full"):
        PICTURES["tapestry"](path)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"the old picture"]


def test_a_dollar_in_a_title_is_a_dollar(tmp_path):
    strip(tmp_path / "a.png", weights(2), (3, 4), "$x_{$")  # as a formula it would be a fault


# The tapestry


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
    colours = style.pixels(style.scale(w)[0], w).reshape(7, 20, 20, 4)
    for j in range(7):
        y, x = gap + j // 3 * (20 * k + gap), gap + j % 3 * (20 * k + gap)
        unit = part[y : y + 20 * k, x : x + 20 * k]
        np.testing.assert_array_equal(unit, colours[j].repeat(k, axis=0).repeat(k, axis=1))


def test_many_units_in_a_row_have_a_thinner_line_between_them(tmp_path):
    tapestry(tmp_path / "a.png", weights(42, 4) * 0, (2, 21), (2, 2), "title", scale="shared")
    picture = np.asarray(Image.open(tmp_path / "a.png"))
    row = picture[style.header_height() + 10, style.MARGIN :]
    k = (1240 - 22 * 2) // 42
    lines = (row == style.rgba(style.theme().gap)).all(axis=1)[: 21 * (2 * k + 2) + 2]
    assert lines.tolist() == ([True] * 2 + [False] * 2 * k) * 21 + [True] * 2


def test_a_scale_begins_at_zero_and_ends_at_the_maximum():
    shown, cut = style.scale(weights() + 0.5)
    ends = (shown.norm.vmin, shown.norm.vmax, cut)
    assert ends == (0, float((weights() + 0.5).max()), "neither")
    np.testing.assert_array_equal(style.pixels(shown, np.zeros((1, 1)))[0, 0], [255] * 4)


def test_a_scale_begins_at_the_lowest_value_where_all_lie_in_its_upper_half():
    w = weights() + 2
    shown, _ = style.scale(w)
    assert (shown.norm.vmin, shown.norm.vmax) == (float(w.min()), float(w.max()))
    assert style.begins(shown) == f"from {w.min():.3g}, not from 0"
    assert style.scale(w, style.theme().images())[0].norm.vmin == 0  # where nothing would say so
    w[0, 0] = 0
    assert style.scale(w)[0].norm.vmin == 0 and style.begins(style.scale(w)[0]) == ""


def test_values_that_are_almost_one_are_not_spread_over_all_colours():
    assert style.scale(1 + weights() / 2000)[0].norm.vmin == 0
    assert style.scale(np.full((2, 2), 3.0))[0].norm.vmin == 0


@pytest.mark.parametrize("name, before", [("high", ""), ("high unit", "over time, scale ")])
def test_a_scale_that_begins_above_zero_says_so_in_its_picture(name, before, tmp_path):
    PICTURES[name](tmp_path / "a.svg")
    PICTURES[name.replace("high unit", "unit").replace("high", "signed")](tmp_path / "b.svg")
    begins = f"{before}{style.begins(style.scale(HIGH)[0])}"
    told, plain = ((tmp_path / file).read_text() for file in ("a.svg", "b.svg"))
    assert f"<!-- {begins} -->" in told and "not from 0" not in plain


def test_a_signed_scale_is_symmetric():
    shown, cut = style.scale(np.array([[-3.0, 1.0]]))
    assert (shown.norm.vmin, shown.norm.vmax, cut) == (-3, 3, "neither")


@pytest.mark.parametrize("sign, ends", [(1, "max"), (-1, "both")])
def test_one_towering_weight_does_not_blank_the_picture(sign, ends):
    w = weights(100, 100)
    w[3, 4] = sign * 1000
    shown, cut = style.scale(w)
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
    assert style.limits(w)[1:] == ((robust if cut else w.max()) or 1, False, cut)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_weights_that_are_all_zero_or_no_numbers_still_have_a_scale(value):
    shown, cut = style.scale(np.full((2, 2), value))
    assert (shown.norm.vmin, shown.norm.vmax, cut) == (0, 1, "neither")


def test_what_is_not_a_number_stands_out():
    w = weights()
    w[1, 0] = np.nan
    rgba, _, _ = image(w, (2, 3), (3, 4), None)
    np.testing.assert_array_equal(rgba[1, 6], style.rgba("#00b3ff"))


@pytest.mark.parametrize("k, gap", [(1, 1), (4, 2)])
def test_only_units_that_never_won_are_marked_and_no_weight_is_hidden(k, gap):
    plain, _, _ = image(weights(), (2, 3), (3, 4), None, k, gap)
    marked, _, _ = image(weights(), (2, 3), (3, 4), np.array([1, 0, 2, 3, 4, 0]), k, gap)
    changed = (plain != marked).any(axis=2)
    assert (marked[changed] == style.rgba(style.theme().never)).all()
    assert (plain[changed] == style.rgba(style.theme().gap)).all()
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
    assert (rgba[5:8, 11:15] == style.rgba(style.theme().paper)).all()
    assert (rgba[8, 11:15] == style.rgba(style.theme().gap)).all()


@pytest.mark.parametrize("theme, sign", [(LIGHT, -1), (DARK, 1)])
def test_the_weights_map_goes_away_from_paper_all_the_way(theme, sign):
    rgb = theme.weights()(np.linspace(0, 1, 256))[:, :3]
    light = rgb @ [0.2126, 0.7152, 0.0722]
    assert (sign * np.diff(light) >= 0).all()


@pytest.mark.parametrize(
    "draw, message",
    [
        (
            lambda p: tapestry(p, weights(), (2, 3), (4, 4), "t"),
            "weights (6, 12): a unit does not fill a field of 4 x 4",
        ),
        (
            lambda p: tapestry(p, weights(), (1, 5), (3, 4), "t"),
            "weights (6, 12): too many units for a grid of 1 x 5",
        ),
        (
            lambda p: tapestry(p, weights(), (2, 3), (3, 4), "t", wins=np.ones(5)),
            "weights (6, 12): wins of 5 units",
        ),
        (
            lambda p: strip(p, weights(), (2, 5), "t"),
            "frames (6, 12): a frame does not fill 2 x 5",
        ),
        (lambda p: strip(p, weights(0), (3, 4), "t"), "frames (0, 12): nothing to draw"),
        (lambda p: strip(p, weights(), (3, 4), "t", "s", [1]), "frames (6, 12): 1 frame numbers"),
        (
            lambda p: confusion(p, np.ones((3, 3)), "t"),
            "expected (classes, classes + 1) counts, got (3, 3)",
        ),
        (lambda p: curves(p, [], "t"), "0 records: no metric to draw"),
        (
            lambda p: units(p, weights(), (3, 4), [], [], "t"),
            "0 groups: no unit to draw in one of them, or in all",
        ),
        (
            lambda p: coverage(p, weights(), (4, 4), np.zeros(12), "t"),
            "fields (6, 12): do not fill 4 x 4",
        ),
        (
            lambda p: coverage(p, weights(), (3, 4), np.zeros(9), "t"),
            "fields (6, 12): a mean input of (9,)",
        ),
        (
            lambda p: neighbours(p, weights(), weights(5), (2, 3), K, "t"),
            "weights (6, 12), at first (5, 12): must be of a grid of 2 x 3",
        ),
        (
            lambda p: winners(p, WINS, np.ones(2), (2, 3), [0, 5, 9], "t"),
            "wins (3, 5), kept (2,): of 3 snapshots",
        ),
    ],
)
def test_what_cannot_be_drawn_says_why_and_leaves_no_file(draw, message, tmp_path):
    with pytest.raises(ValueError) as caught:
        draw(tmp_path / "a.png")
    assert str(caught.value) == message
    assert not list(tmp_path.iterdir())


def test_what_a_unit_wins_says_what_it_is_to_win(tmp_path, monkeypatch):
    said, write = [], style.text
    monkeypatch.setattr(style, "text", lambda *a, **k: (said.append(a[3]), write(*a, **k))[1])
    unit(tmp_path / "a.png", IMAGES, np.array([3, 0]), "t")
    assert "training images that it wins, as the best of the units that compete, by class" in said


# The curves


WINNERS = [(1000, 5.0), (2000, 5.0), (3000, 4.0), (4000, 3.0)]


def test_panels_hold_the_metrics_that_occur():
    assert panels(RECORDS) == {
        "winners": {"sparse": [WINNERS]},
        "weight_change": {"sparse": [[(1000, 0.5), (2000, 0.0)]]},
        "thresh": {"top": [[(4000, 0.9)]]},
        "inputs_per_second": {"": [[(n, 9e3) for n, _ in WINNERS]]},
    }


def test_a_line_is_cut_where_its_layer_starts_anew_and_at_no_other_phase():
    restarted = panels(RECORDS, {"wander": ["sparse"], "digits": ["sparse"]})
    assert restarted["winners"] == {"sparse": [WINNERS[:2], WINNERS[2:]]}
    assert restarted["inputs_per_second"] == panels(RECORDS)["inputs_per_second"]
    assert panels(RECORDS, {"digits": ["top"]}) == panels(RECORDS)


def test_a_line_is_cut_where_an_epoch_lacks_its_metric():
    blank = record("wander", 3000, sparse={"winners": float("nan")})
    records = [RECORDS[0], RECORDS[1], blank, record("digits", 4000, sparse={"winners": 3.0})]
    assert panels(records)["winners"] == {"sparse": [WINNERS[:2], WINNERS[3:]]}


def test_a_phase_begins_where_the_one_before_it_ended():
    assert borders(RECORDS) == [("wander", 0.0), ("digits", 2000)]


@pytest.mark.parametrize("wanted", [[0, 0, 0], [50, 51, 100], [100, 100, 99], [10, 50, 90]])
def test_names_beside_lines_keep_their_order_and_their_distance(wanted):
    places = spread(wanted, 20, 100)
    assert np.diff(sorted(places)).min() >= 20
    assert min(places) >= 0 and max(places) <= 100
    assert all(places[i] < places[j] for i in range(3) for j in range(3) if wanted[i] < wanted[j])


def test_names_that_have_room_beside_lines_stay_there():
    assert spread([90, 10, 50], 20, 100) == [90, 10, 50]


def test_a_phases_name_lies_above_the_later_ones_it_would_cross():
    with style.house():
        assert in_lanes([("wander", 0), ("long_name", 500), ("b", 510), ("c", 515)]) == [
            0,
            2,
            1,
            0,
        ]


def test_each_line_has_a_leader_from_its_end_to_its_name():
    with style.house():
        ax = style.axes(style.figure(400, 300), 20, 20, 300, 200)
        ax.set(xlim=(0, 10), ylim=(0, 100))
        ends = {"one": (10.0, 50.0), "other": (10.0, 51.0), "early": (5.0, 80.0)}
        name_lines(ax, ends, dict.fromkeys(ends, "#000000"), 200)
        assert ax.get_xlim() == (0, 10) and ax.get_ylim() == (0, 100)
    for (x, y), line, name in zip(ends.values(), ax.lines, ax.texts, strict=True):
        along, up = np.asarray(line.get_data(orig=True))
        np.testing.assert_allclose((along[0], up[0]), (x / 10, y / 100))
        np.testing.assert_allclose(up[-1], name.get_position()[1])
        assert 1 < along[-1] < name.get_position()[0]
    assert np.diff(sorted(name.get_position()[1] * 200 for name in ax.texts)).min() >= 23.9


def test_the_first_epoch_which_may_compile_is_apart_from_the_line_of_speed():
    speed = panels(RECORDS)["inputs_per_second"]
    assert begun(speed) == (
        [(1000, 9e3)],
        {"": [[(2000, 9e3), (3000, 9e3), (4000, 9e3)]]},
    )
    assert begun({"": [[(1, 5.0)], [(2, 6.0)]]}) == ([(1, 5.0)], {"": [[(2, 6.0)]]})
    assert begun({"": [[(1, 5.0)]]}) == ([], {"": [[(1, 5.0)]]})


@pytest.mark.parametrize("values, whole", [([0, 0], True), ([3, 1.0], True), ([0.2, 0.9], False)])
def test_an_axis_of_counts_has_whole_figures(values, whole):
    with style.house():
        ax = style.axes(style.figure(400, 300), 20, 20, 300, 200)
        scale(ax, values, False)
    ticks = ax.yaxis.get_majorticklocs()
    assert len(ticks) > 1 and all(tick.is_integer() for tick in ticks) == whole


def test_figures_of_an_axis_stay_short():
    assert [short(value) for value in (0.01, 20_000, 1e6, 2.5e7)] == [
        "0.01", "20,000", "1 M", "25 M",
    ]  # fmt: skip


@pytest.mark.parametrize("epochs, layers", [(1, 1), (1, 6), (60, 6)])
def test_curves_take_one_epoch_and_many(epochs, layers, tmp_path):
    metrics = {"reconstruction_error": 0.5, "never_won": 0, "weight_change": 0.0}
    records = [
        record(f"phase_{e // 9}", 1000 * (e + 1), **{f"layer_{i}": metrics for i in range(layers)})
        for e in range(epochs)
    ]
    curves(tmp_path / "a.png", records, "t")
    assert (tmp_path / "a.png").stat().st_size > 5000


# Styles

PICTURES_TWICE = """
import sys
from pathlib import Path
import numpy as np
from hebb.plots import style, tapestry
from hebb.plots.theme import DARK
w = np.random.default_rng(0).random((6, 12))
with style.using(style.Style(DARK)):
    for name in ("a.png", "a.svg"):
        tapestry(Path(sys.argv[1]) / name, w - 0.5, (2, 3), (3, 4), "t", "s", np.arange(6))
"""


@every_picture
def test_dark_differs_from_light_and_lies_on_its_own_paper(draw, tmp_path):
    draw(tmp_path / "light.png")
    with style.using(style.Style(DARK)):
        draw(tmp_path / "dark.png")
    assert style.now() == style.Style()
    light, dark = (np.asarray(Image.open(tmp_path / f"{each}.png")) for each in ("light", "dark"))
    assert light.shape == dark.shape
    for edge in (dark[:16], dark[-16:], dark[:, :16], dark[:, -16:]):
        assert (edge[..., :3] == style.rgba(DARK.paper)[:3]).all()


@every_picture
def test_more_dots_an_inch_make_the_same_picture_larger(draw, tmp_path):
    sizes = []
    for dpi in (150, 300):
        with style.using(style.Style(dpi=dpi)):
            draw(tmp_path / f"{dpi}.png")
        with Image.open(tmp_path / f"{dpi}.png") as picture:
            assert picture.info["dpi"] == pytest.approx((dpi, dpi), abs=0.1)
            sizes.append(np.array(picture.size))
    assert np.abs(sizes[1] - 2 * sizes[0]).max() <= 40  # a mosaic has room for one pixel more


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


@every_picture
def test_an_svg_is_whole_as_large_as_the_png_and_the_same_again(draw, tmp_path):
    for name in ("a.svg", "b.svg", "a.png"):
        draw(tmp_path / name)
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text()
    assert matplotlib.__version__ not in text and "date" not in text
    root = ElementTree.fromstring(text)
    with Image.open(tmp_path / "a.png") as picture:
        assert (int(root.attrib["width"]), int(root.attrib["height"])) == picture.size


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


def test_an_open_file_gets_the_format_of_the_style():
    file = io.BytesIO()
    with style.using(style.Style(format="svg")):
        PICTURES["accuracy"](file)
    assert file.getvalue().startswith(b"<?xml")


def test_another_process_draws_the_same_bytes(tmp_path):
    for folder in ("one", "two"):
        asked = [sys.executable, "-c", PICTURES_TWICE, str(tmp_path / folder)]
        subprocess.run(asked, check=True)
    for name in ("a.png", "a.svg"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_both_ends_of_the_signed_map_are_equally_far_from_paper(theme):
    light = theme.signed()(np.linspace(0, 1, 256))[:, :3] @ [0.2126, 0.7152, 0.0722]
    away = np.abs(light - light[127:129].mean())
    assert (np.diff(away[:127]) <= 1e-6).all() and (np.diff(away[129:]) >= -1e-6).all()
    assert abs(away[0] - away[-1]) < 0.08


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_words_and_lines_stand_out_from_paper(theme):
    def luminance(colour):
        part = style.rgba(colour)[:3] / 255
        return np.where(part <= 0.04, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ [
            0.2126, 0.7152, 0.0722
        ]  # fmt: skip

    def contrast(colour):
        pair = sorted([luminance(colour), luminance(theme.paper)])
        return (pair[1] + 0.05) / (pair[0] + 0.05)

    assert contrast(theme.ink) > 7 and contrast(theme.quiet) > 4.5
    assert min(map(contrast, theme.lines[:3])) > 3


# Scales


def test_one_scale_is_for_all_units_unless_half_of_them_would_be_pale():
    even = weights()
    even[:, 0] = 0
    uneven = even * np.array([[9.0], [1], [1], [1], [9], [1]])
    assert not shown(even).own and shown(uneven).own
    assert not shown(uneven, "shared").own and shown(even, "unit").own
    own = shown(uneven)
    np.testing.assert_allclose(own.values, even / even.max(axis=1, keepdims=True), rtol=1e-6)
    assert own.label == "weight / the largest of its unit" and shown(even).label == "weight"
    assert own.said("s") == "s · each unit on its own scale"
    assert own.said("") == "each unit on its own scale" and shown(even).said("s") == "s"


def test_units_that_span_little_of_a_shared_scale_are_shown_from_their_lowest_to_their_largest():
    alike = 1 + weights() * np.array([[1.0], [0.5], [0.5], [0.5], [0.5], [1]])
    alike[0] -= 0.9
    own = shown(alike)
    assert own.own and own.label == "from the lowest to the largest of its unit"
    np.testing.assert_allclose(own.values.min(axis=1), 0, atol=1e-6)
    np.testing.assert_allclose(own.values.max(axis=1), 1, atol=1e-6)
    assert (np.argsort(own.values, axis=1) == np.argsort(alike, axis=1)).all()
    assert own.scale.get_clim() == (0, 1)


def test_a_unit_whose_weights_are_all_alike_is_not_lifted():
    w = weights()
    w[1] = 0.5
    assert (shown(w, "unit").values[1] == 1).all()


def test_a_unit_without_a_weight_stays_blank_on_its_own_scale():
    w = weights()
    w[2] = 0
    assert not shown(w, "unit").values[2].any()


def test_a_signed_unit_keeps_its_signs_on_its_own_scale():
    own = shown(weights() - 0.5, "unit")
    np.testing.assert_array_equal(np.sign(own.values), np.sign(weights() - 0.5))
    np.testing.assert_allclose(np.abs(own.values).max(axis=1), 1)
    assert own.scale.norm.vmin == -1


# Units


def test_groups_stand_side_by_side_as_long_as_there_is_room():
    assert in_rows([300, 300, 300, 900, 10], 1000) == [[0, 1, 2], [3, 4]]
    assert in_rows([300, 300, 330], 1000) == [[0, 1], [2]]  # 36 pixels between two
    assert in_rows([2000, 1], 1000) == [[0], [1]]


def test_few_units_make_a_small_picture(tmp_path):
    few = [Group("class 0", "1 unit", [0]), Group("class 1", "1 unit", [1])]
    many = [Group(f"class {c}", "10 units", [0] * 10) for c in range(2)]
    for name, groups in (("few", few), ("many", many)):
        units(tmp_path / f"{name}.png", weights(), (3, 4), groups, [["a"]] * 6, "t")
    with Image.open(tmp_path / "few.png") as one, Image.open(tmp_path / "many.png") as other:
        assert one.width < other.width / 2 and one.height < other.height


# Coverage, neighbours, snapshots


@pytest.mark.parametrize("grid, radius", [((40, 40), 2), ((10, 10), 1), ((6, 4), 1)])
def test_a_neighbourhood_and_its_layer_are_drawn_at_one_size(grid, radius, tmp_path, monkeypatch):
    stamped = []
    monkeypatch.setattr(style, "stamp", lambda f, x, y, rgba, k: stamped.append(rgba.shape[0] * k))
    n, side = grid[0] * grid[1], 2 * radius + 1
    w, kernel = weights(n, 9), np.full((side, side), 0.1)
    neighbours(tmp_path / "a.png", w, w, grid, kernel, "t")
    kernel_high, map_high = stamped
    assert abs(kernel_high - map_high * max(grid) / grid[0]) <= side


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
        (np.asarray(Image.open(tmp_path / name)) == style.rgba(LIGHT.never)).all(axis=2)
        for name in ("a.png", "b.png")
    ]
    assert marked[0].sum() > 3 * 3 * 50 * 50 and not marked[1].any()


def test_correlation_by_distance_is_that_of_every_pair_on_the_torus():
    rows, columns = 4, 5
    w = weights(20, 30)
    r = np.corrcoef(w.astype(float))
    by_distance, near = {1: [], 2: []}, []
    for i in range(20):
        beside = []
        for j in range(20):
            down, across = abs(i // columns - j // columns), abs(i % columns - j % columns)
            distance = max(min(down, rows - down), min(across, columns - across))
            if distance:
                by_distance[distance].append(r[i, j])
            if distance == 1:
                beside.append(r[i, j])
        near.append(np.mean(beside))
    means, found = alike(w, (rows, columns), 1)
    np.testing.assert_allclose(means, [np.mean(by_distance[1]), np.mean(by_distance[2])])
    np.testing.assert_allclose(found, near)


@pytest.mark.parametrize(
    ("seen", "most", "wanted"),
    [
        ([0], 8, [0]),
        ([0, 5, 9], 8, [0, 1, 2]),
        (range(33), 3, [0, 16, 32]),
        ([0, 1, 2, 3, 50, 99, 100], 3, [0, 4, 6]),  # by inputs, not by their place in the row
        ([*range(0, 100, 10), 1000], 4, [0, 4, 9, 10]),
    ],
)
def test_snapshots_are_chosen_evenly_over_the_inputs_from_the_first_to_the_last(seen, most, wanted):
    assert chosen(seen, most) == wanted


def test_ink_or_paper_is_written_on_a_colour_whichever_reads_better():
    assert style.on(style.rgba("#000000")) == LIGHT.paper
    assert style.on(style.rgba("#fff5d0")) == LIGHT.ink
    with style.using(style.Style(DARK)):
        assert style.on(style.rgba("#000000")) == DARK.ink
        assert style.on(style.rgba("#fff5d0")) == DARK.paper


# Growth


def test_growth_is_drawn_in_one_colour_a_name_on_logarithmic_axes(tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr(style, "save", lambda fig, path: kept.append(fig))
    growth(tmp_path / "a.png", GROWN, 1e8, "t")
    axes = kept[0].axes
    assert [ax.get_xlabel() for ax in axes] == ["", "units", "", "winners"]
    assert {(ax.get_xscale(), ax.get_yscale()) for ax in axes} == {("log", "log")}
    assert axes[0].lines[0].get_ydata().tolist() == [9000, 90]
    assert axes[1].lines[0].get_ydata()[0] == pytest.approx(2e8 / 2**20)
    assert axes[0].get_ylim() == axes[2].get_ylim()
    colours = [axes[i].lines[0].get_color() for i in range(4)]
    assert len(set(colours)) == 1
    assert axes[0].lines[1].get_color() not in colours


@pytest.mark.parametrize(
    ("panels", "message"),
    [
        ({}, "no panel, or a line without a point: nothing to draw"),
        ({"units": {"mwta": []}}, "no panel, or a line without a point: nothing to draw"),
        (
            {"units": {str(i): [(1, 1.0, 1.0)] for i in range(8)}},
            "8 lines: more than there are colours",
        ),
    ],
)
def test_growth_that_cannot_be_drawn_says_why(panels, message, tmp_path):
    with pytest.raises(ValueError) as caught:
        growth(tmp_path / "a.png", panels, 1e8, "t")
    assert str(caught.value) == message
    assert not list(tmp_path.iterdir())
