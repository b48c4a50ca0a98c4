"""Every random number of a run comes from here, keyed by what it is for.

A generator belongs to (seed, purpose, name, phase, epoch) and to nothing else, so
adding a layer, a phase or a device leaves all other draws as they were, and any
draw can be made again without having made those before it.
"""

import hashlib

import numpy as np


def generator(
    seed: int, purpose: str, name: str = "", phase: str = "", epoch: int = 0
) -> np.random.Generator:
    """The generator for one purpose: ("init", "sparse"), or ("order", "train", "digits", 3)."""
    key = "\0".join((purpose, name, phase, str(epoch))).encode()
    words = np.frombuffer(hashlib.sha256(key).digest(), dtype="<u4")
    return np.random.default_rng([seed, *words.tolist()])
