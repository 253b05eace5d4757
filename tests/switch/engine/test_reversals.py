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
