"""What tests of training share: short phases, and a run's weights, compared and hashed."""

import hashlib

import numpy as np

SHORT = ("phases.wander.epochs=1", "phases.wander.steps=120", "phases.digits.steps=80")
ONE_LAYER = "layers: [{name: sparse, rule: mwta, units: 6, xi: 0.05}]\n"


def last(run):
    return run.snapshot("last")[1]


def assert_same(arrays, others):
    assert list(arrays) == list(others)
    for key, array in arrays.items():
        assert array.dtype == others[key].dtype, key
        np.testing.assert_array_equal(array, others[key], err_msg=key)


def hashes(run, inputs):
    _, arrays = run.snapshot(inputs)
    return {key: hashlib.sha256(array.tobytes()).hexdigest() for key, array in arrays.items()}


def timeless(record):
    return {key: value for key, value in record.items() if key != "inputs_per_second"}
