"""Ctrl-C and SIGTERM: the first asks a run to stop where it can go on, the second stops it now."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hebb.errors import HebbError

_STOPS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(HebbError):
    """A run was asked to stop; what it has learned is saved."""

    exit_code = 130


@contextmanager
def stop_requested() -> Iterator[list[int]]:
    """A list that holds the signal once one has come; a second raises KeyboardInterrupt."""
    received: list[int] = []

    def receive(number: int, frame: Any) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)

    try:
        before = {number: signal.signal(number, receive) for number in _STOPS}
    except ValueError:  # not the main thread: signals are somebody else's to take
        yield received
        return
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
