"""Inputs are driven in blocks, though units learn from one to the next."""

import numpy as np
import pytest
from helpers import COMPILED

from hebb.layers.init import Init
from hebb.layers.kernels import blocks
from hebb.layers.mwta import MWTA, MWTASpec


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_w", [1, 3, 40])
def test_the_length_of_a_block_changes_no_bit(monkeypatch, dtype, n_w):
    """Also where a unit learns twice in a block, where all do, and where a chunk ends within."""
    x = np.random.default_rng(0).random((50, 30)).astype(dtype)
    x[x < 0.6] = 0
    x[7] = 0
    learned = []
    for length in (1, 2, 5, 16, 60):
        monkeypatch.setattr(blocks, "SHORTEST", length)
        monkeypatch.setattr(blocks, "LONGEST", length)
        layer = MWTA(MWTASpec(name="it", units=40, n_w=n_w, xi=0.1), 30, COMPILED, dtype)
        layer.restart(Init(uniform=(0.1, 0.5)), np.random.default_rng(1))
        answers = np.concatenate([layer.learn(x[:23]), layer.learn(x[23:])])
        learned.append((answers, layer.state()["w"]))
        np.testing.assert_array_equal(layer._panels.laid, laid_anew(layer))
    for answers, w in learned[1:]:
        np.testing.assert_array_equal(answers, learned[0][0])
        np.testing.assert_array_equal(w, learned[0][1])
    assert n_w == 40 or (learned[0][0][1:] != 0).any(axis=0).sum() > n_w  # not always the same win


def laid_anew(layer: MWTA) -> np.ndarray:
    """The panels of its weights as they are now."""
    return type(layer._panels).of(layer.w).laid


def test_larger_layers_have_longer_blocks():
    laid = np.zeros((1, 32), np.float32)
    lengths = [len(blocks.Block.of(laid, n, 784).p) for n in (10, 1600, 2500, 20_000, 100_000)]
    assert lengths == sorted(lengths)
    assert (lengths[0], lengths[-1]) == (blocks.SHORTEST, blocks.LONGEST)
