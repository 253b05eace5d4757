"""The journal fails or stalls: nothing new is taken, and nothing is told that a crash would belie."""

import pytest

from saklar.switch.engine import JournalDown, JournalUp


@pytest.fixture
def network(make_desk):
    desk = make_desk()
    desk.north, desk.bank = desk.connect("north"), desk.connect("bank-a")
    return desk


def codes(network):
    return {message[11]: message[39] for message in network.to(network.north)}


def stall(network):
    network.commits = False
    network.handle(JournalDown("a commit takes long", stalled=True))


def test_new_requests_are_refused_with_96_at_once_and_not_stored(network):
    network.journal_fails()
    network.request(network.north)
    assert codes(network) == {"000042": "96"}
    assert network.stored == []
    assert network.to(network.bank) == []


def test_a_request_whose_intent_is_not_durable_is_refused_with_96_at_once(network):
    network.commits = False
    network.request(network.north)
    network.journal_fails()
    assert codes(network) == {"000042": "96"}
    network.journal_is_back()
    assert network.to(network.bank) == []
    assert network.states() == {"000042": "refused"}


def test_a_decline_is_delivered_from_memory(network):
    network.request(network.north)
    network.journal_fails()
    network.answer(network.bank, network.last(network.bank), rc="51")
    assert codes(network) == {"000042": "51"}


def test_a_decline_that_waits_for_the_journal_is_delivered_when_it_fails(network):
    network.request(network.north)
    network.commits = False
    network.answer(network.bank, network.last(network.bank), rc="51")
    assert codes(network) == {}
    network.journal_fails()
    assert codes(network) == {"000042": "51"}
    network.journal_is_back()
    assert len(network.to(network.north)) == 1


def test_an_approval_waits_for_the_journal(network):
    network.request(network.north)
    network.journal_fails()
    network.answer(network.bank, network.last(network.bank))
    network.wait(5)
    assert codes(network) == {}
    network.journal_is_back()
    assert codes(network) == {"000042": "00"}


def test_an_approval_for_which_the_journal_comes_back_too_late_is_declined_in_time_and_reversed(network):
    network.request(network.north)
    network.journal_fails()
    network.answer(network.bank, network.last(network.bank))
    network.wait(30)
    assert codes(network) == {"000042": "96"}
    network.journal_is_back()
    assert [message.mti for message in network.to(network.bank)] == ["0200", "0420"]


def test_an_approval_that_may_be_durable_is_not_declined_before_that_is_known(network):
    network.request(network.north)
    network.commits = False
    network.answer(network.bank, network.last(network.bank))
    stall(network)
    network.wait(40)
    assert codes(network) == {}
    network.journal_is_back()
    assert codes(network) == {"000042": "96"}
    assert [message.mti for message in network.to(network.bank)] == ["0200", "0420"]


@pytest.mark.parametrize("mti", ["0200", "0220", "0400"])
def test_what_comes_while_the_journal_stalls_is_refused_at_once_and_not_stored(network, mti):
    stall(network)
    network.request(network.north, mti=mti)
    assert codes(network) == {"000042": "96"}
    assert network.stored == []
    assert network.to(network.bank) == []


def test_what_was_refused_while_the_journal_stalled_is_not_answered_again_when_it_is_back(network):
    stall(network)
    network.request(network.north)
    network.journal_is_back()
    assert codes(network) == {"000042": "96"}
    assert len(network.to(network.north)) == 1


def test_a_request_that_waits_for_a_stalled_journal_is_refused_in_time(network):
    network.commits = False
    network.request(network.north)
    stall(network)
    network.wait(30)
    assert codes(network) == {"000042": "96"}


def test_a_time_out_is_told_in_time_though_the_journal_stalls(network):
    network.request(network.north)
    stall(network)
    network.wait(30)
    assert codes(network) == {"000042": "91"}
    assert [message.mti for message in network.to(network.bank)] == ["0200"]
    network.journal_is_back()
    assert [message.mti for message in network.to(network.bank)] == ["0200", "0420"]


def test_repeats_are_still_answered(network):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    network.journal_fails()
    network.request(network.north, mti="0201")
    assert [message[39] for message in network.to(network.north)] == ["00", "00"]


def test_a_reversal_is_refused_and_its_repeat_taken_when_the_journal_is_back(network):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    network.journal_fails()
    named = "0200" + "000042" + "1123101500" + "0" * 22
    network.request(network.north, mti="0400", e11="000043", e90=named)
    assert codes(network)["000043"] == "96"
    network.journal_is_back()
    network.request(network.north, mti="0401", e11="000043", e90=named)
    assert codes(network)["000043"] == "00"
    assert [message.mti for message in network.to(network.bank)] == ["0200", "0420"]


def test_network_management_goes_on(network):
    network.journal_fails()
    network.request(network.north, fields={"mti": "0800", 11: "000001", 70: "301"})
    assert codes(network) == {"000001": "00"}


def test_a_pin_that_is_translated_while_it_is_down_goes_nowhere(make_desk):
    from saklar.switch.engine import HsmDone, PinKey

    key = PinKey("ZPK", "U1EF828AA8F6B80EB83E19FBC373F3A85")
    desk = make_desk(north={"pin_key": key}, bank_a={"pin_key": key})
    desk.north, bank = desk.connect("north"), desk.connect("bank-a")
    desk.hsm_answers = False
    desk.request(desk.north, e52="1122334455667788")
    desk.journal_fails()
    desk.handle(HsmDone(desk.hsm_calls[0].transaction, b"CD00041122334455667788" + b"01"))
    assert codes(desk) == {"000042": "96"}
    assert desk.to(bank) == []


def test_it_is_said_once_that_it_is_down_and_once_that_it_is_up(network):
    for _ in range(3):
        network.handle(JournalDown("no space left"))
    network.handle(JournalUp())
    assert [note.event for note in network.notes] == ["journal.down", "journal.up"]


def test_a_decline_after_an_approval_that_is_durable_is_not_told_before_its_reversal_is_durable(network):
    """Were it told, a crash would leave the approval, and an acquirer that knows of none."""
    network.request(network.north)
    network.commits = False
    network.answer(network.bank, network.last(network.bank))
    stall(network)
    network.wait(40)
    network.commit()
    assert codes(network) == {}
    network.journal_fails()
    network.wait(60)
    assert codes(network) == {}
    network.journal_is_back()
    assert codes(network) == {"000042": "96"}
    assert [message.mti for message in network.to(network.bank)] == ["0200", "0420"]


def test_an_approval_that_was_reversed_meanwhile_is_not_declined_before_that_is_durable(network):
    network.request(network.north)
    network.commits = False
    network.answer(network.bank, network.last(network.bank))
    named = "0200" + "000042" + "1123101500" + "0" * 22
    network.request(network.north, mti="0400", e11="000043", e90=named)
    network.journal_fails()
    assert codes(network) == {}
    network.journal_is_back()
    assert codes(network) == {"000042": "91", "000043": "00"}
