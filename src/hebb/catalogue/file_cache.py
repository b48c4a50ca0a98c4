"""What was read from a file, kept while the file is as it was."""

import os
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def file_cache(n: int) -> Callable[[Callable[[Path], T]], Callable[[Path], T]]:
    """Of a function that reads a file: the last `n` files are not read again until they change.

    What it returns is shared by all who ask, and is not to be altered. What it raises is not kept.
    """

    def keep(read: Callable[[Path], T]) -> Callable[[Path], T]:
        @lru_cache(n)
        def as_it_was(path: Path, stamp: tuple[int, int, int]) -> T:
            return read(path)

        @wraps(read)
        def look(path: Path) -> T:
            try:
                stat = os.stat(path)
            except OSError:
                return read(path)  # which says in its own words what is wrong
            # A file that is written aside and renamed is another one, however fast that went.
            return as_it_was(path.absolute(), (stat.st_ino, stat.st_size, stat.st_mtime_ns))

        return look

    return keep
