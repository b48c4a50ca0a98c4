"""Inputs of `invariance` that are off, and what is left undone until somebody looks at them.

An input that is off has s = 0 and e = -r, so e / max(r, prec) is -1 and a step multiplies its
weights by 1 - seta u, whichever input it is. So the factors of all steps go into one `scale` of
each unit, which no weight need be written for:

    W = base * scale

Exact but for rounding, and where r < prec: there the factor is the input's own, and base takes up
what that and the shared one differ by. r of an input that is off is asked for by that test and by
the counts, and by nothing in the next step, so inputs wait and many steps are looked at together.

base and scale follow from the steps alone, never from where a window ends: that decides when
something is done, not what. All r are sums over units from the first to the last.
"""

from typing import NamedTuple

import numpy as np

from hebb.layers.base import PREC
from hebb.layers.compiled import compiled
from hebb.layers.floor import lifted
from hebb.layers.kernels.lanes import BYTES, add_product, all_at_least, load, spread, store
from hebb.layers.kernels.tally import count

MOST = 0.5  # of its size, at most, a weight loses in a step by the factor that inputs share
SMALL = 2.0**-20  # the scale below which it is put to the weights
FOUR = 4  # inputs are looked at together, so that a step's lanes are loaded a quarter as often


class Window(NamedTuple):
    """The last few steps, as many as fill a register: of step k there is lane k, or row k."""

    su: np.ndarray  # (N, lanes) scale * u
    u: np.ndarray  # (lanes, N and zeros)
    scale: np.ndarray  # (lanes, N and ones) as the step found it
    factor: np.ndarray  # (lanes, N and ones) of the step for inputs that are off
    least: np.ndarray  # (1, lanes) the r below which the factor is not that: prec, or 0 where u is
    since: np.ndarray  # (D,) the step for which an input waits
    s_square: np.ndarray  # (lanes,) in float64
    e: np.ndarray  # (D, lanes)
    r: np.ndarray  # (FOUR, lanes) scratch


@compiled()
def open_window(base, n_units):
    """A window without steps. base (D, N and zeros)."""
    n_in, width = base.shape
    lanes = BYTES // base.itemsize
    ones = np.ones((lanes, width), base.dtype)
    return Window(
        np.zeros((n_units, lanes), base.dtype), np.zeros_like(ones), ones, np.ones_like(ones),
        np.zeros((1, lanes), base.dtype), np.zeros(n_in, np.int64), np.zeros(lanes),
        np.zeros((n_in, lanes), base.dtype), np.empty((FOUR, lanes), base.dtype),
    )  # fmt: skip


@compiled()
def begin_step(s, on, u, scale, now, seta, learns, window):
    """Step `now` of a window, with code s, its inputs `on`, and u.

    Returns whether inputs that are off share a factor: a step that would take most of a weight, or
    turn it over, is taken by each for itself.
    """
    one, none = u.dtype.type(1), u.dtype.type(0)  # integers would make float64 of float32
    for i in on:
        window.s_square[now] += np.float64(s[i]) * np.float64(s[i])
    shared, moves = learns, False
    for j in range(len(u)):
        shared &= 0 <= u[j] and seta * u[j] <= MOST
        moves |= u[j] != 0
        window.su[j, now] = scale[0, j] * u[j]
        window.u[now, j] = u[j]
    for j in range(len(u)):
        window.scale[now, j] = scale[0, j]
        window.factor[now, j] = one - seta * u[j] if shared else one
    window.least[0, now] = u.dtype.type(PREC) if moves else none
    return shared


@compiled()
def end_step(scale, now, window):
    """The step's factors go into the scale. Returns whether that has become small."""
    small = False
    for j in range(len(window.su)):
        scale[0, j] *= window.factor[now, j]
        small |= scale[0, j] < SMALL
    return small


@compiled()
def _predict(base, a, b, c, d, window):
    """r of four inputs in each step of the window, (FOUR, lanes): `window.r`."""
    su = window.su
    none = spread(base.dtype.type(0), load(su, 0, 0))
    at_a, at_b, at_c, at_d = none, none, none, none
    for j in range(len(su)):
        x = load(su, j, 0)
        at_a = add_product(at_a, x, spread(base[a, j], x))
        at_b = add_product(at_b, x, spread(base[b, j], x))
        at_c = add_product(at_c, x, spread(base[c, j], x))
        at_d = add_product(at_d, x, spread(base[d, j], x))
    return at_a, at_b, at_c, at_d


@compiled()
def _predict_four(base, inputs, m, window):
    """The four inputs of a list from the mth on, the last in place of those it lacks; their r."""
    last = len(inputs) - 1
    four = inputs[m], inputs[min(m + 1, last)], inputs[min(m + 2, last)], inputs[min(m + 3, last)]
    r = _predict(base, four[0], four[1], four[2], four[3], window)
    store(window.r, 0, 0, r[0])
    store(window.r, 1, 0, r[1])
    store(window.r, 2, 0, r[2])
    store(window.r, 3, 0, r[3])
    return four


@compiled()
def settle(base, inputs, now, seta, floor, learns, window):
    """Inputs of a list, to which nothing happened since they waited, up to step `now`."""
    for m in range(0, len(inputs), FOUR):
        waits = False
        for i in inputs[m : m + FOUR]:
            waits |= window.since[i] < now
        if waits:
            four = _predict_four(base, inputs, m, window)
            for n in range(FOUR):
                _note(base, four[n], n, now, seta, floor, learns, window)


@compiled()
def _note(base, i, n, now, seta, floor, learns, window):
    """Input i waits no longer, but from `now` on: row n of `window.r` is what was predicted."""
    shared = True
    for k in range(window.since[i], now):
        window.e[i, k] = -window.r[n, k]
        shared &= window.r[n, k] >= window.least[0, k]
    if learns and not shared:
        _settle_singly(base, i, now, seta, floor, window)
    window.since[i] = now


@compiled()
def _settle_singly(base, i, now, seta, floor, window):
    """Step by step, as in some the input's weights are multiplied by factors of its own."""
    prec = base.dtype.type(PREC)
    for k in range(window.since[i], now):
        r = _predict(base, i, i, i, i, window)
        store(window.r, 0, 0, r[0])
        r_i = window.r[0, k]
        window.e[i, k] = -r_i
        if not r_i >= window.least[0, k]:
            _learn(base, i, k, -seta * (r_i / max(r_i, prec)), floor, window)


@compiled()
def settle_all(base, every, now, seta, floor, learns, window):
    """`settle`, quick where inputs have waited since the window began and r is not too small."""
    for m in range(0, len(every), FOUR):
        waited = m + FOUR <= len(every)
        for i in every[m : m + FOUR]:
            waited &= window.since[i] == 0
        if waited:
            least = load(window.least, 0, 0)
            a, b, c, d = _predict(base, m, m + 1, m + 2, m + 3, window)
            store(window.e, m, 0, a)
            store(window.e, m + 1, 0, b)
            store(window.e, m + 2, 0, c)
            store(window.e, m + 3, 0, d)
            enough = all_at_least(a, least) and all_at_least(b, least)
            enough = enough and all_at_least(c, least) and all_at_least(d, least)
            waited = enough or not learns
        if not waited:
            settle(base, every[m : m + FOUR], now, seta, floor, learns, window)


@compiled()
def learn_from(s, base, on, now, leta, seta, floor, learns, window):
    """What happens in step `now` to the inputs that do not wait."""
    prec = base.dtype.type(PREC)
    for m in range(0, len(on), FOUR):
        four = _predict_four(base, on, m, window)
        for n in range(FOUR):
            i = four[n]
            if window.since[i] > now:  # it stands in for one that lacks
                continue
            window.since[i] = now + 1
            r = window.r[n, now]
            window.e[i, now] = s[i] - r
            rate = leta if s[i] > 0 else seta
            if learns:
                _learn(base, i, now, rate * ((s[i] - r) / max(r, prec)), floor, window)


@compiled()
def _learn(base, i, k, gain, floor, window):
    """The weights of input i times 1 + u gain, in step k; not times the factor of that step."""
    one = base.dtype.type(1)
    for j in range(base.shape[1]):
        scale = window.scale[k, j]
        learned = lifted(base[i, j] * scale * (one + window.u[k, j] * gain), floor)
        base[i, j] = learned / (scale * window.factor[k, j])


@compiled()
def count_steps(window, now, tally):
    """Tally the steps of the window, of which there are `now`, and begin a new one."""
    e_square = np.zeros_like(window.s_square)
    for i in range(len(window.e)):
        for k in range(len(e_square)):
            e_square[k] += np.float64(window.e[i, k]) * np.float64(window.e[i, k])
    for k in range(now):
        count(tally, window.s_square[k], e_square[k])
    window.su[:], window.least[:], window.since[:] = 0, 0, 0
    window.s_square[:] = 0


@compiled()
def put_together(w, base, scale, floor):
    """w = base * scale. w and base (D, N and zeros); scale (1, N and ones)."""
    for i in range(len(w)):
        for j in range(w.shape[1]):
            w[i, j] = lifted(base[i, j] * scale[0, j], floor)
