"""`plot`: the pictures of a run, drawn into its plots/ folder.

What is drawn unless asked otherwise takes seconds at most; what must show images to
the stack anew, or would only say again what another picture says, is drawn when it is asked for
by name (`every`, `unit_picture`).
"""

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from hebb import plots
from hebb.apparatus import reopen
from hebb.data import Images, Tapestry
from hebb.errors import UsageError
from hebb.hints import known_names
from hebb.plot import by_wins, reading, weights
from hebb.plot.look import Look
from hebb.plot.seen import Seen, called, classifiers, folded, whole
from hebb.plots import style
from hebb.readout.titles import capital, label_of, title
from hebb.store import Run
from hebb.targets import to_folder

__all__ = [
    "Look",
    "Seen",
    "called",
    "classifiers",
    "every",
    "folded",
    "listed",
    "plot",
    "unit_picture",
    "whole",
]

Draw: TypeAlias = Callable[[Any], None]

PLAIN = Look()

FRAMES, EVERY = 24, 5  # of a stream's strip: so many frames, one in five


def plot(
    run: Run,
    snapshot: str | int = "last",
    names: Sequence[str] = (),
    units: Sequence[str] = (),
    look: Look = PLAIN,
    to: Path | None = None,
) -> Iterator[Path]:
    """Draw pictures of a run from one of its snapshots. Yields their paths as they appear.

    snapshot: "last", "first", "all", or a number of inputs. names: of pictures, `*` standing for
    anything; without any, all that take no time are drawn. units: as "LAYER:NUMBER", each
    in a picture of its own. to: a folder in place of the run's plots/. UsageError.
    """
    if to is not None:
        to_folder(to)
    apparatus, newest = reopen(run), run.find("last")[0]
    wanted = list(run.snapshots()) if snapshot == "all" else [run.find(snapshot)[0]]
    for inputs in wanted:
        seen = Seen.of(apparatus, run, inputs, look.scale)
        # What is the same for every snapshot is drawn once.
        drawn = _chosen(seen, names, units, inputs == wanted[-1])
        # Other weights than the last get a folder of their own, so that nothing is lost.
        folder = to or run.path / "plots"
        folder = folder if inputs == newest else folder / f"{inputs:09d}"
        if not (names or units or to):
            for stale in folder.glob(f"*.{look.format}"):  # of other weights, perhaps
                stale.unlink()
        for name, draw in drawn.items():
            path = folder / f"{name}.{look.format}"
            with style.using(look.drawing):
                draw(path)
            yield path


def every(seen: Seen) -> dict[str, Draw]:
    """The name of each picture, also of those that are drawn on request alone, and what draws it
    to a path or an open file."""
    return dict([*_of_weights(seen), *_of_run(seen), *_asked_for(seen)])


def listed(run: Run) -> Iterator[str]:
    """A line for each picture of a run's last weights."""
    seen = Seen.of(reopen(run), run, "last", "auto")
    yield from dict([*_of_weights(seen), *_of_run(seen)])
    for name, _ in _asked_for(seen):
        yield f"{name:<28} on request"


def unit_picture(seen: Seen, layer: str, number: int) -> tuple[str, Draw]:
    """The name of a unit's picture and what draws it. UsageError: there is no such unit."""
    views = {view.name: view for view in seen.views}
    if layer not in views:
        raise UsageError(f"{seen.run.path}: has no layer {layer}; {known_names(layer, views)}")
    return reading.unit(seen, views[layer], number)


def parse_unit(asked: str) -> tuple[str, int]:
    """`sparse:412` -> the layer's name and the unit's number."""
    layer, colon, number = asked.rpartition(":")
    if not colon or not number.isdecimal():
        raise UsageError(f"--unit: must be LAYER:NUMBER, such as sparse:412 (got {asked})")
    return layer, int(number)


def _chosen(
    seen: Seen, names: Sequence[str], units: Sequence[str], lasting: bool
) -> dict[str, Draw]:
    """What is asked for, by name; all that is drawn unless asked otherwise, where nothing is."""
    if not names and not units:
        return dict([*_of_weights(seen), *(_of_run(seen) if lasting else ())])
    known = every(seen)
    asked: dict[str, Draw] = {}
    for name in names:
        found = {each: draw for each, draw in known.items() if fnmatchcase(each, name)}
        if not found:
            cure = known_names(name, known)
            raise UsageError(f"{seen.run.path}: there is no picture {name} of it; {cure}")
        asked |= found
    return asked | dict(unit_picture(seen, *parse_unit(unit)) for unit in units)


def _of_weights(seen: Seen) -> Iterator[tuple[str, Draw]]:
    """Pictures of one snapshot."""
    for view in seen.views:
        yield from weights.tapestries(seen, view)
    yield weights.coverage(seen, seen.views[0])
    for view in seen.views:
        yield from weights.neighbours(seen, view)
    for view in seen.views:
        yield from by_wins.by_class(seen, view)
    yield from _of_read_outs(seen)


def _of_run(seen: Seen) -> Iterator[tuple[str, Draw]]:
    """Pictures that are the same for every snapshot."""
    if records := seen.run.metrics():
        yield (
            "curves",
            partial(
                plots.curves,
                records=records,
                title="Training, epoch by epoch",
                subtitle=seen.run.id,
            ),
        )
    apparatus = seen.apparatus
    for name, source in apparatus.inputs.items():
        if any(phase.input == name for phase in apparatus.experiment.phases):
            yield f"stream_{name}", partial(_strip, seen.run.id, source, name)


def _asked_for(seen: Seen) -> Iterator[tuple[str, Draw]]:
    """Pictures that are drawn when they are asked for by name."""
    for view in seen.views:
        yield from by_wins.by_wins(seen, view)
    for view in seen.views[1:]:
        yield weights.coverage(seen, view)
    for view in seen.views:
        yield reading.winners(seen, view)


def _strip(run: str, source: Images | Tapestry, name: str, path: Any) -> None:
    numbers = np.arange(0, min(FRAMES * EVERY, len(source)), EVERY)
    heading = f"The stream {name}, one frame in {EVERY}"
    plots.strip(path, source.rows(numbers), folded(source.shape), heading, run, numbers.tolist())


def _of_read_outs(seen: Seen) -> Iterator[tuple[str, Draw]]:
    """What each classifier confused, and its accuracy beside its controls."""
    for result in seen.results:
        name = called(seen.results, result["layer"], label_of(result))
        said, right = capital(title(result)), 100 * result["accuracy"]
        yield (
            f"confusion_{name}",
            partial(plots.confusion, matrix=np.array(result["confusion"]),
                    title=f"{said}: {right:.2f} % right", subtitle=seen.after),
        )  # fmt: skip
        controls = {name: each["accuracy"] for name, each in result["controls"].items()}
        yield (
            f"accuracy_{name}",
            partial(plots.accuracy, accuracy=result["accuracy"], controls=controls,
                    title=f"{said} beside its controls", subtitle=seen.after),
        )  # fmt: skip
