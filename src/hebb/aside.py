"""`aside`: a file is written beside its place and renamed, so that no reader meets half of one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTS = ".*.part"  # what a process that was killed may leave behind


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Where to write what takes the place of `path` at the end; nothing does if that fails."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
