"""What a verification finds: figures beside their bands, as data and as lines of a table."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from hebb.config.bands import Band
from hebb.hints import known_names

GAP = "  "


@dataclass(frozen=True)
class Trial:
    """One run of an experiment that is verified."""

    run: Path
    seed: int
    error: str = ""  # why it failed
    figures: dict[str, float] | None = None  # all there are; None of one that failed
    seconds: float | None = None  # on the clock; None of one that was complete before
    inputs_per_second: float | None = None  # while training

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        status = "failed" if self.figures is None else "completed"
        return asdict(self) | {"run": str(self.run), "status": status}


@dataclass(frozen=True)
class Comparison:
    """One figure beside its band. Every run must have it, and their mean lie in the band."""

    figure: str
    band: Band
    values: list[float]  # of the runs that have a figure of this name, a seed each
    lacking: int = 0  # runs that have none, as those that failed

    @property
    def n_runs(self) -> int:
        return len(self.values) + self.lacking

    @property
    def mean(self) -> float | None:
        return mean(self.values) if self.values else None  # exact: never beyond its own values

    @property
    def within(self) -> int:
        """The number of seeds that lie in the band."""
        low, high = self.band
        return sum(low <= value <= high for value in self.values)

    @property
    def passed(self) -> bool:
        low, high = self.band
        return not self.lacking and self.mean is not None and low <= self.mean <= high

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "figure": self.figure, "expected": list(self.band), "mean": self.mean,
            "lowest": min(self.values, default=None), "highest": max(self.values, default=None),
            "seeds_within": self.within, "seeds_lacking": self.lacking, "passed": self.passed,
        }  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """Whether an experiment came to what it says, on one dataset."""

    name: str
    config: Path
    dataset: str
    bands: dict[str, Band]
    trials: list[Trial]

    @property
    def comparisons(self) -> list[Comparison]:
        """Every band beside what the runs came to. A run that failed has no figure."""
        done = [trial.figures or {} for trial in self.trials]
        held = {each: [run[each] for run in done if each in run] for each in self.bands}
        return [
            Comparison(figure, band, held[figure], lacking=len(done) - len(held[figure]))
            for figure, band in self.bands.items()
        ]

    @property
    def known(self) -> list[str]:
        """The figures that its runs have."""
        return list(dict.fromkeys(name for trial in self.trials for name in trial.figures or ()))

    @property
    def passed(self) -> bool:
        """Every run is complete and every figure in its band."""
        return not self.crashed and all(each.passed for each in self.comparisons)

    @property
    def crashed(self) -> list[Trial]:
        """The runs that failed."""
        return [trial for trial in self.trials if trial.figures is None]

    @property
    def seconds(self) -> float | None:
        """What its runs took; None where all were complete before."""
        known = [trial.seconds for trial in self.trials if trial.seconds is not None]
        return sum(known) if known else None

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "name": self.name, "config": str(self.config), "dataset": self.dataset,
            "passed": self.passed, "seconds": self.seconds,
            "figures": [each.plain() for each in self.comparisons],
            "runs": [trial.plain() for trial in self.trials],
        }  # fmt: skip


@dataclass(frozen=True)
class Verification:
    """A verification that has come to its end."""

    path: Path
    verdicts: list[Verdict]

    @property
    def failed(self) -> list[str]:
        """The names of the experiments that did not come to what they say."""
        return [verdict.name for verdict in self.verdicts if not verdict.passed]

    def summary(self) -> str:
        """One line on all."""
        bands = [each for verdict in self.verdicts for each in verdict.comparisons]
        right, held = len(self.verdicts) - len(self.failed), sum(each.passed for each in bands)
        known = [each.seconds for each in self.verdicts if each.seconds is not None]
        n_runs = sum(len(verdict.trials) for verdict in self.verdicts)
        runs = "1 run" if n_runs == 1 else f"{n_runs} runs"
        return (
            f"{right} of {len(self.verdicts)} experiments passed; {held} of {len(bands)} figures "
            f"in their bands; {runs}, {duration(sum(known) if known else None)}"
        )

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        experiments = [verdict.plain() for verdict in self.verdicts]
        return {"runs": str(self.path), "passed": not self.failed, "experiments": experiments}


class Lines:
    """The table of a verification, whose lines come one verdict after the other."""

    def __init__(self, rows: Sequence[tuple[str, str, dict[str, Band]]], n_seeds: int):
        """rows: name, dataset and bands of each experiment that there will be a verdict on."""
        cells = [
            [name, source, figure, _band(figure, band)]
            for name, source, bands in rows
            for figure, band in bands.items()
        ]
        self.many = n_seeds > 1
        self.head = ["experiment", "dataset", "figure", "expected", "got", ""]
        self.head += ["seeds in", "time"] if self.many else ["time"]
        columns = zip(self.head, *cells, strict=False)
        self.widths = [max(map(len, column)) for column in columns]
        self.widths += [len("12.34 % (12.34 to 12.34)") if self.many else 8, 6, 8]

    def heading(self) -> str:
        return self._line(self.head)

    def of(self, verdict: Verdict) -> Iterator[str]:
        """A line a figure, and one for whatever else there is to say."""
        for each in verdict.comparisons:
            cells = [verdict.name, verdict.dataset, each.figure, _band(each.figure, each.band)]
            cells += [self._got(each), "passed" if each.passed else "failed"]
            cells += [f"{each.within} of {each.n_runs}"] if self.many else []
            yield self._line([*cells, duration(verdict.seconds)])
        for each in verdict.comparisons:
            if not each.values and verdict.known:
                cure = known_names(each.figure, verdict.known)
                yield f"  {verdict.name}: there is no figure {each.figure}; {cure}"
            elif verdict.known and each.lacking > len(verdict.crashed):
                lacking = f"{each.lacking} of {each.n_runs} runs"
                yield f"  {verdict.name}: {lacking} have no figure {each.figure}"
        for trial in verdict.crashed:
            yield f"  {trial.run}: failed: {' '.join(trial.error.split())}"

    def _got(self, each: Comparison) -> str:
        if each.mean is None:
            return "-"
        share = _is_share(each.figure)
        mean = f"{100 * each.mean:.2f} %" if share else f"{each.mean:.4g}"
        if not self.many:
            return mean
        ends = (min(each.values), max(each.values))
        low, high = (f"{100 * end:.2f}" if share else f"{end:.4g}" for end in ends)
        return f"{mean} ({low} to {high})"

    def _line(self, cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, [*self.widths, 0], strict=False))
        return GAP.join(padded).rstrip()


def duration(seconds: float | None) -> str:
    """A length of time; `kept` for that of runs that were complete before."""
    if seconds is None:
        return "kept"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def _is_share(figure: str) -> bool:
    """Whether a figure is an accuracy: <layer>.<label>.accuracy, or that of a control."""
    return figure.count(".") == 2


def _band(figure: str, band: Band) -> str:
    if _is_share(figure):
        return "{:.6g} to {:.6g} %".format(*(100 * end for end in band))
    return "{:.6g} to {:.6g}".format(*band)
