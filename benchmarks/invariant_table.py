"""The README's table: A2 to A5 on the whole of MNIST, several seeds, beside their controls.

    python benchmarks/invariant_table.py [--seeds 0 1 2] [--runs-dir DIR]

Runs each experiment once a seed and prints a Markdown table: what the notebook printed, the mean
and spread (smallest to largest) that hebb gets, the controls' means, and the median rate.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from hebb import config
from hebb.evaluate import evaluate
from hebb.experiment import train

# Experiment: id, notebook's accuracy in %, notebook's inputs a second on its author's GPU.
PRINTED = {
    "invariant_mnist": ("A2", 43.61, 687),
    "a3_more_winners": ("A3", 30.51, 680),
    "a4_larger": ("A4", 37.28, 600),
    "a5_response": ("A5", 36.57, 600),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--runs-dir", type=Path, default=Path(tempfile.gettempdir()) / "hebb-table")
    options = parser.parse_args()
    seeds = ", ".join(map(str, options.seeds))
    print(f"| | experiment | notebook | hebb, seeds {seeds} | random weights | random images "
          "| raw pixels | notebook | hebb |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    for name, (row, printed, printed_rate) in PRINTED.items():
        found, rates = [], []
        for seed in options.seeds:
            experiment = config.load(name, ["dataset.fallback=null", f"seed={seed}"])
            run = train(experiment, runs_dir=options.runs_dir, quiet=True, say=lambda line: None)
            found.append(evaluate(run, quiet=True)["results"][0])
            rates += [record["inputs_per_second"] for record in run.metrics()]
        ours = [100 * each["accuracy"] for each in found]
        controls = [
            statistics.mean(100 * each["controls"][control]["accuracy"] for each in found)
            for control in ("random_weights", "random_images", "raw_pixels")
        ]
        cells = [row, f"`{name}`", f"{printed:.2f} %",
                 f"{statistics.mean(ours):.1f} % ({min(ours):.1f} to {max(ours):.1f})",
                 *(f"{control:.1f} %" for control in controls),
                 f"{printed_rate}/s", f"{statistics.median(rates):,.0f}/s"]  # fmt: skip
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
