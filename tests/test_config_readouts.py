"""What an experiment file may say of read-outs."""

from pathlib import Path

import pytest
from faults import base, faults_in

from hebb.config import load

pytestmark = pytest.mark.usefixtures("here")


def softmax(**keys):
    extra = "".join(f", {key}: {value}" for key, value in keys.items())
    return base(evaluate=f"[{{classifier: softmax, layer: a{extra}}}]")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            base(evaluate="[{classifier: votes, layer: a}]"),
            "3:25: evaluate.0.classifier: must be one of vote, softmax, dreamflow "
            "(got votes); did you mean vote?",
        ),
        (
            base(evaluate="[{classifier: [vote], layer: a}]"),
            "3:25: evaluate.0.classifier: must be one of vote, softmax, dreamflow "
            "(got [vote]); did you mean vote?",
        ),
        (
            base(evaluate="[{measure: error, layer: a}]"),
            "3:22: evaluate.0.measure: must be one of reconstruction, similarity, change "
            "(got error)",
        ),
        (
            base(evaluate="[{measure: similarity, layer: a, input: train}]"),
            "3:51: evaluate.0.input: must be left out: similarity looks at weights alone "
            "(got train)",
        ),
        (
            base(evaluate="[{classifier: dreamflow, layer: a}]"),
            "3:43: evaluate.0.layer: must be a layer of rule dreamflow, whose units learn "
            "labels (got a)",
        ),
        (
            base(
                layers="[{name: a, rule: compspec, units: 4, xi: 0.1, phi: 0.1}]",
                evaluate="[{measure: reconstruction, layer: a}]",
            ),
            "3:45: evaluate.0.layer: must be a layer whose rule rebuilds its inputs "
            "(got a, compspec); leave this measure out",
        ),
        (
            base(evaluate="[{classifier: vote, layer: a, name: 1st}]"),
            "3:47: evaluate.1st.name: must be a name: a letter, then letters, digits, _ or - "
            "(got 1st)",
        ),
        (
            base(evaluate="[{classifier: vote, layer: a, epochs: 3}]"),
            "3:41: evaluate.0.epochs: is not a key here; Known: classifier, layer, name",
        ),
        (softmax(epochs=0), "3:52: evaluate.0.epochs: must be at least 1 (got 0)"),
        (softmax(batch=0), "3:51: evaluate.0.batch: must be at least 1 (got 0)"),
        (
            softmax(learning_rate=0),
            "3:59: evaluate.0.learning_rate: must be greater than 0 (got 0)",
        ),
        (
            softmax(init="votes"),
            "3:50: evaluate.0.init: must be one of normal, vote (got votes); did you mean vote?",
        ),
        (
            softmax(features="{power: 0}"),
            "3:62: evaluate.0.features.power: must be greater than 0 (got 0)",
        ),
        (
            softmax(features="{standardise: true}"),
            "3:55: evaluate.0.features.standardise: is not a key here; did you mean "
            "standardize? Known: unit_inputs, unit_weights, power, standardize",
        ),
        (
            base(evaluate="[{classifier: vote, layer: a}, {classifier: vote, layer: a}]"),
            "3:42: evaluate.1: must have a name, as a read-out of a before it is called vote; "
            "add name: NAME",
        ),
        (
            base(
                evaluate="[{measure: reconstruction, layer: a}, "
                "{classifier: vote, name: reconstruction, layer: a}]"
            ),
            "3:74: evaluate.reconstruction.name: must differ from what the read-outs of a "
            "before it are called (got reconstruction)",
        ),
    ],
)
def test_a_wrong_readout_is_told(text, fault):
    assert faults_in(text) == [fault]


def test_readouts_of_different_layers_may_be_called_alike():
    layers = "[{name: a, rule: mwta, units: 9, xi: 1}, {name: b, rule: mwta, units: 9, xi: 1}]"
    evaluate = "[{classifier: vote, layer: a}, {classifier: vote, layer: b}]"
    Path("x.yaml").write_text(base(layers=layers, evaluate=evaluate))
    assert [each.label for each in load("x.yaml").evaluate] == ["vote", "vote"]
