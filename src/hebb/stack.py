"""A stack of layers: the answers of one are the inputs of the next."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, Self, TypeAlias

import numpy as np

from hebb import gpu
from hebb.cores import cores
from hebb.device import CPU, Array, Device, Fetched
from hebb.errors import HebbError, UsageError
from hebb.layers import RULES, Layer, LayerSpec, View
from hebb.layers.own import find_rule, told

Chunk: TypeAlias = tuple[Array, Array | None]


class NotFinite(HebbError):
    """Weights have become NaN or infinite."""

    def __init__(self, spec: LayerSpec):
        self.can_clip = "clip" in type(spec).model_fields
        super().__init__(f"layer {spec.name}: its weights are no longer finite")


class RuleRaised(HebbError):
    """The code of a rule that is not built in has raised an exception: `what`, with its line."""

    def __init__(self, spec: LayerSpec, what: str):
        self.what = what
        cure = "mend the rule, let `hebb check CONFIG` try it on a few inputs, and run anew"
        super().__init__(f"layer {spec.name}: {what}; {cure}")


class Stack:
    """Layers in order, by name. Nothing flows back, so a chunk passes them one by one."""

    def __init__(self, layers: Sequence[Layer]):
        self.layers = {layer.spec.name: layer for layer in layers}

    @classmethod
    def build(
        cls, specs: Sequence[LayerSpec], n_in: int, device: Device = CPU, dtype: Any = np.float32
    ) -> Self:
        """Layers of zeros: `Layer.restart` or `load` gives them weights."""
        layers = []
        for spec in specs:
            rule = find_rule(spec.rule)
            try:
                with _told(spec, rule):
                    layers.append(rule(spec, n_in, device, dtype))
            except RuleRaised as err:  # before anything has begun
                raise UsageError(f"layers.{spec.name}.rule: {err.what}") from err
            except MemoryError:
                weights = f"{spec.n_units:,} units over {n_in:,} inputs"
                raise UsageError(
                    f"layers.{spec.name}: {weights} need more memory than can be had; "
                    "make it smaller"
                ) from None
            n_in = layers[-1].n_out
        return cls(layers)

    def begin_epoch(self, epoch: int, epochs: int) -> None:
        for layer in self.layers.values():
            layer.begin_epoch(epoch, epochs)

    def learn(self, chunks: Iterable[Chunk], learning: Collection[str]) -> Iterator[int]:
        """Chunks (x (T, D), labels (T,) or None) through the stack, one after the other.

        Layers named in `learning` learn, the others follow. Yields the rows of each chunk once
        the last layer has done with it.

        Each layer runs on a thread of its own and takes its chunks in order, so while one learns
        from a chunk the layer below is at the next. What it computes is what a loop over rows
        would: nothing flows back from a layer to those below. On a single core one thread does
        it all, in that order.
        """
        last = list(self.layers.values())[-1]
        with ExitStack() as threads:
            pools = [
                threads.enter_context(ThreadPoolExecutor(1, initializer=layer.device.take))
                for layer in self.layers.values()
            ]
            if cores() == 1:
                pools = pools[:1] * len(pools)
            under_way: deque[tuple[int, Future]] = deque()
            for x, labels in chunks:
                done: Future | None = None
                for pool, (name, layer) in zip(pools, self.layers.items(), strict=True):
                    learns = name in learning
                    heard = layer is not last
                    done = pool.submit(_pass, layer, done or x, labels, learns, heard)
                under_way.append((len(x), done))  # pyright: ignore
                if len(under_way) > len(pools):
                    rows, done = under_way.popleft()
                    done.result()
                    yield rows
            for rows, done in under_way:
                done.result()
                yield rows

    def infer(self, x: Array, name: str) -> Array:
        """The answers (T, N) of the layer called `name` to inputs (T, D) of the stack."""
        for layer in self.layers.values():
            with _told(layer.spec, type(layer)):
                x = layer.infer(x)
            if layer is self.layers[name]:
                break
        return x

    def winners(self, x: Array, name: str) -> Array:
        """The winning unit of the layer called `name`, -1 where no unit answers.

        (T,), or (T, clusters) where its units compete in clusters.
        """
        for layer in self.layers.values():
            with _told(layer.spec, type(layer)):
                if layer is self.layers[name]:
                    return layer.winners(x)
                x = layer.infer(x)
        raise KeyError(name)

    def views(
        self, x: Array, labels: Array | None = None
    ) -> Iterator[tuple[str, Array, list[View]]]:
        """The chunk x (T, D) followed through the stack, and what there is to see of it.

        Yields of each layer its name, what it sees (T, n_in), and its views.
        """
        for name, layer in self.layers.items():
            # What has gone wrong with numbers is to be seen.
            with np.errstate(all="ignore"), _told(layer.spec, type(layer)):
                y, seen = layer.views(x, labels)
            yield name, x, seen
            x = y

    def rebuilt(self, x: Array, name: str) -> Array | None:
        """Inputs of the stack (T, D) that inputs (T, n_in) of the layer called `name` stand for.

        As the layers below it rebuild them; None where there are none, or one rebuilds nothing.
        """
        names = list(self.layers)
        below = [self.layers[each] for each in names[: names.index(name)]]
        if not below or not all(layer.rebuilds for layer in below):
            return None
        for layer in reversed(below):
            with np.errstate(all="ignore"), _told(layer.spec, type(layer)):
                x = layer.rebuilt(x)
        return x

    def state(self, *, motion: bool = False) -> dict[str, np.ndarray]:
        """What learning changes, under `<layer>.<array>`: w (N, D) and what else a rule has.

        motion: also what else a run that goes on must find as it was.
        """
        return {
            f"{name}.{key}": array
            for name, layer in self.layers.items()
            for key, array in (layer.state() | (layer.motion() if motion else {})).items()
        }

    def fetch(self) -> Fetched:
        """What `state` gives, as it is now, while learning may go on at once."""
        arrays = {
            f"{name}.{key}": getattr(layer, key)
            for name, layer in self.layers.items()
            for key in layer.arrays
        }
        return next(iter(self.layers.values())).device.fetch(arrays)

    def load(self, arrays: dict[str, np.ndarray], *, motion: bool = False) -> None:
        """Take over what `state` gave. UsageError: what is not there.

        motion: also what else moves. What another form holds for itself is left.
        """
        taken: dict[str, dict[str, np.ndarray]] = {}
        lacking: set[str] = set()
        for name, layer in self.layers.items():
            needed = (*layer.arrays, *layer.dynamics) if motion else layer.arrays
            keys = {key: f"{name}.{key}" for key in (*needed, *(layer.derived if motion else ()))}
            taken[name] = {key: arrays[each] for key, each in keys.items() if each in arrays}
            lacking |= {keys[key] for key in needed} - arrays.keys()
        if lacking:
            raise UsageError(f"the weights lack {', '.join(sorted(lacking))}")
        for name, layer in self.layers.items():
            layer.load(taken[name])


def _pass(
    layer: Layer, x: Array | Future, labels: Array | None, learns: bool, heard: bool
) -> Array | None:
    x = x.result() if isinstance(x, Future) else x
    if not learns:
        with _told(layer.spec, type(layer)):
            return layer.follow(x, labels)
    # What has gone wrong with numbers is seen in the weights, and told once.
    with np.errstate(all="ignore"), _told(layer.spec, type(layer)):
        answers = layer.learn(x, labels) if heard else layer.train(x, labels)
    if not all(layer.finite(name) for name in layer.arrays):
        raise NotFinite(layer.spec)
    return answers


@contextmanager
def _told(spec: LayerSpec, rule: type[Layer]) -> Iterator[None]:
    """What the code of a rule raises that is not built in is the user's, and told with its line."""
    try:
        yield
    except HebbError:
        raise
    except (Exception, SystemExit) as err:
        if spec.rule in RULES or gpu.wanted(err) is not None:
            raise
        raise RuleRaised(spec, told(err, rule)) from err
