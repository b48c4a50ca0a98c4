"""Digests of files: whether what a run was made from is as it was."""

import hashlib
from pathlib import Path

from hebb.errors import UsageError


def file_digest(path: Path) -> str:
    """sha256 of a file, in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_unchanged(files: dict[str, str | None]) -> None:
    """UsageError: a file, of those that are there, has no longer the digest that a run noted."""
    for path, digest in files.items():
        if digest and Path(path).is_file() and file_digest(Path(path)) != digest:
            raise UsageError(f"{path}: has changed since the run began; put it back to go on")
