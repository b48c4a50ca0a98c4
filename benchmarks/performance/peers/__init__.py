"""The rows of `hebb bench` by others: what NumPy, PyTorch and JAX make of the same work.

One file a peer, and what they share in `base`. PyTorch and JAX are optional: `pip install -e
'.[bench]'`.
"""

from importlib import import_module

from peers.base import Peer

NAMES = {"NumPy": ("in_numpy", "NumPy"), "PyTorch": ("in_torch", "Torch"), "JAX": ("in_jax", "JAX")}
LIBRARIES = {"NumPy": "numpy", "PyTorch": "torch", "JAX": "jax"}


def find(name: str) -> type[Peer] | None:
    """The peer of a name; None where its library is not installed."""
    module, kind = NAMES[name]
    try:
        return getattr(import_module(f"peers.{module}"), kind)
    except ModuleNotFoundError as err:
        if err.name not in ("torch", "jax", "jaxlib"):
            raise
        return None
