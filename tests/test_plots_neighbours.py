"""How alike neighbours are."""

import numpy as np
import pytest
from made_pictures import weights

from hebb.plots import neighbours, style
from hebb.plots.neighbours import alike


@pytest.mark.parametrize("grid, radius", [((40, 40), 2), ((10, 10), 1), ((6, 4), 1)])
def test_a_neighbourhood_and_its_layer_are_drawn_at_one_size(grid, radius, tmp_path, monkeypatch):
    stamped = []
    monkeypatch.setattr(style, "stamp", lambda f, x, y, rgba, k: stamped.append(rgba.shape[0] * k))
    n, side = grid[0] * grid[1], 2 * radius + 1
    w, kernel = weights(n, 9), np.full((side, side), 0.1)
    neighbours(tmp_path / "a.png", w, w, grid, kernel, "t")
    kernel_high, map_high = stamped
    assert abs(kernel_high - map_high * max(grid) / grid[0]) <= side


def test_correlation_by_distance_is_that_of_every_pair_on_the_torus():
    rows, columns = 4, 5
    w = weights(20, 30)
    r = np.corrcoef(w.astype(float))
    by_distance, near = {1: [], 2: []}, []
    for i in range(20):
        beside = []
        for j in range(20):
            down, across = abs(i // columns - j // columns), abs(i % columns - j % columns)
            distance = max(min(down, rows - down), min(across, columns - across))
            if distance:
                by_distance[distance].append(r[i, j])
            if distance == 1:
                beside.append(r[i, j])
        near.append(np.mean(beside))
    means, found = alike(w, (rows, columns), 1)
    np.testing.assert_allclose(means, [np.mean(by_distance[1]), np.mean(by_distance[2])])
    np.testing.assert_allclose(found, near)
