"""Whether a peer does the same work: the same weights in the end, and alike on the way in float32.

In float64 every weight must agree to NEAR after a few hundred inputs: that proves it. In float32
it cannot be asked, as any two correct sums part for good at the first near tie, where each lets
another unit win and both are right. So there weights must be alike up to where they part: as a
length over an array, the difference is at most LOOSE of how far the array has moved. One other
winner moves it by far more; a single weight that is off by less is left to float64. And where they
part, who learns must hang on a hair: noise of HAIR in the weights changes it too.
"""

from dataclasses import dataclass

import numpy as np
from peers.base import Peer

from hebb.bench import Row, Work
from hebb.device import one_blas_thread
from hebb.errors import HebbError

NEAR = 1e-9
LOOSE = 1e-3  # of how far weights have moved
HAIR = 1e-5  # of each weight
DRAWS = 8


@dataclass(frozen=True)
class Agreement:
    """apart: of weights in float64 after `inputs`, at most. same: inputs after which the weights
    in float32 are alike still; all `inputs`, or up to a near tie. For classifying: images that have
    the same winner in float32, of which none is demanded.
    """

    inputs: int
    apart: float
    same: int


def agreement(row: Row, kind: type[Peer], inputs: int = 300, epoch: int = 1000) -> Agreement:
    """epoch: inputs of each that is learned before. HebbError: it is not the same work."""
    works = [Work(row, dtype, max(inputs, epoch)) for dtype in ("float64", "float32")]
    n = max(inputs // works[0].per, 2) * works[0].per
    exact, rough = ((work, kind(work)) for work in works)
    if row.classifies:
        return _classified(*exact, *rough, n)
    apart = _apart(*exact, n)
    if not apart <= NEAR:
        raise HebbError(
            f"{row.id}: {kind.name} does not learn what hebb learns: after {n} inputs weights in "
            f"float64 lie {apart:.1e} apart, more than {NEAR:.0e}"
        )
    work, peer = rough
    if _alike(work, peer, n):
        return Agreement(n, apart, n)
    low, high = 0, n // work.per  # units after which they are alike, and are not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _alike(work, peer, middle * work.per) else (low, middle)
    if not _on_a_hair(work, low):
        raise HebbError(
            f"{row.id}: {kind.name} does not learn what hebb learns: in float32 they part after "
            f"{low * work.per} inputs, where there is no near tie"
        )
    return Agreement(n, apart, low * work.per)


def _both(work: Work, peer: Peer, n: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The weights of hebb and of the peer after n inputs."""
    with one_blas_thread():
        work.again()
        work.go(n)
    with peer.within():
        peer.again()
        peer.go(n)
        return work.stack.state(), peer.weights()


def _apart(work: Work, peer: Peer, n: int) -> float:
    ours, theirs = _both(work, peer, n)
    # Not by `max`, to which NaN is never the larger.
    return float(np.max([abs(ours[key] - theirs[key]).max() for key in ours]))


def _alike(work: Work, peer: Peer, n: int) -> bool:
    """Whether all weights have moved alike, loosely: one other winner moves them by far more."""
    ours, theirs = _both(work, peer, n)
    for key in ours:
        moved = np.linalg.norm(ours[key] - work.start[key])
        if np.linalg.norm(ours[key] - theirs[key]) > LOOSE * moved:
            return False
    return True


def _on_a_hair(work: Work, units: int) -> bool:
    """Whether noise in the weights changes who learns from the unit after so many."""
    rng = np.random.default_rng(0)
    with one_blas_thread():
        work.again()
        if units:
            work.go(units * work.per)
        before = work.stack.state(motion=True)
        found = set()
        for draw in range(DRAWS):
            noisy = {
                key: array * (1 + HAIR * rng.standard_normal(array.shape) * bool(draw))
                if key in work.stack.state()
                else array
                for key, array in before.items()
            }
            work.stack.load(noisy, motion=True)
            start = work.stack.state()
            work.go_on(units * work.per, (units + 1) * work.per)
            moved = {
                key: (array != start[key]).reshape(len(array), -1).any(axis=1).tobytes()
                for key, array in work.stack.state().items()
            }
            found.add(tuple(moved.values()))
    return len(found) > 1


def _classified(exact: Work, peer: Peer, rough: Work, rough_peer: Peer, n: int) -> Agreement:
    """Images of which both say the same winner. HebbError: in float64 not all; float32 is told."""
    same = []
    for work, each in ((exact, peer), (rough, rough_peer)):
        with one_blas_thread():
            work.again()
            ours = work.classify(n)
        with each.within():
            each.again()
            same.append(int((each.classify(n) == ours).sum()))
    if same[0] < n:
        raise HebbError(
            f"{exact.row.id}: {peer.name} names another winner than hebb for {n - same[0]} of {n} "
            "images in float64"
        )
    return Agreement(n, 0.0, same[1])
