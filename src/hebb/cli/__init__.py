"""The command line: parse, call, print. The work is in plain functions elsewhere.

A group of commands is a file; they are listed in the order of the imports below.
"""

import sys
from typing import Annotated

import typer

from hebb.cli import training  # noqa: F401

# isort: split
from hebb.cli import pictures  # noqa: F401

# isort: split
from hebb.cli import experiments  # noqa: F401

# isort: split
from hebb.cli import runs  # noqa: F401

# isort: split
from hebb.cli import sweep  # noqa: F401

# isort: split
from hebb.cli import verify  # noqa: F401

# isort: split
from hebb.cli import machine  # noqa: F401
from hebb.cli.common import app
from hebb.errors import HebbError

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; a user's mistake is told in one message and an exit code."""
    try:
        app()
    except HebbError as err:
        print(err, file=sys.stderr)
        sys.exit(err.exit_code)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # whoever was reading has seen enough
        sys.stderr.close()
        sys.exit(1)
    except OSError as err:
        print(f"{err.filename}: {err.strerror}" if err.filename else err, file=sys.stderr)
        sys.exit(1)


def _version(asked: bool) -> None:
    if asked:
        from hebb import __version__

        print(f"hebb {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A command-line laboratory for networks that learn by local rules.

    Example: hebb run invariant_mnist
    """
