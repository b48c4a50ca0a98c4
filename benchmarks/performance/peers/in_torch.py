"""The rules in PyTorch on the CPU: in place, the rows of winners only, without gradients.

Not through torch.compile: it calls a C++ compiler, which a user of the package need not have, and
a step that learns in place from its own winners gained nothing by it where it was tried.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from peers.base import FLOOR, PREC, Eager, band, pixels

State = dict[str, Tensor]


class Rows:
    """Weights w (N, D) of which a few rows change, beside a transposed copy for the drive.

    Four pixels of five are dark: a weighted sum of the lit rows of the copy, an embedding bag,
    takes a fifth of the time of a product, where the weights are too many for the second cache.
    """

    def __init__(self, w: Tensor):
        self.w, self.beside = w, w.t().contiguous()
        self.zero = torch.zeros(1, dtype=torch.int64)

    def drive(self, v: Tensor) -> Tensor:
        lit = v.nonzero().view(-1)
        seen = v.index_select(0, lit)
        sums = embedding_bag(lit, self.beside, self.zero, mode="sum", per_sample_weights=seen)
        return sums.view(-1)

    def put(self, k: Tensor, rows: Tensor) -> None:
        self.w.index_copy_(0, k, rows)
        self.beside.index_copy_(1, k, rows.t())


class MWTA:
    def __init__(self, spec, start: State, work):
        self.spec, self.rows, self.floor = spec, Rows(start["w"]), floor(start["w"])
        self.box = Box(spec, start["w"].dtype) if spec.lateral else None

    @property
    def w(self) -> Tensor:
        return self.rows.w

    def state(self) -> State:
        return {"w": self.w}

    def learn(self, v: Tensor) -> Tensor:
        spec = self.spec
        if spec.n_w > 1:
            p = self.rows.drive(v)
            c = p if self.box is None else self.box.excite(p)
            k = torch.topk(c, spec.n_w, sorted=False).indices
        else:  # a dense trace of few values
            p = torch.mv(self.w, v)
            k = p.argmax().view(1)
        y, rows = p.index_select(0, k), self.w.index_select(0, k)
        r = torch.mv(rows.t(), y)
        e = torch.sub(v, r)
        if spec.clip is not None:
            e.clamp_(-spec.clip, spec.clip)
        e.div_(r.clamp_(min=PREC))
        rows.addcmul_(rows, torch.outer(y, e), value=spec.xi).clamp_(min=self.floor)
        if spec.n_w > 1:
            self.rows.put(k, rows)
        else:
            self.w.index_copy_(0, k, rows)
        if spec.output == "normalized":
            y = y.div_(rows.sum(1))
        return torch.zeros_like(p).index_copy_(0, k, y)


def floor(w: Tensor) -> float:
    """Below it a number is nearly denormal, and takes many times as long."""
    return float(FLOOR[np.dtype(str(w.dtype).removeprefix("torch."))])


class Box:
    """The neighbourhood on the torus: a product with a band of ones on either side."""

    def __init__(self, spec, kind: torch.dtype):
        self.grid, self.weight = spec.grid, spec.lateral.weight
        self.down, self.across = (
            torch.from_numpy(band(side, spec.lateral.radius)).to(kind) for side in spec.grid
        )

    def excite(self, p: Tensor) -> Tensor:
        """p (N,) or (B, N) and what its neighbours add to each unit."""
        own = p.view(-1, *self.grid)
        down = self.down.expand(len(own), -1, -1)
        across = self.across.expand(len(own), -1, -1)
        how = {"beta": 1 - self.weight, "alpha": self.weight}
        return torch.baddbmm(own, torch.bmm(down, own), across, **how).view(p.shape)


class Invariance:
    def __init__(self, spec, start: State, work):
        self.spec, self.w = spec, start["w"]
        self.u = torch.zeros(len(self.w), dtype=self.w.dtype)
        self.change = torch.empty_like(self.w)
        self.step = 0

    def state(self) -> State:
        return {"w": self.w}

    def learn(self, s: Tensor) -> Tensor:
        spec, w, u = self.spec, self.w, self.u
        lit = s.nonzero().view(-1)
        a = torch.mv(w.index_select(1, lit), s.index_select(0, lit))
        u.lerp_(a, spec.alpha)
        r = torch.mv(w.t(), u)
        g = torch.sub(s, r).div_(r.clamp_(min=PREC))
        on = g.index_select(0, lit).mul_(spec.leta)
        g.mul_(spec.seta).index_copy_(0, lit, on)
        torch.outer(u, g, out=self.change)
        w.addcmul_(w, self.change)
        if self.step % spec.renormalize_every == 0:
            w.mul_(w.shape[1] / len(w) / w.sum(1, keepdim=True))
        self.step += 1
        return u if spec.output == "trace" else a


class SmoothInvariance:
    def __init__(self, spec, start: State, work):
        self.spec, self.w = spec, start["w"]
        self.y1, self.y2 = torch.zeros((2, len(self.w)), dtype=self.w.dtype)
        self.s1, self.lit1 = self.w.new_zeros(0), torch.zeros(0, dtype=torch.int64)

    def state(self) -> State:
        return {"w": self.w}

    def learn(self, s: Tensor) -> Tensor:
        spec, w = self.spec, self.w
        lit = s.nonzero().view(-1)
        seen = s.index_select(0, lit)
        p = torch.mv(w.index_select(1, lit), seen)
        p_k, k = torch.topk(p, spec.n_w, sorted=False)
        y = torch.zeros_like(p).index_copy_(0, k, p_k)
        apart = torch.add(y, self.y2).mul_(0.5).sub_(self.y1)
        if len(self.lit1):  # columns as a whole: a unit with nothing to learn keeps its weights
            part = w.index_select(1, self.lit1)
            part.addcmul_(part, torch.outer(apart, self.s1), value=spec.eta)
            w.index_copy_(1, self.lit1, part)
        if spec.reconstruct:
            at = (k[:, None], lit)
            part = w[at]
            r = torch.mv(part.t(), p_k)
            gain = torch.where(seen > 0, seen - r, 0).div_(r.clamp_(min=PREC))
            w[at] = part.addcmul_(part, torch.outer(p_k, gain), value=spec.zeta)
        self.y2, self.y1, self.s1, self.lit1 = self.y1, y, seen, lit
        return y


class Threshold:
    def __init__(self, spec, start: State, work):
        self.spec, self.w, self.floor = spec, start["w"], floor(start["w"])
        self.q = self.w.sum(1)

    def state(self) -> State:
        return {"w": self.w}

    def learn(self, v: Tensor) -> Tensor:
        spec, w = self.spec, self.w
        p = torch.mv(w, v)
        s = torch.div(p, self.q)
        k = (s > s.max().clamp_(min=PREC).mul_(spec.thresh)).nonzero().view(-1)
        y, rows = p.index_select(0, k), w.index_select(0, k)
        r = torch.mv(rows.t(), y)
        e = torch.sub(v, r).clamp_(-spec.clip, spec.clip).div_(r.clamp_(min=PREC))
        rows.addcmul_(rows, torch.outer(y, e), value=spec.xi).clamp_(min=self.floor)
        w.index_copy_(0, k, rows)
        self.q.index_copy_(0, k, rows.sum(1))
        return p


class LocalWTA:
    """Block by block: a product of three dimensions, of which the first is the block."""

    def __init__(self, spec, start: State, work):
        w = start["w"]
        self.spec, self.n_in = spec, w.shape[1]
        self.runs = torch.from_numpy(pixels(spec, self.n_in))
        own = w.view(len(self.runs), spec.per_cluster, -1)
        self.w = own.gather(2, self._spread()).contiguous()  # (blocks, units, pixels)

    def _spread(self) -> Tensor:
        return self.runs[:, None, :].expand(-1, self.spec.per_cluster, -1)

    def state(self) -> State:
        whole = self.w.new_zeros(*self.w.shape[:2], self.n_in).scatter_(2, self._spread(), self.w)
        return {"w": whole.view(-1, self.n_in)}

    def learn(self, v: Tensor, labels) -> Tensor:
        blocks, size = self.runs.shape
        seen = v.index_select(1, self.runs.view(-1)).view(len(v), blocks, size).transpose(0, 1)
        seen = seen.contiguous()
        code = only_largest(torch.bmm(seen, self.w.transpose(1, 2)))
        bounded(seen, code, self.w, self.spec.xi)
        return code.transpose(0, 1).reshape(len(v), -1)


class DreamFlow:
    def __init__(self, spec, start: State, work):
        self.spec, self.w, self.w_label = spec, start["w"], start["w_label"]
        self.eye = torch.eye(spec.classes, dtype=self.w.dtype)

    def state(self) -> State:
        return {"w": self.w, "w_label": self.w_label}

    def learn(self, v: Tensor, labels: Tensor) -> Tensor:
        h = torch.addmm(self.w_label.t().index_select(0, labels), v, self.w.t())
        code = only_largest(h)
        bounded(v, code, self.w, self.spec.xi)
        bounded(self.eye.index_select(0, labels), code, self.w_label, self.spec.xi)
        return code


def only_largest(h: Tensor) -> Tensor:
    value, k = h.max(-1, keepdim=True)
    return torch.zeros_like(h).scatter_(-1, k, value)


def bounded(v: Tensor, code: Tensor, w: Tensor, xi: float) -> None:
    """The step of both layers: v (..., B, D), code (..., B, N); w (..., N, D) changes in place."""
    p = code @ w
    e = torch.sub(v, p).div_(p.masked_fill_(p <= 1e-20, 1))
    dw = (code.transpose(-1, -2) @ e).mul_(w)
    low, high = torch.aminmax(dw)
    w.add_(dw.mul_(xi / torch.maximum(high, -low).clamp_(min=1e-20)))


class CompSpec:
    def __init__(self, spec, start: State, work):
        self.spec, self.w, self.s = spec, start["w"], start["s"]
        self.length = self.w.norm(dim=1)

    def state(self) -> State:
        return {"w": self.w, "s": self.s}

    def learn(self, v: Tensor, labels) -> Tensor:
        spec, w, s = self.spec, self.w, self.s
        h = torch.mm(v, w.t())
        lengths = v.norm(dim=1, keepdim=True)
        c = h.div(self.length).div_(-lengths).add_(1).clamp_(min=PREC).reciprocal_()
        k = c.mul_((1 - s).square_()).argmax(1)
        answers = h.gather(1, k[:, None]).view(-1)
        cosine = answers / (lengths.view(-1) * self.length.index_select(0, k))
        units, place, counts = k.unique(return_inverse=True, return_counts=True)
        share = w.new_zeros(len(units), len(v))
        share.scatter_(
            0, place[None], counts.to(w.dtype).reciprocal_().index_select(0, place)[None]
        )
        rows, own = w.index_select(0, units), s.index_select(0, units)
        change = torch.mm(share, v).addcmul_(rows, torch.mv(share, answers)[:, None], value=-1)
        rows.addcmul_(change, ((1 - own).square_().add_(0.1).mul_(spec.xi))[:, None])
        w.index_copy_(0, units, rows)
        self.length.index_copy_(0, units, rows.norm(dim=1))
        own.mul_(1 - spec.phi).add_(torch.mv(share, cosine), alpha=spec.phi)
        s.index_copy_(0, units, own)
        return h


class KrotovHopfield:
    def __init__(self, spec, start: State, work):
        self.spec, self.w = spec, start["w"]
        self.rate = spec.eps * (1 - work.row.before / max(work.phase.epochs, work.row.before + 1))
        self.powers = self.w if spec.p == 2 else self._power(self.w)

    def state(self) -> State:
        return {"w": self.w}

    def _power(self, w: Tensor) -> Tensor:
        return w * w.abs() if self.spec.p == 3 else w.sign() * w.abs().pow_(self.spec.p - 1)

    def learn(self, v: Tensor, labels) -> Tensor:
        spec, w, size = self.spec, self.w, len(v)
        t = torch.mm(v, self.powers.t())
        order = torch.topk(t, spec.k, dim=1).indices
        both = torch.cat([order[:, 0], order[:, spec.k - 1]])
        units, place = both.unique(return_inverse=True)
        g = w.new_zeros(len(units), size)
        g.scatter_(0, place[None, :size], 1)
        g.scatter_(0, place[None, size:], -spec.delta)
        rows = w.index_select(0, units)
        drag = (g * t.index_select(1, units).t()).sum(1)
        change = torch.mm(g, v).addcmul_(rows, drag[:, None], value=-1)
        low, high = torch.aminmax(change)
        rows.add_(change.mul_(self.rate / torch.maximum(high, -low).clamp_(min=1e-30)))
        w.index_copy_(0, units, rows)
        if spec.p != 2:
            self.powers.index_copy_(0, units, self._power(rows))
        return t


class Torch(Eager):
    name = "PyTorch"
    rules: ClassVar = {
        "mwta": MWTA, "invariance": Invariance, "smooth_invariance": SmoothInvariance,
        "threshold": Threshold, "local_wta": LocalWTA, "dreamflow": DreamFlow,
        "compspec": CompSpec, "krotov_hopfield": KrotovHopfield,
    }  # fmt: skip

    @contextmanager
    def within(self) -> Iterator[Any]:
        before = torch.get_num_threads()
        torch.set_num_threads(self.threads or before)
        try:
            with torch.inference_mode():
                yield
        finally:
            torch.set_num_threads(before)

    def put(self, x: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(x))

    def get(self, x: Tensor) -> np.ndarray:
        return x.numpy()

    def classify(self, n: int) -> np.ndarray:
        """A product of matrices a layer, in blocks that stay in the caches."""
        sparse, invariant, top = self.layers
        sums, found = sparse.w.sum(1), []
        for i in range(0, n, 100):
            p = torch.mm(self.x[i : min(i + 100, n)], sparse.w.t())
            k = torch.topk(sparse.box.excite(p), sparse.spec.n_w, dim=1, sorted=False).indices
            y = p.gather(1, k).div_(sums[k])
            code = torch.zeros_like(p).scatter_(1, k, y)
            found.append(torch.mm(torch.mm(code, invariant.w.t()), top.w.t()).argmax(1))
        return torch.cat(found).numpy()
