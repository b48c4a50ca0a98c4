"""What `hebb check` asks of rules that are not built in: that they keep the contract.

Each is tried as a layer of the experiment is: with its spec, what phases `set` of it, its number
of inputs and the experiment's precision, on a few random inputs.
"""

from pathlib import Path
from typing import Any

import numpy as np

from hebb.apparatus import Apparatus
from hebb.device import one_blas_thread
from hebb.errors import ConfigError
from hebb.layers import RULES
from hebb.layers.contract import CHECKS, breaches, learns
from hebb.layers.installed import hidden
from hebb.layers.own import file_of, find_rule
from hebb.layers.trial import Case


def contract(apparatus: Apparatus) -> list[dict[str, Any]]:
    """Layers whose rules are not built in and keep the contract: layer, rule, checks, learns.

    ConfigError: every breach, with the place where the layer's rule was written.
    """
    experiment, n_in = apparatus.experiment, apparatus.n_in
    faults, kept = [], []
    for spec in experiment.layers:
        if spec.rule not in RULES:
            phases = [experiment.layers_in(phase)[spec.name] for phase in experiment.shown]
            later = tuple({repr(each): each for each in phases if each != spec}.values())
            rule, dtype = find_rule(spec.rule), np.dtype(experiment.dtype)
            case = Case(rule, spec, n_in, dtype=dtype, later=later)
            with one_blas_thread():  # as in a run
                found = breaches(case)
                with np.errstate(all="ignore"):
                    learned = not found and learns(case)
            at = f"layers.{spec.name}.rule: {rule.__name__}"
            faults += [experiment.placed(f"{at}.{breach}") for breach in found]
            if not found:
                kept.append({"layer": spec.name, "rule": _short(spec.rule),
                             "checks": len(CHECKS), "learns": learned})  # fmt: skip
        n_in = spec.n_units
    if faults:
        raise ConfigError(faults)
    return kept


def contract_lines(kept: list[dict[str, Any]]) -> list[str]:
    """The same for a terminal, and which installed rules cannot be had."""
    lines = []
    for each in kept:
        idle = "" if each["learns"] else ", but learned nothing here, as if its rate were 0"
        lines.append(f"{each['rule']} keeps the contract ({each['checks']} checks){idle}")
    return [*dict.fromkeys(lines), *hidden()]


def _short(rule: str) -> str:
    file = file_of(rule)
    return f"{Path(file).name}:{rule.rpartition(':')[2]}" if file else rule
