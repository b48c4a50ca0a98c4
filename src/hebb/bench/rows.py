"""The rows of the benchmark: which work of which experiment is timed."""

import os
from dataclasses import dataclass

from hebb import config
from hebb.config import Experiment
from hebb.errors import UsageError
from hebb.hints import known_names


@dataclass(frozen=True)
class Row:
    """Work whose rate is measured: the next epoch of an experiment, or its classifying.

    before: epochs that are learned before the clock starts. steady: whether an input costs about
    the same all through the epoch; where not, a turn takes all of it.
    """

    id: str
    title: str
    experiment: str
    before: int = 1
    steady: bool = True
    unit: str = "inputs"  # or batches, images
    classifies: bool = False


INPUTS = 10_000  # of an epoch
CLASSIFIED = 70_000  # images: the whole of MNIST

ROWS = {
    row.id: row
    for row in (
        Row("a1", "A1, the whole stack", "a1_frozen"),
        Row("a4", "A4, the larger stack", "a4_larger"),
        Row("d11_first", "D11, first epoch", "d11_mean_between", before=0, steady=False),
        Row("d11_later", "D11, after two epochs", "d11_mean_between", before=2),
        Row("b1", "B1, smooth invariance", "b1_smooth"),
        Row("c2", "C2, DreamFlow", "c2_blocks", unit="batches"),
        Row("c4", "C4, DreamFlow, 900 units", "c4_many", unit="batches"),
        Row("compspec_100", "CompSpec, 100 units", "e1_compspec", unit="batches"),
        Row("compspec_2000", "CompSpec, 2,000 units", "e2_compspec_2000", unit="batches"),
        Row("krotov_100", "Krotov-Hopfield, 100 units, p 2", "e6_krotov_hopfield", unit="batches"),
        Row("krotov_2000", "Krotov-Hopfield, 2,000 units, p 3", "e6_krotov_hopfield_2000",
            unit="batches"),
        Row("classify", "classifying with A4", "a4_larger", unit="images", classifies=True),
    )
}  # fmt: skip


def find(ids: list[str]) -> list[Row]:
    """The rows of these ids, all without any. UsageError: there is no such row."""
    for each in ids:
        if each not in ROWS:
            raise UsageError(f"bench: no row is called {each}; {known_names(each, ROWS, 'Rows')}")
    return [ROWS[each] for each in ids or ROWS]


def experiment_of(row: Row, dtype: str) -> Experiment:
    """On the whole of MNIST where HEBB_DATA says where it is, else on the sample."""
    source = "mnist" if os.environ.get("HEBB_DATA") else "mnist_sample"
    settings = [f"dataset.source={source}", "dataset.fallback=null", f"dtype={dtype}"]
    first = config.load(row.experiment, settings).phases[0].name
    return config.load(row.experiment, [*settings, f"phases.{first}.steps={INPUTS}"])
