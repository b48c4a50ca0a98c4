"""Pictures of an evaluation, and of units by what they won in it."""

import numpy as np
import pytest
from picture_names import ALL, READ_OUT, UNITS, WEIGHTS

from hebb.errors import UsageError
from hebb.evaluate import evaluate
from hebb.pictures.plot import plot


def test_units_that_never_won_are_marked_from_an_evaluation_of_the_same_weights(copied, drawn):
    list(plot(copied))
    wins = {
        each["layer"]: each["unit_wins"] for each in copied.read_json("eval.json")["results"][:2]
    }
    assert 0 in wins["sparse"]
    assert drawn["weights_sparse.png"]["wins"].tolist() == wins["sparse"]
    assert drawn["weights_top.png"]["wins"].tolist() == wins["top"]
    assert drawn["fields_top.png"]["wins"].tolist() == wins["top"]
    assert drawn["weights_invariant.png"]["wins"] is None


@pytest.mark.parametrize("snapshot", ["first", 300, "600"])
def test_an_evaluation_of_other_weights_marks_and_draws_nothing(snapshot, copied, drawn):
    names = [path.name for path in plot(copied, snapshot)]
    assert not set(names) & {*READ_OUT, *UNITS}
    assert all(drawn[name]["wins"] is None for name in WEIGHTS)
    inputs, arrays = copied.snapshot(snapshot)
    np.testing.assert_array_equal(drawn["weights_top.png"]["w"], arrays["top.w"])
    assert f" after {inputs:,} inputs " in drawn["weights_top.png"]["subtitle"]


def test_an_evaluation_of_the_chosen_weights_is_drawn(copied, drawn):
    found = evaluate(copied, 300, quiet=True)
    list(plot(copied, 300))
    result = found["results"][1]
    how = drawn["confusion_top.png"]
    np.testing.assert_array_equal(how["matrix"], result["confusion"])
    assert how["title"] == f"Vote of top: {100 * result['accuracy']:.2f} % right"
    assert drawn["accuracy_top.png"]["accuracy"] == result["accuracy"]
    assert drawn["accuracy_top.png"]["controls"] == {
        name: control["accuracy"] for name, control in result["controls"].items()
    }


def test_a_run_that_was_never_evaluated_draws_what_there_is(copied, drawn):
    (copied.path / "eval.json").unlink()
    assert {path.name for path in plot(copied)} == set(ALL) - set(READ_OUT) - set(UNITS)
    assert all(drawn[name]["wins"] is None for name in WEIGHTS)


def test_an_evaluation_that_is_not_whole_is_said_in_one_sentence(copied, drawn):
    path = copied.path / "eval.json"
    path.write_text('{"snapsh')
    with pytest.raises(UsageError) as caught:
        list(plot(copied))
    assert str(caught.value) == f"{path}: is not whole: no JSON can be read from it"


@pytest.mark.parametrize("text", ["[]", "{}", '{"snapshot": 800, "results": [1]}'])
def test_a_file_that_is_no_evaluation_is_told(text, copied, drawn):
    path = copied.path / "eval.json"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        list(plot(copied))
    assert str(caught.value) == f"{path}: is not an evaluation"


def test_units_of_a_class_stand_together_by_their_wins(copied, drawn):
    list(plot(copied))
    vote = copied.read_json("eval.json")["results"][1]
    how = drawn["by_class_top.png"]
    wins, unit_class = np.array(vote["unit_wins"]), np.array(vote["unit_class"])
    shown = {group.heading: group for group in how["groups"]}
    voted = sorted(set(unit_class[wins > 0].tolist()))
    assert list(shown) == [f"class {c}" for c in voted]
    for c in voted:
        group = shown[f"class {c}"]
        assert (unit_class[group.units] == c).all() and len(group.units) <= 10
        assert (np.diff(wins[group.units]) <= 0).all()
        part = 100 * wins[unit_class == c].sum() / wins.sum()
        n = (unit_class == c).sum()
        assert group.detail == f"{n} {'unit' if n == 1 else 'units'}, {part:.1f} % of wins"
    *most, last = [str(c) for c in range(10) if c not in voted]
    assert most and f" · no unit votes for {', '.join(most)} or {last}" in how["subtitle"]
    assert how["subtitle"].endswith(f" · {len(vote['never_won'])} of 12 units won none, not shown")
    best = int(wins.argmax())
    share = 100 * vote["unit_class_wins"][best] / wins[best]
    assert how["words"][best] == [f"{share:.0f} % of {wins[best]:,}", f"unit {best}"]
    assert how["shape"] == (8, 8)


def test_units_by_wins_leave_out_those_that_never_won(copied, drawn):
    assert [path.name for path in plot(copied, names=["by_wins_top"])] == ["by_wins_top.png"]
    vote = copied.read_json("eval.json")["results"][1]
    how, wins = drawn["by_wins_top.png"], np.array(vote["unit_wins"])
    units = [unit for group in how["groups"] for unit in group.units]
    assert len(units) == (wins > 0).sum() and (np.diff(wins[units]) <= 0).all()
    assert how["words"][units[0]][0].startswith(f"{vote['unit_class'][units[0]]}: ")
    assert how["subtitle"].endswith(f" · {len(units)} of 12 units won a training image")


def test_an_evaluation_from_before_shares_were_counted_shows_wins(copied, drawn):
    held = copied.read_json("eval.json")
    del held["results"][1]["unit_class_wins"]
    copied.write_json("eval.json", held)
    list(plot(copied))
    wins = held["results"][1]["unit_wins"]
    best = int(np.argmax(wins))
    assert drawn["by_class_top.png"]["words"][best][0] == f"{wins[best]:,} wins"
