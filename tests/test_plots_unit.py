"""One unit and what it wins."""

import numpy as np
from made_pictures import IMAGES

from hebb.plots import style, unit


def test_what_a_unit_wins_says_what_it_is_to_win(tmp_path, monkeypatch):
    said, write = [], style.text
    monkeypatch.setattr(style, "text", lambda *a, **k: (said.append(a[3]), write(*a, **k))[1])
    unit(tmp_path / "a.png", IMAGES, np.array([3, 0]), "t")
    assert "training images that it wins, as the best of the units that compete, by class" in said
