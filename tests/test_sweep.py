"""A sweep: what is asked, run and found, in a grid and in a search. One process does it all."""

import csv
import json
import os
import re

import numpy as np
import pytest
from helpers import Here, left_by, refused

from hebb import config, experiment, sweep
from hebb.data import Feed
from hebb.errors import ConfigError, UsageError
from hebb.interrupt import Interrupted
from hebb.jobs import Job, Outcome, places, work
from hebb.store import Folder, Run
from hebb.sweep import table
from hebb.sweep.grid import ids, parse_seeds, split
from hebb.sweep.search import Range
from hebb.training import loop

QUICK = ["phases.wander.epochs=1", "phases.wander.steps=60", "phases.digits.steps=40"]
XI, APART = "layers.sparse.xi=log(1e-3..1e-1)", "dataset.validation=200"
N_W = "layers.sparse.n_w=int(1..6)"
ONE_VOTE = "evaluate=[{classifier: vote, layer: sparse}]"


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setattr(sweep, "Local", Here)


@pytest.fixture
def hebb(here, hebb):
    """The command line, its runs in this process."""
    return hebb


@pytest.fixture
def go(here, small, tmp_path):
    """Sweep over the small experiment, made short, in tmp_path/runs."""

    def swept(*settings, path=small, **how):
        how = {"runs_dir": tmp_path / "runs", "quiet": True, "say": lambda line: None} | how
        return sweep.sweep(path, [*QUICK, ONE_VOTE, *settings], **how)

    return swept


def go_on(folder, **how):
    return sweep.resume(folder, quiet=True, say=lambda line: None, **how)


# What is asked


def test_commas_inside_brackets_and_quotes_split_nothing():
    assert split("5, 10,15") == ["5", "10", "15"]
    assert split("[40,40],[50, 50]") == ["[40,40]", "[50, 50]"]
    assert split("{uniform: [0,1]},{normal: [0,1]}") == ["{uniform: [0,1]}", "{normal: [0,1]}"]
    assert split("\"a,b\",'c,d'") == ['"a,b"', "'c,d'"]
    assert split("5") == ["5"]


def test_seeds_are_a_range_or_a_list():
    assert parse_seeds("0..4") == [0, 1, 2, 3, 4]
    assert parse_seeds("0,3,7") == [0, 3, 7]
    assert parse_seeds("7..7,1,7") == [7, 1]


@pytest.mark.parametrize("text", ["", "4..0", "a", "1,", "-1", "0..2..4", "0.5"])
def test_seeds_that_are_none_are_told(text):
    message = f"--seeds: must be such as 0..4 or 0,3,7 (got {text})"
    assert refused(UsageError, parse_seeds, text) == message


def test_a_run_is_called_by_what_sets_it_apart():
    names = ids([({"layers.sparse.n_w": "5", "layers.sparse.grid": "[4, 5]"}, 0), ({}, 3)])
    assert names == ["sparse.n_w-5-sparse.grid-4_5-seed-0", "seed-3"]
    both = {"layers.a.xi": "1", "phases.a.xi": "2"}
    assert ids([(both, 0)]) == ["layers.a.xi-1-phases.a.xi-2-seed-0"]


def test_runs_that_would_be_called_alike_or_too_long_are_told_apart():
    alike = [({"k": value}, 0) for value in ("[1,2]", "{1,2}", "A", "a", "x" * 300, "b")]
    names = ids(alike)
    assert len({name.lower() for name in names}) == len(names)
    assert max(map(len, names)) <= 120
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) for name in names)
    assert names[5] == "k-b-seed-0"
    assert ids(alike) == names


def test_faults_of_all_combinations_are_told_at_once_and_nothing_is_run(go, tmp_path):
    message = refused(ConfigError, go, "layers.sparse.n_w=0,3,-1", "layers.top.xi=0.1,fast")
    assert message.splitlines() == [
        "layers.sparse.n_w=0: layers.sparse.n_w: must be at least 1 (got 0)",
        "layers.top.xi=fast: layers.top.xi: must be a number (got fast)",
        "layers.sparse.n_w=-1: layers.sparse.n_w: must be at least 1 (got -1)",
    ]
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["seed=0,1"], "seed=0,1: seeds are given by --seeds 0,1"),
        (["a=1,2", "a=3"], "a=1,2: a must be given once"),
        (["a=1,,2"], "a=1,,2: must be values that differ, joined by commas"),
        (["a=1,2,1"], "a=1,2,1: must be values that differ, joined by commas"),
        (["layers.top.xi=log(1e-3..1)"],
         "layers.top.xi=log(1e-3..1): a range is for a search: add --search N"),
        (["n_w"], "n_w: must be KEY=VALUE, such as layers.sparse.n_w=15"),
    ],
)  # fmt: skip
def test_what_is_no_axis_is_told(go, settings, message):
    assert refused(UsageError, go, *settings) == message


def test_a_sweep_needs_something_to_judge_by(here, small, tmp_path):
    assert refused(ConfigError, sweep.sweep, small, ["evaluate=null"]) == (
        f"{small}: evaluate: must hold a classifier, as a sweep is judged by the first, such as "
        "evaluate: [{classifier: vote, layer: NAME}]"
    )


def test_what_only_the_data_show_is_told_before_anything_runs(go, tmp_path):
    message = refused(UsageError, go, "streams.wander.window=9", "layers.sparse.n_w=2,3")
    assert message == "streams.wander.window: must be at most 8, the side of an image (got 9)"
    assert not (tmp_path / "runs").exists()


# What is found


def test_a_grid_is_every_combination_with_every_seed(go, small, tmp_path):
    done = go("layers.sparse.n_w=2,3", "layers.top.init={uniform: [0.1, 0.2]}", seeds=[0, 4])
    assert done.path == tmp_path / "runs" / "small-sweep-001"
    names = ["sparse.n_w-2-seed-0", "sparse.n_w-2-seed-4", "sparse.n_w-3-seed-0"]
    assert [job.id for job, _ in done.rows] == [*names, "sparse.n_w-3-seed-4"]
    run = Run.open(names[1], done.path)
    told = config.load(run.path / "config.yaml")
    assert (told.seed, told.layers[0].model_dump()["n_w"], told.layers[2].init.uniform) == (
        4, 2, (0.1, 0.2),
    )  # fmt: skip
    alone = experiment.train(told, runs_dir=tmp_path / "alone", quiet=True, say=lambda line: None)
    assert left_by(alone) == left_by(run)
    assert sorted(path.name for path in done.path.iterdir() if path.is_file()) == [
        "sweep.json", "sweep.png", "table.csv", "table.md",
    ]  # fmt: skip


def test_the_tables_say_what_the_runs_say(go):
    done = go("layers.sparse.n_w=2,3", seeds=[0, 1])
    found = {}
    for name in (job.id for job, _ in done.rows):
        result = Run(done.path / name).read_json("eval.json")["results"][0]
        found[name] = (result["accuracy"], result["controls"]["raw_pixels"]["accuracy"])
    with open(done.path / "table.csv", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["run"] for line in lines] == list(found)
    for line in lines:
        assert (float(line["accuracy"]), float(line["raw_pixels"])) == found[line["run"]]
        assert (line["status"], line["error"]) == ("completed", "")
        assert line["layers.sparse.n_w"] in line["run"]
    two = [found["sparse.n_w-2-seed-0"][0], found["sparse.n_w-2-seed-1"][0]]
    assert float(lines[1]["mean"]) == pytest.approx(np.mean(two))
    assert (float(lines[0]["lowest"]), float(lines[0]["highest"])) == (min(two), max(two))
    spread = f"{100 * np.mean(two):.2f} % ({100 * min(two):.2f} to {100 * max(two):.2f})"
    text = (done.path / "table.md").read_text()
    assert text.startswith("# small-sweep-001\n\nAccuracy of the vote of sparse on test images; ")
    assert f"| 2                 | 2 of 2 | {spread} " in text
    assert done.groups[0].mean == pytest.approx(np.mean(two))
    best = max(done.groups, key=lambda group: group.mean)
    assert f"Best: sparse.n_w {best.settings['layers.sparse.n_w']}: " in text


def test_of_settings_that_come_to_the_same_none_is_best(tmp_path):
    settings = [{"layers.sparse.n_w": n} for n in ("2", "3")]
    jobs = [Job(tmp_path, f"{n}", each, 0, "test", "") for n, each in enumerate(settings)]
    alike = [(job, Outcome("completed", 0.1)) for job in jobs]
    assert "None is best: all come to the same mean." in table.text(alike, "Accuracy")
    apart = [alike[0], (jobs[1], Outcome("completed", 0.2))]
    assert "Best: sparse.n_w 3: " in table.text(apart, "Accuracy")
    assert "Best: sparse.n_w 2: " in table.text(alike[:1], "Accuracy")


def test_with_validation_images_the_test_set_stays_closed(go):
    done = go("dataset.validation=200")
    run = Run(done.path / "seed-7")
    assert done.judged == "Accuracy of the vote of sparse on validation images"
    assert not (run.path / "eval.json").exists()
    assert "test_set_opened" not in run.info()
    (result,) = run.read_json("eval-validation.json")["results"]
    assert done.rows[0][1].accuracy == result["accuracy"]
    assert sum(map(sum, result["confusion"])) == 200


def test_a_sweep_can_begin_from_another_run(go, train_small):
    first = train_small(*QUICK)
    done = go("layers.top.init={run: latest}", "layers.sparse.n_w=2,3")
    assert not done.failed
    began = Run(done.path / "sparse.n_w-2-seed-7").snapshot("first")[1]["top.w"]
    np.testing.assert_array_equal(began, first.snapshot()[1]["top.w"])


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_a_run_that_fails_stops_no_other(hebb, small, tmp_path):
    arguments = ["sweep", small, *QUICK, ONE_VOTE, "layers.sparse.xi=1e30,0.05", "--id", "mine"]
    code, out, err = hebb(*arguments, "--quiet")
    assert (code, out) == (1, "runs/mine\n")
    assert err == (
        "1 of 2 runs are not complete: runs/mine/table.md says why; "
        "hebb sweep --resume runs/mine tries them again\n"
    )
    with open("runs/mine/table.csv", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["status"] for line in lines] == ["failed", "completed"]
    assert lines[0]["error"].startswith("layer sparse: its weights are no longer finite")
    assert "layer sparse: its weights" in (tmp_path / "runs/mine/table.md").read_text()


def test_what_nobody_foresaw_is_told_and_logged(go, monkeypatch):
    def broken(*args, **how):
        raise ZeroDivisionError("oh")

    with monkeypatch.context() as patch:
        patch.setattr(work, "evaluate", broken)
        done = go()
    assert done.failed == ["seed-7"]
    assert done.rows[0][1].error == "ZeroDivisionError: oh"
    assert "Traceback" in (done.path / "seed-7" / "log.txt").read_text()
    assert not go_on(done.path).failed


def test_a_folder_that_a_worker_cannot_see_is_told(go, tmp_path):
    job, _ = go().rows[0]
    there = type(job)(tmp_path / "gone", *list(vars(job).values())[1:])
    assert work.carry_out(there).error == (
        f"{tmp_path / 'gone'}: is not there for the process {os.getpid()} that is to run in it; "
        "--runs-dir must be on a disk that all of them share"
    )
    assert not (tmp_path / "gone").exists()


# Going on


class PowerCut(BaseException):
    """Nothing of hebb catches it."""


@pytest.fixture
def cut(go, monkeypatch):
    """A sweep of four runs cut in the third."""
    rows, asked = Feed.rows, [0]

    def cutting(self, epoch, start, stop, dtype=np.float32):
        asked[0] += stop - start
        if asked[0] == 250:  # 100 inputs a run
            raise PowerCut
        return rows(self, epoch, start, stop, dtype)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "CHUNK", 10)
        patch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
        patch.setattr(loop, "CHECKPOINT_SHARE", 1e9)
        patch.setattr(Feed, "rows", cutting)
        with pytest.raises(PowerCut):
            go("layers.sparse.n_w=2,3", seeds=[0, 1], id="cut")


def test_a_sweep_that_was_cut_goes_on_where_it_was(go, cut, tmp_path, monkeypatch):
    path, trained, resumed = tmp_path / "runs" / "cut", [], []
    before = (path / "sparse.n_w-2-seed-0" / "log.txt").read_text()
    for name, calls in (("train", trained), ("resume", resumed)):
        call = getattr(work, name)
        monkeypatch.setattr(
            work, name, lambda *a, call=call, calls=calls, **how: calls.append(a) or call(*a, **how)
        )
    done = go_on(path)
    assert not done.failed
    assert (len(trained), [run.id for (run,) in resumed]) == (1, ["sparse.n_w-3-seed-0"])
    assert (
        "going on from the last checkpoint, after 40 inputs"
        in (path / "sparse.n_w-3-seed-0" / "log.txt").read_text()
    )
    assert (path / "sparse.n_w-2-seed-0" / "log.txt").read_text() == before
    whole = go("layers.sparse.n_w=2,3", seeds=[0, 1])
    for job, found in whole.rows:
        assert left_by(Run(whole.path / job.id)) == left_by(Run(path / job.id))
        assert dict((j.id, f) for j, f in done.rows)[job.id] == found


def test_the_same_command_with_its_id_goes_on(go, cut):
    done = go("layers.sparse.n_w=2,3", seeds=[0, 1], id="cut")
    assert not done.failed
    assert len(done.rows) == 4


def test_another_command_with_its_id_is_refused(go, cut, tmp_path):
    assert refused(UsageError, go, "layers.sparse.n_w=2,4", id="cut") == (
        f"{tmp_path / 'runs' / 'cut'}: was asked for something else (see settings, seeds in "
        "sweep.json); choose another --id"
    )


def test_a_run_cut_before_it_had_begun_begins(go, cut, tmp_path):
    (tmp_path / "runs" / "cut" / "sparse.n_w-3-seed-1" / "snapshots").mkdir(parents=True)
    assert not go_on("cut", runs_dir=tmp_path / "runs").failed


def test_a_run_whose_own_files_are_damaged_is_told(go, cut, tmp_path):
    path = tmp_path / "runs" / "cut" / "sparse.n_w-3-seed-0" / "run.json"
    path.write_text("{")
    done = go_on(tmp_path / "runs" / "cut")
    assert done.failed == ["sparse.n_w-3-seed-0"]
    assert f"{path.resolve()}: is not whole" in (done.path / "table.md").read_text()


def test_an_evaluation_that_is_none_is_told(go):
    done = go()
    path = done.path / "seed-7" / "eval.json"
    path.write_text("{}")
    assert work.outcome(done.rows[0][0]).error == f"{path.resolve()}: is not an evaluation"
    assert go_on(done.path).failed == ["seed-7"]


def test_what_is_only_noted_or_expected_may_change(go, small, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(small.read_text())
    done = go(path=path)
    path.write_text(small.read_text() + "notes: {what: x}\nexpect: {digits: {top.a: [0, 1]}}\n")
    assert not go_on(done.path).failed


def test_a_changed_experiment_is_told(go, small, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(small.read_text())
    done = go(path=path)
    path.write_text(small.read_text().replace("xi: 0.05", "xi: 0.06"))
    assert refused(UsageError, go_on, done.path) == (
        f"{path}: it, or a run that it begins from, has changed since the sweep began; "
        "put it back to go on"
    )


def test_what_is_no_sweep_is_told(go, tmp_path):
    message = refused(UsageError, go_on, "none", runs_dir=tmp_path)
    assert message == f"none: no such sweep, neither as a path nor in {tmp_path}"
    (tmp_path / "runs").mkdir()
    (tmp_path / "sweep.json").write_text("{}")
    message = refused(UsageError, go_on, "..", runs_dir=tmp_path / "runs")
    assert message == f"..: no such sweep, neither as a path nor in {tmp_path / 'runs'}"
    message = refused(UsageError, go_on, tmp_path)
    assert message == f"{tmp_path / 'sweep.json'}: lacks config, settings, seeds or search"


def test_a_sweep_under_way_is_left_to_its_process(go):
    done = go()
    with Folder(done.path).alone():
        message = refused(UsageError, go_on, done.path)
    assert message == f"{done.path}: is under way in another process"


# Searching


def drawn(done):
    return [tuple(job.settings.values()) for job, _ in done.rows]


def test_a_trial_is_worth_the_mean_over_its_seeds_on_validation_images(go):
    from optuna import load_study
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    done = go(XI, "layers.sparse.output=raw,normalized", APART, search=3, seeds=[0, 1])
    assert done.judged == "Accuracy of the vote of sparse on validation images"
    assert [job.id for job, _ in done.rows][:3] == [
        "trial-000-seed-0", "trial-000-seed-1", "trial-001-seed-0",
    ]  # fmt: skip
    storage = JournalStorage(JournalFileBackend(str(done.path / "search.log")))
    values = [trial.value for trial in load_study(study_name="sweep", storage=storage).trials]
    assert values == [pytest.approx(group.mean) for group in done.groups]
    for job, found in done.rows:
        run = Run(done.path / job.id)
        assert run.read_json("eval-validation.json")["results"][0]["accuracy"] == found.accuracy
        assert "test_set_opened" not in run.info()
        assert not (run.path / "eval.json").exists()
        assert 1e-3 <= float(job.settings["layers.sparse.xi"]) <= 1e-1
        assert job.settings["layers.sparse.output"] in ("raw", "normalized")


def test_a_search_that_was_cut_goes_on_as_if_it_had_not_been(go, monkeypatch):
    settings = [XI, N_W, APART, "controls=[]"]
    whole = go(*settings, search=13)
    begun = []

    def dying(job, carry_out=work.carry_out):
        begun.append(job.id)
        if len(begun) == 12:  # after the ten that are drawn blindly
            raise PowerCut
        return carry_out(job)

    with monkeypatch.context() as patch:
        patch.setattr(work, "carry_out", dying)
        with pytest.raises(PowerCut):
            go(*settings, search=13, id="cut")
    done = go_on(whole.path.parent / "cut")
    assert drawn(done) == drawn(whole)
    assert [found for _, found in done.rows] == [found for _, found in whole.rows]
    assert len(set(drawn(whole))) == 13


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_a_trial_that_fails_stops_no_other(go):
    done = go("layers.sparse.xi=1e30,0.05", APART, search=4)
    assert len(done.rows) == 4
    assert {found.status for _, found in done.rows} == {"failed", "completed"}
    again = go_on(done.path)
    assert drawn(again) == drawn(done)


def test_a_trial_whose_settings_do_not_go_together_fails_alone(go):
    # Each is good beside the lowest of the other, and 6 winners of 2 units are not.
    done = go("layers.sparse.grid=[4,5],[1,2]", "layers.sparse.lateral=null", N_W, APART, search=6)
    failed = [(job, found) for job, found in done.rows if found.status == "failed"]
    assert 0 < len(failed) < 6
    for job, found in failed:
        assert "layers.sparse.n_w: must be at most 2" in found.error
        assert not (done.path / job.id).exists()


def test_a_search_stopped_between_trials_is_not_at_its_end(go, monkeypatch):
    import signal

    def last(job, carry_out=work.carry_out):
        found = carry_out(job)
        os.kill(os.getpid(), signal.SIGINT)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(work, "carry_out", last)
        message = refused(Interrupted, go, XI, APART, search=3, id="mine")
    assert message.startswith("interrupted with 1 of 3 runs complete; to go on: hebb sweep ")


def test_the_test_set_is_never_searched_on(go, tmp_path):
    assert refused(UsageError, go, XI, search=3) == (
        "--search: must be judged on validation images, never on the test set, and "
        "dataset.validation is 0; add, for example, dataset.validation=1000"
    )
    assert not (tmp_path / "runs").exists()


def test_a_search_needs_something_to_choose(go):
    assert refused(UsageError, go, APART, search=3) == (
        "--search: must have something to choose, such as KEY=log(1e-4..1e-1)"
    )


def test_the_ends_of_all_ranges_are_checked(go):
    message = refused(
        ConfigError, go, "layers.sparse.n_w=int(0..21)", "layers.top.xi=0.1,fast", search=2
    )
    assert message.splitlines()[0] == (
        "layers.sparse.n_w=0: layers.sparse.n_w: must be at least 1 (got 0)"
    )
    assert "layers.top.xi=fast: layers.top.xi: must be a number (got fast)" in message
    assert "layers.sparse.n_w=21: layers.sparse.n_w: must be at most" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("log(0..1)", "must go from a low to a high number above 0, such as k=log(1e-4..1e-1)"),
        ("log(1..nan)", "must go from a low to a high number above 0, such as k=log(1e-4..1e-1)"),
        ("uniform(1..0)", "must go from a low to a high number, such as k=uniform(0..1)"),
        ("uniform(0..inf)", "must go from a low to a high number, such as k=uniform(0..1)"),
        ("int(1..2.5)", "must go from a low to a high number, such as k=int(1..20)"),
        ("int(..)", "must go from a low to a high number, such as k=int(1..20)"),
    ],
)
def test_a_range_that_is_none_is_told(text, message):
    assert refused(UsageError, Range.parse, "k", text) == f"k={text}: {message}"


def test_ranges_are_read_and_words_are_none():
    assert Range.parse("k", "log(1e-4..1e-1)") == Range("log", 1e-4, 1e-1)
    assert Range.parse("k", "int(1..20)") == Range("int", 1, 20)
    assert Range.parse("k", "normalized") is None


# The command


def test_the_command_prints_the_directory_and_the_table(hebb, small, tmp_path):
    arguments = [small, *QUICK, ONE_VOTE, "layers.sparse.n_w=2,3", "--seeds", "0..1"]
    code, out, err = hebb("sweep", *arguments)
    assert (code, out) == (0, "runs/small-sweep-001\n")
    assert "Accuracy of the vote of sparse on test images; mean over seeds" in err
    assert re.search(r"\| 3 +\| 2 of 2 \| [\d.]+ % \([\d.]+ to [\d.]+\)", err)
    code, out, err = hebb("sweep", "--resume", "small-sweep-001", "--json")
    told = json.loads(out)
    assert (code, err, len(told["runs"])) == (0, "", 4)
    assert [group["completed"] for group in told["settings"]] == [2, 2]
    assert told["runs"][3]["settings"] == {"layers.sparse.n_w": "3"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "CONFIG is required, or --resume"),
        (["x.yaml", "--resume", "y"], "--resume takes none of CONFIG, --seeds, --search and --id"),
        (["--resume", "y", "--seeds", "0"], "--resume takes none of CONFIG, --seeds"),
    ],
)
def test_what_the_command_cannot_do_ends_with_2(hebb, arguments, message):
    code, out, err = hebb("sweep", *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_runs_at_once_are_half_the_cores_and_no_more_than_there_are(monkeypatch):
    for cores, jobs in ((1, 1), (2, 1), (9, 4), (90, 7)):
        monkeypatch.setenv("HEBB_THREADS", str(cores))
        assert places.at_once(None, runs=7) == jobs
    assert [places.at_once(5, runs) for runs in (9, 3, 0)] == [5, 3, 1]
