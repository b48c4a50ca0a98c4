"""The curves of metrics: panels, lines that are cut, names beside them, axes."""

import numpy as np
import pytest
from made_pictures import RECORDS, record

from hebb.plots import curves, style
from hebb.plots.curves import (
    SPEED_LABEL,
    begun,
    borders,
    in_lanes,
    is_logarithmic,
    name_lines,
    panels,
    scale,
    short,
    spread,
)

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
    assert begun({"": [[(1, 5.0)]]}) == ([(1, 5.0)], {"": []})


@pytest.fixture
def figure_of(monkeypatch, tmp_path):
    """The figure that `curves` would save."""
    saved = []
    monkeypatch.setattr(style, "save", lambda fig, path: saved.append(fig))

    def figure(records):
        curves(tmp_path / "a.png", records, "t")
        fig = saved.pop()
        fig.draw_without_rendering()
        return fig

    return figure


@pytest.mark.parametrize("epochs", [1, 3])
def test_the_speed_of_the_first_epoch_is_hollow_and_said_to_be_with_others_or_alone(
    epochs, figure_of
):
    fig = figure_of(RECORDS[:epochs])
    assert SPEED_LABEL in [each.get_text() for each in fig.texts]
    marked = [line for line in fig.axes[-1].lines if line.get_marker() == "o"]
    first = marked[-1]
    assert first.get_markerfacecolor() == style.theme().paper
    np.testing.assert_array_equal(first.get_data(), [[1], [9e3]])
    assert len(marked) == (1 if epochs == 1 else 2)


def test_phases_are_named_between_a_title_and_its_axes_and_borders_end_below_the_title(figure_of):
    layers = {"sparse": {"winners": 5.0}}
    names = ["wander_early", "wander_on", *["digits"] * 8]
    fig = figure_of([record(name, 1000 * (n + 1), **layers) for n, name in enumerate(names)])
    box = {each.get_text(): each.get_window_extent() for each in fig.texts}
    title, top = box["winners an input"], fig.axes[0].get_window_extent().y1
    for name in dict.fromkeys(names):
        assert top < box[name].y0 and box[name].y1 < title.y0
    lines = [line for line in fig.axes[0].lines if list(line.get_xdata()) in ([1, 1], [2, 2])]
    ends = [line.get_window_extent().y1 for line in lines]
    assert len(ends) == 2 and all(top < end < title.y0 for end in ends)
    assert ends[0] > box["wander_on"].y0  # beside its name


def test_an_axis_of_a_single_value_begins_at_0():
    assert not is_logarithmic([0.5], True) and not is_logarithmic([0.5, 0.5], True)
    assert is_logarithmic([0.5, 0.1], True)


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
