"""The rows of `hebb bench` by others: what NumPy, PyTorch and JAX make of the same work."""
