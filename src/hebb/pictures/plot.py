"""`plot`: the pictures of a run, drawn into its plots/ folder.

What is drawn unless asked otherwise takes seconds at most; what must show images to
the stack anew, or would only say again what another picture says, is drawn when it is asked for
by name (`every`, `unit_picture`). What draws is imported when the first picture is: Matplotlib
takes its time, and what there is not is to be refused at once.
"""

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeAlias, get_args

import numpy as np

from hebb.apparatus import reopen
from hebb.config import TRAIN
from hebb.errors import UsageError
from hebb.hints import known_names
from hebb.hints import listed as either
from hebb.output_paths import to_folder
from hebb.picture_options import Format, Look
from hebb.pictures import by_wins, reading, weights
from hebb.pictures.seen import Seen, called, classifiers, folded
from hebb.readout import ClassifierSpec
from hebb.store import Run
from hebb.titles import capital, control, label_of, title

Draw: TypeAlias = Callable[[Any], None]

PLAIN = Look()

FRAMES, EVERY = 24, 5  # of an input's strip: so many frames; of a stream, one in five


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
    asked = [parse_unit(unit) for unit in units]
    newest = run.find("last")[0]
    wanted = list(run.snapshots()) if snapshot == "all" else [run.find(snapshot)[0]]
    if to is not None:
        if to.suffix[1:] in get_args(Format) and not to.is_dir():
            must = "must be a folder, in which pictures have names of their own"
            raise UsageError(f"--to: {must} (got {to}); --format says what they are")
        to_folder(to)
    reopened = cache(lambda: reopen(run))
    if not names:
        reopened()  # some of what is drawn needs the dataset: told before any is
    for inputs in wanted:
        seen = Seen.of(reopened, run, inputs, look.scale)
        drawn = _chosen(seen, names, asked, inputs == wanted[-1], snapshot == "all")
        # Other weights than the last get a folder of their own, so that nothing is lost.
        folder = to or run.path / "plots"
        folder = folder if inputs == newest else folder / f"{inputs:09d}"
        if not (names or units or to):
            for stale in folder.glob(f"*.{look.format}"):  # of other weights, perhaps
                stale.unlink()
        from hebb.plots import style

        for name, draw in drawn.items():
            path = folder / f"{name}.{look.format}"
            with style.using(style.Style.of(look)):
                draw(path)
            yield path


def every(seen: Seen) -> dict[str, Draw]:
    """The name of each picture, also of those that are drawn on request alone, and what draws it
    to a path or an open file."""
    return dict([*_of_weights(seen), *_of_run(seen), *_asked_for(seen)])


def listed(run: Run) -> Iterator[str]:
    """A line for each picture of a run's last weights."""
    seen = Seen.of(lambda: reopen(run), run, "last", "auto")
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
    seen: Seen,
    names: Sequence[str],
    units: Sequence[tuple[str, int]],
    lasting: bool,
    one_of_many: bool,
) -> dict[str, Draw]:
    """What is asked for, by name; all that is drawn unless asked otherwise, where nothing is.

    lasting: what is the same for every snapshot, too. one_of_many: pictures that only other
    snapshots have are left out.
    """
    of_run = dict(_of_run(seen))
    if not names and not units:
        return dict(_of_weights(seen)) | (of_run if lasting else {})
    known = every(seen)
    asked: dict[str, Draw] = {}
    for name in names:
        found = {each: draw for each, draw in known.items() if fnmatchcase(each, name)}
        if not found and not (one_of_many and _read_out_elsewhere(seen, name)):
            raise refused(seen, name)
        asked |= {each: draw for each, draw in found.items() if lasting or each not in of_run}
    return asked | dict(unit_picture(seen, *unit) for unit in units)


def refused(seen: Seen, name: str) -> UsageError:
    """Why there is no picture of that name, which may hold `*`."""
    run, elsewhere = seen.run, _read_out_elsewhere(seen, name)
    if elsewhere or (not seen.results and _matches(name, _planned(seen))):
        way = f"draw it with --snapshot {either(elsewhere)}, or " if elsewhere else ""
        return UsageError(
            f"{run.path}: the picture {name} is of what classifiers came to, and these weights, "
            f"after {seen.inputs:,} inputs, were not read out; "
            f"{way}first hebb eval {run.path} --snapshot {seen.inputs}"
        )
    cure = known_names(name, every(seen))
    return UsageError(f"{run.path}: there is no picture {name} of it; {cure}")


def _read_out_elsewhere(seen: Seen, name: str) -> list[int]:
    """The other snapshots of a run that have such a picture, because they were read out."""
    others = [inputs for inputs in seen.run.snapshots() if inputs != seen.inputs]
    return [each for each in others if _matches(name, classifiers(seen.run, each))]


def _planned(seen: Seen) -> list[dict[str, Any]]:
    """The classifiers that reading out would add, as far as pictures' names go."""
    specs = [each for each in seen.experiment.evaluate if isinstance(each, ClassifierSpec)]
    return [
        {"layer": spec.layer, "classifier": spec.word, "label": spec.label}
        | ({"unit_wins": []} if spec.word == "vote" else {})
        for spec in specs
    ]


def _matches(name: str, results: list[dict[str, Any]]) -> bool:
    """Whether a picture of what classifiers have come to has that name."""
    return any(fnmatchcase(each, name) for each in of_read_outs(results))


def of_read_outs(results: list[dict[str, Any]]) -> Iterator[str]:
    """The names of the pictures that only snapshots have which were read out."""
    for result in results:
        name = called(results, result["layer"], label_of(result))
        yield from (f"confusion_{name}", f"accuracy_{name}")
        if "unit_wins" in result:
            yield from (f"by_class_{result['layer']}", f"by_wins_{result['layer']}")


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
        restarts = {phase.name: list(phase.restart) for phase in seen.experiment.phases}
        yield "curves", partial(_curves, records, restarts, seen.run.id)
    for name in (TRAIN, *seen.experiment.streams):
        if any(phase.input == name for phase in seen.experiment.phases):
            yield f"stream_{name}", partial(_strip, seen, name)


def _asked_for(seen: Seen) -> Iterator[tuple[str, Draw]]:
    """Pictures that are drawn when they are asked for by name."""
    for view in seen.views:
        yield from by_wins.by_wins(seen, view)
    for view in seen.views[1:]:
        yield weights.coverage(seen, view)
    for view in seen.views:
        yield reading.winners(seen, view)


def _curves(
    records: list[dict[str, Any]], restarts: dict[str, list[str]], run: str, path: Any
) -> None:
    from hebb import plots

    heading = "Training, epoch by epoch"
    plots.curves(path, records=records, title=heading, subtitle=run, restarts=restarts)


def _strip(seen: Seen, name: str, path: Any) -> None:
    """What the first phase that shows an input begins with.

    Of a stream in its own order one frame in EVERY, by their numbers; of images, and of what is
    shuffled, one after the other, by their places in the order of the first epoch.
    """
    from hebb import plots

    apparatus = seen.apparatus
    phase = next(each for each in seen.experiment.phases if each.input == name)
    feed, source = apparatus.feed(phase), apparatus.inputs[name]
    if name != TRAIN and phase.order == "sequential":
        numbers, said = np.arange(0, min(FRAMES * EVERY, len(source)), EVERY), ""
        frames, heading = source.rows(numbers), f"The stream {name}, one frame in {EVERY}"
    else:
        numbers = np.arange(min(FRAMES, feed.steps))
        frames = feed.rows(0, 0, len(numbers))
        what = "Training images" if name == TRAIN else f"Frames of {name}"
        shuffled = ", in shuffled order" if phase.order == "shuffled" else ""
        heading = f"{what} as phase {phase.name} shows them{shuffled}"
        said = "numbers: places in the order of its first epoch"
    plots.strip(
        path, frames, folded(source.shape), heading,
        " · ".join(filter(None, [seen.run.id, said])), numbers.tolist(),
    )  # fmt: skip


def _of_read_outs(seen: Seen) -> Iterator[tuple[str, Draw]]:
    """What each classifier confused, and its accuracy beside its controls."""
    for result in seen.results:
        name = called(seen.results, result["layer"], label_of(result))
        yield f"confusion_{name}", partial(_confusion, result, seen.after)
        yield f"accuracy_{name}", partial(_accuracy, result, seen.after)


def _confusion(result: dict[str, Any], after: str, path: Any) -> None:
    from hebb import plots

    heading = f"{capital(title(result))}: {100 * result['accuracy']:.2f} % right"
    plots.confusion(path, matrix=np.array(result["confusion"]), title=heading, subtitle=after)


def _accuracy(result: dict[str, Any], after: str, path: Any) -> None:
    from hebb import plots

    controls = {
        control(result, name): each["accuracy"] for name, each in result["controls"].items()
    }
    heading = f"{capital(title(result))} beside its controls"
    plots.accuracy(
        path, accuracy=result["accuracy"], controls=controls, title=heading, subtitle=after
    )
