"""Translation between dialects and between editions."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.codecs import EncodeError, convert, load_dialect, native_response_code, network_code, response_code

TODAY = date(2026, 11, 23)


@pytest.fixture
def ascii87():
    return load_dialect("iso87-ascii")


@pytest.fixture
def ascii93():
    return load_dialect("iso93-ascii")


def test_between_encodings_of_one_edition_every_element_survives(ascii87, purchase):
    binary = load_dialect("iso87-binary")
    message = ascii87.message(purchase)
    there = convert(message, binary)
    assert binary.decode(bytes(there)).to_dict() == message.to_dict()
    assert convert(there, ascii87) == message


def test_the_conversion_is_a_message_of_its_own(ascii87, purchase):
    message = ascii87.message(purchase)
    convert(message, ascii87)[11] = "999999"
    assert message[11] == "000042"


def test_a_purchase_reads_as_1993_has_it(ascii87, ascii93, purchase):
    converted = convert(ascii87.message(purchase), ascii93, today=TODAY)
    assert converted.mti == "1200"
    assert converted[12] == "261123101500"
    assert converted[24] == "200"
    assert converted[22] == "50000151000C"
    assert {n: converted[n] for n in (2, 3, 4, 7, 11, 35, 41, 52)} == {
        n: purchase[n] for n in (2, 3, 4, 7, 11, 35, 41, 52)
    }
    assert ascii93.decode(bytes(converted)) == converted


def test_and_back_again(ascii87, ascii93, purchase):
    message = ascii87.message(purchase)
    back = convert(convert(message, ascii93, today=TODAY), ascii87, today=TODAY)
    lost = {25}
    assert back.to_dict() == {k: v for k, v in message.to_dict().items() if k == "mti" or int(k) not in lost}


@pytest.mark.parametrize(
    ("today", "month_day", "expected"),
    [
        (date(2026, 1, 1), "1231", "251231"),
        (date(2026, 12, 31), "0101", "270101"),
        (date(2028, 3, 1), "0229", "280229"),
        (date(2026, 6, 1), "0229", "260229"),
        (date(2026, 6, 1), "9999", "269999"),
    ],
    ids=["new year", "year end", "leap day", "no leap day near", "no day at all"],
)
def test_a_date_without_a_year_gets_the_nearest(ascii87, ascii93, today, month_day, expected):
    message = ascii87.message({"mti": "0200", 12: "235959", 13: month_day})
    assert convert(message, ascii93, today=today)[12] == f"{expected}235959"


CODES = [
    "00",
    "05",
    "10",
    "12",
    "13",
    "14",
    "25",
    "30",
    "41",
    "43",
    "51",
    "54",
    "55",
    "61",
    "62",
    "65",
    "75",
    "92",
    "94",
    "96",
]


@pytest.mark.parametrize("code", CODES)
def test_a_response_code_survives_the_way_there_and_back(ascii87, ascii93, code):
    message = ascii87.message({"mti": "0210", 39: code})
    there = convert(message, ascii93)
    assert len(there[39]) == 3
    assert convert(there, ascii87)[39] == code


@pytest.mark.parametrize(("mti", "action"), [("0210", "000"), ("0410", "400"), ("0430", "400"), ("0810", "800")])
def test_approval_has_a_code_for_each_class_in_1993(ascii93, mti, action):
    assert native_response_code(ascii93, "00", "1" + mti[1:]) == action
    assert response_code(ascii93.message({"mti": "1" + mti[1:], 39: action})) == "00"


def test_only_action_codes_that_approve_read_as_approvals(ascii93):
    every = [f"{n:03d}" for n in range(1000)]
    codes = {action: response_code(ascii93.message({"mti": "1210", 39: action})) for action in every}
    read_as_approvals = {action for action, code in codes.items() if code in {"00", "08", "10", "11", "16"}}
    assert read_as_approvals == {"000", "001", "002", "003", "004", "400", "600", "800", "900"}


@pytest.mark.parametrize(("code", "function"), [("001", "801"), ("002", "802"), ("301", "831")])
def test_network_management_is_asked_by_function_code_in_1993(ascii87, ascii93, code, function):
    message = ascii87.message({"mti": "0800", 7: "1123101500", 11: "000001", 70: code})
    there = convert(message, ascii93)
    assert (there.mti, there[24], network_code(there)) == ("1804", function, code)
    back = convert(there, ascii87)
    assert (back.mti, back[70]) == ("0800", code)


def test_original_data_elements_keep_mti_stan_and_acquirer(ascii87, ascii93):
    original = "0200" + "000042" + "1123101500" + "00000100001" + "00000000000"
    there = convert(ascii87.message({"mti": "0400", 90: original}), ascii93, today=TODAY)
    assert there[56] == "1200" + "000042" + "261123101500" + "06" + "100001"
    assert convert(there, ascii87)[90] == original


def test_a_1993_name_is_cut_or_filled_to_40_characters(ascii87, ascii93):
    message = ascii93.message({"mti": "1200", 43: "N" * 60})
    assert convert(message, ascii87)[43] == "N" * 40
    short = ascii93.message({"mti": "1200", 43: "SHOP"})
    assert convert(short, ascii87)[43] == "SHOP".ljust(40)


REPLACEMENT = "000000000400" + "0" * 30


def test_a_partial_reversal_says_in_1993_what_stands_and_what_was(ascii87, ascii93):
    message = ascii87.message({"mti": "0420", 4: "000000001000", 95: REPLACEMENT})
    there = convert(message, ascii93)
    assert (there[4], there[24], there[30]) == ("000000000400", "401", "000000001000" + "0" * 12)
    assert ascii93.decode(bytes(there)) == there
    back = convert(there, ascii87)
    assert (back[4], back[95]) == ("000000001000", REPLACEMENT)


def test_a_reversal_whose_replacement_is_zero_is_a_full_one(ascii87, ascii93):
    message = ascii87.message({"mti": "0420", 4: "000000001000", 95: "0" * 42})
    there = convert(message, ascii93)
    assert (there[4], there[24]) == ("000000001000", "400")


NAMES = ["iso87-ascii", "iso87-binary", "iso93-ascii"]


@pytest.mark.parametrize("target", NAMES)
@pytest.mark.parametrize("source", NAMES)
@given(data=st.data())
def test_any_message_converts_to_one_that_encodes_or_says_why_not(source, target, data):
    """Whatever decodes, its content however odd, converts; whether the result can be written is for encoding to say."""
    dialect = load_dialect(source)
    numbers = data.draw(
        st.sets(st.sampled_from([2, 4, 12, 13, 18, 22, 24, 26, 30, 39, 43, 44, 56, 70, 90, 95]), max_size=6)
    )
    elements = {n: data.draw(st.text("0123456789X =", max_size=50)) for n in numbers if n in dialect.elements}
    mti = data.draw(st.sampled_from(["0200", "0420", "0800", "1804", "9999", "02X0", ""]))
    message = dialect.made(mti, elements)
    converted = convert(message, load_dialect(target), today=TODAY)
    with contextlib.suppress(EncodeError):
        assert load_dialect(target).decode(bytes(converted)).mti == converted.mti
