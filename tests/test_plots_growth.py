"""How time and memory grow with a layer."""

import pytest
from made_pictures import GROWN

from hebb.plots import growth, style


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
