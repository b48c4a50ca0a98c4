"""What the step of a rule cannot do without: operations, and bytes read and written.

Counted are the equations, taken an input (or a batch) at a time: an addition, a multiplication or
a comparison is an operation; an input of 0 costs nothing; of the weights those are read that the
step needs, and those written that it changes, once each, and each input and answer once. A form
of a rule that reads a weight for several inputs at once can do with fewer bytes than that, and
one that also multiplies zeros needs more operations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hebb.bench.limits import Limits
from hebb.bench.work import Work
from hebb.layers import Layer

LOOKED_AT = 500  # inputs whose zeros and winners are counted


@dataclass(frozen=True)
class Seen:
    """A layer and, as means over inputs, what it meets.

    lit: inputs that are not 0; reads: weights that are not 0 from there to any unit; winners: units
    that win; moved: units that win anything in a batch. weights: all that are not 0.
    """

    spec: Any
    n_in: int
    lit: float
    reads: float
    winners: float
    moved: float
    weights: int

    @property
    def n_out(self) -> int:
        return self.spec.n_units


@dataclass(frozen=True)
class Cost:
    """Of one unit of a row (an input, a batch, an image): operations and numbers moved."""

    operations: float
    numbers: float


def _mwta(it: Seen, learns: bool) -> Cost:
    d, k = it.n_in, it.spec.n_w
    operations = 2 * it.reads + (6 * it.n_out if it.spec.lateral else 0)
    if not learns:
        return Cost(operations, it.reads + d + it.n_out)
    each = 6 if it.spec.output == "normalized" else 5  # rebuilt 2, learned 3, summed 1
    return Cost(operations + each * k * d + 4 * d, it.reads + 2 * k * d + d + it.n_out)


def _invariance(it: Seen, learns: bool) -> Cost:
    d, n = it.n_in, it.n_out
    if not learns:
        return Cost(2 * it.reads, it.reads + d + n)
    return Cost(2 * it.reads + 3 * n + 5 * n * d + 4 * d, 2 * n * d + d + n)


def _smooth_invariance(it: Seen, learns: bool) -> Cost:
    d, k, lit = it.n_in, it.spec.n_w, it.lit
    changed = 3 * k  # who answers now, who did before, and who did before that
    operations = 2 * it.reads + 3 * changed * lit + 2 * k * d + 3 * k * lit + 4 * lit
    return Cost(operations, it.reads + 2 * (changed + k) * lit + k * d + d + it.n_out)


def _threshold(it: Seen, learns: bool) -> Cost:
    d, k = it.n_in, it.winners
    operations = 2 * it.reads + 3 * it.n_out + 6 * k * d + 4 * d
    return Cost(operations, it.reads + 2 * k * d + d + it.n_out)


def _local_wta(it: Seen, learns: bool) -> Cost:
    size, d = it.spec.batch, it.n_in
    block = it.weights / it.spec.per_cluster  # inputs that the winners of one image see
    operations = size * (2 * it.reads + 4 * block + 3 * d) + 4 * it.weights
    return Cost(operations, 2 * it.weights + size * (d + it.n_out))


def _dreamflow(it: Seen, learns: bool) -> Cost:
    size, n, both = it.spec.batch, it.n_out, it.n_in + it.spec.classes
    operations = size * (2 * it.reads + n + 7 * both) + 4 * n * both
    return Cost(operations, 2 * n * both + size * (it.n_in + n))


def _compspec(it: Seen, learns: bool) -> Cost:
    size, d, n = it.spec.batch, it.n_in, it.n_out
    operations = size * (2 * it.reads + 4 * n + 2 * it.lit) + 6 * it.moved * d
    return Cost(operations, n * d + 2 * it.moved * d + size * (d + n))


def _krotov_hopfield(it: Seen, learns: bool) -> Cost:
    size, d, n = it.spec.batch, it.n_in, it.n_out
    products = 1 if it.spec.p == 2 else 2
    operations = size * (2 * products * it.reads + n + 4 * it.lit) + 5 * it.moved * d
    return Cost(operations, products * n * d + 2 * it.moved * d + size * (d + n))


COSTS: dict[str, Callable[[Seen, bool], Cost]] = {
    "mwta": _mwta,
    "invariance": _invariance,
    "smooth_invariance": _smooth_invariance,
    "threshold": _threshold,
    "local_wta": _local_wta,
    "dreamflow": _dreamflow,
    "compspec": _compspec,
    "krotov_hopfield": _krotov_hopfield,
}


@dataclass(frozen=True)
class Need:
    """What one unit of a row needs, and how quickly the machine could give it.

    operations, bytes: of all layers. least: seconds, the longer of both, each layer's bytes at
    the bandwidth of the smallest place that holds its weights. by: what takes longer.
    """

    operations: float
    bytes: float
    least: float
    by: str


def need(work: Work, limits: Limits) -> Need:
    """Of a work that stands where the clock starts; it does so afterwards, too."""
    item = work.dtype.itemsize
    operations = moved = moving = 0.0
    places: dict[str, float] = {}
    for layer, it in seen(work):
        cost = COSTS[layer.spec.rule](it, not work.row.classifies)
        place = limits.place(it.weights * item)
        seconds = cost.numbers * item / limits.bandwidths[place]
        operations += cost.operations
        moved += cost.numbers * item
        moving += seconds
        places[place] = places.get(place, 0.0) + seconds
    computing = operations / limits.peak
    by = "operations" if computing >= moving else f"bytes, {max(places, key=places.__getitem__)}"
    return Need(operations, moved, max(computing, moving), by)


def seen(work: Work) -> list[tuple[Layer, Seen]]:
    """The layers of a work, each with what the first inputs make it meet."""
    work.again()
    found = []
    x, labels = work.x[:LOOKED_AT], work.labels
    for layer in work.stack.layers.values():
        size = layer.spec.together
        wins, moved, answers = 0, 0, []
        for start in range(0, len(x) - len(x) % size, size):
            rows = slice(start, start + size)
            before = layer.wins.copy()
            if work.row.classifies:
                answers.append(layer.infer(x[rows]))
            else:
                answers.append(layer.follow(x[rows], None if labels is None else labels[rows]))
            won = layer.wins - before
            wins += int(won.sum())
            moved += int((won > 0).sum())
        inputs = len(answers) * size
        lit, connected = (x[:inputs] != 0).mean(axis=0), layer.w != 0
        found.append((layer, Seen(
            layer.spec, layer.n_in, float(lit.sum()), float(lit @ connected.sum(axis=0)),
            wins / inputs, moved / len(answers), int(connected.sum()),
        )))  # fmt: skip
        x = np.concatenate(answers)
    work.again()
    return found
