"""How often a progress bar is drawn."""

import sys


def seconds_between() -> float:
    """Between two drawings: a log is not redrawn, and keeps its lines."""
    return 0.1 if sys.stderr.isatty() else 60.0
