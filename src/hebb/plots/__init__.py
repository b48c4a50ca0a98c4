"""Arrays in, one picture file out: a function a kind of picture, a file a function.

Only the commands that plot import this package, because Matplotlib takes its time.
The same arrays give the same bytes, and a picture is there whole or not at all. In place of a
path each takes a binary file that is open for writing. `with style.using(...)` they are drawn on
a dark page, finer, or as SVG.
"""

from hebb.plots.accuracy import accuracy
from hebb.plots.confusion import confusion
from hebb.plots.coverage import coverage
from hebb.plots.curves import curves
from hebb.plots.growth import growth
from hebb.plots.neighbours import neighbours
from hebb.plots.strip import strip
from hebb.plots.sweep import sweep
from hebb.plots.tapestry import tapestry
from hebb.plots.unit import unit
from hebb.plots.units import units
from hebb.plots.winners import winners

__all__ = [
    "accuracy",
    "confusion",
    "coverage",
    "curves",
    "growth",
    "neighbours",
    "strip",
    "sweep",
    "tapestry",
    "unit",
    "units",
    "winners",
]
