"""`sweep`: one experiment with many settings and seeds; each run is an ordinary run.

    runs/<name>-sweep-NNN/
      sweep.json      what was asked        table.csv, table.md   what has been found so far
      sweep.png       the same, drawn       search.log            the trials of a search
      sparse.n_w-5-seed-0/, ...             a run directory each

Nothing else is remembered, so a sweep that was stopped or killed goes on from its directory.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hebb.apparatus import Apparatus
from hebb.config import Experiment
from hebb.config.merge import OWN
from hebb.data import load
from hebb.errors import UsageError
from hebb.interrupt import Interrupted
from hebb.jobs import Cluster, Job, Local, Outcome, at_once, conduct
from hebb.readout import ClassifierSpec
from hebb.store import ASKED, Folder, is_sweep, paths_of
from hebb.sweep import grid, table
from hebb.sweep.grid import Plan
from hebb.sweep.progress import Progress
from hebb.sweep.search import Range, Search, Space
from hebb.titles import control

Say = Callable[[str], None]


@dataclass(frozen=True)
class Sweep:
    """A sweep that has come to its end."""

    path: Path
    judged: str  # what its accuracies are of
    rows: list[tuple[Job, Outcome]]

    @property
    def failed(self) -> list[str]:
        """The ids of the runs that are not complete."""
        return [job.id for job, found in self.rows if found.status != "completed"]

    @property
    def groups(self) -> list[table.Group]:
        """Mean and spread over seeds, for each choice of settings."""
        return table.groups(self.rows)

    def text(self) -> str:
        """The table of the settings, and which are best."""
        return table.text(self.rows, self.judged)

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        runs = [
            {"run": job.id, "settings": job.settings, "seed": job.seed, "status": found.status,
             "accuracy": found.accuracy, "controls": found.controls, "error": found.error}
            for job, found in self.rows
        ]  # fmt: skip
        groups = [group.plain() for group in self.groups]
        return {"sweep": str(self.path), "judged": self.judged, "settings": groups, "runs": runs}


def sweep(
    config: str | Path,
    settings: Sequence[str] = (),
    *,
    seeds: Sequence[int] | None = None,
    search: int | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    id: str | None = None,
    runs_dir: Path = Path("runs"),
    quiet: bool = False,
    say: Say = print,
) -> Sweep:
    """Run every combination of `settings` (KEY=A,B,C) with every seed, or search through them.

    seeds: by default the experiment's. search: so many trials, each a choice from the axes and
    from ranges such as KEY=log(1e-4..1e-1), judged on validation images. jobs: runs at once.
    scheduler: the address of a Dask cluster to run on. id: where a sweep of this id was asked
    for the same, it goes on. A run that fails is in the result and stops no other.

    UsageError: what was asked cannot be run; nothing was. Interrupted: it can be gone on with.
    """
    request = _Request.of(str(config), settings, seeds, search, runs_dir)
    with _place(request, jobs, scheduler, say) as place:
        return _conducted(_claimed(request, id, runs_dir), request, place, quiet)


def resume(
    folder: str | Path,
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    runs_dir: Path = Path("runs"),
    quiet: bool = False,
    say: Say = print,
) -> Sweep:
    """Go on with a sweep, given by its path or its id: complete runs stay, the others go on."""
    found = [path for path in paths_of(str(folder), runs_dir) if is_sweep(path)]
    if not found:
        raise UsageError(f"{folder}: no such sweep, neither as a path nor in {runs_dir}")
    home = Folder(found[0])
    asked = home.read_json(ASKED)
    try:
        wanted = [asked[key] for key in ("config", "settings", "seeds", "search")]
    except (KeyError, TypeError):
        raise UsageError(f"{home.path / ASKED}: lacks config, settings, seeds or search") from None
    request = _Request.of(*wanted, runs_dir=home.path.parent)
    if request.asked != asked:
        raise UsageError(
            f"{asked['config']}: it, or a run that it begins from, has changed since the sweep "
            "began; put it back to go on"
        )
    with _place(request, jobs, scheduler, say) as place:
        return _conducted(home, request, place, quiet)


@dataclass(frozen=True)
class _Request:
    """What was asked for, looked up and checked."""

    asked: dict[str, Any]  # for sweep.json
    found: list[tuple[dict[str, str], Experiment]]  # every combination of a grid
    space: Space | None  # of a search
    base: Experiment

    @classmethod
    def of(
        cls,
        config: str,
        settings: Sequence[str],
        seeds: Sequence[int] | None,
        search: int | None,
        runs_dir: Path,
    ) -> "_Request":
        plan, space, found = Plan.of(config, settings, runs_dir), None, []
        if search is None:
            for text in plan.fixed:
                key, _, value = text.partition("=")
                if Range.parse(key, value):
                    raise UsageError(f"{text}: a range is for a search: add --search N")
            found = grid.combinations(plan)
            every = [each for _, each in found]
        else:
            space = Space(plan)
            every = space.check()
            if not all(each.dataset.validation for each in every):
                raise UsageError(
                    "--search: must be judged on validation images, never on the test set, and "
                    "dataset.validation is 0; add, for example, dataset.validation=1000"
                )
        on = "validation" if all(each.dataset.validation for each in every) else "test"
        asked = {
            "config": str(plan.config),
            "settings": list(settings),
            "seeds": list(seeds if seeds is not None else [every[0].seed]),
            "search": search,
            "on": on,
            "experiment": every[0].model_dump(mode="json", exclude=set(OWN)),
        }
        return cls(asked, found, space, every[0])

    @property
    def judged(self) -> str:
        first = next(each for each in self.base.evaluate if isinstance(each, ClassifierSpec))
        said = f"Accuracy of the {first.title} on {self.asked['on']} images"
        result = {"classifier": first.classifier}
        voted = [each for each in self.base.controls if control(result, each) != each]
        return f"{said} ({' and '.join(voted)}: of a vote)" if voted else said


def _claimed(request: _Request, id: str | None, runs_dir: Path) -> Folder:
    """A directory of its own, or the one that was asked for the same."""
    if id is not None and is_sweep(runs_dir / id):
        home = Folder(runs_dir / id)
        before = home.read_json(ASKED)
        if before != request.asked:
            other = [key for key in request.asked if before.get(key) != request.asked[key]]
            raise UsageError(
                f"{home.path}: was asked for something else (see {', '.join(other)} in "
                f"{ASKED}); choose another --id"
            )
        return home
    home = Folder.create(runs_dir, f"{request.base.name}-sweep", id)
    home.write_json(ASKED, request.asked)
    return home


def _place(
    request: _Request, width: int | None, scheduler: str | None, say: Say
) -> Local | Cluster:
    """Where the runs are to be run. UsageError: there is no such place, or no data there."""
    if scheduler is not None:  # the data are where its workers are
        return Cluster(scheduler, width, ahead=request.space is None)
    Apparatus.of(request.base, load(request.base.dataset, say=say))
    runs = (request.asked["search"] or len(request.found)) * len(request.asked["seeds"])
    return Local(at_once(width, runs))


def _conducted(home: Folder, request: _Request, place: Local | Cluster, quiet: bool) -> Sweep:
    """Have every run carried out, and show what they come to."""
    folder, asked, space = home.path.resolve(), request.asked, request.space
    with home.alone():
        if space is None:
            todo = grid.jobs(folder, request.found, asked["seeds"], asked["on"])
            search = None
            rows = {job.id: (job, Outcome("waiting")) for job in todo}
        else:
            search = Search(folder, space, asked["search"], asked["seeds"], request.base.seed)
            todo, rows = search.jobs(), {}
        total = (asked["search"] or len(request.found)) * len(asked["seeds"])
        with tqdm(total=total, desc=home.id, unit=" runs", disable=quiet or None) as bar:
            progress = Progress(home, request.judged, rows, bar, search)
            stopped = conduct(iter(todo), place, progress)
    if stopped:
        done = sum(found.status == "completed" for _, found in rows.values())
        cure = f"to go on: hebb sweep --resume {home.path}"
        raise Interrupted(f"interrupted with {done} of {total} runs complete; {cure}")
    return Sweep(home.path, request.judged, list(rows.values()))
