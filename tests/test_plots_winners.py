"""Who wins, snapshot by snapshot."""

import pytest

from hebb.plots.winners import chosen


@pytest.mark.parametrize(
    ("seen", "most", "wanted"),
    [
        ([0], 8, [0]),
        ([0, 5, 9], 8, [0, 1, 2]),
        (range(33), 3, [0, 16, 32]),
        ([0, 1, 2, 3, 50, 99, 100], 3, [0, 4, 6]),  # by inputs, not by their place in the row
        ([*range(0, 100, 10), 1000], 4, [0, 4, 9, 10]),
    ],
)
def test_snapshots_are_chosen_evenly_over_the_inputs_from_the_first_to_the_last(seen, most, wanted):
    assert chosen(seen, most) == wanted
