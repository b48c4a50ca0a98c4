"""Dense networks that learn by gradient descent, in Keras: softmax heads, the control backprop.

    h = x;  h = max(0, h W + b) for each hidden layer;  logits = h W (+ b, but in a head)
    loss = the mean over a batch of -log softmax(logits)[label];  Adam

Each epoch takes the rows in a new order; its last batch may be smaller. Everything that Keras and
TensorFlow draw is seeded and what they compute is deterministic and on one thread, so that the same
call gives the same bits on any number of cores. They are imported here and only when something is
to be learned: it takes seconds.
"""

import gc
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import RLock
from typing import Any, TypeAlias

import numpy as np
from tqdm import tqdm

from hebb.bars import seconds_between
from hebb.errors import UsageError

STEPS = 100  # of training between two looks at the clock: alone, each would wait for Python

_one_at_a_time = RLock()

Weights: TypeAlias = list[tuple[np.ndarray, np.ndarray]]  # (D, N) and (N,) of each layer


@dataclass(frozen=True)
class Descent:
    """How long, in what portions and how fast a network learns."""

    epochs: int = 20
    batch: int = 32
    learning_rate: float = 1e-3


def head(
    x: np.ndarray, labels: np.ndarray, kernel: np.ndarray, descent: Descent, seed: int, what: str,
    quiet: bool,
) -> np.ndarray:  # fmt: skip
    """What a layer without a bias learns from x (T, D) and labels (T,).

    kernel: (D, classes), its first weights. FloatingPointError: they are no longer finite.
    """
    with _keras(seed) as keras:
        layer = keras.layers.Dense(kernel.shape[1], use_bias=False, dtype="float32")
        model = keras.Sequential([keras.Input(kernel.shape[:1], dtype="float32"), layer])
        layer.set_weights([kernel])
        _fit(keras, model, x, labels, descent, seed, what, quiet)
        return layer.get_weights()[0]


def perceptron(
    x: np.ndarray, labels: np.ndarray, sizes: Sequence[int], descent: Descent, seed: int,
    what: str, quiet: bool,
) -> Weights:  # fmt: skip
    """What a network learns end to end from x (T, D). sizes: inputs, hidden units, classes.

    First weights are Keras's own, Glorot's uniform and no bias. FloatingPointError: as `head`.
    """
    with _keras(seed) as keras:
        hidden = [keras.layers.Dense(n, activation="relu", dtype="float32") for n in sizes[1:-1]]
        last = keras.layers.Dense(sizes[-1], dtype="float32")
        model = keras.Sequential([keras.Input(sizes[:1], dtype="float32"), *hidden, last])
        _fit(keras, model, x, labels, descent, seed, what, quiet)
        return [tuple(layer.get_weights()) for layer in (*hidden, last)]


def classes(x: np.ndarray, weights: Weights) -> np.ndarray:
    """(T,) what a perceptron says of x (T, D)."""
    for w, b in weights[:-1]:
        x = np.maximum(x @ w + b, 0)
    w, b = weights[-1]
    return (x @ w + b).argmax(axis=1)


def _fit(
    keras: Any, model: Any, x: np.ndarray, labels: np.ndarray, descent: Descent, seed: int,
    what: str, quiet: bool,
) -> None:  # fmt: skip
    import tensorflow as tf

    steps = -(-len(x) // descent.batch)
    watched = sys.stderr.isatty()  # a log is not redrawn, and keeps its lines
    model.compile(
        optimizer=keras.optimizers.Adam(descent.learning_rate, epsilon=1e-7),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float32"),
        jit_compile=False,  # slower on a CPU
        steps_per_execution=min(STEPS, steps),
    )
    with (
        tf.device("/CPU:0"),
        tqdm(
            total=descent.epochs * steps, desc=what, unit=" steps", disable=quiet,
            mininterval=seconds_between(), leave=not watched,
        ) as bar,
    ):  # fmt: skip
        # A copy of all rows where TensorFlow finds them by itself: twice as fast as asking Python.
        rows, targets = tf.constant(x), tf.constant(labels.astype(np.int32))
        batches = order(len(x), descent, seed).map(
            lambda numbers: (tf.gather(rows, numbers), tf.gather(targets, numbers))
        )

        class Bar(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                bar.update(min(batch + 1, steps) - bar.n % steps)

            def on_epoch_end(self, epoch, logs=None):
                loss = (logs or {}).get("loss", np.nan)
                bar.set_postfix_str(f"loss {loss:.3f}", refresh=watched)

        model.fit(
            batches.prefetch(8),
            epochs=descent.epochs,
            shuffle=False,
            verbose=0,
            callbacks=[Bar()],
        )
    if not all(np.isfinite(w).all() for w in model.get_weights()):
        raise FloatingPointError


def order(n: int, descent: Descent, seed: int) -> Any:
    """The numbers of n rows in batches, a tf.data.Dataset: each pass has an order of its own."""
    import tensorflow as tf

    return tf.data.Dataset.range(n).shuffle(n, seed=seed).batch(descent.batch)


@contextmanager
def _keras(seed: int) -> Iterator[Any]:
    """Keras, seeded. The generators that belong to whoever called stay as they were.

    One at a time: seeds, settings and the standard error are those of the whole process.
    """
    with _one_at_a_time, _seeded(seed) as keras:
        yield keras


@contextmanager
def _seeded(seed: int) -> Iterator[Any]:
    tf, keras = tensorflow(), _imported()
    tf.config.experimental.enable_op_determinism()
    if keras.backend.backend() != "tensorflow":
        raise UsageError(
            f"Keras: must run on TensorFlow here (got {keras.backend.backend()}); "
            "unset KERAS_BACKEND"
        )
    gc.collect()  # networks of before, which hold themselves and all their rows in circles
    log = tf.get_logger()  # it calls many networks in a row a mistake
    level, draws, drawn = log.level, random.getstate(), np.random.get_state()  # noqa: NPY002
    log.setLevel("ERROR")
    keras.utils.set_random_seed(seed)
    try:
        yield keras
    finally:
        log.setLevel(level)
        random.setstate(draws)
        np.random.set_state(drawn)  # noqa: NPY002


def tensorflow() -> Any:
    """TensorFlow, which prints nothing, keeps to one core and leaves the GPU alone."""
    with _one_at_a_time, _hushed():
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # it prints, and rounds otherwise
        _imported()
        import tensorflow as tf

        with suppress(RuntimeError):  # somebody has used it before: then it is as they wished
            tf.config.set_visible_devices([], "GPU")
            tf.config.threading.set_intra_op_parallelism_threads(1)  # on more, sums differ
            tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.list_logical_devices()  # the first time, this prints
    return tf


def _imported() -> Any:
    """Keras. Its import reads settings in its home, or writes them there: it is shown another."""
    if "keras" not in sys.modules:
        with tempfile.TemporaryDirectory() as aside:
            theirs = {"KERAS_HOME": aside, "KERAS_BACKEND": "tensorflow"}
            before = {key: os.environ.get(key) for key in theirs}
            os.environ |= theirs
            try:
                import keras
            finally:
                for key, value in before.items():
                    del os.environ[key]
                    if value is not None:
                        os.environ[key] = value
    import keras

    return keras


@contextmanager
def _hushed() -> Iterator[None]:
    """Nothing is written to the standard error, not even by C++ code that asks nobody."""
    sys.stderr.flush()
    aside = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(aside, 2)
        os.close(aside)
        os.close(nowhere)
