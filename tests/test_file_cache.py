"""Files that are not read again until they change."""

import os

import pytest

from hebb.catalogue.file_cache import file_cache


@pytest.fixture
def reader():
    """A function that reads a file, and how often it has done so."""

    @file_cache(2)
    def read(path):
        read.times += 1
        return path.read_text()

    read.times = 0
    return read


def test_a_file_is_read_once_until_it_changes(reader, tmp_path):
    path = tmp_path / "a"
    path.write_text("one")
    assert [reader(path), reader(path), reader.times] == ["one", "one", 1]
    path.write_text("three")
    assert [reader(path), reader.times] == ["three", 2]


def test_a_file_renamed_over_it_is_another_even_at_the_same_time_and_size(reader, tmp_path):
    path, aside = tmp_path / "a", tmp_path / "b"
    path.write_text("one")
    aside.write_text("two")
    time = path.stat().st_mtime_ns
    os.utime(aside, ns=(time, time))
    assert reader(path) == "one"
    aside.rename(path)
    assert reader(path) == "two"


def test_what_is_wrong_with_a_file_is_told_each_time(reader, tmp_path):
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            reader(tmp_path / "a")
    assert reader.times == 2


def test_no_more_than_so_many_are_kept(reader, tmp_path):
    for name in "abca":
        (tmp_path / name).write_text(name)
        reader(tmp_path / name)
    assert reader.times == 4
