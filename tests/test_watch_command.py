"""`hebb watch`: the address that it prints, what it says, and how it ends."""

import http.client
import os
import signal
import time
from contextlib import closing
from pathlib import Path

from served import serving, watching

from hebb.watch import watch
from hebb.watch.server import Server


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
