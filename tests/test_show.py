"""`hebb show`: what a run is, whole or damaged."""

import json

import pytest

pytestmark = pytest.mark.usefixtures("a_terminal_of_100_columns")


def test_show_tells_what_a_run_is(copied, hebb):
    code, out, err = hebb("show", "latest")
    assert (code, err) == (0, "")
    lines, joined = out.splitlines(), " ".join(out.split())
    assert lines[0] == "small-001: completed"
    assert all(len(line) <= 100 for line in lines)
    result = copied.read_json("eval.json")["results"][0]
    control = result["controls"]["random_weights"]
    for said in (
        "device cpu, ", "data digits from scikit-learn ", "versions python ", "seed 7",
        "sparse: rule mwta, grid [4, 5], init.uniform [0, 0.2], n_w 3, xi 0.05, ",
        "digits: input train, order shuffled, epochs 1, steps 200, learn [top], ",
        f"vote of sparse: {100 * result['accuracy']:.2f} % beside random_weights "
        f"{100 * control['accuracy']:.2f} %, lift {100 * control['lift']:+.2f}; ",
        "last epoch: 1 of digits sparse: learns false, reconstruction_error ",
        "config.yaml, eval.json, ", "snapshots/ 4 files, ", "plots/ 16 files, ",
    ):  # fmt: skip
        assert said in joined
    assert "family" not in joined


def test_show_minds_a_collapse_of_the_last_weights(copied, hebb):
    held = copied.read_json("eval.json")
    held["results"][0]["unit_wins"] = [980, *[0] * 18, 20]
    copied.write_json("eval.json", held)
    said = "One unit of 20 in sparse has 98 % of all wins on training images."
    _, out, _ = hebb("show", "latest")
    assert f"\nmind       {said}\n" in out
    assert json.loads(hebb("show", "latest", "--json")[1])["collapsed"][0] == said
    copied.save_snapshot(900, copied.snapshot("last")[1])  # of which nothing has been read out
    assert said not in hebb("show", "latest")[1]


def test_show_prints_json_for_programs(copied, hebb):
    code, out, err = hebb("show", copied.path, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["info"] == copied.info()
    assert found["metrics"] == copied.metrics()[-1]
    assert found["settings"]["layers"] == ["sparse", "invariant", "top"]
    assert found["damages"] == []


@pytest.mark.parametrize("name", ["config.yaml", "run.json", "eval.json", "metrics.jsonl"])
@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\xff\n", b"[]\n", b'{"status": 1, "dataset": 1, "layers": 1}\n']
)
def test_show_of_a_damaged_run_tells_the_rest(copied, hebb, name, damage):
    (copied.path / name).write_bytes(damage)
    code, out, err = hebb("show", "small-001")
    assert (code, err) == (0, "")
    assert out.startswith("small-001: ") and "snapshots/ 4 files" in out
