"""docs/notebooks.md: every experiment of the notebooks, run, measured and told.

    python benchmarks/notebooks run [NAME ...]   train and read out what is not there yet
    python benchmarks/notebooks rates            two epochs of each, alone on the machine
    python benchmarks/notebooks page             figures, pictures and the page
    python benchmarks/notebooks gallery          docs/gallery.md, a picture of each kind

All but `page` need MNIST (HEBB_DATA). `run` takes about two hours on two cores; runs stay in
--runs-dir, and one of the same experiment is not made again; `gallery` makes the four of its own
that are not there. `rates` writes docs/notebooks/rates.json. `page` reads the runs, writes
docs/notebooks/figures.json and the pictures beside it, and fills in page.md.j2; without runs it
takes the figures that are there.
"""

import argparse
import json
from pathlib import Path

import gallery
from page import write

from hebb.catalogue.contents import figures
from runs import experiments, finished, id_of, made, rates

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["run", "rates", "page", "gallery"])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--datasets", nargs="+", default=["mnist", "mnist_sample"])
    parser.add_argument("--runs-dir", type=Path, default=Path("runs/notebooks"))
    options = parser.parse_args()
    wanted = (options.datasets, options.seeds, options.names)
    (DOCS / "notebooks").mkdir(exist_ok=True)
    if options.what == "run":
        for experiment in experiments(*wanted):
            if finished(experiment, options.runs_dir) is None:
                print(id_of(experiment), flush=True)
                print(json.dumps(figures(made(experiment, options.runs_dir))), flush=True)
    elif options.what == "rates":
        text = json.dumps(rates(options.names), indent=1)
        (DOCS / "notebooks" / "rates.json").write_text(text + "\n")
    elif options.what == "gallery":
        gallery.write(DOCS, options.runs_dir, print)
    else:
        write(DOCS, options.runs_dir, experiments(*wanted))


if __name__ == "__main__":
    main()
