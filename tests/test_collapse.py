"""What is remarked on in the figures of a network, and what is not."""

import math

import pytest

from hebb.catalogue.collapse import signs

UNITS = {"sparse": 1600, "top": 100}


def record(**layers):
    return {"layers": layers}


def wins(first, others, n=100):
    return {"classifier": "vote", "layer": "top", "unit_wins": [first, *[others] * (n - 1)]}


def test_a_network_that_is_well_is_not_remarked_on():
    well = {"learns": True, "winners": 5.0, "never_won": 7, "reconstruction_error": 0.4}
    assert signs(UNITS, record(sparse=well), [wins(30, 10)]) == []
    assert signs(UNITS, None, []) == []


def test_one_unit_that_wins_nearly_all_is():
    said = ["One unit of 100 in top has 98 % of all wins on training images."]
    assert signs({}, None, [wins(4851, 1)]) == said
    said = ["One unit of 100 in top has all wins on training images."]
    assert signs({}, None, [wins(4000, 0)]) == said
    assert "has 99 % of all" in signs({}, None, [wins(4000, 0) | {"unit_wins": [3999, 1, 0, 0]}])[0]
    assert signs({}, None, [wins(98, 1)]) == []  # less than half
    assert signs({}, None, [wins(98, 1, n=3)]) == []  # among three that is no wonder
    assert signs({}, None, [wins(0, 0)]) == []  # nothing was won at all


def test_units_that_won_every_input_of_the_last_epoch_are():
    last = {"learns": True, "winners": 5.0, "never_won": 1595}
    said = "The same 5 units of 1,600 in sparse won every input of the last epoch."
    assert signs(UNITS, record(sparse=last), []) == [said]
    alone = {"learns": True, "winners": 1.0, "never_won": 99}
    said = "One unit of 100 in top won every input of the last epoch."
    assert signs(UNITS, record(top=alone), []) == [said]
    assert signs(UNITS, record(top=alone | {"never_won": 98}), []) == []
    assert signs(UNITS, record(top=alone | {"learns": False}), []) == []
    assert signs({}, record(top=alone), []) == []  # how many units there are is not known


def test_a_read_out_says_it_better_than_the_last_epoch():
    alone = {"learns": True, "winners": 1.0, "never_won": 99}
    said = "One unit of 100 in top has 98 % of all wins on training images."
    assert signs(UNITS, record(top=alone), [wins(4851, 1)]) == [said]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (4e6, "4,000,000, where no answer at all has 1: what it rebuilds is far too large."),
        (2e30, "2.0e+30, where no answer at all has 1: what it rebuilds is far too large."),
        (math.nan, "no finite number."),
        (math.inf, "no finite number."),
    ],
)
def test_an_error_beyond_all_bounds_is(error, said):
    said = [f"The reconstruction error of sparse is {said}"]
    assert signs(UNITS, record(sparse={"learns": True, "reconstruction_error": error}), []) == said
    measured = {"measure": "reconstruction", "layer": "sparse", "reconstruction_error": error}
    assert signs({}, None, [measured]) == said


def test_an_error_that_shipped_experiments_have_is_not():
    smoothing_only = {"learns": True, "reconstruction_error": 933.0}
    assert signs(UNITS, record(sparse=smoothing_only), []) == []
