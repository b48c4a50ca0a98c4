"""Writes what an epoch leaves behind while the next one is under way."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self


class BackgroundWriter:
    """One thread that writes. What has gone wrong there is raised by the next call.

    One thing at a time: whoever brings the next waits for the last, so that no more than two
    copies of the weights are ever held for it.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hebb-writer")
        self._under_way: Future | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: Any) -> None:
        """What was brought is written, whatever has ended the run."""
        self._thread.shutdown(wait=True)

    def write(self, write: Callable[[], Any]) -> None:
        self.wait()
        self._under_way = self._thread.submit(write)

    def wait(self) -> None:
        """Wait until everything is on the disk."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()
