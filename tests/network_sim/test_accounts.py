from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.network_sim import accounts as module
from saklar.network_sim.accounts import Accounts, Card, Request, Reversal, approval_codes

PAN = "4000000000000002"
OPENING = 100_000


@pytest.fixture
def reversal_for():
    def make(**changes):
        values = {
            "pan": PAN, "stan": "000042", "time": "1123120000", "rrn": "632712000042", "terminal": "NTH00001",
        }  # fmt: skip
        return Reversal(**values | changes)

    return make


def balance(books):
    return books.cards[PAN].balance


REFUSALS = {
    "unknown card": ({}, {"pan": "4000000000000999"}, "14"),
    "restricted card": ({"status": "restricted"}, {}, "62"),
    "lost card": ({"status": "lost"}, {}, "41"),
    "stolen card": ({"status": "stolen"}, {}, "43"),
    "expired card": ({"expiry": "2610"}, {}, "54"),
    "wrong PIN": ({}, {"pin_is_right": False}, "55"),
    "PIN required": ({"pin_required": True}, {}, "55"),
    "over the limit": ({}, {"amount": 50_001}, "61"),
    "insufficient funds": ({"balance": 9_999}, {}, "51"),
    "lost before expired": ({"status": "lost", "expiry": "2001"}, {}, "41"),
    "wrong PIN before insufficient funds": ({"balance": 0}, {"pin_is_right": False}, "55"),
}


@pytest.mark.parametrize(("card", "request_", "code"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_has_its_code_and_moves_nothing(accounts, request_for, card, request_, code):
    books = accounts(**card)
    before = balance(books)
    assert books.authorise(request_for(**request_)) == (code, None)
    assert balance(books) == before


def test_an_approval_takes_the_amount_and_has_an_approval_code(accounts, request_for):
    books = accounts()
    decision = books.authorise(request_for())
    assert decision.code == "00" and len(decision.approval_code) == 6
    assert balance(books) == OPENING - 10_000


def test_a_card_is_good_through_its_month(accounts, request_for):
    assert accounts(expiry="2611").authorise(request_for()).code == "00"


def test_a_required_pin_that_is_right_approves(accounts, request_for):
    assert accounts(pin_required=True).authorise(request_for(pin_is_right=True)).code == "00"


def test_a_pin_that_is_missing_is_no_wrong_one(accounts, request_for):
    books = accounts(pin_required=True)
    for number in range(5):
        books.authorise(request_for(stan=f"{number:06d}"))
    assert books.authorise(request_for(pin_is_right=True)).code == "00"


def test_an_inquiry_moves_nothing(accounts, request_for):
    books = accounts()
    assert books.authorise(request_for(processing_code="310000")).code == "00"
    assert balance(books) == OPENING


def test_a_refund_gives(accounts, request_for):
    books = accounts()
    books.authorise(request_for(processing_code="200000"))
    assert balance(books) == OPENING + 10_000


def test_the_third_wrong_pin_in_a_row_blocks_pins(accounts, request_for):
    books = accounts()
    codes = [books.authorise(request_for(stan=f"{n:06d}", pin_is_right=False)).code for n in range(3)]
    assert codes == ["55", "55", "75"]
    assert books.authorise(request_for(pin_is_right=True)).code == "75"


def test_a_right_pin_clears_the_wrong_ones(accounts, request_for):
    books = accounts()
    said = [False, False, True, False, False]
    codes = [books.authorise(request_for(stan=f"{n:06d}", pin_is_right=right)).code for n, right in enumerate(said)]
    assert codes == ["55", "55", "00", "55", "55"]


def test_a_repeat_gets_the_first_decision_and_moves_nothing(accounts, request_for):
    books = accounts()
    first = books.authorise(request_for())
    assert books.authorise(request_for()) == first
    assert balance(books) == OPENING - 10_000


def test_a_repeated_wrong_pin_counts_once(accounts, request_for):
    books = accounts()
    for _ in range(4):
        assert books.authorise(request_for(pin_is_right=False)).code == "55"


def test_the_same_key_with_another_amount_is_refused(accounts, request_for):
    books = accounts()
    books.authorise(request_for())
    assert books.authorise(request_for(amount=20_000)).code == "94"
    assert balance(books) == OPENING - 10_000


NAMES = {
    "by STAN and time": {},
    "by STAN, the time being zeros": {"time": "0000000000"},
    "by RRN and terminal": {"stan": "", "time": ""},
}


@pytest.mark.parametrize("named", NAMES.values(), ids=NAMES.keys())
def test_a_reversal_gives_the_money_back_once(accounts, request_for, reversal_for, named):
    books = accounts()
    books.authorise(request_for())
    assert [books.reverse(reversal_for(**named)).code for _ in range(2)] == ["00", "00"]
    assert balance(books) == OPENING


def test_a_reversal_of_a_declined_original_moves_nothing(accounts, request_for, reversal_for):
    books = accounts()
    books.authorise(request_for(amount=50_001))
    assert books.reverse(reversal_for()).code == "00"
    assert balance(books) == OPENING


def test_a_reversal_of_a_wanted_decline_knows_its_original(accounts, request_for, reversal_for):
    books = accounts()
    assert books.authorise(request_for(), wanted="57").code == "57"
    assert books.reverse(reversal_for()).code == "00"
    assert balance(books) == OPENING


def test_a_wanted_approval_moves_the_money(accounts, request_for):
    books = accounts()
    decision = books.authorise(request_for(), wanted="08")
    assert decision.code == "08" and decision.approval_code
    assert balance(books) == OPENING - 10_000


def test_a_wanted_approval_is_still_subject_to_the_rules(accounts, request_for):
    assert accounts().authorise(request_for(amount=50_001), wanted="08").code == "61"


UNKNOWN = {
    "another STAN": {"stan": "000043"},
    "another time": {"time": "1124120000"},
    "another card": {"pan": "4000000000000010"},
    "another RRN": {"stan": "", "rrn": "632712000043"},
    "another terminal": {"stan": "", "terminal": "NTH00002"},
    "no name at all": {"stan": "", "rrn": ""},
}


@pytest.mark.parametrize("named", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_a_reversal_of_something_else_moves_nothing(accounts, request_for, reversal_for, named):
    books = accounts()
    books.authorise(request_for())
    assert books.reverse(reversal_for(**named)).code == "25"
    assert balance(books) == OPENING - 10_000


@pytest.mark.parametrize("time", ["1123120000", "0000000000"])
def test_what_was_reversed_before_it_came_is_refused(accounts, request_for, reversal_for, time):
    books = accounts()
    assert books.reverse(reversal_for(time=time)).code == "25"
    assert [books.authorise(request_for()).code for _ in range(2)] == ["94", "94"]
    assert books.reverse(reversal_for(time=time)).code == "00"
    assert balance(books) == OPENING


def test_an_early_reversal_does_not_touch_another_days_request_with_its_stan(accounts, request_for, reversal_for):
    books = accounts()
    books.reverse(reversal_for(time="1122120000"))
    assert books.authorise(request_for()).code == "00"


def test_of_a_partial_reversal_the_actual_amount_stands(accounts, request_for, reversal_for):
    books = accounts()
    books.authorise(request_for())
    for _ in range(2):
        assert books.reverse(reversal_for(actual_amount=4_000)).code == "00"
        assert balance(books) == OPENING - 4_000


def test_a_full_reversal_gives_back_what_a_partial_one_left(accounts, request_for, reversal_for):
    books = accounts()
    books.authorise(request_for())
    books.reverse(reversal_for(actual_amount=4_000))
    books.reverse(reversal_for())
    assert balance(books) == OPENING


def test_a_partial_reversal_takes_no_more_than_the_original_did(accounts, request_for, reversal_for):
    books = accounts()
    books.authorise(request_for())
    books.reverse(reversal_for(actual_amount=90_000))
    assert balance(books) == OPENING - 10_000


def test_a_reversed_refund_is_taken_again(accounts, request_for, reversal_for):
    books = accounts()
    books.authorise(request_for(processing_code="200000"))
    books.reverse(reversal_for())
    assert balance(books) == OPENING


STANS = st.sampled_from(["000001", "000002", "000003"])
TIMES = st.sampled_from(["1123120000", "1123120001"])
REQUESTS = st.builds(
    Request, pan=st.sampled_from([PAN, "4999999999999999"]), processing_code=st.sampled_from(["000000", "310000"]),
    amount=st.integers(0, 60_000), stan=STANS, time=TIMES, rrn=STANS, terminal=st.just("T"), month=st.just("2611"),
    pin_is_right=st.sampled_from([None, True, False]),
)  # fmt: skip
REVERSALS = st.builds(
    Reversal, pan=st.just(PAN), stan=STANS | st.just(""), time=TIMES | st.just("0000000000"), rrn=STANS,
    terminal=st.just("T"), actual_amount=st.sampled_from([0, 0, 100, 70_000]),
)  # fmt: skip


@given(st.lists(REQUESTS | REVERSALS, max_size=40))
def test_money_is_conserved(steps):
    """At any moment the balance is the opening one less what is booked, and nobody overdraws."""
    books = Accounts([Card(PAN, "4912", "0000", OPENING, 50_000)], approval_codes())
    for step in steps:
        if isinstance(step, Request):
            books.authorise(step)
        else:
            books.reverse(step)
        held = sum(booked.moved for booked in books._booked.values())
        assert balance(books) == OPENING - held
        assert 0 <= balance(books) <= OPENING


@given(st.lists(REQUESTS, max_size=20), st.lists(REVERSALS, max_size=20))
def test_reversing_everything_twice_gives_the_opening_balance(requests, more):
    books = Accounts([Card(PAN, "4912", "0000", OPENING, 50_000)], approval_codes())
    for request in requests:
        books.authorise(request)
    for reversal in more:
        books.reverse(reversal)
    for request in requests * 2:
        books.reverse(Reversal(request.pan, request.stan, request.time, "", ""))
    assert balance(books) == OPENING


def test_memory_is_bounded(monkeypatch, accounts, request_for, reversal_for):
    monkeypatch.setattr(module, "REMEMBERED", 10)
    books = accounts(balance=10**9)
    for n in range(50):
        books.authorise(request_for(stan=f"{n:06d}", rrn=f"{n % 7:012d}"))
        books.reverse(reversal_for(stan=f"{n + 500:06d}"))
    kept = SimpleNamespace(booked=len(books._booked), early=len(books._reversed_early), named=len(books._named))
    assert kept.booked == 10 and kept.early == 10 and kept.named <= 20


def test_the_newest_of_one_rrn_stays_known_when_an_older_one_is_forgotten(
    monkeypatch, accounts, request_for, reversal_for
):
    monkeypatch.setattr(module, "REMEMBERED", 2)
    books = accounts()
    for n in range(3):
        books.authorise(request_for(stan=f"{n:06d}", amount=1_000 + n))
    assert books.reverse(reversal_for(stan="")).code == "00"
    assert balance(books) == OPENING - 1_000 - 1_001


def test_approval_codes_do_not_repeat():
    codes = approval_codes()
    assert len({next(codes) for _ in range(10_000)}) == 10_000


def test_a_card_does_not_show_its_pan():
    assert PAN not in repr(Card(PAN, "4912", "5203", 0, 0))


# Advices.


def test_an_advice_is_booked_whatever_the_balance_and_once(accounts, request_for):
    books = accounts(balance=100)
    for _ in range(2):
        assert books.advise(request_for(amount=5_000)).code == "00"
    assert balance(books) == 100 - 5_000


def test_an_advice_for_an_unknown_card_is_refused(accounts, request_for):
    assert accounts().advise(request_for(pan="4000000000000999")).code == "14"


def test_a_completion_releases_what_it_completes(accounts, request_for, reversal_for):
    books = accounts()
    before = balance(books)
    books.authorise(request_for(amount=10_000))
    books.advise(request_for(stan="000043", amount=7_000), reversal_for())
    assert before - balance(books) == 7_000


def test_an_advice_that_was_reversed_before_it_came_moves_nothing(accounts, request_for, reversal_for):
    books = accounts()
    before = balance(books)
    books.reverse(reversal_for())
    books.advise(request_for(amount=5_000))
    assert balance(books) == before
