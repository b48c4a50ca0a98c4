"""What `hebb watch --tensorboard` writes, for whom, and what it leaves alone."""

import shutil
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from hebb.errors import HebbError
from hebb.store import Run
from hebb.watch import board


def written(folder):
    """What event files hold: plugin, tag and step -> the tensor."""
    from hebb.readout.dense import tensorflow

    tf = tensorflow()
    found = {}
    for path in sorted(folder.glob(board.EVENTS)):
        with suppress(tf.errors.DataLossError):  # it is being written to
            for event in tf.compat.v1.train.summary_iterator(str(path)):
                for value in event.summary.value:
                    plugin = value.metadata.plugin_data.plugin_name
                    found[value.tag, event.step] = plugin, tf.make_ndarray(value.tensor)
    return found


def everything(folder):
    """Tag and step of all that event files hold, as often as it is there."""
    from hebb.readout.dense import tensorflow

    events = tensorflow().compat.v1.train.summary_iterator
    return [
        (value.tag, event.step)
        for path in folder.glob(board.EVENTS)
        for event in events(str(path))
        for value in event.summary.value
    ]


def test_a_folder_for_tensorboard_that_is_a_file_is_told(copied, hebb):
    Path("mine").write_text("a file")
    code, out, err = hebb("watch", copied.path, "--tensorboard", "mine")
    said = "mine: cannot be a folder, since it is no folder; choose another place\n"
    assert (code, out, err) == (2, "", said)


def test_tensorboard_has_scalars_and_tapestries(copied, tmp_path):
    told = []
    with board.board(tmp_path / "board", copied, told.append):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not complete(tmp_path / "board" / "small-001"):
            time.sleep(0.1)
    found = written(tmp_path / "board" / "small-001")
    first = copied.metrics()[0]
    plugin, value = found["sparse/weight_change", 300]
    assert plugin == "scalars"
    assert value == np.float32(first["layers"]["sparse"]["weight_change"])
    assert found["inputs_per_second", 800][0] == "scalars"
    assert ("sparse/learns", 300) not in found
    assert {step for tag, step in found if tag == "top"} == {0, 300, 600, 800}
    plugin, (wide, high, png) = found["sparse", 800]
    assert (plugin, wide, high, png[:8]) == ("images", b"46", b"37", b"\x89PNG\r\n\x1a\n")


def test_tensorboard_says_at_once_where_it_writes_and_how_to_look(copied, tmp_path, monkeypatch):
    told, asked = [], threading.Event()
    monkeypatch.setattr(board, "tensorflow", asked.wait)  # which takes its time
    folder = tmp_path / "my board"
    with board.board(folder, copied, told.append):
        look = f"tensorboard --logdir '{folder}'"
        assert told == [f"writing for TensorBoard to {folder}; to look at it: {look}"]
        monkeypatch.undo()
        asked.set()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(told) < 2:
            time.sleep(0.1)
    assert told[1:] == [f"{folder / 'small-001'}: holds small-001 so far; what is new follows"]


def test_what_tensorboard_has_of_a_run_that_is_gone_makes_way_for_the_next(copied, tmp_path):
    folder, told = tmp_path / "board", []

    def look(book):
        book.write(threading.Event())

    book = board.Book(copied, folder, told.append)
    look(book)
    assert ("top", 800) in written(folder)
    mine = folder / "mine.txt", folder / "events.out.tfevents.9.mine"
    for path in mine:
        path.write_bytes(b"")
    copied.snapshots()[800].unlink()
    copied.note(started="2031-01-01T00:00:00+00:00")
    look(book)  # who has followed all the while
    assert ("top", 800) not in written(folder) and ("top", 600) in written(folder)
    copied.snapshots()[600].unlink()
    copied.note(started="2031-01-02T00:00:00+00:00")
    look(board.Book(copied, folder, told.append))  # and who looks again later
    assert ("top", 600) not in written(folder) and ("top", 300) in written(folder)
    assert all(path.is_file() for path in mine)
    assert told.count(f"{folder}: was of another small-001, and is begun anew") == 2
    shutil.rmtree(copied.path)
    said = list(told)
    look(book)  # there is nothing to write, and nothing to say
    assert (told, book.writer) == (said, None)


def test_a_run_of_the_same_id_in_another_place_has_another_folder(copied, tmp_path):
    other = Run(shutil.copytree(copied.path, tmp_path / "elsewhere" / "small-001"))
    other.note(started="2031-01-01T00:00:00+00:00")
    other.snapshots()[800].unlink()
    folder, told = tmp_path / "board" / "small-001", []
    second = folder.with_name("small-001-2")

    def look(run):
        board.Book(run, folder, told.append).write(threading.Event())

    look(copied)
    (folder / "events.out.tfevents.9.mine").write_bytes(b"")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    look(other)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert ("top", 600) in written(second) and ("top", 800) not in written(second)
    assert told[1:] == [
        f"{folder}: is of another run; {other.path} is written to {second}",
        f"{second}: holds small-001 so far; what is new follows",
    ]
    look(other)  # which finds its own again
    look(Run(copied.path.parent / ".." / "runs" / "small-001"))  # by another name
    assert sorted(path.name for path in folder.parent.iterdir()) == ["small-001", "small-001-2"]
    other.note(started="2031-01-02T00:00:00+00:00")
    other.snapshots()[600].unlink()
    look(other)
    assert ("top", 300) in written(second) and ("top", 600) not in written(second)
    assert ("top", 800) in written(folder)


def test_nothing_makes_way_for_a_run_that_does_not_say_when_it_began(copied, tmp_path):
    folder = tmp_path / "board"
    board.Book(copied, folder, print).write(threading.Event())
    copied.note(started=None)
    with pytest.raises(HebbError) as error:
        board.Book(copied, folder, print).write(threading.Event())
    assert str(error.value) == f"{copied.path / 'run.json'}: does not say when the run began"
    assert ("top", 800) in written(folder)


def test_of_two_who_begin_at_one_moment_one_has_the_name(copied, tmp_path, monkeypatch):
    other = Run(shutil.copytree(copied.path, tmp_path / "elsewhere" / "small-001"))
    folder, told, claimed = tmp_path / "board" / "small-001", [], board._claimed

    def slow(wanted):
        """Another watcher has taken the name when this one reaches for it."""
        monkeypatch.setattr(board, "_claimed", claimed)
        assert claimed(wanted)
        return claimed(wanted)

    monkeypatch.setattr(board, "_claimed", slow)
    board.Book(other, folder, told.append).write(threading.Event())
    second = folder.with_name("small-001-2")
    assert told[0] == f"{folder}: is of another run; {other.path} is written to {second}"
    assert ("top", 800) in written(second) and not written(folder)

    taken = []
    reach = [
        threading.Thread(target=lambda: taken.append(claimed(tmp_path / "b"))) for _ in "12345"
    ]
    for thread in reach:
        thread.start()
    for thread in reach:
        thread.join()
    assert sorted(taken) == [False] * 4 + [True]


def test_a_folder_that_does_not_say_whose_it_is_is_left_alone(copied, tmp_path):
    folder = tmp_path / "board"
    board.Book(copied, folder, print).write(threading.Event())
    (folder / "hebb.json").write_text("{")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(HebbError) as error:
        board.Book(copied, folder, print).write(threading.Event())
    said = f"{folder / 'hebb.json'}: is not whole: no JSON can be read from it"
    assert str(error.value) == said
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_look_that_could_not_begin_a_file_is_followed_by_one_that_can(copied, tmp_path):
    folder = tmp_path / "board"
    book = board.Book(copied, folder, print)
    book.write(threading.Event())
    shutil.rmtree(folder)
    folder.write_text("in the way")
    copied.note(started="2031-01-01T00:00:00+00:00")
    for _ in range(2):
        with pytest.raises(HebbError) as error:
            book.write(threading.Event())
        told = f"{folder}: cannot be a folder, since it is no folder; choose another place"
        assert str(error.value) == told
    folder.unlink()
    book.write(threading.Event())
    assert ("top", 800) in written(folder)


def test_what_tensorflow_cannot_write_is_written_at_a_later_look(copied, tmp_path):
    errors = board.tensorflow().errors
    folder = tmp_path / "board"
    book = board.Book(copied, folder, print)
    book.write(threading.Event())

    def flush():
        raise errors.ResourceExhaustedError(None, None, "No space left on device")

    book.writer.flush = flush
    copied.append_metrics({"phase": "digits", "inputs": 900, "layers": {"top": {"winners": 1.0}}})
    with pytest.raises(HebbError) as error:
        book.write(threading.Event())
    assert str(error.value) == f"{folder}: cannot be written: No space left on device"
    book.write(threading.Event())
    assert ("top/winners", 900) in written(folder)


def test_event_files_that_are_removed_meanwhile_are_written_again(copied, tmp_path):
    folder = tmp_path / "board"
    book = board.Book(copied, folder, print)
    book.write(threading.Event())
    for path in folder.iterdir():
        path.unlink()
    copied.append_metrics({"phase": "digits", "inputs": 900, "layers": {"top": {"winners": 1.0}}})
    book.write(threading.Event())
    assert {("top/winners", 900), ("top", 800)} <= set(written(folder))


def test_events_that_are_of_no_known_run_are_left(copied, tmp_path):
    folder, told = tmp_path / "board", []
    folder.mkdir()
    (folder / "events.out.tfevents.1.mine").write_bytes(b"")
    board.Book(copied, folder, told.append).write(threading.Event())
    assert (folder / "events.out.tfevents.1.mine").is_file()
    assert not any("anew" in line for line in told)


def test_what_tensorboard_has_is_not_written_again(copied, tmp_path):
    folder = tmp_path / "board"
    for _ in range(2):
        book = board.Book(copied, folder, print)
        book.write(threading.Event())
        book.writer.close()
    copied.append_metrics({"phase": "digits", "inputs": 900, "layers": {"top": {"winners": 1.0}}})
    book = board.Book(copied, folder, print)
    book.write(threading.Event())
    book.writer.close()
    events = everything(folder)
    assert len(events) == len(set(events))
    assert {("top/winners", 900), ("top", 800), ("sparse/weight_change", 300)} <= set(events)
    whole = max(folder.glob(board.EVENTS), key=lambda path: path.stat().st_size)
    whole.write_bytes(whole.read_bytes()[:-9])  # as if its writer had been killed
    board.Book(copied, folder, print).write(threading.Event())


def complete(folder):
    return ("top", 800) in written(folder)


def test_tensorboard_follows_the_runs_that_are_under_way(copied, tmp_path):
    finished = copied.path.with_name("done")
    shutil.copytree(copied.path, finished)
    with copied.held():
        copied.note(status="running")
        with board.board(tmp_path / "board", copied.path.parent, print):
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and not complete(tmp_path / "board" / "small-001"):
                time.sleep(0.1)
            copied.append_metrics({"phase": "digits", "inputs": 900, "inputs_per_second": 5.0})
            while time.monotonic() < deadline and not late(tmp_path):
                time.sleep(0.1)
    assert late(tmp_path)
    assert [path.name for path in (tmp_path / "board").iterdir()] == ["small-001"]


def late(tmp_path):
    return ("inputs_per_second", 900) in written(tmp_path / "board" / "small-001")


def test_tensorboard_tells_once_what_cannot_be_read(copied, tmp_path, monkeypatch):
    monkeypatch.setattr(board, "SECONDS", 0.01)
    (copied.path / "metrics.jsonl").write_text("5\n")
    told = []
    with board.board(tmp_path / "board", copied, told.append):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(told) < 2:
            time.sleep(0.01)
        time.sleep(0.3)
    path = copied.path / "metrics.jsonl"
    assert told[1:] == [f"--tensorboard: {path}: is not a record an epoch"]


def test_tensorboard_looks_again_after_a_look_that_failed(copied, tmp_path, monkeypatch):
    monkeypatch.setattr(board, "SECONDS", 0.01)
    folder, aside, told = copied.path.parent, tmp_path / "aside", []
    folder.rename(aside)
    folder.write_text("in the way")
    with board.board(tmp_path / "board", folder, told.append):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(told) < 2:
            time.sleep(0.01)
        time.sleep(0.3)
        assert told[1:] == [f"--tensorboard: {folder}: cannot be read: Not a directory"]
        folder.unlink()
        aside.rename(folder)
        with copied.held():
            copied.note(status="running")
            while time.monotonic() < deadline and len(told) < 3:
                time.sleep(0.01)
    assert ("top", 800) in written(tmp_path / "board" / "small-001")


def test_the_file_of_a_run_that_is_gone_is_closed(copied, tmp_path, monkeypatch):
    monkeypatch.setattr(board, "SECONDS", 0.01)
    told, books = [], []

    class Noted(board.Book):
        def __init__(self, *given):
            super().__init__(*given)
            books.append(weakref.ref(self))

    monkeypatch.setattr(board, "Book", Noted)
    with copied.held():
        copied.note(status="running")
        with board.board(tmp_path / "board", copied.path.parent, told.append):
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and len(told) < 2:
                time.sleep(0.01)
            copied.path.rename(tmp_path / "gone")
            while time.monotonic() < deadline and any(book() for book in books):
                time.sleep(0.01)
            assert (books != [], [book() for book in books if book()]) == (True, [])
    assert told[2:] == []
