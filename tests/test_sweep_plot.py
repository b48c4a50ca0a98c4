"""The picture of a sweep."""

import numpy as np
import pytest
from PIL import Image

from hebb.plots import style, sweep
from hebb.plots.sweep import _is_grid, _lines, _places, _scale

GRID = {"n_w": ["5", "5", "10", "10"], "output": ["raw", "normalized", "raw", "normalized"]}
RIGHT = [0.2, 0.3, 0.4, 0.5]


def test_the_same_runs_give_the_same_bytes(tmp_path):
    for name in ("one.png", "two.png"):
        sweep(tmp_path / name, GRID, RIGHT, "t", "s")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    with Image.open(tmp_path / "one.png") as picture:
        assert np.asarray(picture).std() > 0


def test_a_setting_has_a_line_for_each_choice_of_the_others():
    settings = {"n_w": [*GRID["n_w"], "5"], "output": [*GRID["output"], "raw"]}
    assert _lines("n_w", settings, [*RIGHT, 0.4]) == {
        "output raw": [(5.0, [20.0, 40.0]), (10.0, [40.0])],
        "output normalized": [(5.0, [30.0]), (10.0, [50.0])],
    }
    assert _is_grid(_lines("n_w", GRID, RIGHT))


def test_more_choices_than_colours_are_dots(tmp_path):
    many = {"xi": [str(0.001 * 2**i) for i in range(10)], "n_w": [str(i) for i in range(10)]}
    right = [i / 10 for i in range(10)]
    lines = _lines("xi", many, right)
    assert list(lines) == [""]
    assert len(lines[""]) == 10
    sweep(tmp_path / "many.png", many, right, "t")


def test_dots_strewn_by_a_search_are_not_joined():
    strewn = {"xi": ["0.1", "0.2", "0.3", "0.4"], "output": ["raw", "normalized"] * 2}
    assert not _is_grid(_lines("xi", strewn, RIGHT))


def test_words_go_in_the_order_of_their_appearance_and_numbers_where_they_are():
    assert _places(["10", "1e1", "5", "10"]) == {"10": 10.0, "1e1": 10.0, "5": 5.0}
    assert _places(["raw", "normalized", "raw"]) == {"raw": 0.0, "normalized": 1.0}
    assert _places(["1", ".inf", "nan"]) == {"1": 0.0, ".inf": 1.0, "nan": 2.0}


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        (["1", "5", "10"], ["1", "5", "10"]),
        (["0.001", "0.1"], ["0.001", "0.1"]),
        (["0.0123456789", "0.987654321"], ["0.02", "0.05", "0.1", "0.2", "0.5"]),
        ([f"{i}.123456789" for i in range(1, 9)], ["2", "4", "6", "8"]),
    ],
)
def test_an_axis_is_marked_with_its_values_or_with_round_numbers(values, marks):
    with style.house():
        ax = style.axes(style.figure(900, 300), 0, 0, 900, 260)
        ax.plot([float(value) for value in values], [0] * len(values))
        _scale(ax, values)
        low, high = ax.get_xlim()
        ticks = zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)
        shown = [label.get_text() for at, label in ticks if low <= at <= high]
    assert set(marks) <= set(shown)
    assert not any("$" in label for label in shown)


@pytest.mark.parametrize(("settings", "right"), [({}, [0.1]), ({"a": []}, [])])
def test_nothing_is_not_drawn(settings, right, tmp_path):
    with pytest.raises(ValueError) as caught:
        sweep(tmp_path / "x.png", settings, right, "t")
    assert str(caught.value) == "no setting or no run: nothing to draw"
