"""Sweeps on a page."""

import pytest
from page_text import without_tags

from hebb.errors import UsageError
from hebb.report import sweeps


def test_a_sweep_has_its_table_and_its_picture(swept, html):
    text = html(swept)
    words = without_tags(text)
    said = "Accuracy on test images; mean over seeds, smallest to largest in brackets."
    assert f"small: 3 of 4 runs complete. {said}" in words
    assert "sparse.n_w runs accuracy random weights" in words
    assert "2 2 of 2 55.00 % (50.00 to 60.00) 20.00 %" in words
    assert "3 1 of 2 70.00 % best 20.00 %" in words
    assert "failed out of <luck> – –" in words
    assert text.count("data:image/png;base64,iVBOR") == 2  # on light and on dark paper
    assert 'media="(prefers-color-scheme: dark)"' in text


def test_the_picture_of_a_sweep_has_the_controls_of_its_table(swept, html, monkeypatch):
    drawn = []
    monkeypatch.setattr("hebb.plots.sweep", lambda *given, **how: drawn.append((given, how)))
    html(swept)
    (_, settings, right), how = drawn[0]  # and no title: the page has it
    assert (settings, right) == ({"sparse.n_w": ["2", "2", "3"]}, [0.5, 0.6, 0.7])
    assert how["controls"] == {"random weights": [0.1, 0.3, 0.2]}


def test_settings_that_come_to_the_same_have_no_best_on_a_page_either(swept, html):
    table = (swept.path / "table.csv").read_text()
    (swept.path / "table.csv").write_text(table.replace("0.7,0.7,0.7", "0.55,0.7,0.7"))
    assert "best" not in without_tags(html(swept))


def test_a_sweep_of_one_seed_promises_no_brackets_on_a_page(swept, html):
    lines = (swept.path / "table.csv").read_text().splitlines(keepends=True)
    (swept.path / "table.csv").write_text(lines[0] + lines[1] + lines[3])
    words = without_tags(html(swept))
    assert "2 of 2 runs complete. Accuracy on test images; one run a setting." in words


def test_a_sweep_that_has_only_just_begun_says_so(swept, html):
    (swept.path / "table.csv").unlink()
    words = without_tags(html(swept))
    assert "0 of 0 runs complete. It has no table yet: no run of it has come to anything." in words


def test_a_sweep_and_runs_stand_on_one_page(swept, finished, html):
    words = without_tags(html(swept, finished))
    assert "small-sweep-001 and small-001" in html(swept, finished)
    assert "Tapestries" in words
    assert "sparse.n_w runs accuracy" in words


@pytest.mark.parametrize(
    "content",
    [
        "run,seed\na,b\n",
        "x\n1\n",
        "run,seed,status,accuracy,mean,lowest,highest,error\na,0,completed,much,,,,\n",
    ],
)
def test_a_table_of_no_sweep_is_told(swept, content):
    (swept.path / "table.csv").write_text(content)
    with pytest.raises(UsageError) as told:
        sweeps.gathered(swept)
    assert str(told.value) == f"{swept.path / 'table.csv'}: is not the table of a sweep"


def test_a_table_that_cannot_be_read_is_told(swept):
    (swept.path / "table.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError) as told:
        sweeps.gathered(swept)
    assert str(told.value) == f"{swept.path / 'table.csv'}: cannot be read: not UTF-8 text"
