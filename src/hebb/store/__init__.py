"""What is written to the disk, so that nothing half-written is ever seen: runs, sweeps, pages.

folder   files of a directory, each there whole or not at all; how its name is claimed
run      the directory of a run: its files, its lock, going on with it
digest   whether other files are as they were
"""

from hebb.store.digest import check_unchanged, file_digest
from hebb.store.folder import Folder, paths_of
from hebb.store.run import ASKED, Run, is_like_a_run, is_sweep, no_such_run, now

__all__ = [
    "ASKED",
    "Folder",
    "Run",
    "check_unchanged",
    "file_digest",
    "is_like_a_run",
    "is_sweep",
    "no_such_run",
    "now",
    "paths_of",
]
