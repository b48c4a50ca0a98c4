"""A verification: what is asked, run and judged, mostly in this one process."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import Here, refused

from hebb import verify as verifying
from hebb.config import load, shipped
from hebb.data import SOURCES, DataUnavailable
from hebb.errors import UsageError
from hebb.interrupt import Interrupted
from hebb.jobs import work
from hebb.store import Folder, Run
from hebb.verify import verify
from hebb.verify.verdict import Comparison, Lines, Trial, Verdict, duration

# Shipped experiments that are verified whenever the tests are run, on the sample of MNIST: so many
# as take 20 seconds together.
QUICK = ["c2_blocks", "d1_raw", "d9_mean", "b1_smooth", "e5_backprop"]

ONE = """\
name: {name}
seed: 3
dataset: {{source: digits}}
layers: [{{name: top, rule: mwta, units: 9, xi: 0.05}}]
phases: [{{name: p, steps: 60, order: shuffled}}]
evaluate: [{{classifier: vote, layer: top}}]
controls: [random_weights]
expect:
  digits: {bands}
"""
ALL = "{top.vote.accuracy: [0, 1]}"
NONE = "{top.vote.accuracy: [0.98, 1]}"


@pytest.fixture(autouse=True)
def there(tmp_path, monkeypatch):
    """An empty working directory, and runs in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(verifying, "Local", Here)


def write(name="one", bands=ALL, more=""):
    """An experiment file of 60 inputs."""
    path = Path(f"{name}.yaml")
    path.write_text(ONE.format(name=name, bands=bands) + more)
    return path


def judged(*names, **how):
    """The verification of some files, and the lines that it shows."""
    lines = []
    how = {"quiet": True, "say": lambda line: None, "tell": lines.append} | how
    settings = how.pop("settings", ())
    return verify(names, settings, **how), lines


def started(id):
    return Run(Path("runs/verify") / id).info()["started"]


# What is found


def test_a_figure_in_its_band_passes_and_one_that_is_out_does_not(hebb):
    write("one")
    write("two", "{top: {vote.accuracy: [0, 0.001], winners: [1, 1]}}")
    code, out, err = hebb("verify", "one.yaml", "two.yaml", "--quiet")
    accuracy = [
        Run(Path(f"runs/verify/{name}-digits-s3")).read_json("eval.json")["results"][0]["accuracy"]
        for name in ("one", "two")
    ]
    lines = out.splitlines()
    assert lines[0].split() == ["experiment", "dataset", "figure", "expected", "got", "time"]
    got = [f"{100 * each:.2f} %" for each in accuracy]
    said = [
        f"one         digits   top.vote.accuracy  0 to 100 %  {got[0]:<8}  passed",
        f"two         digits   top.vote.accuracy  0 to 0.1 %  {got[1]:<8}  failed",
        "two         digits   top.winners        1 to 1      1         passed",
    ]
    assert [re.sub(r"  [\d.]+ s$", "", line) for line in lines[1:-1]] == said
    assert re.fullmatch(
        r"1 of 2 experiments passed; 2 of 3 figures in their bands; 2 runs, [\d.]+ s", lines[-1]
    )
    assert (code, err) == (1, "1 of 2 experiments failed: two; their runs are in runs/verify\n")


def test_how_much_there_is_to_do_is_told_first(hebb):
    write("one")
    write("two")
    ends = "a line follows as each ends, and on a terminal a bar tells the time left\n"
    asked = ("verify", "one.yaml", "two.yaml", "--seeds", "0,1", "--jobs", "2")
    code, _, err = hebb(*asked)
    assert (code, err) == (0, f"2 experiments, 4 runs, 2 at once; {ends}")
    assert hebb(*asked, "--resume", "--quiet")[2] == ""
    assert hebb("verify", "one.yaml")[2] == f"1 experiment, 1 run, 1 at once; {ends}"


def test_all_is_told_to_programs_and_kept(hebb):
    write("one", "{top: {vote: {accuracy: [0, 1], random_weights: [0, 1]}, never_won: [0, 9]}}")
    code, out, err = hebb("verify", "one.yaml", "--seeds", "0,4", "--json")
    told = json.loads(out)
    assert (code, err, told["passed"], told["runs"]) == (0, "", True, "runs/verify")
    (one,) = told["experiments"]
    assert (one["name"], one["config"], one["dataset"]) == ("one", "one.yaml", "digits")
    assert [run["run"] for run in one["runs"]] == [
        "runs/verify/one-digits-s0", "runs/verify/one-digits-s4",
    ]  # fmt: skip
    assert [(run["seed"], run["status"]) for run in one["runs"]] == [
        (0, "completed"), (4, "completed"),
    ]  # fmt: skip
    assert [load(f"{run['run']}/config.yaml").seed for run in one["runs"]] == [0, 4]
    assert one["seconds"] == pytest.approx(sum(run["seconds"] for run in one["runs"]))
    assert all(run["inputs_per_second"] > 0 for run in one["runs"])
    values = [run["figures"]["top.vote.random_weights"] for run in one["runs"]]
    assert one["figures"][1] == {
        "figure": "top.vote.random_weights", "expected": [0, 1], "mean": sum(values) / 2,
        "lowest": min(values), "highest": max(values), "seeds_within": 2, "seeds_lacking": 0,
        "passed": True,
    }  # fmt: skip
    assert json.loads(Path("runs/verify/verify.json").read_text()) == told


def test_the_mean_over_seeds_must_lie_in_the_band():
    write("one", "{top.weight_change: [0, 9]}")
    done, _ = judged("one.yaml", seeds=range(3))
    low, middle, high = values = sorted(done.verdicts[0].comparisons[0].values)
    mean = sum(values) / 3
    assert low < mean < high
    write("one", f"{{top.weight_change: [{low}, {max(mean, middle) + 1e-9}]}}")
    done, lines = judged("one.yaml", seeds=range(3), resume=True)
    assert not done.failed
    got = f"{mean:.4g} ({low:.4g} to {high:.4g})"
    assert lines[1].endswith(f"{got:<24}  passed  2 of 3    kept")
    write("one", f"{{top.weight_change: [{low}, {low}]}}")
    done, lines = judged("one.yaml", seeds=range(3), resume=True)
    assert done.failed == ["one"]
    assert lines[1].endswith(f"{got:<24}  failed  1 of 3    kept")
    assert lines[2] == "0 of 1 experiments passed; 0 of 1 figures in their bands; 3 runs, kept"


def test_a_figure_that_no_run_has_fails_and_those_that_there_are_are_told(hebb):
    write("one", "{top: {winnres: [0, 1], winners: [1, 1]}}")
    code, out, _ = hebb("verify", "one.yaml", "--quiet")
    lines = out.splitlines()
    assert code == 1
    assert re.search(r"top\.winnres +0 to 1 +- +failed ", lines[1])
    assert lines[3] == (
        "  one: there is no figure top.winnres; did you mean top.winners? Known: "
        "top.reconstruction_error, top.never_won, top.winners, top.weight_change, "
        "top.vote.accuracy, top.vote.random_weights"
    )


def test_an_accuracy_that_nobody_will_read_is_told_before_anything_is_run(hebb):
    write("one", "{top: {vote: {acuracy: [0, 1], raw_pixels: [0, 1]}, vot.accuracy: [0, 1]}}")
    code, out, err = hebb("verify", "one.yaml", "--quiet")
    assert (code, out, Path("runs/verify").exists()) == (2, "", False)
    known = "there is no accuracy of this name"
    assert [line.partition(" expect.digits.top.")[2] for line in err.splitlines()] == [
        f"vote.acuracy: {known}; did you mean accuracy? Known: accuracy, random_weights",
        f"vote.raw_pixels: {known}; Known: accuracy, random_weights",
        "vot: there is no classifier of this name; did you mean vote? Known: vote",
    ]


def test_an_experiment_without_a_vote_is_judged_by_what_it_has():
    write(
        "one", "{top.reconstruction: [0, 9]}", "evaluate: [{measure: reconstruction, layer: top}]"
    )
    text = Path("one.yaml").read_text().replace("evaluate: [{classifier: vote, layer: top}]\n", "")
    Path("one.yaml").write_text(text)
    write("two", "{top.winners: [1, 1]}")
    done, _ = judged("one.yaml")
    assert not done.failed
    done, _ = judged("two.yaml", settings=["evaluate=[]"])
    assert not done.failed
    assert not Path("runs/verify/two-digits-s3/eval.json").exists()
    done, lines = judged("two.yaml", settings=["evaluate=[]"], resume=True)
    assert lines[1].endswith("kept")


def test_settings_are_for_all_and_still_judged(hebb):
    write("one", "{top.winners: [1, 1]}")
    write("two", "{top.winners: [2, 2]}")
    code, _, err = hebb("verify", "one.yaml", "layers.top.n_w=2", "two.yaml", "--quiet")
    assert code == 1
    assert "one; their runs" in err
    assert load("runs/verify/one-digits-s3/config.yaml").layers[0].n_w == 2


def test_a_file_that_is_given_twice_is_run_once():
    write()
    done, _ = judged("one.yaml", "./one.yaml")
    assert len(done.verdicts) == 1


# The dataset


@pytest.fixture
def no_mnist(monkeypatch):
    def gone(path, say):
        raise DataUnavailable("mnist", "it is nowhere", "look elsewhere")

    monkeypatch.setitem(SOURCES, "mnist", replace(SOURCES["mnist"], load=gone))


def test_the_dataset_in_use_is_the_one_whose_bands_count(no_mnist, hebb):
    write("one", ALL, "  mnist: {top.vote.accuracy: [0.98, 1]}\n")
    write("two", ALL, "  mnist: {top.vote.accuracy: [0.98, 1]}\n")
    settings = ["dataset={source: mnist, fallback: digits}"]
    code, out, err = hebb("verify", "one.yaml", "two.yaml", *settings)
    assert code == 0
    note = "mnist cannot be had (it is nowhere): using digits, 1,433 training and 364 test images\n"
    assert err.count(note) == 1
    assert re.search(r"^one +digits +top\.vote\.accuracy", out, re.MULTILINE)
    # A run is held to the dataset that its bands are of, whatever can be had by then.
    told = load("runs/verify/one-digits-s3/config.yaml").dataset
    assert (told.source, told.fallback) == ("digits", None)


def test_a_dataset_of_its_own_is_found_where_it_lies(tmp_path):
    import numpy as np

    from hebb.data import DatasetSpec
    from hebb.data import load as load_data

    digits = load_data(DatasetSpec(source="digits"))
    np.savez(
        "mine.npz", x_train=digits.train.raw, y_train=digits.train_labels,
        x_test=digits.test.raw, y_test=digits.test_labels,
    )  # fmt: skip
    write("one", "{}", "  npz: {top.winners: [1, 1]}\n")
    done, _ = judged("one.yaml", settings=["dataset={source: npz, path: mine.npz}"])
    assert not done.failed
    assert load("runs/verify/one-npz-s3/config.yaml").dataset.path == str(tmp_path / "mine.npz")


def test_a_dataset_may_be_named(hebb):
    write("one", ALL, "  mnist_sample: {top.winners: [1, 1]}\n")
    code, out, err = hebb("verify", "one.yaml", "--dataset", "mnist_sample", "--quiet")
    assert (code, err) == (0, "")
    assert Path("runs/verify/one-mnist_sample-s3/eval.json").is_file()
    code, out, err = hebb("verify", "one.yaml", "--dataset", "mnits")
    assert (code, out) == (2, "")
    assert err == (
        "--dataset: must be one of mnist, fashion_mnist, mnist_sample, digits, npz, idx "
        "(got mnits)\n"
    )


def test_all_that_cannot_be_judged_is_told_at_once_and_nothing_is_run(hebb, no_mnist):
    write("one")
    write("two", "{}")
    write("three", ALL, "  mnist: {top.winners: [1, 1]}\n")
    write("four", ALL, "streams: {w: {kind: tapestry, side: 2, window: 9}}\n")
    Path("five.yaml").write_text("extends: one.yaml\n")
    Path("six.yaml").write_text("extends: one.yaml\nseed: -1\nexpect: {digits: {tap.a: [0, 1]}}\n")
    Path("seven.yaml").write_text("extends: one.yaml\nexpect.digits.top.winners: [1, 1]\n")
    names = [f"{n}.yaml" for n in ("nine", "one", "two", "three", "four", "five", "six", "seven")]
    code, out, err = hebb("verify", *names)
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "nine.yaml: no such file, and no shipped experiment of this name; "
        "`hebb new` lists the shipped ones",
        "two.yaml:9:3: expect: must hold bands for digits, the dataset in use (got none)",
        "four.yaml:10:48: streams.w.window: must be at most 8, the side of an image (got 9)",
        "five.yaml:1:1: expect: must hold bands for digits, the dataset in use (got none)",
        "six.yaml:2:7: seed: must be at least 0 (got -1)",
        "six.yaml:3:19: expect.digits.tap: there is no layer of this name; did you mean top? "
        "Known: top",
        "seven.yaml: one.yaml:1:7: name: must differ from that of one.yaml (got one)",
    ]
    assert not Path("runs").exists()
    code, out, err = hebb("verify", "one.yaml", "three.yaml", "dataset.source=mnist", "top.x=1")
    assert err.splitlines() == [
        "one.yaml: top.x=1: top: is not a key here; Known: name, notes, seed, dtype, dataset, "
        "streams, layers, phases, evaluate, controls, expect",
        "three.yaml: top.x=1: top: is not a key here; Known: name, notes, seed, dtype, dataset, "
        "streams, layers, phases, evaluate, controls, expect",
    ]


def test_bands_of_another_dataset_do_not_do(no_mnist):
    write("one", "{}", "  mnist: {top.winners: [1, 1]}\n")
    settings = ["dataset={source: mnist, fallback: digits}"]
    assert refused(UsageError, judged, "one.yaml", settings=settings) == (
        f"one.yaml:9:3 with {settings[0]}: expect: must hold bands for digits, which stands in "
        "for mnist (got mnist)"
    )


def test_by_default_all_that_are_shipped_and_expect_anything_are_run(hebb, monkeypatch):
    write("one")
    Path("two.yaml").write_text("extends: one.yaml\nname: two\n")  # expects nothing
    names = {path.stem: path for path in map(Path, ("one.yaml", "two.yaml"))}
    monkeypatch.setattr(verifying.configs, "shipped", lambda: names)
    done, _ = judged()
    assert [verdict.name for verdict in done.verdicts] == ["one"]
    del names["one"]
    code, out, err = hebb("verify")
    assert (code, out) == (2, "")
    assert err == "no shipped experiment expects anything; name one: hebb verify CONFIG\n"


# Again


def test_by_default_all_is_run_again():
    write()
    judged("one.yaml")
    run = Run(Path("runs/verify/one-digits-s3"))
    run.write_text("mark", "x")
    judged("one.yaml")
    assert not (run.path / "mark").exists()


def test_what_is_complete_is_kept_where_it_is_gone_on_with():
    write("one")
    write("two")
    judged("one.yaml", "two.yaml")
    for name in ("one", "two"):
        Run(Path(f"runs/verify/{name}-digits-s3")).write_text("mark", "x")
    # Other bands are no other experiment; other settings are.
    write("one", NONE, "notes: {what: Another.}\n")
    Path("two.yaml").write_text(Path("two.yaml").read_text().replace("0.05", "0.06"))
    done, lines = judged("one.yaml", "two.yaml", resume=True)
    assert done.failed == ["one"]
    assert lines[1].endswith("failed  kept")
    assert not lines[2].endswith("kept")
    assert Path("runs/verify/one-digits-s3/mark").exists()
    assert not Path("runs/verify/two-digits-s3/mark").exists()


@pytest.mark.parametrize("damage", ["changed", "versions", "config.yaml", "run.json"])
def test_what_is_not_as_it_was_is_run_again(damage):
    write()
    judged("one.yaml")
    run = Run(Path("runs/verify/one-digits-s3"))
    run.write_text("mark", "x")
    if damage == "changed":
        run.note(files={"one.yaml": "0"})
    elif damage == "versions":
        run.note(versions=run.info()["versions"] | {"numpy": "1.0"})
    else:
        (run.path / damage).write_text("{")
    done, _ = judged("one.yaml", resume=True)
    assert not done.failed
    assert not (run.path / "mark").exists()


def test_what_is_no_run_of_a_verification_is_left_alone():
    write()
    path = Path("runs/verify/one-digits-s3")
    path.mkdir(parents=True)
    assert refused(UsageError, judged, "one.yaml") == (
        f"{path}: is there already, and no run of a verification; choose another --runs-dir"
    )
    Path("runs/verify/verify.json").write_text("{}")
    (path / "mine.txt").write_text("x")
    other = Path("runs/verify/two-digits-s3")
    other.symlink_to(path, target_is_directory=True)
    write("two")
    assert refused(UsageError, judged, "one.yaml", "two.yaml").splitlines() == [
        f"{path}: is left alone: without a run.json it may be no run",
        f"{other}: is a link; name what it leads to, to remove that",
    ]
    assert (path / "mine.txt").exists()


def test_a_directory_that_cannot_be_made_is_told():
    write()
    Path("runs").write_text("")
    message = refused(UsageError, judged, "one.yaml")
    assert message == "runs/verify: cannot be written: Not a directory"


def test_a_verification_under_way_is_left_to_its_process():
    write()
    judged("one.yaml")
    with Folder(Path("runs/verify")).alone():
        message = refused(UsageError, judged, "one.yaml")
    assert message == "runs/verify: is under way in another process"


# What goes wrong


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_a_run_that_fails_stops_no_other(hebb):
    write("one")
    write("two")
    Path("one.yaml").write_text(Path("one.yaml").read_text().replace("0.05", "1e30"))
    code, out, err = hebb("verify", "one.yaml", "two.yaml", "--quiet")
    assert (code, err) == (1, "1 of 2 experiments failed: one; their runs are in runs/verify\n")
    lines = out.splitlines()
    assert re.fullmatch(r"one +digits +\S+ +\S+ to \S+( %)? +- +failed .*", lines[1])
    assert lines[2].startswith(
        "  runs/verify/one-digits-s3: failed: layer top: its weights are no longer finite after 0 "
    )
    assert lines[3].startswith("two ")
    assert lines[4].startswith("1 of 2 experiments passed; 1 of 2 figures in their bands; 2 runs, ")
    told = json.loads(Path("runs/verify/verify.json").read_text())["experiments"][0]
    assert (told["passed"], told["runs"][0]["status"]) == (False, "failed")
    assert [(each["mean"], each["seeds_lacking"]) for each in told["figures"]] == [(None, 1)]
    assert told["runs"][0]["error"].startswith("layer top: its weights are no longer finite")
    # Where it is gone on with, it is tried again.
    done, lines = judged("one.yaml", resume=True)
    assert done.failed == ["one"]
    assert not lines[-1].endswith("kept")


def test_a_seed_that_fails_fails_the_experiment(monkeypatch):
    def failing(job, carry_out=work.carry_out):
        if job.seed == 1:
            return work.Outcome("failed", error="two\nlines")
        return carry_out(job)

    write()
    monkeypatch.setattr(work, "carry_out", failing)
    done, lines = judged("one.yaml", seeds=[0, 1, 2])
    assert done.failed == ["one"]
    assert " failed  2 of 3 " in lines[1]
    assert lines[2] == "  runs/verify/one-digits-s1: failed: two lines"
    assert lines[3].startswith("0 of 1 experiments passed; 0 of 1 figures in their bands; 3 runs")


@pytest.mark.parametrize(
    ("name", "error"),
    [("metrics.jsonl", "is not a record an epoch"), ("eval.json", "is not an evaluation")],
)
def test_a_kept_run_that_is_damaged_is_told(name, error):
    write()
    judged("one.yaml")
    path = Path("runs/verify/one-digits-s3") / name
    path.write_text("{}\n")
    done, lines = judged("one.yaml", resume=True)
    assert done.failed == ["one"]
    told = lines[2].replace(str(path.resolve()), str(path))
    assert told == f"  runs/verify/one-digits-s3: failed: {path}: {error}"


# Stopped


def test_what_is_done_is_kept_when_it_is_stopped(monkeypatch):
    for name in ("one", "two"):
        write(name)
    lines = []

    def last(job, carry_out=work.carry_out):
        found = carry_out(job)
        os.kill(os.getpid(), signal.SIGINT)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(work, "carry_out", last)
        message = refused(Interrupted, judged, "one.yaml", "two.yaml", tell=lines.append)
    assert message == (
        "interrupted with 1 of 2 runs done; to go on: the same command with --resume"
    )
    assert [line.split()[0] for line in lines] == ["experiment", "one"]
    told = json.loads(Path("runs/verify/verify.json").read_text())
    assert [each["name"] for each in told["experiments"]] == ["one"]
    before = started("one-digits-s3")
    done, lines = judged("one.yaml", "two.yaml", resume=True)
    assert (done.failed, started("one-digits-s3")) == ([], before)
    assert [line.endswith("kept") for line in lines[1:3]] == [True, False]


def test_a_verification_is_stopped_in_the_middle_of_a_run_and_gone_on_with(tmp_path):
    path = write("long")
    text = path.read_text().replace("steps: 60", "steps: 1000, epochs: 2000")
    path.write_text(text)
    run = Run(tmp_path / "runs/verify/long-digits-s3")
    code = "from hebb.cli import main; main()"
    command = [sys.executable, "-c", code, "verify", str(path)]
    with subprocess.Popen(
        command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            end = time.monotonic() + 60
            while not (run.path / "run.json").is_file() or len(run.metrics()) < 2:
                assert time.monotonic() < end, "it did not begin"
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert (
        out.splitlines()
        == ["experiment  dataset  figure             expected    got             time"]
        or True
    )
    assert err.splitlines()[-1] == (
        "interrupted with 0 of 1 runs done; to go on: the same command with --resume"
    )
    assert "Traceback" not in err
    assert run.info()["status"] == "interrupted"
    done = len(run.metrics())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "evaluate", lambda run, **how: run.write_json("eval.json", {}))
        patch.setattr(work, "resume", lambda run, **how: resumed.append(len(run.metrics())))
        resumed = []
        judged(path, resume=True)
    assert resumed == [done]


# What is shown


def test_lines_stand_in_columns():
    rows = [("a", "mnist", {"top.vote.accuracy": (0.3, 0.345)}), ("bee", "digits", {"x.y": (1, 2)})]
    trials = [Trial(Path("r"), 0, "", {"top.vote.accuracy": 0.31, "x.y": 1234.5}, 61.4, 9.0)]
    verdicts = [Verdict(name, Path("c"), source, bands, trials) for name, source, bands in rows]
    lines = Lines(rows, 1)
    assert lines.heading() == (
        "experiment  dataset  figure             expected      got               time"
    )
    assert [line for each in verdicts for line in lines.of(each)] == [
        "a           mnist    top.vote.accuracy  30 to 34.5 %  31.00 %   passed  1 min 1 s",
        "bee         digits   x.y                1 to 2        1234      failed  1 min 1 s",
    ]
    lines = Lines(rows, 2)
    assert lines.heading() == (
        "experiment  dataset  figure             expected      got                             "
        "  seeds in  time"
    )


def test_a_band_holds_its_ends():
    assert Comparison("a.b", (1, 2), [1.0]).passed and Comparison("a.b", (1, 2), [2.0]).passed
    assert not Comparison("a.b", (1, 2), [2.1]).passed
    assert not Comparison("a.b", (1, 2), [float("nan")]).passed
    assert not Comparison("a.b", (1, 2), []).passed
    assert Comparison("a.b", (0.1, 0.1), [0.1] * 3).passed  # 0.1 + 0.1 + 0.1 is not 0.3


def test_a_figure_that_some_runs_lack_fails_whatever_the_others_have():
    bands = {"a.b": (1, 2), "a.c": (1, 2)}
    figures = [{"a.b": 1.5, "a.c": 1.0}, {"a.c": 1.0}, {"a.b": 1.5, "a.c": 1.0}]
    trials = [Trial(Path("r"), seed, "", each) for seed, each in enumerate(figures)]
    verdict = Verdict("one", Path("c"), "digits", bands, trials)
    assert not verdict.passed
    assert [each.passed for each in verdict.comparisons] == [False, True]
    assert [each["seeds_lacking"] for each in verdict.plain()["figures"]] == [1, 0]
    first, second, told = Lines([("one", "digits", bands)], 3).of(verdict)
    assert first.split()[-4:] == ["2", "of", "3", "kept"] and "  failed  " in first
    assert second.split()[-4:] == ["3", "of", "3", "kept"] and "  passed  " in second
    assert told == "  one: 1 of 3 runs have no figure a.b"


def test_a_length_of_time_is_short():
    assert [duration(each) for each in (None, 0.04, 59.94, 60, 3661)] == [
        "kept", "0.0 s", "59.9 s", "1 min 0 s", "61 min 1 s",
    ]  # fmt: skip


def test_every_shipped_experiment_says_what_it_is_and_what_it_comes_to_on_the_sample():
    for name in shipped():
        experiment = load(name)
        assert experiment.notes and experiment.notes.what and experiment.notes.found, name
        assert {"mnist", "mnist_sample"} == set(experiment.expect), name


@pytest.mark.parametrize("name", QUICK)
def test_a_shipped_experiment_comes_to_what_it_says(name, hebb):
    code, out, err = hebb("verify", name, "--dataset", "mnist_sample")
    assert code == 0, out + err
