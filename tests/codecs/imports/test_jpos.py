"""Packagers of jPOS, made into dialects."""

import json
from pathlib import Path

import pytest

from saklar.codecs import DialectError, parse_dialect
from saklar.codecs.imports import FORMATS, import_dialect
from saklar.codecs.imports.document import to_toml
from saklar.codecs.imports.jpos import from_jpos

DATA = Path(__file__).parent.parent.parent / "data" / "codecs" / "messages.json"
RECORDS = {record["id"]: record for record in json.loads(DATA.read_text())["records"]}

HEAD = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!DOCTYPE isopackager PUBLIC "-//jPOS/jPOS Generic Packager DTD 1.0//EN" "http://jpos.org/dtd/generic-packager-1.0.dtd">
"""
MTI = '<isofield id="0" length="4" name="MTI" class="org.jpos.iso.IFA_NUMERIC"/>'
BITMAP = '<isofield id="1" length="16" name="Bitmap" class="org.jpos.iso.IFA_BITMAP"/>'


def field(number, class_, length, pad="false"):
    return f'<isofield id="{number}" length="{length}" name="a field" pad="{pad}" class="org.jpos.iso.{class_}"/>'


def packager(*fields, mti=MTI, bitmap=BITMAP, attributes=""):
    return f"{HEAD}<isopackager{attributes}>{mti}{bitmap}{''.join(fields)}</isopackager>"


def dialect(text):
    return parse_dialect(to_toml(from_jpos(text)))


def test_a_message_packed_by_jpos_reads_with_its_packager():
    """ISO87B: BCD, with what varies in length completed on the right and what is fixed on the left."""
    record = RECORDS["jpos-iso87bpackager"]
    classes = {
        "n": ("IFB_NUMERIC", "true"), "N": ("IFB_LLNUM", "false"), "a": ("IFB_AMOUNT", "false"), "c": ("IF_CHAR", "false"),
        "C": ("IFB_LLCHAR", "false"), "L": ("IFB_LLLCHAR", "false"), "b": ("IFB_BINARY", "false"),
    }  # fmt: skip
    kinds = {
        **dict.fromkeys([*range(3, 28), 53, *range(66, 91)], "n"), **dict.fromkeys([2, 32, 33, 35, 99, 100], "N"),
        **dict.fromkeys([28, 29, 30, 31, 97], "a"), **dict.fromkeys([34, 44, 45, 101, 102, 103], "C"),
        **dict.fromkeys([36, 46, 47, 48, *range(54, 64), *range(104, 128)], "L"), **dict.fromkeys([52, 64, 96, 128], "b"),
    }  # fmt: skip
    fields = []
    for number, description in record["spec"]["fields"].items():
        class_, pad = classes[kinds.get(int(number), "c")]
        fields.append(field(number, class_, description.get("len") or description.get("max"), pad))
    text = packager(
        *fields,
        mti='<isofield id="0" length="4" name="MTI" pad="true" class="org.jpos.iso.IFB_NUMERIC"/>',
        bitmap='<isofield id="1" length="16" name="Bitmap" class="org.jpos.iso.IFB_BITMAP"/>',
    )
    imported = dialect(text)
    wire = bytes.fromhex(record["hex"])
    message = imported.decode(wire)
    expected = {**record["fields"], "35": record["fields"]["35"].replace("=", "D")}
    assert {key: value for key, value in message.to_dict().items() if key != "mti"} == expected
    assert imported.encode(message.to_dict()) == wire


CLASSES = {
    "IFA_NUMERIC": (6, "000042", b"000042"),
    "IFB_NUMERIC": (6, "000042", b"\x00\x00\x42"),
    "IFE_NUMERIC": (2, "42", b"\xf4\xf2"),
    "IF_CHAR": (4, "ab  ", b"ab  "),
    "IFE_CHAR": (2, "ab", b"\x81\x82"),
    "IF_ECHAR": (2, "ab", b"\x81\x82"),
    "IFA_LLNUM": (19, "123", b"03123"),
    "IFB_LLNUM": (19, "123", b"\x03\x12\x30"),
    "IFE_LLNUM": (19, "123", b"\xf0\xf3\xf1\xf2\xf3"),
    "IFB_LLHNUM": (19, "123", b"\x03\x12\x30"),
    "IFA_LLLCHAR": (999, "abc", b"003abc"),
    "IFB_LLLCHAR": (999, "abc", b"\x00\x03abc"),
    "IFE_LLLCHAR": (999, "abc", b"\xf0\xf0\xf3\x81\x82\x83"),
    "IFB_LLHCHAR": (99, "abc", b"\x03abc"),
    "IFB_LLLHCHAR": (999, "abc", b"\x00\x03abc"),
    "IFA_LLLLCHAR": (9999, "abc", b"0003abc"),
    "IFEA_LLCHAR": (99, "abc", b"\xf0\xf3abc"),
    "IFA_BINARY": (2, "ABCD", b"ABCD"),
    "IFB_BINARY": (2, "ABCD", b"\xab\xcd"),
    "IFE_BINARY": (2, "ABCD", b"\xc1\xc2\xc3\xc4"),
    "IFA_LLLBINARY": (99, "ABCD", b"002\xab\xcd"),
    "IFA_LLABINARY": (99, "ABCD", b"02ABCD"),
    "IFB_LLBINARY": (99, "ABCD", b"\x02\xab\xcd"),
    "IFB_LLLLBINARY": (9999, "ABCD", b"\x00\x02\xab\xcd"),
    "IFE_LLLBINARY": (99, "ABCD", b"\xf0\xf0\xf2\xab\xcd"),
    "IFA_AMOUNT": (9, "D00000100", b"D00000100"),
    "IFB_AMOUNT": (9, "D00000100", b"D\x00\x00\x01\x00"),
}


@pytest.mark.parametrize(("class_", "facts"), CLASSES.items(), ids=CLASSES.keys())
def test_each_class_is_on_the_wire_as_there(class_, facts):
    length, value, data = facts
    imported = dialect(packager(field(48, class_, length)))
    wire = imported.encode({"mti": "0100", "48": value})
    assert wire[20:] == data
    assert imported.decode(wire)[48] == value


@pytest.mark.parametrize(("pad", "data"), [("true", b"\x01\x23"), ("false", b"\x12\x30")])
def test_pad_says_where_an_odd_number_of_digits_is_completed(pad, data):
    imported = dialect(packager(field(19, "IFB_NUMERIC", 3, pad)))
    assert imported.encode({"mti": "0100", "19": "123"})[20:] == data


def test_numbers_and_characters_are_filled_up_as_there():
    imported = dialect(packager(field(4, "IFA_NUMERIC", 12), field(41, "IF_CHAR", 8)))
    assert imported.encode({"mti": "0100", "4": "100", "41": "T1"})[20:] == b"000000000100T1      "


def test_a_header_and_bitmaps_of_other_kinds():
    text = packager(
        field(11, "IFE_NUMERIC", 6),
        mti='<isofield id="0" length="4" name="MTI" class="org.jpos.iso.IFE_NUMERIC"/>',
        bitmap='<isofield id="1" length="8" name="Bitmap" class="org.jpos.iso.IFB_BITMAP"/>',
        attributes=' headerLength="5"',
    )
    wire = dialect(text).encode({"mti": "0800", "header": "6000010000", "11": "000042"})
    assert wire.hex() == "6000010000" + "f0f8f0f0" + "0020000000000000" + "f0f0f0f0f4f2"


def parts(*fields, emit):
    return (
        f'<isofieldpackager id="48" length="999" name="parts" class="org.jpos.iso.IFA_LLLCHAR" emitBitmap="{emit}" '
        f'packager="org.jpos.iso.packager.GenericSubFieldPackager">{"".join(fields)}</isofieldpackager>'
    )


def test_subfields_one_after_the_other():
    text = packager(parts(field(0, "IFA_NUMERIC", 2), field(1, "IFA_LLCHAR", 9), emit="false"))
    message = dialect(text).decode(b"0100" + b"0000000000010000" + b"007" + b"4203abc")
    assert message[48].to_dict() == {"0": "42", "1": "abc"}


def test_subfields_by_bitmap():
    bits = '<isofield id="0" length="1" name="bits" class="org.jpos.iso.IFB_BITMAP"/>'
    text = packager(parts(bits, field(2, "IFA_NUMERIC", 2), field(8, "IFA_LLCHAR", 9), emit="true"))
    message = dialect(text).decode(b"0100" + b"0000000000010000" + b"003" + b"\x4042")
    assert message[48].to_dict() == {"2": "42"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<isopackager>", "not XML"),
        ("<packager/>", "<packager>: <isopackager> is expected"),
        ("<isopackager/>", "fields 0 (the MTI) and 1 (the bitmap) are required"),
        (packager(field(2, "IFX_STRANGE", 19)), "field 2: IFX_STRANGE is not supported"),
        (packager(field(2, "IFA_STRANGE", 19)), "field 2: IFA_STRANGE is not supported"),
        (packager(field(2, "IFA_FLLNUM", 19)), "field 2: IFA_FLLNUM is not supported"),
        (packager(field(2, "IFA_LLNUM", "x")), "field 2: length='x': a number is expected"),
        (packager(field(2, "IFA_LLNUM", 0)), "field 2: a length of 0 for n is not supported"),
        (packager(field(200, "IFA_LLNUM", 19)), "field '200': a number from 2 to 128 is expected"),
        (packager('<isofield id="2" length="3"/>'), "field 2: class is required"),
        (packager(mti=field(0, "IFA_LLNUM", 4)), "field 0: IFA_LLNUM: an MTI is one of"),
        (packager(bitmap=field(1, "IFA_LLNUM", 4)), "field 1: IFA_LLNUM: a bitmap is one of"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><isopackager/>', "entities are not supported"),
    ],
)
def test_what_cannot_be_said_names_its_field(text, said):
    with pytest.raises(DialectError) as caught:
        from_jpos(text)
    assert str(caught.value).startswith(said)


def test_the_format_is_recognised():
    assert import_dialect(packager(), None, "x")["bitmap"]["encoding"] == "hex"
    with pytest.raises(DialectError, match="unknown format 'ini'; there are: moov, jpos, pyiso8583"):
        import_dialect("", "ini", "x")
    assert FORMATS == ("moov", "jpos", "pyiso8583")
