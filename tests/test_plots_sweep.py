"""The picture of a sweep."""

import re

import numpy as np
import pytest
from PIL import Image

from hebb.jobs import Job, Outcome
from hebb.plots import style, sweep
from hebb.plots.sweep import _beside, _beyond, _is_grid, _lines, _places, _scale
from hebb.store import Run
from hebb.sweep import table

GRID = {"n_w": ["5", "5", "10", "10"], "output": ["raw", "normalized", "raw", "normalized"]}
RIGHT = [0.2, 0.3, 0.4, 0.5]


def test_the_same_runs_give_the_same_bytes(tmp_path):
    for name in ("one.png", "two.png"):
        sweep(tmp_path / name, GRID, RIGHT, "t", "s")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    with Image.open(tmp_path / "one.png") as picture:
        assert np.asarray(picture).std() > 0


def test_a_picture_under_a_heading_is_lower_by_its_title(tmp_path):
    heights = []
    for title in ("t", ""):
        sweep(tmp_path / "s.png", GRID, RIGHT, title)
        with Image.open(tmp_path / "s.png") as picture:
            heights.append(picture.height)
    assert heights[1] < heights[0] - 30


def test_a_setting_has_a_line_for_each_choice_of_the_others():
    settings = {"n_w": [*GRID["n_w"], "5"], "output": [*GRID["output"], "raw"]}
    assert _lines("n_w", settings, [*RIGHT, 0.4]) == {
        "output raw": [(5.0, [20.0, 40.0]), (10.0, [40.0])],
        "output normalized": [(5.0, [30.0]), (10.0, [50.0])],
    }
    assert _is_grid(_lines("n_w", GRID, RIGHT), False)


def test_more_choices_than_colours_are_dots(tmp_path):
    many = {"xi": [str(0.001 * 2**i) for i in range(10)], "n_w": [str(i) for i in range(10)]}
    right = [i / 10 for i in range(10)]
    lines = _lines("xi", many, right)
    assert list(lines) == [""]
    assert len(lines[""]) == 10 and not _is_grid(lines, False)
    assert _is_grid(_lines("xi", {"xi": many["xi"]}, right), True)
    sweep(tmp_path / "many.png", many, right, "t")


def test_dots_strewn_by_a_search_are_not_joined():
    strewn = {"xi": ["0.1", "0.2", "0.3", "0.4"], "output": ["raw", "normalized"] * 2}
    assert not _is_grid(_lines("xi", strewn, RIGHT), False)


def test_controls_are_beside_the_accuracy_at_each_value(tmp_path):
    controls = {"raw pixels": [0.8, 0.8, 0.8, None], "random weights": [0.1, 0.2, 0.3, 0.4]}
    lines = _lines("n_w", GRID, RIGHT)
    found = _beside(lines, GRID["n_w"], controls | {"none": [None] * 4}, False)
    assert found.keys() == controls.keys()
    np.testing.assert_allclose(found["raw pixels"], [(5, 80), (10, 80)])
    np.testing.assert_allclose(found["random weights"], [(5, 15), (10, 35)])
    sweep(tmp_path / "a.svg", GRID, RIGHT, "t", controls=controls)
    words = re.findall("<!-- (.*?) -->", (tmp_path / "a.svg").read_text())
    assert words.count("raw pixels") == words.count("random weights") == 2
    assert words.count("n_w 10") == 1 and "trained" not in words


def test_controls_far_beyond_the_runs_are_told_at_the_edge_and_squeeze_nothing(tmp_path):
    lines = {"": [(5.0, [31.0, 32.0]), (10.0, [34.0])]}
    beside = {
        "raw pixels": [(5.0, 82.0), (10.0, 82.0)],
        "near": [(5.0, 36.0), (10.0, 37.0)],  # three points above, as far as the runs reach
        "random images": [(5.0, 75.0), (10.0, 76.0)],
        "random weights": [(5.0, 11.5), (10.0, 12.5)],
    }
    assert list(_beyond(lines, beside).items()) == [
        ("random weights", ("random weights ↓ 11.5 to 12.5 %", False)),
        ("random images", ("random images ↑ 75.0 to 76.0 %", True)),
        ("raw pixels", ("raw pixels ↑ 82.0 %", True)),
    ]
    assert _beyond({"": [(5.0, [31.0]), (10.0, [31.0])]}, beside) == {}  # nothing to squeeze
    alike = {"": [(5.0, [31.0]), (10.0, [31.1])]}
    assert _beyond(alike, {"near": [(5.0, 33.0), (10.0, 29.1)]}) == {}  # two points are not far

    far = {"raw pixels": [0.82] * 4, "random weights": [0.001] * 4}
    near = [0.31, 0.32, 0.33, 0.34]
    ranges = []
    for controls in (None, far):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(style, "save", lambda fig, path: ranges.append(fig.axes[0].get_ylim()))
            sweep(tmp_path / "a.png", GRID, near, "t", controls=controls)
    assert ranges[0] == ranges[1]
    sweep(tmp_path / "a.svg", GRID, near, "t", controls=far)
    words = re.findall("<!-- (.*?) -->", (tmp_path / "a.svg").read_text())
    assert words.count("raw pixels ↑ 82.0 %") == words.count("random weights ↓ 0.1 %") == 2


def test_a_sweep_draws_what_its_table_says(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr("hebb.plots.sweep", lambda *given: drawn.append(given))
    rows = [
        (Job(tmp_path, f"r{n}", {"layers.sparse.n_w": str(n)}, 0, "test", ""), found)
        for n, found in enumerate(
            (
                Outcome("completed", 0.5, {"raw_pixels": 0.8, "backprop": 0.9}),
                Outcome("failed"),
                Outcome("completed", 0.6, {"raw_pixels": 0.7}),
            )
        )
    ]
    table.draw(Run(tmp_path), rows, "Accuracy")
    _, settings, right, _, words, controls = drawn[0]
    assert (settings, right) == ({"sparse.n_w": ["0", "2"]}, [0.5, 0.6])
    assert controls == {"raw pixels": [0.8, 0.7], "backprop": [0.9, None]}
    assert words == "Accuracy; a dot is one run; in grey, the controls"


def of_seeds(folder, seeds, **settings):
    done = [Outcome("completed", 0.5 + seed / 10) for seed in range(seeds)]
    return [(Job(folder, f"r{n}", settings, n, "test", ""), found) for n, found in enumerate(done)]


def test_only_a_sweep_over_seeds_promises_means_and_bars(tmp_path, monkeypatch):
    words = []
    monkeypatch.setattr("hebb.plots.sweep", lambda *given: words.append(given[4]))
    one, two = (of_seeds(tmp_path, seeds, **{"layers.sparse.n_w": "5"}) for seeds in (1, 2))
    alone = of_seeds(tmp_path, 2)  # the seed is what the picture is over
    for rows in (one, two, alone):
        table.draw(Run(tmp_path), rows, "Accuracy")
    dots = "Accuracy; a dot is one run"
    bars = "Accuracy; mean over seeds, and a bar from the lowest to the highest"
    assert words == [dots, bars, dots]
    spread = "Accuracy; mean over seeds, smallest to largest in brackets."
    assert table.text(one, "Accuracy").splitlines()[0] == "Accuracy; one run a setting."
    assert table.text(two, "Accuracy").splitlines()[0] == spread


@pytest.mark.parametrize("right, said", [([0.7, 0.8], " (not from 0)"), ([0.0, 0.9], "")])
def test_an_axis_that_does_not_begin_at_zero_says_so(right, said, tmp_path, monkeypatch):
    labels = []
    monkeypatch.setattr(style, "save", lambda fig, path: labels.append(fig.axes[0].get_ylabel()))
    sweep(tmp_path / "a.png", {"n_w": ["1", "2"]}, right)
    assert labels == [f"accuracy, %{said}"]


def test_controls_of_dots_are_level():
    values = ["1", "2", "2"]
    found = _beside({"": [(1, [9]), (2, [9])]}, values, {"raw": [0.1, 0.2, 0.6]}, False)
    np.testing.assert_allclose(found["raw"], [(1, 30), (2, 30)])


def test_a_line_alone_has_a_name_among_controls(tmp_path):
    for controls, named in ((None, False), ({"raw pixels": [0.65, 0.65]}, True)):
        sweep(tmp_path / "a.svg", {"xi": ["1", "2"]}, [0.5, 0.6], "t", controls=controls)
        text = (tmp_path / "a.svg").read_text()
        assert ("<!-- trained -->" in text) == ("<!-- raw pixels -->" in text) == named


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
