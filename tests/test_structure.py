"""The shape of the package: arrows point down, and starting it is quick."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from hebb.layers import RULES

HEAVY = {"numba", "matplotlib", "PIL"}  # of what only draws or learns

SRC = Path(__file__).parents[1] / "src" / "hebb"

# Each part may use those beside it, itself, and nothing else of hebb.
ALLOWED = {
    "__init__": {"errors", "interface"},
    "errors": set(),
    "draws": set(),
    "hints": set(),
    "archive": {"errors"},
    "aside": set(),
    "bars": set(),
    "spec": set(),
    "size": set(),
    "output_paths": {"errors"},
    "titles": set(),
    "cores": {"errors"},
    "gpu": set(),
    "device": {"cores", "errors", "gpu", "size"},
    "store": {"archive", "aside", "errors"},
    "picture_options": {"errors", "hints"},
    "plots": {"aside", "picture_options"},
    "layers": {"cores", "hints", "device", "errors", "spec"},
    "data": {"archive", "draws", "errors", "spec"},
    "stack": {"cores", "device", "errors", "gpu", "layers"},
    "readout": {"bars", "cores", "data", "draws", "errors", "layers", "spec", "stack", "titles"},
    "config": {"hints", "data", "errors", "layers", "output_paths", "readout", "spec"},
    "catalogue": {"config", "errors", "size", "store", "titles"},
    "apparatus": {"archive", "config", "data", "device", "draws", "errors", "layers", "readout"}
    | {"stack", "store"},
    "interrupt": {"errors"},
    "provenance": {"apparatus", "device", "layers", "stack", "store"},
    "training": {"apparatus", "bars", "config", "data", "device", "errors", "interrupt", "layers"}
    | {"stack", "store"},
    "experiment": {"apparatus", "config", "device", "errors", "interrupt", "layers"}
    | {"provenance", "store", "training"},
    "evaluate": {"apparatus", "data", "device", "errors", "readout", "store", "titles"},
    "plan": {"apparatus", "config", "size"},
    "checking": {"apparatus", "device", "errors", "layers"},
    "pictures": {"apparatus", "bars", "config", "cores", "data", "device", "errors", "evaluate"}
    | {"hints", "layers", "output_paths", "picture_options", "plots", "readout", "stack", "store"}
    | {"titles"},
    "report": {"archive", "catalogue", "config", "cores", "device", "errors", "evaluate", "layers"}
    | {"output_paths", "pictures", "plots", "provenance", "size", "store", "titles"},
    "watch": {"catalogue", "errors", "output_paths", "plots", "readout", "report", "store"},
    "rulebook": {"config", "errors", "layers", "spec"},
    "doctor": {"cores", "data", "device", "errors", "gpu", "layers", "size"},
    "interface": {"apparatus", "catalogue", "config", "data", "device", "errors", "evaluate"}
    | {"experiment", "hints", "output_paths", "picture_options", "pictures", "plots", "readout"}
    | {"report", "stack", "store", "titles"},
    "jobs": {"config", "cores", "data", "errors", "evaluate", "experiment", "interrupt", "store"},
    "sweep": {"apparatus", "catalogue", "config", "data", "draws", "errors", "interrupt", "jobs"}
    | {"plots", "readout", "store", "titles"},
    "bench": {"apparatus", "config", "cores", "data", "device", "errors", "hints", "layers"}
    | {"provenance", "stack", "training"},
    "verify": {"apparatus", "catalogue", "config", "data", "errors", "hints", "interrupt"}
    | {"jobs", "provenance", "store"},
}


def parts_used(path: Path) -> set[str]:
    used = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            top, _, below = node.module.partition(".")
            if top == "hebb":
                used |= {below.split(".")[0]} if below else {alias.name for alias in node.names}
    return used


def files_used(path: Path, files: set[str]) -> set[str]:
    """Modules of hebb, as `hebb.store.run`, that a file imports or imports from."""
    return {
        inner if (inner := f"{node.module}.{alias.name}") in files else node.module
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("hebb")
        for alias in node.names
    }


def test_arrows_point_down():
    used: dict[str, set[str]] = {part: set() for part in ALLOWED}
    for path in SRC.rglob("*.py"):
        part = path.relative_to(SRC).parts[0].removesuffix(".py")
        if part in ("cli", "__main__"):
            continue  # the top: it may use all
        beyond = parts_used(path) - ALLOWED[part] - {part}
        assert not beyond, f"{path.relative_to(SRC)} uses {beyond}"
        used[part] |= parts_used(path)
    assert not {part: rest for part, uses in ALLOWED.items() if (rest := uses - used[part])}


def test_no_arrow_closes_a_circle():
    done: set[str] = set()
    while len(done) < len(ALLOWED):
        free = {part for part, uses in ALLOWED.items() if uses <= done} - done
        assert free, f"a circle among {set(ALLOWED) - done}"
        done |= free


def test_no_file_uses_another_in_a_circle():
    """Also within a part, and also where an import waits until it is needed."""
    files = {
        ".".join(("hebb", *path.relative_to(SRC).with_suffix("").parts)).removesuffix(".__init__"):
        path for path in SRC.rglob("*.py")
    }  # fmt: skip
    uses = {name: files_used(path, set(files)) - {name} for name, path in files.items()}
    done: set[str] = set()
    while len(done) < len(uses):
        free = {name for name, used in uses.items() if used <= done} - done
        assert free, f"a circle among {uses.keys() - done}"
        done |= free


def test_layers_do_not_know_each_other():
    for rule in RULES:
        names = {
            node.module.rpartition(".")[2]
            for node in ast.walk(ast.parse((SRC / "layers" / f"{rule}.py").read_text()))
            if isinstance(node, ast.ImportFrom) and node.module
        }
        assert "base" in names or "batches" in names
        assert not names & set(RULES), rule


def test_a_run_begins_without_what_only_its_end_needs(tmp_path):
    code = """
import os, sys
from hebb import cli, stack

def begins(self, chunks, learning):
    next(iter(chunks))
    heavy = {"matplotlib", "PIL", "tensorflow", "keras", "sklearn", "pandas", "optuna",
             "distributed", "jinja2", "cupy", "scipy.linalg"}
    print(sorted(heavy & set(sys.modules)), "numba.np.arraymath" in sys.modules, flush=True)
    os._exit(0)

stack.Stack.learn = begins
sys.argv = ["hebb", "run", "invariant_mnist", "dataset.source=mnist_sample", "--quiet"]
cli.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("[] True\n", "")  # kernels are loaded without SciPy


def test_asking_for_help_imports_nothing_heavy():
    code = (
        "import sys, hebb.cli\n"
        "from typer.testing import CliRunner\n"
        "assert CliRunner().invoke(hebb.cli.app, ['--help']).exit_code == 0\n"
        "heavy = {'numpy', 'numba', 'pydantic', 'matplotlib', 'tensorflow', 'keras', 'mlxtend'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    "words, message, unread",
    [
        (["plot", "nosuch"], "nosuch: no such run, neither as a path nor in runs", HEAVY),
        (["animate", "nosuch"], "nosuch: no such run, neither as a path nor in runs", HEAVY),
        (
            ["plot", "RUN", "--style", "blue"],
            "--style: must be one of light, dark (got blue)",
            HEAVY,
        ),
        (["animate", "RUN", "--fps", "0"], "--fps: must be from 1 to 50 (got 0)", HEAVY),
        (["animate", "RUN", "--format", "avi"], "--format: must be gif, png or mp4", HEAVY),
        (["plot", "RUN", "curvs"], "there is no picture curvs of it", {"matplotlib", "PIL"}),
        (["plot", "RUN", "--snapshot", "7"], "has no snapshot 7", {"matplotlib", "PIL"}),
    ],
)
def test_what_there_is_not_is_refused_before_what_draws_is_imported(
    words, message, unread, finished, tmp_path
):
    words = [str(finished.path) if each == "RUN" else each for each in words]
    code = f"""
import sys
from hebb import cli

sys.argv = ["hebb", *{words!r}]
try:
    cli.main()
except SystemExit as done:
    print(done.code, sorted({unread!r} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "2 []\n" and message in done.stderr
