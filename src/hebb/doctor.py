"""`examine`: what of this machine a run can use, what is missing, and the cure.

Each look gives one `Finding`, whatever goes wrong in it. Without what belongs to the machine
nothing runs; without data an experiment may be, and without a GPU every run computes on the CPU.
"""

import os
import platform
import re
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from hebb import gpu
from hebb.cores import NAME, cores
from hebb.data import CARRIED, SOURCES
from hebb.data.raw import Source
from hebb.device import Device
from hebb.errors import UsageError
from hebb.layers import RULES, Layer
from hebb.layers.compiled import kept_in
from hebb.layers.init import Init
from hebb.size import size

Part: TypeAlias = Literal["machine", "data", "gpu"]
INDENT = 26  # columns of a state and a name
PATIENCE = 3.0  # seconds of silence
ROWS = 30  # inputs on which two forms of a rule are compared


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. cure: what to do where it is missing or broken."""

    part: Part
    name: str
    state: Literal["ok", "missing", "broken"]
    found: str
    cure: str = ""


@dataclass(frozen=True)
class Examination:
    findings: list[Finding]

    @property
    def broken(self) -> list[str]:
        """What keeps every run from working."""
        return [f.name for f in self.findings if f.part == "machine" and f.state == "broken"]

    @property
    def gpu(self) -> bool:
        """Whether a GPU can be used."""
        return all(f.state == "ok" for f in self.findings if f.part == "gpu")

    def plain(self) -> dict[str, Any]:
        findings = [asdict(each) for each in self.findings]
        return {"cpu": not self.broken, "gpu": self.gpu, "findings": findings}

    def text(self, width: int) -> str:
        lines = []
        for part, heading in (("machine", "machine"), ("data", "data"), ("gpu", "GPU")):
            lines += ["", heading]
            for each in self.findings:
                if each.part == part:
                    lines += _wrapped(f"  {each.state:<9}{each.name:<15}", each.found, width)
                    lines += _wrapped(" " * INDENT + "-> ", each.cure, width) if each.cure else []
        cpu = "nothing can run yet" if self.broken else "runs compute on the CPU"
        can = "can be used: --device cuda" if self.gpu else "cannot be used"
        lines += ["", f"{cpu}; a GPU {can}"]
        return "\n".join(lines[1:])


def _wrapped(label: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, max(width, 60), initial_indent=label, subsequent_indent=" " * INDENT,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def examine(say: Callable[[str], None] = lambda line: None) -> Examination:
    """Look at everything. say: is told what takes its time."""
    folder = kept_in()
    if folder is None or not any(folder.glob("**/*.nbc")):
        say("kernels are compiled for the first time: this takes seconds")
    found = []
    for what, part in (("machine", _machine), ("data", _data), ("GPU", _gpu)):
        # A busy machine takes its time, and nothing else would tell that anything goes on.
        late = threading.Timer(PATIENCE, say, [f"still looking at the {what} ..."])
        late.daemon = True
        late.start()
        try:
            found += part()
        finally:
            late.cancel()
    return Examination(found)


# The machine


def _machine() -> Iterator[Finding]:
    yield Finding("machine", "Python", "ok", f"{platform.python_version()} on {platform.system()} "
                  f"{platform.machine()}")  # fmt: skip
    yield _packages()
    yield _processor()
    yield _rules_agree("machine", "kernels", Device())
    yield _kept()


def _processor() -> Finding:
    try:
        usable = cores()
    except UsageError as err:
        found, _, cure = str(err).partition("; ")
        return Finding("machine", "processor", "broken", found, cure)
    said = [f"{usable} core{'s'[: usable != 1]}{f' by {NAME}' if os.environ.get(NAME) else ''}"]
    for name, what in (("SC_PHYS_PAGES", "of memory"), ("SC_AVPHYS_PAGES", "unused")):
        with suppress(ValueError, OSError, AttributeError):  # not every system knows
            said.append(f"{size(os.sysconf(name) * os.sysconf('SC_PAGE_SIZE'))} {what}")
    return Finding("machine", "processor", "ok", ", ".join(said))


def _packages() -> Finding:
    """The versions of what hebb asks for, by what its own package says."""
    try:
        asked = ["hebb-lab", *(requires("hebb-lab") or ())]
    except PackageNotFoundError:
        cure = "pip install hebb-lab"
        return Finding("machine", "packages", "broken", "hebb-lab itself is not installed", cure)
    names = [re.split(r"[^\w.-]", each)[0] for each in asked if "extra ==" not in each]
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    if lacking := [name for name, number in found.items() if not number]:
        cure = f"pip install {' '.join(lacking)}"
        return Finding(
            "machine", "packages", "broken", f"{', '.join(lacking)}: not installed", cure
        )
    said = ", ".join(f"{name} {number}" for name, number in found.items())
    return Finding("machine", "packages", "ok", said)


def _kept() -> Finding:
    folder = kept_in()
    if folder is not None and os.access(_there(folder), os.W_OK):
        return Finding("machine", "kept kernels", "ok", str(folder))
    found = f"{folder} cannot be written" if folder else "no folder can be written"
    cure = "each process compiles them anew, seconds each time: set NUMBA_CACHE_DIR to a folder"
    return Finding("machine", "kept kernels", "missing", found, cure)


def _there(folder: Path) -> Path:
    """The folder, or the nearest above it that there is."""
    return folder if folder.exists() else _there(folder.parent)


def _rules_agree(part: Part, name: str, device: Device) -> Finding:
    """Whether a rule learns on a device what it learns as it is read, on NumPy."""
    cure = "hebb run --reference does without" if part == "machine" else "take --device cpu"
    try:
        with device.within():
            layer = _learned(device)
            found = layer.state()["w"]
    except Exception as err:
        return Finding(part, name, "broken", f"do not run: {gpu.first_line(err)}", cure)
    apart = float(np.abs(found - _learned(Device(compiled=False)).state()["w"]).max())
    if not apart < 1e-9:
        return Finding(part, name, "broken", f"weights come out {apart:.2g} apart", cure)
    forms = {"compiled": "are compiled and agree", "read": "as read, agree"}
    return Finding(part, name, "ok", f"{forms.get(layer.form, 'agree')} with NumPy")


def _learned(device: Device) -> Layer:
    """A small layer in float64 that has learned from a few inputs."""
    rule = RULES["mwta"]
    spec = rule.Spec.model_validate({"name": "trial", "grid": [6, 6], "n_w": 3, "xi": 0.02,
                                     "lateral": {"radius": 1, "strength": 0.5}})  # fmt: skip
    rng = np.random.default_rng(0)
    layer = rule(spec, 40, device, np.float64)
    layer.restart(Init(uniform=(0.0, 0.2)), rng)
    layer.begin_epoch(0, 1)
    layer.learn(device.put(rng.random((ROWS, 40)) * (rng.random((ROWS, 40)) < 0.3)))
    return layer


# Data


def _data() -> Iterator[Finding]:
    """Of sources that are looked for; a user's own files are named by each experiment."""
    for each in SOURCES.values():
        if each.path == "allowed":
            yield _there_and_whole(each)
    yield Finding("data", "with hebb", "ok", ", ".join(CARRIED))


def _there_and_whole(source: Source) -> Finding:
    place = source.where()
    if place is None:
        return Finding("data", source.name, "missing", "not on this machine", source.way())
    try:
        source.check()
    except UsageError as err:
        found, _, cure = str(err).rpartition("; ")
        return Finding("data", source.name, "broken", found, cure)
    return Finding("data", source.name, "ok", place)


# The GPU


def _gpu() -> Iterator[Finding]:
    """What is there, up to the first thing that is not: the rest cannot be looked at then."""
    try:
        cupy = gpu.cupy()
    except gpu.Lack as lack:
        yield from _without_cupy(lack)
        return
    name = "driver"
    try:
        yield Finding("gpu", "CuPy", "ok", cupy.__version__)
        yield Finding("gpu", name, "ok", f"knows CUDA {gpu.driver(cupy)}")
        name = "GPU"
        cards = gpu.cards(cupy)
        name = "compiler"
        yield Finding("gpu", name, "ok", f"NVRTC {gpu.compiler(cupy)}")
    except gpu.Lack as lack:
        yield _lacking(name, lack)
        return
    for card in cards:
        yield from _card(cupy, card)


def _lacking(name: str, lack: gpu.Lack) -> Finding:
    return Finding("gpu", name, "broken" if lack.broken else "missing", lack.what, lack.cure)


def _without_cupy(lack: gpu.Lack) -> Iterator[Finding]:
    yield _lacking("CuPy", lack)
    if knows := gpu.driver_alone():
        yield Finding("gpu", "driver", "ok", f"knows CUDA {gpu.version(knows)}")
    else:
        yield Finding("gpu", "driver", "missing", *gpu.NO_DRIVER)


def _card(cupy: Any, card: gpu.Card) -> Iterator[Finding]:
    name = f"cuda:{card.index}"
    try:
        gpu.trial(cupy, card.index)
        free = gpu.free(cupy, card.index)
    except gpu.Lack as lack:
        yield Finding("gpu", name, "broken", f"{card.name}: {lack.what}", lack.cure)
        return
    memory = f"{size(free)} of {size(card.memory)} free"
    yield Finding("gpu", name, "ok", f"{card.name}, compute capability {card.capability}, {memory}")
    yield _rules_agree("gpu", "rules", Device(cupy, compiled=False, index=card.index))
    yield _rules_agree("gpu", "kernels", Device(cupy, index=card.index))
