"""What values mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.codecs import meaning_of
from saklar.codecs.describe import amount_in_words, describe_mti, meaning
from saklar.codecs.emv import explain_tag, tag_name
from saklar.codecs.tables.read import table

MEANINGS = [
    (3, "000000", "1987", "goods and services"),
    (3, "012000", "1987", "cash withdrawal, from cheque account"),
    (3, "401020", "1993", "transfer, from savings account, to cheque account"),
    (3, "99", "1987", None),
    (4, "000000001050", "1987", "10.50 USD"),
    (7, "0529204738", "1987", "29 May 20:47:38"),
    (7, "0229000000", "1987", "29 Feb 00:00:00"),
    (7, "1332000000", "1987", None),
    (12, "101500", "1987", "10:15:00"),
    (12, "170330235930", "1993", "30 Mar 2017 23:59:30"),
    (12, "20170330235930", "2003", "30 Mar 2017 23:59:30"),
    (14, "2812", "1987", "Dec 2028"),
    (18, "5411", "1987", "grocery stores and supermarkets"),
    (26, "3001", "1993", "airlines"),
    (19, "360", "1987", "Indonesia (ID)"),
    (22, "051", "1987", "chip, PIN can be entered"),
    (22, "510101512001", "1993", None),
    (24, "831", "1993", "echo test"),
    (25, "08", "1987", "mail or telephone order"),
    (39, "51", "1987", "insufficient funds"),
    (39, "116", "1993", "insufficient funds"),
    (39, "0000", "2003", None),
    (49, "360", "1987", "Rupiah (IDR)"),
    (49, "IDR", "1993", "Rupiah (IDR)"),
    (70, "301", "1987", "echo test"),
    (90, "0200" + "000042" + "1123101500" + "0" * 22, "1987",
     "ISO 8583:1987 financial request, from the acquirer, STAN 000042, sent 23 Nov 10:15:00"),
    (54, "0002360C000000012345" + "0001360D000000000100", "1987", "available balance 123.45 IDR credit; ledger balance 1.00 IDR debit"),
    (48, "anything", "1987", None),
]  # fmt: skip


@pytest.mark.parametrize(("element", "value", "version", "words"), MEANINGS)
def test_a_value_in_words(element, value, version, words):
    if (element, version) == (22, "1993"):
        words = meaning(element, value, version)
        assert "chip read" in words
        assert "PIN checked" in words
    assert meaning(element, value, version, currency="840") == words


@pytest.mark.parametrize(
    ("digits", "currency", "words"),
    [
        ("1050", "392", "1050 JPY"),
        ("1050", "414", "1.050 KWD"),
        ("5", "840", "0.05 USD"),
        ("x", "840", None),
        ("5", "000", None),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(digits, currency, words):
    assert amount_in_words(digits, currency) == words


@pytest.mark.parametrize(
    ("mti", "words"),
    [
        ("0200", "ISO 8583:1987 financial request, from the acquirer"),
        ("0421", "ISO 8583:1987 reversal advice, from the acquirer, repeated"),
        ("1814", "ISO 8583:1993 network management response, from another party"),
        ("5999", "version 5 class 9 function 9, origin 9"),
        ("02x0", "no message type"),
    ],
)
def test_a_message_type_in_words(mti, words):
    assert describe_mti(mti) == words


def test_a_response_code_in_a_few_words():
    assert [meaning_of(code) for code in ("00", "99", None)] == ["approved", "unknown code", "no response code"]


TAGS = [
    ("95", "8000008000", ["offline data authentication was not performed", "transaction over the floor limit"]),
    ("9B", "E800", ["offline data authentication was performed", "cardholder verification was performed",
                    "card risk management was performed", "terminal risk management was performed"]),
    ("9F27", "80", ["ARQC: authorisation requested"]),
    ("9F34", "1F0302", ["no CVM required, if the terminal supports it: successful"]),
    ("9F35", "22", ["merchant, attended, offline with online capability"]),
    ("9A", "261123", ["2026-11-23"]),
    ("9F36", "00FF", ["255"]),
    ("5F2A", "0360", ["Rupiah (IDR)"]),
    ("9F1A", "0360", ["Indonesia (ID)"]),
    ("9F10", "06010A03A4A800", ["key index 1, cryptogram version 10", "offline PIN verification performed",
                                "last online transaction not completed", "velocity checking counters exceeded",
                                "issuer authentication failed on the last online transaction"]),
    ("9F10", "0110A00001220000", []),
    ("9C", "00", ["goods and services"]),
    ("50", "56495341", ["VISA"]),
    ("82", "zz", []),
]  # fmt: skip


@pytest.mark.parametrize(("tag", "value", "words"), TAGS)
def test_chip_data_in_words(tag, value, words):
    assert explain_tag(tag, value) == words


def test_tags_have_names():
    assert (tag_name("9f26"), tag_name("95"), tag_name("DFFF01")) == ("Application cryptogram", "Terminal verification results (TVR)", None)  # fmt: skip


@given(element=st.integers(-1, 200), value=st.text(max_size=50) | st.text("0123456789CD", max_size=50), version=st.sampled_from(["1987", "1993", "2003", "x"]), currency=st.text(max_size=3) | st.none())  # fmt: skip
def test_nothing_is_raised_for_any_value(element, value, version, currency):
    words = meaning(element, value, version, currency=currency)
    assert words is None or words


@given(tag=st.sampled_from(["95", "9B", "9F10", "9F27", "9F34", "9F36", "5F2A", "9A", "9F02", "50", "9C", "82", "XX"]), value=st.text(max_size=9) | st.binary(max_size=20).map(bytes.hex))  # fmt: skip
def test_nothing_is_raised_for_any_tag(tag, value):
    assert all(explain_tag(tag, value))


@pytest.mark.parametrize(("name", "length"), [("countries", 3), ("currencies", 3), ("mcc", 4)])
def test_codes_have_their_length(name, length):
    codes = table(name)["codes"] if name == "mcc" else table(name)
    assert {len(code) for code in codes} == {length}
    assert all(code.isdigit() for code in codes)


def test_every_bit_named_is_a_bit():
    for tag, bits in table("emv")["bits"].items():
        assert all(place[0] in "12345" and place[1] == "." and place[2] in "12345678" for place in bits), tag
