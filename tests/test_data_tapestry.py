"""The stream `tapestry`: a wall of images, and a window that wanders over it."""

import numpy as np
import pytest
from faults import NAME, base, faults_in
from pydantic import ValidationError

from hebb.data import Images, Tapestry, TapestrySpec
from hebb.errors import DataError


def spec(**keys) -> TapestrySpec:
    return TapestrySpec(kind="tapestry", **keys)


def pictures(n=40, side=6, dtype=np.uint8) -> Images:
    drawn = np.random.default_rng(1).integers(1, 256, (n, side, side))
    return Images(drawn.astype(dtype))


def wander(s, images, seed=0) -> Tapestry:
    return Tapestry(s, images, np.random.default_rng(seed), "wander")


def frames_step_by_step(s, images, seed):
    """The wall and the frames, one image and one step at a time. Frames (frames, D)."""
    height, width = images.shape
    pixels = images.rows(slice(None), np.float64).reshape(-1, height, width)
    wall = np.zeros((s.side * height, s.side * width))
    i = s.first
    for x in range(s.side):
        for y in range(s.side):
            wall[y * height : (y + 1) * height, x * width : (x + 1) * width] = pixels[
                i % len(pixels)
            ]
            i += 1
    wall[(s.side - 1) * height :, :] = wall[:height, :]
    wall[:, (s.side - 1) * width :] = wall[:, :width]

    draws = np.random.default_rng(seed).uniform(-1, 1, (-(-s.frames // s.turn_every), 2))
    place = np.full(2, s.side * width / 2)
    velocity = np.zeros(2)
    frames = []
    for t in range(s.frames):
        if t % s.turn_every == 0:
            acceleration = draws[t // s.turn_every]
        place = place + velocity
        velocity = np.clip(velocity + acceleration, -s.max_speed, s.max_speed)
        x, y = (int(p) % ((s.side - 1) * width) for p in place)
        frames.append(wall[y : y + s.window, x : x + s.window].ravel())
    return np.array(frames)


@pytest.mark.parametrize(
    "s",
    [
        spec(side=5, window=6),
        spec(side=3, window=4, first=7, max_speed=0.7, turn_every=3, frames=999),
        spec(side=2, window=1, max_speed=40, turn_every=7),
    ],
    ids=["window of an image", "slow and small", "two images fast"],
)
def test_every_frame_is_that_of_the_walk_taken_step_by_step(s):
    images = pictures()
    expected = frames_step_by_step(s, images, seed=3)
    assert (wander(s, images, seed=3).rows(slice(None), np.float64) == expected).all()


def test_the_walk_crosses_the_edges_of_the_wall_both_ways():
    walk = wander(spec(side=3, window=6), pictures()).positions
    assert walk.min() == 0
    assert walk.max() == 2 * 6 - 1
    jumps = np.diff(walk, axis=0)
    assert (jumps > 6).any()
    assert (jumps < -6).any()


def test_the_window_starts_in_the_middle_at_rest():
    t = wander(spec(side=5, window=6), pictures())
    assert t.positions[0].tolist() == [15, 15]
    assert t.positions.dtype == np.int32


def test_images_fill_the_wall_column_by_column_from_the_first():
    images = pictures()
    wall = wander(spec(side=4, window=6, first=5), images).wall(np.float64)
    tile = images.rows(slice(None), np.float64).reshape(-1, 6, 6)
    assert (wall[:6, :6] == tile[5]).all()
    assert (wall[6:12, :6] == tile[6]).all()
    assert (wall[:6, 6:12] == tile[9]).all()


def test_last_row_and_column_of_the_wall_repeat_the_first():
    wall = wander(spec(side=4, window=6), pictures()).wall()
    assert (wall[-6:] == wall[:6]).all()
    assert (wall[:, -6:] == wall[:, :6]).all()


def test_frames_can_be_asked_for_in_any_order():
    t = wander(spec(side=5, window=6, frames=200), pictures())
    whole = t.rows(slice(None))
    mixed = np.random.default_rng(0).permutation(200)
    assert (t.rows(mixed) == whole[mixed]).all()
    assert (t.rows(slice(50, 60)) == whole[50:60]).all()
    assert len(t) == 200
    assert t.shape == (6, 6)
    assert whole.dtype == np.float32


def test_more_frames_leave_the_earlier_ones_as_they_were():
    short = wander(spec(side=5, window=6, frames=150), pictures())
    longer = wander(spec(side=5, window=6, frames=1000), pictures())
    assert (longer.positions[:150] == short.positions).all()


def test_float_images_stay_as_they_are():
    images = pictures(dtype=np.float64)
    t = wander(spec(side=4, window=6), images)
    assert t.wall(np.float64).max() == images.raw.max()


def test_a_wall_past_the_last_image_goes_on_from_the_first_and_says_so():
    images = pictures(n=10)
    t = wander(spec(side=4, window=6), images)
    tile = images.rows(slice(None)).reshape(-1, 6, 6)
    assert (t.wall()[12:18, 12:18] == tile[0]).all()
    assert t.notes == (
        "streams.wander: the wall reaches image 10 and there are 10: "
        "past the last it goes on from image 0",
    )


def test_a_wall_that_just_fits_says_nothing():
    # The images of the last row and column are hidden: the last one seen is number 10.
    assert wander(spec(side=4, window=6), pictures(n=11)).notes == ()


def test_images_that_are_not_square_are_refused():
    with pytest.raises(DataError) as error:
        wander(spec(), Images(np.zeros((3, 50))))
    assert str(error.value) == "streams.wander: needs square images (got 1 x 50)"


def test_a_window_larger_than_an_image_is_refused():
    with pytest.raises(DataError) as error:
        wander(spec(window=30), pictures(side=28))
    assert str(error.value) == (
        "streams.wander.window: must be at most 28, the side of an image (got 30)"
    )


@pytest.mark.parametrize(
    ("key", "low"),
    [
        ("side", 1),
        ("first", -1),
        ("window", 0),
        ("frames", 0),
        ("max_speed", 0.0),
        ("turn_every", 0),
    ],
)
def test_a_number_out_of_its_range_is_a_fault_of_that_key(key, low):
    with pytest.raises(ValidationError) as error:
        spec(**{key: low})
    assert [fault["loc"] for fault in error.value.errors()] == [(key,)]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("3", "w: must be a mapping (got 3)"),
        ("{kind: wall}", "w.kind: must be tapestry (got wall)"),
        ("{kind: tapestry, side: 1}", "w.side: must be at least 2 (got 1)"),
        ("{kind: tapestry, first: -1}", "w.first: must be at least 0 (got -1)"),
        ("{kind: tapestry, window: 0}", "w.window: must be at least 1 (got 0)"),
        ("{kind: tapestry, frames: 0}", "w.frames: must be at least 1 (got 0)"),
        ("{kind: tapestry, max_speed: 0}", "w.max_speed: must be greater than 0 (got 0)"),
        ("{kind: tapestry, max_speed: .inf}", "w.max_speed: must be finite (got .inf)"),
        ("{kind: tapestry, turn_every: 0}", "w.turn_every: must be at least 1 (got 0)"),
        ("{kind: tapestry, frames: 1e4}", "w.frames: must be a whole number (got 10000.0)"),
    ],
)
@pytest.mark.usefixtures("here")
def test_the_limits_of_a_stream_are_told(given, fault):
    (line,) = faults_in(base(streams=f"{{w: {given}}}"))
    assert line.split(": ", 1)[1] == f"streams.{fault}"


@pytest.mark.usefixtures("here")
def test_the_name_of_a_stream_is_a_name_and_not_train():
    text = base(streams="{train: {kind: tapestry}, 3d: {kind: tapestry}}")
    assert faults_in(text) == [
        "3:11: streams.train: must have another name; train means the training images",
        f"3:36: streams.3d: {NAME}",
    ]
