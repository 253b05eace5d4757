"""A reversal names its original by the acquirer's STAN; the issuer must read its own."""

import pytest

from saklar.codecs import load_dialect


@pytest.fixture
def network(make_desk):
    desk = make_desk()
    desk.north = desk.connect("north")
    desk.bank = desk.connect("bank-a")
    return desk


def reverse(desk, mti="0400", **changes):
    named = {"e90": "0200" + "000042" + "1123101500" + "00000100001" + "00000000000"}
    desk.request(desk.north, mti=mti, e11="000043", **{**named, **changes})


def test_a_reversal_names_the_original_as_the_issuer_knows_it(network):
    network.request(network.north)
    original = network.last(network.bank)
    network.answer(network.bank, original)
    reverse(network)
    reversal = network.last(network.bank)
    assert reversal.mti == "0420"
    assert reversal[90] == f"0200{original[11]}1123101500" + "00000100001" + "00000000000"


def test_the_answer_to_a_reversal_names_the_original_as_the_acquirer_knows_it(network):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    reverse(network)
    network.answer(network.bank, network.last(network.bank))
    answer = network.last(network.north)
    assert (answer.mti, answer[11], answer[39]) == ("0410", "000043", "00")
    assert answer[90][4:10] == "000042"


@pytest.mark.parametrize(("mti", "response"), [("0400", "0410"), ("0401", "0410"), ("0420", "0430"), ("0421", "0430")])
def test_each_kind_of_reversal_is_answered_in_kind(network, mti, response):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    reverse(network, mti=mti)
    network.answer(network.bank, network.last(network.bank), mti=response)
    assert network.last(network.north).mti == response


def test_without_de_90_the_rrn_and_terminal_name_the_original(network):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    stan = network.last(network.bank)[11]
    reverse(network, e90=None)
    assert network.last(network.bank)[90][4:10] == stan


def test_once_one_was_named_by_its_rrn_what_comes_later_can_be_too(network):
    for number in ("000042", "000043"):
        network.request(network.north, e11=number, e37=f"632710{number}")
        network.answer(network.bank, network.last(network.bank))
        stan = network.last(network.bank)[11]
        network.request(network.north, mti="0400", e11=f"1{number[1:]}", e37=f"632710{number}", e90=None)
        assert network.last(network.bank)[90][4:10] == stan
        network.answer(network.bank, network.last(network.bank))


def test_an_original_that_timed_out_is_reversed_once(network):
    network.request(network.north)
    network.wait(20)
    reverse(network)
    assert network.last(network.north)[39] == "00"
    assert [m.mti for m in network.to(network.bank)] == ["0200", "0420"]


@pytest.mark.parametrize(
    "change",
    [
        {"e90": "0200" + "000041" + "1123101500" + "0" * 22},
        {"e90": "0200" + "000042" + "1122101500" + "0" * 22},
        {"e90": "0100" + "000042" + "1123101500" + "0" * 22},
        {"e41": "NTH00002"},
        {"e90": None, "e37": "632710000099"},
        {"e90": None, "e37": None},
    ],
    ids=["STAN", "time", "MTI", "terminal", "RRN", "nothing"],
)
def test_a_reversal_that_names_no_known_original_is_refused_with_25(network, change):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    reverse(network, **change)
    assert network.last(network.north)[39] == "25"


def test_a_reversal_of_a_declined_original_is_answered_00_and_not_forwarded(network):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank), rc="51")
    reverse(network)
    assert network.last(network.north)[39] == "00"
    assert [m.mti for m in network.to(network.bank)] == ["0200"]


def test_another_acquirers_original_cannot_be_reversed(network):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    network.north = network.connect("south")
    reverse(network)
    assert network.last(network.north)[39] == "25"


def test_a_1993_issuer_reads_de_56(make_desk):
    desk = make_desk(bank_a={"dialect": load_dialect("iso93-ascii")})
    desk.north, desk.bank = desk.connect("north"), desk.connect("bank-a")
    desk.request(desk.north)
    original = desk.last(desk.bank)
    desk.answer(desk.bank, original, rc="000")
    reverse(desk)
    reversal = desk.last(desk.bank)
    assert reversal.mti == "1420"
    assert reversal[56] == f"1200{original[11]}{original[12]}06100001"


def test_a_partial_reversal_keeps_its_amounts_on_the_way_to_a_1993_issuer_and_back(make_desk):
    desk = make_desk(bank_a={"dialect": load_dialect("iso93-ascii")})
    desk.north, desk.bank = desk.connect("north"), desk.connect("bank-a")
    desk.request(desk.north)
    desk.answer(desk.bank, desk.last(desk.bank), rc="000")
    stands = "000000000400" + "0" * 30
    reverse(desk, e95=stands)
    forwarded = desk.last(desk.bank)
    assert (forwarded[4], forwarded[24], forwarded[30][:12]) == ("000000000400", "401", "000000001050")
    returned = desk.last(desk.north)
    assert (returned[39], returned[4], returned[95]) == ("00", "000000001050", stands)


# When the original is pending.


def mtis(network):
    return [message.mti for message in network.to(network.bank)]


def codes(network):
    return {message[11]: message[39] for message in network.to(network.north)}


def test_an_original_that_is_out_is_closed_and_the_issuer_gets_the_reversal_after_it(network):
    network.request(network.north)
    reverse(network)
    assert codes(network) == {"000042": "91", "000043": "00"}
    assert mtis(network) == ["0200", "0420"]
    assert network.states()["000042"] == "reversed"


def test_its_approval_that_comes_then_is_noted_and_delivered_to_nobody(network):
    network.request(network.north)
    original = network.last(network.bank)
    reverse(network)
    network.answer(network.bank, original)
    assert codes(network) == {"000042": "91", "000043": "00"}
    assert network.engine.counters["late"] == 1


def test_original_and_reversal_are_durable_together(network):
    network.request(network.north)
    network.commits = False
    reverse(network)
    assert network.uncommitted == 1
    assert {network.states()[stan] for stan in ("000042", "000043")} == {"reversed", "accepted"}
    assert list(network.saf().values()) == ["queued"]


def test_an_original_that_has_not_left_is_refused_and_nothing_reaches_the_issuer(network):
    network.commits = False
    network.request(network.north)
    reverse(network)
    network.commits = True
    network.commit()
    assert codes(network) == {"000042": "91", "000043": "00"}
    assert mtis(network) == []


def test_an_approval_that_is_not_yet_durable_is_delivered_as_a_decline(network):
    network.request(network.north)
    network.commits = False
    network.answer(network.bank, network.last(network.bank))
    reverse(network)
    network.commits = True
    network.commit()
    assert codes(network) == {"000042": "91", "000043": "00"}
    assert mtis(network) == ["0200", "0420"]


def test_a_part_of_what_is_not_approved_yet_cannot_be_reversed(network):
    network.request(network.north)
    reverse(network, e95="000000000400" + "0" * 30)
    assert codes(network) == {"000043": "12"}


# After the original's answer.


@pytest.fixture
def bought(network):
    """A network on which the purchase of 10.50 is approved."""
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    return network


def test_a_reversed_original_is_not_reversed_again_under_another_stan(bought):
    reverse(bought)
    reverse(bought, e7="1123101600")
    assert mtis(bought) == ["0200", "0420"]
    assert codes(bought)["000043"] == "00"


def test_the_request_again_after_its_reversal_is_not_told_an_approval(bought):
    reverse(bought)
    bought.request(bought.north, mti="0201")
    assert bought.last(bought.north)[39] == "91"


def test_of_a_partial_reversal_the_replacement_amount_stands(bought):
    reverse(bought, e95="000000000400" + "0" * 30)
    assert bought.last(bought.bank)[95][:12] == "000000000400"
    assert bought.states()["000042"] == "partly_reversed"


def test_a_full_reversal_after_a_partial_one_reverses_the_rest(bought):
    reverse(bought, e95="000000000400" + "0" * 30)
    bought.answer(bought.bank, bought.last(bought.bank))
    reverse(bought, e7="1123101600")
    assert mtis(bought) == ["0200", "0420", "0420"]
    assert bought.states()["000042"] == "reversed"


@pytest.mark.parametrize("amount", ["000000001050", "000000001051"])
def test_a_replacement_amount_that_is_not_below_what_stands_is_refused_with_64(bought, amount):
    reverse(bought, e95=amount + "0" * 30)
    assert codes(bought)["000043"] == "64"
    assert mtis(bought) == ["0200"]


@pytest.mark.parametrize(("dialect", "rc"), [("iso87-ascii", "10"), ("iso93-ascii", "002")])
@pytest.mark.parametrize(("amount", "code"), [("000000000599", "00"), ("000000000600", "64"), ("000000000900", "64")])
def test_of_an_approval_of_a_part_that_part_is_what_stands(make_desk, dialect, rc, amount, code):
    network = make_desk(bank_a={"dialect": load_dialect(dialect)})
    network.north, network.bank = network.connect("north"), network.connect("bank-a")
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank), rc=rc, e4="000000000600")
    reverse(network, e95=amount + "0" * 30)
    assert codes(network) == {"000042": "10", "000043": code}


def test_of_an_approval_of_a_part_a_1993_acquirer_reverses_no_more_than_that(make_desk):
    network = make_desk(north={"dialect": load_dialect("iso93-ascii")})
    network.north, network.bank = network.connect("north"), network.connect("bank-a")
    times = {"e12": "261123101500", "e13": None, "e22": "210101210120", "e25": None}
    network.request(network.north, mti="1200", e24="200", **times)
    network.answer(network.bank, network.last(network.bank), rc="10", e4="000000000600")
    named = "1200" + "000042" + "261123101500" + "06100001"
    again = {"mti": "1420", "e11": "000043", "e24": "401", "e30": "000000001050" + "0" * 12, "e56": named}
    network.request(network.north, **{**times, **again}, e4="000000000600")
    assert codes(network) == {"000042": "002", "000043": "110"}


def test_a_replacement_amount_that_is_no_amount_is_refused_with_30(bought):
    reverse(bought, e95="00000000ABCD" + "0" * 30)
    assert codes(bought)["000043"] == "30"


def test_a_reversal_for_an_issuer_that_is_down_is_answered_and_kept(bought):
    bought.drop(bought.bank)
    reverse(bought)
    assert codes(bought)["000043"] == "00"
    bought.bank = bought.connect("bank-a")
    assert mtis(bought) == ["0420"]


# Before the original, or without one.


def test_an_original_that_comes_after_its_reversal_is_refused_with_94(network):
    reverse(network)
    network.request(network.north)
    assert codes(network) == {"000043": "25", "000042": "94"}
    assert mtis(network) == []


def test_one_named_by_its_rrn_too(network):
    reverse(network, e90=None)
    network.request(network.north)
    assert codes(network) == {"000043": "25", "000042": "94"}


def test_another_request_is_not_taken_for_it(network):
    reverse(network)
    network.request(network.north, e7="1123101501")
    assert mtis(network) == ["0200"]


def test_an_unknown_original_gets_the_code_that_the_link_says(make_desk):
    desk = make_desk(north={"unknown_original": "00"})
    desk.north, desk.bank = desk.connect("north"), desk.connect("bank-a")
    reverse(desk)
    assert desk.last(desk.north)[39] == "00"
    assert desk.to(desk.bank) == []


def test_where_the_link_says_so_a_reversal_of_an_unknown_original_goes_to_the_issuer_of_its_bin(make_desk):
    desk = make_desk(north={"forward_unknown": True})
    desk.north, desk.bank = desk.connect("north"), desk.connect("bank-a")
    reverse(desk)
    assert desk.last(desk.north)[39] == "00"
    assert [message.mti for message in desk.to(desk.bank)] == ["0420"]


# Advices.


def test_a_completion_names_what_it_completes_as_the_issuer_knows_it(network):
    network.request(network.north, mti="0100")
    network.answer(network.bank, network.last(network.bank))
    issued = network.last(network.bank)[11]
    named = "0100" + "000042" + "1123101500" + "00000100001" + "0" * 11
    network.request(network.north, mti="0220", e11="000044", e4="000000000900", e90=named)
    completion = network.last(network.bank)
    assert (completion.mti, completion[4], completion[90][:10]) == ("0220", "000000000900", f"0100{issued}")


def test_an_advice_can_be_reversed(network):
    network.request(network.north, mti="0220", e11="000042")
    network.answer(network.bank, network.last(network.bank))
    reverse(network, e90="0220" + "000042" + "1123101500" + "0" * 22)
    assert mtis(network) == ["0220", "0420"]


def test_an_advice_reaches_the_issuer_without_what_may_not_be_stored(network):
    network.request(network.north, mti="0220", e35="4000000000000002=28121010000000000", e2=None)
    advice = network.last(network.bank)
    assert (35 in advice, advice[2]) == (False, "4000000000000002")


def test_an_advice_without_a_route_is_refused(network):
    network.request(network.north, mti="0220", e2="6011000000000004")
    assert network.last(network.north)[39] == "92"
