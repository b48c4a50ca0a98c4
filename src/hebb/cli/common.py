"""What the commands share: the program, its arguments, and how it speaks.

Nothing heavy is imported by this package; each command imports what it needs.
"""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from hebb.errors import UsageError

if TYPE_CHECKING:
    from hebb.store import Folder

Given = TypeVar("Given", bound="Folder")

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


def number(
    option: str, help: str, *, least: float | None = None, most: float | None = None,
    kind: type[int] | type[float] = int, metavar: str = "N",
) -> Any:  # fmt: skip
    """An option that is a number; what is none is refused in the words of all other faults."""

    def read(text: Any) -> int | float:
        must = "be a whole number" if kind is int else "be a number"
        try:
            value = kind(text)
            if least is not None and not value >= least:
                must = f"be at least {least:g}"
            elif most is not None and not value <= most:
                must = f"be at most {most:g}"
            else:
                return value
        except ValueError:
            pass
        raise UsageError(f"{option}: must {must} (got {text})")

    return typer.Option(parser=read, metavar=metavar, help=help)


def tell(line: Any) -> None:
    """To the person watching, not to a program reading standard output."""
    print(line, file=sys.stderr)


def once(given: Iterable[Given]) -> list[Given]:
    """Runs and sweeps in their order, each once; whichever is given again is told."""
    found: dict[Path, Given] = {}
    for each in given:
        if each is not found.setdefault(each.path.resolve(), each):
            tell(f"{each.id}: is given more than once, and taken once")
    return list(found.values())


def width() -> int:
    """Columns of the terminal; without one, nothing is cut."""
    return shutil.get_terminal_size(fallback=(10_000, 24)).columns
