"""Columns, ages and sizes as they are written."""

import pytest

from hebb.catalogue.text import age, columns
from hebb.size import size as bytes_said


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (7300, "2 h"), (86400 * 400, "400 d")],
)
def test_an_age_is_in_its_largest_unit(seconds, text):
    assert age(seconds) == text


def test_a_size_is_in_the_unit_that_reads_best():
    sizes = [bytes_said(n) for n in (0, 1023, 1536, 5 << 20, 3 << 30)]
    assert sizes == ["0 B", "1023 B", "1.5 KiB", "5.0 MiB", "3.0 GiB"]


def test_where_there_is_no_room_columns_are_left_out_and_no_figure_is_cut():
    rows = [["run", "status", "accuracy"], ["small-sweep-001", "completed", "79.20 %"]]
    shown = {width: columns(rows, width, left=2).splitlines() for width in (40, 30, 25, 20)}
    assert shown[40][1] == "small-sweep-001  completed   79.20 %"
    assert shown[30][1] == "…weep-001  completed   79.20 %"
    assert shown[25] == ["run          status     …", "…-sweep-001  completed  …"]
    assert all(len(line) <= width for width, lines in shown.items() for line in lines)
