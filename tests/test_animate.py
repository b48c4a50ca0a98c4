"""`hebb animate`: what films of a run show, where they go, and what cannot be filmed."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hebb as package
from hebb.apparatus import reopen
from hebb.errors import HebbError, UsageError
from hebb.layers.invariance import invariance
from hebb.layers.mwta import mwta
from hebb.picture_options import Take
from hebb.pictures import animate as module
from hebb.pictures import scenes
from hebb.pictures.animate import animate
from hebb.pictures.scenes import _panel, laid
from hebb.plots.film import RAMPS, Film


def told(call, *args, **how):
    with pytest.raises(UsageError) as err:
        call(*args, **how)
    return str(err.value)


def film(run, *what, **which):
    return scenes.film(run, Take(*what, **which))


def panels(made):
    """The panels of a film by heading and title."""
    return {(head.partition(" ·")[0], each.title): each for head, row in made.rows for each in row}


def by_hand(run, rows, snapshot="last"):
    """What each layer of the small run makes of the first frames of `wander`, row by row."""
    apparatus = reopen(run)
    inputs, arrays = run.snapshot(snapshot)
    specs = apparatus.experiment.layers_in(apparatus.phase_at(inputs))
    arrays = {key: array.astype(np.float64) for key, array in arrays.items()}
    sparse, slow, top = (arrays[f"{name}.w"] for name in ("sparse", "invariant", "top"))
    u, seen = np.zeros(9), {}

    def see(layer, **values):
        for name, value in values.items():
            seen.setdefault((layer, name.replace("_", " ")), []).append(value.copy())

    for v in apparatus.inputs["wander"].rows(slice(rows), np.float64):
        y, e = mwta(v, sparse, specs["sparse"], np, False)
        s = y / sparse.sum(axis=1)
        see("sparse", input=v, answer=s, reconstruction=v - e, error=e)
        _, e = invariance(s, slow, u, specs["invariant"], np, False)
        pixels = sparse.T @ ((s - e) * sparse.sum(axis=1))
        see("invariant", trace=u, prediction=s - e, prediction_error=e)
        see("invariant", prediction_in_pixels=pixels)
        y, e = mwta(u, top, specs["top"], np, False)
        pixels = sparse.T @ ((slow.T @ (u - e)) * sparse.sum(axis=1))
        see("top", answer=y, reconstruction=u - e, error=e, reconstruction_in_pixels=pixels)
    return {key: np.array(each) for key, each in seen.items()}


# What they show


@pytest.mark.parametrize("snapshot", ["last", 300])
def test_panels_show_what_a_loop_over_rows_computes(snapshot, finished):
    wanted = by_hand(finished, 50, snapshot)
    shown = panels(film(finished, snapshot=snapshot, input="wander", frames=50))
    assert list(shown) == list(wanted)
    for key, panel in shown.items():
        values = panel.values.reshape(50, -1)
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, wanted[key], rtol=1e-3, atol=1e-5, err_msg=str(key))
        lit = abs(wanted[key]) > 1e-4
        np.testing.assert_array_equal(abs(values) > 1e-4, lit, err_msg=str(key))
    assert [panel.shape for panel in shown.values()] == [
        (8, 8), (4, 5), (8, 8), (8, 8), (3, 3), (4, 5), (4, 5), (8, 8), (2, 6), (3, 3), (3, 3),
        (8, 8),
    ]  # fmt: skip


def test_pixels_of_a_panel_are_its_values(finished):
    made = film(finished, input="wander", frames=30)
    for panel, top, left in made.places:
        high, wide = (n * panel.k for n in panel.shape)
        drawn = made.frame(29)[top : top + high : panel.k, left : left + wide : panel.k]
        ramp, low = RAMPS[panel.colours], -panel.top if panel.colours == "signed" else 0.0
        share = np.clip((panel.values[29] - low) / (panel.top - low), 0, 1)
        places = ramp.start + share * (len(ramp) - 1)
        assert abs(drawn - places).max() <= 0.5 + 1e-4, panel.title


def test_a_film_begins_as_an_epoch_does_and_more_frames_change_none(finished):
    short, long = (film(finished, input="wander", frames=n) for n in (7, 80))
    for key, panel in panels(short).items():
        full = panels(long)[key].values[:7]
        np.testing.assert_allclose(panel.values, full, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(panels(short)["sparse", "answer"].values[0], by_first(finished))


def by_first(run):
    """The answer of the first layer to the first frame."""
    image = reopen(run).inputs["wander"].rows(slice(1))
    return package.open(run.path).answers(image, "sparse").reshape(4, 5)


def test_answers_are_those_of_the_stack(finished):
    x = reopen(finished).inputs["wander"].rows(slice(40))
    answers = package.open(finished.path).answers(x, "sparse")
    values = panels(film(finished, input="wander", frames=40))["sparse", "answer"].values
    np.testing.assert_array_equal(values.reshape(40, -1), answers)


def test_the_stream_is_by_default_what_the_phase_showed_and_in_its_order(finished):
    made, apparatus = film(finished, frames=20), reopen(finished)
    feed = apparatus.feed(apparatus.experiment.phases[1])
    shown = panels(made)["sparse", "input"].values.reshape(20, -1)
    np.testing.assert_array_equal(shown, feed.rows(0, 0, 20))
    assert not np.array_equal(shown, apparatus.inputs["train"].rows(slice(20)))
    labels = feed.labels(0, 0, 20)
    assert made.captions == [f"frame {t} · label {c}" for t, c in enumerate(labels)]
    assert made.title == "small-001 · after 800 inputs · train"
    early = film(finished, snapshot="first", frames=3)
    assert early.title == "small-001 · after 0 inputs · wander"
    assert early.captions == ["frame 0", "frame 1", "frame 2"]


def test_a_stream_of_another_phase_comes_in_its_own_order(finished):
    made = film(finished, snapshot=300, input="train", frames=20)
    shown = panels(made)["sparse", "input"].values.reshape(20, -1)
    np.testing.assert_array_equal(shown, reopen(finished).inputs["train"].rows(slice(20)))


def test_there_are_500_frames_or_all_that_the_stream_has(finished):
    assert len(film(finished)) == 500
    assert len(film(finished, input="wander")) == 300
    assert len(film(finished, "weights")) == 4


def test_a_layer_alone_stands_beside_the_input(finished):
    shown = panels(film(finished, input="wander", layer="invariant", frames=9))
    wanted = ["input", "trace", "prediction", "prediction error", "prediction in pixels"]
    assert list(shown) == [("invariant", title) for title in wanted]
    whole = panels(film(finished, input="wander", frames=9))
    for title in wanted[1:]:
        np.testing.assert_array_equal(
            shown["invariant", title].values, whole["invariant", title].values
        )


def test_what_is_rebuilt_is_on_a_scale_that_holds_what_is_seen_too(finished):
    shown = panels(film(finished, input="wander", frames=100))
    pairs = [
        (("sparse", "input"), ("sparse", "reconstruction")),
        (("sparse", "answer"), ("invariant", "prediction")),
        (("invariant", "trace"), ("top", "reconstruction")),
    ]
    for seen, rebuilt in pairs:
        both = np.array([shown[each].values for each in (seen, rebuilt)])
        assert (shown[rebuilt].low, shown[rebuilt].top) == (0, both.max())
        assert not shown[rebuilt].above
        assert shown[seen].colours == shown[rebuilt].colours
    for key, panel in shown.items():
        assert (panel.colours == "signed") == key[1].endswith("error")


def test_a_value_far_beyond_all_others_is_cut_and_said_to_be():
    values = np.random.default_rng(0).random((100, 64), dtype=np.float32)
    whole = _panel("reconstruction", values, (8, 8), "grey", values)
    assert whole.heading == "reconstruction" and whole.top == values.max()
    values[50, 9] = 90
    cut = _panel("reconstruction", values, (8, 8), "grey", values)
    assert cut.heading == "reconstruction, clipped" and cut.top < 1.01
    assert cut.ends == ("0", "≥ 1")


def test_a_film_of_weights_suits_most_snapshots_and_the_last(copied):
    def top():
        return film(copied, "weights", layer="sparse").places[0][0].top

    tops = [copied.snapshot(n)[1]["sparse.w"].max() for n in copied.snapshots()]
    for n, by in ((0, 50), (800, 9)):  # the first towers over the others, and then the last
        arrays = copied.snapshot(n)[1]
        copied.save_snapshot(n, arrays | {"sparse.w": by * arrays["sparse.w"]})
        tops[0 if n == 0 else -1] *= by
        assert top() == pytest.approx(max(np.median(tops), tops[-1]))


def test_weights_that_are_all_high_are_filmed_from_the_lowest(copied):
    for inputs in copied.snapshots():
        arrays = copied.snapshot(inputs)[1]
        copied.save_snapshot(inputs, arrays | {"sparse.w": arrays["sparse.w"] + 2})
    shown = film(copied, "weights", layer="sparse").places[0][0]
    first = copied.snapshot("first")[1]["sparse.w"]
    assert 2 <= shown.low <= first.min() and shown.ends[0].endswith(", not 0")


def test_units_without_a_whole_grid_leave_places_empty():
    on_grid = laid(np.arange(10.0).reshape(2, 5), (2, 3))
    assert on_grid.shape == (2, 2, 3)
    np.testing.assert_array_equal(on_grid[1], [[5, 6, 7], [8, 9, np.nan]])


WEIGHTS = [0, 300, 600, 800]


def test_weights_go_through_the_snapshots(finished):
    made = film(finished, "weights", layer="invariant")
    assert made.captions == [
        "at first",
        "after 300 inputs · wander",
        "after 600 inputs · wander",
        "after 800 inputs · digits",
    ]
    own, pixels = (panel for _, row in made.rows for panel in row)
    assert (own.title, pixels.title) == ("weights to sparse", "fields in pixels")
    for t, inputs in enumerate(WEIGHTS):
        arrays = finished.snapshot(inputs)[1]
        w = arrays["invariant.w"]
        np.testing.assert_array_equal(own.values[t][1:5, 1:6], w[0].reshape(4, 5))
        np.testing.assert_array_equal(own.values[t][6:10, 7:12], w[4].reshape(4, 5))
        fields = (w @ arrays["sparse.w"]).reshape(3, 3, 8, 8)
        np.testing.assert_allclose(pixels.values[t][10:18, 19:27], fields[1, 2], rtol=1e-5)
    assert made.fps == 4


def test_weights_are_by_default_those_of_the_first_layer(finished):
    made = film(finished, "weights")
    ((_, (panel,)),) = made.rows
    assert made.title == "small-001 · weights of sparse"
    assert panel.title == "weights to pixels"
    w = finished.snapshot(600)[1]["sparse.w"]
    np.testing.assert_array_equal(panel.values[2][1:9, 1:9], w[0].reshape(8, 8))


def test_fewer_frames_of_weights_are_spread_and_end_with_the_last(finished):
    assert film(finished, "weights", frames=2).captions == ["at first", "after 800 inputs · digits"]
    assert film(finished, "weights", frames=1).captions == ["after 800 inputs · digits"]


def test_a_stream_is_shown_alone(finished):
    made = film(finished, "stream", input="wander", frames=12)
    ((_, (panel,)),) = made.rows
    frames = reopen(finished).inputs["wander"].rows(slice(12)).reshape(12, 8, 8)
    np.testing.assert_array_equal(panel.values, frames)
    assert panel.k == 35


OTHERS = {
    "local": "{name: local, rule: local_wta, units: 20, per_cluster: 5, batch: 20, xi: 0.01,"
    " blocks: {size: 4}}",
    "dream": "{name: dream, rule: dreamflow, units: 12, batch: 20, xi: 0.01}",
    "spec": "{name: spec, rule: compspec, units: 12, batch: 20, xi: 0.1, phi: 0.2,"
    " init: {abs_normal_unit: {}}}",
    "kh": "{name: kh, rule: krotov_hopfield, units: 12, batch: 20, eps: 0.02,"
    " init: {normal: [0, 1]}}",
    "gate": "{name: gate, rule: threshold, units: 12, xi: 0.01, thresh: 0.8}",
    "smooth": "{name: smooth, rule: smooth_invariance, units: 7, n_w: 2, eta: 0.1, zeta: 0.05}",
}
REBUILDS = ("answer", "reconstruction", "error")
PREDICTS = ("answer", "last answer, predicted", "prediction error", "reconstruction", "error")
PIXELS = "reconstruction in pixels"
STACKS = {
    ("local", "dream"): ["input", *REBUILDS, *REBUILDS, "label rebuilt: 0 to 9", PIXELS],
    ("spec",): ["input", "answer", "winner's weights"],
    ("kh",): ["input", "answer", "winner's weights"],
    ("gate", "smooth"): ["input", *REBUILDS, *PREDICTS, PIXELS],
}


@pytest.mark.parametrize("names", STACKS, ids="-".join)
def test_every_rule_can_be_filmed(names, tmp_path, train_small):
    file = tmp_path / "other.yaml"
    layers = "\n".join(f"  - {OTHERS[name]}" for name in names)
    file.write_text(
        f"dataset: {{source: digits}}\nlayers:\n{layers}\n"
        "phases:\n  - {name: digits, order: shuffled, steps: 200}\n"
    )
    run = train_small(config=file)
    made = film(run, frames=30)
    shown = [panel for _, row in made.rows for panel in row]
    assert [panel.title for panel in shown] == STACKS[names]
    assert all(len(panel.values) == 30 for panel in shown)
    assert all(np.nanmax(abs(panel.values)) > 0 for panel in shown)
    assert [head for head, _ in made.rows] == [
        f"{name} · {re.search('rule: (.*?),', OTHERS[name])[1]}" for name in names
    ]
    weights = film(run, "weights", layer=names[-1])
    assert len(weights) == 2 and weights.frame(1).any()


OWN = """\
import numpy as np
from hebb.layers import Layer, LayerSpec, View

class Best(Layer):
    Spec = LayerSpec

    def infer(self, x):
        return x @ self.w.T

    learn = follow = lambda self, x, labels=None: self.infer(x)

class Odd(Best):
    def views(self, x, labels=None):
        y, seen = super().views(x, labels)
        return y, [View("odd", y % 2, "units"), *seen[1:]]

class Broken(Best):
    def rebuilt(self, y):
        return y / self.gone
"""


def test_rules_of_the_users_own_are_filmed(tmp_path, train_small):
    (tmp_path / "own.py").write_text(OWN)
    file = tmp_path / "own.yaml"
    runs = {}
    for rule in ("Best", "Odd", "Broken"):
        file.write_text(
            f"dataset: {{source: digits}}\nlayers:\n"
            f"  - {{name: a, rule: own.py:{rule}, units: 5}}\nphases: [{{name: p, steps: 20}}]\n"
        )
        runs[rule] = train_small(config=file)
    for rule, first in (("Best", "answer"), ("Odd", "odd")):
        ((head, row),) = film(runs[rule], frames=4).rows
        assert head == f"a · own.py:{rule}"
        assert [panel.title for panel in row] == ["input", first, "reconstruction", "error"]
    with pytest.raises(HebbError) as err:
        film(runs["Broken"], frames=4)
    why = "AttributeError: 'Broken' object has no attribute 'gone'"
    why += "; mend the rule, let `hebb check CONFIG` try it on a few inputs, and run anew"
    assert str(err.value) == f"layer a: {tmp_path / 'own.py'}:19: {why}"


# Where they go


def test_a_film_goes_into_the_run_and_its_path_is_printed(copied, hebb):
    code, out, err = hebb("animate", copied.path, "--frames", 3, "--quiet")
    assert (code, out, err) == (0, f"{copied.path / 'films' / 'panels_train.gif'}\n", "")
    assert [path.name for path in (copied.path / "films").iterdir()] == ["panels_train.gif"]
    with Image.open(copied.path / "films" / "panels_train.gif") as image:
        assert image.format == "GIF" and image.n_frames == 3


def test_progress_goes_to_the_person_watching(copied, hebb):
    code, out, err = hebb("animate", copied.path, "--frames", 3)
    assert code == 0 and out.endswith("panels_train.gif\n")
    assert "panels_train.gif: 100%" in err and "3/3" in err


@pytest.mark.parametrize(
    "what, name",
    [
        ({}, "panels_train"),
        ({"input": "wander"}, "panels_wander"),
        ({"input": "wander", "layer": "top"}, "panels_wander_top"),
        ({"snapshot": 300}, "000000300/panels_wander"),
        ({"what": "weights"}, "weights_sparse"),
        ({"what": "weights", "layer": "top"}, "weights_top"),
        ({"what": "stream"}, "stream_train"),
    ],
)
def test_a_film_is_called_after_what_it_shows(what, name, copied):
    assert animate(copied, frames=2, **what) == copied.path / "films" / f"{name}.gif"


def test_a_path_says_where_to_and_in_which_format(copied, hebb, tmp_path):
    code, out, _ = hebb("animate", copied.path, "--frames", 3, "--to", "new/a.png", "--quiet")
    assert (code, out) == (0, "new/a.png\n")
    with Image.open(tmp_path / "new" / "a.png") as image:
        assert image.format == "PNG" and image.n_frames == 3
    code, out, _ = hebb("animate", copied.path, "--frames", 3, "--format", "png", "--quiet")
    assert out == f"{copied.path / 'films' / 'panels_train.png'}\n"
    assert not (copied.path / "films" / "panels_train.gif").exists()


def test_options_reach_the_film(copied, hebb):
    options = ["--what", "weights", "--layer", "top", "--fps", "20", "--style", "dark", "--quiet"]
    assert hebb("animate", copied.path, *options)[0] == 0
    with Image.open(copied.path / "films" / "weights_top.gif") as image:
        assert image.info["duration"] == 50 and image.n_frames == 4
        assert image.convert("RGB").getpixel((0, 0)) == (0x14, 0x16, 0x1B)


def test_the_same_run_gives_the_same_film(finished, copied, tmp_path):
    for format in ("gif", "png"):
        first = animate(finished, frames=20, to=tmp_path / f"a.{format}").read_bytes()
        assert first == animate(copied, frames=20, to=tmp_path / f"b.{format}").read_bytes()


def test_looking_leaves_the_run_as_it_is_but_for_the_film(copied):
    before = {path: path.stat().st_mtime_ns for path in copied.path.rglob("*") if path.is_file()}
    made = animate(copied, frames=5)
    after = {path: path.stat().st_mtime_ns for path in copied.path.rglob("*") if path.is_file()}
    assert after.keys() - before.keys() == {made}
    assert before.items() <= after.items()


# In a notebook


def test_a_film_shows_itself_in_a_notebook(copied, tmp_path):
    shown = package.open(copied.path).film(frames=4)
    with Image.open(io.BytesIO(shown._repr_png_())) as image:
        assert image.format == "PNG" and image.n_frames == 4
    size = f"{shown.film.width} x {shown.film.height}"
    assert repr(shown) == (
        f"<film panels_train: 4 frames of {size}; .save(PATH) writes a .gif, .png or .mp4>"
    )
    assert shown.save(tmp_path / "a.png").read_bytes() == shown._repr_png_()
    assert (
        shown.save(str(tmp_path / "a.gif")).read_bytes() == animate(copied, frames=4).read_bytes()
    )
    assert told(shown.save, "a.avi") == "a.avi: must end in .gif, .png or .mp4"


def test_a_film_in_a_notebook_takes_what_the_command_takes(copied):
    made = package.open(copied.path).film("weights", layer="top", frames=2, fps=1, style="dark")
    assert (len(made.film), made.film.fps, made.name) == (2, 1, "weights_top")


# What cannot be filmed


@pytest.mark.parametrize(
    "options, text",
    [
        (["--what", "film"], "--what: must be panels, weights or stream (got film)"),
        (
            ["--input", "wandr"],
            "{run}: has no stream wandr; did you mean wander? Known: train, wander",
        ),
        (
            ["--layer", "tpo"],
            "{run}: has no layer tpo; did you mean top? Known: sparse, invariant, top",
        ),
        (
            ["--what", "weights", "--layer", "x"],
            "{run}: has no layer x; Known: sparse, invariant, top",
        ),
        (["--snapshot", "7"], "{run}: has no snapshot 7; it has first, last, 0, 300, 600, 800"),
        (["--frames", "0"], "--frames: must be at least 1 (got 0)"),
        (["--frames", "-3"], "--frames: must be at least 1 (got -3)"),
        (
            ["--frames", "5000", "--input", "wander"],
            "--frames: must be at most 300, the inputs of wander (got 5,000)",
        ),
        (
            ["--frames", "5", "--what", "weights"],
            "--frames: must be at most 4, the snapshots there are (got 5)",
        ),
        (["--fps", "0"], "--fps: must be from 1 to 50 (got 0)"),
        (["--fps", "51"], "--fps: must be from 1 to 50 (got 51)"),
        (["--style", "sepia"], "--style: must be light or dark (got sepia)"),
        (["--format", "avi"], "--format: must be gif, png or mp4 (got avi)"),
        (["--to", "a.avi"], "a.avi: must end in .gif, .png or .mp4"),
        (["--to", "film"], "film: must end in .gif, .png or .mp4"),
        (
            ["--to", "a.gif", "--format", "png"],
            "a.gif: must end in .png, the format that is asked for",
        ),
        (
            ["--what", "weights", "--input", "wander"],
            "--input: must be left out with weights, which shows every snapshot",
        ),
        (
            ["--what", "weights", "--snapshot", "first"],
            "--snapshot: must be left out with weights, which shows every snapshot",
        ),
        (
            ["--what", "stream", "--layer", "top"],
            "--layer: must be left out with stream, which shows no layer",
        ),
    ],
)
def test_what_cannot_be_filmed_is_told_in_a_sentence(options, text, copied, hebb):
    code, out, err = hebb("animate", copied.path, *options)
    assert (code, out, err) == (2, "", text.format(run=copied.path) + "\n")
    assert not (copied.path / "films").exists()


def test_mp4_without_what_writes_it_is_told(copied, hebb, monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    for options in (["--format", "mp4"], ["--to", "a.mp4"]):
        code, out, err = hebb("animate", copied.path, *options)
        assert (code, out) == (2, "")
        assert err == (
            "--format: mp4 needs imageio-ffmpeg, which is not installed; "
            "pip install 'hebb-lab[video]', or choose gif or png\n"
        )


def test_a_run_without_snapshots_is_told(copied, hebb):
    for path in (copied.path / "snapshots").iterdir():
        path.unlink()
    for what in ("panels", "weights", "stream"):
        code, _, err = hebb("animate", copied.path, "--what", what)
        way = f"`hebb run {copied.path}/config.yaml` trains it anew"
        assert (code, err) == (2, f"{copied.path}: has no snapshot; {way}\n")


def test_a_snapshot_without_a_layer_is_told(copied):
    path = copied.path / "snapshots" / "000000300.npz"
    arrays = dict(np.load(path))
    del arrays["sparse.w"]
    np.savez(path, **arrays)
    assert told(film, copied, "weights", layer="top") == f"{path}: lacks sparse.w"
    assert told(film, copied, snapshot=300) == "the weights lack sparse.w"


def test_a_stream_of_another_size_is_told(train_small):
    run = train_small(
        "streams.narrow={kind: tapestry, side: 4, window: 5, frames: 20}", "phases.wander.steps=20",
        "phases.digits.steps=20",
    )  # fmt: skip
    assert told(film, run, input="narrow") == (
        "--input: must have 64 values an input, as the stack reads (narrow has 25)"
    )


def test_a_film_that_cannot_be_written_is_told(copied, hebb):
    (copied.path / "films").write_text("in the way")
    code, out, err = hebb("animate", copied.path, "--frames", 2, "--quiet")
    said = "cannot be a folder, since it is no folder; choose another place\n"
    assert (code, out, err) == (2, "", f"{copied.path / 'films'}: {said}")
    Path("folder.gif").mkdir()
    code, out, err = hebb("animate", copied.path, "--to", "folder.gif")
    said = "folder.gif: is a folder; name a file in it, or choose another place\n"
    assert (code, out, err) == (2, "", said)


def test_a_film_that_is_stopped_leaves_the_old_one_and_nothing_else(copied, hebb, monkeypatch):
    before = animate(copied, frames=3).read_bytes()

    def stop(film, t):
        if t == 2:
            raise KeyboardInterrupt
        return drawn(film, t)

    drawn = Film.frame
    monkeypatch.setattr(Film, "frame", stop)
    assert hebb("animate", copied.path, "--frames", 5, "--quiet")[:2] == (130, "")
    assert [path.name for path in (copied.path / "films").iterdir()] == ["panels_train.gif"]
    assert (copied.path / "films" / "panels_train.gif").read_bytes() == before
