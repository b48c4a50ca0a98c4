"""One scale for all units, or one for each."""

import numpy as np
from made_pictures import weights

from hebb.plots.scales import shown


def test_one_scale_is_for_all_units_unless_half_of_them_would_be_pale():
    even = weights()
    even[:, 0] = 0
    uneven = even * np.array([[9.0], [1], [1], [1], [9], [1]])
    assert not shown(even).own and shown(uneven).own
    assert not shown(uneven, "shared").own and shown(even, "unit").own
    own = shown(uneven)
    np.testing.assert_allclose(own.values, even / even.max(axis=1, keepdims=True), rtol=1e-6)
    assert own.label == "weight / the largest of its unit" and shown(even).label == "weight"
    assert own.said("s") == "s · each unit on its own scale"
    assert own.said("") == "each unit on its own scale" and shown(even).said("s") == "s"


def test_units_that_span_little_of_a_shared_scale_are_shown_from_their_lowest_to_their_largest():
    alike = 1 + weights() * np.array([[1.0], [0.5], [0.5], [0.5], [0.5], [1]])
    alike[0] -= 0.9
    own = shown(alike)
    assert own.own and own.label == "from the lowest to the largest of its unit"
    np.testing.assert_allclose(own.values.min(axis=1), 0, atol=1e-6)
    np.testing.assert_allclose(own.values.max(axis=1), 1, atol=1e-6)
    assert (np.argsort(own.values, axis=1) == np.argsort(alike, axis=1)).all()
    assert own.scale.get_clim() == (0, 1)


def test_a_unit_whose_weights_are_all_alike_is_not_lifted():
    w = weights()
    w[1] = 0.5
    assert (shown(w, "unit").values[1] == 1).all()


def test_a_unit_without_a_weight_stays_blank_on_its_own_scale():
    w = weights()
    w[2] = 0
    assert not shown(w, "unit").values[2].any()


def test_a_signed_unit_keeps_its_signs_on_its_own_scale():
    own = shown(weights() - 0.5, "unit")
    np.testing.assert_array_equal(np.sign(own.values), np.sign(weights() - 0.5))
    np.testing.assert_allclose(np.abs(own.values).max(axis=1), 1)
    assert own.scale.norm.vmin == -1
