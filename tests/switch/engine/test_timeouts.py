"""Whenever an issuer may have approved what its acquirer was not told is approved, it gets a reversal."""

import pytest

from saklar.codecs import load_dialect


@pytest.fixture
def network(make_desk):
    desk = make_desk()
    desk.north, desk.bank = desk.connect("north"), desk.connect("bank-a")
    return desk


def mtis(network):
    return [message.mti for message in network.to(network.bank)]


def accept(network):
    """The issuer answers the reversal that it has."""
    network.answer(network.bank, network.last(network.bank))


# The issuer is silent.


def test_a_silent_issuer_gets_a_reversal(network):
    network.request(network.north)
    network.wait(20)
    reversal = network.last(network.bank)
    assert mtis(network) == ["0200", "0420"]
    assert (reversal[2], reversal[4], reversal[39]) == ("4000000000000002", "000000001050", "68")


def test_the_reversal_names_its_original_as_the_issuer_knows_it(network):
    network.request(network.north)
    network.wait(20)
    original, reversal = network.to(network.bank)
    assert reversal[90] == f"0200{original[11]}1123101500" + "00000100001" + "0" * 11
    assert reversal[11] != original[11]


def test_the_reversal_is_durable_before_it_leaves_and_with_the_outcome(network):
    network.request(network.north)
    network.commits = False
    network.wait(20)
    assert mtis(network) == ["0200"]
    assert network.states() == {"000042": "timed_out"}
    assert list(network.saf().values()) == ["queued"]
    network.commits = True
    network.commit()
    assert mtis(network) == ["0200", "0420"]


def test_a_1993_issuer_gets_it_in_its_own_terms(make_desk):
    desk = make_desk(bank_a={"dialect": load_dialect("iso93-ascii")})
    north, bank = desk.connect("north"), desk.connect("bank-a")
    desk.request(north)
    desk.wait(20)
    original, reversal = desk.to(bank)
    assert (reversal.mti, reversal[24], reversal[25]) == ("1420", "400", "4021")
    assert reversal[56] == f"1200{original[11]}{original[12]}06100001"


def test_a_reversal_has_no_track_and_no_pin_block(network):
    network.request(network.north, e35="4000000000000002=28121010000000000", e14="2812")
    network.wait(20)
    reversal = network.last(network.bank)
    assert 35 not in reversal
    assert reversal[14] == "2812"


def test_a_request_that_said_its_pan_by_its_track_alone_is_reversed_by_its_pan(network):
    network.request(network.north, e2=None, e35="4000000000000002=28121010000000000")
    network.wait(20)
    assert network.last(network.bank)[2] == "4000000000000002"


def test_an_inquiry_moves_no_money_and_is_not_reversed(network):
    network.request(network.north, e3="310000")
    network.wait(20)
    assert mtis(network) == ["0200"]
    assert network.last(network.north)[39] == "91"


def test_the_acquirer_gets_the_code_that_its_link_says(make_desk):
    desk = make_desk(north={"timeout_code": "68"})
    north = desk.connect("north")
    desk.connect("bank-a")
    desk.request(north)
    desk.wait(20)
    assert desk.last(north)[39] == "68"


def test_an_issuer_that_was_not_asked_gets_no_reversal(make_desk):
    desk = make_desk()
    north = desk.connect("north")
    desk.request(north)
    bank = desk.connect("bank-a")
    desk.wait(60)
    assert desk.last(north)[39] == "91"
    assert desk.to(bank) == []


# Late answers.


def test_a_late_approval_leaves_the_reversal_as_it_is(network):
    network.request(network.north)
    network.wait(20)
    network.answer(network.bank, network.to(network.bank)[0])
    assert network.stored[-1].changes == {"late_code": "00"}
    accept(network)
    assert list(network.saf().values()) == ["done"]


def test_a_late_decline_cancels_a_reversal_that_was_not_sent(network):
    network.request(network.north)
    original = network.last(network.bank)
    network.commits = False
    network.wait(20)
    network.answer(network.bank, original, rc="51")
    network.commits = True
    network.commit()
    assert mtis(network) == ["0200"]
    assert list(network.saf().values()) == ["cancelled"]


def test_a_late_decline_does_not_stop_a_reversal_that_was_sent(network):
    network.request(network.north)
    network.wait(20)
    network.answer(network.bank, network.to(network.bank)[0], rc="51")
    assert list(network.saf().values()) == ["queued"]


def test_a_late_answer_without_a_code_cancels_nothing(network):
    network.request(network.north)
    original = network.last(network.bank)
    network.commits = False
    network.wait(20)
    answer = original.copy()
    answer.mti = "0210"
    network.receive(network.bank, answer)
    network.commits = True
    network.commit()
    assert mtis(network) == ["0200", "0420"]


def test_a_second_late_answer_matches_nothing(network):
    network.request(network.north)
    network.wait(20)
    for _ in range(2):
        network.answer(network.bank, network.to(network.bank)[0])
    assert (network.engine.counters["late"], network.engine.counters["unmatched"]) == (1, 1)


def test_a_late_answer_that_does_not_fit_is_not_taken_for_one(network):
    network.request(network.north)
    network.wait(20)
    network.answer(network.bank, network.to(network.bank)[0], e2="4000000000000010")
    assert network.engine.counters["late"] == 0


# Links that break.


def test_an_issuer_whose_link_breaks_gets_the_reversal_when_it_is_back(network):
    network.request(network.north)
    network.drop(network.bank)
    assert network.last(network.north)[39] == "91"
    network.bank = network.connect("bank-a")
    assert mtis(network) == ["0420"]


def test_where_the_link_says_so_an_answer_is_waited_for_on_another_connection(make_desk):
    desk = make_desk(bank_a={"wait_when_down": True})
    north, first = desk.connect("north"), desk.connect("bank-a")
    desk.request(north)
    request = desk.last(first)
    desk.drop(first)
    assert desk.to(north) == []
    second = desk.connect("bank-a")
    desk.answer(second, request)
    assert desk.last(north)[39] == "00"


def test_an_approval_whose_acquirer_is_gone_is_reversed(network):
    network.request(network.north)
    network.drop(network.north)
    network.answer(network.bank, network.last(network.bank))
    assert mtis(network) == ["0200", "0420"]
    assert network.last(network.bank)[39] == "06"
    assert network.states() == {"000042": "reversed"}


def test_a_second_answer_that_declines_does_not_cancel_the_reversal_of_an_approval(network):
    """The first one may have been booked, whatever the issuer says then."""
    network.request(network.north)
    request = network.last(network.bank)
    network.drop(network.north)
    network.commits = False
    network.answer(network.bank, request)
    network.answer(network.bank, request, rc="51")
    network.commits = True
    network.commit()
    assert mtis(network) == ["0200", "0420"]
    assert network.engine.counters["unmatched"] == 1


def test_a_decline_whose_acquirer_is_gone_is_not(network):
    network.request(network.north)
    network.drop(network.north)
    network.answer(network.bank, network.last(network.bank), rc="51")
    assert mtis(network) == ["0200"]
    assert network.engine.counters["undelivered"] == 1


def test_an_approval_of_which_no_byte_left_is_reversed(network):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    network.drop(network.north, unsent=[network.tokens[-1]])
    assert mtis(network) == ["0200", "0420"]


def test_an_approval_that_may_have_left_is_in_doubt_and_not_reversed(network):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    network.drop(network.north, doubtful=[network.tokens[-1]])
    assert mtis(network) == ["0200"]
    assert network.stored[-1].changes == {"doubt": "open"}


def test_an_approval_of_which_one_copy_left_is_not_reversed(network):
    network.request(network.north)
    second = network.connect("north")
    network.request(second, mti="0201")
    network.answer(network.bank, network.to(network.bank)[0])
    network.drop(network.north, unsent=[network.tokens[-1]])
    assert mtis(network) == ["0200"]


# Answers that the acquirer cannot be given.


def test_an_approval_of_a_part_is_reversed_for_an_acquirer_that_cannot_take_it(make_desk):
    desk = make_desk(north={"partial_approval": False})
    north, bank = desk.connect("north"), desk.connect("bank-a")
    desk.request(north)
    desk.answer(bank, desk.last(bank), rc="10", e4="000000000500")
    assert desk.last(north)[39] == "05"
    assert [message.mti for message in desk.to(bank)] == ["0200", "0420"]


def test_an_answer_without_a_response_code_is_reversed(network):
    network.request(network.north)
    answer = network.last(network.bank).copy()
    answer.mti = "0210"
    network.receive(network.bank, answer)
    assert network.last(network.north)[39] == "96"
    assert mtis(network) == ["0200", "0420"]


def test_an_answer_that_does_not_fit_its_request_is_no_answer(network):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank), e4="000000009999")
    network.wait(20)
    assert network.last(network.north)[39] == "91"
    assert mtis(network) == ["0200", "0420"]
