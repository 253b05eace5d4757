import random
from itertools import islice

from saklar.switch.links import backoff


def test_waits_double_up_to_the_maximum_and_are_drawn_from_the_upper_half():
    waits = list(islice(backoff(1.0, 10.0, random.Random(1)), 50))
    for wait, whole in zip(waits, [1, 2, 4, 8, *[10] * 46], strict=True):
        assert whole / 2 <= wait <= whole
    assert len(set(waits)) == 50
