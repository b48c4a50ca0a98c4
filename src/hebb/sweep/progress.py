"""How far a sweep is, for those who wait for it."""

import time

from tqdm import tqdm

from hebb.jobs import Job, Outcome
from hebb.store import Folder
from hebb.sweep import table
from hebb.sweep.search import Search

DRAWING_SHARE = 0.05  # of the time, at most, goes into tables and pictures


class Progress:
    """The table, the picture and the progress bar of a sweep, kept up to date.

    A search is told what its trials come to.
    """

    def __init__(
        self,
        home: Folder,
        judged: str,
        rows: dict[str, tuple[Job, Outcome]],
        bar: tqdm,
        search: Search | None,
    ):
        self.home, self.judged, self.rows, self.bar, self.search = home, judged, rows, bar, search
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
        if self.search is not None:
            self.search.tell(job, found)
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
