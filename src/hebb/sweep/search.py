"""Which settings a search tries: Optuna's tree of Parzen estimators, kept in a journal file.

Bergstra, Bardenet, Bengio & Kegl (2011), "Algorithms for hyper-parameter optimization". What a
trial draws depends on the experiment's seed, the trial's number and the trials finished before
it, so that a search that was cut goes on as if it had not been.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hebb import draws
from hebb.errors import ConfigError, UsageError
from hebb.jobs import Job, Outcome
from hebb.sweep.grid import Plan, checked, with_seed

JOURNAL = "search.log"
_RANGE = re.compile(r"(log|uniform|int)\((.*?)\.\.(.*)\)")


@dataclass(frozen=True)
class Range:
    """KEY=log(A..B), uniform(A..B) or int(A..B): both ends belong to it."""

    kind: str
    low: float
    high: float

    @classmethod
    def parse(cls, key: str, text: str) -> "Range | None":
        """None where `text` does not look like a range. UsageError."""
        found = _RANGE.fullmatch(text)
        if not found:
            return None
        kind, *ends = found.groups()
        try:
            low, high = (int(end) if kind == "int" else float(end) for end in ends)
        except ValueError:
            low, high = math.nan, math.nan
        if not -math.inf < low < high < math.inf or (kind == "log" and low <= 0):
            must = "from a low to a high number" + (" above 0" if kind == "log" else "")
            example = {"log": "log(1e-4..1e-1)", "uniform": "uniform(0..1)", "int": "int(1..20)"}
            raise UsageError(f"{key}={text}: must go {must}, such as {key}={example[kind]}")
        return cls(kind, low, high)


class Space:
    """What a search chooses from: ranges, and the axes of the plan."""

    def __init__(self, plan: Plan):
        """UsageError: there is nothing to choose."""
        found = {}
        for text in plan.fixed:
            key, _, value = text.partition("=")
            found[key] = Range.parse(key, value.strip())
        self.ranges = {key: each for key, each in found.items() if each}
        if not self.ranges and not plan.axes:
            raise UsageError("--search: must have something to choose, such as KEY=log(1e-4..1e-1)")
        fixed = tuple(text for text in plan.fixed if text.partition("=")[0] not in self.ranges)
        self.plan = Plan(plan.config, fixed, plan.axes, plan.runs_dir)

    def check(self) -> list[Any]:
        """The experiments at the ends of all ranges, the first being at the lower ones.

        ConfigError: the faults of all ends and values at once.
        """
        lowest = {key: str(each.low) for key, each in self.ranges.items()}
        lowest |= {key: values[0] for key, values in self.plan.axes.items()}
        ends = [lowest | {key: str(each.high)} for key, each in self.ranges.items()]
        others = [
            lowest | {key: value} for key, values in self.plan.axes.items() for value in values[1:]
        ]
        return checked(self.plan, [lowest, *ends, *others])

    def distributions(self) -> dict[str, Any]:
        from optuna.distributions import (
            CategoricalDistribution,
            FloatDistribution,
            IntDistribution,
        )

        found: dict[str, Any] = {k: CategoricalDistribution(v) for k, v in self.plan.axes.items()}
        for key, each in self.ranges.items():
            if each.kind == "int":
                found[key] = IntDistribution(int(each.low), int(each.high))
            else:
                found[key] = FloatDistribution(each.low, each.high, log=each.kind == "log")
        return found


class Search:
    """The trials of a search: each a choice of settings, run once with every seed."""

    def __init__(self, folder: Path, space: Space, trials: int, seeds: Sequence[int], seed: int):
        """seed: that of the search itself."""
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.folder, self.space, self.trials, self.seeds = folder, space, trials, seeds
        self.seed, self.distributions = seed, space.distributions()
        self.study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(folder / JOURNAL))),
            study_name="sweep", direction="maximize", load_if_exists=True,
        )  # fmt: skip
        self.number: dict[str, int] = {}  # of a job's trial, by the job's id
        self.found: dict[int, list[Outcome]] = {}

    def jobs(self) -> Iterator[Job]:
        """The jobs of all trials, those of earlier sittings first. A trial is drawn when its
        first job is asked for, so that it can learn from those that have ended by then."""
        before = [
            t for t in self.study.get_trials() if t.params.keys() == self.distributions.keys()
        ]
        for trial in before:
            yield from self._jobs(trial.number, trial.params)
        for _ in range(len(before), self.trials):
            from optuna.samplers import TPESampler

            number = len(self.study.get_trials(deepcopy=False))
            rng = draws.generator(self.seed, "search", str(number))
            self.study.sampler = TPESampler(seed=int(rng.integers(2**32)))
            trial = self.study.ask(self.distributions)
            yield from self._jobs(trial.number, trial.params)

    def _jobs(self, number: int, params: dict[str, Any]) -> Iterator[Job]:
        settings = {key: str(params[key]) for key in self.distributions}
        experiment, fault = None, ""
        try:
            experiment = self.space.plan.load(settings)
        except ConfigError as err:  # no range is at fault, but all of them together
            fault = str(err)
        for seed in self.seeds:
            id, text = f"trial-{number:03d}-seed-{seed}", ""
            if experiment is not None:
                text = with_seed(experiment, seed)
            self.number[id] = number
            yield Job(self.folder, id, settings, seed, "validation", text, fault)

    def tell(self, job: Job, outcome: Outcome) -> None:
        """What a job has come to. A trial's value is the mean accuracy over its seeds."""
        from optuna.trial import TrialState

        if outcome.status not in ("completed", "failed"):
            return
        number = self.number[job.id]
        found = self.found.setdefault(number, [])
        found.append(outcome)
        if len(found) < len(self.seeds):
            return
        values = [each.accuracy for each in found if each.accuracy is not None]
        if len(values) == len(found):
            self.study.tell(number, sum(values) / len(values), skip_if_finished=True)
        else:
            self.study.tell(number, state=TrialState.FAIL, skip_if_finished=True)
