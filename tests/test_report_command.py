"""`hebb report`, and the same from Python: where the page goes, and what is told."""

from pathlib import Path

import pytest

from hebb.catalogue.sweeps import SweepFolder, find
from hebb.errors import HebbError, UsageError
from hebb.report import report


def test_the_command_prints_where_the_page_is(copied, hebb):
    code, out, err = hebb("report", "latest")
    assert (code, out, err) == (0, "runs/small-001/report.html\n", "")
    assert (copied.path / "report.html").read_text().startswith("<!doctype html>")


def test_several_runs_have_a_page_beside_the_first(copied, swept, hebb):
    code, out, _ = hebb("report", "small-001", "small-sweep-001")
    assert (code, out) == (0, "runs/report-small-001-small-sweep-001.html\n")
    code, out, _ = hebb("report", "small-001", "--to", "mine.html", "--megabytes", "2")
    assert (code, out) == (0, "mine.html\n")


def test_what_is_given_twice_stands_on_a_page_once_and_is_told(copied, swept, hebb):
    code, out, err = hebb(
        "report", "small-001", "small-sweep-001", "latest", "runs/small-sweep-001"
    )
    assert (code, out) == (0, "runs/report-small-001-small-sweep-001.html\n")
    assert err.splitlines() == [
        "small-001: is given more than once, and taken once",
        "small-sweep-001: is given more than once, and taken once",
    ]


def test_a_page_that_cannot_be_as_small_as_asked_for_says_so(finished, copied, swept, tmp_path):
    to, said = tmp_path / "page.html", []
    report([finished], to, 5, said.append)
    assert said == []
    for shown, why in (
        ([finished], "; the first and the last snapshot of each run are always in it"),
        ([SweepFolder(swept.path)], ""),
    ):
        report(shown, to, 0.01, said.append)
        size = f"{to.stat().st_size / 1e6:.1f} MB"
        assert said.pop() == f"{to}: has {size}, more than the 0.01 asked for{why}"


def test_a_name_of_nothing_is_told(hebb):
    code, out, err = hebb("report", "nothing")
    assert (code, out) == (2, "")
    assert err == "nothing: no such run or sweep, neither as a path nor in runs\n"


def test_a_page_that_cannot_be_written_is_told(copied, hebb):
    Path("mine").write_text("a file")
    code, _, err = hebb("report", "small-001", "--to", "mine/page.html")
    said = "mine: cannot be a folder, since it is no folder; choose another place\n"
    assert (code, err) == (2, said)
    code, _, err = hebb("report", "small-001", "--to", "runs")
    assert (code, err) == (2, "runs: is a folder; name a file in it, or choose another place\n")


def test_a_page_goes_into_a_folder_that_is_made_for_it(copied, hebb):
    assert hebb("report", "small-001", "--to", "new/page.html")[:2] == (0, "new/page.html\n")
    assert Path("new/page.html").is_file()


def test_a_report_of_nothing_is_told():
    with pytest.raises(UsageError) as told:
        report([])
    assert str(told.value) == "report: must be given a run or a sweep"


def test_runs_and_sweeps_are_found_by_path_id_and_latest(copied, swept, tmp_path):
    runs = tmp_path / "runs"
    assert find("latest", runs).path == find("small-001", runs).path == copied.path
    assert isinstance(find("small-sweep-001", runs), SweepFolder)
    assert find(str(swept.path), tmp_path).path == swept.path
    with pytest.raises(HebbError):
        find("../runs/small-sweep-001", runs)


def test_python_writes_the_same_page(copied, tmp_path):
    import hebb

    path = hebb.open(copied.path).report(tmp_path / "page.html")
    assert path.read_bytes() == report([copied], tmp_path / "again.html").read_bytes()
