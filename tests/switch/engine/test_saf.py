"""Store-and-forward: in order, repeated until answered, and given up only before somebody's eyes."""

from itertools import pairwise

import pytest

from saklar.switch.engine.model import NEXT
from saklar.switch.engine.saf import NEXT_STAGE

ADVICE = {"mti": "0220"}


@pytest.fixture
def make_network(make_desk):
    def make(**changes):
        desk = make_desk(bank_a=changes)
        desk.north = desk.connect("north")
        return desk

    return make


@pytest.fixture
def network(make_network):
    return make_network()


def sent(network):
    """MTIs and amounts that the issuer was sent."""
    return [(message.mti, int(message[4])) for message in network.to(network.bank)]


def advise(network, number):
    network.request(network.north, mti="0220", e11=f"{number:06d}", e4=f"{number:012d}", e37=f"{number:012d}")


def test_an_advice_is_answered_at_once_while_its_issuer_is_down(network):
    advise(network, 1)
    answer = network.last(network.north)
    assert (answer.mti, answer[39]) == ("0230", "00")
    assert network.states() == {"000001": "accepted"}


def test_what_was_advised_while_the_issuer_was_down_reaches_it_in_order(network):
    for number in (1, 2, 3):
        advise(network, number)
    network.bank = network.connect("bank-a")
    assert sent(network) == [("0220", 1)]
    for number in (2, 3):
        network.answer(network.bank, network.last(network.bank))
        assert sent(network)[-1] == ("0220", number)
    network.answer(network.bank, network.last(network.bank))
    assert set(network.saf().values()) == {"done"}
    assert network.engine.to_forward == 0


def test_as_many_are_out_at_a_time_as_the_window_says(make_network):
    network = make_network(saf_window=2)
    for number in (1, 2, 3):
        advise(network, number)
    network.bank = network.connect("bank-a")
    assert sent(network) == [("0220", 1), ("0220", 2)]


def test_what_is_not_answered_in_time_is_sent_again_as_a_repeat(network):
    network.bank = network.connect("bank-a")
    advise(network, 1)
    network.wait(20 + 1)
    first, second = network.to(network.bank)
    assert (first.mti, second.mti) == ("0220", "0221")
    assert {e: first[e] for e in first} == {e: second[e] for e in second}


def test_pauses_grow_up_to_the_longest(make_network):
    network = make_network(saf_retry_s=(1.0, 4.0))
    network.bank = network.connect("bank-a")
    advise(network, 1)
    times, seen = [], 0
    for _ in range(1200):
        network.wait(0.1)
        if len(network.to(network.bank)) > seen:
            seen = len(network.to(network.bank))
            times.append(round(network.now - 1000, 1))
    pauses = [round(after - before - 20, 1) for before, after in pairwise(times)]
    assert pauses[:4] == [pytest.approx(each, abs=0.2) for each in (1, 2, 4, 4)]


def test_a_new_connection_ends_the_pause(network):
    network.bank = network.connect("bank-a")
    advise(network, 1)
    network.wait(20.5)
    network.connect("bank-a")
    assert sent(network) == [("0220", 1), ("0221", 1)]


def test_what_was_out_on_a_connection_that_broke_goes_out_on_the_next_as_a_repeat(network):
    network.bank = network.connect("bank-a")
    advise(network, 1)
    network.drop(network.bank)
    network.bank = network.connect("bank-a")
    assert sent(network) == [("0221", 1)]


def test_each_sending_is_durable_before_it_happens(network):
    advise(network, 1)
    network.commits = False
    network.bank = network.connect("bank-a")
    assert sent(network) == []
    assert network.stored[-1].attempts == 1
    network.commit()
    assert sent(network) == [("0220", 1)]


def test_a_connection_that_breaks_before_a_sending_is_durable_is_not_written_to(network):
    advise(network, 1)
    network.commits = False
    network.bank = network.connect("bank-a")
    network.drop(network.bank)
    network.commit()
    assert sent(network) == []
    network.commits = True
    network.bank = network.connect("bank-a")
    assert sent(network) == [("0221", 1)]


@pytest.mark.parametrize("code", ["00", "08", "10", "11", "16"])
def test_an_approval_is_the_end_of_it(network, code):
    network.bank = network.connect("bank-a")
    advise(network, 1)
    network.answer(network.bank, network.last(network.bank), rc=code)
    assert list(network.saf().values()) == ["done"]


def test_an_error_is_no_end_and_it_is_tried_again(network):
    network.bank = network.connect("bank-a")
    advise(network, 1)
    network.answer(network.bank, network.last(network.bank), rc="96")
    assert list(network.saf().values()) == ["queued"]
    network.wait(1)
    assert sent(network) == [("0220", 1), ("0221", 1)]


def test_a_duplicate_is_the_end_of_a_repeat_and_not_of_a_first_sending(network):
    network.bank = network.connect("bank-a")
    advise(network, 1)
    network.answer(network.bank, network.last(network.bank), rc="94")
    assert list(network.saf().values()) == ["queued"]
    network.wait(1)
    network.answer(network.bank, network.last(network.bank), rc="94", mti="0230")
    assert list(network.saf().values()) == ["done"]


def test_an_unknown_original_is_the_end_of_a_reversal_and_not_of_an_advice(network):
    network.bank = network.connect("bank-a")
    network.request(network.north)
    network.wait(20)
    network.answer(network.bank, network.last(network.bank), rc="25")
    assert list(network.saf().values()) == ["done"]
    advise(network, 1)
    network.answer(network.bank, network.last(network.bank), rc="25")
    assert list(network.saf().values())[-1] == "queued"


def test_a_late_answer_to_an_earlier_sending_is_the_end_of_it(network):
    network.bank = network.connect("bank-a")
    advise(network, 1)
    network.wait(20.5)
    network.answer(network.bank, network.to(network.bank)[0])
    assert list(network.saf().values()) == ["done"]
    network.wait(60)
    assert sent(network) == [("0220", 1)]


def test_after_its_last_try_it_is_parked_and_said_and_the_next_one_goes(make_network):
    network = make_network(saf_attempts=2)
    network.bank = network.connect("bank-a")
    advise(network, 1)
    advise(network, 2)
    network.wait(20 + 1 + 20)
    assert list(network.saf().values()) == ["parked", "queued"]
    assert [note.event for note in network.notes if note.level == "error"] == ["saf.parked"]
    assert sent(network) == [("0220", 1), ("0221", 1), ("0220", 2)]


def test_what_is_older_than_the_link_says_is_parked(make_desk, monkeypatch):
    desk = make_desk(bank_a={"saf_days": 1.0})
    desk.north = desk.connect("north")
    advise(desk, 1)
    from datetime import UTC, datetime

    desk.engine._context.wall_clock = lambda: datetime(2026, 11, 24, 10, 16, tzinfo=UTC)
    desk.bank = desk.connect("bank-a")
    assert list(desk.saf().values()) == ["parked"]
    assert sent(desk) == []


def test_an_advice_over_the_capacity_is_refused_and_its_repeat_is_taken_later(make_network):
    network = make_network(saf_capacity=1)
    advise(network, 1)
    advise(network, 2)
    assert network.last(network.north)[39] == "91"
    network.bank = network.connect("bank-a")
    network.answer(network.bank, network.last(network.bank))
    network.request(network.north, mti="0221", e11="000002", e4=f"{2:012d}", e37=f"{2:012d}")
    assert network.last(network.north)[39] == "00"


def test_a_request_whose_reversal_might_not_fit_is_refused(make_network):
    network = make_network(saf_capacity=1)
    bank = network.connect("bank-a")
    advise(network, 1)
    network.request(network.north)
    assert network.last(network.north)[39] == "91"
    assert [message.mti for message in network.to(bank)] == ["0220"]


def test_a_sign_on_of_the_issuer_lets_what_waits_go(make_network):
    network = make_network(sign_on=True)
    advise(network, 1)
    network.bank = network.connect("bank-a")
    sign_on = network.last(network.bank)
    assert sign_on.mti == "0800"
    network.answer(network.bank, sign_on)
    assert network.last(network.bank).mti == "0220"


@pytest.mark.parametrize("table", [NEXT, NEXT_STAGE], ids=["transactions", "forwarding"])
def test_every_state_can_be_reached_and_leads_to_the_end(table):
    start, end = next(iter(table)), next(state for state, following in table.items() if not following)
    reached, todo = set(), [start]
    while todo:
        state = todo.pop()
        if state not in reached:
            reached.add(state)
            todo += table[state]
    assert reached == set(table)
    leads = {end}
    for _ in table:
        leads |= {state for state, following in table.items() if leads & set(following)}
    assert leads == set(table)
