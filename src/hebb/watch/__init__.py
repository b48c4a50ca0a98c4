"""`watch`: runs as they train, on a page that this machine alone can see.

The watcher reads run directories and nothing else: training knows nothing of it, and waits for
nothing. It steps back for whoever else wants the processor.
"""

import os
import signal
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import quote

from hebb.catalogue.sweeps import find
from hebb.errors import UsageError
from hebb.output_paths import to_folder
from hebb.watch.server import Server

NICE = 10  # of at most 19: on a busy machine training gets nine times as much of a core

Say = Callable[[str], None]


def watch(
    name: str | None = None,
    runs_dir: Path = Path("runs"),
    *,
    port: int = 0,
    open_page: bool = False,
    tensorboard: Path | None = None,
    say: Say = print,
) -> None:
    """Serve the page until Ctrl-C. UsageError: no such run, no such folder, or the port is taken.

    name: the run or sweep whose page is opened; else that of all runs. tensorboard: a folder
    that TensorBoard's files are written to.
    """
    shown = None if name is None else find(name, runs_dir)
    if tensorboard is not None:
        to_folder(tensorboard)
    folder = runs_dir if shown is None else shown.path.resolve().parent
    try:
        server = Server(folder, port)
    except (OSError, OverflowError) as err:
        reason = getattr(err, "strerror", None) or err
        raise UsageError(f"--port: {port} cannot be had: {reason}") from None
    with suppress(OSError):
        os.nice(NICE)
    with suppress(ValueError):  # in a thread signals are somebody else's to take
        # What a shell starts in the background ignores it, and should end all the same.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    address = f"http://127.0.0.1:{server.server_port}/"
    address += "" if shown is None else f"{quote(shown.id)}/"
    with ExitStack() as ending:
        ending.callback(server.server_close)
        say(f"watching {folder if shown is None else shown.path}; Ctrl-C ends it")
        print(address, flush=True)
        if tensorboard is not None:
            from hebb.watch.board import board  # of TensorFlow no more than who asks for it

            ending.enter_context(board(tensorboard, shown or folder, say))
        if open_page:
            webbrowser.open(address)
        with suppress(KeyboardInterrupt):
            server.serve_forever(poll_interval=0.5)
    say("ended")
