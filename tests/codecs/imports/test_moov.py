"""Specifications of moov-io/iso8583, made into dialects."""

import json
from pathlib import Path

import pytest

from saklar.codecs.imports import import_dialect

from .specifications import BITMAP, LL2, MTI, composite, dialect, field, fixed, number, padded, spec, text

DATA = Path(__file__).parent.parent.parent / "data" / "codecs" / "messages.json"
RECORDS = {record["id"]: record for record in json.loads(DATA.read_text())["records"]}


ASCII87 = {
    **{f"_{key}": number(6) for key in (3, 11, 12)},
    **{f"_{key}": number(4) for key in (13, 15, 18)},
    "_2": text("LL", 19), "_4": number(12), "_7": number(10), "_25": number(2), "_28": fixed(8), "_32": text("LL", 11),
    "_35": field("Track2", 37, "ASCII", "ASCII.LL"), "_37": fixed(12), "_39": fixed(2), "_42": fixed(15),
    "_48": text("LLL", 999), "_49": fixed(3), "_55": text("LLL", 999), "_60": text("LLL", 999), "_63": text("LLL", 999),
    "_70": fixed(3), "_90": fixed(42),
}  # fmt: skip
BCD = {
    f"_{key}": field("Numeric", size, "BCD", "BCD.Fixed", **padded("Left", "0"))
    for key, size in ((7, 10), (11, 6), (12, 6))
}
MIXED = ASCII87 | {
    "_1": {**BITMAP, "enc": "Binary"},
    "_14": number(4),
    "_19": field("Numeric", 3, "BCD", "BCD.Fixed"),
    "_22": number(3),
    "_41": fixed(8),
    "_43": fixed(40, **padded("Left", " ")),
    "_49": field("String", 3, "LBCD", "BCD.Fixed"),
    "_52": field("Binary", 8, "Binary", "Binary.Fixed"),
    "_53": number(16),
    "_55": {**field("Composite", 999, "", "ASCII.LLL")},
    "_120": text("LLL", 999),
}
MIXED["_55"] |= {
    "tag": {"enc": "BerTLVTag", "sort": "StringsByHex"},
    "subfields": {key: field("String", 0, "ASCII", "BerTLV") for key in ("9A", "9F02")},
}
MESSAGES = {
    **dict.fromkeys(("moov-0200", "moov-0401", "moov-0410", "moov-0420-advice", "moov-simple-hex-bitmap"), ASCII87),
    "moov-xn-ok": ASCII87,
    "moov-len-rbcd": ASCII87 | {"_48": field("String", 999, "ASCII", "BCD.LLL")},
    "moov-num-bcd": BCD,
    "moov-track-ebcdic": ASCII87 | {"_35": field("Track2", 37, "EBCDIC", "ASCII.LL")},
    "moov-pack-unpack": MIXED,
}


EMPTY = ("moov-xn-ok", "moov-len-rbcd", "moov-num-bcd")
"""Messages with a second bitmap without a bit, which that project reads and does not write."""


@pytest.mark.parametrize(("name", "fields"), MESSAGES.items(), ids=MESSAGES.keys())
def test_a_published_message_reads_with_its_specification_and_is_written_the_same(name, fields):
    record = RECORDS[name]
    imported, wire = dialect(spec(**fields)), bytes.fromhex(record["hex"])
    message = imported.decode(wire)
    assert message.to_dict() == {"mti": record["mti"], **record["fields"]}
    assert bytes(message) == wire
    if name in EMPTY:
        wire = wire[:4] + b"%016X" % (int(wire[4:20], 16) - (1 << 63)) + wire[36:]
    assert imported.encode(message.to_dict()) == wire


def test_elements_with_card_data_are_marked():
    elements = dialect(spec(**MIXED)).elements
    assert [elements[number].secret for number in (2, 3, 35, 52)] == ["pan", None, "track", "all"]
    assert dialect(spec(_35=composite({"1": LL2}))).elements[35].secret == "all"


def test_the_chip_data_of_a_published_message():
    message = dialect(spec(**MIXED)).decode(bytes.fromhex(RECORDS["moov-pack-unpack"]["hex"]))
    assert message[55].to_dict() == {"9A": "210720", "9F02": "000000000501"}


ENCODED = {
    "ASCII": ("ASCII", "ASCII.LLL", "12", b"00212"),
    "EBCDIC": ("EBCDIC", "EBCDIC.LL", "1[", b"\xf0\xf2\xf1\x4a"),
    "EBCDIC 1047": ("EBCDIC1047", "EBCDIC1047.LL", "[1", b"\xf0\xf2\xad\xf1"),
    "BCD, odd on the left": ("BCD", "BCD.LL", "123", b"\x03\x01\x23"),
    "BCD, odd on the right": ("LBCD", "ASCII.LL", "123", b"03\x12\x30"),
    "one digit of length": ("BCD", "BCD.L", "123", b"\x03\x01\x23"),
    "six digits of length": ("BCD", "BCD.LLLLLL", "123", b"\x00\x00\x03\x01\x23"),
    "text as it is": ("Binary", "Binary.LLL", "a\xe9", b"\x00\x00\x02a\xe9"),
    "hex": ("HexToASCII", "ASCII.LL", "ABCD", b"02ABCD"),
    "hex by its other name": ("BytesToASCIIHex", "ASCII.LL", "ABCD", b"02ABCD"),
    "hex of a fixed length": ("HexToASCII", "Hex.Fixed", "AB" * 99, b"AB" * 99),
    "bytes of a fixed length": ("ASCIIToHex", "Hex.Fixed", "AB" * 99, b"\xab" * 99),
    "bytes by their other name": ("AsciiHexToBytes", "Hex.Fixed", "AB" * 99, b"\xab" * 99),
    "a length of two hex digits": ("ASCII", "Hex.L", "12345678901", b"0B12345678901"),
    "a length of four hex digits": ("ASCII", "Hex.LL", "12345678901", b"000B12345678901"),
}


@pytest.mark.parametrize(("enc", "prefix", "value", "wire"), ENCODED.values(), ids=ENCODED.keys())
def test_each_encoding_and_prefix_is_on_the_wire_as_there(enc, prefix, value, wire):
    imported = dialect(spec(_48=field("String", 99, enc, prefix)))
    written = imported.encode({"mti": "0100", "48": value})
    assert written[20:] == wire
    assert imported.decode(written)[48] == value


TYPES = {
    ("String", "ASCII"): "ans", ("Numeric", "ASCII"): "n", ("Track1", "EBCDIC"): "ans", ("Track2", "ASCII"): "z",
    ("Track3", "BCD"): "z", ("Numeric", "BCD"): "n", ("String", "BCD"): "n", ("Binary", "Binary"): "b", ("Hex", "Binary"): "b",
    ("String", "Binary"): "ans", ("Binary", "ASCII"): "ans", ("Hex", "HexToASCII"): "b", ("String", "HexToASCII"): "b",
}  # fmt: skip


@pytest.mark.parametrize(("kind", "format_"), TYPES.items())
def test_each_type_has_a_format(kind, format_):
    type_, enc = kind
    assert dialect(spec(_48=field(type_, 9, enc, "ASCII.LL"))).elements[48].format == format_


@pytest.mark.parametrize(
    ("prefix", "value"),
    [("Binary.L", 255), ("Binary.LL", 9999), ("BCD.LLL", 999), ("Hex.L", 255), ("Hex.LLL", 9999), ("EBCDIC.L", 9)],
)
def test_a_length_states_what_its_prefix_can(prefix, value):
    imported = dialect(spec(_48=field("Binary", 9999, "Binary", prefix)))
    assert imported.elements[48].max_length == value
    wire = imported.encode({"mti": "0100", "48": "AB" * value})
    assert imported.decode(wire)[48] == "AB" * value


@pytest.mark.parametrize(
    ("made", "wire"),
    [
        (fixed(4, **padded("Left", "0")), b"00T1"),
        (fixed(4, **padded("Right", " ")), b"T1  "),
        (fixed(2, **padded("None", "")), b"T1"),
        (fixed(2, padding=None), b"T1"),
    ],
)
def test_short_values_are_filled_up_as_there(made, wire):
    assert dialect(spec(_41=made)).encode({"mti": "0100", "41": "T1"})[20:] == wire


def test_short_packed_digits_are_filled_up_before_they_are_packed():
    imported = dialect(spec(_19=field("Numeric", 3, "LBCD", "BCD.Fixed", **padded("Left", "0"))))
    assert imported.encode({"mti": "0100", "19": "1"})[20:] == b"\x00\x10"


@pytest.mark.parametrize(
    ("changed", "written"),
    [
        ({"enc": "ASCII"}, b"0100"),
        ({"enc": "EBCDIC"}, b"\xf0\xf1\xf0\xf0"),
        ({"enc": "EBCDIC1047"}, b"\xf0\xf1\xf0\xf0"),
        ({"enc": "BCD"}, b"\x01\x00"),
        ({"enc": "LBCD"}, b"\x01\x00"),
        ({"enc": "Binary"}, b"0100"),
        ({"enc": "ASCIIToHex", "prefix": "Hex.Fixed", "length": 2}, b"\x01\x00"),
    ],
)
def test_the_mti(changed, written):
    assert dialect(spec(_0=MTI | changed, _11=fixed(6))).encode({"mti": "0100"}) == written + b"0" * 16


BITMAPS = {
    "grows": ({}, "11", b"0020000000000000"),
    "grows to two": ({}, "66", b"8000000000000000" + b"4000000000000000"),
    "grows to three": ({}, "130", b"8000000000000000" * 2 + b"4000000000000000"),
    "no length": ({"length": 0}, "66", b"8000000000000000" + b"4000000000000000"),
    "one only": ({"disableAutoExpand": True}, "11", b"0020000000000000"),
    "two always": ({"length": 16}, "11", b"0020000000000000" + b"0" * 16),
    "three always": ({"length": 24, "disableAutoExpand": True}, "66", b"0" * 16 + b"4" + b"0" * 31),
}


@pytest.mark.parametrize(("changed", "key", "written"), BITMAPS.values(), ids=BITMAPS.keys())
def test_bitmaps(changed, key, written):
    imported = dialect(spec(**{"_1": BITMAP | changed, f"_{key}": fixed(2)}))
    wire = imported.encode({"mti": "0800", key: "42"})
    assert wire == b"0800" + written + b"42"
    assert imported.decode(wire).to_dict() == {"mti": "0800", key: "42"}


def test_fields_with_the_numbers_of_bitmaps_are_never_read_and_left_out():
    assert set(dialect(spec(_65=fixed(2), _66=fixed(2), _129=fixed(2))).elements) == {66}
    assert set(dialect(spec(_1=BITMAP | {"length": 16, "disableAutoExpand": True}, _65=fixed(2))).elements) == {65}


def test_the_name_of_a_field():
    assert dialect(spec(_2={**LL2, "description": ""})).elements[2].name == "2"
    assert dialect(spec(_2={**LL2, "description": "a\ud800\U0001f600\x7f"})).elements[2].name == "a\U0001f600\x7f"


def test_the_format_is_recognised():
    assert import_dialect(spec(), None, "x")["bitmap"]["encoding"] == "hex"
