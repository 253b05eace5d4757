"""Test numbers for card numbers, and no secret, whatever a message holds and wherever it holds it."""

import re
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from saklar.codecs import load_dialect
from saklar.network_sim.draft import About, Recording, draft_of
from saklar.network_sim.draft.disguise import Disguise, card_numbers, check_digit, is_card_number
from saklar.network_sim.draft.heard import Heard

DIALECT = load_dialect("iso87-ascii")
DIGITS = st.text(string.digits, min_size=8, max_size=19)
PANS = DIGITS.map(lambda digits: digits[:-1] + check_digit(digits[:-1]))
CARDS = st.integers(0, 10**9 - 1).map(lambda n: f"453957{n:09d}").map(lambda digits: digits + check_digit(digits))
"""Card numbers of 16 digits that no other number of a message is."""

TEXT_ELEMENTS = (41, 42, 43, 44, 46, 47, 48, 54, 60, 63, 120, 127)
NUMBERS = (11, 37, 41, 42)


def message(mti="0200", **fields):
    usual = {"2": "4539578763621486", "3": "000000", "4": "000000001000", "11": "000042", "37": "533210000042"}
    return DIALECT.message({"mti": mti, **usual, **{key[1:]: value for key, value in fields.items()}})


# Numbers.


@given(st.lists(PANS, min_size=1, max_size=40, unique=True))
def test_a_test_number_has_length_and_bin_and_a_right_check_digit(pans):
    disguise = Disguise(frozenset(pans))
    for pan in pans:
        number = disguise.pan(pan)
        assert len(number) == len(pan) and is_right(number)
        assert number[:6] == pan[:6] or len(pan) < 12


def is_right(number):
    return number.isdecimal() and check_digit(number[:-1]) == number[-1]


@given(st.lists(PANS, min_size=1, max_size=40, unique=True))
@example([f"4000000{n}" for n in range(10)] + ["40000018", "40000026"])  # more than there is room for behind the BIN
def test_test_numbers_are_nobodys_and_each_is_of_one_card(pans):
    disguise = Disguise(frozenset(pans))
    numbers = [disguise.pan(pan) for pan in pans]
    assert not set(numbers) & set(pans)
    assert len(set(numbers)) == len(pans)
    assert [disguise.pan(pan) for pan in pans] == numbers


@given(PANS)
def test_a_test_card_stays(pan):
    assert Disguise(frozenset({pan}), test_cards=frozenset({pan})).pan(pan) == pan


@given(PANS)
def test_a_disguise_shows_no_number(pan):
    disguise = Disguise(frozenset({pan}), test_cards=frozenset({pan}))
    disguise.pan(pan)
    assert pan not in repr(disguise)


# Where they are in a message.


def grouped(pan, by):
    return by.join(pan[at : at + 4] for at in range(0, len(pan), 4))


FORMS = {
    "as it is": lambda pan: pan,
    "in spaces": lambda pan: grouped(pan, " "),
    "in hyphens": lambda pan: grouped(pan, "-"),
    "as a track": lambda pan: f"{pan}=49121010000012300001",
    "as a track of its own kind": lambda pan: f"{pan}D49121010000012300001",
    "as track 1": lambda pan: f"B{pan}^DOE/JANE^49121010000012300001",
}


@given(
    pan=CARDS,
    other=CARDS,
    form=st.sampled_from(sorted(FORMS)),
    known=st.booleans(),
    before=st.text("AB /.;", max_size=3),
    element=st.sampled_from([46, 48, 60, 120]),
)
@settings(max_examples=50, deadline=None)
def test_a_card_number_in_a_text_is_written_nowhere(pan, other, form, known, before, element):
    """Whether it is that of the card that pays, or one that only this text has; also where the element is asked for."""
    fields = {"f2": pan if known else other, f"f{element}": before + FORMS[form](pan)}
    draft = drafted(message(**fields), keep={element})
    assert pan not in re.sub(r"[\s-]", "", draft)
    assert "DOE" not in draft and "12300001" not in draft


@given(
    st.sets(st.sampled_from(sorted(set(DIALECT.elements) - {1, 2, 3, 4, 11, 37}))),
    st.sampled_from(["0200", "0420", "0800"]),
)
def test_what_may_hold_a_secret_is_not_taken(numbers, mti):
    fields = {f"f{number}": filled(DIALECT.elements[number]) for number in numbers}
    disguise = Disguise(frozenset())
    safe = disguise.message(message(mti, **fields))
    for number in safe:
        element = DIALECT.elements[number]
        assert number == 2 or element.secret is None
        assert element.format != "b"
        assert number not in {34, 44, 46, 47, 48, 53, 55, 56, 64, 102, 103, *range(57, 64), *range(104, 129)}
        assert mti != "0800" or number in {1, 3, 7, 11, 12, 13, 15, 24, 32, 33, 39, 41, 42, 70, 93, 94, 100}
    assert disguise.left_out == set(message(mti, **fields)) - set(safe)


def filled(element):
    """Some content of an element."""
    size = element.max_length if element.is_fixed else min(element.max_length, 8)
    if element.format == "b":
        return "0" * (2 * size)
    return "C" + "0" * (size - 1) if element.format == "x+n" else "0" * size


@given(st.text(string.ascii_letters + string.digits + " -=", max_size=40))
def test_a_text_without_a_card_number_is_left_as_it_is(text):
    plain = re.sub(r"(?:\d[ -]?){12,}", "", text)
    assert Disguise(frozenset())._plain(48, plain) == plain


def drafted(one, keep=()):
    about = About(DIALECT, "iso87-ascii", "binary-2", "127.0.0.1:8583", "live", keep=frozenset(keep))
    return draft_of(Recording([Heard(0.0, 1, True, one)], ended_s=1.0, connections=1), about).text


def test_the_number_of_a_merchant_stays_though_it_has_a_check_digit():
    assert "merchant 371449635398431\n" in drafted(message(f42="371449635398431"))


def test_the_number_of_a_card_that_pays_is_no_merchants():
    assert "371449635398431" not in drafted(message(f2="371449635398431", f42="371449635398431"))


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"2": "4539578763621486"}, "4539578763621486"),
        ({"35": "5100000000000008=4912"}, "5100000000000008"),
        ({"48": "A/4000 0000 0000 0002/B"}, "4000000000000002"),
    ],
)
def test_a_card_number_is_known_wherever_it_is(fields, found):
    assert card_numbers([DIALECT.message({"mti": "0200", **fields})]) == {found}


@pytest.mark.parametrize(("digits", "is_one"), [("4539578763621486", True), ("4539578763621487", False), ("42", False)])
def test_a_card_number_has_a_check_digit(digits, is_one):
    assert is_card_number(digits) is is_one
