"""Places to write to are refused before the work, with what stands in the way."""

import os

import pytest

from hebb.errors import UsageError
from hebb.output_paths import to_file, to_folder


def test_what_is_not_there_is_made(tmp_path):
    assert to_folder(tmp_path / "a" / "b").is_dir()
    assert to_file(tmp_path / "c" / "film.gif").parent.is_dir()


def test_whatever_is_no_folder_is_named(tmp_path):
    file, lost = tmp_path / "file", tmp_path / "lost"
    file.write_text("")
    lost.symlink_to(tmp_path / "nowhere")
    for path in (file, lost):
        with pytest.raises(UsageError, match="cannot be a folder, since it is no folder"):
            to_folder(path)
        with pytest.raises(UsageError, match=f"{path}: cannot be a folder, since it is no folder"):
            to_file(path / "film.gif")
        with pytest.raises(UsageError, match=f"since {path} is no folder"):
            to_folder(path / "a" / "b")
    with pytest.raises(UsageError, match="since /dev/null is no folder"):
        to_folder(type(tmp_path)("/dev/null/a"))


def test_a_folder_is_no_file_and_one_that_is_closed_no_place(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="is a folder; name a file in it"):
        to_file(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(UsageError, match="may not write to"):
        to_file(tmp_path / "film.gif")
