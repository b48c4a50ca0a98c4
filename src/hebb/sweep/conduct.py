"""How a sweep is conducted: jobs go to where they run, and what they come to is shown."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tqdm import tqdm

from hebb.errors import UsageError
from hebb.interrupt import stop_requested
from hebb.store import Folder
from hebb.sweep import table
from hebb.sweep.grid import Job
from hebb.sweep.places import Cluster, Local
from hebb.sweep.search import Search
from hebb.sweep.work import Outcome, outcome

DRAWING_SHARE = 0.05  # of the time, at most, goes into tables and pictures


def conduct(
    todo: Iterator[Job], place: Local | Cluster, search: Search | None, view: "Watch"
) -> bool:
    """Every job, as many at a time as there is room for. True: stopped before the end."""

    def ended(job: Job, found: Outcome) -> None:
        if search is not None:
            search.tell(job, found)
        view.ended(job, found)

    with stop_requested() as stop:
        told = False
        while True:
            while not stop and place.busy < place.width and (job := next(todo, None)):
                found = outcome(job)
                if found.status == "completed" or job.fault:
                    ended(job, found)
                else:
                    view.began(job)
                    place.start(job)
            if stop and not told:
                place.stop()
                told = True
            if not place.busy:
                break
            for job, found in place.finished(0.2):
                ended(job, found)
        view.show()
        return bool(stop) and view.settled < view.total


class Watch(Protocol):
    """Who is told how the jobs get on."""

    @property
    def settled(self) -> int:
        """Runs that are complete or have failed."""
        ...

    @property
    def total(self) -> int: ...

    def began(self, job: Job) -> None:
        """A run is handed to a place; one that was complete already never is."""

    def ended(self, job: Job, found: Outcome) -> None: ...

    def show(self) -> None:
        """The last has ended, or what is left is not to be run."""


class View:
    """The table, the picture and the progress bar, kept up to date."""

    def __init__(self, home: Folder, judged: str, rows: dict[str, tuple[Job, Outcome]], bar: tqdm):
        self.home, self.judged, self.rows, self.bar = home, judged, rows, bar
        self.due = 0.0

    @property
    def settled(self) -> int:
        """Runs that are complete or have failed."""
        return sum(found.status in ("completed", "failed") for _, found in self.rows.values())

    @property
    def total(self) -> int:
        return self.bar.total

    def began(self, job: Job) -> None:
        self.rows[job.id] = (job, Outcome("under way"))

    def ended(self, job: Job, found: Outcome) -> None:
        self.rows[job.id] = (job, found)
        self.bar.update()
        if time.perf_counter() > self.due:
            self.show()

    def show(self) -> None:
        began, rows = time.perf_counter(), list(self.rows.values())
        table.write(self.home, rows, self.judged)
        table.draw(self.home, rows, self.judged)
        ahead = table.best(rows)
        if ahead is not None and ahead.mean is not None:
            self.bar.set_postfix_str(f"best {100 * ahead.mean:.2f} %")
        now = time.perf_counter()
        self.due = now + (now - began) / DRAWING_SHARE


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep a sweep to this process; the lock falls with the process, however it ends."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise UsageError(f"{folder}: is under way in another process") from None
    try:
        yield
    finally:
        os.close(held)
