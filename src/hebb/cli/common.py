"""What the commands share: the program, its arguments, and how it speaks.

Nothing heavy is imported by this package; each command imports what it needs.
"""

import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False, context_settings={"help_option_names": ["--help", "-h"]},
)  # fmt: skip


Config = Annotated[
    str,
    typer.Argument(metavar="CONFIG", help="An experiment file, or the name of a shipped one."),
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help="Settings, such as layers.sparse.n_w=15."),
]
RunName = Annotated[
    str, typer.Argument(metavar="RUN", help="A run: its path, its bare id, or `latest`.")
]
RunNames = Annotated[
    list[str], typer.Argument(metavar="RUN ...", help="Runs: paths, bare ids, or `latest`.")
]
RunsDir = Annotated[Path, typer.Option(help="Where run directories are.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but the result.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Snapshot = Annotated[
    str, typer.Option(help="Weights to use: `last`, `first`, or a number of inputs seen.")
]


def tell(line: Any) -> None:
    """To the person watching, not to a program reading standard output."""
    print(line, file=sys.stderr)


def width() -> int:
    """Columns of the terminal; without one, nothing is cut."""
    return shutil.get_terminal_size(fallback=(10_000, 24)).columns
