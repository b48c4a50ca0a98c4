"""What there is to see of a layer: `views`, against each rule as read, row by row."""

import numpy as np
import pytest
from helpers import assert_same, build, devices, specs, stream
from rules import ALL_SPECS

from hebb.layers.bounded import bounded_step
from hebb.layers.invariance import invariance
from hebb.layers.local_wta import local_winners
from hebb.layers.mwta import mwta
from hebb.layers.smooth_invariance import smooth_invariance
from hebb.layers.threshold import threshold

ROWS = 43  # no whole number of batches


def labels_for(layer, x):
    return (x.sum(axis=1) * 1000 % layer.spec.classes).astype(int) if layer.takes_labels else None


def seen(layer, x):
    """The answers, and the values of each view by its name."""
    y, views = layer.views(x, labels_for(layer, x))
    return y, {view.name: view.values for view in views}


@devices
@specs
def test_looking_is_following(spec, device):
    x = stream(ROWS)
    layer, other = build(spec, device), build(spec, device)
    y, _ = layer.views(x, labels_for(layer, x))
    np.testing.assert_array_equal(y, other.follow(x, labels_for(other, x)))
    assert_same(layer, other)


@specs
def test_every_view_has_a_row_an_input_and_says_what_its_values_lie_on(spec):
    layer = build(spec)
    _, views = layer.views(stream(ROWS), labels_for(layer, stream(ROWS)))
    wide = {"units": layer.n_out, "inputs": layer.n_in, "classes": getattr(spec, "classes", 0)}
    for view in views:
        assert view.values.shape == (ROWS, wide[view.on]), view.name
    assert len({view.name for view in views}) == len(views)


def traced(spec, x):
    """The trace u of an invariance layer, and s - r, by the rule as read."""
    layer, u, e = build(spec), [], []
    for s in x:
        _, error = invariance(s, layer.w, layer.u, spec, np, False)
        u.append(layer.u.copy())
        e.append(error)
    return np.array(u), np.array(e)


@devices
@pytest.mark.parametrize("name", ["invariance trace", "invariance response"])
def test_a_trace_predicts_the_code(name, device):
    spec, x = ALL_SPECS[name], stream(ROWS)
    u, e = traced(spec, x)
    y, found = seen(build(spec, device), x)
    np.testing.assert_allclose(found["trace"], u, rtol=1e-12)
    np.testing.assert_allclose(found["prediction"], x - e, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found["prediction error"], e, rtol=1e-9, atol=1e-12)
    if spec.output == "response":
        np.testing.assert_array_equal(found["response"], y)
        assert abs(found["response"] - found["trace"]).max() > 0.01
    else:
        np.testing.assert_array_equal(found["trace"], y)


def test_a_trace_goes_on_from_one_look_to_the_next():
    spec, x = ALL_SPECS["invariance trace"], stream(ROWS)
    whole, layer = seen(build(spec), x)[1], build(spec)
    parts = [seen(layer, part)[1]["trace"] for part in (x[:9], x[9:])]
    np.testing.assert_array_equal(np.concatenate(parts), whole["trace"])


@devices
@pytest.mark.parametrize("name", ["mwta one", "mwta several", "mwta lateral"])
def test_winners_rebuild_the_input_however_they_answer(name, device):
    spec, x, read = ALL_SPECS[name], stream(ROWS), build(ALL_SPECS[name])
    e = np.array([mwta(v, read.w, spec, np, False)[1] for v in x])
    _, found = seen(build(spec, device), x)
    np.testing.assert_allclose(found["reconstruction"], x - e, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found["error"], e, rtol=1e-9, atol=1e-12)


@devices
@pytest.mark.parametrize("name", [name for name in ALL_SPECS if name.startswith("threshold")])
def test_all_that_pass_the_threshold_rebuild_the_input(name, device):
    spec, x, read = ALL_SPECS[name], stream(ROWS), build(ALL_SPECS[name])
    e = np.array([threshold(v, read.w, read._thresh, spec, np, False)[2] for v in x])
    _, found = seen(build(spec, device), x)
    np.testing.assert_allclose(found["error"], e, rtol=1e-9, atol=1e-12)


@devices
@pytest.mark.parametrize("name", ["smooth", "smooth only"])
def test_a_smooth_layer_shows_its_last_answer_and_what_those_around_it_predict(name, device):
    spec, x, read = ALL_SPECS[name], stream(ROWS), build(ALL_SPECS[name])
    y1, y2, wanted = np.zeros(read.n_out), np.zeros(read.n_out), []
    for s in x:
        y, e = smooth_invariance(s, read.w, (y1, y2, s), spec, np, False)
        wanted.append((y, (y + y2) / 2, y1 - (y + y2) / 2, s - e, e))
        y2, y1 = y1, y
    layer = build(spec, device)
    parts = [
        seen(layer, part)[1] for part in (x[:1], x[1:3], x[3:])
    ]  # state goes from part to part
    names = ["answer", "last answer, predicted", "prediction error", "reconstruction", "error"]
    for name, values in zip(names, zip(*wanted, strict=True), strict=True):
        found = np.concatenate([part[name] for part in parts])
        np.testing.assert_allclose(found, np.array(values), rtol=1e-9, atol=1e-12, err_msg=name)


@devices
@pytest.mark.parametrize("name", ["local_wta", "local_wta blocks"])
def test_the_winner_of_each_cluster_rebuilds_the_image(name, device):
    spec, x, read = ALL_SPECS[name], stream(ROWS), build(ALL_SPECS[name])
    y = local_winners(x @ read.w.T, spec.per_cluster, np)
    _, found = seen(build(spec, device), x)
    np.testing.assert_allclose(found["answer"], y, rtol=1e-12)
    e = bounded_step(x, y, read.w, 0.0, np, False)
    np.testing.assert_allclose(found["error"], e, rtol=1e-9, atol=1e-12)


@devices
def test_dreamflow_shows_the_label_that_its_winner_rebuilds(device):
    spec, x = ALL_SPECS["dreamflow"], stream(ROWS)
    read = build(spec)
    labels = labels_for(read, x)
    h = x @ read.w.T + read.w_label.T[labels]
    y = np.where(h.argmax(axis=1)[:, None] == np.arange(spec.units), h, 0)
    _, found = seen(build(spec, device), x)
    np.testing.assert_allclose(found["answer"], y, rtol=1e-12)
    rebuilt = y @ read.w_label
    np.testing.assert_allclose(found["label rebuilt: 0 to 2"], rebuilt, rtol=1e-9)
    np.testing.assert_allclose(found["error"], x - y @ read.w, rtol=1e-9, atol=1e-12)


@devices
@pytest.mark.parametrize("name", ["compspec", "krotov_hopfield p 3"])
def test_a_layer_that_rebuilds_nothing_shows_what_its_winner_stands_for(name, device):
    layer, x = build(ALL_SPECS[name], device), stream(ROWS)
    y, found = seen(layer, x)
    np.testing.assert_array_equal(found["answer"], y)
    k = layer.winners(x)
    assert (k == -1).any()  # of a blank input
    wanted = np.where(k[:, None] >= 0, layer.state()["w"][k], 0)
    np.testing.assert_array_equal(found["winner's weights"], wanted)


def test_a_rule_with_clusters_that_rebuilds_nothing_shows_all_its_winners(monkeypatch):
    layer, x = build(ALL_SPECS["local_wta"]), stream(ROWS)
    monkeypatch.setattr(type(layer), "rebuilds", False)
    won = seen(layer, x)[1]["winner's weights"]
    k = layer.winners(x)
    assert k.shape == (ROWS, 2)
    t = int(x.any(axis=1).argmax())
    np.testing.assert_allclose(won[t], layer.w[k[t, 0]] + layer.w[k[t, 1]])
