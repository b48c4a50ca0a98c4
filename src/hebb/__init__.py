"""hebb: a command-line laboratory for networks that learn by local rules.

From Python: `hebb.load` reads an experiment, `hebb.run` trains it, and `hebb.open` opens a run.
They are imported when they are asked for, so that `import hebb` takes no time.
"""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from hebb.errors import HebbError

if TYPE_CHECKING:
    from hebb.interface import load, open, run

__all__ = ["HebbError", "load", "open", "run"]

__version__ = version("hebb-lab")


def __getattr__(name: str) -> Any:
    if name in __all__:
        from hebb import interface

        return getattr(interface, name)
    raise AttributeError(f"module 'hebb' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
