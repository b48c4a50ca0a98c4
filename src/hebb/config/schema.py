"""What an experiment file may say: every key, its default and its limits.

The limits of a rule, a dataset or a stream stand with it, in its own file.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Annotated, Any, Literal, Union

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SerializeAsAny,
    create_model,
)

from hebb.config.bands import Band, describe_bands, flat_bands
from hebb.config.document import Node
from hebb.config.faults import cited, mark_of, one_of
from hebb.data import DatasetSpec, TapestrySpec
from hebb.errors import UsageError
from hebb.layers import RULES, Init, LayerSpec
from hebb.layers.base import Name
from hebb.layers.installed import installed
from hebb.layers.own import find_rule
from hebb.readout import CLASSIFIERS, MEASURES, ClassifierSpec, ReadoutSpec
from hebb.spec import Spec, refuse

TRAIN = "train"  # the input that is the dataset's training images


def _layer(value: Any) -> Any:
    """The mapping of a layer, checked by the spec of its own rule."""
    if not isinstance(value, dict):
        refuse((), "must be a mapping such as {name: sparse, rule: mwta, ...}", value)
    rule = value.get("rule")
    try:
        spec = find_rule(rule).Spec
    except UsageError as err:
        refuse(("rule",), str(err), rule)
    return spec.model_validate(value)


def _evaluation(value: Any) -> Any:
    """The mapping of a read-out, checked by the spec of its own classifier or measure."""
    if not isinstance(value, dict) or ("classifier" in value) == ("measure" in value):
        must = "must be {classifier: vote, layer: NAME} or {measure: reconstruction, layer: NAME}"
        refuse((), must, value)
    key, known = ("classifier", CLASSIFIERS) if "classifier" in value else ("measure", MEASURES)
    word = value[key]
    if not isinstance(word, str) or word not in known:
        refuse((key,), one_of(list(known), word), word)
    return known[word].Spec.model_validate(value)


def _restart(value: Any) -> Any:
    if not isinstance(value, dict):
        refuse((), "must be a list of layers, or a mapping from layers to an init", value)
    return value


def _text(value: Any) -> Any:
    if not isinstance(value, str | None):
        refuse((), "must be a text", value)
    return value and value.strip()


Text = Annotated[str | None, BeforeValidator(_text)]


class Places:
    """Where an experiment was written: no part of what it says, so all are equal.

    overrides: the KEY=VALUE that were laid over its file, and an option that was.
    """

    def __init__(self, tree: Node | None = None, overrides: Sequence[str] = ()):
        self.tree, self.overrides = tree, tuple(overrides)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Places)

    __hash__ = None  # pyright: ignore[reportAssignmentType]


class PhaseSpec(Spec):
    """One stretch of training: what is shown, how long, and who learns from it.

    A phase of 0 epochs is passed over, with its `restart` and its `set`.
    """

    name: Name
    """What overrides, metrics and pictures call the phase."""
    input: str = TRAIN
    """A stream's name, or `train` for the training images."""
    order: Literal["sequential", "shuffled"] = "sequential"
    """As the input has it, or in a new permutation each epoch."""
    epochs: int = Field(default=1, ge=0)
    """How often the input is begun anew."""
    steps: int | None = Field(default=None, ge=1)
    """Inputs of an epoch; by default all there are."""
    learn: list[str] | None = None
    """Layers that learn; by default all. The weights of the others do not move."""
    restart: Annotated[dict[str, Init], BeforeValidator(_restart)] = Field(default_factory=dict)
    """Layers that get fresh first weights: a list, or a mapping from layer to init."""
    set: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Settings that change from this phase on: layer.KEY: VALUE."""


class NotesSpec(Spec):
    """What a reader should know of an experiment. Never inherited through `extends`."""

    what: Text = None
    """What it does; the first sentence stands in lists."""
    why: Text = None
    """The question that it asks."""
    hopes: Text = None
    """What its author hoped to see."""
    limitations: Text = None
    """What it cannot show."""
    found: Text = None
    """What came of it."""


class Experiment(Spec):
    """A whole experiment file, resolved."""

    name: Name
    """What its runs are called; by default the file's name."""
    notes: NotesSpec = NotesSpec()
    """What it does and why, in words. Never inherited through `extends`."""
    seed: int = Field(default=0, ge=0)
    """Of every draw; each has its own generator, keyed by what it is for."""
    dtype: Literal["float32", "float64"] = "float32"
    """Precision of weights and answers."""
    dataset: DatasetSpec = DatasetSpec(source="mnist", fallback="mnist_sample")
    """Images, and labels to read out with."""
    streams: dict[Name, TapestrySpec] = Field(default_factory=dict)
    """Moving windows over the training images, by name."""
    layers: list[Annotated[SerializeAsAny[LayerSpec], BeforeValidator(_layer)]] = Field(
        min_length=1
    )
    """The stack, from the input up: each layer answers to the one above."""
    phases: list[PhaseSpec] = Field(min_length=1)
    """What happens, one after the other."""
    evaluate: list[Annotated[ReadoutSpec, BeforeValidator(_evaluation)]] = Field(
        default_factory=list
    )
    """Read-outs of what was learned: classifiers and measures."""
    controls: list[Literal["random_weights", "random_images", "raw_pixels", "backprop"]] = Field(
        default_factory=lambda: ["random_weights", "random_images", "raw_pixels"]
    )
    """What each classifier is compared with: what learned nothing, and where it is asked for
    `backprop`, a dense network of the same sizes that learned from labels end to end."""
    expect: dict[str, Annotated[dict[str, Band], BeforeValidator(flat_bands)]] = Field(
        default_factory=dict
    )
    """For `hebb verify`: dataset, FIGURE: [lowest, highest]. Never inherited through `extends`."""

    @property
    def shown(self) -> list[PhaseSpec]:
        """The phases that show anything."""
        return [phase for phase in self.phases if phase.epochs]

    @property
    def accuracies(self) -> dict[tuple[str, str], list[str]]:
        """Of each layer and label of a classifier, what its accuracies are called."""
        asked = [each for each in self.evaluate if isinstance(each, ClassifierSpec)]
        return {(each.layer, each.label): ["accuracy", *self.controls] for each in asked}

    _places: Places = PrivateAttr(default_factory=Places)

    def placed(self, text: str) -> str:
        """`text`, if it begins with a path of keys, after the place where that was written."""
        path = text.partition(":")[0].split(".")
        tree = self._places.tree
        if tree is None or path[0] not in type(self).model_fields:
            return text
        return f"{cited(mark_of(tree, path), self._places.overrides)}: {text}"

    def lay_over(self, option: str) -> None:
        """Faults cite from now on an option, too, that has changed what the file says."""
        places = self._places
        self._places = Places(places.tree, (*places.overrides, option))

    def layers_in(self, phase: PhaseSpec) -> dict[str, LayerSpec]:
        """Each layer's hyperparameters in a phase, after all that `set` has changed by then."""
        raw = {layer.name: layer.model_dump(exclude_none=True) for layer in self.layers}
        for each in self.shown:
            for name, changes in each.set.items():
                raw[name] = changed(raw[name], changes)
            if each.name == phase.name:
                break
        return {name: type(spec).model_validate(raw[name]) for name, spec in self._by_name()}

    def learning_in(self, phase: PhaseSpec) -> list[str]:
        """The names of the layers that learn in a phase."""
        names = [layer.name for layer in self.layers]
        return names if phase.learn is None else [n for n in names if n in phase.learn]

    def _by_name(self) -> list[tuple[str, LayerSpec]]:
        return [(layer.name, layer) for layer in self.layers]


def changed(raw: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A layer's mapping with what a phase's `set` says laid over it."""
    merged = dict(raw)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = changed(merged[key], value) if both else value
    return merged


class OwnRuleSpec(LayerSpec):
    """What a JSON schema can say of a rule of the user's own."""

    model_config = ConfigDict(extra="allow")
    rule: Annotated[str, Field(pattern=r".+\.py:\w+$")]


def json_schema() -> dict[str, Any]:
    """The JSON schema of an experiment file, for editors.

    A file may extend another and hold any part of an experiment, so no key is required, null
    removes, and the items of a list may be given by their names. Only a rule of the user's own
    must be named, since nothing else is known of it.
    """
    specs = [layer.Spec for layer in RULES.values()]
    rules: Any = Union[*specs, *_installed_specs(), OwnRuleSpec]
    restart: Any = dict[str, Init] | list[str]
    phase: Any = create_model(
        "PhaseSpec", __base__=PhaseSpec, restart=(restart, {}), set=(dict, {})
    )
    layers: Any = list[rules] | dict[str, rules | None]
    phases: Any = list[phase] | dict[str, phase | None]
    evaluate: Any = list[ReadoutSpec] | dict[str, ReadoutSpec | None]
    model = create_model(
        "Experiment", __base__=Experiment,
        layers=(layers, ...), phases=(phases, ...), evaluate=(evaluate, []),
    )  # fmt: skip
    schema = model.model_json_schema()
    _relax(schema)
    describe_bands(schema, Experiment.meanings()["expect"])
    own = schema["$defs"]["OwnRuleSpec"]
    own["properties"]["rule"] = own["properties"]["rule"]["anyOf"][0]
    own["required"] = ["rule"]
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"]["extends"] = {
        "type": ["string", "null"],
        "description": "Another experiment file that this one is laid over.",
    }
    return schema


def _installed_specs() -> Iterator[type[LayerSpec]]:
    """The specs of rules that other packages bring; of those that are broken, `check` tells."""
    for name in installed():
        with suppress(UsageError):
            word: Any = (Literal[name], name)  # pyright: ignore[reportInvalidTypeForm]
            yield create_model(f"{name}Spec", __base__=find_rule(name).Spec, rule=word)


def _relax(schema: Any) -> None:
    if isinstance(schema, list):
        for below in schema:
            _relax(below)
    if not isinstance(schema, dict):
        return
    for key in ("required", "title"):
        schema.pop(key, None)
    for below in schema.values():
        _relax(below)
    for key in ("properties", "patternProperties"):
        if key in schema:
            schema[key] = {name: _or_null(below) for name, below in schema[key].items()}
    if schema.get("additionalProperties", True) is not True:
        paths = {r"^[\w-]+\.": {"description": "A path of keys."}}
        schema["patternProperties"] = schema.get("patternProperties", {}) | paths


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    null = {"type": "null"}
    choices = schema.get("anyOf")
    if choices is None:
        return {"anyOf": [schema, null]}
    return schema if null in choices else schema | {"anyOf": [*choices, null]}
