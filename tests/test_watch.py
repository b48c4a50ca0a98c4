"""The pages of runs live: what is asked for, what has changed, and what is refused."""

import http.client
import json
import shutil
import threading
import time
import weakref
from contextlib import closing

import numpy as np
import pytest
from served import serving

from hebb.catalogue import contents
from hebb.store import Run, file_digest
from hebb.watch import server
from hebb.watch.run_list import run_list


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
    assert "status damaged" in text and "metrics.jsonl: line 1 is no JSON" in text


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
        deadline = time.monotonic() + 60

        def seen_first(line):
            """The run is there when it says something, and goes on once its page has been seen."""
            while "/small-001/" not in found and time.monotonic() < deadline:
                time.sleep(0.01)

        run = train_small(runs_dir=watched, say=seen_first)
        stop.set()
        thread.join()
    assert "/small-001/" in found
    for inputs, path in Run(copied.path).snapshots().items():
        assert run.snapshots()[inputs].read_bytes() == path.read_bytes()
