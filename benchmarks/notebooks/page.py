"""The page: figures gathered, pictures drawn, the template filled in."""

import json
from collections.abc import Callable
from pathlib import Path
from statistics import mean

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image
from rows import ROWS, THRESHOLDS, Row

from hebb import config
from hebb.catalogue.contents import figures, results
from hebb.config import Experiment
from hebb.plots.scales import shown
from hebb.plots.tapestry import image
from hebb.store import Run
from runs import finished

SHOWN = (5, 20)  # units in a picture, rows and columns
BEGIN, END = "<!-- rows: written by benchmarks/notebooks -->", "<!-- end of rows -->"
MINUS = "–"

Found = dict[str, dict[str, dict[str, dict[str, float]]]]  # dataset, name, seed, figure: value


def write(docs: Path, runs_dir: Path, experiments: list[Experiment]) -> None:
    """docs/notebooks.md and what it shows."""
    folder = docs / "notebooks"
    found = _gathered(folder / "figures.json", runs_dir, experiments)
    for row in ROWS:
        run = Run(runs_dir / f"{row.name}-mnist-s0")
        if row.picture and (run.path / "config.yaml").is_file():
            draw(row, run, folder / f"{row.name}.png")
    measured = Measured(found, json.loads((folder / "rates.json").read_text()))
    known = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    told = {"rows": ROWS, "thresholds": THRESHOLDS, "load": config.load, "it": measured}
    text = known.get_template("page.md.j2").render(told)
    (docs / "notebooks.md").write_text(text, encoding="utf-8")
    readme = docs.parent / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = known.get_template("readme.md.j2").render(told)
    readme.write_text(f"{before}{BEGIN}\n{rows}{END}{after}", encoding="utf-8")


def _gathered(path: Path, runs_dir: Path, experiments: list[Experiment]) -> Found:
    """Figures of all runs that are complete, beside those that were gathered before."""
    found: Found = json.loads(path.read_text()) if path.is_file() else {}
    for each in experiments:
        run = finished(each, runs_dir)
        if run is None:
            continue
        of_name = found.setdefault(each.dataset.source, {}).setdefault(each.name, {})
        values = figures(run) | _at_first(run)
        of_name[str(each.seed)] = {key: round(value, 6) for key, value in values.items()}
    path.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    return found


def _at_first(run: Run) -> dict[str, float]:
    """What the measures were at the first weights."""
    return {
        f"{each['layer']}.{each['label']}.at_first": each["at_first"]
        for each in results(run)
        if "at_first" in each
    }


def draw(row: Row, run: Run, path: Path) -> None:
    """The first units of a layer, as it is or in pixels, in few colours."""
    experiment, (_, arrays) = config.load(run.path / "config.yaml"), run.snapshot("last")
    w = None
    for spec in experiment.layers:
        own = arrays[f"{spec.name}.w"]
        w = own if w is None or not row.composed else own @ w
        if spec.name == row.picture:
            break
    assert w is not None
    rows, columns = SHOWN
    w = w[: rows * columns]
    side = int(np.sqrt(w.shape[1]))
    rgba, _, _ = image(shown(w).values, (rows, columns), (side, side), None)
    picture = Image.fromarray(rgba).convert("RGB").quantize(48)
    picture.save(path, optimize=True)


class Measured:
    """What the template asks for, as text."""

    def __init__(self, found: Found, rates: dict[str, float]):
        self.found, self.rates = found, rates

    def values(self, name: str, figure: str) -> list[float]:
        """One a seed, on the whole of MNIST, for as many seeds as have it."""
        seeds = self.found["mnist"].get(name, {})
        return [seeds[seed][figure] for seed in sorted(seeds) if figure in seeds[seed]]

    def pct(self, name: str, figure: str) -> str:
        return self._spread(name, figure, lambda value: f"{100 * value:.1f}", " %")

    def num(self, name: str, figure: str, digits: int = 2) -> str:
        return self._spread(name, figure, lambda value: f"{value:,.{digits}f}", "")

    def mean_pct(self, name: str, figure: str) -> str:
        values = self.values(name, figure)
        return f"{100 * mean(values):.1f} %" if values else MINUS

    def _spread(self, name: str, figure: str, text: Callable[[float], str], unit: str) -> str:
        values = self.values(name, figure)
        if not values:
            return "not measured"
        if len(values) == 1:
            return f"{text(values[0])}{unit} (one seed)"
        lowest, highest = text(min(values)), text(max(values))
        if lowest == highest:
            return f"{lowest}{unit}"
        return f"{text(mean(values))}{unit} ({lowest} to {highest})"

    def got(self, row: Row) -> str:
        if row.figure.count(".") == 1 and row.figure.split(".")[1] in ("winners", "similarity"):
            return self.num(row.name, row.figure)
        figure = row.figure if row.figure.endswith("backprop") else f"{row.figure}.accuracy"
        return self.pct(row.name, figure)

    def seeds(self, name: str = "") -> str:
        """The seeds of an experiment, or of those that have the most."""
        known = self.found["mnist"]
        names = [name] if name else known
        return ", ".join(max((sorted(known[each]) for each in names), key=len))

    def mean_num(self, name: str, figure: str) -> str:
        return f"{mean(self.values(name, figure)):,.1f}"

    def more_points(self, name: str, other: str, figure: str, theirs: str = "") -> str:
        """By how many points the mean of one experiment lies above that of another."""
        ours, others = self.values(name, figure), self.values(other, theirs or figure)
        return f"{100 * (mean(ours) - mean(others)):.1f}"

    def without_learning(self) -> list[tuple[Row, str, str]]:
        """Read-outs that no seed lifts by a point above random weights or random images."""
        found = []
        for row in ROWS:
            for figure in sorted(self.figures(row.name)):
                label = figure.removesuffix(".accuracy")
                if label == figure:
                    continue
                for control in ("random_weights", "random_images"):
                    seeds = self.found["mnist"][row.name].values()
                    theirs = f"{label}.{control}"
                    lifts = [each[figure] - each[theirs] for each in seeds if theirs in each]
                    if lifts and max(lifts) < 0.01:
                        layer, _, word = label.partition(".")
                        found.append((row, label, f"{word} of {layer}"))
                        break
        return found

    def figures(self, name: str) -> set[str]:
        """The names of all figures that any seed of an experiment has."""
        return set().union(*self.found["mnist"].get(name, {}).values())

    def control(self, row: Row, name: str) -> str:
        return self.mean_pct(row.name, f"{row.figure}.{name}")

    def agrees(self, row: Row) -> str:
        """Whether the printed figure lies in the band that `hebb verify` holds the row to."""
        if row.printed is None:
            return MINUS
        lowest, highest = config.load(row.name).expect["mnist"][f"{row.figure}.accuracy"]
        if lowest <= row.printed <= highest:
            return "yes"
        return "no, ours is lower" if row.printed > highest else "no, ours is higher"

    def rate(self, row: Row) -> str:
        """Inputs a second, or batches where the notebook counts those."""
        return f"{self.rates[row.name] / row.per:,.0f}"
