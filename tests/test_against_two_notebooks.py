"""`threshold` and `smooth_invariance` against independent loops, from given weights, to 1e-9.

The loops are the notebooks' own: columns and full matrices, one input at a time. They share no
code with hebb.
"""

import numpy as np
import pytest

from hebb import config
from hebb.experiment import train

SIDE, IMAGES, EPOCHS = 6, 60, 25  # pictures of 6 x 6
forms = pytest.mark.parametrize("reference", [False, True], ids=["compiled", "reference"])


def threshold_loop(images, w, compete, thresh, steered_to):
    """Returns the mean winners of the last epoch, and thresh; w (N, D) changes in place."""
    m = steered_to
    for _ in range(EPOCHS):
        won = 0
        for pixels in images:
            v = pixels.reshape(-1, 1)
            p = w @ v
            q = np.sum(w, axis=1).reshape(-1, 1) if compete == "mean" else 1
            s = p / q
            t = s if compete == "none" else np.where(s / max(np.max(s), 1e-10) > thresh, s, 0)
            o = t * q
            r = w.T @ o
            e = np.clip(v - r, -1, 1)
            w += w * o * (e / np.maximum(r, 1e-10)).T * 0.05
            won += np.count_nonzero(o)
            if steered_to:
                m += (np.count_nonzero(o) - m) / 1000
                thresh = 1 - min(max((1 - thresh) * (steered_to / m) ** 0.001, 1e-4), 1)
    return won / len(images), thresh


def smooth_loop(images, w, u, reconstruct):
    """w: weights of a sparse layer of 3 winners; u: of the smooth one above, of 4 winners."""
    for _ in range(EPOCHS):
        io_b = io_bb = np.zeros((len(u), 1))
        so_b = np.zeros((len(w), 1))
        for pixels in images:
            v = pixels.reshape(-1, 1)
            p = w @ v
            mask = np.zeros((len(w), 1))
            mask[np.argsort(-p, axis=0, kind="stable")[:3]] = 1
            so_uw = mask * p
            r = w.T @ so_uw
            w += w * so_uw * ((v - r) / np.maximum(r, 1e-10)).T * 0.01
            so = so_uw / np.sum(w, axis=1).reshape(-1, 1)

            p = u @ so
            mask = np.zeros((len(u), 1))
            mask[np.argsort(-p, axis=0, kind="stable")[:4]] = 1
            io = mask * p
            io_p = (io + io_bb) / 2
            u += u * (io_p - io_b) * so_b.T * 0.1
            if reconstruct:
                r = u.T @ io
                e = np.where(so > 0, so - r, 0)
                u += u * io * (e / np.maximum(r, 1e-10)).T * 0.05
            io_bb, io_b, so_b = io_b, io, so


def trained(folder, layers, reference):
    (folder / "loop.yaml").write_text(
        "name: loop\ndtype: float64\ndataset: {source: npz, path: images.npz}\n"
        f"layers: [{', '.join(layers)}]\n"
        f"phases: [{{name: first, input: train, epochs: {EPOCHS}}}]\n"
    )
    run = train(
        config.load(folder / "loop.yaml"), runs_dir=folder / "runs", reference=reference,
        quiet=True, say=lambda line: None,
    )  # fmt: skip
    assert set(run.info()["rules"].values()) == {"read" if reference else "compiled"}
    return run


@pytest.fixture
def images(tmp_path):
    rng = np.random.default_rng(3)
    images = rng.random((IMAGES, SIDE, SIDE)) * (rng.random((IMAGES, SIDE, SIDE)) < 0.3)
    images[7] = 0
    np.savez(tmp_path / "images.npz", x_train=images)
    return images.reshape(IMAGES, -1)


@forms
@pytest.mark.parametrize(
    ("compete", "thresh", "steered_to"),
    [("raw", 0.9, 0), ("mean", 0.75, 0), ("none", 0, 0), ("mean", 0.5, 6)],
)
def test_threshold_gives_the_weights_of_the_loop(
    images, tmp_path, compete, thresh, steered_to, reference
):
    w = np.random.default_rng(4).uniform(0, 0.3, (20, SIDE**2))
    np.savez(tmp_path / "weights.npz", w=w, thresh=[thresh], m=[steered_to])
    keys = f"compete: {compete}" + (f", thresh: {thresh}" if compete != "none" else "")
    keys += f", target_winners: {steered_to}" if steered_to else ""
    layer = (
        f"{{name: a, rule: threshold, units: 20, xi: 0.05, {keys}, init: {{file: weights.npz}}}}"
    )
    run = trained(tmp_path, [layer], reference)

    winners, thresh = threshold_loop(images, w, compete, thresh, steered_to)
    _, got = run.snapshot()
    np.testing.assert_allclose(got["a.w"], w, rtol=1e-9, atol=1e-12)
    metrics = run.metrics()[-1]["layers"]["a"]
    assert metrics["winners"] == pytest.approx(winners, rel=1e-12)
    if steered_to:
        assert metrics["thresh"] == got["a.thresh"][0] == pytest.approx(thresh, rel=1e-9)


@forms
@pytest.mark.parametrize("reconstruct", [True, False])
def test_smooth_invariance_gives_the_weights_of_the_loop(images, tmp_path, reconstruct, reference):
    rng = np.random.default_rng(4)
    w, u = rng.uniform(0, 0.2, (20, SIDE**2)), rng.random((9, 20))
    np.savez(tmp_path / "weights.npz", **{"sparse.w": w, "smooth.w": u})
    sparse = "{name: sparse, rule: mwta, units: 20, n_w: 3, xi: 0.01, output: normalized"
    smooth = "{name: smooth, rule: smooth_invariance, units: 9, n_w: 4, eta: 0.1, zeta: 0.05"
    smooth += f", reconstruct: {str(reconstruct).lower()}"
    layers = [f"{layer}, init: {{file: weights.npz}}}}" for layer in (sparse, smooth)]
    run = trained(tmp_path, layers, reference)

    smooth_loop(images, w, u, reconstruct)
    _, got = run.snapshot()
    np.testing.assert_allclose(got["sparse.w"], w, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(got["smooth.w"], u, rtol=1e-9, atol=1e-12)
