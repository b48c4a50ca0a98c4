"""The whole stack against an independent loop, from given weights, to 1e-9.

The loop is the classifier of the notebook in plain NumPy: full matrices, one input at a time,
the neighbourhood as a matrix. It shares no code with hebb.
"""

import numpy as np
import pytest

from hebb import config
from hebb.experiment import train

SIDE, IMAGES = 6, 40  # pictures of 6 x 6
SPARSE, SLOW, TOP = 20, 6, 5


def loop(x, w, v, t, epochs, top_learns_on_trace=True, clip=None):
    """w, v, t: weights of the three layers, changed in place."""
    lateral = np.zeros((SPARSE, SPARSE))
    for j in range(SPARSE):
        for k in range(SPARSE):
            down, right = abs(j // 5 - k // 5), abs(j % 5 - k % 5)
            if min(down, 4 - down) <= 1 and min(right, 5 - right) <= 1:
                lateral[j, k] = 0.5 / np.sqrt(8)
    np.fill_diagonal(lateral, 1)
    for _ in range(epochs):
        u = np.zeros(SLOW)
        for step, pixels in enumerate(x):
            p = w @ pixels
            code = np.zeros(SPARSE)
            best = np.argsort(-(lateral @ p), kind="stable")[:3]
            code[best] = p[best]
            r = w.T @ code
            w *= 1 + 0.02 * np.outer(code, (pixels - r) / np.maximum(r, 1e-10))
            s = code / w.sum(axis=1)

            a = v @ s
            u = u + (a - u) / 3
            r = v.T @ u
            rate = np.where(s > 0, 0.08, 0.0008)
            v *= 1 + np.outer(u, rate * (s - r) / np.maximum(r, 1e-10))
            if step % 25 == 0:
                v *= (SPARSE / SLOW) / v.sum(axis=1, keepdims=True)

            below = u if top_learns_on_trace else a
            p = t @ below
            o = np.zeros(TOP)
            o[np.argmax(p)] = p.max()
            r = t.T @ o
            e = below - r if clip is None else np.clip(below - r, -clip, clip)
            t *= 1 + 0.01 * np.outer(o, e / np.maximum(r, 1e-10))


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(3)
    images = rng.random((IMAGES, SIDE, SIDE)) * (rng.random((IMAGES, SIDE, SIDE)) < 0.3)
    w, v, t = rng.random((SPARSE, 36)) / 5, rng.random((SLOW, SPARSE)) / 10, rng.random((TOP, SLOW))
    np.savez(tmp_path / "images.npz", x_train=images)
    np.savez(tmp_path / "weights.npz", **{"sparse.w": w, "slow.w": v, "top.w": t})
    np.savez(tmp_path / "top.npz", w=t[::-1])
    (tmp_path / "loop.yaml").write_text(
        """
name: loop
dtype: float64
dataset: {source: npz, path: images.npz}
layers:
  - {name: sparse, rule: mwta, grid: [4, 5], n_w: 3, xi: 0.02,
     lateral: {radius: 1, strength: 0.5}, output: normalized, init: {file: weights.npz}}
  - {name: slow, rule: invariance, units: 6, alpha: 0.3333333333333333, leta: 0.08, seta: 0.0008,
     renormalize_every: 25, init: {file: weights.npz}}
  - {name: top, rule: mwta, units: 5, xi: 0.01, init: {file: weights.npz}}
phases:
  - {name: first, input: train, epochs: 30}
  - {name: second, input: train, epochs: 20, restart: {top: {file: top.npz}},
     set: {top.clip: 0.05, slow.output: response}}
"""
    )
    return tmp_path, images.reshape(IMAGES, -1), w, v, t


@pytest.mark.parametrize("reference", [False, True], ids=["compiled", "reference"])
def test_two_phases_give_the_weights_of_the_loop(files, reference):
    folder, x, w, v, t = files
    again = t[::-1].copy()
    loop(x, w, v, t, epochs=30)
    first = {"sparse.w": w.copy(), "slow.w": v.copy(), "top.w": t}
    loop(x, w, v, again, epochs=20, top_learns_on_trace=False, clip=0.05)
    second = {"sparse.w": w, "slow.w": v, "top.w": again}

    run = train(
        config.load(folder / "loop.yaml"), runs_dir=folder / "runs", reference=reference,
        quiet=True, say=lambda line: None,
    )  # fmt: skip
    for inputs, wanted in ((30 * IMAGES, first), (50 * IMAGES, second)):
        _, got = run.snapshot(inputs)
        for name, array in wanted.items():
            np.testing.assert_allclose(got[name], array, rtol=1e-9, atol=1e-12, err_msg=name)
    assert run.info()["rules"] == dict.fromkeys(
        ("sparse", "slow", "top"), "read" if reference else "compiled"
    )
