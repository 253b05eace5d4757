"""One transaction at a time through the engine: who gets what, and when nobody gets anything."""

import gc

import pytest

from saklar.codecs import DecodeError
from saklar.switch.engine import BinRange, Draining, Malformed, Received, Route, RoutingTable
from saklar.switch.engine.model import Transaction


@pytest.fixture
def network(make_desk):
    desk = make_desk()
    desk.north = desk.connect("north")
    desk.south = desk.connect("south")
    desk.bank_a = desk.connect("bank-a")
    desk.bank_b = desk.connect("bank-b")
    return desk


def test_a_request_reaches_the_issuer_that_owns_its_bin(network):
    network.request(network.north)
    assert len(network.to(network.bank_a)) == 1
    assert network.to(network.bank_b) == []


def test_a_request_without_de_2_is_routed_by_its_track_2(network):
    network.request(network.north, e2=None, e35="4000000000000002=28121010000000000")
    assert network.last(network.bank_a)[35] == "4000000000000002=28121010000000000"


def test_the_issuer_gets_the_elements_in_its_own_dialect(network):
    request = network.request(network.north)
    forwarded = network.last(network.bank_a)
    assert forwarded.dialect.name == "iso87-binary"
    same = {e for e in request if e != 11}
    assert {e: forwarded[e] for e in same} == {e: request[e] for e in same}


def test_the_answer_goes_to_the_acquirer_with_its_own_stan(network):
    network.request(network.north)
    forwarded = network.last(network.bank_a)
    network.answer(network.bank_a, forwarded, e38="A1B2C3")
    answer = network.last(network.north)
    assert (answer.mti, answer[11], answer[39], answer[38]) == ("0210", "000042", "00", "A1B2C3")
    assert network.engine.pending == 0


def test_two_acquirers_with_one_stan_get_each_its_own_answer(network):
    network.request(network.north)
    network.request(network.south, e41="STH00001", e4="000000002000")
    first, second = network.to(network.bank_a)
    assert first[11] != second[11]
    network.answer(network.bank_a, second, e38="SOUTH1")
    network.answer(network.bank_a, first, e38="NORTH1")
    assert network.last(network.north)[38] == "NORTH1"
    assert network.last(network.south)[38] == "SOUTH1"


@pytest.mark.parametrize(
    ("mti", "response"),
    [("0100", "0110"), ("0200", "0210"), ("0201", "0210"), ("0220", "0230"), ("0221", "0230")],
)
def test_each_kind_of_request_is_answered_in_kind(network, mti, response):
    network.request(network.north, mti=mti)
    network.answer(network.bank_a, network.last(network.bank_a), mti=response)
    assert network.last(network.north).mti == response


def test_no_card_secret_is_returned_to_the_acquirer(network):
    network.request(network.north, e35="4000000000000002=28121010000000000", e14="2812")
    network.answer(network.bank_a, network.last(network.bank_a))
    assert not {14, 35, 52} & set(network.last(network.north))


def test_a_message_authentication_code_is_not_passed_on(network):
    network.request(network.north, e64="1122334455667788")
    assert 64 not in network.last(network.bank_a)


# Refusals: answered by the switch, nothing forwarded.


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"e2": "6011000000000004"}, "92"),
        ({"e2": None}, "30"),
        ({"e11": "ABCDEF"}, "30"),
        ({"e11": None}, "30"),
        ({"e4": "00000000ABCD"}, "30"),
        ({"e7": "1323101500"}, "30"),
        ({"e12": "101560"}, "30"),
        ({"e13": "0230"}, "30"),
        ({"e52": "1122334455667788"}, "96"),
        ({"mti": "0400"}, "25"),
    ],
    ids=["no route", "no PAN", "non-numeric STAN", "no STAN", "non-numeric amount", "month 13", "minute 60", "30 February",
         "no PIN key", "unknown original"],
)  # fmt: skip
def test_a_request_that_cannot_go_on_is_refused_with(network, change, code):
    network.request(network.north, **change)
    assert network.last(network.north)[39] == code
    assert network.to(network.bank_a) == []


def test_a_request_for_an_issuer_that_is_not_connected_gets_91_at_once(desk):
    north = desk.connect("north")
    desk.request(north)
    assert desk.last(north)[39] == "91"


def test_a_request_above_what_an_issuer_may_have_in_flight_gets_91_at_once(make_desk):
    desk = make_desk(bank_a={"max_in_flight": 1})
    north, bank = desk.connect("north"), desk.connect("bank-a")
    desk.request(north)
    desk.request(north, e11="000043")
    assert [(m[11], m[39]) for m in desk.to(north)] == [("000043", "91")]
    assert len(desk.to(bank)) == 1


@pytest.fixture
def two_banks(make_desk):
    """A network whose one route asks bank-a, and bank-b where that cannot be asked."""
    return make_desk(routes=RoutingTable([(BinRange("400000", "400000"), Route(("bank-a", "bank-b")))]))


def test_the_first_issuer_of_a_route_is_asked(two_banks):
    north, first, second = (two_banks.connect(name) for name in ("north", "bank-a", "bank-b"))
    two_banks.request(north)
    assert (len(two_banks.to(first)), len(two_banks.to(second))) == (1, 0)


def test_where_the_first_issuer_is_down_the_next_is_asked(two_banks):
    north, second = two_banks.connect("north"), two_banks.connect("bank-b")
    two_banks.request(north)
    two_banks.answer(second, two_banks.last(second))
    assert two_banks.last(north)[39] == "00"
    assert two_banks.engine.counters["rerouted"] == 1


def test_where_the_first_issuer_is_full_the_next_is_asked(make_desk):
    routes = RoutingTable([(BinRange("400000", "400000"), Route(("bank-a", "bank-b")))])
    desk = make_desk(routes=routes, bank_a={"max_in_flight": 1})
    north, first, second = (desk.connect(name) for name in ("north", "bank-a", "bank-b"))
    desk.request(north)
    desk.request(north, e11="000043")
    assert (len(desk.to(first)), len(desk.to(second))) == (1, 1)


def test_where_no_issuer_of_a_route_is_up_the_acquirer_gets_91_at_once(two_banks):
    north = two_banks.connect("north")
    two_banks.request(north)
    assert two_banks.last(north)[39] == "91"


def test_a_reversal_goes_to_the_issuer_of_its_original(two_banks):
    """The first issuer is up again, but it does not know the transaction."""
    north, second = two_banks.connect("north"), two_banks.connect("bank-b")
    request = two_banks.request(north)
    two_banks.answer(second, two_banks.last(second))
    first = two_banks.connect("bank-a")
    two_banks.request(north, mti="0400", e11="000044", e90=f"0200{request[11]}{request[7]}{'0' * 22}")
    assert two_banks.to(first) == []
    assert two_banks.last(second).mti == "0420"


def test_a_request_is_never_sent_back_to_who_it_came_from(make_desk):
    desk = make_desk(north={"party": "bank"}, bank_a={"party": "bank"})
    north, bank = desk.connect("north"), desk.connect("bank-a")
    desk.request(north)
    assert desk.last(north)[39] == "92"
    assert desk.to(bank) == []


def test_where_the_first_issuer_is_who_it_came_from_the_next_is_asked(make_desk):
    routes = RoutingTable([(BinRange("400000", "400000"), Route(("bank-a", "bank-b")))])
    desk = make_desk(routes=routes, north={"party": "bank"}, bank_a={"party": "bank"})
    north, first, second = (desk.connect(name) for name in ("north", "bank-a", "bank-b"))
    desk.request(north)
    assert (len(desk.to(first)), len(desk.to(second))) == (0, 1)


def test_a_request_above_what_an_acquirer_may_have_in_flight_gets_91_at_once(make_desk):
    desk = make_desk(north={"max_in_flight": 1})
    north, bank = desk.connect("north"), desk.connect("bank-a")
    desk.request(north)
    desk.request(north, e11="000043")
    assert [(m[11], m[39]) for m in desk.to(north)] == [("000043", "91")]
    desk.answer(bank, desk.last(bank))
    desk.request(north, e11="000045")
    assert desk.last(bank)[11] != desk.to(bank)[0][11]


def test_an_element_that_the_issuers_dialect_cannot_hold_is_refused_with_30(make_desk):
    desk = make_desk()
    north = desk.connect("north")
    desk.connect("bank-a")
    desk.request(north, e34="9" * 28, e48="é" * 4)
    assert desk.last(north)[39] == "30"


def test_new_requests_are_refused_while_draining_and_pending_ones_answered(network):
    network.request(network.north)
    network.handle(Draining())
    network.request(network.south)
    assert network.last(network.south)[39] == "91"
    network.answer(network.bank_a, network.last(network.bank_a))
    assert network.last(network.north)[39] == "00"


def test_a_request_of_another_edition_than_its_dialect_is_refused_with_30(network):
    network.request(network.north, mti="1200")
    assert network.last(network.north)[39] == "30"
    assert network.to(network.bank_a) == []


def test_an_answer_that_is_too_long_for_the_acquirers_link_reaches_nobody(make_desk):
    desk = make_desk(north={"max_frame": 300})
    north, bank = desk.connect("north"), desk.connect("bank-a")
    desk.request(north)
    desk.answer(bank, desk.last(bank), e48="x" * 300)
    assert desk.to(north) == []
    desk.wait(20)
    assert desk.last(north)[39] == "91"


# Time.


def test_a_silent_issuer_costs_a_91_at_its_time_limit(network):
    network.request(network.north)
    network.wait(19.9)
    assert network.to(network.north) == []
    network.wait(0.1)
    assert network.last(network.north)[39] == "91"


def test_the_acquirers_own_limit_comes_first_where_it_is_shorter(make_desk):
    desk = make_desk(north={"timeout_s": 5.0})
    north = desk.connect("north")
    desk.connect("bank-a")
    desk.request(north)
    desk.wait(4.9)
    assert desk.last(north)[39] == "91"


def test_a_late_answer_reaches_nobody(network):
    network.request(network.north)
    network.wait(20)
    network.answer(network.bank_a, network.to(network.bank_a)[0])
    assert [m[39] for m in network.to(network.north)] == ["91"]
    assert network.engine.counters["late"] == 1


def test_an_issuer_whose_link_drops_costs_a_91_at_once(network):
    network.request(network.north)
    network.drop(network.bank_a)
    assert network.last(network.north)[39] == "91"


def test_a_link_that_drops_between_intent_and_sending_means_nothing_was_sent(network):
    network.commits = False
    network.request(network.north)
    network.drop(network.bank_a)
    network.commits = True
    network.commit()
    assert network.to(network.bank_a) == []
    assert network.last(network.north)[39] == "91"
    assert network.states() == {"000042": "refused"}


def test_a_request_whose_acquirer_has_gone_before_it_left_is_not_sent(network):
    network.commits = False
    network.request(network.north)
    network.drop(network.north)
    network.commits = True
    network.commit()
    assert network.to(network.bank_a) == []
    assert network.states() == {"000042": "refused"}


def test_a_transaction_that_is_done_is_not_kept_by_its_timers(network):
    request = network.request(network.north)
    network.answer(network.bank_a, network.last(network.bank_a))
    assert network.engine.pending == 0
    gc.collect()
    assert not [t for t in gc.get_objects() if isinstance(t, Transaction) and t.request is request]


# Answers that are none.


def test_a_second_answer_to_one_request_reaches_nobody(network):
    network.request(network.north)
    forwarded = network.last(network.bank_a)
    network.answer(network.bank_a, forwarded)
    network.answer(network.bank_a, forwarded, rc="51")
    assert [m[39] for m in network.to(network.north)] == ["00"]
    assert network.engine.counters["unmatched"] == 1


def test_an_answer_with_a_stan_that_nobody_waits_for_reaches_nobody(network):
    network.request(network.north)
    forwarded = network.last(network.bank_a)
    stranger = f"{(int(forwarded[11]) + 500_000) % 999_999:06d}"
    network.answer(network.bank_a, forwarded, e11=stranger)
    assert network.to(network.north) == []
    assert network.engine.pending == 1


@pytest.mark.parametrize(
    "change",
    [{"mti": "0110"}, {"e2": "4000000000000010"}, {"e4": "000000001051"}, {"e7": "1123101501"}, {"e41": "NTH00002"}],
    ids=["MTI", "PAN", "amount", "time", "terminal"],
)
def test_an_answer_that_does_not_fit_its_request_reaches_nobody(network, change):
    network.request(network.north)
    network.answer(network.bank_a, network.last(network.bank_a), **change)
    assert network.to(network.north) == []
    assert network.engine.counters["unmatched"] == 1


def test_an_approval_of_a_part_may_name_another_amount(network):
    network.request(network.north)
    network.answer(network.bank_a, network.last(network.bank_a), rc="10", e4="000000000500")
    assert (network.last(network.north)[39], network.last(network.north)[4]) == ("10", "000000000500")


def test_an_answer_of_the_wrong_issuer_reaches_nobody(network):
    network.request(network.north)
    answer = network.links["bank-b"].dialect.message(network.last(network.bank_a).to_dict())
    network.answer(network.bank_b, answer)
    assert network.to(network.north) == []


def test_an_answer_without_a_response_code_is_a_96(network):
    network.request(network.north)
    answer = network.last(network.bank_a).copy()
    answer.mti = "0210"
    network.handle(_received(network.bank_a, answer))
    assert network.last(network.north)[39] == "96"


# Messages out of place.


def test_a_response_from_an_acquirer_is_answered_by_nothing(network):
    network.request(network.north, mti="0210")
    assert network.to(network.north) == []
    assert network.engine.counters["unexpected"] == 1


def test_a_request_from_an_issuer_is_refused_with_12(network):
    network.request(network.bank_a)
    assert network.last(network.bank_a)[39] == "12"


def test_a_message_class_that_is_not_routed_is_refused_with_12(network):
    network.request(network.north, mti="0300")
    assert network.last(network.north)[39] == "12"


def test_a_frame_that_decodes_to_its_stan_is_answered_with_30(network):
    whole = bytes(
        network.links["north"].dialect.message({"mti": "0200", 2: "4000000000000002", 11: "000042", 41: "NTH00001"})
    )
    network.handle(_malformed(network, network.north, whole[:-1]))
    answer = network.last(network.north)
    assert (answer.mti, answer[11], answer[39]) == ("0210", "000042", "30")


def test_a_frame_that_says_nothing_is_counted_and_the_tenth_in_a_row_ends_the_link(network):
    for _ in range(9):
        network.handle(_malformed(network, network.north, b"\x00garbage"))
    assert network.closed == []
    network.handle(_malformed(network, network.north, b"\x00garbage"))
    assert [close.connection for close in network.closed] == [network.north]
    assert network.to(network.north) == []


def test_a_good_message_forgives_the_bad_ones_before_it(network):
    for _ in range(3):
        for _ in range(9):
            network.handle(_malformed(network, network.north, b"\x00garbage"))
        network.request(network.north)
    assert network.closed == []


# Durability: the order of storing and sending.


def test_nothing_leaves_for_the_issuer_before_the_intent_is_durable(network):
    network.commits = False
    network.request(network.north)
    assert network.states() == {"000042": "forwarding"}
    assert network.to(network.bank_a) == []
    network.commit()
    assert len(network.to(network.bank_a)) == 1


def test_nothing_leaves_for_the_acquirer_before_the_outcome_is_durable(network):
    network.request(network.north)
    network.commits = False
    network.answer(network.bank_a, network.last(network.bank_a))
    assert network.to(network.north) == []
    network.commit()
    assert network.last(network.north)[39] == "00"


def test_the_commit_of_the_intent_does_not_pass_for_that_of_the_outcome(network):
    network.request(network.north)
    network.commits = False
    network.answer(network.bank_a, network.last(network.bank_a))
    network.request(network.north, e11="000043")
    network.uncommitted = 1
    network.commit()
    assert [m[39] for m in network.to(network.north)] == ["00"]
    assert len(network.to(network.bank_a)) == 1


def test_each_record_says_what_became_of_the_transaction(network):
    network.request(network.north)
    network.answer(network.bank_a, network.last(network.bank_a), rc="51")
    intent, outcome = network.stored
    assert (intent.state, intent.amount, intent.stan, intent.issuer) == ("forwarding", 1050, "000042", "bank-a")
    assert intent.issuer_stan == network.last(network.bank_a)[11]
    assert outcome.id == intent.id
    said = {name: outcome.changes[name] for name in ("state", "response_code", "answered_by")}
    assert said == {"state": "declined", "response_code": "51", "answered_by": "issuer"}


# Secrets.


def test_no_note_holds_a_pan_or_a_track(network):
    network.request(network.north, e35="4000000000000002=28121010000000000")
    network.answer(network.bank_a, network.last(network.bank_a))
    network.answer(network.bank_a, network.last(network.bank_a))
    network.handle(_malformed(network, network.north, b"0200" + b"C000000000000000" + b"16400000000000000"))
    said = repr(network.notes) + repr(network.stored)
    assert "400000******0002" in said
    assert "4000000000000002" not in said
    assert "28121010000000000" not in said


def _received(number, message):
    return Received(number, message)


def _malformed(desk, number, frame):
    with pytest.raises(DecodeError) as caught:
        desk.links[desk.link_of[number]].dialect.decode(frame)
    return Malformed(number, caught.value)
