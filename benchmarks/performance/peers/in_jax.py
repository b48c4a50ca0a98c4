"""The rules in JAX: one compiled loop over the inputs, whose state changes in place.

The loop is `lax.fori_loop` with as many turns as there are inputs, not known when it is compiled:
the same loop as `lax.scan` makes, without compiling anew for each number of inputs. XLA decides
on threads by itself; numbers that are denormal it takes for 0.
"""

from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from peers.base import PREC, Peer, band, pixels

State = dict[str, Any]


once = lax.optimization_barrier  # else XLA works a row's number out anew for each of its weights


def largest(c: Array, n: int) -> Array:
    """The places of the n largest of c (N,)."""
    return c.argmax()[None] if n == 1 else lax.top_k(c, n)[1]


def excited(p: Array, spec) -> Array:
    """p (..., N) and what its neighbours add: a product with a band of ones on either side."""
    weight = spec.lateral.weight
    down, across = (jnp.asarray(band(n, spec.lateral.radius), p.dtype) for n in spec.grid)
    box = down @ p.reshape(*p.shape[:-1], *spec.grid) @ across
    return weight * box.reshape(p.shape) + (1 - weight) * p


def mwta(spec, state: State, v: Array) -> tuple[State, Array]:
    w = state["w"]
    p = w @ v
    k = largest(excited(p, spec) if spec.lateral else p, spec.n_w)
    y, rows = p[k], w[k]
    r = y @ rows
    e = v - r
    if spec.clip is not None:
        e = e.clip(-spec.clip, spec.clip)
    gain = once(spec.xi * (e / jnp.maximum(r, PREC)))
    rows = rows * (1 + y[:, None] * gain)
    w = w.at[k].set(rows, unique_indices=True)
    if spec.output == "normalized":
        y = y / rows.sum(axis=1)
    return {"w": w}, jnp.zeros_like(p).at[k].set(y)


def invariance(spec, state: State, s: Array) -> tuple[State, Array]:
    w, u, step = state["w"], state["u"], state["step"]
    u = u + spec.alpha * (w @ s - u)
    r = u @ w
    g = jnp.where(s > 0, spec.leta, spec.seta).astype(s.dtype) * (s - r) / jnp.maximum(r, PREC)
    u, g = once(u), once(g)
    w = w * (1 + u[:, None] * g)
    w = lax.cond(step % spec.renormalize_every == 0, _renormalized, lambda w: w, w)
    return {"w": w, "u": u, "step": step + 1}, u


def _renormalized(w: Array) -> Array:
    return w * (w.shape[1] / len(w) / w.sum(axis=1, keepdims=True))


def smooth_invariance(spec, state: State, s: Array) -> tuple[State, Array]:
    w, y1, y2, s1 = (state[each] for each in ("w", "y1", "y2", "s1"))
    p = w @ s
    k = lax.top_k(p, spec.n_w)[1]
    y = jnp.zeros_like(p).at[k].set(p[k])
    apart = once(spec.eta * ((y + y2) / 2 - y1))
    w = w * (1 + apart[:, None] * s1)
    if spec.reconstruct:
        rows = w[k]
        r = p[k] @ rows
        gain = once(jnp.where(s > 0, s - r, 0) / jnp.maximum(r, PREC))
        w = w.at[k].set(rows * (1 + spec.zeta * p[k][:, None] * gain))
    return {"w": w, "y1": y, "y2": y1, "s1": s}, y


def threshold(spec, state: State, v: Array) -> tuple[State, Array]:
    """Winner by winner in loops of as many turns: no shape has to hold all that might win."""
    w, q = state["w"], state["q"]
    p = w @ v
    s = p / q
    won = s > spec.thresh * jnp.maximum(s.max(), PREC)
    k, n = jnp.nonzero(won, size=len(w))[0], won.sum()
    r = lax.fori_loop(0, n, lambda i, r: r + p[k[i]] * w[k[i]], jnp.zeros_like(v))
    e = (v - r).clip(-spec.clip, spec.clip) / jnp.maximum(r, PREC)
    gain = once(spec.xi * e)

    def learned(i: Array, both: tuple[Array, Array]) -> tuple[Array, Array]:
        w, q = both
        row = w[k[i]] * (1 + p[k[i]] * gain)
        return lax.dynamic_update_index_in_dim(w, row, k[i], 0), q.at[k[i]].set(row.sum())

    w, q = lax.fori_loop(0, n, learned, (w, q))
    return {"w": w, "q": q}, p


def local_wta(spec, state: State, v: Array, labels) -> tuple[State, Array]:
    runs = pixels(spec, v.shape[1])
    seen = v[:, runs].swapaxes(0, 1)  # (blocks, B, pixels)
    code = only_largest(jnp.einsum("cbi,cni->cbn", seen, state["w"]))
    w = bounded(seen, code, state["w"], spec.xi)
    return {"w": w}, code.swapaxes(0, 1).reshape(len(v), -1)


def dreamflow(spec, state: State, v: Array, labels: Array) -> tuple[State, Array]:
    w, w_label = state["w"], state["w_label"]
    c = jax.nn.one_hot(labels, spec.classes, dtype=w.dtype)
    code = only_largest(v @ w.T + c @ w_label.T)
    return {"w": bounded(v, code, w, spec.xi), "w_label": bounded(c, code, w_label, spec.xi)}, code


def only_largest(h: Array) -> Array:
    k = once(h.argmax(axis=-1))
    return jnp.where(k[..., None] == jnp.arange(h.shape[-1]), h, 0)


def bounded(v: Array, code: Array, w: Array, xi: float) -> Array:
    """The step of both layers: v (..., B, D), code (..., B, N), w (..., N, D)."""
    p = code @ w
    e = (v - p) / jnp.where(p > 1e-20, p, 1)
    dw = w * (code.swapaxes(-1, -2) @ e)
    return w + once(xi / jnp.maximum(abs(dw).max(), 1e-20)) * dw


def compspec(spec, state: State, v: Array, labels) -> tuple[State, Array]:
    w, s, length = state["w"], state["s"], state["length"]
    h = v @ w.T
    lengths = once(jnp.linalg.norm(v, axis=1))
    o = h / (lengths[:, None] * length)
    k = once(((1 - s) ** 2 / jnp.maximum(1 - o, PREC)).argmax(axis=1))
    of = jnp.arange(len(v))
    # With as many places as inputs: of those that are not needed none is written.
    units, place = jnp.unique(k, return_inverse=True, size=min(len(v), len(w)), fill_value=len(w))
    counts = jnp.zeros(len(units), w.dtype).at[place].add(1)
    share = jnp.zeros((len(units), len(v)), w.dtype).at[place, of].set(1 / counts[place])
    rows, own = w[units], s[units]
    change = share @ v - (share @ h[of, k])[:, None] * rows
    rows = rows + once(change) * once(((1 - own) ** 2 + 0.1) * spec.xi)[:, None]
    own = own * (1 - spec.phi) + spec.phi * (share @ o[of, k])
    put = {"mode": "drop", "unique_indices": True}
    return {
        "w": w.at[units].set(rows, **put),
        "s": s.at[units].set(own, **put),
        "length": length.at[units].set(jnp.linalg.norm(rows, axis=1), **put),
    }, h


def krotov_hopfield(spec, state: State, v: Array, labels) -> tuple[State, Array]:
    w = state["w"]
    powers = state.get("powers", w)
    t = v @ powers.T
    if spec.k == 2:  # two passes are quicker than sorting
        best = once(t.argmax(axis=1))
        rival = jnp.where(best[:, None] == jnp.arange(len(w)), -jnp.inf, t).argmax(axis=1)
    else:
        order = once(lax.top_k(t, spec.k))[1]  # sliced at once it would be sorted whole
        best, rival = order[:, 0], order[:, spec.k - 1]
    size = len(v)
    both = jnp.concatenate([best, rival])
    count = min(2 * size, len(w))
    units, place = jnp.unique(both, return_inverse=True, size=count, fill_value=len(w))
    of = jnp.arange(size)
    g = jnp.zeros((count, size), w.dtype)
    g = g.at[place[:size], of].set(1).at[place[size:], of].set(-spec.delta)
    rows = w[units]
    drag = once((g * t[:, units].T).sum(axis=1))
    change = jnp.where((units < len(w))[:, None], g @ v - drag[:, None] * rows, 0)
    rows = rows + once(state["rate"] / jnp.maximum(abs(change).max(), 1e-30)) * change
    put = {"mode": "drop", "unique_indices": True}
    changed = {"w": w.at[units].set(rows, **put), "rate": state["rate"]}
    if spec.p != 2:
        changed["powers"] = powers.at[units].set(power(rows, spec.p), **put)
    return changed, t


def power(w: Array, p: float) -> Array:
    return w * abs(w) if p == 3 else jnp.sign(w) * abs(w) ** (p - 1)


RULES: dict[str, Callable[..., tuple[State, Array]]] = {
    "mwta": mwta,
    "invariance": invariance,
    "smooth_invariance": smooth_invariance,
    "threshold": threshold,
    "local_wta": local_wta,
    "dreamflow": dreamflow,
    "compspec": compspec,
    "krotov_hopfield": krotov_hopfield,
}


def besides(spec, arrays: State, work) -> State:
    """What a rule carries beside what it learns."""
    w = arrays["w"]
    if spec.rule == "invariance":
        return {"u": jnp.zeros(len(w), w.dtype), "step": jnp.int32(0)}
    if spec.rule == "smooth_invariance":
        return {"y1": jnp.zeros(len(w), w.dtype), "y2": jnp.zeros(len(w), w.dtype),
                "s1": jnp.zeros(w.shape[1], w.dtype)}  # fmt: skip
    if spec.rule == "threshold":
        return {"q": w.sum(axis=1)}
    if spec.rule == "local_wta":
        own = w.reshape(-1, spec.per_cluster, w.shape[1])
        return {"w": jnp.take_along_axis(own, pixels(spec, w.shape[1])[:, None, :], axis=2)}
    if spec.rule == "compspec":
        return {"length": jnp.linalg.norm(w, axis=1)}
    if spec.rule == "krotov_hopfield":
        rate = spec.eps * (1 - work.row.before / max(work.phase.epochs, work.row.before + 1))
        kept = {} if spec.p == 2 else {"powers": power(w, spec.p)}
        return {"rate": jnp.asarray(rate, w.dtype), **kept}
    return {}


class JAX(Peer):
    name = "JAX"

    def __init__(self, work):
        super().__init__(work)
        specs, size = work.specs, work.per

        def step(i: Array, carried: tuple[list[State], Array, Array | None]):
            states, x, labels = carried
            if size == 1:
                v, given = lax.dynamic_index_in_dim(x, i, keepdims=False), ()
            else:
                v = lax.dynamic_slice_in_dim(x, i * size, size)
                c = None if labels is None else lax.dynamic_slice_in_dim(labels, i * size, size)
                given = (c,)
            new = []
            for spec, state in zip(specs, states, strict=True):
                state, v = RULES[spec.rule](spec, state, v, *given)
                new.append(state)
            return new, x, labels

        @partial(jax.jit, donate_argnums=0)
        def learn(states: list[State], x: Array, labels: Array | None, n: Array) -> list[State]:
            return lax.fori_loop(0, n, step, (states, x, labels))[0]

        @jax.jit
        def winners(states: list[State], x: Array) -> Array:
            sparse, invariant, top = (state["w"] for state in states)
            p = x @ sparse.T
            k = once(lax.top_k(once(excited(p, specs[0])), specs[0].n_w))[1]
            y = jnp.take_along_axis(p, k, axis=1) / sparse.sum(axis=1)[k]
            code = jnp.zeros_like(p).at[jnp.arange(len(x))[:, None], k].set(y)
            return (code @ invariant.T @ top.T).argmax(axis=1)

        self.learn, self.winners = learn, winners
        with self.within():
            self.x = jnp.asarray(work.x)
            self.labels = None if work.labels is None else jnp.asarray(work.labels, jnp.int32)

    def choose_threads(self, n: int) -> None:
        """XLA has chosen."""

    @contextmanager
    def within(self):
        with jax.enable_x64(self.dtype == np.float64):
            yield

    def again(self) -> None:
        self.states = []
        for name, layer in self.work.stack.layers.items():
            arrays = {each: jnp.array(array) for each, array in self.start(name).items()}
            self.states.append(arrays | besides(layer.spec, arrays, self.work))
        jax.block_until_ready(self.states)

    def go(self, n: int) -> None:
        if self.work.row.classifies:
            self.classify(n)
            return
        turns = jnp.int32(n // self.work.per)
        self.states = jax.block_until_ready(self.learn(self.states, self.x, self.labels, turns))

    def weights(self) -> dict[str, np.ndarray]:
        found = {}
        for (name, layer), state in zip(self.work.stack.layers.items(), self.states, strict=True):
            for each in layer.arrays:
                found[f"{name}.{each}"] = np.asarray(state[each])
            if layer.spec.rule == "local_wta":
                whole = np.zeros((*state["w"].shape[:2], layer.n_in), self.dtype)
                places = pixels(layer.spec, layer.n_in)[:, None, :]
                np.put_along_axis(whole, places, found[f"{name}.w"], axis=2)
                found[f"{name}.w"] = whole.reshape(layer.w.shape)
        return found

    def classify(self, n: int) -> np.ndarray:
        """A product of matrices a layer, in blocks that stay in the caches."""
        blocks = [self.x[i : min(i + 500, n)] for i in range(0, n, 500)]
        return np.concatenate([self.winners(self.states, block) for block in blocks])
