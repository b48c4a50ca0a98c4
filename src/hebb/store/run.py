"""`Run`: the directory of a run, and what it leaves behind.

    runs/<name>-NNN/
      config.yaml   the experiment as resolved      run.json   status, seed, versions, times
      metrics.jsonl a line each epoch               log.txt    what was said
      snapshots/000010000.npz  weights, by inputs seen: (N, D) arrays under <layer>.<array>
      eval.json     plots/*.png (or .svg)      films/*.gif (or .png, .mp4)

Nothing is ever unpickled.
"""

import fcntl
import json
import os
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import numpy as np

from hebb.archive import read_arrays
from hebb.aside import PARTS
from hebb.errors import UsageError
from hebb.store.folder import Folder, paths_of

LOOKS, LOOK = 10, 0.02  # s: `is_held` keeps a lock for far less than these pauses together

ASKED = "sweep.json"  # what was asked for, in the directory of a sweep


class Run(Folder):
    """One run directory."""

    @classmethod
    def create(cls, runs_dir: Path, name: str, id: str | None = None) -> Self:
        run = super().create(runs_dir, name, id)
        try:
            (run.path / "snapshots").mkdir()
        except OSError as err:
            raise UsageError(f"{runs_dir}: cannot be written: {err.strerror}") from None
        return run

    @classmethod
    def open(cls, run: str, runs_dir: Path) -> Self:
        """The run called `run`: a path, an id in `runs_dir`, or `latest`."""
        if run == "latest":
            dirs = [each.parent for each in runs_dir.glob("*/config.yaml")]
            if not dirs:
                raise UsageError(f"{runs_dir}: holds no run yet; `hebb run CONFIG` makes one")
            return cls(max(dirs, key=lambda each: (each / "config.yaml").stat().st_mtime_ns))
        for path in paths_of(run, runs_dir):
            if (path / "config.yaml").is_file():
                return cls(path)
        raise no_such_run(run, runs_dir)

    # run.json

    def info(self) -> dict[str, Any]:
        """run.json: status, seed, versions, git, device, dataset, times and error."""
        info = self.read_json("run.json")
        if not isinstance(info, dict) or not {"status", "dataset"} <= info.keys():
            raise UsageError(f"{self.path / 'run.json'}: lacks status or dataset: it is no run's")
        return info

    def note(self, **entries: Any) -> None:
        """Add entries to run.json."""
        known = self.read_json("run.json") if (self.path / "run.json").is_file() else {}
        self.write_json("run.json", known | entries)

    def log(self, text: str) -> None:
        """A line of log.txt, with the time."""
        self.append("log.txt", f"{now()} {text}")

    def append_metrics(self, record: dict[str, Any]) -> None:
        self.append("metrics.jsonl", json.dumps(record))

    def metrics(self) -> list[dict[str, Any]]:
        """The records of metrics.jsonl, one an epoch. A line that was cut short is not one."""
        path = self.path / "metrics.jsonl"
        try:
            text = path.read_text(encoding="utf-8") if path.is_file() else ""
        except ValueError:
            raise UsageError(f"{path}: is no text") from None
        records = []
        for n, line in enumerate(text.splitlines(keepends=True), 1):
            if line[-1] == "\n":
                try:
                    records.append(json.loads(line))
                except ValueError:
                    raise UsageError(f"{path}: line {n} is no JSON") from None
        return records

    # going on

    def save_checkpoint(self, position: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """All that is needed to go on, in one file, so that its parts belong together."""
        words = np.array(json.dumps(position))
        self.write("checkpoint.npz", lambda f: np.savez(f, position=words, **arrays))  # pyright: ignore

    def has_checkpoint(self) -> bool:
        return (self.path / "checkpoint.npz").is_file()

    def forget_checkpoint(self) -> None:
        """A complete run needs none, and looks alike whether it was ever cut or not."""
        (self.path / "checkpoint.npz").unlink(missing_ok=True)

    def checkpoint(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Position and arrays of the last checkpoint."""
        return self._checkpoint(None)

    def position(self) -> dict[str, Any]:
        """Where the last checkpoint was made: the rest of it is not read."""
        return self._checkpoint(["position"])[0]

    def _checkpoint(
        self, keys: Collection[str] | None
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        path = self.path / "checkpoint.npz"
        arrays = read_arrays(path, keys)
        try:
            return json.loads(str(arrays.pop("position"))), arrays
        except (KeyError, ValueError):
            raise UsageError(f"{path}: is not a checkpoint") from None

    def cut_back(self, records: int, inputs: int) -> None:
        """Forget what came after a checkpoint: metrics, snapshots, and what was read out."""
        kept = self.metrics()[:records]
        if len(kept) < records:
            path = self.path / "metrics.jsonl"
            raise UsageError(f"{path}: lacks lines: {len(kept)} of {records} are there")
        self.write_text("metrics.jsonl", "".join(json.dumps(each) + "\n" for each in kept))
        late = [path for seen, path in self.snapshots().items() if seen > inputs]
        stale = [*self.path.glob("eval.json"), *self.path.glob("eval-*.json")]
        for path in (*late, *stale, *self.path.glob("plots/*.*g"), *self.path.rglob(PARTS)):
            path.unlink(missing_ok=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the run to this process; the lock falls with the process, however it ends."""
        try:
            lock = open(self.path / "lock", "a")
        except OSError as err:
            raise UsageError(f"{self.path}: cannot be written: {err.strerror}") from None
        with lock as file:
            for turn in reversed(range(LOOKS)):
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if not turn:
                        info = self.info()
                        where = f"{info.get('pid')} on {info.get('host')}"
                        raise UsageError(f"{self.path}: is under way in process {where}") from None
                    time.sleep(LOOK)
            yield

    def is_held(self) -> bool:
        """Whether some process is at the run. OSError: its lock is somebody else's."""
        try:
            file = open(self.path / "lock")
        except FileNotFoundError:  # looking must not leave one behind
            return False
        with file:
            try:
                # Shared, so that whoever else is looking is not taken for one who is at it.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    # snapshots

    def save_snapshot(self, inputs: int, arrays: dict[str, np.ndarray]) -> None:
        (self.path / "snapshots").mkdir(exist_ok=True)  # it may have been deleted
        self.write(f"snapshots/{inputs:09d}.npz", lambda file: np.savez(file, **arrays))  # pyright: ignore

    def snapshots(self) -> dict[int, Path]:
        """Paths by the number of inputs seen, in order."""
        paths = [p for p in (self.path / "snapshots").glob("*.npz") if p.stem.isdecimal()]
        return {int(path.stem): path for path in sorted(paths, key=lambda path: int(path.stem))}

    def snapshot(self, which: str | int = "last") -> tuple[int, dict[str, np.ndarray]]:
        """Inputs seen and the arrays of a snapshot: `first`, `last`, or a number of inputs."""
        inputs, path = self.find(which)
        try:
            return inputs, read_arrays(path)
        except UsageError as err:
            raise UsageError(f"{err}; {self._instead_of(inputs)}") from None

    def _instead_of(self, inputs: int) -> str:
        """What can be done where the weights after so many inputs are damaged."""
        way = self._had_again() if inputs else self._trained_anew()
        for seen, path in reversed(self.snapshots().items()):
            with suppress(UsageError):
                if 0 < seen < inputs and read_arrays(path):
                    return f"those of --snapshot {seen} are whole, and {way}"
        return way

    def _had_again(self) -> str:
        """How a run comes to its last weights where they are lost."""
        with suppress(UsageError):
            if self.info()["status"] != "completed":
                goes_on = "goes on from its last checkpoint"
                how = goes_on if self.has_checkpoint() else "begins it again"
                return f"`hebb resume {self.path}` {how}"
        return self._trained_anew()

    def _trained_anew(self) -> str:
        return f"`hebb run {self.path / 'config.yaml'}` trains it anew"

    def find(self, which: str | int = "last") -> tuple[int, Path]:
        """Inputs seen and the path of a snapshot."""
        known = self.snapshots()
        if not known:
            raise UsageError(f"{self.path}: has no snapshot; {self._had_again()}")
        inputs = {"first": min(known), "last": max(known)}.get(str(which))
        if inputs is None and str(which).isdecimal():
            inputs = int(which)
        if inputs not in known:
            raise UsageError(f"{self.path}: has no snapshot {which}; it has {_some(known, inputs)}")
        return inputs, known[inputs]


def _some(known: Collection[int], wanted: int | None) -> str:
    """Which snapshots there are: all where they are few, else also those about the one wanted."""
    if len(known) < 9:
        return ", ".join(["first", "last", *map(str, known)])
    below = [each for each in known if wanted is not None and each < wanted]
    above = [each for each in known if wanted is not None and each > wanted]
    near = " and ".join(str(each) for each in (*below[-1:], *above[:1]))
    span = f"first, last, {min(known)} to {max(known)}"
    return f"{span}; the nearest: {near}" if near else span


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def is_sweep(path: Path) -> bool:
    return (path / ASKED).is_file()


def is_like_a_run(path: Path) -> bool:
    """Whether there is any of what makes a run, which may be damaged."""
    files = ("run.json", "config.yaml")
    return any(os.path.isfile(path / name) for name in files) or os.path.isdir(path / "snapshots")


def no_such_run(name: str, runs_dir: Path) -> UsageError:
    """What is said where `name` is neither a whole run's path nor its id in a directory."""
    for path in paths_of(name, runs_dir):
        if is_sweep(path):
            runs = sorted(each for each in path.iterdir() if is_like_a_run(each))
            way = f"a run of it is named by its path{f', such as {runs[0]}' if runs else ''}"
            return UsageError(
                f"{name}: is a sweep, not a run; `hebb report {name}` shows it, and {way}"
            )
        if is_like_a_run(path):
            return UsageError(
                f"{path}: has no config.yaml; `hebb show {name}` tells what is left of the run"
            )
    return UsageError(f"{name}: no such run, neither as a path nor in {runs_dir}")
