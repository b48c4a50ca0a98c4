"""Films: frames from arrays, and how they reach the disk."""

import io
import struct
import subprocess
from importlib.util import find_spec

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from hebb.plots import moving
from hebb.plots.film import GAP, RAMPS, Film, Panel, beyond
from hebb.plots.style import Style, using
from hebb.plots.theme import DARK, LIGHT

ffmpeg = pytest.mark.skipif(
    find_spec("imageio_ffmpeg") is None, reason="without the extra `video` there is no MP4"
)
FORMATS = ["gif", "png", pytest.param("mp4", marks=ffmpeg)]
every_format = pytest.mark.parametrize("format", FORMATS)


def values(frames=5, shape=(3, 4), seed=0):
    return np.random.default_rng(seed).random((frames, *shape)).astype(np.float32)


def panel(array, title="a", **how):
    array = np.asarray(array, dtype=np.float32)
    given = {"top": 1.0, "colours": "weights"} | how
    low = -given["top"] if given["colours"] == "signed" else 0.0
    return Panel(title, array, array.shape[1:], **{"low": low} | given)


def film(*panels, frames=5, fps=10, captions=None):
    panels = panels or (panel(values(frames)), panel(values(frames) - 0.5, "b", colours="signed"))
    captions = captions or [f"frame {t}" for t in range(frames)]
    return Film("f", "a film", captions, [("", list(panels))], fps)


def pictures(path, film):
    """The frames of a written film, (H, W, 3) bytes each."""
    if path.suffix == ".mp4":
        from imageio_ffmpeg import get_ffmpeg_exe

        raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        told = subprocess.run([get_ffmpeg_exe(), "-i", path, *raw], capture_output=True, check=True)
        return list(np.frombuffer(told.stdout, np.uint8).reshape(-1, film.height, film.width, 3))
    with Image.open(path) as image:
        found = []
        for t in range(getattr(image, "n_frames", 1)):
            image.seek(t)
            found.append(np.asarray(image.convert("RGB")))
        return found


def colours(film, t):
    """What frame t of a film must look like, (H, W, 3) bytes."""
    return np.frombuffer(film.palette, np.uint8).reshape(-1, 3)[film.frame(t)]


def inside(film, number, t):
    """The colours of one panel in frame t, one for each value."""
    shown, top, left = film.places[number]
    high, wide = (n * shown.k for n in shown.shape)
    drawn = film.frame(t)[top : top + high, left : left + wide]
    blocks = drawn.reshape(shown.shape[0], shown.k, shown.shape[1], shown.k)
    assert (blocks == blocks[:, :1, :, :1]).all()  # each value is one square
    return blocks[:, 0, :, 0]


# Frames


def test_every_value_has_the_colour_of_its_place_on_the_scale():
    array = values()
    made, ramp = film(panel(array, top=0.5)), RAMPS["weights"]
    for t in range(5):
        share = np.clip(array[t] / 0.5, 0, 1)
        np.testing.assert_array_equal(inside(made, 0, t), ramp.start + np.rint(share * 31))


def test_zero_is_paper_and_the_top_is_the_end_of_the_map():
    made = film(panel([[[0.0, 1.0, 2.0]]] * 5, colours="grey"))
    seen = colours(made, 0)[made.places[0][1], made.places[0][2] :: made.places[0][0].k][:3]
    assert seen.tolist() == [[255, 255, 255], [0, 0, 0], [0, 0, 0]]


def test_signed_values_lie_about_paper():
    made = film(panel([[[-2.0, -1.0, 0.0, 1.0, 0.5]]] * 5, colours="signed"))
    places = inside(made, 0, 0)[0].astype(int) - RAMPS["signed"].start
    assert places.tolist() == [0, 0, 16, 32, 24]
    rgb = np.frombuffer(made.palette, np.uint8).reshape(-1, 3)
    assert (rgb[RAMPS["signed"].start + 16] >= 254).all()


def test_values_beyond_the_scale_have_the_colour_of_its_end():
    made = film(panel([[[-np.inf, -3e38, 3e38, np.inf]]] * 5, top=1e-9, colours="signed"))
    ramp = RAMPS["signed"]
    assert inside(made, 0, 0).tolist() == [[ramp[0], ramp[0], ramp[-1], ramp[-1]]]


def test_a_place_without_a_value_is_grey():
    array = values()
    array[2, 1, 1] = np.nan
    places = inside(film(panel(array)), 0, 2)
    assert places[1, 1] == GAP and (places == GAP).sum() == 1


def test_panels_of_a_row_and_rows_do_not_overlap():
    many = [panel(values(shape=shape), "a long title of a panel") for shape in [(3, 4), (40, 40)]]
    made = Film("f", "t", ["c"] * 5, [("one", many), ("two", many)], 10)
    taken = np.zeros((made.height, made.width), int)
    for shown, top, left in made.places:
        high, wide = shown.size
        taken[top - 1 : top - 1 + high, left - 1 : left - 1 + wide] += 1
        assert top + high < made.height and left + wide < made.width
    assert taken.max() == 1


def test_panels_stand_in_columns_and_the_keys_of_a_row_on_one_line():
    shapes = [(28, 28), (10, 10), (13, 10), (40, 40), (1, 10)]
    rows = [
        ("first", [panel(values(shape=shape), f"{shape}") for shape in shapes[:3]]),
        ("second", [panel(values(shape=shape), "a rather long heading") for shape in shapes]),
    ]
    made = Film("f", "a film", ["frame 0"], rows, 10)
    tops = [[top for _, top, _ in made.places[:3]], [top for _, top, _ in made.places[3:]]]
    assert all(len(set(row)) == 1 for row in tops)
    lefts = [left for _, _, left in made.places]
    assert lefts[:3] == lefts[3:6] and np.diff(lefts[3:]).min() > 122
    keys = [(top, wide) for _, top, _, wide in made._keys]
    assert len(set(keys[:3])) == len(set(keys[3:])) == 1 and keys[0][1] == 122
    for (shown, top, _), (below, _) in zip(made.places, keys, strict=True):
        assert below >= top + shown.size[0]


def test_nothing_moves_but_values_and_captions():
    made = film(panel(np.repeat(values(1), 5, axis=0)), captions=["frame 1"] * 5)
    np.testing.assert_array_equal(made.frame(0), made.frame(4))
    told = film(panel(np.repeat(values(1), 5, axis=0)))
    moved = np.argwhere(told.frame(0) != told.frame(4))
    assert len(moved) and moved[:, 0].max() < told.places[0][1] - 20


def test_a_margin_of_paper_stays_around_everything():
    made = film(captions=["a caption that is longer than all the panels of the film together"] * 5)
    for edge in (made.frame(0)[:16], made.frame(0)[-16:], made.frame(0)[:, :16]):
        assert (edge == 0).all()
    assert (made.frame(0)[:, -16:] == 0).all()


def test_sides_are_even_as_h264_needs():
    sizes = {(film(panel(values(shape=(1, n)))).width) for n in range(100, 140)}
    assert len(sizes) > 1 and not any(size % 2 for size in sizes)


def test_ends_of_the_scale_are_told_and_say_where_it_is_cut():
    assert panel(values(), top=0.123).ends == ("0", "0.12")
    assert panel(values(), top=0.123, above=True).ends == ("0", "≥ 0.12")
    assert panel(values(), low=0.101, top=0.123).ends == ("0.101, not 0", "0.123")
    assert panel(values(), top=2.0, colours="signed").ends == ("−2", "2")
    assert panel(values(), top=2.0, colours="signed", below=True).ends == ("≤ −2", "2")


def test_a_panel_with_values_beyond_its_scale_says_so_in_its_heading():
    assert panel(values(), "rebuilt").heading == "rebuilt"
    assert panel(values(), "rebuilt", above=True).heading == "rebuilt, clipped"
    assert panel(values(), "rebuilt", below=True).heading == "rebuilt, clipped"
    plain, said = (film(panel(values(), above=above)).frame(0) for above in (False, True))
    assert (plain[:100] != said[:100]).any()


def test_values_are_beyond_a_scale_where_that_can_be_seen():
    ends = np.array([-0.01, np.nan, 1.01])  # half a shade of 32 is 0.016
    assert beyond(ends, 0, 1) == (False, False)
    assert beyond(2 * ends, 0, 1) == (True, True)
    assert beyond(np.array([-1.0]), 0, 1) == (True, False)
    assert beyond(np.array([0.5, 2.0]), 0, 1) == (False, True)


def test_a_scale_that_begins_above_zero_has_paper_at_its_lowest_value():
    made = film(panel([[[4.0, 5.0, 6.0]]] * 5, low=4.0, top=6.0))
    places = inside(made, 0, 0)[0].astype(int) - RAMPS["weights"].start
    assert places.tolist() == [0, 16, 31]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_colours_are_those_of_the_theme(theme):
    with using(Style(theme=theme)):
        made = film()
    corner = colours(made, 0)[0, 0]
    assert corner.tolist() == [round(255 * each) for each in to_rgb(theme.paper)]


def test_all_colours_of_a_film_are_apart_from_the_clear_one():
    made = film()
    assert max(made.frame(t).max() for t in range(5)) < 127
    assert len(made.palette) == 3 * 128


# Files


@every_format
def test_a_written_film_has_every_frame(format, tmp_path):
    made, path = film(frames=12, fps=20), tmp_path / f"new/f.{format}"
    moving.save(made, path, format)
    found = pictures(path, made)
    assert len(found) == 12
    for t, picture in enumerate(found):
        if format == "mp4":  # which is near, and a quarter as fine in its colours
            apart = abs(picture.astype(int) - colours(made, t)).mean()
            assert apart < 3
        else:
            np.testing.assert_array_equal(picture, colours(made, t))
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("fps, delay", [(10, 100), (4, 250), (50, 20), (30, 30)])
def test_frames_follow_one_another_as_fast_as_asked(fps, delay, tmp_path):
    for format in ("gif", "png"):
        moving.save(film(fps=fps), tmp_path / f"f.{format}", format)
        with Image.open(tmp_path / f"f.{format}") as image:
            image.seek(1)
            assert image.info["duration"] == delay
            assert image.info["loop"] == 0


@ffmpeg
def test_an_mp4_runs_as_fast_as_asked(tmp_path):
    from imageio_ffmpeg import count_frames_and_secs

    moving.save(film(frames=8, fps=4), tmp_path / "f.mp4", "mp4")
    assert count_frames_and_secs(str(tmp_path / "f.mp4")) == (8, 2.0)


@every_format
def test_the_same_film_gives_the_same_bytes(format, tmp_path):
    for name in ("a", "b"):
        moving.save(film(), tmp_path / f"{name}.{format}", format)
    first = (tmp_path / f"a.{format}").read_bytes()
    assert first == (tmp_path / f"b.{format}").read_bytes()
    assert b"Lavf" not in first and b"Pillow" not in first


def test_all_frames_of_a_gif_have_the_same_palette(tmp_path):
    made = film()
    moving.save(made, tmp_path / "f.gif", "gif")
    with Image.open(tmp_path / "f.gif") as image:
        assert bytes(image.getpalette()) == made.palette
    content = (tmp_path / "f.gif").read_bytes()
    assert content.count(made.palette) == 5


@every_format
def test_a_film_of_one_frame_is_one(format, tmp_path):
    made = film(frames=1)
    moving.save(made, tmp_path / f"f.{format}", format)
    assert len(pictures(tmp_path / f"f.{format}", made)) == 1


@every_format
def test_a_film_that_stands_still_keeps_its_length(format, tmp_path):
    """Pillow joins frames that are alike, and then they last longer."""
    captions = ["frame", "frame", "frame", "another", "another"]
    still = film(panel(np.repeat(values(1), 5, axis=0)), captions=captions)
    path = tmp_path / f"f.{format}"
    moving.save(still, path, format)
    if format == "mp4":
        assert len(pictures(path, still)) == 5
        return
    with Image.open(path) as image:
        lasts = []
        for t in range(image.n_frames):
            image.seek(t)
            lasts.append(image.info["duration"])
    assert sum(lasts) == 500
    np.testing.assert_array_equal(pictures(path, still)[-1], colours(still, 4))


def test_a_png_counts_its_frames_for_those_who_only_see_the_first():
    file = io.BytesIO()
    moving.write(film(frames=7), file, "png")
    at = file.getvalue().index(b"acTL")
    assert struct.unpack(">II", file.getvalue()[at + 4 : at + 12]) == (7, 0)


@every_format
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_film_that_is_interrupted_leaves_the_old_one_and_nothing_else(error, format, tmp_path):
    path = tmp_path / f"f.{format}"
    path.write_bytes(b"old")

    def seen(n):
        if n == 3:
            raise error

    with pytest.raises(error):
        moving.save(film(), path, format, seen)
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@every_format
def test_who_waits_is_told_how_far_it_is(format, tmp_path):
    told = []
    moving.save(film(), tmp_path / f"f.{format}", format, told.append)
    assert told[-1] == 5 and set(told) <= set(range(1, 6))
