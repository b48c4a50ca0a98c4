"""`verify`: experiments run again, and their figures held against what they `expect:`.

    runs/verify/
      verify.json                what the last verification found
      <name>-<dataset>-s<seed>/  a run directory each

The dataset that counts is the one really shown: where MNIST cannot be had and an experiment falls
back to the sample, it is the sample's bands that must hold.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tqdm import tqdm

from hebb import config as configs
from hebb.apparatus import fitted
from hebb.catalogue.contents import figures, inputs_per_second
from hebb.catalogue.removal import check_removable, remove
from hebb.config import Experiment
from hebb.config.bands import Band, never_read
from hebb.config.merge import OWN, read
from hebb.data import SOURCES, load
from hebb.errors import ConfigError, HebbError, UsageError
from hebb.interrupt import Interrupted
from hebb.jobs import Job, Local, Outcome, at_once, conduct
from hebb.provenance import changes
from hebb.store import Folder, Run
from hebb.verify.verdict import Lines, Trial, Verdict, Verification

FOUND = "verify.json"  # by which a directory is known to hold the runs of verifications

Say = Callable[[str], None]


def verify(
    names: Sequence[str | Path] = (),
    settings: Sequence[str] = (),
    *,
    dataset: str | None = None,
    seeds: Sequence[int] | None = None,
    resume: bool = False,
    jobs: int | None = None,
    runs_dir: Path = Path("runs/verify"),
    quiet: bool = False,
    say: Say = print,
    tell: Say = print,
) -> Verification:
    """Run experiments, all shipped ones that expect anything by default, and judge them.

    settings: KEY=VALUE for all of them; dataset: short for dataset.source=. seeds: by default each
    experiment's own. resume: runs of the last verification that are complete, with the same
    settings, files and versions, stay as they are, and those that were cut go on. tell: is told
    the table, line by line. A run that fails stops no other.

    UsageError: something that was asked for cannot be judged; nothing was run. Interrupted: it can
    be gone on with.
    """
    claims = _claims(names, settings, dataset, runs_dir, say)
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise UsageError(f"{runs_dir}: cannot be written: {err.strerror}") from None
    home, folder = Folder(runs_dir), runs_dir.resolve()
    todo = [
        (claim.job(folder, seed), claim)
        for claim in claims
        for seed in (seeds or [claim.experiment.seed])
    ]
    width = at_once(jobs, len(todo))
    say(_ahead(len(claims), len(todo), width))
    lines = Lines([(each.name, each.source, each.bands) for each in claims], len(seeds or [0]))
    with (
        home.alone(),
        tqdm(total=len(todo), desc="verify", unit=" runs", disable=quiet or None) as bar,
        Local(width) as place,
    ):
        _clear(home, todo, resume)
        watch = _Watch(home, todo, lines, bar, tell)
        tell(lines.heading())
        stopped = conduct((job for job, _ in todo), place, watch)
    if stopped:
        raise Interrupted(
            f"interrupted with {watch.settled} of {watch.total} runs done; to go on: "
            "the same command with --resume"
        )
    done = watch.found()
    tell(done.summary())
    return done


def _ahead(experiments: int, runs: int, width: int) -> str:
    """What is about to be done. How long that takes is known when the first run has ended."""

    def counted(n: int, what: str) -> str:
        return f"{n} {what}{'s' * (n > 1)}"

    told = f"{counted(experiments, 'experiment')}, {counted(runs, 'run')}, {width} at once"
    return f"{told}; a line follows as each ends, and on a terminal a bar tells the time left"


@dataclass(frozen=True)
class _Claim:
    """An experiment, and what it expects of the dataset that it is shown."""

    config: Path
    experiment: Experiment
    source: str
    bands: dict[str, Band]

    @property
    def name(self) -> str:
        return self.experiment.name

    def asked(self, seed: int) -> Experiment:
        """What is run: on this dataset and no other, whatever can be had by then."""
        wanted = self.experiment.dataset
        path = wanted.path if wanted.source == self.source else None
        pinned = {"source": self.source, "path": path, "fallback": None}
        dataset = wanted.model_copy(update=pinned)
        return self.experiment.model_copy(update={"dataset": dataset, "seed": seed})

    def job(self, folder: Path, seed: int) -> Job:
        id, asked = f"{self.name}-{self.source}-s{seed}", self.asked(seed)
        text, read_out = configs.dumps(asked), bool(asked.evaluate)
        return Job(folder, id, {}, seed, "test", text, asked=FOUND, read_out=read_out)


def _claims(
    names: Sequence[str | Path], settings: Sequence[str], dataset: str | None, runs_dir: Path,
    say: Say,
) -> list[_Claim]:  # fmt: skip
    """What is to be verified, checked. UsageError: all that is wrong with any of it."""
    if dataset is not None:
        if dataset not in SOURCES:
            raise UsageError(f"--dataset: must be one of {', '.join(SOURCES)} (got {dataset})")
        settings = [*settings, f"dataset.source={dataset}"]
    files, faults = _files(names)
    claims, said = {}, set()
    have = cache(lambda spec: load(spec, say=say))  # many experiments are shown the same images
    for file in files:
        try:
            apparatus = fitted(configs.load(file, settings), runs_dir, say, have)
            apparatus.stack()
            source, bands = apparatus.dataset.source, apparatus.experiment.expect
            claim = _Claim(file, apparatus.experiment, source, bands.get(source, {}))
            _check(claim, claims)
        except UsageError as err:
            lines = err.faults if isinstance(err, ConfigError) else [str(err)]
            here = "" if len(files) == 1 else f"{file}: "
            faults += [line if line.startswith(str(file)) else here + line for line in lines]
            continue
        claims[claim.name.lower(), claim.source] = claim  # some disks take A and a for one name
        for note in apparatus.dataset.notes:
            if note not in said:
                say(note)
            said.add(note)
    if faults:
        raise ConfigError(faults)
    return list(claims.values())


def _files(names: Sequence[str | Path]) -> tuple[list[Path], list[str]]:
    """The experiment files asked for, each once, and what is wrong with the names of others."""
    files, faults = {}, []
    for name in names:
        try:
            file = configs.find(str(name))
            files.setdefault(file.resolve(), file)
        except UsageError as err:
            faults.append(str(err))
    if not names:
        shipped = configs.shipped().values()
        files = {path: path for path in shipped if "expect" in read(path, []).value}
        if not files:
            raise UsageError("no shipped experiment expects anything; name one: hebb verify CONFIG")
    return list(files.values()), faults


def _check(claim: _Claim, others: dict[tuple[str, str], _Claim]) -> None:
    experiment, wanted = claim.experiment, claim.experiment.dataset.source
    if not claim.bands:
        why = "the dataset in use" if wanted == claim.source else f"which stands in for {wanted}"
        had = ", ".join(source for source, bands in experiment.expect.items() if bands)
        must = f"expect: must hold bands for {claim.source}, {why} (got {had or 'none'})"
        raise ConfigError([experiment.placed(must)])
    if (other := others.get((claim.name.lower(), claim.source))) is not None:
        must = f"name: must differ from that of {other.config} (got {claim.name})"
        raise ConfigError([experiment.placed(must)])
    if wrong := list(never_read(claim.bands, experiment.accuracies)):
        raise ConfigError([experiment.placed(f"expect.{claim.source}.{each}") for each in wrong])


def _clear(home: Folder, todo: Sequence[tuple[Job, _Claim]], resume: bool) -> None:
    """Away with what stands where runs are to be made, but for what is to be gone on with.

    All at once, so that whoever goes on finds nothing but what this verification has made.
    UsageError: something there is no run of a verification, or is under way.
    """
    there = [(Run(home.path / job.id), job, claim) for job, claim in todo]
    there = [each for each in there if os.path.lexists(each[0].path)]
    if there and not (home.path / FOUND).is_file():
        raise UsageError(
            f"{there[0][0].path}: is there already, and no run of a verification; "
            "choose another --runs-dir"
        )
    stale = [run for run, job, claim in there if not (resume and _is_of(run, job, claim))]
    faults = []
    for run in stale:
        try:
            check_removable(run)
        except UsageError as err:
            faults.append(str(err))
    if faults:
        raise UsageError("\n".join(faults))
    for run in stale:
        remove(run)
    home.write_json(FOUND, Verification(home.path, []).plain())


def _is_of(run: Run, job: Job, claim: _Claim) -> bool:
    """Whether a run is one of a job's experiment, with the same files and versions."""
    try:
        told = configs.load(run.path / "config.yaml").model_dump(exclude=set(OWN))
        same = told == claim.asked(job.seed).model_dump(exclude=set(OWN))
        return same and not changes(run)
    except HebbError:
        return False


class _Watch:
    """Keeps what the runs come to, and judges an experiment when the last of its runs ends."""

    def __init__(
        self, home: Folder, todo: Sequence[tuple[Job, _Claim]], lines: Lines, bar: tqdm, tell: Say
    ):
        self.home, self.todo, self.lines, self.bar, self.tell = home, todo, lines, bar, tell
        self.clock: dict[str, float] = {}  # when each run began
        self.trials: dict[str, Trial] = {}  # by the ids of the runs that have come to an end

    @property
    def total(self) -> int:
        return len(self.todo)

    @property
    def settled(self) -> int:
        return len(self.trials)

    def began(self, job: Job) -> None:
        self.clock[job.id] = time.perf_counter()

    def ended(self, job: Job, found: Outcome) -> None:
        self.bar.update()
        if found.status not in ("completed", "failed"):
            return
        self.trials[job.id] = self._trial(job, found)
        claim = next(claim for other, claim in self.todo if other.id == job.id)
        if (verdict := self._verdict(claim)) is not None:
            for line in self.lines.of(verdict):
                self.tell(line)
            self.show()

    def show(self) -> None:
        self.home.write_json(FOUND, self.found().plain())

    def found(self) -> Verification:
        """The experiments whose runs have all ended, in the order in which they were asked for."""
        claims = {id(claim): claim for _, claim in self.todo}.values()
        verdicts = [self._verdict(claim) for claim in claims]
        return Verification(self.home.path, [each for each in verdicts if each is not None])

    def _verdict(self, claim: _Claim) -> Verdict | None:
        own = [job.id for job, other in self.todo if other is claim]
        if not all(each in self.trials for each in own):
            return None
        trials = [self.trials[each] for each in own]
        return Verdict(claim.name, claim.config, claim.source, claim.bands, trials)

    def _trial(self, job: Job, found: Outcome) -> Trial:
        run = Run(self.home.path / job.id)
        seconds = time.perf_counter() - self.clock[job.id] if job.id in self.clock else None
        if found.status == "failed":
            return Trial(run.path, job.seed, found.error, seconds=seconds)
        try:
            return Trial(run.path, job.seed, "", figures(run), seconds, inputs_per_second(run))
        except UsageError as err:
            return Trial(run.path, job.seed, str(err), seconds=seconds)
