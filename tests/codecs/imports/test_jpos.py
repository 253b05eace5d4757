"""Packagers of jPOS, made into dialects."""

import json
from pathlib import Path

import pytest

from saklar.codecs import DialectError
from saklar.codecs.imports import FORMATS, import_dialect
from saklar.codecs.imports.jpos_classes import CLASSES

from . import packagers
from .packagers import dialect, field, packager

DATA = Path(__file__).parent.parent.parent / "data" / "codecs" / "messages.json"
RECORDS = {record["id"]: record for record in json.loads(DATA.read_text())["records"]}

MESSAGES = {
    "jpos-iso87a-field64": packagers.ISO87A,
    "jpos-iso87bpackager": packagers.ISO87B,
    "jpos-iso93apackager": packagers.ISO93A,
    "jpos-iso93bpackager": packagers.ISO93B,
    "jpos-iso93-ebcdic-custom": packagers.ISO93E,
}


@pytest.mark.parametrize(("name", "text"), MESSAGES.items(), ids=MESSAGES.keys())
def test_a_message_packed_by_jpos_reads_with_its_packager_and_is_written_the_same(name, text):
    record = RECORDS[name]
    imported, wire = dialect(text), bytes.fromhex(record["hex"])
    message = imported.decode(wire)
    fields = message.to_dict(nested=True)
    assert (fields.pop("mti"), fields.pop("header", {})) == (record["mti"], record["header"])
    stated = {
        k: {p: v for p, v in x.items() if p != "_bitmap"} if isinstance(x, dict) else x
        for k, x in record["fields"].items()
    }
    assert fields == stated
    assert imported.encode(message.to_dict()) == wire
    assert imported.encode(message.to_dict(nested=True)) == wire


WIRE = {
    "IFA_NUMERIC": (6, "000042", b"000042"),
    "IFA_LLNUM": (19, "123", b"03123"),
    "IFA_LLLNUM": (19, "123", b"003123"),
    "IFA_LLBNUM": (19, "1234", b"04\x12\x34"),
    "IFA_AMOUNT": (9, "D00000100", b"D00000100"),
    "IFA_AMOUNT2003": (16, "9782000000000100", b"9782000000000100"),
    "IFA_BINARY": (2, "ABCD", b"ABCD"),
    "IFA_LBINARY": (9, "ABCD", b"2\xab\xcd"),
    "IFA_LLBINARY": (99, "ABCD", b"02\xab\xcd"),
    "IFA_LLLBINARY": (999, "ABCD", b"002\xab\xcd"),
    "IFA_LLLLBINARY": (9999, "ABCD", b"0002\xab\xcd"),
    "IFA_LLLLLBINARY": (99999, "ABCD", b"00002\xab\xcd"),
    "IFA_LLLLLLBINARY": (999999, "ABCD", b"000002\xab\xcd"),
    "IFA_LLABINARY": (99, "ABCD", b"02ABCD"),
    "IFA_LLLABINARY": (999, "ABCD", b"002ABCD"),
    "IFA_LCHAR": (9, "abc", b"3abc"),
    "IFA_LLCHAR": (99, "ab\xe9", b"03ab\xe9"),
    "IFA_LLLCHAR": (999, "abc", b"003abc"),
    "IFA_LLLLCHAR": (9999, "abc", b"0003abc"),
    "IFA_LLLLLCHAR": (99999, "abc", b"00003abc"),
    "IFA_LLLLLLCHAR": (999999, "abc", b"000003abc"),
    "IFB_NUMERIC": (6, "000042", b"\x00\x00\x42"),
    "IFB_LLNUM": (19, "123", b"\x03\x12\x30"),
    "IFB_LLLNUM": (999, "123", b"\x00\x03\x12\x30"),
    "IFB_LLHNUM": (19, "12345678901", b"\x0b\x12\x34\x56\x78\x90\x10"),
    "IFB_LLLHNUM": (999, "123", b"\x00\x03\x12\x30"),
    "IFB_FNUMERIC": (3, "123", b"\x12\x3f"),
    "IFB_FLLNUM": (19, "123", b"\x03\x12\x3f"),
    "IFB_FLLLNUM": (999, "123", b"\x00\x03\x12\x3f"),
    "IFB_AMOUNT": (8, "D0000123", b"D\x00\x00\x12\x30"),
    "IFB_AMOUNT2003": (16, "9782000000000100", bytes.fromhex("9782000000000100")),
    "IFB_HEX": (3, "ABC", b"\xab\xcf"),
    "IFB_LLHEX": (49, "ABCD", b"\x04\xab\xcd"),
    "IFB_LLLHEX": (499, "ABCD", b"\x00\x04\xab\xcd"),
    "IFB_BINARY": (2, "ABCD", b"\xab\xcd"),
    "IFB_LLBINARY": (99, "ABCD", b"\x02\xab\xcd"),
    "IFB_LLLBINARY": (999, "ABCD", b"\x00\x02\xab\xcd"),
    "IFB_LLLLBINARY": (9999, "ABCD", b"\x00\x02\xab\xcd"),
    "IFB_LLHBINARY": (255, "AB" * 11, b"\x0b" + b"\xab" * 11),
    "IFB_LLLHBINARY": (65535, "ABCD", b"\x00\x02\xab\xcd"),
    "IFB_LLCHAR": (99, "abc", b"\x03abc"),
    "IFB_LLLCHAR": (999, "abc", b"\x00\x03abc"),
    "IFB_LLLLCHAR": (9999, "abc", b"\x00\x03abc"),
    "IFB_LLLLLLCHAR": (999999, "abc", b"\x00\x00\x03abc"),
    "IFB_LLHCHAR": (255, "abc", b"\x03abc"),
    "IFB_LLLHCHAR": (999, "abc", b"\x00\x03abc"),
    "IFB_LLHECHAR": (255, "ab[", b"\x03\x81\x82\xad"),
    "IFB_LLLHECHAR": (999, "ab", b"\x00\x02\x81\x82"),
    "IFE_NUMERIC": (2, "42", b"\xf4\xf2"),
    "IFE_LNUM": (9, "42", b"\xf2\xf4\xf2"),
    "IFE_LLNUM": (19, "123", b"\xf0\xf3\xf1\xf2\xf3"),
    "IFE_LLLNUM": (19, "42", b"\xf0\xf0\xf2\xf4\xf2"),
    "IFE_AMOUNT": (3, "C42", b"\xc3\xf4\xf2"),
    "IFE_BINARY": (2, "ABCD", b"\xc1\xc2\xc3\xc4"),
    "IFE_LBINARY": (9, "ABCD", b"\xf2\xab\xcd"),
    "IFE_LLBINARY": (99, "ABCD", b"\xf0\xf2\xab\xcd"),
    "IFE_LLLBINARY": (999, "ABCD", b"\xf0\xf0\xf2\xab\xcd"),
    "IFE_LLLLBINARY": (9999, "ABCD", b"\xf0\xf0\xf0\xf2\xab\xcd"),
    "IFE_LLLEBINARY": (999, "ab", b"\xf0\xf0\xf2\x81\x82"),
    "IFE_CHAR": (2, "a[", b"\x81\xad"),
    "IFE_LCHAR": (9, "a]", b"\xf2\x81\xbd"),
    "IFE_LLCHAR": (99, "a^", b"\xf0\xf2\x81\x5f"),
    "IFE_LLLCHAR": (999, "a|", b"\xf0\xf0\xf2\x81\x4f"),
    "IFE_LLLLCHAR": (9999, "a!", b"\xf0\xf0\xf0\xf2\x81\x5a"),
    "IFAE_LLCHAR": (99, "ab", b"02\x81\x82"),
    "IFEA_LLCHAR": (99, "abc", b"\xf0\xf3abc"),
    "IF_CHAR": (4, "ab  ", b"ab  "),
    "IF_ECHAR": (2, "ab", b"\x81\x82"),
}


@pytest.mark.parametrize("class_", CLASSES)
def test_each_class_is_on_the_wire_as_there(class_):
    length, value, data = WIRE[class_]
    imported = dialect(packager(field(48, class_, length)))
    wire = imported.encode({"mti": "0100", "48": value})
    assert wire[20:] == data
    assert imported.decode(wire)[48] == value


@pytest.mark.parametrize(
    ("class_", "pad", "data"),
    [
        ("IFB_NUMERIC", "true", b"\x01\x23"),
        ("IFB_NUMERIC", "false", b"\x12\x30"),
        ("IFB_FNUMERIC", "true", b"\x01\x23"),
        ("IFB_LLNUM", "true", b"\x03\x01\x23"),
        ("IFB_LLHNUM", "true", b"\x03\x01\x23"),
        ("IFB_FLLNUM", "TRUE", b"\x03\x01\x23"),
        ("IFB_FLLNUM", "yes", b"\x03\x12\x3f"),
        ("IFB_HEX", "true", b"\x01\x23"),
    ],
)
def test_pad_says_where_an_odd_number_of_digits_is_completed(class_, pad, data):
    imported = dialect(packager(field(19, class_, 3, pad=pad)))
    wire = imported.encode({"mti": "0100", "19": "123"})
    assert wire[20:] == data
    assert imported.decode(wire)[19] == "123"


def test_numbers_and_characters_are_filled_up_as_there():
    imported = dialect(packager(field(4, "IFA_NUMERIC", 12), field(23, "IFB_NUMERIC", 3), field(41, "IF_CHAR", 8)))
    wire = imported.encode({"mti": "0100", "4": "100", "23": "1", "41": "T1"})
    assert wire[20:] == b"000000000100" + b"\x00\x10" + b"T1      "


def test_a_packed_track_has_an_equals_sign_as_there():
    imported = dialect(packager(field(35, "IFB_LLNUM", 37)))
    wire = imported.encode({"mti": "0100", "35": "4111=2512"})
    assert wire[20:].hex() == "094111d25120"
    assert imported.decode(wire)[35] == "4111=2512"
    assert imported.elements[35].secret == "track"


def test_a_length_of_packed_digits_states_what_its_bytes_can():
    imported = dialect(packager(field(48, "IFB_LLLCHAR", 9999)))
    assert imported.encode({"mti": "0100", "48": "x" * 1024})[20:22] == b"\x10\x24"


def test_an_inclusive_length_counts_its_own_bytes():
    imported = dialect(packager(field(48, "IFB_LLLHBINARY", 999, inclusive="true")))
    wire = imported.encode({"mti": "0100", "48": "ABCD"})
    assert wire[20:] == b"\x00\x04\xab\xcd"
    assert imported.decode(wire)[48] == "ABCD"
    assert dialect(packager(field(48, "IFB_LLHBINARY", 999, inclusive="true"))).elements[48].max_length == 254


@pytest.mark.parametrize(
    ("class_", "length", "written"),
    [
        ("IFB_BITMAP", 8, "0020000000000000"),
        ("IFB_BITMAP", 16, "0020000000000000"),
        ("IFB_BITMAP", 24, "0020000000000000"),
        ("IFA_BITMAP", 16, b"0020000000000000".hex()),
        ("IFE_BITMAP", 16, "f0f0f2" + "f0" * 13),
    ],
)
def test_a_header_and_bitmaps_of_other_kinds(class_, length, written):
    text = packager(
        field(11, "IFE_NUMERIC", 6),
        mti=field(0, "IFE_NUMERIC", 4),
        bitmap=field(1, class_, length),
        headerLength="5",
    )
    wire = dialect(text).encode({"mti": "0800", "header": "6000010000", "11": "000042"})
    assert wire.hex() == "6000010000" + "f0f8f0f0" + written + "f0f0f0f0f4f2"


def test_65_is_an_element_unless_there_are_three_bitmaps():
    assert 65 in dialect(packager(field(65, "IFA_BINARY", 1))).elements
    three = packager(field(65, "IFA_BITMAP", 8), field(130, "IFA_NUMERIC", 2), bitmap=field(1, "IFA_BITMAP", 24))
    imported = dialect(three)
    assert set(imported.elements) == {130}
    wire = imported.encode({"mti": "0100", "130": "42"})
    assert wire == b"0100" + b"8000000000000000" + b"8000000000000000" + b"4000000000000000" + b"42"
    assert imported.decode(wire)[130] == "42"


def test_fields_that_write_nothing_are_left_out():
    imported = dialect(packager(field(2, "IF_NOP", 0), field(200, "IF_UNUSED", 0), field(3, "IFA_NUMERIC", 6)))
    assert set(imported.elements) == {3}


def test_of_fields_with_the_same_number_the_last_counts():
    assert dialect(packager(field("02", "IFX", 1), field(2, "IFA_LLNUM", 19))).elements[2].max_length == 19


def test_the_format_is_recognised():
    assert import_dialect(packager(), None, "x")["bitmap"]["encoding"] == "hex"
    with pytest.raises(DialectError, match="unknown format 'ini'; there are: moov, jpos, pyiso8583"):
        import_dialect("", "ini", "x")
    assert FORMATS == ("moov", "jpos", "pyiso8583")
