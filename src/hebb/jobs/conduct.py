"""How jobs are conducted: they go to where they run, and what they come to is told."""

from collections.abc import Iterator
from typing import Protocol

from hebb.interrupt import stop_requested
from hebb.jobs.places import Cluster, Local
from hebb.jobs.work import Job, Outcome, outcome


def conduct(todo: Iterator[Job], place: Local | Cluster, listener: "Listener") -> bool:
    """Every job, as many at a time as there is room for. True: stopped before the end."""
    with stop_requested() as stop:
        told = False
        while True:
            while not stop and place.busy < place.width and (job := next(todo, None)):
                found = outcome(job)
                if found.status == "completed" or job.fault:
                    listener.ended(job, found)
                else:
                    listener.began(job)
                    place.start(job)
            if stop and not told:
                place.stop()
                told = True
            if not place.busy:
                break
            for job, found in place.finished(0.2):
                listener.ended(job, found)
        listener.show()
        return bool(stop) and listener.settled < listener.total


class Listener(Protocol):
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
