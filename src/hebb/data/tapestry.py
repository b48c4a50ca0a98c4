"""`Tapestry`: a window that wanders over a wall of images.

    the wall     side x side images, column by column from image `first`; then its last
                 row of images repeats the first row, and its last column the first column
    each frame   where its number divides by turn_every: a = U(-1, 1) on each axis
                 position += velocity;  velocity = clip(velocity + a, +-max_speed)
                 cut at int(position) modulo (side - 1) x the image's side

The window starts in the middle, at rest. int() rounds towards zero, as in the notebooks.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import DTypeLike
from pydantic import Field

from hebb.data.images import Images, intensities
from hebb.errors import DataError
from hebb.spec import Spec


class TapestrySpec(Spec):
    """A stream of kind `tapestry`. Lengths in pixels, speed in pixels a frame."""

    kind: Literal["tapestry"]
    side: int = Field(default=30, ge=2)
    """Images to a side of the wall."""
    first: int = Field(default=0, ge=0)
    """The training image at the wall's corner."""
    window: int = Field(default=28, ge=1)
    """Pixels to a side of the window."""
    frames: int = Field(default=10_000, ge=1)
    """How many there are before the stream begins anew."""
    max_speed: float = Field(default=3.0, gt=0)
    """Pixels a frame on each axis, at most."""
    turn_every: int = Field(default=20, ge=1)
    """Frames between two draws of the acceleration."""


class Tapestry:
    """The frames of a tapestry, cut when they are asked for.

    positions: (frames, 2) int32, the column and the row of each frame's corner on the
    wall. images: the numbers of the images on the wall. notes: what a run must say aloud.
    `name` is the stream's, for errors. All of `rng` that is used is one draw, (turns, 2).
    Raises DataError where the images do not suit the spec.
    """

    def __init__(self, spec: TapestrySpec, images: Images, rng: np.random.Generator, name: str):
        height, width = images.shape
        if height != width:
            raise DataError(f"streams.{name}: needs square images (got {height} x {width})")
        if spec.window > width:
            raise DataError(
                f"streams.{name}.window: must be at most {width}, the side of an image "
                f"(got {spec.window})"
            )
        self.shape = (spec.window, spec.window)

        number = spec.first + np.arange(spec.side**2).reshape(spec.side, spec.side).T
        number[-1] = number[0]
        number[:, -1] = number[:, 0]
        self.notes: tuple[str, ...] = ()
        if number.max() >= len(images):
            self.notes = (
                f"streams.{name}: the wall reaches image {number.max():,} and there are "
                f"{len(images):,}: past the last it goes on from image 0",
            )
        self.images = np.unique(number % len(images))
        blocks = images.raw[number % len(images)]  # (side, side, H, W)
        self._wall = blocks.swapaxes(1, 2).reshape(spec.side * width, spec.side * width)

        turns = -(-spec.frames // spec.turn_every)
        accelerations = rng.uniform(-1, 1, (turns, 2))
        self.positions = np.empty((spec.frames, 2), np.int32)
        for axis in range(2):
            steps = _wander(spec, width, accelerations[:, axis].tolist())
            self.positions[:, axis] = np.fromiter(steps, np.int32, spec.frames)

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def n_values(self) -> int:
        """Values in one frame."""
        return self.shape[0] * self.shape[1]

    def rows(self, index: slice | np.ndarray, dtype: DTypeLike = np.float32) -> np.ndarray:
        """Frames (n, window * window), a copy; bytes scaled to [0, 1], floats as they are."""
        x, y = self.positions[index].T
        frames = sliding_window_view(self._wall, self.shape)[y, x]
        return intensities(frames, dtype).reshape(len(frames), -1)

    def wall(self, dtype: DTypeLike = np.float32) -> np.ndarray:
        """The whole wall, (side * H, side * W)."""
        return intensities(self._wall, dtype)


def _wander(spec: TapestrySpec, image_side: int, accelerations: list[float]) -> Iterator[int]:
    """The window's place on one axis, frame by frame."""
    # Plain floats: the same float64 arithmetic as NumPy's, at a tenth of the time a step.
    period = (spec.side - 1) * image_side
    top = float(spec.max_speed)
    position, velocity, acceleration = spec.side * image_side / 2, 0.0, 0.0
    for frame in range(spec.frames):
        if frame % spec.turn_every == 0:
            acceleration = accelerations[frame // spec.turn_every]
        position += velocity
        velocity = min(max(velocity + acceleration, -top), top)
        yield int(position) % period
