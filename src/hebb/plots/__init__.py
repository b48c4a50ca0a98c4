"""Arrays in, one picture file out: a function a kind of picture, a file a function.

Only the commands that plot import this package, because Matplotlib takes its time.
The same arrays give the same bytes, and a picture is there whole or not at all. In place of a
path each takes a binary file that is open for writing.
"""

from hebb.plots.accuracy import accuracy
from hebb.plots.confusion import confusion
from hebb.plots.curves import curves
from hebb.plots.strip import strip
from hebb.plots.sweep import sweep
from hebb.plots.tapestry import tapestry

__all__ = ["accuracy", "confusion", "curves", "strip", "sweep", "tapestry"]
