"""Pictures of what a snapshot holds: weights, fields, coverage, neighbours, blocks."""

import numpy as np

from hebb.evaluate import reopen
from hebb.pictures.plot import plot
from hebb.plots.coverage import covered

BLOCKS = """\
name: blocks
dataset: {source: digits}
layers:
  - {name: local, rule: local_wta, units: 8, per_cluster: 2, xi: 0.05, batch: 10,
     blocks: {size: 3, layout: grid}}
phases: [{name: digits, steps: 100}]
"""


def test_weights_lie_on_their_own_grid_over_that_of_the_layer_below(copied, drawn):
    list(plot(copied))
    arrays = copied.snapshot("last")[1]
    shapes = {"sparse": ((4, 5), (8, 8)), "invariant": ((3, 3), (4, 5)), "top": ((2, 6), (3, 3))}
    for name, (grid, field) in shapes.items():
        how = drawn[f"weights_{name}.png"]
        np.testing.assert_array_equal(how["w"], arrays[f"{name}.w"])
        assert (how["grid"], how["field"]) == (grid, field)
        assert how["title"] == f"Weights of {name}"
    assert drawn["weights_sparse.png"]["subtitle"] == (
        "small-001 · after 800 inputs · 20 units of 8 x 8 inputs"
    )
    assert drawn["weights_top.png"]["subtitle"] == (
        "small-001 · after 800 inputs · 12 units of 3 x 3 units of invariant"
    )


def test_composed_fields_are_the_product_of_all_weights_below(copied, drawn):
    list(plot(copied))
    arrays = {key: w.astype(float) for key, w in copied.snapshot("last")[1].items()}
    sparse, invariant, top = (arrays[f"{name}.w"] for name in ("sparse", "invariant", "top"))
    products = {
        "invariant": np.einsum("jk,ki->ji", invariant, sparse),
        "top": np.einsum("jk,kl,li->ji", top, invariant, sparse),
    }
    for name, product in products.items():
        how = drawn[f"fields_{name}.png"]
        np.testing.assert_allclose(how["w"], product, rtol=1e-4)
        assert how["field"] == (8, 8)
        assert how["grid"] == {"invariant": (3, 3), "top": (2, 6)}[name]
    assert drawn["fields_top.png"]["subtitle"] == (
        "small-001 · after 800 inputs · top through invariant through sparse: "
        "the product of their weights"
    )


def test_units_in_no_grid_are_drawn_near_a_square_and_seen_as_a_row(train_small, drawn):
    run = train_small(
        "layers.invariant.grid=null", "layers.invariant.units=5", "phases.wander.steps=20",
        "phases.digits.steps=20",
    )  # fmt: skip
    list(plot(run))
    assert drawn["weights_invariant.png"]["grid"] == (2, 3)
    assert drawn["weights_top.png"]["field"] == (1, 5)
    assert drawn["fields_top.png"]["field"] == (8, 8)


def test_coverage_is_of_the_fields_beside_the_mean_of_what_is_shown(copied, drawn):
    list(plot(copied, names=["coverage_*"]))
    arrays = copied.snapshot("last")[1]
    np.testing.assert_array_equal(drawn["coverage_sparse.png"]["fields"], arrays["sparse.w"])
    assert set(drawn) == {f"coverage_{name}.png" for name in ("sparse", "invariant", "top")}
    digits = reopen(copied).dataset.train  # what the last phase shows, all of it
    mean = digits.rows(slice(0, len(digits))).mean(axis=0)
    np.testing.assert_allclose(drawn["coverage_top.png"]["inputs"], mean, rtol=1e-4)
    assert drawn["coverage_top.png"]["shape"] == (8, 8)


def test_neighbours_are_drawn_of_layers_that_have_them_beside_their_first_weights(copied, drawn):
    list(plot(copied))
    how = drawn["neighbours_sparse.png"]
    assert "neighbours_top.png" not in drawn
    np.testing.assert_array_equal(how["first"], copied.snapshot("first")[1]["sparse.w"])
    around = 0.5 / np.sqrt(8)
    np.testing.assert_allclose(how["kernel"], [[around] * 3, [around, 1, around], [around] * 3])


def test_blocks_that_leave_out_an_edge_are_seen_in_the_coverage(train_small, drawn, tmp_path):
    config = tmp_path / "blocks.yaml"
    config.write_text(BLOCKS)
    list(plot(train_small(config=config)))
    _, _, seen = covered(drawn["coverage_local.png"]["fields"])
    seen = seen.reshape(8, 8)
    assert not seen[6:].any() and not seen[:, 6:].any() and seen[:6, :6].all()


def test_of_units_that_see_a_block_the_weights_to_it_are_drawn(train_small, drawn, tmp_path):
    config = tmp_path / "blocks.yaml"
    config.write_text(BLOCKS)
    run = train_small(config=config)
    list(plot(run, names=["weights_local"]))
    how, w = drawn["weights_local.png"], run.snapshot()[1]["local.w"].reshape(8, 8, 8)
    assert how["field"] == (3, 3)
    assert how["subtitle"].endswith(" · 8 units of 3 x 3 inputs, the block that each sees")
    corners = [(0, 0), (3, 0), (0, 3), (3, 3)]  # columns first
    for unit, block in enumerate(how["w"]):
        y, x = corners[unit // 2]
        np.testing.assert_array_equal(block, w[unit, y : y + 3, x : x + 3].ravel())
        assert 0 < np.count_nonzero(block) == np.count_nonzero(w[unit])
