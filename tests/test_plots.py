"""Tests of every picture: its bytes, its margin, its formats, and what cannot be drawn."""

import io
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from made_pictures import PICTURES, WINS, K, every_picture, weights
from PIL import Image

from hebb.plots import (
    colouring,
    confusion,
    coverage,
    curves,
    neighbours,
    strip,
    style,
    tapestry,
    units,
    winners,
)
from hebb.plots.theme import DARK


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
        assert (edge[..., :3] == colouring.rgba(DARK.paper)[:3]).all()


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


@pytest.mark.parametrize("lacking", [True, False])
def test_a_confusion_has_a_column_of_answers_without_a_class_where_there_is_one(
    lacking, tmp_path, monkeypatch
):
    said, write = [], style.text
    monkeypatch.setattr(style, "text", lambda *a, **k: (said.append(a[3]), write(*a, **k))[1])
    for classes, name in ((3, "few"), (21, "many")):
        said.clear()
        matrix = np.ones((classes, classes + 1), int)
        matrix[:, -1] = 0
        matrix[1, -1] = lacking
        confusion(tmp_path / f"{name}.png", matrix, "t")
        assert ("none" in said) == lacking
