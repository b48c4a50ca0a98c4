"""`hebb bench`: how fast the experiments of the notebooks are learned here, and how far that is
from what the machine can do.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hebb.bench import machine
from hebb.bench.cost import Need, need
from hebb.bench.limits import Limits, Pulse, measure
from hebb.bench.machine import Machine
from hebb.bench.rows import ROWS, Row, find
from hebb.bench.timing import Rates, Within, in_turns
from hebb.bench.work import Side, Work
from hebb.device import one_blas_thread

__all__ = ["ROWS", "Bench", "Measured", "Row", "Work", "find"]

SECONDS = 5.0  # of measuring, a row
AGREE = 0.25  # turns that lie further apart, as a share of their median, are not to be trusted
OURS = "hebb"


@dataclass(frozen=True)
class Measured:
    """A row: its rates by side, hebb's and those of peers, and what its step needs of the machine.

    data: what it was shown.
    """

    row: Row
    data: str
    rates: dict[str, Rates]
    need: Need

    @property
    def ours(self) -> Rates:
        return self.rates[OURS]

    @property
    def share(self) -> float:
        """Of the rate at which the machine could at best give what the step needs."""
        return self.ours.median * self.need.least

    @property
    def trusted(self) -> bool:
        return self.ours.spread <= AGREE

    def plain(self) -> dict[str, Any]:
        return {
            "row": self.row.id, "title": self.row.title, "unit": self.row.unit, "data": self.data,
            "rate": self.ours.median, "turns": self.ours.turns, "spread": self.ours.spread,
            "cores": self.ours.cores, "operations": self.need.operations,
            "bytes": self.need.bytes, "limit": 1 / self.need.least, "limited_by": self.need.by,
            "share_of_limit": self.share, "trusted": self.trusted,
        }  # fmt: skip


@dataclass
class Bench:
    """A machine and its limits, measured as it is made; then rows, one by one."""

    machine: Machine = field(default_factory=machine.this)
    limits: Limits = field(init=False)
    pulse: Pulse = field(default_factory=Pulse)
    rows: list[Measured] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.limits = measure(self.machine.caches)

    def measure(
        self,
        work: Work,
        seconds: float = SECONDS,
        peers: Mapping[str, tuple[Side, Within]] | None = None,
    ) -> Measured:
        """A row, and peers in turns with it; so many seconds each."""
        self.pulse.feel()
        sides = {OURS: (work, one_blas_thread), **(peers or {})}
        row = work.row
        rates = in_turns(sides, work, seconds)
        with one_blas_thread():
            found = Measured(row, work.data.source, rates, need(work, self.limits))
        self.rows.append(found)
        self.pulse.feel()
        return found

    @property
    def trusted(self) -> bool:
        return self.pulse.trusted and all(row.trusted for row in self.rows)

    def plain(self) -> dict[str, Any]:
        return {
            "machine": asdict(self.machine), "limits": asdict(self.limits),
            "restless": self.pulse.restless, "worst_beat": self.pulse.worst,
            "trusted": self.trusted, "rows": [row.plain() for row in self.rows],
        }  # fmt: skip
