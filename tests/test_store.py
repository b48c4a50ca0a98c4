"""The run directory: numbers, files that are whole or not there, snapshots, archives."""

import gc
import json
import multiprocessing
import os
import pickle
import re
import warnings
import zipfile

import numpy as np
import pytest
from helpers import refused

from hebb.archive import names_in, read_arrays
from hebb.catalogue import listing
from hebb.errors import HebbError, UsageError
from hebb.store import Run

NOT_WHOLE = "is not a whole .npz file of plain arrays"


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path / "runs", "small")


def names(folder):
    return sorted(each.name for each in folder.iterdir())


def make(runs_dir, id, written):
    """A run whose config.yaml was written at a time (in seconds)."""
    made = Run.create(runs_dir, "small", id)
    made.write_text("config.yaml", "name: small\n")
    os.utime(made.path / "config.yaml", (written, written))
    return made


# Numbers and names


def test_a_run_takes_the_number_after_the_highest(tmp_path):
    for taken in ("small-001", "small-007", "small-x", "smaller-100", "small-12-9"):
        (tmp_path / taken).mkdir()
    assert Run.create(tmp_path, "small").path == tmp_path / "small-008"
    assert Run.create(tmp_path, "new").path == tmp_path / "new-001"
    (tmp_path / "small-1000").mkdir()
    assert Run.create(tmp_path, "small").path == tmp_path / "small-1001"


def test_a_new_run_holds_a_place_for_snapshots_and_nothing_else(tmp_path):
    made = Run.create(tmp_path / "deep" / "runs", "small")
    assert made.id == "small-001"
    assert names(made.path) == ["snapshots"]


def claim_ten(runs_dir, start):
    start.wait()
    for _ in range(10):
        Run.create(runs_dir, "small")


def test_processes_that_start_at_once_get_ten_numbers_each(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(2)
    claims = [spawn.Process(target=claim_ten, args=(tmp_path, start)) for _ in range(2)]
    for each in claims:
        each.start()
    for each in claims:
        each.join()
    assert [each.exitcode for each in claims] == [0, 0]
    assert names(tmp_path) == [f"small-{n:03d}" for n in range(1, 21)]


def test_a_number_that_another_process_takes_first_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(type(tmp_path), "iterdir", lambda self: iter(()))  # it came too late to see
    assert [Run.create(tmp_path, "small").id for _ in range(3)] == [
        "small-001",
        "small-002",
        "small-003",
    ]


def test_an_id_is_the_name_of_the_directory(tmp_path):
    assert Run.create(tmp_path, "small", "try_2.b-c").path == tmp_path / "try_2.b-c"


@pytest.mark.parametrize("id", ["../x", "", ".hidden", "a/b", "-x", "a b", "ä", "x\n", "/x"])
def test_an_id_that_is_not_a_plain_name_is_refused(tmp_path, id):
    message = refused(UsageError, Run.create, tmp_path / "runs", "small", id)
    assert message == f"--id: must be letters, digits, . _ or - (got {id})"
    assert names(tmp_path) == []


def test_an_id_that_already_means_something_is_refused(tmp_path):
    message = refused(UsageError, Run.create, tmp_path / "runs", "small", "latest")
    assert message == "--id: must not be latest, which always means the newest run"


def test_an_id_that_is_taken_is_refused_and_left_alone(tmp_path):
    made = Run.create(tmp_path, "small", "mine")
    made.write_text("config.yaml", "name: small\n")
    message = refused(UsageError, Run.create, tmp_path, "small", "mine")
    assert message == f"{tmp_path / 'mine'}: exists already; choose another --id"
    assert (made.path / "config.yaml").read_text() == "name: small\n"


def test_a_runs_dir_that_cannot_be_made_is_said_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    runs_dir = tmp_path / "file" / "runs"
    message = refused(UsageError, Run.create, runs_dir, "small")
    assert message == f"{runs_dir}: cannot be written: Not a directory"


@pytest.mark.parametrize("id", [None, "mine"])
def test_a_runs_dir_that_is_a_file_is_said_in_one_sentence(tmp_path, id):
    (tmp_path / "runs").write_text("")
    message = refused(UsageError, Run.create, tmp_path / "runs", "small", id)
    assert message == f"{tmp_path / 'runs'}: cannot be written: File exists"


# Finding a run


def test_a_run_is_found_by_path_and_by_bare_id(tmp_path, monkeypatch):
    made = make(tmp_path / "runs", "mine", 5)
    assert Run.open(str(made.path), tmp_path / "elsewhere").path == made.path
    assert Run.open("mine", tmp_path / "runs").path == made.path
    monkeypatch.chdir(made.path)
    assert Run.open(".", tmp_path / "elsewhere").id == "mine"


def test_latest_is_the_run_that_began_last(tmp_path):
    make(tmp_path, "b", 3000)
    make(tmp_path, "c", 2000)
    make(tmp_path, "a", 1000).note(status="completed")  # noted later, yet begun before
    (tmp_path / "d").mkdir()  # not a run
    assert Run.open("latest", tmp_path).id == "b"


def test_a_run_that_is_not_there_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("nothing", "empty"):
        message = refused(UsageError, Run.open, name, tmp_path)
        assert message == f"{name}: no such run, neither as a path nor in {tmp_path}"


@pytest.mark.parametrize("folder", ["missing", "."])
def test_latest_of_no_runs_says_how_to_make_one(tmp_path, folder):
    message = refused(UsageError, Run.open, "latest", tmp_path / folder)
    assert message == f"{tmp_path / folder}: holds no run yet; `hebb run CONFIG` makes one"


# Files are whole or not there


def fails_after_half(error):
    def fill(file):
        file.write(b"half")
        raise error

    return fill


def test_a_disk_that_fails_leaves_the_old_file_and_no_other(run):
    run.write_text("log.txt", "old\n")
    message = refused(HebbError, run.write, "log.txt", fails_after_half(OSError(28, "No space")))
    assert message == f"{run.path / 'log.txt'}: cannot be written: No space"
    assert (run.path / "log.txt").read_text() == "old\n"
    assert names(run.path) == ["log.txt", "snapshots"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), ValueError("x")])
def test_whatever_stops_a_write_leaves_no_half_file(run, error):
    run.write_text("log.txt", "old\n")
    with pytest.raises(type(error)):
        run.write("log.txt", fails_after_half(error))
    assert (run.path / "log.txt").read_text() == "old\n"
    assert names(run.path) == ["log.txt", "snapshots"]


def test_a_write_is_on_the_disk_before_it_takes_the_name(run, monkeypatch):
    order = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda n: (order.append("sync"), sync(n))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append("rename"), replace(a, b))[1])
    run.write_text("a.txt", "b")
    assert order == ["sync", "rename", "sync"]  # the last: of the folder, for the new name


def test_a_file_that_cannot_be_written_is_named(run):
    missing = run.path / "gone" / "a.txt"
    message = refused(HebbError, run.write_text, "gone/a.txt", "text")
    assert message == f"{missing}: cannot be written: No such file or directory"
    message = refused(HebbError, run.append, "gone/a.txt", "text")
    assert message == f"{missing}: cannot be written: No such file or directory"


# run.json and other JSON


def test_notes_add_up_and_the_last_word_counts(run):
    run.note(status="running", seed=1, dataset={})
    run.note(status="completed", finished="now")
    assert run.info() == {"status": "completed", "seed": 1, "dataset": {}, "finished": "now"}
    assert json.loads((run.path / "run.json").read_text()) == run.info()


@pytest.mark.parametrize("text", ["[]", "{}", '{"status": "running"}'])
def test_a_run_json_that_is_no_runs_is_refused(run, text):
    run.write_text("run.json", text)
    path = run.path / "run.json"
    assert refused(UsageError, run.info) == f"{path}: lacks status or dataset: it is no run's"


@pytest.mark.parametrize("broken", [b"", b'{"status": "runn', b"\xff\xfe{}"])
def test_json_that_is_not_whole_is_said_in_one_sentence(run, broken):
    (run.path / "run.json").write_bytes(broken)
    message = refused(UsageError, run.info)
    assert message == f"{run.path / 'run.json'}: is not whole: no JSON can be read from it"


def test_json_that_is_missing_is_said_in_one_sentence(run):
    message = refused(UsageError, run.info)
    assert message == f"{run.path / 'run.json'}: cannot be read: No such file or directory"


# log.txt and metrics.jsonl


def test_a_log_line_has_its_time(run):
    run.log("device: cpu")
    run.log("done")
    first, second = (run.path / "log.txt").read_text().splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 device: cpu", first)
    assert second.endswith("+00:00 done")


def test_metrics_come_back_as_they_went_one_a_line(run):
    assert run.metrics() == []
    records = [{"epoch": 1, "layers": {"a": {"winners": 2.5}}}, {"epoch": 2, "layers": {}}]
    for record in records:
        run.append_metrics(record)
    assert run.metrics() == records
    assert len((run.path / "metrics.jsonl").read_text().splitlines()) == 2


def test_a_last_line_cut_short_by_a_kill_is_no_traceback(run):
    run.append_metrics({"epoch": 1})
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write('{"epo')
    assert run.metrics() == [{"epoch": 1}]


# Snapshots


def arrays(number):
    return {"sparse.w": np.full((2, 3), number, np.float32), "top.w": np.ones((1, 2))}


def test_a_snapshot_comes_back_as_it_went(run):
    run.save_snapshot(10_000, arrays(0.1))
    assert names(run.path / "snapshots") == ["000010000.npz"]
    inputs, found = run.snapshot()
    assert inputs == 10_000
    assert list(found) == ["sparse.w", "top.w"]
    for key, array in arrays(0.1).items():
        assert found[key].dtype == array.dtype
        np.testing.assert_array_equal(found[key], array)


def test_first_last_and_numbers_find_their_snapshot(run):
    for inputs in (300, 0, 2_000_000_000, 20):
        run.save_snapshot(inputs, arrays(inputs))
    assert list(run.snapshots()) == [0, 20, 300, 2_000_000_000]
    wanted = {"first": 0, "last": 2_000_000_000, "20": 20, 300: 300, "000000300": 300}
    for which, inputs in wanted.items():
        found, held = run.snapshot(which)
        assert found == inputs
        assert held["sparse.w"][0, 0] == np.float32(inputs)


@pytest.mark.parametrize("which", ["17", "latest", "-1", "", "1.5"])
def test_a_snapshot_that_is_not_there_is_refused_with_those_that_are(run, which):
    run.save_snapshot(0, arrays(0))
    run.save_snapshot(300, arrays(1))
    message = refused(UsageError, run.snapshot, which)
    assert message == f"{run.path}: has no snapshot {which}; it has first, last, 0, 300"


def test_many_snapshots_are_summed_up(run):
    for inputs in range(9):
        run.save_snapshot(inputs, arrays(inputs))
    run.save_snapshot(100, arrays(0))
    lacks = f"{run.path}: has no snapshot"
    for which, near in ((70, "8 and 100"), (101, "100"), ("000000009", "8 and 100")):
        message = refused(UsageError, run.snapshot, which)
        assert message == f"{lacks} {which}; it has first, last, 0 to 100; the nearest: {near}"
    message = refused(UsageError, run.snapshot, "newest")
    assert message == f"{lacks} newest; it has first, last, 0 to 100"


def test_a_run_without_snapshots_says_so(run):
    assert run.snapshots() == {}
    lacks = f"{run.path}: has no snapshot; "
    anew = f"`hebb run {run.path}/config.yaml` trains it anew"
    assert refused(UsageError, run.snapshot) == lacks + anew  # without a run.json
    run.note(status="interrupted", dataset={})
    again = f"`hebb resume {run.path}` begins it again"
    assert refused(UsageError, run.snapshot) == lacks + again
    run.save_checkpoint({}, {})
    goes_on = f"`hebb resume {run.path}` goes on from its last checkpoint"
    assert refused(UsageError, run.snapshot) == lacks + goes_on
    run.note(status="completed")
    assert refused(UsageError, run.snapshot) == lacks + anew


def test_a_half_written_snapshot_is_not_one(run):
    (run.path / "snapshots" / ".000000300.npz.17.part").write_bytes(b"half")
    run.save_snapshot(0, arrays(0))
    assert list(run.snapshots()) == [0]


# Archives that are not as they must be


def cut(path, length):
    np.savez(path, w=np.arange(100.0))
    path.write_bytes(path.read_bytes()[:length])
    return path


@pytest.mark.parametrize("length", [0, 1, 30, 200, 500, 1055])
def test_an_archive_cut_anywhere_is_said_in_one_sentence(tmp_path, length):
    path = cut(tmp_path / "a.npz", length)
    assert refused(UsageError, read_arrays, path) == f"{path}: {NOT_WHOLE}"
    gc.collect()


def test_a_refused_archive_is_closed(tmp_path):
    path = cut(tmp_path / "a.npz", 200)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        refused(UsageError, read_arrays, path)
        gc.collect()
    assert [str(each.message) for each in told] == []


def test_an_archive_with_a_changed_byte_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, w=np.arange(100.0))
    damaged = bytearray(path.read_bytes())
    damaged[400] ^= 1
    path.write_bytes(damaged)
    assert refused(UsageError, read_arrays, path) == f"{path}: {NOT_WHOLE}"


class Bomb:
    """Calls `fired` if it is ever unpickled."""

    def __reduce__(self):
        return fired, ()


def fired():
    raise AssertionError("unpickled")


def test_nothing_is_ever_unpickled(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, w=np.array([Bomb()], dtype=object))
    assert refused(UsageError, read_arrays, path) == f"{path}: {NOT_WHOLE}"
    path.write_bytes(pickle.dumps(Bomb()))
    assert refused(UsageError, read_arrays, path) == f"{path}: {NOT_WHOLE}"


def test_an_archive_that_cannot_be_read_is_named(tmp_path):
    missing = tmp_path / "a.npz"
    message = refused(UsageError, read_arrays, missing)
    assert message == f"{missing}: cannot be read: No such file or directory"
    message = refused(UsageError, read_arrays, tmp_path)
    assert message == f"{tmp_path}: cannot be read: Is a directory"


def test_a_bare_array_is_not_an_archive(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.ones(3))
    assert refused(UsageError, read_arrays, path) == f"{path}: {NOT_WHOLE}"


def test_damage_to_a_compressed_archive_is_said_in_one_sentence(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, w=np.random.default_rng(0).random(1000))
    damaged = bytearray(path.read_bytes())
    damaged[60:68] = b"\xff" * 8
    path.write_bytes(damaged)
    assert refused(UsageError, read_arrays, path) == f"{path}: {NOT_WHOLE}"


def test_the_names_in_an_archive_are_told_without_reading_its_arrays(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("w", "hello")
        archive.writestr("v.npy", "no array either")
    assert names_in(path) == ["w", "v"]
    path.write_text("junk")
    assert refused(UsageError, names_in, path) == f"{path}: {NOT_WHOLE}"


def test_an_entry_that_is_no_array_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("w", "hello")
    assert refused(UsageError, read_arrays, path) == f"{path}: {NOT_WHOLE}"


def test_a_line_of_metrics_that_is_no_json_is_told(run):
    run.append("metrics.jsonl", "{half")
    path = run.path / "metrics.jsonl"
    assert refused(UsageError, run.metrics) == f"{path}: line 1 is no JSON"


def test_a_name_with_a_slash_is_a_path_and_never_leads_through_the_runs_directory(tmp_path):
    make(tmp_path, "outside", 1)
    (tmp_path / "runs").mkdir()
    message = refused(UsageError, Run.open, "../outside", tmp_path / "runs")
    assert message == f"../outside: no such run, neither as a path nor in {tmp_path / 'runs'}"


@pytest.mark.parametrize("left", ["run.json", "snapshots"])
def test_a_run_without_its_experiment_is_told_as_such(tmp_path, left):
    made = make(tmp_path, "mine", 1)
    (made.path / "config.yaml").unlink()
    if left == "run.json":
        made.note(status="completed", dataset={})
        (made.path / "snapshots").rmdir()
    for name in ("mine", str(made.path)):
        assert refused(UsageError, Run.open, name, tmp_path) == (
            f"{made.path}: has no config.yaml; `hebb show {name}` tells what is left of the run"
        )


def test_a_sweep_is_no_run_and_says_what_shows_it(tmp_path):
    (tmp_path / "wide").mkdir()
    (tmp_path / "wide" / "sweep.json").write_text("{}")
    for find in (Run.open, listing.find):
        for name in ("wide", str(tmp_path / "wide")):
            said = f"{name}: is a sweep, not a run; `hebb report {name}` shows it, and "
            named = "a run of it is named by its path"
            assert refused(UsageError, find, name, tmp_path) == said + named
    for id in ("n_w-2-seed-1", "n_w-2-seed-0"):
        make(tmp_path / "wide", id, 1)
    such = f"{named}, such as {tmp_path / 'wide' / 'n_w-2-seed-0'}"
    assert refused(UsageError, Run.open, "wide", tmp_path).endswith(f" shows it, and {such}")
    assert Run.open(str(tmp_path / "wide" / "n_w-2-seed-0"), tmp_path).id == "n_w-2-seed-0"
