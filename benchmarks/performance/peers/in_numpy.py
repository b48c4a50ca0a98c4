"""The rules in NumPy: the rows of winners only, sums and powers kept, memory used again.

Weights stop at the floor where hebb's do: below it numbers are denormal, and NumPy takes ten times
as long.
"""

from typing import Any, ClassVar

import numpy as np
from threadpoolctl import threadpool_limits

from peers.base import FLOOR, PREC, Eager, band, pixels

State = dict[str, np.ndarray]


class MWTA:
    def __init__(self, spec, start: State, work):
        self.spec, self.w, self.floor = spec, start["w"], FLOOR[start["w"].dtype]
        self.box = Box(spec, start["w"].dtype) if spec.lateral else None

    def state(self) -> State:
        return {"w": self.w}

    def learn(self, v: np.ndarray) -> np.ndarray:
        spec, w = self.spec, self.w
        p = w @ v
        c = p if self.box is None else self.box.excite(p)
        k = c.argpartition(-spec.n_w)[-spec.n_w :] if spec.n_w > 1 else c.argmax(keepdims=True)
        y, rows = p[k], w[k]
        r = y @ rows
        e = v - r
        if spec.clip is not None:
            np.clip(e, -spec.clip, spec.clip, out=e)
        e /= np.maximum(r, PREC, out=r)
        e *= spec.xi
        rows *= 1 + y[:, None] * e
        np.maximum(rows, self.floor, out=rows)
        w[k] = rows
        out = np.zeros_like(p)
        out[k] = y / rows.sum(axis=1) if spec.output == "normalized" else y
        return out


class Box:
    """The neighbourhood on the torus: a product with a band of ones on either side."""

    def __init__(self, spec, kind: np.dtype):
        self.grid, self.weight = spec.grid, spec.lateral.weight
        self.down, self.across = (
            band(side, spec.lateral.radius).astype(kind) for side in self.grid
        )

    def excite(self, p: np.ndarray) -> np.ndarray:
        """p (N,) or (B, N) and what its neighbours add to each unit."""
        box = self.down @ p.reshape(-1, *self.grid) @ self.across
        box *= self.weight
        return box.reshape(p.shape) + (1 - self.weight) * p


class Invariance:
    def __init__(self, spec, start: State, work):
        self.spec, self.w = spec, start["w"]
        self.u = np.zeros(len(self.w), self.w.dtype)
        self.change = np.empty_like(self.w)
        self.step = 0

    def state(self) -> State:
        return {"w": self.w}

    def learn(self, s: np.ndarray) -> np.ndarray:
        spec, w, u = self.spec, self.w, self.u
        lit = s.nonzero()[0]
        a = w[:, lit] @ s[lit]
        u += spec.alpha * (a - u)
        r = u @ w
        g = s - r
        g /= np.maximum(r, PREC, out=r)
        on = g[lit] * spec.leta
        g *= spec.seta
        g[lit] = on
        np.multiply(u[:, None], g, out=self.change)
        self.change += 1
        w *= self.change
        if self.step % spec.renormalize_every == 0:
            w *= w.shape[1] / len(w) / w.sum(axis=1, keepdims=True)
        self.step += 1
        return u if spec.output == "trace" else a


class SmoothInvariance:
    def __init__(self, spec, start: State, work):
        self.spec, self.w = spec, start["w"]
        kind = self.w.dtype
        self.y1, self.y2 = np.zeros((2, len(self.w)), kind)
        self.s1, self.lit1 = np.zeros(0, kind), np.zeros(0, np.int64)

    def state(self) -> State:
        return {"w": self.w}

    def learn(self, s: np.ndarray) -> np.ndarray:
        spec, w = self.spec, self.w
        lit = s.nonzero()[0]
        seen = s[lit]
        p = w[:, lit] @ seen
        k = p.argpartition(-spec.n_w)[-spec.n_w :]
        y = np.zeros_like(p)
        y[k] = p[k]
        apart = (y + self.y2) / 2 - self.y1
        rows = apart.nonzero()[0]
        w[rows[:, None], self.lit1] *= 1 + spec.eta * (apart[rows, None] * self.s1)
        if spec.reconstruct:
            part = w[k[:, None], lit]
            r = p[k] @ part
            gain = np.where(seen > 0, seen - r, 0) / np.maximum(r, PREC)
            w[k[:, None], lit] = part * (1 + spec.zeta * (p[k][:, None] * gain))
        self.y2, self.y1, self.s1, self.lit1 = self.y1, y, seen, lit
        return y


class Threshold:
    def __init__(self, spec, start: State, work):
        self.spec, self.w, self.floor = spec, start["w"], FLOOR[start["w"].dtype]
        self.q = self.w.sum(axis=1)

    def state(self) -> State:
        return {"w": self.w}

    def learn(self, v: np.ndarray) -> np.ndarray:
        spec, w = self.spec, self.w
        p = w @ v
        s = p / self.q
        k = (s > spec.thresh * max(s.max(), PREC)).nonzero()[0]
        y, rows = p[k], w[k]
        r = y @ rows
        e = np.clip(v - r, -spec.clip, spec.clip)
        e /= np.maximum(r, PREC, out=r)
        e *= spec.xi
        rows *= 1 + y[:, None] * e
        np.maximum(rows, self.floor, out=rows)
        w[k] = rows
        self.q[k] = rows.sum(axis=1)
        return p


class LocalWTA:
    """Block by block: a product of three dimensions, of which the first is the block."""

    def __init__(self, spec, start: State, work):
        self.spec, self.n_in = spec, start["w"].shape[1]
        self.runs = pixels(spec, self.n_in)
        own = start["w"].reshape(len(self.runs), spec.per_cluster, -1)
        self.w = np.take_along_axis(own, self.runs[:, None, :], axis=2)  # (blocks, units, pixels)

    def state(self) -> State:
        whole = np.zeros((*self.w.shape[:2], self.n_in), self.w.dtype)
        np.put_along_axis(whole, self.runs[:, None, :], self.w, axis=2)
        return {"w": whole.reshape(-1, self.n_in)}

    def learn(self, v: np.ndarray, labels) -> np.ndarray:
        seen = v.T[self.runs].swapaxes(1, 2)  # (blocks, B, pixels)
        h = seen @ self.w.swapaxes(1, 2)
        code = only_largest(h)
        bounded(seen, code, self.w, self.spec.xi)
        return code.swapaxes(0, 1).reshape(len(v), -1)


class DreamFlow:
    def __init__(self, spec, start: State, work):
        self.spec, self.w, self.w_label = spec, start["w"], start["w_label"]
        self.eye = np.eye(spec.classes, dtype=self.w.dtype)

    def state(self) -> State:
        return {"w": self.w, "w_label": self.w_label}

    def learn(self, v: np.ndarray, labels) -> np.ndarray:
        h = v @ self.w.T
        h += self.w_label.T[labels]
        code = only_largest(h)
        bounded(v, code, self.w, self.spec.xi)
        bounded(self.eye[labels], code, self.w_label, self.spec.xi)
        return code


def only_largest(h: np.ndarray) -> np.ndarray:
    k = h.argmax(axis=-1)[..., None]
    code = np.zeros_like(h)
    np.put_along_axis(code, k, np.take_along_axis(h, k, axis=-1), axis=-1)
    return code


def bounded(v: np.ndarray, code: np.ndarray, w: np.ndarray, xi: float) -> None:
    """The step of both layers: v (..., B, D), code (..., B, N); w (..., N, D) changes in place."""
    p = code @ w
    e = v - p
    e /= np.where(p > 1e-20, p, 1)
    dw = code.swapaxes(-1, -2) @ e
    dw *= w
    dw *= xi / max(dw.max(), -dw.min(), 1e-20)
    w += dw


class CompSpec:
    def __init__(self, spec, start: State, work):
        self.spec, self.w, self.s = spec, start["w"], start["s"]
        self.length = np.linalg.norm(self.w, axis=1)

    def state(self) -> State:
        return {"w": self.w, "s": self.s}

    def learn(self, v: np.ndarray, labels) -> np.ndarray:
        spec, w, s = self.spec, self.w, self.s
        h = v @ w.T
        lengths = np.sqrt(np.einsum("bd,bd->b", v, v))
        c = h / self.length
        c *= (-1 / lengths)[:, None]
        c += 1
        np.maximum(c, PREC, out=c)
        np.divide((1 - s) ** 2, c, out=c)
        k = c.argmax(axis=1)
        of = np.arange(len(v))
        answers = h[of, k]
        cosine = answers / (lengths * self.length[k])
        units, place, counts = np.unique(k, return_inverse=True, return_counts=True)
        share = np.zeros((len(units), len(v)), w.dtype)
        share[place, of] = (1 / counts.astype(w.dtype))[place]
        rows = w[units]
        change = share @ v
        change -= (share @ answers)[:, None] * rows
        change *= (((1 - s[units]) ** 2 + 0.1) * spec.xi)[:, None]
        rows += change
        w[units] = rows
        self.length[units] = np.sqrt(np.einsum("nd,nd->n", rows, rows))
        s[units] = s[units] * (1 - spec.phi) + spec.phi * (share @ cosine)
        return h


class KrotovHopfield:
    def __init__(self, spec, start: State, work):
        self.spec, self.w = spec, start["w"]
        self.rate = spec.eps * (1 - work.row.before / max(work.phase.epochs, work.row.before + 1))
        self.powers = self.w if spec.p == 2 else self._power(self.w)

    def state(self) -> State:
        return {"w": self.w}

    def _power(self, w: np.ndarray) -> np.ndarray:
        return w * abs(w) if self.spec.p == 3 else np.sign(w) * abs(w) ** (self.spec.p - 1)

    def learn(self, v: np.ndarray, labels) -> np.ndarray:
        spec, w = self.spec, self.w
        t = v @ self.powers.T
        order = t.argpartition((-spec.k, -1), axis=1)
        best, rival = order[:, -1], order[:, -spec.k]
        both = np.concatenate([best, rival])
        units, place = np.unique(both, return_inverse=True)
        of = np.arange(len(v))
        g = np.zeros((len(units), len(v)), w.dtype)
        g[place[: len(v)], of] = 1
        g[place[len(v) :], of] = -spec.delta
        rows = w[units]
        change = g @ v
        change -= np.einsum("nb,bn->n", g, t[:, units])[:, None] * rows
        change *= self.rate / max(change.max(), -change.min(), 1e-30)
        rows += change
        w[units] = rows
        if spec.p != 2:
            self.powers[units] = self._power(rows)
        return t


class NumPy(Eager):
    name = "NumPy"
    rules: ClassVar = {
        "mwta": MWTA, "invariance": Invariance, "smooth_invariance": SmoothInvariance,
        "threshold": Threshold, "local_wta": LocalWTA, "dreamflow": DreamFlow,
        "compspec": CompSpec, "krotov_hopfield": KrotovHopfield,
    }  # fmt: skip

    def within(self) -> Any:
        return threadpool_limits(self.threads, user_api="blas")

    def classify(self, n: int) -> np.ndarray:
        """A product of matrices a layer, in blocks that stay in the caches."""
        sparse, invariant, top = self.layers
        sums, found = sparse.w.sum(axis=1), []
        for i in range(0, n, 100):
            p = self.x[i : min(i + 100, n)] @ sparse.w.T
            c = sparse.box.excite(p)
            k = c.argpartition(-sparse.spec.n_w, axis=1)[:, -sparse.spec.n_w :]
            code = np.zeros_like(p)
            np.put_along_axis(code, k, np.take_along_axis(p, k, axis=1) / sums[k], axis=1)
            found.append((code @ invariant.w.T @ top.w.T).argmax(axis=1))
        return np.concatenate(found)
