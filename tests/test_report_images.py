"""The pictures of weights that a page carries, and snapshots left out for it to stay small."""

import base64
import io

import numpy as np
import pytest
from page_text import inside, without_tags
from PIL import Image

from hebb import report as reports
from hebb.plots.curves import SPEED_LABEL
from hebb.report import images, layers


def test_pictures_hold_every_weight_in_steps_of_its_units_scale(finished):
    _, arrays = finished.snapshot("last")
    layer = layers.drawn(finished)[0]
    drawn = images.pictures(finished, 800, [layer])["sparse"]["weights"]
    w = arrays["sparse.w"]
    largest = w.max(axis=1)
    np.testing.assert_allclose(drawn["largest"], largest, rtol=5e-3)
    assert (drawn["signed"], drawn["cut"]) == (False, False)
    assert drawn["top"] == pytest.approx(w.max())
    steps = picture_of(drawn) / images.GREY
    assert steps.shape == (4 * 8, 5 * 8)
    units = steps.reshape(4, 8, 5, 8).swapaxes(1, 2).reshape(20, 64)
    begin = np.array(drawn["lowest"])[:, None]
    span = largest[:, None] - begin
    np.testing.assert_allclose(begin + units / images.STEPS * span, w, atol=0.52 / images.STEPS)


def test_steps_begin_where_the_scale_does():
    w = np.array([[4.0, 5.0], [4.0, 6.0]])
    drawn = images.picture(w, (1, 2), (1, 2))
    assert (drawn["low"], drawn["top"]) == (4, 6)
    assert (drawn["lowest"], drawn["largest"]) == ([4, 4], [5, 6])
    assert picture_of(drawn).tolist() == [[0, 224, 0, 224]]
    from_nothing = images.picture(w - 4, (1, 2), (1, 2))
    assert (from_nothing["low"], from_nothing["lowest"]) == (0, [])


def test_signed_weights_lie_around_the_middle_and_what_is_no_number_is_told():
    w = np.array([[-0.5, 0.25, 0.0, 0.5], [np.nan, np.inf, 0.0, -2.0]])
    drawn = images.picture(w, (1, 3), (2, 2))
    assert (drawn["signed"], drawn["largest"]) == (True, [0.5, 2.0])
    middle, none = images.GREY * images.STEPS // 2, images.NOT_A_NUMBER
    expected = [[0, 168, none, none, 0, 0], [middle, 2 * middle, middle, 0, 0, 0]]
    np.testing.assert_array_equal(picture_of(drawn), expected)


def test_units_that_one_scale_leaves_pale_are_first_shown_on_their_own():
    w = np.full((10, 4), 0.1)
    assert not images.picture(w, (2, 5), (2, 2))["own"]
    w[0] = 5
    assert images.picture(w, (2, 5), (2, 2))["own"]
    w = np.linspace([0.8, 0.5, 0.2], [1.0, 0.7, 0.4], 4).T  # each spans a fifth of the scale
    assert images.picture(w, (1, 3), (2, 2))["own"]


def picture_of(drawn):
    """The grey of each pixel of a picture."""
    with Image.open(io.BytesIO(base64.b64decode(drawn["src"].partition(",")[2]))) as picture:
        return np.array(picture.convert("L"))


def test_a_page_carries_every_snapshot_and_what_the_script_draws(finished, html):
    text = html(finished)
    assert list(inside(text, "frames-0")) == ["0", "300", "600", "800"]
    (run,) = inside(text, "told")["runs"]
    assert [each["when"] for each in run["snapshots"]] == [
        "first weights", "epoch 1 of wander", "epoch 2 of wander", "epoch 1 of digits",
    ]  # fmt: skip
    assert run["layers"]["invariant"] == {"grid": [3, 3], "field": [4, 5], "pixels": [8, 8]}
    assert run["layers"]["sparse"]["pixels"] is None
    assert run["borders"] == [["wander", 0.0], ["digits", 600]]
    assert run["curveLayers"] == ["sparse", "invariant", "top"]
    assert len(run["votes"]["sparse"]["classes"]) == 20
    assert run["readOut"] == 800
    curves = {each["metric"]: each for each in run["curves"]}
    assert curves["winners"]["lines"] == {
        "sparse": [[[300, 3.0], [600, 3.0], [800, 3.0]]],
        "top": [[[300, 1.0], [600, 1.0]], [[800, 1.0]]],  # which starts anew
    }
    assert curves["weight_change"]["log"]
    assert curves["inputs_per_second"]["label"] == SPEED_LABEL
    first, rest = curves["inputs_per_second"]["lines"][""]
    assert [len(first), len(rest)] == [1, 2]


def test_snapshots_are_left_out_evenly_for_a_page_to_stay_small():
    numbers = range(0, 330, 10)
    asked = []

    def encode(number):
        asked.append(number)
        return "x" * (1000 if number < 50 else 500)

    every = images.thinned(numbers, encode, 1e6)
    assert list(every) == list(numbers)
    few = images.thinned(numbers, encode, 6000)
    assert sum(map(len, few.values())) <= 6000
    assert (min(few), max(few)) == (0, 320)
    assert set(np.diff(list(few))) <= {30, 40}
    assert list(images.thinned(numbers, encode, 0)) == [0, 320]
    assert list(images.thinned([7], encode, 0)) == [7]


def test_no_snapshot_is_drawn_twice_for_it():
    asked = []
    images.thinned(range(20), lambda number: asked.append(number) or "x" * 100, 1200)
    assert len(asked) == len(set(asked))


def test_a_page_that_left_snapshots_out_says_so(finished, html, monkeypatch):
    monkeypatch.setattr(reports, "thinned", lambda numbers, encode, budget: {0: "{}", 800: "{}"})
    words = without_tags(html(finished))
    assert "2 of its 4 snapshots are in this page; the others would make it too large" in words
    assert len(inside(html(finished), "told")["runs"][0]["snapshots"]) == 2


def test_runs_share_the_room_of_a_page(finished, copied, html, monkeypatch):
    budgets = []
    monkeypatch.setattr(
        reports, "thinned", lambda n, e, budget: budgets.append(budget) or {0: "{}"}
    )
    html(finished)
    html(finished, copied)
    alone, one, other = budgets
    assert one < alone / 1.9
    assert other == 2 * one - len("{}")  # what the first has left is the other's
    assert alone < 10e6 - reports.ROOM
