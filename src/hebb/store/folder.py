"""A directory that `hebb` writes to: whoever reads a file of it reads it whole.

Files are written aside, flushed to the disk and renamed.
"""

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

from hebb.aside import aside
from hebb.errors import HebbError, UsageError

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Folder:
    """The directory of a run, of a sweep or of a page."""

    def __init__(self, path: Path):
        self.path = path

    @classmethod
    def create(cls, runs_dir: Path, name: str, id: str | None = None) -> Self:
        """Claim a new directory: `<name>-NNN` with the next free number, or `id`."""
        cls.check_new(runs_dir, id)
        try:
            runs_dir.mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise UsageError(f"{runs_dir}: cannot be written: {err.strerror}") from None
        try:
            path = runs_dir / id if id else _claim_number(runs_dir, name)
            if id:
                path.mkdir()
        except FileExistsError:
            raise UsageError(
                f"{runs_dir / (id or '')}: exists already; choose another --id"
            ) from None
        except OSError as err:
            raise UsageError(f"{runs_dir}: cannot be written: {err.strerror}") from None
        return cls(path)

    @staticmethod
    def check_new(runs_dir: Path, id: str | None) -> None:
        """UsageError: no run of this id can be made there. Before the work, as `create` is late."""
        if id is not None and not ID.fullmatch(id):
            raise UsageError(f"--id: must be letters, digits, . _ or - (got {id})")
        if id == "latest":
            raise UsageError("--id: must not be latest, which always means the newest run")
        if id is not None and (runs_dir / id).exists():
            raise UsageError(f"{runs_dir / id}: exists already; choose another --id")
        if runs_dir.exists() and not runs_dir.is_dir():
            raise UsageError(f"{runs_dir}: cannot be written: File exists")

    @property
    def id(self) -> str:
        return self.path.resolve().name

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep what is done in it to this process; the lock falls with the process.

        UsageError: another is at it.
        """
        held = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(held)
            raise UsageError(f"{self.path}: is under way in another process") from None
        try:
            yield
        finally:
            os.close(held)

    def write_json(self, name: str, data: Any) -> None:
        self.write(name, lambda file: file.write((json.dumps(data, indent=1) + "\n").encode()))

    def read_json(self, name: str) -> Any:
        path = self.path / name
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except OSError as err:
            raise UsageError(f"{path}: cannot be read: {err.strerror}") from None
        except ValueError:
            raise UsageError(f"{path}: is not whole: no JSON can be read from it") from None

    def write_text(self, name: str, text: str) -> None:
        self.write(name, lambda file: file.write(text.encode()))

    def write(self, name: str, fill: Callable[[IO[bytes]], Any]) -> None:
        """Write a file so that whoever reads it reads it whole, after a power cut too."""
        path = self.path / name
        try:
            with aside(path) as part, open(part, "wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            _sync_folder(path.parent)
        except OSError as err:
            raise HebbError(f"{path}: cannot be written: {err.strerror}") from None

    def append(self, name: str, line: str) -> None:
        try:
            with open(self.path / name, "a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as err:
            raise HebbError(f"{self.path / name}: cannot be written: {err.strerror}") from None


def paths_of(name: str, runs_dir: Path) -> list[Path]:
    """Where a run or a sweep called `name` may be: at that path, and in runs_dir as an id.

    Only a bare id is looked for there: `../x` must not lead out of it.
    """
    if not name:
        return []
    bare = name != ".." and Path(name).name == name
    return [Path(name), runs_dir / name] if bare else [Path(name)]


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _claim_number(runs_dir: Path, name: str) -> Path:
    pattern = re.compile(rf"{re.escape(name)}-(\d+)")
    taken = [int(m[1]) for each in runs_dir.iterdir() if (m := pattern.fullmatch(each.name))]
    number = max(taken, default=0)
    while True:  # two processes may reach for the same number: mkdir lets one have it
        number += 1
        path = runs_dir / f"{name}-{number:03d}"
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
