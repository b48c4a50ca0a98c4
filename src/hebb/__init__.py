"""hebb: a command-line laboratory for networks that learn by local rules."""

from importlib.metadata import version

__version__ = version("hebb-lab")
