"""What is held back on a connection: the order in which it leaves, and that nothing is lost."""

from hypothesis import given
from hypothesis import strategies as st

from saklar.network_sim.scenario.wire import Backlog, Delivery

DELIVERIES = st.lists(st.builds(Delivery, st.binary(min_size=1), waits_for=st.integers(0, 3), glued=st.booleans()))


def payloads(groups):
    return [tuple(delivery.payload for delivery in group) for group in groups]


def through(*deliveries):
    backlog = Backlog()
    return payloads(group for delivery in deliveries for group in backlog.put(delivery))


def test_the_next_one_overtakes_what_is_reordered():
    assert through(Delivery(b"1", waits_for=1), Delivery(b"2"), Delivery(b"3")) == [(b"2",), (b"1",), (b"3",)]


def test_what_is_glued_leaves_in_one_piece_with_the_next():
    assert through(Delivery(b"1", waits_for=1, glued=True), Delivery(b"2"), Delivery(b"3")) == [(b"1", b"2"), (b"3",)]


def test_what_is_held_back_leaves_when_its_time_is_over():
    backlog, held = Backlog(), Delivery(b"1", waits_for=1)
    assert backlog.put(held) == []
    assert payloads(backlog.give_up(held)) == [(b"1",)]
    assert backlog.give_up(held) == []


@given(DELIVERIES)
def test_nothing_is_lost_and_nothing_is_twice(deliveries):
    backlog, out = Backlog(), []
    for delivery in deliveries:
        out += backlog.put(delivery)
    for delivery in deliveries:
        out += backlog.give_up(delivery)
    assert sorted(id(one) for group in out for one in group) == sorted(map(id, deliveries))
