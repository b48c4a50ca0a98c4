"""What a sweep runs: every combination of the settings asked for, with every seed.

KEY=A,B,C is an axis; a comma inside brackets, braces or quotes belongs to a value. KEY=A is no
axis but a setting of all runs. Everything is checked before anything runs.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from hebb import config as configs
from hebb.apparatus import pinned
from hebb.catalogue.sweeps import short_names
from hebb.config import Experiment
from hebb.data import Asked
from hebb.errors import ConfigError, UsageError
from hebb.jobs import Job

LONGEST_ID = 120  # letters; folders of longer names are not allowed everywhere


@dataclass(frozen=True)
class Plan:
    """An experiment file, what is set in it, what is swept over, and with which seeds.

    Where an experiment begins with the weights of another run, that is looked up in `runs_dir`.
    """

    config: Path
    fixed: tuple[str, ...]  # KEY=VALUE
    axes: dict[str, tuple[str, ...]]  # KEY: the values, as texts
    runs_dir: Path

    @classmethod
    def of(cls, config: str | Path, settings: Sequence[str], runs_dir: Path) -> "Plan":
        """UsageError: no such file, or an axis that is none."""
        given = [(text, *text.partition("=")[::2]) for text in settings]
        axes, fixed = {}, []
        for text, key, values in given:
            parts = split(values)
            if [other for _, other, _ in given].count(key) > 1:
                raise UsageError(f"{text}: {key} must be given once")
            if len(parts) == 1:
                fixed.append(text)
                continue
            if key == "seed":
                raise UsageError(f"{text}: seeds are given by --seeds {values}")
            if not all(parts) or len(set(parts)) < len(parts):
                raise UsageError(f"{text}: must be values that differ, joined by commas")
            axes[key] = tuple(parts)
        return cls(configs.find(str(config)).resolve(), tuple(fixed), axes, runs_dir)

    def load(self, settings: Mapping[str, str] | None = None) -> Experiment:
        """The experiment with a value for each axis. ConfigError."""
        chosen = [f"{key}={value}" for key, value in (settings or {}).items()]
        experiment = configs.load(self.config, [*self.fixed, *chosen])
        if not any(hasattr(each, "classifier") for each in experiment.evaluate):
            must = "must hold a classifier, as a sweep is judged by the first"
            cure = "evaluate: [{classifier: vote, layer: NAME}]"
            raise ConfigError([f"{self.config}: evaluate: {must}, such as {cure}"])
        return pinned(experiment, self.runs_dir)


def combinations(plan: Plan) -> list[tuple[dict[str, str], Experiment]]:
    """A value for each axis, in every combination, the last axis running fastest.

    ConfigError: the faults of all of them at once.
    """
    choices = [dict(zip(plan.axes, values, strict=True)) for values in product(*plan.axes.values())]
    return list(zip(choices, checked(plan, choices), strict=True))


def checked(plan: Plan, choices: Iterable[Mapping[str, str]]) -> list[Experiment]:
    """The experiment of each choice of settings. ConfigError: the faults of all at once."""
    experiments, faults = [], []
    for settings in choices:
        try:
            experiments.append(plan.load(settings))
        except ConfigError as err:
            faults += err.faults
    if faults:
        raise ConfigError(list(dict.fromkeys(faults)))
    return experiments


def jobs(
    folder: Path,
    found: Sequence[tuple[dict[str, str], Experiment]],
    seeds: Sequence[int],
    on: Asked,
) -> list[Job]:
    """A job for each combination and seed, in the order of the combinations."""
    runs = [(settings, seed, each) for settings, each in found for seed in seeds]
    names = ids([(settings, seed) for settings, seed, _ in runs])
    return [
        Job(folder, name, settings, seed, on, with_seed(each, seed))
        for name, (settings, seed, each) in zip(names, runs, strict=True)
    ]


def with_seed(experiment: Experiment, seed: int) -> str:
    """The experiment with a seed, in YAML."""
    return configs.dumps(experiment.model_copy(update={"seed": seed}))


def ids(runs: Sequence[tuple[Mapping[str, str], int]]) -> list[str]:
    """A run's name says what sets it apart: `sparse.n_w-5-seed-0`. No two are alike.

    What no folder should be called is left out, and where that makes two alike, or one too
    long, a digest of the settings tells them apart.
    """
    names = []
    for settings, seed in runs:
        short = short_names(settings)
        words = [word for key, value in settings.items() for word in (short[key], value)]
        safe = (re.sub(r"[^A-Za-z0-9._-]+", "_", word).strip("_") for word in words)
        names.append("-".join([*safe, f"seed-{seed}"]))
    times = Counter(name.lower() for name in names)  # some disks take A and a for one name
    for i, (settings, seed) in enumerate(runs):
        if times[names[i].lower()] > 1 or len(names[i]) > LONGEST_ID:
            digest = hashlib.sha256(repr((dict(settings), seed)).encode()).hexdigest()[:12]
            names[i] = f"{names[i][: LONGEST_ID - 13]}-{digest}"
    return names


def split(text: str) -> list[str]:
    """`text` cut at its commas, but for those inside brackets, braces or quotes."""
    parts, depth, quote = [""], 0, ""
    for each in text:
        if quote:
            quote = "" if each == quote else quote
        elif each in "\"'":
            quote = each
        depth += (each in "[{(") - (each in "]})") if not quote else 0
        if each == "," and depth == 0 and not quote:
            parts.append("")
        else:
            parts[-1] += each
    return [part.strip() for part in parts]


def parse_seeds(text: str) -> list[int]:
    """`0..4` is 0, 1, 2, 3, 4, and `0,3,7` are themselves. UsageError."""
    seeds: list[int] = []
    for part in text.split(","):
        ends = re.fullmatch(r"(\d{1,9})(?:\.\.(\d{1,9}))?", part.strip())
        low, high = (int(end) for end in (ends[1], ends[2] or ends[1])) if ends else (1, 0)
        if high < low:
            raise UsageError(f"--seeds: must be such as 0..4 or 0,3,7 (got {text})")
        seeds += range(low, high + 1)
    return list(dict.fromkeys(seeds))
