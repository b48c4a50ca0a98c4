"""Which snapshots are shown, and where fresh weights lie between them."""

import numpy as np
import pytest
from made_pictures import IMAGES, WINS

from hebb.plots import style, unit, winners
from hebb.plots.snapshots import FRESH, begun_before, chosen, left_out
from hebb.plots.unit import Images
from hebb.plots.winners import KEPT, PANEL


@pytest.mark.parametrize(
    ("seen", "most", "wanted"),
    [
        ([0], 8, [0]),
        ([0, 5, 9], 8, [0, 1, 2]),
        (range(33), 3, [0, 16, 32]),
        ([0, 1, 2, 3, 50, 99, 100], 3, [0, 4, 6]),  # by inputs, not by their place in the row
        ([*range(0, 100, 10), 1000], 4, [0, 5, 9, 10]),
        (range(14), 8, [0, 2, 4, 6, 8, 10, 12, 13]),  # even steps, and the last
        (range(17), 8, [0, 3, 6, 9, 12, 15, 16]),
        ([0, 300, 600, 800], 3, [0, 2, 3]),
        ([0, 1, 2, 3], 2, [0, 3]),
    ],
)
def test_snapshots_are_chosen_evenly_over_the_inputs_from_the_first_to_the_last(seen, most, wanted):
    assert chosen(seen, most) == wanted


def test_what_is_left_out_is_counted():
    assert left_out(8, 1400) == "8 of 1,400 snapshots"
    assert left_out(8, 8) == ""


def test_fresh_weights_lie_before_the_first_frame_that_has_them():
    restarts = {10: "again", 14: "once_more", 20: "last"}
    assert begun_before([0, 10, 12, 20], restarts) == {2: "again", 3: "once_more"}
    assert begun_before([0, 20, 30], restarts) == {1: "once_more", 2: "last"}
    assert begun_before([10, 12], {}) == {}


@pytest.fixture
def said(monkeypatch):
    """The words that pictures write."""
    words, write = [], style.text
    monkeypatch.setattr(style, "text", lambda *a, **k: (words.append(a[3]), write(*a, **k))[1])
    return words


@pytest.mark.parametrize("restarts, fresh", [({5: "again"}, True), ({}, False)])
def test_who_wins_names_a_phase_that_began_with_fresh_weights(restarts, fresh, said, tmp_path):
    how = {"grid": (2, 3), "seen": [0, 5, 9], "title": "t", "restarts": restarts}
    winners(tmp_path / "a.png", WINS, np.ones(3), **how)
    assert ("again" in said) == fresh
    assert (f"images that each unit wins, by inputs seen; {FRESH}" in said) == fresh


def test_a_unit_names_a_phase_that_began_with_fresh_weights_and_explains_its_line_once(
    said, tmp_path
):
    w, words = IMAGES[0].values, IMAGES[0].words
    rows = [Images(each, w, (3, 4), words, True, {2: "again"}) for each in ("own", "field")]
    unit(tmp_path / "a.png", [*rows, IMAGES[1]], None, "t")
    assert said.count("again") == 2
    assert sum(FRESH in words for words in said) == 1


def test_the_title_of_a_panel_is_no_wider_than_its_axes():
    with style.house():
        assert style.text_width(KEPT, style.TEXT) <= PANEL
