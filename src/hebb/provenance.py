"""Where a run comes from: what run.json says so that it can be understood, and made again."""

import os
import platform
import socket
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from hebb.apparatus import Apparatus
from hebb.device import Device
from hebb.layers.own import package_with
from hebb.stack import Stack
from hebb.store import Run, check_unchanged, file_digest, now

PACKAGES = ("hebb-lab", "numpy", "numba", "pydantic", "mlxtend")


def provenance(apparatus: Apparatus, stack: Stack, device: Device) -> dict[str, Any]:
    """Seed, device, rules' forms, data, what each phase is to show, files, versions, git."""
    data = apparatus.dataset
    rules = {layer.rule: package_with(layer.rule) for layer in apparatus.experiment.layers}
    packages = {rule: package[0] for rule, package in rules.items() if package}
    return {
        "name": apparatus.experiment.name,
        "seed": apparatus.experiment.seed,
        "started": now(),
        **process(),
        **forms(stack, device),
        "installed_rules": packages,
        "dataset": {"source": data.source, "where": data.where, "sha256": data.digest},
        "image": list(apparatus.shape),
        "phases": {
            phase.name: {"epochs": phase.epochs, "steps": apparatus.feed(phase).steps}
            for phase in apparatus.experiment.shown
        },
        "files": {str(path): file_digest(path) for path in apparatus.files},
        "notes": apparatus.notes,
        "versions": versions(packages.values()),
        "git": git_commit(),
    }


def forms(stack: Stack, device: Device) -> dict[str, Any]:
    """Where a run computes, and the form of each rule there."""
    return {
        "device": device.described(),
        "rules": {name: layer.form for name, layer in stack.layers.items()},
    }


def at_last(info: dict[str, Any]) -> str:
    """The device that run.json says a run was on at last."""
    return info["device"].get("name", info["device"]["kind"])


def moves(
    info: dict[str, Any], device: Device, stack: Stack, inputs: int
) -> tuple[dict[str, Any], str]:
    """What run.json says of a run that goes on, and of a change of its device what to say aloud."""
    before, moved = at_last(info), list(info.get("device_changes", []))
    if before in (device.name, device.kind):
        return forms(stack, device), ""
    moved.append({"inputs": inputs, "from": before, "to": device.name})
    said = f"; until here it was {before}, so bits may differ"
    return {**forms(stack, device), "device_changes": moved}, said


def process() -> dict[str, Any]:
    """Which process is at a run, so that another can tell whether it still is."""
    return {"pid": os.getpid(), "host": socket.gethostname()}


def changes(run: Run) -> list[str]:
    """What is no longer as it was when a run began. UsageError where it cannot go on so."""
    info = run.info()
    written = {str(run.path / "config.yaml"): info.get("config")}
    check_unchanged(written | info.get("files", {}))
    began = info.get("versions", {})
    today = versions(info.get("installed_rules", {}).values())
    other = [
        f"{each} {began[each]} -> {today.get(each)}"
        for each in began
        if began[each] != today.get(each)
    ]
    if not other:
        return []
    return [f"other versions than at the beginning, so bits may differ: {', '.join(other)}"]


def versions(rules: Iterable[str] = ()) -> dict[str, str]:
    """Version by package, Python's and those of installed rules among them."""
    found = {"python": platform.python_version()}
    for package in (*PACKAGES, *rules):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "none"
    return found


def git_commit() -> str | None:
    """The commit of the working directory, `+` where files differ from it; None outside git."""
    command = ["git", "describe", "--always", "--dirty=+", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
