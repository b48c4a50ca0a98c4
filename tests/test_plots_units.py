"""Units in groups, side by side."""

from made_pictures import weights
from PIL import Image

from hebb.plots import units
from hebb.plots.units import Group, in_rows


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
