import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

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


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
STEPS = st.timedeltas(timedelta(seconds=-2), timedelta(seconds=2))


@given(MOMENTS, st.lists(STEPS, max_size=5))
def test_the_time_is_the_clock_s_to_the_millisecond_wherever_that_goes(first, steps):
    moments = [first]
    for step in steps:
        moments.append(moments[-1] + step)
    one = ids(*moments)
    said = []
    for _ in moments:
        said.append(one.new())
        one.next_moment()
    assert [time for _, time in said] == [moment.isoformat(timespec="milliseconds") for moment in moments]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert [int(id_[:11], 16) for id_, _ in said] == [
        (moment - epoch) // timedelta(milliseconds=1) for moment in moments
    ]


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
