"""The experiments that come with the package."""

import re
from pathlib import Path

import pytest

from hebb.config import find, load, shipped
from hebb.config.shipped import copy
from hebb.errors import UsageError

SHIPPED = "`hebb new` lists the shipped ones"

pytestmark = pytest.mark.usefixtures("here")


def test_a_file_comes_before_a_shipped_experiment_of_its_name():
    assert find("invariant_mnist") == shipped()["invariant_mnist"]
    Path("invariant_mnist").write_text("")
    assert find("invariant_mnist") == Path("invariant_mnist")


def test_the_main_experiment_is_listed_first_and_then_notebook_by_notebook():
    first, *others = shipped()
    page = Path(__file__).parents[1] / "docs" / "notebooks.md"
    told = re.findall(r'<a id="(\w+)">', page.read_text())
    assert first == "invariant_mnist"
    assert others[:3] == ["a1_frozen", "a2_layer_by_layer", "a3_more_winners"]
    assert [name for name in others if name in told] == [name for name in told if name != first]
    assert others.index("d2_raw_from_zero") < others.index("d10_mean_loose")


@pytest.mark.parametrize("name", shipped())
def test_a_copy_of_a_shipped_experiment_loads_from_anywhere(name):
    path = copy(name)
    assert path == Path(f"{name}.yaml")
    assert load(path).model_dump() == load(name).model_dump()


def test_a_copy_is_called_as_asked():
    Path("sub").mkdir()
    assert copy("a4_larger", Path("sub/mine.yaml")) == Path("sub/mine.yaml")
    assert load("sub/mine.yaml").name == "mine"
    assert copy("a4_larger", Path("sub/4 x.yaml")) == Path("sub/4 x.yaml")
    assert load("sub/4 x.yaml").name == "a4_larger"  # "4 x" is no name


def test_a_copy_replaces_nothing():
    Path("a4_larger.yaml").write_text("mine")
    with pytest.raises(UsageError) as err:
        copy("a4_larger")
    assert str(err.value) == "a4_larger.yaml: exists already; choose another with --to"
    assert Path("a4_larger.yaml").read_text() == "mine"


def test_a_copy_makes_its_folder_and_one_that_cannot_be_written_is_told():
    assert copy("a4_larger", Path("new/mine.yaml")).is_file()
    with pytest.raises(UsageError) as err:
        copy("a4_larger", Path("new/mine.yaml/mine.yaml"))
    said = "new/mine.yaml: cannot be a folder, since it is no folder; choose another place"
    assert str(err.value) == said


@pytest.mark.parametrize(
    ("name", "hint"), [("a4_lager", "did you mean a4_larger? "), ("qqq", ""), ("a4.yaml", "")]
)
def test_a_copy_of_what_is_not_shipped_is_told(name, hint):
    with pytest.raises(UsageError) as err:
        copy(name)
    assert str(err.value) == f"{name}: no shipped experiment; {hint}{SHIPPED}"
