"""A crash at any moment: what the journal has is all that the next run knows, and it is enough."""

import pytest

from saklar.switch.engine import Recovered, SafRecord, TransactionChange, TransactionRecord


class Restarted:
    """What a journal would give back of the records that a desk has stored."""

    def __init__(self, make_desk):
        self.make_desk = make_desk

    def __call__(self, desk, doubtful=(), **changes):
        transactions, saf = {}, {}
        for record in desk.stored:
            if isinstance(record, TransactionRecord):
                transactions[record.id] = record
            elif isinstance(record, TransactionChange):
                transactions[record.id] = transactions[record.id]._replace(**record.changes)
            elif isinstance(record, SafRecord):
                saf[record.id] = record
        by_stan = {record.stan: record.id for record in transactions.values()}
        found = Recovered(
            list(transactions.values()),
            [record for record in saf.values() if record.state == "queued"],
            frozenset(by_stan[stan] for stan in doubtful),
            max((record.position for record in saf.values()), default=0),
        )
        after = self.make_desk(**changes)
        after.stored = list(desk.stored)
        after.do(after.engine.recover(found, after.now))
        after.north, after.bank = after.connect("north"), after.connect("bank-a")
        return after


@pytest.fixture
def restart(make_desk):
    return Restarted(make_desk)


@pytest.fixture
def network(make_desk):
    desk = make_desk()
    desk.north, desk.bank = desk.connect("north"), desk.connect("bank-a")
    return desk


def mtis(network):
    return [message.mti for message in network.to(network.bank)]


NAMED = "0200" + "000042" + "1123101500" + "0" * 22


def test_a_repeat_of_what_an_earlier_schema_has_is_known(network, restart):
    network.request(network.north)
    network.stored = [
        record._replace(request_key=b"k", fingerprint=b"f") if isinstance(record, TransactionRecord) else record
        for record in network.stored
    ]
    network.answer(network.bank, network.last(network.bank))
    after = restart(network)
    after.request(after.north, mti="0201")
    assert after.last(after.north)[39] == "00"
    assert mtis(after) == []


@pytest.mark.parametrize("committed", [True, False], ids=["after it left", "before it left"])
def test_a_request_without_a_durable_outcome_is_reversed(network, restart, committed):
    network.commits = committed
    network.request(network.north)
    after = restart(network)
    assert mtis(after) == ["0420"]
    assert after.states() == {"000042": "timed_out"}


def test_the_recovered_reversal_names_its_original_as_the_issuer_knows_it(network, restart):
    network.request(network.north)
    issued = network.last(network.bank)[11]
    after = restart(network)
    assert after.last(after.bank)[90][:10] == f"0200{issued}"


def test_an_answer_that_comes_after_the_restart_is_matched(network, restart):
    network.request(network.north)
    request = network.last(network.bank)
    after = restart(network)
    after.answer(after.bank, request)
    assert after.engine.counters["late"] == 1


def test_a_repeat_after_the_restart_is_told_that_it_timed_out(network, restart):
    network.request(network.north)
    after = restart(network)
    after.request(after.north, mti="0201")
    assert after.last(after.north)[39] == "91"
    assert mtis(after) == ["0420"]


def test_a_repeat_of_what_was_answered_gets_the_very_same_answer(network, restart):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank), e38="A1B2C3")
    after = restart(network)
    after.request(after.north, mti="0201")
    assert bytes(after.last(after.north)) == bytes(network.last(network.north))
    assert mtis(after) == []


def test_what_was_durably_approved_is_in_doubt_and_not_reversed(network, restart):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    after = restart(network, doubtful=["000042"])
    after.wait(600)
    assert mtis(after) == []
    assert after.stored[-1].changes == {"doubt": "open"}


def test_its_repeat_settles_a_doubt(network, restart):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    after = restart(network, doubtful=["000042"])
    after.request(after.north, mti="0201")
    assert after.last(after.north)[39] == "00"
    assert after.stored[-1].changes == {"doubt": "repeated"}


def test_its_reversal_settles_a_doubt_and_is_executed(network, restart):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    after = restart(network, doubtful=["000042"])
    after.request(after.north, mti="0400", e11="000043", e90=NAMED)
    assert after.last(after.north)[39] == "00"
    assert mtis(after) == ["0420"]
    assert {"state": "reversed", "standing": None, "doubt": "reversed"} in [
        record.changes for record in after.stored if isinstance(record, TransactionChange)
    ]


def test_a_doubt_that_nobody_settles_is_closed_after_a_day(network, restart):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    after = restart(network, doubtful=["000042"])
    after.wait(86_300)
    assert after.stored[-1].changes == {"doubt": "open"}
    after.wait(200)
    assert after.stored[-1].changes == {"doubt": "closed"}
    assert mtis(after) == []


def test_where_the_link_says_so_what_is_in_doubt_is_reversed(network, restart):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    after = restart(network, doubtful=["000042"], north={"on_doubt": "reverse"})
    assert mtis(after) == ["0420"]
    after.request(after.north, mti="0201")
    assert after.last(after.north)[39] == "91"


def test_a_decline_is_never_in_doubt(network, restart):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank), rc="51")
    before = len(network.stored)
    after = restart(network, doubtful=["000042"])
    assert len(after.stored) == before


def test_what_was_to_be_forwarded_goes_on_as_a_repeat_if_it_may_have_been_sent(network, restart):
    network.request(network.north)
    network.wait(20)
    after = restart(network)
    assert mtis(after) == ["0421"]


def test_what_was_never_sent_goes_out_as_the_first(network, restart):
    network.drop(network.bank)
    network.request(network.north, mti="0220")
    after = restart(network)
    assert mtis(after) == ["0220"]


def test_order_is_kept_across_restarts(network, restart):
    network.drop(network.bank)
    for number in (1, 2):
        network.request(network.north, mti="0220", e11=f"{number:06d}", e37=f"{number:012d}", e4=f"{number:012d}")
    after = restart(network)
    after.request(after.north, mti="0220", e11="000003", e37="000000000003", e4=f"{3:012d}")
    for number in (1, 2, 3):
        assert int(after.last(after.bank)[4]) == number
        after.answer(after.bank, after.last(after.bank))


def test_a_reversal_after_a_restart_finds_its_original(network, restart):
    network.request(network.north)
    issued = network.last(network.bank)[11]
    network.answer(network.bank, network.last(network.bank))
    after = restart(network)
    after.request(after.north, mti="0400", e11="000043", e90=NAMED)
    assert after.last(after.bank)[90][4:10] == issued


def test_after_a_restart_it_is_known_what_part_was_approved(network, restart):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank), rc="10", e4="000000000600")
    after = restart(network)
    after.request(after.north, mti="0400", e11="000043", e90=NAMED, e95="000000000600" + "0" * 30)
    assert after.last(after.north)[39] == "64"
    assert mtis(after) == []


def test_what_was_reversed_before_it_came_is_still_refused(network, restart):
    network.request(network.north, mti="0400", e11="000043", e90=NAMED)
    after = restart(network)
    after.request(after.north)
    assert after.last(after.north)[39] == "94"


def test_a_link_that_is_no_longer_there_is_said_and_nothing_is_lost(network, make_desk):
    network.request(network.north)
    (record,) = network.stored
    found = Recovered([record._replace(issuer="bank-z")], [], frozenset())
    after = make_desk()
    after.do(after.engine.recover(found, after.now))
    assert [note.event for note in after.notes] == ["reversal.no_link"]
    assert after.stored == []
