"""The pages in docs/ that can be typed: commands and Python run, and their outputs compared.

A block whose fence names a file is put into it, after what an earlier block has put there. Of an
output each line must be printed, where `...` is whatever else and figures of a run may differ.
"""

import re
import shlex
import sys
import tomllib
from pathlib import Path

import pytest

from hebb.config import load
from hebb.config.shipped import shipped
from hebb.errors import ConfigError
from hebb.layers import RULES
from hebb.sweep.grid import split

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
FENCE = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


COMMAND = re.compile(r"\bhebb (?:run|check|sweep) [\w/.]+ .*")


def blocks(page):
    """(language, file, text) of each fenced block of a page."""
    return FENCE.findall((DOCS / page).read_text(encoding="utf-8"))


@pytest.fixture
def mine(tmp_path):
    """The experiment file of README.md."""
    first = next(text for language, _, text in blocks("../README.md") if language == "yaml")
    path = tmp_path / "mine.yaml"
    path.write_text(first)
    return path


def sessions(text):
    """The commands of a console block, and what each must print."""
    for part in text.split("$ ")[1:]:
        command, _, output = part.partition("\n")
        yield shlex.split(command), output


def pattern(output):
    """What a printed text must match, line by line."""
    text = re.escape(output.strip("\n"))
    text = re.sub(r"(\\[+-]|−)?\d+\\\.\d+", r"[-+]?\\d+\\.\\d+", text)
    text = re.sub(r"never\\ won:\\ \d+", r"never\\ won:\\ \\d+", text)
    text = re.sub(r"(\\ ){2,}", r"\\ +", text)
    return re.compile(text.replace(r"\.\.\.", ".*") + r"\s*", re.DOTALL)


@pytest.fixture(autouse=True)
def no_module_stays(monkeypatch):
    yield
    for name in [name for name in sys.modules if name.startswith("hebb_own_")]:
        del sys.modules[name]
    sys.modules.pop("competitive", None)


def install(folder, monkeypatch):
    """What pip does for an entry point, without pip."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    named = f"Name: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\n{named}")
    points = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in each.items())
        for group, each in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("".join(points))
    monkeypatch.syspath_prepend(folder)


def test_every_command_of_your_own_rule_does_what_the_page_says(hebb, tmp_path, monkeypatch):
    for language, file, text in blocks("your-own-rule.md"):
        if file:
            before = (tmp_path / file).read_text() + "\n\n" if (tmp_path / file).exists() else ""
            (tmp_path / file).write_text(before + text)
        if file == "pyproject.toml":
            install(tmp_path, monkeypatch)
        for command, wanted in sessions(text) if language == "console" else ():
            assert command[0] == "hebb"
            code, out, err = hebb(*command[1:])
            assert code == (2 if "sleepwalker" in " ".join(command) else 0), err
            assert pattern(wanted).fullmatch(err + out), f"{command}\n{err}{out}"


def test_the_figures_of_your_own_rule_are_in_their_order():
    """The page says that the plain rule falls under random weights, and the other does not."""
    page = (DOCS / "your-own-rule.md").read_text(encoding="utf-8")
    votes = [float(each) for each in re.findall(r"vote of prototypes +(\S+) %", page)]
    lifts = [float(each) for each in re.findall(r"random_weights .* lift (\S+)", page)]
    assert len(votes) == 3 and votes[0] < 20 < 70 < votes[1]
    assert lifts[0] < 0 < lifts[1]


def test_python_on_its_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    said = []
    names["print"] = lambda *words: said.append(" ".join(map(str, words)))
    for language, _, text in blocks("python.md"):
        if language == "python":
            exec(compile(text, "docs/python.md", "exec"), names)
    run = names["run"]
    assert said == ["layers.sparse.n_w=0: layers.sparse.n_w: must be at least 1 (got 0)"]
    assert repr(run).startswith("<run runs/invariant_mnist-001: completed · 20,000 inputs · ")
    assert run.snapshots == [0, 10000, 20000]
    assert run.weights("sparse").shape == (1600, 784)
    assert list(run.arrays(10000)) == ["sparse.w", "invariant.w", "prototypes.w"]
    assert names["classes"].shape == (100,)
    assert (tmp_path / "confusion.png").read_bytes() == run.confusion()._repr_png_()


def test_every_picture_of_the_gallery_is_there_and_no_other():
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^]]+\]\(gallery/(\S+)\)", page)
    assert len(shown) > 10
    assert sorted(shown) == sorted(path.name for path in (DOCS / "gallery").iterdir())
    assert len(re.findall(r"^    hebb (?:plot|animate) ", page, re.MULTILINE)) == len(shown)
    assert sum((DOCS / "gallery" / name).stat().st_size for name in shown) < 3_000_000


def test_the_experiment_of_the_readme_loads_with_what_the_page_adds(mine, tmp_path):
    _, extending, notes = (
        text for language, _, text in blocks("../README.md") if language == "yaml"
    )
    (tmp_path / "other.yaml").write_text(extending)
    other = load(tmp_path / "other.yaml")
    assert (other.layers[0].n_w, [phase.name for phase in other.phases]) == (15, ["wander"])
    mine.write_text(mine.read_text() + notes)
    assert load(mine).expect["mnist_sample"]["sparse.winners"] == (5, 5)


def test_the_faults_of_the_readme_are_told_as_it_says(mine):
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    said = re.findall(r"^    mine\.yaml:(.*)", page, re.MULTILINE)
    mine.write_text(mine.read_text().replace("n_w: 5,", "n_w: 0,").replace(" leta:", " leata:"))
    with pytest.raises(ConfigError) as caught:
        load(mine)
    told = str(caught.value).splitlines()
    assert len(told) == len(said) == 3
    for line, wanted in zip(told, said, strict=True):
        assert pattern(f"{mine}:{wanted}").fullmatch(line), line


PAGES = sorted([ROOT / "README.md", *DOCS.glob("*.md"), *(ROOT / "src/hebb/cli").glob("*.py")])


def test_the_settings_of_a_command_fit_the_experiment_that_it_names(mine):
    checked = 0
    for page in PAGES:
        if page.name == "your-own-rule.md":  # its commands are run above
            continue
        for line in COMMAND.findall(page.read_text(encoding="utf-8")):
            _, command, name, *words = shlex.split(line.replace("`", " "), comments=True)
            config = {"mine.yaml": mine, "NAME": "invariant_mnist"}.get(name, Path(name).stem)
            settings = [word for word in words if re.match(r"[\w.]+=", word)]
            assert config == mine or config in shipped(), f"{page.name}: {line}"
            for key, _, values in (each.partition("=") for each in settings):
                for value in split(values) if command == "sweep" else [values]:
                    load(config, [f"{key}={value}"])
                    checked += 1
    assert checked > 10


def test_the_table_of_rules_has_each_of_them():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.findall(
        r"^\| `(\w+)` \| .+ \| \[`\1.py`\]\(src/hebb/layers/\1.py\) \|$", page, re.M
    )
    assert listed == list(RULES)


def test_the_pictures_of_a_command_are_of_layers_that_there_are():
    checked = 0
    for page in (ROOT / "README.md", *DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for name, rest in re.findall(r"hebb plot (\w+)-mnist-s0 (.*)", text):
            experiment = load(name)
            there = {layer.name for layer in experiment.layers} | set(experiment.streams)
            asked = re.match(r"--unit (\w+):|[a-z]+_(\w+)", rest)
            if asked:
                words = (asked[1] or asked[2]).split("_")
                assert there.intersection(words), f"{page.name}: {name} {rest}"
                checked += 1
    assert checked > 5
