"""Ages and sizes as they are written."""

import pytest

from hebb.catalogue.text import age
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
