"""Where the machine code of the kernels is kept."""

import os
from pathlib import Path

from hebb.layers import compiled


def test_the_folder_is_named_after_the_source_of_all_kernels(tmp_path, monkeypatch):
    names = []
    for text in ("a", "b"):
        (tmp_path / "layers").mkdir(exist_ok=True)
        (tmp_path / "layers" / "drive.py").write_text(text)
        monkeypatch.setattr(compiled, "__file__", str(tmp_path / "layers" / "compiled.py"))
        folder = compiled._cache_folder()
        assert folder is not None and folder.parent == tmp_path / "layers" / "__pycache__"
        names.append(folder.name)
    assert names[0] != names[1]


def test_a_package_that_cannot_be_written_leaves_it_to_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    package = str(Path(compiled.__file__).parent)
    access = os.access
    monkeypatch.setattr(os, "access", lambda p, m: package not in str(p) and access(p, m))
    assert compiled._cache_folder().parent == tmp_path / "hebb"


def test_where_nothing_can_be_written_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert compiled._cache_folder() is None
