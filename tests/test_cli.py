"""The command line in this process, and where it matters in one of its own."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from hebb import cli, plots
from hebb.config import load, shipped
from hebb.config.shipped import FOLDER
from hebb.data import available
from hebb.store import Run

COMMANDS = [
    "run",
    "resume",
    "eval",
    "plot",
    "animate",
    "report",
    "watch",
    "check",
    "data",
    "rules",
    "new",
    "ls",
    "show",
    "compare",
    "rm",
    "sweep",
    "verify",
    "doctor",
    "bench",
]
SHORT = ["phases.wander.epochs=1", "phases.wander.steps=60", "phases.digits.steps=40"]
NO_READ_OUT = ["evaluate=null", "phases.wander.epochs=0", "phases.digits.steps=20"]
HEAVY = ("numpy", "numba", "pydantic", "matplotlib", "tensorflow", "sklearn", "mlxtend", "yaml")


def spawned(*arguments, cwd):
    """The same in a process of its own, as a shell sees it."""
    command = [sys.executable, "-c", "from hebb.cli import main; main()", *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def test_python_runs_the_package_as_the_same_command_line(tmp_path):
    def said(*command):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    command = [sys.executable, "-m", "hebb"]
    assert said(*command, "--version") == (0, f"hebb {version('hebb-lab')}\n", "")
    lacks = "nosuch: no such run, neither as a path nor in runs\n"
    assert said(*command, "show", "nosuch") == (2, "", lacks)


# Help


@pytest.mark.parametrize("command", [[], *([each] for each in COMMANDS)], ids=" ".join)
def test_every_help_has_an_example_that_names_its_command(command):
    shown = CliRunner().invoke(cli.app, [*command, "--help"])
    assert shown.exit_code == 0
    example = re.search(r"Example: hebb (\w+)", shown.output)
    assert example is not None
    assert example[1] == (command[0] if command else "run")


def test_help_lists_every_command():
    shown = CliRunner().invoke(cli.app, ["--help"]).output
    listed = re.findall(r"^  (\w+)  ", shown[shown.index("Commands:") :], re.MULTILINE)
    assert listed == COMMANDS


def test_every_option_says_what_it_is_for():
    for command in COMMANDS:
        shown = CliRunner().invoke(cli.app, [command, "--help"]).output
        options = re.findall(r"^  (--[\w-]+)(.*(?:\n {10}.*)?)", shown, re.MULTILINE)
        assert options
        for name, said in options:
            assert re.search(r"[A-Z][a-z]+ ", said), f"{command} {name}: {said}"


def test_help_imports_nothing_heavy(tmp_path):
    code = f"""
import sys
from hebb.cli import main
sys.argv = ["hebb", "--help"]
try:
    main()
except SystemExit:
    print("heavy:", [name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "heavy: []", done.stderr


def test_the_version_is_that_of_the_package(hebb):
    assert hebb("--version") == (0, f"hebb {version('hebb-lab')}\n", "")


# run


def test_run_prints_the_run_directory_and_nothing_else(small, tmp_path):
    code, out, err = spawned("run", small, *SHORT, cwd=tmp_path)
    assert (code, out) == (0, "runs/small-001\n")
    for said in ("device: cpu", "data: digits", "small-001 after 100 inputs", "vote of sparse"):
        assert said in err
    assert err.splitlines()[-1] == "16 pictures in runs/small-001/plots"
    assert "Warning" not in err and "Traceback" not in err
    run = Run(tmp_path / "runs" / "small-001")
    assert run.info()["status"] == "completed"
    assert run.read_json("eval.json")["snapshot"] == 100
    assert len(list((run.path / "plots").iterdir())) == 16


def test_a_quiet_run_says_nothing_but_its_directory(hebb, small, tmp_path):
    code, out, err = hebb(
        "run", small, *NO_READ_OUT, "--quiet", "--id", "mine", "--runs-dir", tmp_path / "there"
    )
    assert (code, out, err) == (0, f"{tmp_path / 'there' / 'mine'}\n", "")
    run = Run(tmp_path / "there" / "mine")
    assert (run.path / "plots" / "weights_top.png").is_file()
    assert not (run.path / "eval.json").exists()


@pytest.fixture
def trained_with(monkeypatch):
    """What `run` hands to `train`, which is stopped there."""
    handed = {}

    def train(experiment, **how):
        handed.update(how, experiment=experiment)
        raise KeyboardInterrupt

    monkeypatch.setattr("hebb.experiment.train", train)
    return handed


def test_options_of_run_reach_the_training(hebb, small, trained_with):
    hebb("run", small, "layers.sparse.n_w=2", "--seed", 5, "--device", "cpu", "--reference")
    assert trained_with["experiment"] == load(small, ["layers.sparse.n_w=2", "seed=5"])
    assert trained_with["device"] == "cpu"
    assert trained_with["reference"] is True
    assert trained_with["quiet"] is False
    assert (trained_with["id"], str(trained_with["runs_dir"])) == (None, "runs")


def test_the_seed_option_comes_after_the_settings(hebb, small, trained_with):
    hebb("run", small, "seed=3", "--seed", 5)
    assert trained_with["experiment"].seed == 5


def test_ctrl_c_outside_of_training_ends_with_130_too(hebb, small, trained_with):
    code, out, err = hebb("run", small)
    assert (code, out) == (130, "")
    assert "Traceback" not in err


def test_ctrl_c_while_reading_out_says_that_nothing_is_lost(hebb, small, monkeypatch, tmp_path):
    def interrupted(*args, **how):
        raise KeyboardInterrupt

    monkeypatch.setattr("hebb.evaluate.evaluate", interrupted)
    code, out, err = hebb("run", small, "--quiet")
    assert (code, out) == (130, "")
    assert err == (
        "training is complete; reading it out was interrupted; to go on: hebb eval runs/small-001\n"
    )
    assert Run(tmp_path / "runs" / "small-001").info()["status"] == "completed"


def test_a_run_that_was_cut_while_it_was_read_out_is_resumed_there(hebb, small, tmp_path):
    hebb("run", small, "--quiet")
    folder = tmp_path / "runs" / "small-001"
    whole = (folder / "eval.json").read_text()
    (folder / "eval.json").unlink()
    code, out, err = hebb("resume", "latest")
    assert (code, out) == (0, "runs/small-001\n")
    assert err.startswith("training is complete; what is left is to read it out\n")
    assert json.loads((folder / "eval.json").read_text()).keys() == json.loads(whole).keys()
    code, out, err = hebb("resume", "latest")
    assert (code, out) == (2, "")
    assert "is complete" in err


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_a_failed_run_ends_with_1_and_one_message(hebb, small, tmp_path):
    code, out, err = hebb("run", small, "layers.sparse.xi=1e30", "--quiet")
    assert (code, out) == (1, "")
    assert err.startswith("layer sparse: its weights are no longer finite after 0 to ")
    assert err.count("\n") == 1
    assert Run(tmp_path / "runs" / "small-001").info()["status"] == "failed"


def test_cuda_without_a_gpu_ends_with_2_and_one_sentence(hebb, small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.setattr("hebb.gpu.driver_alone", lambda: 13000)
    code, out, err = hebb("run", small, "--device", "cuda")
    assert (code, out) == (2, "")
    assert err == (
        "--device cuda: CuPy is not installed; "
        "pip install 'hebb-lab[cuda13]' (or [cuda12]), or take --device cpu\n"
    )
    assert not (tmp_path / "runs").exists()


def test_an_id_that_leads_elsewhere_ends_with_2(hebb, small, tmp_path):
    code, out, err = hebb("run", small, "--id", "../x", "--quiet")
    assert (code, out) == (2, "")
    assert err == "--id: must be letters, digits, . _ or - (got ../x)\n"
    assert not (tmp_path / "x").exists()


# The configuration is wrong


def test_a_config_that_is_not_there_ends_with_2_and_the_names_of_those_that_are(hebb):
    for command in ("run", "check"):
        code, out, err = hebb(command, "invariant_mist")
        assert (code, out) == (2, "")
        assert err == (
            "invariant_mist: no such file, and no shipped experiment of this name; "
            "did you mean invariant_mnist? `hebb new` lists the shipped ones\n"
        )


@pytest.mark.parametrize("command", ["run", "check"])
def test_faults_of_a_config_are_told_at_once_without_a_traceback(command, hebb, small, tmp_path):
    path = tmp_path / "bad.yaml"
    text = small.read_text().replace("n_w: 3", "n_w: 0").replace("epochs: 2", "epoch: 2")
    path.write_text(text)

    def place(word):
        line, found = next((n, line) for n, line in enumerate(text.splitlines(), 1) if word in line)
        return f"{path}:{line}:{found.index(word) + 1}"

    code, out, err = hebb(command, path, "layers.top.xi=fast")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"{place('0,')}: layers.sparse.n_w: must be at least 1 (got 0)",
        f"{place('epoch:')}: phases.wander.epoch: is not a key here; did you mean epochs? "
        "Known: name, input, order, epochs, steps, learn, restart, set",
        "layers.top.xi=fast: layers.top.xi: must be a number (got fast)",
    ]
    assert not (tmp_path / "runs").exists()


def test_a_setting_that_is_none_ends_with_2(hebb, small):
    code, out, err = hebb("run", small, "layers.sparse.n_w")
    assert (code, out) == (2, "")
    assert err == "layers.sparse.n_w: must be KEY=VALUE, such as layers.sparse.n_w=15\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "x.yaml", "--sed", "3"],
        ["run"],
        ["eval"],
        ["train", "x.yaml"],
        ["check"],
    ],
    ids=" ".join,
)
def test_a_command_line_that_is_wrong_ends_with_2_and_how_to_get_help(arguments, hebb):
    code, out, err = hebb(*arguments)
    assert (code, out) == (2, "")
    assert re.match(r"Usage: .*hebb .*\nTry '.*hebb .*--help' for help\.\n\nError: .+\n$", err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "x.yaml", "--seed", "abc"], "--seed: must be a whole number (got abc)"),
        (["run", "x.yaml", "--seed", "1.5"], "--seed: must be a whole number (got 1.5)"),
        (["run", "x.yaml", "--seed", "-1"], "--seed: must be at least 0 (got -1)"),
        (["watch", "--port", "70000"], "--port: must be at most 65535 (got 70000)"),
        (["report", "x", "--megabytes", "nan"], "--megabytes: must be at least 1 (got nan)"),
        (["bench", "--seconds", "x"], "--seconds: must be a number (got x)"),
    ],
)
def test_what_is_no_number_is_refused_as_all_faults_are(hebb, arguments, message):
    assert hebb(*arguments) == (2, "", message + "\n")


# eval and plot


def test_eval_of_the_latest_run_is_a_table_beside_its_controls(hebb, copied, tmp_path):
    os.utime(copied.path / "config.yaml", (1, 1))
    code, out, err = hebb("eval", "latest", "--quiet")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "small-001 after 800 inputs · digits: 1,433 training, 364 test images"
    result = copied.read_json("eval.json")["results"][0]
    right, random = result["accuracy"], result["controls"]["random_weights"]
    assert re.fullmatch(rf"vote of sparse +{100 * right:.2f} %", lines[2])
    lift = re.escape(f"{100 * random['lift']:+.2f}")
    assert re.fullmatch(
        rf"  random_weights +{100 * random['accuracy']:.2f} %   lift {lift}", lines[3]
    )
    assert f"  never won: {len(result['never_won'])} of 20 units on the training images" in lines
    measure = copied.read_json("eval.json")["results"][2]
    error, at_first = measure["reconstruction_error"], measure["at_first"]
    assert lines[-3:] == [
        f"reconstruction error of sparse on wander: {error:.4f} ({at_first:.4f} at first weights)",
        "",
        "One unit of 12 in top has all wins on training images.",
    ]


def test_the_table_of_a_confusion_adds_up(hebb, copied):
    _, out, _ = hebb("eval", "small-001", "--quiet")
    matrix = copied.read_json("eval.json")["results"][0]["confusion"]
    assert not np.any(np.array(matrix)[:, -1])  # no answer lacks a class: there is no such column
    table = out[out.index("true \\ said") :].splitlines()
    assert table[0].split() == ["true", "\\", "said", *map(str, range(10)), "right"]
    for row, line in zip(matrix, table[1:11], strict=True):
        said = [0 if word == "·" else int(word) for word in line.split()[1:11]]
        assert said == row[:-1]
        assert line.split()[11] == f"{100 * row[int(line.split()[0])] / sum(row):.1f}"


def test_eval_of_a_run_that_is_not_complete_says_so(hebb, copied):
    copied.note(status="failed")
    _, out, err = hebb("eval", copied.path)
    said = (
        f"{copied.path}: is not complete (failed): "
        "these are not the weights that it is to end with\n"
    )
    assert said in err and "vote of top" in out
    assert said not in hebb("eval", copied.path, "--quiet")[2]


def test_eval_prints_json_for_programs(hebb, copied):
    code, out, err = hebb("eval", copied.path, "--json", "--snapshot", "300")
    assert (code, err) == (0, "")
    assert json.loads(out) == copied.read_json("eval-000000300.json")
    assert json.loads(out)["snapshot"] == 300


def test_a_run_begins_from_another_one(hebb, copied):
    settings = ("phases.digits=null", "phases.wander.steps=50", "phases.wander.epochs=1")
    config = copied.path / "config.yaml"
    code, out, err = hebb("run", config, *settings, "--from", "latest@300", "--quiet")
    assert (code, out, err) == (0, "runs/small-002\n", "")
    begun, parent = Run(Path("runs/small-002")), copied.snapshot(300)[1]
    for name, array in begun.snapshot(0)[1].items():
        np.testing.assert_array_equal(array, parent[name])
    code, out, err = hebb("run", config, "--from", "nothing")
    assert (code, out, err) == (2, "", "nothing: no such run, neither as a path nor in runs\n")


def test_reading_out_counts_how_often_the_test_set_was_opened(hebb, copied):
    before = copied.info().get("test_set_opened", 0)
    hebb("eval", "latest")
    assert copied.info()["test_set_opened"] == before + 1


def test_plot_prints_the_path_of_each_picture(hebb, copied, monkeypatch):
    for name in plots.__all__:
        monkeypatch.setattr(plots, name, lambda path, *args, **how: None)
    code, out, err = hebb("plot", "latest")
    assert (code, err) == (0, "")
    names = [
        "weights_sparse", "weights_invariant", "fields_invariant", "weights_top", "fields_top",
        "coverage_sparse", "neighbours_sparse", "by_class_sparse", "by_class_top",
        "confusion_sparse", "accuracy_sparse", "confusion_top", "accuracy_top",
        "curves", "stream_train", "stream_wander",
    ]  # fmt: skip
    assert out.splitlines() == [f"runs/small-001/plots/{name}.png" for name in names]
    # Of weights that were not read out, in a folder of their own.
    out = hebb("plot", "latest", "--snapshot", "first")[1]
    assert out.splitlines() == [
        f"runs/small-001/plots/000000000/{n}.png" for n in names[:7] + names[13:]
    ]


def test_plot_draws_what_is_asked_for_as_it_is_asked_for(hebb, copied, tmp_path):
    code, out, err = hebb(
        "plot", "latest", "curves", "weights_t*", "--unit", "sparse:4", "--style", "dark",
        "--format", "svg", "--dpi", "100", "--scale", "unit", "--to", "figures",
    )  # fmt: skip
    assert (code, err) == (0, "")
    names = ["curves", "weights_top", "unit_sparse_4"]
    assert out.splitlines() == [f"figures/{name}.svg" for name in names]
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {f"{n}.svg" for n in names}


def test_plot_lists_the_pictures_there_are(hebb, copied):
    code, out, _ = hebb("plot", "latest", "--list")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "weights_sparse"
    assert "winners_top                  on request" in lines


@pytest.mark.parametrize(
    "asked, message",
    [
        (("--style", "blue"), "--style: must be one of light, dark (got blue)"),
        (("--unit", "412"), "--unit: must be LAYER:NUMBER, such as sparse:412 (got 412)"),
        (("--unit", "top:12"), "runs/small-001: layer top has units 0 to 11 (got 12)"),
    ],
)
def test_plot_tells_what_cannot_be_drawn(asked, message, hebb, copied):
    assert hebb("plot", "latest", *asked) == (2, "", message + "\n")


@pytest.mark.parametrize("command", ["eval", "plot"])
def test_a_run_or_snapshot_that_is_not_there_ends_with_2(command, hebb, copied, tmp_path):
    code, out, err = hebb(command, "nothing")
    assert (code, out) == (2, "")
    assert err == "nothing: no such run, neither as a path nor in runs\n"
    code, out, err = hebb(command, "small-001", "--snapshot", "17")
    assert (code, out) == (2, "")
    assert err == ("runs/small-001: has no snapshot 17; it has first, last, 0, 300, 600, 800\n")
    code, out, err = hebb(command, "latest", "--runs-dir", "none")
    assert (code, out) == (2, "")
    assert err == "none: holds no run yet; `hebb run CONFIG` makes one\n"


# check, data, new


def test_check_prints_what_it_resolved_and_what_it_takes(hebb, small, tmp_path):
    code, out, err = hebb("check", small, "layers.sparse.n_w=2")
    assert (code, err) == (0, "")
    (tmp_path / "again.yaml").write_text(out)
    assert load(tmp_path / "again.yaml") == load(small, ["layers.sparse.n_w=2"])
    lines = out.splitlines()
    for line in (
        "# sparse: mwta, 64 -> 20, 1,280 weights",
        "# invariant: invariance, 20 -> 9, 180 weights",
        "# top: mwta, 9 -> 12, 108 weights",
        "# wander: 2 x 300 of wander; learning: sparse, invariant, top",
        "# digits: 1 x 200 of train; learning: top",
        # 1,433 images of 64 float64; snapshots: the first weights and those of three epochs
        "# 1,568 parameters, 6.1 KiB; training images 716.5 KiB; all snapshots 24.5 KiB; "
        "800 inputs",
    ):
        assert line in lines
    assert not (tmp_path / "runs").exists()


def test_check_prints_json_for_programs(hebb, small):
    code, out, err = hebb("check", small, "dtype=float64", "phases.digits.steps=2000", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["parameters"], found["weights_bytes"], found["inputs"]) == (1568, 12544, 2600)
    assert [layer["units"] for layer in found["layers"]] == [20, 9, 12]
    assert found["notes"] == [
        "phase digits: 2,000 steps of 1,433 inputs: a second pass begins",
        "evaluate.2: 25 of the 25 images of wander are shown in training too",
    ]


def test_check_finds_what_only_the_data_show(hebb, small):
    code, out, err = hebb("check", small, "streams.wander.window=9")
    assert (code, out) == (2, "")
    place = "streams.wander.window=9: streams.wander.window"
    assert err == f"{place}: must be at most 8, the side of an image (got 9)\n"


@pytest.mark.parametrize(
    ("fallback", "without"),
    [("mnist_sample", "takes mnist_sample (its fallback)"), ("null", "stops")],
)
def test_check_downloads_nothing_and_says_what_a_run_would_do(fallback, without, hebb, monkeypatch):
    def asked(*where):
        raise AssertionError(f"the network was asked: {where}")

    monkeypatch.setattr("socket.create_connection", asked)
    monkeypatch.setattr("urllib.request.getproxies", asked)
    code, out, err = hebb("check", "e1_compspec", f"dataset.fallback={fallback}")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    here = lines.index("# data: mnist from a download")
    told = f"mnist is not here: a run downloads it first, and {without} where it cannot"
    assert lines[here + 1] == f"# {told}"
    assert "# digits: 1 x 60,000 of train; learning: features" in lines
    found = json.loads(hebb("check", "e1_compspec", f"dataset.fallback={fallback}", "--json")[1])
    assert told in found["notes"]


def test_check_reads_a_dataset_that_is_here(hebb, monkeypatch, tmp_path):
    labels = np.arange(20) % 10
    images = np.full((20, 28, 28), 9, np.uint8)
    np.savez(tmp_path / "mnist.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    monkeypatch.setenv("HEBB_DATA", str(tmp_path))
    code, out, err = hebb("check", "invariant_mnist", "streams.wander.side=4")
    assert (code, err) == (0, "")
    assert f"# data: mnist from {tmp_path / 'mnist.npz'}" in out.splitlines()
    assert "is not here" not in out


def test_the_schema_is_json_that_names_every_key(hebb):
    code, out, err = hebb("check", "--schema")
    assert (code, err) == (0, "")
    schema = json.loads(out)
    assert schema["$schema"].startswith("https://json-schema.org/")
    keys = {"name", "seed", "dtype", "dataset", "streams", "layers", "phases", "extends"}
    assert keys | {"evaluate", "controls"} <= set(schema["properties"])


def test_data_lists_every_source_and_where_it_is(hebb):
    code, out, err = hebb("data")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == 2 * len(available())
    for n, source in enumerate(available()):
        state = "ready" if source.ready else "not yet"
        assert re.fullmatch(rf"{source.name} +{state} +{re.escape(source.what)}", lines[2 * n]), (
            lines[2 * n]
        )
        assert lines[2 * n + 1].strip() == source.where
    told = json.loads(hebb("data", "--json")[1])
    assert [(each["name"], each["ready"]) for each in told] == [
        ("mnist", False),
        ("fashion_mnist", False),
        ("mnist_sample", True),
        ("digits", True),
        ("npz", True),
        ("idx", True),
    ]


def test_data_that_lie_in_hebb_data_are_ready(hebb, monkeypatch, tmp_path):
    np.savez(tmp_path / "mnist.npz", x_train=np.zeros((1, 28, 28), np.uint8))
    monkeypatch.setenv("HEBB_DATA", str(tmp_path))
    first = json.loads(hebb("data", "--json")[1])[0]
    assert (first["ready"], first["where"]) == (True, str(tmp_path / "mnist.npz"))


def test_new_lists_the_shipped_experiments_each_with_a_sentence(hebb):
    code, out, err = hebb("new")
    assert (code, err) == (0, "")
    listed = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert list(listed) == list(shipped())
    assert "invariant_mnist" in listed
    assert all(said.endswith(".") or len(said) > 20 for said in listed.values())


@pytest.mark.parametrize("name", list(shipped()))
def test_new_copies_an_experiment_that_loads_where_it_lies(name, hebb, tmp_path):
    code, out, err = hebb("new", name)
    assert (code, out, err) == (0, f"{name}.yaml\n", "")
    copy = tmp_path / f"{name}.yaml"
    schema = f"$schema={(FOLDER / 'experiment.schema.json').resolve().as_uri()}"
    theirs = re.sub(r"\$schema=\S+", lambda found: schema, shipped()[name].read_text())
    assert copy.read_text() == theirs
    assert load(copy) == load(shipped()[name])


def test_new_overwrites_nothing(hebb, tmp_path):
    (tmp_path / "mine.yaml").write_text("mine")
    code, out, err = hebb("new", "invariant_mnist", "--to", "mine.yaml")
    assert (code, out) == (2, "")
    assert err == "mine.yaml: exists already; choose another with --to\n"
    assert (tmp_path / "mine.yaml").read_text() == "mine"
    code, out, err = hebb("new", "invariant_mnist", "--to", "mine.yaml/mine.yaml")
    assert (code, out) == (2, "")
    assert err == "mine.yaml: cannot be a folder, since it is no folder; choose another place\n"


def test_new_of_an_unknown_name_says_which_there_are(hebb, tmp_path):
    code, out, err = hebb("new", "invariant")
    assert (code, out) == (2, "")
    assert err == (
        "invariant: no shipped experiment; did you mean invariant_mnist? "
        "`hebb new` lists the shipped ones\n"
    )
    assert list(tmp_path.iterdir()) == []
