import http.client
import json
import os
import shutil
import signal
import threading
import time
import weakref
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest
from served import serving, watching

from hebb.catalogue import contents
from hebb.errors import HebbError
from hebb.store import Run, file_digest
from hebb.watch import board, server, watch
from hebb.watch.run_list import run_list
from hebb.watch.server import Server


@pytest.fixture
def get(copied):
    """What the server of the folder of the copied run answers to a path: status, headers, text."""
    with serving(copied.path.parent) as server:

        def answer(path, method="GET", **headers):
            with closing(http.client.HTTPConnection("127.0.0.1", server.server_port)) as line:
                line.request(method, path, headers=headers)
                got = line.getresponse()
                return got.status, dict(got.getheaders()), got.read().decode().replace("<wbr>", "")

        yield answer


def test_a_line_for_each_run_there_is(get, copied):
    shutil.copytree(copied.path, copied.path.with_name("a <b> run"))
    shutil.copytree(copied.path, copied.path.with_name("half"))
    (copied.path.with_name("half") / "run.json").write_text("{")
    status, headers, text = get("/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert '<a href="small-001/">small-001</a>' in text
    assert '<a href="a%20%3Cb%3E%20run/">a &lt;b&gt; run</a>' in text
    assert '<span class="status damaged">damaged</span>' in text
    assert text.count('<span class="status completed">') == 2


def test_the_list_says_how_far_a_run_is(get, copied):
    copied.write_text("metrics.jsonl", json.dumps(copied.metrics()[0]) + "\n")
    with copied.held():
        copied.note(status="running")
        text = get("/")[2]
        assert 'role="progressbar" aria-label="Progress of small-001"' in text
        assert "300 of 800 inputs" in text and "epoch 2 of 2" in text
        at = {"inputs": 450, "step": 150, "seconds": 3.0}
        copied.save_checkpoint(at, {"sparse.w": np.zeros(3)})  # within the epoch
        assert "450 of 800 inputs" in get("/")[2]
        assert "450 of 800 inputs" in get("/small-001/")[2]
    assert "progressbar" not in get("/")[2]


def test_where_there_is_no_run_the_list_says_so(tmp_path):
    with serving(tmp_path / "runs") as server:
        line = http.client.HTTPConnection("127.0.0.1", server.server_port)
        with closing(line):
            line.request("GET", "/")
            assert "There is no run yet." in line.getresponse().read().decode()


def test_a_page_asked_for_without_its_last_slash_is_found(get, copied):
    folder = copied.path.with_name("a: <sweep>")
    shutil.copytree(copied.path, folder / "run")
    (folder / "sweep.json").write_text("{}")
    for path, to in (
        ("/small-001", "small-001/"),
        ("/a%3A%20%3Csweep%3E", "a%3A%20%3Csweep%3E/"),
        ("/a%3A%20%3Csweep%3E/run", "run/"),
    ):
        status, headers, text = get(path)
        assert (status, headers["Location"], text) == (302, to, "")
    for path in ("/none", "/small-001/frames", "/.."):
        assert get(path)[0] == 404


def test_the_page_of_a_run_asks_for_its_pictures(get):
    status, _, text = get("/small-001/")
    assert status == 200
    assert "connect-src &#39;self&#39;" in text
    assert 'id="frames-0"' not in text
    status, headers, frames = get("/small-001/frames/800.json")
    assert (status, headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert list(json.loads(frames)) == ["sparse", "invariant", "top"]
    assert json.loads(frames)["top"].keys() == {"weights", "pixels"}


def test_a_page_that_has_not_changed_is_not_made_again(get, copied):
    for path in ("/", "/small-001/"):
        _, headers, _ = get(path)
        assert get(path, **{"If-None-Match": headers["ETag"]})[0] == 304
        copied.append_metrics({"phase": "digits", "inputs": 900, "layers": {}})
        copied.note(status="failed", error="Out of luck.")
        status, fresh, text = get(path, **{"If-None-Match": headers["ETag"]})
        assert (status, "failed" in text) == (200, True)
        assert fresh["ETag"] != headers["ETag"]
        copied.note(status="completed")


def test_a_run_that_is_killed_changes_its_page_though_no_file_does(get, copied):
    with copied.held():
        copied.note(status="running")
        _, headers, text = get("/small-001/")
        assert '<span class="status running">' in text
        assert get("/small-001/", **{"If-None-Match": headers["ETag"]})[0] == 304
        assert '<span class="status running">' in get("/")[2]
    status, _, text = get("/small-001/", **{"If-None-Match": headers["ETag"]})
    assert (status, '<span class="status killed">' in text) == (200, True)
    assert '<span class="status killed">' in get("/")[2]


def test_a_parent_that_changes_or_goes_changes_the_page_of_a_run(get, copied):
    child = Run(shutil.copytree(copied.path, copied.path.with_name("child")))
    weights = copied.snapshots()[800]
    child.note(files={str(weights): file_digest(weights)})
    seen = []

    def look():
        status, headers, text = get("/child/", **{"If-None-Match": seen[-1] if seen else ""})
        seen.append(headers["ETag"])
        return status, text

    look()
    assert look()[0] == 304
    config = (copied.path / "config.yaml").read_text()
    copied.write_text("config.yaml", config.replace("dtype: float32", "dtype: float16"))
    assert "float16" in look()[1]
    copied.save_snapshot(800, {"sparse.w": np.zeros(3)})
    assert "That snapshot has changed since." in look()[1]
    shutil.rmtree(copied.path)
    assert "That snapshot is gone." in look()[1]
    assert look()[0] == 304


def test_a_run_whose_plan_is_damaged_leaves_the_others_their_list(get, copied):
    shutil.copytree(copied.path, copied.path.with_name("whole"))
    with copied.held():
        copied.note(status="running", phases={"wander": {"epochs": 2, "steps": 0}})
        status, _, text = get("/")
        assert (status, '<a href="whole/">' in text, "progressbar" in text) == (200, True, False)


def test_the_list_says_what_of_a_run_is_damaged(get, copied):
    assert "status completed" in get("/")[2]
    (copied.path / "metrics.jsonl").write_text("{\n")
    text = get("/")[2].replace("<wbr>", "")
    assert "status damaged" in text and "metrics.jsonl: holds a line that is no JSON" in text


def test_a_folder_for_tensorboard_that_is_a_file_is_told(copied, hebb):
    Path("mine").write_text("a file")
    code, out, err = hebb("watch", copied.path, "--tensorboard", "mine")
    said = "mine: cannot be a folder, since it is no folder; choose another place\n"
    assert (code, out, err) == (2, "", said)


def test_nothing_but_runs_is_found(get, copied):
    (copied.path.parent / "secret").mkdir()
    (copied.path.parent / ".hidden").mkdir()
    shutil.copy(copied.path / "run.json", copied.path.parent / ".hidden")
    (copied.path.parent.parent / "run.json").write_text("{}")
    for path in (
        "/nothing/", "/small-001/run.json", "/small-001/../../", "/../", "/..%2f/",
        "/%2e%2e/", "/small-001/%2e%2e/small-001/", "/.hidden/", "/secret/", "/%00/",
        "/small-001/snapshots/", "/small-001/frames/x.json", "/frames/800.json", "/small-001//",
        "/%2Fetc/", "/small-001/frames/",
    ):  # fmt: skip
        assert get(path)[0] == 404, path
    assert get("/small-001/frames/5.json")[::2] == (
        404, f"{copied.path}: has no snapshot 5; it has first, last, 0, 300, 600, 800\n",
    )  # fmt: skip


def test_only_get_under_the_name_of_this_machine(get):
    assert get("/", Host="evil.example")[::2] == (403, "hebb watch answers under 127.0.0.1 alone\n")
    assert get("/", Host="127.0.0.1")[0] == 403
    for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
        assert get("/", method)[0] == 501
    _, headers, _ = get("/")
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_server_is_on_loopback_alone(tmp_path):
    with serving(tmp_path) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_a_sweep_has_a_page_and_its_runs_under_it(get, copied):
    folder = copied.path.parent / "small-sweep-001"
    folder.mkdir()
    asked = {"config": "/x/small.yaml", "settings": [], "seeds": [0], "search": None, "on": "test"}
    (folder / "sweep.json").write_text(json.dumps(asked))
    shutil.copytree(copied.path, folder / "sparse.n_w-2-seed-0")
    assert '<a href="small-sweep-001/">small-sweep-001</a>' in get("/")[2]
    assert "It has no table yet" in get("/small-sweep-001/")[2]
    (folder / "table.csv").write_text(
        "run,layers.sparse.n_w,seed,status,accuracy,mean,lowest,highest,error\n"
        "sparse.n_w-2-seed-0,2,0,under way,,,,,\n"
    )
    text = get("/small-sweep-001/")[2]
    assert '<a href="sparse.n_w-2-seed-0/">' in text
    assert '<span class="status under">under way</span>' in text
    assert get("/small-sweep-001/sparse.n_w-2-seed-0/")[0] == 200
    assert get("/small-sweep-001/sparse.n_w-2-seed-0/frames/0.json")[0] == 200
    (folder / "table.csv").write_text("x\n1\n")
    assert get("/small-sweep-001/")[::2] == (
        404, f"{folder / 'table.csv'}: is not the table of a sweep\n",
    )  # fmt: skip


def test_runs_that_have_not_changed_are_not_read_again(copied, monkeypatch):
    assert [each.entry.id for each in run_list(copied.path.parent)] == ["small-001"]
    before = copied.path.stat()
    with monkeypatch.context() as patch:
        patch.setattr("hebb.catalogue.listing.entry", lambda run: pytest.fail("it is read again"))
        run_list(copied.path.parent)
    copied.note(status="failed")
    assert copied.path.stat().st_mtime_ns != before.st_mtime_ns
    assert [each.entry.status for each in run_list(copied.path.parent)] == ["failed"]


def test_a_run_that_is_gone_is_forgotten(copied):
    line = weakref.ref(run_list(copied.path.parent)[0])
    assert line() is run_list(copied.path.parent)[0]
    shutil.rmtree(copied.path)
    assert run_list(copied.path.parent) == []
    assert line() is None


def test_a_page_is_made_once_for_all_who_look_and_opens_new_snapshots_alone(
    get, copied, monkeypatch
):
    opened, made = [], []
    of = contents.is_zipfile
    monkeypatch.setattr(contents, "is_zipfile", lambda path: opened.append(path.stem) or of(path))
    page = server.page
    monkeypatch.setattr(server, "page", lambda *told, **how: made.append(1) or page(*told, **how))
    assert get("/small-001/")[2] == get("/small-001/")[2]
    assert (sorted(opened), len(made)) == ([f"{n:09d}" for n in (0, 300, 600, 800)], 1)
    copied.save_snapshot(900, copied.snapshot("last")[1])
    get("/small-001/")
    assert (opened[4:], len(made)) == (["000000900"], 2)


def test_pictures_are_made_when_they_are_asked_for_and_once(get, copied, monkeypatch):
    made, pictures = [], server.pictures
    monkeypatch.setattr(server, "pictures", lambda *given: made.append(given) or pictures(*given))
    get("/"), get("/small-001/")
    assert made == []
    frames = [get("/small-001/frames/300.json")[2] for _ in range(2)]
    assert (len(made), frames[0]) == (1, frames[1])


def test_looking_changes_nothing_in_the_run(get, copied):
    def files():
        return {p: p.stat().st_mtime_ns for p in copied.path.rglob("*")}

    before = files()
    get("/"), get("/small-001/"), get("/small-001/frames/300.json")
    assert files() == before


# The command


def test_the_command_prints_an_address_and_ends_with_ctrl_c(copied, tmp_path):
    with watching("latest", cwd=tmp_path) as (process, address):
        host, path = address.removeprefix("http://").split("/", 1)
        assert (host.split(":")[0], path) == ("127.0.0.1", "small-001/")
        with closing(http.client.HTTPConnection(host)) as line:
            line.request("GET", f"/{path}")
            assert line.getresponse().status == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out) == (0, "")
        assert err == "watching runs/small-001; Ctrl-C ends it\nended\n"


def test_with_tensorboard_it_says_all_that_it_says_without(copied, tmp_path):
    with watching("latest", "--tensorboard", "board", cwd=tmp_path) as (process, _):
        deadline = time.monotonic() + 60
        folder = tmp_path / "board" / "small-001"
        while time.monotonic() < deadline and not list(folder.glob("events.*")):
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    said = err.splitlines()
    assert said[:2] == [
        "watching runs/small-001; Ctrl-C ends it",
        "writing for TensorBoard to board; to look at it: tensorboard --logdir board",
    ]
    held = f"{Path('board') / 'small-001'}: holds small-001 so far; what is new follows"
    assert said[2:] in (["ended"], [held, "ended"])


def test_a_port_that_is_taken_is_told(copied, hebb):
    with serving(copied.path.parent) as server:
        port = server.server_port
        code, _, err = hebb("watch", "--port", port)
        assert (code, err) == (2, f"--port: {port} cannot be had: Address already in use\n")


def test_a_run_that_is_not_there_is_told(hebb):
    code, _, err = hebb("watch", "nothing")
    assert (code, err) == (
        2, "nothing: no such run or sweep, neither as a path nor in runs\n",
    )  # fmt: skip


def test_the_page_is_opened_where_that_is_asked_for(copied, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("os.nice", lambda by: None)
    monkeypatch.setattr(Server, "serve_forever", lambda self, poll_interval: None)
    watch("small-001", copied.path.parent, open_page=True, say=lambda line: None)
    assert opened == [capsys.readouterr().out.strip()]


def test_the_watcher_steps_back_for_training(copied, tmp_path):
    with watching(cwd=tmp_path) as (process, _):
        assert os.getpriority(os.PRIO_PROCESS, process.pid) >= 10


# TensorBoard


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


def test_a_run_is_the_same_whether_it_is_watched_or_not(copied, train_small, tmp_path):
    watched = tmp_path / "watched"
    with (
        serving(watched) as server,
        closing(http.client.HTTPConnection("127.0.0.1", server.server_port)) as line,
    ):
        stop, found = threading.Event(), set()

        def look():
            while not stop.is_set():
                for path in ("/", "/small-001/", "/small-001/frames/300.json"):
                    line.request("GET", path)
                    answer = line.getresponse()
                    answer.read()
                    if answer.status == 200:
                        found.add(path)

        thread = threading.Thread(target=look)
        thread.start()
        run = train_small(runs_dir=watched)
        stop.set()
        thread.join()
    assert "/small-001/" in found
    for inputs, path in Run(copied.path).snapshots().items():
        assert run.snapshots()[inputs].read_bytes() == path.read_bytes()
