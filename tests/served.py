"""What tests of live pages share: a server in this process, and the command in its own."""

import subprocess
import sys
import threading
from contextlib import contextmanager

from hebb.watch.server import Server

HEBB = [sys.executable, "-c", "from hebb.cli import main; main()"]


@contextmanager
def serving(runs_dir):
    server = Server(runs_dir, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def watching(*arguments, cwd):
    """`hebb watch ARGUMENTS`: its process, and the address that it prints."""
    process = subprocess.Popen(
        [*HEBB, "watch", *map(str, arguments)],
        cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()
