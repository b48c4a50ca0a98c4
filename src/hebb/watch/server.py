"""Pages over HTTP, to this machine alone.

    /                                  all runs, a line each
    /RUN/, /SWEEP/, /SWEEP/RUN/        the page of one; without the last slash, sent on to it
    /RUN/frames/INPUTS.json            the pictures of its layers at a snapshot

Only GET, only on loopback, only under the name of loopback (a page of somebody else's that has
its name resolved to 127.0.0.1 is refused), and only what is found by listing the runs directory.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from hebb.catalogue import listing
from hebb.catalogue.sweeps import SweepFolder
from hebb.errors import HebbError
from hebb.report import pictures, sweeps
from hebb.report.gather import gathered, parents
from hebb.report.images import QUICK
from hebb.report.layers import drawn
from hebb.report.page import index, page
from hebb.store import Run, is_like_a_run, is_sweep
from hebb.watch.run_list import run_list

HEADERS = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PAGES, FRAMES = 16, 64  # kept as they are, for whoever else asks for the same
NOT_LOOKED_AT = ("lock", "log.txt")  # a page tells nothing of these


class Server(ThreadingHTTPServer):
    """Serves the runs in a directory. OSError: the port is taken."""

    daemon_threads = True

    def __init__(self, runs_dir: Path, port: int):
        super().__init__(("127.0.0.1", port), Handler)
        self.runs_dir = runs_dir
        self.hosts = {f"{name}:{self.server_port}" for name in ("127.0.0.1", "localhost")}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that has gone away is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "hebb", ""
    timeout = 60  # seconds that an idle connection is kept

    def do_GET(self) -> None:
        if self.headers.get("Host") not in self.server.hosts:
            self._answer(HTTPStatus.FORBIDDEN, b"hebb watch answers under 127.0.0.1 alone\n")
            return
        try:
            self._serve([unquote(part) for part in urlsplit(self.path).path.split("/")[1:]])
        except (HebbError, OSError) as err:
            self._answer(HTTPStatus.NOT_FOUND, f"{err}\n".encode())

    def _serve(self, parts: list[str]) -> None:
        """Answer with what is at a path, its last part being empty for a page."""
        *names, last = parts
        frames = names[-1:] == ["frames"] and last.endswith(".json") and last[:-5].isdecimal()
        shown = _found(self.server.runs_dir, names[:-1] if frames else names)
        if frames and isinstance(shown, Run):
            self._answer(HTTPStatus.OK, _frames(shown, int(last[:-5])), "application/json")
        elif last and _found(self.server.runs_dir, parts) is not None:
            self._answer(HTTPStatus.FOUND, b"", to=f"{quote(last, safe='')}/")
        elif last or shown is None:
            self._answer(HTTPStatus.NOT_FOUND, b"there is no such page\n")
        else:
            self._page(shown)

    def _page(self, shown: Run | SweepFolder | Path) -> None:
        """A page, unless the browser has it as it is already."""
        stamp = hashlib.sha256(repr(_state(shown)).encode()).hexdigest()[:32]
        if self.headers.get("If-None-Match") == f'"{stamp}"':
            self._answer(HTTPStatus.NOT_MODIFIED, b"", tag=stamp)
        else:
            path = shown if isinstance(shown, Path) else shown.path
            self._answer(HTTPStatus.OK, _html(type(shown), path, stamp), "text/html", tag=stamp)

    def _answer(
        self,
        status: HTTPStatus,
        body: bytes,
        kind: str = "text/plain",
        tag: str = "",
        to: str = "",
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if tag:
            self.send_header("ETag", f'"{tag}"')
        if to:
            self.send_header("Location", to)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """A line for each request would bury the address."""


def _found(runs_dir: Path, names: list[str]) -> Run | SweepFolder | Path | None:
    """What the names of a path lead to: at most a sweep and a run in it. None: nowhere.

    Names are looked for among those of a directory, so that no name leads out of it.
    """
    shown: Run | SweepFolder | Path = runs_dir
    for name in names:
        folder = shown if isinstance(shown, Path) else shown.path
        if isinstance(shown, Run) or name.startswith(".") or name not in _names(folder):
            return None
        path = folder / name
        if is_sweep(path):
            shown = SweepFolder(path)
        elif is_like_a_run(path):
            shown = Run(path)
        else:
            return None
    return shown


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


@lru_cache(PAGES)
def _html(kind: type[Run | SweepFolder | Path], path: Path, stamp: str) -> bytes:
    """The page of what is at a path. stamp: of its files, as they are now."""
    shown = kind(path)
    if isinstance(shown, Run):
        return page([gathered(shown)], [], title=shown.id, live=True).encode()
    if isinstance(shown, SweepFolder):
        return page([], [sweeps.gathered(shown)], title=shown.id, live=True).encode()
    lines = [
        line.entry.plain()
        | {
            "href": f"{quote(line.entry.id)}/",
            "began": f"{line.entry.started:%Y-%m-%d %H:%M}",
            "progress": line.progress,
        }
        for line in run_list(shown)
    ]
    swept = [{"id": each.id, "href": f"{quote(each.id)}/"} for each in _sweeps(shown)]
    return index(lines, swept, folder=str(shown.resolve())).encode()


def _sweeps(runs_dir: Path) -> list[SweepFolder]:
    paths = [runs_dir / name for name in sorted(_names(runs_dir))]
    return [SweepFolder(path) for path in paths if is_sweep(path)]


def _state(shown: Run | SweepFolder | Path) -> list[object]:
    """What tells whether a page would be the same again.

    Of what a page is made from, the files' sizes and times are looked at. Read are those that tell
    of a run's parents, which lie elsewhere, and, for the list, those of runs that have changed.
    """
    if isinstance(shown, Run):
        own = [*_files(shown.path), *_files(shown.path / "snapshots")]
        return [listing.is_worked_on(shown), *own, parents(shown)]
    if isinstance(shown, SweepFolder):
        return list(_files(shown.path))
    return [run_list(shown), [each.id for each in _sweeps(shown)]]


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Name, bytes and time of each file of a folder that is written whole."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as found:
        for each in sorted(found, key=lambda each: each.name):
            if each.name not in NOT_LOOKED_AT and not each.name.startswith("."):
                stat = each.stat()
                yield each.name, stat.st_size, stat.st_mtime_ns


def _frames(run: Run, inputs: int) -> bytes:
    """The pictures at a snapshot, as JSON. UsageError: there is none, or it cannot be read."""
    _, path = run.find(inputs)
    return _encoded(run.path, inputs, path.stat().st_mtime_ns)


@lru_cache(FRAMES)
def _encoded(path: Path, inputs: int, written: int) -> bytes:
    return json.dumps(pictures(Run(path), inputs, drawn(Run(path)), QUICK)).encode()
