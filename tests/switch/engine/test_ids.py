import random
from datetime import UTC, datetime, timedelta

from saklar.switch.engine.ids import Ids

START = datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC)


def ids(*moments, seed=1):
    times = iter(moments or (START,))
    return Ids(lambda: next(times), random.Random(seed))


def test_an_id_begins_with_its_time_in_milliseconds():
    id_, said = ids().new()
    assert (int(id_[:11], 16), len(id_)) == (int(START.timestamp() * 1000), 20)
    assert said == "2026-03-01T12:00:00.123+00:00"


def test_all_of_one_moment_say_one_time():
    one = ids()
    assert one.new()[1] is one.new()[1]


def test_the_next_moment_has_a_time_of_its_own():
    one = ids(START, START + timedelta(milliseconds=5))
    before = one.new()[0]
    one.next_moment()
    assert int(one.new()[0][:11], 16) - int(before[:11], 16) == 5


def test_none_comes_twice():
    one = ids()
    assert len({one.new()[0] for _ in range(10_000)}) == 10_000


def test_those_of_two_switches_differ():
    assert ids(seed=1).new()[0] != ids(seed=2).new()[0]


def test_the_count_goes_round():
    class Last:
        def getrandbits(self, bits):
            return 2**bits - 1

    one = Ids(lambda: START, Last())
    assert [len(one.new()[0]) for _ in range(5000)] == [20] * 5000
