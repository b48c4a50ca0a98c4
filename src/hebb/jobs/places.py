"""Where jobs are run: processes of this machine, or the workers of a Dask cluster.

Both take jobs with `start` and give them back, each with its outcome, by `finished`; `busy` jobs
are under way, and `width` may be. `stop` asks for an end that can be gone on from. Leaving the
`with` of a place ends whatever is still under way in it.
"""

import asyncio
import math
import os
import queue
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Self

from tqdm import tqdm

from hebb.cores import NAME, cores, shares
from hebb.errors import UsageError
from hebb.jobs.work import Job, Outcome, carry_out

CONNECT_SECONDS = 10
THREADS = (NAME, "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def at_once(jobs: int | None, runs: int) -> int:
    """How many of so many runs are under way at once on this machine, of which `jobs` may be.

    By default half as many as there are cores: a run keeps about two busy, since its layers are a
    pipeline.
    """
    return max(1, min(jobs or cores() // 2, runs))


class Local:
    """Processes of this machine, each doing one run after another on its share of the cores.

    Not a ProcessPoolExecutor: when one of its processes is killed, for want of memory say, all
    that it was given is lost, and here it is one run.
    """

    def __init__(self, jobs: int):
        self.width = jobs
        self._shares = shares(jobs)  # that no process has
        self._idle: list[tuple[Connection, _Worker]] = []
        self._busy: dict[Any, tuple[Job, _Worker]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: Any) -> None:
        workers = [*self._idle, *((line, worker) for line, (_, worker) in self._busy.items())]
        for line, worker in workers:
            worker.process.kill()
            worker.process.join()
            line.close()

    @property
    def busy(self) -> int:
        return len(self._busy)

    def start(self, job: Job) -> None:
        for line, worker in list(self._idle):
            if not worker.process.is_alive():
                self._idle.remove((line, worker))
                self._shares.append(worker.share)
        if self._idle:
            line, worker = self._idle.pop()
        else:
            line, worker = _spawned(self._shares[0])
            del self._shares[0]  # now that it has begun
        self._busy[line] = (job, worker)
        with suppress(OSError):  # where it has just died, `finished` will find it so
            line.send(job)

    def finished(self, seconds: float) -> Iterator[tuple[Job, Outcome]]:
        """Jobs that end within `seconds`, with their outcomes."""
        for line in connection.wait(list(self._busy), seconds):
            job, worker = self._busy.pop(line)
            try:
                found = line.recv()  # type: ignore[union-attr]
                self._idle.append((line, worker))  # type: ignore[arg-type]
            except (EOFError, OSError):
                worker.process.join()
                self._shares.append(worker.share)
                code = worker.process.exitcode
                error = f"its process has died (exit code {code}), of memory perhaps"
                found = Outcome("failed", error=error)
            yield job, found

    def stop(self) -> None:
        """Each run makes a checkpoint and ends; `finished` still tells."""
        for line in self._busy:
            with suppress(OSError):
                line.send(None)


@dataclass(frozen=True)
class _Worker:
    """A process of `Local`, and the cores that its runs may use."""

    process: BaseProcess
    share: int


def _spawned(share: int) -> tuple[Connection, _Worker]:
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there,), daemon=True)
    with _threads(share):
        process.start()
    there.close()  # so that the line ends with the process
    return here, _Worker(process, share)


@contextmanager
def _threads(share: int) -> Iterator[None]:
    """Processes begun here keep to so many cores, and so do the libraries that they load."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, str(share)))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def serve(line: Connection) -> None:
    """A process of `Local`: what it does with the jobs that come along the line."""
    os.setsid()  # a terminal's Ctrl-C is for its parent, which then asks each run to stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tqdm.set_lock(threading.RLock())  # its own is one between processes, which a kill leaves behind
    jobs: queue.Queue[Job] = queue.Queue()
    working = threading.Event()
    threading.Thread(target=_listen, args=(line, jobs, working), daemon=True).start()
    while True:
        found = carry_out(jobs.get())
        working.clear()
        line.send(found)


def _listen(line: Connection, jobs: queue.Queue[Job], working: threading.Event) -> None:
    """Take jobs, and None to stop. The line's end is that of the parent, however it ended."""
    try:
        while True:
            job = line.recv()
            if job is not None:
                working.set()
                jobs.put(job)
                continue
            # Training listens to signals, and what comes before and after it is short.
            while working.is_set() and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
                time.sleep(0.02)
            if working.is_set():
                os.kill(os.getpid(), signal.SIGINT)
    except (EOFError, OSError):
        os._exit(1)


class Cluster:
    """The workers of a Dask cluster. They must see the runs' directory under the same path.

    A worker that is lost costs nothing but time: Dask hands its run to another, which goes on
    from the last checkpoint.
    """

    def __init__(self, address: str, width: int | None = None, *, ahead: bool = True):
        """width: runs to hand over at once; by default all where `ahead`, else one a thread.

        UsageError: that is no address, or no scheduler answers.
        """
        from distributed import Client

        way = "`dask scheduler` starts one and prints its address"
        try:
            _try(address)
            self.client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except ValueError as err:
            must = "must be the address of a Dask scheduler, such as tcp://127.0.0.1:8786"
            raise UsageError(f"--scheduler: {must} (got {address}: {err}); {way}") from None
        except (OSError, MemoryError) as err:  # a length that something else seems to announce
            raise UsageError(
                f"--scheduler: no Dask scheduler answers at {address} within {CONNECT_SECONDS} s "
                f"({str(err) or 'what listens there says nothing'}); {way}"
            ) from None
        self._width, self._ahead = width, ahead
        self._under_way: dict[Any, Job] = {}
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: Any) -> None:
        self.stop()
        self.client.close()

    @property
    def width(self) -> float:
        if self._width or self._ahead:
            return self._width or math.inf
        return sum(self.client.nthreads().values()) or 1  # pyright: ignore[reportAttributeAccessIssue]

    @property
    def busy(self) -> int:
        return len(self._under_way)

    def start(self, job: Job) -> None:
        future = self.client.submit(carry_out, job, pure=False)
        self._under_way[future] = job
        future.add_done_callback(self._ended.put)

    def finished(self, seconds: float) -> Iterator[tuple[Job, Outcome]]:
        """Jobs that end within `seconds`, with their outcomes."""
        try:
            future = self._ended.get(timeout=seconds)
        except queue.Empty:
            return
        error = future.exception()  # of Dask: what a run does wrong is in its outcome
        if error is None:
            found = future.result()
        else:
            found = Outcome("failed", error=f"{type(error).__name__}: {error}")
        yield self._under_way.pop(future), found

    def stop(self) -> None:
        """Take back what no worker has begun. What one has begun ends there, and is then found."""
        self.client.cancel(list(self._under_way))
        self._under_way.clear()


def _try(address: str) -> None:
    """Reach a scheduler once. ValueError: that is no address. OSError: none answers.

    A Client that reaches none cannot be closed, and tells of it half a minute after the fault.
    """
    from distributed import Security
    from distributed.comm.core import connect

    async def reach() -> None:
        how = Security().get_connection_args("client")
        comm = await connect(address, timeout=CONNECT_SECONDS, **how)
        await comm.close()

    # In a thread, since in a notebook this one has an event loop under way.
    with ThreadPoolExecutor(1) as thread:
        limit = CONNECT_SECONDS + 1  # later than that of `connect`, which says more
        thread.submit(asyncio.run, asyncio.wait_for(reach(), limit)).result()
