import numpy as np

from hebb.data import Feed, Images, Tapestry, TapestrySpec
from hebb.draws import generator

RAW = np.arange(40, dtype=np.float64).reshape(10, 4)
LABELS = np.arange(10)


def feed(order="shuffled", steps=None, seed=0, name="train", phase="first", labels=LABELS):
    return Feed(Images(RAW), labels, order, steps, seed, name, phase)


def test_sequential_shows_the_inputs_in_their_order_in_every_epoch():
    f = feed("sequential")
    assert f.steps == 10
    assert f.notes == ()
    for epoch in (0, 1):
        assert (f.rows(epoch, 0, 10, np.float64) == RAW).all()
    assert (f.rows(3, 4, 7, np.float64) == RAW[4:7]).all()
    assert f.labels(3, 4, 7).tolist() == [4, 5, 6]


def test_shuffled_draws_a_new_permutation_for_each_epoch_by_its_key():
    f = feed(seed=5)
    for epoch in (0, 1, 0):
        order = generator(5, "order", "train", "first", epoch).permutation(10)
        assert (f.labels(epoch, 0, 10) == order).all()
        assert (f.rows(epoch, 0, 10, np.float64) == RAW[order]).all()
    assert (f.labels(0, 0, 10) != f.labels(1, 0, 10)).any()


def test_seed_input_and_phase_each_change_the_order():
    orders = [
        feed(**keys).labels(0, 0, 10).tolist()
        for keys in ({}, {"seed": 1}, {"name": "other"}, {"phase": "second"})
    ]
    assert all(orders[0] != other for other in orders[1:])


def test_any_place_of_any_epoch_can_be_read_without_the_ones_before_it():
    f = feed(steps=25)
    whole = f.rows(2, 0, 25)
    f.rows(0, 0, 1)
    parts = [feed(steps=25).rows(2, start, start + 5) for start in (20, 5, 0, 15, 10)]
    assert (np.concatenate([parts[i] for i in (2, 1, 4, 3, 0)]) == whole).all()


def test_more_steps_than_inputs_pass_over_them_again_and_say_so():
    f = feed(steps=12)
    order = f.labels(0, 0, 10)
    assert (f.labels(0, 8, 12) == order[[8, 9, 0, 1]]).all()
    assert f.notes == ("phase first: 12 steps of 10 inputs: a second pass begins",)


def test_thousands_are_told_apart_in_the_note():
    source = Images(np.zeros((10_000, 1)))
    f = Feed(source, None, "sequential", 12_000, 0, "train", "wander")
    assert f.notes == ("phase wander: 12,000 steps of 10,000 inputs: a second pass begins",)


def test_without_labels_there_are_none():
    assert feed(labels=None).labels(0, 0, 5) is None


def test_a_tapestry_is_fed_as_images_are():
    spec = TapestrySpec(kind="tapestry", side=3, window=2, frames=50)
    t = Tapestry(spec, Images(RAW), np.random.default_rng(0), "wander")
    f = Feed(t, None, "sequential", None, 0, "wander", "first")
    assert f.steps == 50
    assert (f.rows(0, 10, 20) == t.rows(slice(10, 20))).all()
