"""What stands before the MTI."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.codecs import DecodeError, DialectError, EncodeError, load_dialect, parse_dialect

BASE = 'extends = "iso87-ascii"\nname = "mine"\ntitle = "mine"\n'
LITERAL = BASE + '[header]\nparts = [{ name = "literal", value = "ISO016000055", encoding = "ascii", literal = true }]'
TPDU = BASE + '[header]\nparts = [{ name = "tpdu", length = 5, encoding = "binary" }]'
FIELDS = {"mti": "0800", "11": "000042"}


def test_a_literal_is_written_and_must_be_there():
    dialect = parse_dialect(LITERAL)
    wire = dialect.encode(FIELDS)
    assert wire.startswith(b"ISO0160000550800")
    assert dialect.decode(wire).header == {"literal": "ISO016000055"}
    with pytest.raises(DecodeError) as caught:
        dialect.decode(b"ISO016000077" + wire[12:])
    assert (caught.value.field, caught.value.offset) == ("h", 0)
    assert "expected the header 'ISO016000055', found 'ISO016000077'" in caught.value.message


def test_a_header_without_a_default_is_wanted():
    dialect = parse_dialect(TPDU)
    with pytest.raises(EncodeError, match=r"h.tpdu: expected a value, as the dialect gives no default") as caught:
        dialect.encode(FIELDS)
    assert caught.value.field == "h"
    assert dialect.encode({**FIELDS, "header": {"tpdu": "6000010000"}}).hex().startswith("6000010000" + b"0800".hex())
    assert dialect.encode({**FIELDS, "h": "6000010000"}) == dialect.encode({**FIELDS, "header": {"tpdu": "6000010000"}})


def test_a_header_comes_back_and_goes_out_as_it_was():
    dialect = parse_dialect(TPDU)
    message = dialect.decode(dialect.encode({**FIELDS, "header": {"tpdu": "6000010000"}}))
    message[11] = "000043"
    assert dialect.decode(bytes(message)).header == {"tpdu": "6000010000"}
    message.header = {"tpdu": "6000000001"}
    assert dialect.decode(bytes(message)).to_dict() == {**FIELDS, "11": "000043", "header": {"tpdu": "6000000001"}}


@pytest.mark.parametrize("header", [{"tpdu": "60"}, {"tpdu": "60000100zz"}, {"tpd": "6000010000"}, {}])
def test_a_header_that_does_not_fit_is_refused(header):
    with pytest.raises(EncodeError) as caught:
        parse_dialect(TPDU).encode({**FIELDS, "header": header})
    assert caught.value.field == "h"


def test_a_dialect_without_a_header_takes_none():
    with pytest.raises(EncodeError, match="header: expected no header in this dialect"):
        load_dialect("iso87-ascii").encode({**FIELDS, "header": {"tpdu": "60"}})


def test_offsets_of_errors_count_the_header():
    dialect = parse_dialect(TPDU)
    wire = dialect.encode({**FIELDS, "header": {"tpdu": "6000010000"}})
    with pytest.raises(DecodeError) as caught:
        dialect.decode(wire[:-1])
    assert (caught.value.field, caught.value.offset) == ("11", len(wire) - 6)
    assert caught.value.partial.header == {"tpdu": "6000010000"}


def test_a_header_cut_short_is_an_error_in_the_header():
    with pytest.raises(DecodeError) as caught:
        parse_dialect(TPDU).decode(b"\x60\x00")
    assert caught.value.field == "h"


VISA = {"mti": "0800", "7": "1123101500", "11": "000042"}


def test_lengths_in_a_header_are_counted():
    dialect = load_dialect("visa-base1-like")
    wire = dialect.encode(VISA)
    header = dialect.decode(wire).header
    assert header["H01_length"] == "16"
    assert int(header["H04_total_length"], 16) == len(wire) - 2


def test_lengths_in_a_header_follow_a_change_of_the_message():
    dialect = load_dialect("visa-base1-like")
    message = dialect.decode(dialect.encode({**VISA, "header": {"H06_source": "123456"}}))
    message[48] = "longer"
    header = dialect.decode(bytes(message)).header
    assert int(header["H04_total_length"], 16) == len(bytes(message)) - 2
    assert header["H06_source"] == "123456"


def test_a_rejected_message_has_both_headers():
    dialect = load_dialect("visa-base1-like")
    own = {"H06_source": "123456"}
    reject = {"H13_bitmap": "4000", "H14_reject_data": "0292"}
    wire = dialect.encode({**VISA, "header": {**reject, **{f"rejected.{name}": value for name, value in own.items()}}})
    message = dialect.decode(wire)
    assert (message.header["H01_length"], message.header["H14_reject_data"]) == ("1A", "0292")
    assert (message.header["rejected.H01_length"], message.header["rejected.H06_source"]) == ("16", "123456")
    assert message[11] == "000042"
    assert dialect.encode(message.to_dict()) == wire


@given(wire=st.binary(max_size=80))
def test_any_bytes_are_a_header_or_an_error_in_it(wire):
    for text in (LITERAL, TPDU):
        dialect = parse_dialect(text)
        assert 0 <= offset_or_end(dialect, wire) <= len(wire)


def offset_or_end(dialect, wire):
    try:
        return len(bytes(dialect.decode(wire)))
    except DecodeError as error:
        return error.offset


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ("[]", "header.parts: a header has one part or more"),
        ('[{ name = "a" }]', "header.parts[1].length: is required"),
        ('[{ name = "a", length = 2, literal = true }]', "header.parts[1].value: is required of a literal"),
        ('[{ name = "a", length = 2, value = "000" }]', "header.parts[1].value: "),
        (
            '[{ name = "a", length = 1, length_of = "header", since = "b" }]',
            "header.parts[1].since: 'b': expected one of a",
        ),
    ],
)
def test_a_header_that_cannot_be_is_named(parts, said):
    with pytest.raises(DialectError) as caught:
        parse_dialect(f"{BASE}[header]\nparts = {parts}")
    assert said in str(caught.value)
