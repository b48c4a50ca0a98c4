"""An experiment's parts, built and fitted together.

parts          `Apparatus`: what an experiment is shown, its stack, and whether they fit
first_weights  those that are read from a file or another run
opening        the apparatus of a new run, and of one that exists
"""

from hebb.apparatus.first_weights import branched, pinned
from hebb.apparatus.opening import experiment_of, fitted, reopen
from hebb.apparatus.parts import Apparatus

__all__ = ["Apparatus", "branched", "experiment_of", "fitted", "pinned", "reopen"]
