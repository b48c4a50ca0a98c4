"""The gallery: one picture of each kind, by the command that stands beside it."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from hebb import cli, config
from runs import experiments, finished, id_of, made

NONE = Image.Dither.NONE
COLOURS = 96  # of a picture on the page, which is to load quickly


@dataclass(frozen=True)
class Shown:
    """A picture: what makes it, from a run of seed 0 on MNIST, and what there is to see."""

    heading: str
    experiment: str
    command: str  # `{run}` stands for the run's id
    text: str

    @property
    def run(self) -> str:
        return f"{self.experiment}-mnist-s0"

    @property
    def line(self) -> str:
        return self.command.format(run=self.run)

    @property
    def file(self) -> str:
        kind = "gif" if self.line.startswith("hebb animate") else "png"
        return f"{self.heading.lower().replace(',', '').replace(' ', '_')}.{kind}"


SHOWN = [
    Shown("Weights", "e6_krotov_hopfield", "hebb plot {run} weights_features --dpi 100",
          "Each unit's weights as they lie on its grid, in whole pixels. Here units differ so much "
          "in size that one scale would leave most of them pale, so each has its own, and the line "
          "under the title says so; `--scale shared` puts all on one. A green angle at the "
          "lower left marks a unit that won no training image; here all have won some."),
    Shown("Weights of blocks", "c2_blocks", "hebb plot {run} weights_local --dpi 100 --style dark",
          "Units that see a ninth of the image each, on a dark page: of each its weights to that "
          "block, a row a cluster. Each has a scale of its own too: on one for all, most would "
          "span less than 40 % of it, and look alike."),
    Shown("Fields through the stack", "invariant_mnist",
          "hebb plot {run} fields_invariant --dpi 100",
          "What the units of a higher layer amount to in pixels: the product of all weights below "
          "them."),
    Shown("Units by class", "e6_krotov_hopfield", "hebb plot {run} by_class_features --dpi 100",
          "The units that vote for a class, those with the most wins first; classes stand side by "
          "side where they have room. Under each unit stands the part of its wins that are of "
          "this class, and its number, for `--unit`."),
    Shown("Units by wins", "e6_krotov_hopfield",
          "hebb plot {run} by_wins_features --dpi 100 --style dark",
          "The same units in order of their wins, each after the class it votes for."),
    Shown("One unit", "invariant_mnist", "hebb plot {run} --unit sparse:635 --dpi 100",
          "Its weights over time, the training images that it answers most, whoever wins them, and "
          "those that it wins. Of a unit in a higher layer its field in pixels is shown too."),
    Shown("Who wins, over time", "invariant_mnist",
          "hebb plot {run} winners_sparse --dpi 100 --style dark",
          "The training images that each unit of the grid wins, snapshot by snapshot; how many "
          "units win any; how many images keep their winner. Of many snapshots some have a map, in "
          "even steps. A line marks where a phase began with fresh weights, so that who wins "
          "changes at once."),
    Shown("The lateral neighbourhood", "invariant_mnist",
          "hebb plot {run} neighbours_sparse --dpi 100",
          "By how much a unit excites those around it, and how alike the weights of two units have "
          "become, over their distance on the grid."),
    Shown("Coverage", "c2_blocks", "hebb plot {run} coverage_local --dpi 100",
          "What of the image the units look at. These blocks leave out the last row and column, as "
          "the notebook's did; what no unit sees is green."),
    Shown("A stream", "invariant_mnist", "hebb plot {run} stream_wander --dpi 100",
          "What training was shown, one frame in five. Training images, and what a phase shuffles, "
          "are shown one after the other, in the order of the first phase that shows them."),
    Shown("Curves", "invariant_mnist", "hebb plot {run} curves --dpi 100",
          "A panel for each metric, a line for each layer; a line is cut where its layer starts "
          "anew. The first epoch's speed stands apart, as it may hold the time that compiling "
          "took. Here all winners of an input count, `n_w` of them; where units are marked, the "
          "vote has counted the images that each answers best."),
    Shown("Confusion", "e6_krotov_hopfield",
          "hebb plot {run} confusion_features_vote --dpi 100",
          "Which class is taken for which. `none` is an answer without a class, and has a "
          "column where there is one."),
    Shown("Accuracy beside its controls", "e1_compspec",
          "hebb plot {run} accuracy_features_vote --dpi 100 --style dark",
          "What the trained stack is worth beside its random weights, the same stack untrained, "
          "beside random images as weights, and beside raw pixels; the lift may be negative."),
    Shown("A film", "invariant_mnist", "hebb animate {run} --frames 24",
          "Input, codes and reconstructions frame by frame. The key under each panel holds for the "
          "whole film."),
]  # fmt: skip


def write(docs: Path, runs_dir: Path, say: Callable[[str], None]) -> None:
    """docs/gallery.md and the pictures on it. Runs that are not there are made."""
    folder = docs / "gallery"
    folder.mkdir(exist_ok=True)
    for experiment in experiments(["mnist"], [0], sorted({each.experiment for each in SHOWN})):
        if finished(experiment, runs_dir) is None:
            say(id_of(experiment))
            made(experiment, runs_dir)
    for shown in SHOWN:
        say(shown.line)
        with tempfile.TemporaryDirectory() as aside:
            draw(shown, runs_dir, Path(aside), folder / shown.file)
    for stale in {path.name for path in folder.iterdir()} - {shown.file for shown in SHOWN}:
        (folder / stale).unlink()
    known = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    text = known.get_template("gallery.md.j2").render(shown=SHOWN, load=config.load)
    (docs / "gallery.md").write_text(text, encoding="utf-8")


def draw(shown: Shown, runs_dir: Path, aside: Path, to: Path) -> None:
    """Give the command of a picture, and keep what it makes, a PNG in few colours."""
    made_here = aside / shown.file if shown.file.endswith("gif") else aside
    words = [*shown.line.split()[1:], "--runs-dir", str(runs_dir), "--to", str(made_here)]
    cli.app(words, standalone_mode=False)
    (drawn,) = aside.iterdir()
    if to.suffix == ".gif":
        shutil.copyfile(drawn, to)
        return
    with Image.open(drawn) as picture:
        # Rare colours, such as an end of a scale, are to stay what they are.
        few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=NONE)
        few.save(to, optimize=True)
