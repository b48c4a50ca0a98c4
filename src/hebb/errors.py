"""What can go wrong, and what the shell is told.

Every message here is written for the person at the keyboard and is printed as it
stands, without a traceback.
"""


class HebbError(Exception):
    """A run could not do its work. The message is the whole story."""

    exit_code = 1


class UsageError(HebbError):
    """The command, a path or a name is wrong: nothing was started."""

    exit_code = 2


class ConfigError(UsageError):
    """The experiment file does not say what it must. `faults`: one line each, all at once."""

    def __init__(self, faults: list[str]):
        self.faults = faults
        super().__init__("\n".join(faults))


class DataError(UsageError):
    """A dataset cannot be had or does not hold what an experiment needs."""
