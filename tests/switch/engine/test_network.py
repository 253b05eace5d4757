"""Sign-on, sign-off and echo, in both directions."""

import pytest


def network_message(desk, number, code, mti="0800", stan="000001"):
    dialect = desk.links[desk.link_of[number]].dialect
    fields = {"mti": mti, 7: "1123101500", 11: stan, 70: code}
    desk.request(number, fields)
    return dialect


def approve(desk, number, rc="00"):
    desk.answer(number, desk.last(number), rc)


@pytest.mark.parametrize("code", ["001", "002", "301"])
@pytest.mark.parametrize("link", ["north", "bank-a"])
def test_a_peers_network_request_is_answered_with_00(desk, link, code):
    number = desk.connect(link)
    network_message(desk, number, code)
    answer = desk.last(number)
    assert (answer.mti, answer[11], answer[70], answer[39]) == ("0810", "000001", code, "00")


def test_an_unknown_network_code_is_refused_with_12(desk):
    number = desk.connect("north")
    network_message(desk, number, "777")
    assert desk.last(number)[39] == "12"


def test_an_acquirer_that_signed_off_gets_91_until_it_signs_on_again(desk):
    north, bank = desk.connect("north"), desk.connect("bank-a")
    network_message(desk, north, "002")
    desk.request(north)
    assert desk.last(north)[39] == "91"
    network_message(desk, north, "001")
    desk.request(north, e11="000043")
    assert len(desk.to(bank)) == 1


def test_an_acquirer_that_must_sign_on_first_gets_91_before(make_desk):
    desk = make_desk(north={"sign_on": True})
    north = desk.connect("north")
    desk.connect("bank-a")
    desk.request(north)
    assert desk.last(north)[39] == "91"


def test_an_issuer_gets_no_request_before_it_approved_our_sign_on(make_desk):
    desk = make_desk(bank_a={"sign_on": True})
    north, bank = desk.connect("north"), desk.connect("bank-a")
    sign_on = desk.last(bank)
    assert (sign_on.mti, sign_on[70]) == ("0800", "001")
    desk.request(north)
    assert desk.last(north)[39] == "91"
    desk.answer(bank, sign_on)
    desk.request(north, e11="000043")
    assert desk.last(bank).mti == "0200"


def test_an_issuer_that_refuses_our_sign_on_is_left(make_desk):
    desk = make_desk(bank_a={"sign_on": True})
    bank = desk.connect("bank-a")
    approve(desk, bank, "05")
    assert [close.connection for close in desk.closed] == [bank]


def test_an_issuer_that_does_not_answer_our_sign_on_is_left_at_its_time_limit(make_desk):
    desk = make_desk(bank_a={"sign_on": True})
    bank = desk.connect("bank-a")
    desk.wait(20)
    assert [close.connection for close in desk.closed] == [bank]


def test_an_issuer_that_signs_off_gets_no_more_requests(desk):
    north, bank = desk.connect("north"), desk.connect("bank-a")
    network_message(desk, bank, "002")
    desk.request(north)
    assert desk.last(north)[39] == "91"
    assert desk.last(bank).mti == "0810"


def test_an_issuer_is_asked_for_an_echo_at_each_interval(make_desk):
    desk = make_desk(bank_a={"echo_interval_s": 60.0})
    bank = desk.connect("bank-a")
    for _ in range(3):
        desk.wait(60)
        approve(desk, bank)
    assert [m[70] for m in desk.to(bank)] == ["301"] * 3
    assert len({m[11] for m in desk.to(bank)}) == 3


def test_an_issuer_that_misses_an_echo_is_left(make_desk):
    desk = make_desk(bank_a={"echo_interval_s": 60.0})
    bank = desk.connect("bank-a")
    desk.wait(60)
    assert desk.closed == []
    desk.wait(20)
    assert [close.connection for close in desk.closed] == [bank]


def test_a_connection_that_is_gone_is_asked_nothing_more(make_desk):
    desk = make_desk(bank_a={"echo_interval_s": 60.0})
    bank = desk.connect("bank-a")
    desk.drop(bank)
    desk.wait(300)
    assert desk.to(bank) == []
    assert desk.closed == []


def test_an_unasked_network_answer_is_counted_for_nothing(desk):
    bank = desk.connect("bank-a")
    network_message(desk, bank, "001", mti="0810")
    assert desk.to(bank) == []
    assert [note.event for note in desk.notes][-1] == "answer.unmatched"


def test_our_sign_off_goes_to_the_issuers_that_we_signed_on_to(make_desk):
    desk = make_desk(bank_a={"sign_on": True})
    bank_a, bank_b = desk.connect("bank-a"), desk.connect("bank-b")
    approve(desk, bank_a)
    desk.do(desk.engine.sign_off(desk.now))
    assert desk.last(bank_a)[70] == "002"
    assert desk.to(bank_b) == []


def test_a_1993_issuer_is_asked_by_function_code(make_desk):
    from saklar.codecs import load_dialect

    desk = make_desk(bank_a={"sign_on": True, "dialect": load_dialect("iso93-ascii")})
    bank = desk.connect("bank-a")
    assert (desk.last(bank).mti, desk.last(bank)[24]) == ("1804", "801")
