"""Subfields of jPOS's packagers, made into the parts of elements."""

import pytest

from saklar.codecs import DialectError
from saklar.codecs.imports.jpos import from_jpos
from saklar.codecs.imports.jpos_classes import TAGGED

from .packagers import dialect, divided, field, packager

TAGGED_WIRE = {
    "IFMC_LLCHAR": b"1203abc", "IFMC_LLLCHAR": b"12003abc", "IFMC_LLBINARY": b"1203abc", "IFMC_LLLBINARY": b"12003abc",
    "IFEMC_LLCHAR": b"12\xf0\xf3\x81\x82\x83", "IFEMC_LLLCHAR": b"\xf0\xf0\xf1\xf2\xf0\xf0\xf3\x81\x82\x83",
    "IFEPE_LLCHAR": b"\xf1\xf2\xf0\xf3\x81\x82\x83", "IFEPE_LLLCHAR": b"\xf1\xf2\xf0\xf0\xf3\x81\x82\x83",
    "IFEPE_LLBINARY": b"\xf1\xf2\xf0\xf3abc", "IFIPM_LLLCHAR": b"0012003abc",
    "IFEP_LLCHAR": b"0512abc", "IFEP_LLLCHAR": b"\xf0\xf0\xf5\xf1\xf2abc", "IFEP_LLLBINARY": b"\xf0\xf0\xf5\xf1\xf2abc",
    "IFELPE_LLLCHAR": b"\xf0\xf0\xf5\xf1\xf2\x81\x82\x83",
    "IFA_TTLCHAR": b"123abc", "IFA_TTLLCHAR": b"1203abc", "IFA_TTLLLCHAR": b"12003abc", "IFA_TTLLLLCHAR": b"120003abc",
    "IFA_TTTLLLCHAR": b"012003abc",
    "IFA_TTLBINARY": b"123abc", "IFA_TTLLBINARY": b"1203abc", "IFA_TTLLLBINARY": b"12003abc",
    "IFA_TTLLLLBINARY": b"120003abc",
}  # fmt: skip


@pytest.mark.parametrize("class_", TAGGED)
def test_each_class_with_a_tag_is_on_the_wire_as_there(class_):
    digits = TAGGED[class_][0].digits
    kind = {"packager": "EuroSubFieldPackager"}
    if class_.startswith("IFA_"):
        mapper = "TTT" if digits == 3 else "TT"
        kind = {
            "packager": "GenericTaggedFieldsPackager",
            "tagMapper": f"org.jpos.iso.packager.{mapper}DecimalTagMapper",
        }
    text = packager(divided(48, "IFA_LLLCHAR", 999, field(2, class_, 9), field(12, class_, 9), **kind))
    value = "616263" if "BINARY" in class_ else "abc"
    imported, key = dialect(text), "12".zfill(digits)
    wire = imported.encode({"mti": "0100", "48": {key: value}})
    assert wire[23:] == TAGGED_WIRE[class_]
    assert imported.decode(wire)[48].to_dict() == {key: value}


def parts_of(text, data):
    """The parts of element 48, behind its length, which are written the same again."""
    imported = dialect(text)
    wire = b"0100" + b"0000000000010000" + data
    message = imported.decode(wire)
    assert imported.encode(message.to_dict(nested=True)) == wire
    return message[48].to_dict()


N2, LL9 = field(0, "IFA_NUMERIC", 2), field(1, "IFA_LLCHAR", 9)


@pytest.mark.parametrize("class_", ["IFA_LLLCHAR", "IFA_LLLNUM", "IFA_LLLBINARY"])
def test_subfields_one_after_the_other(class_):
    text = packager(divided(48, class_, 999, N2, LL9, field(2, "IF_NOP", 0), emitBitmap="false", firstField="0"))
    assert parts_of(text, b"007" + b"4203abc") == {"0": "42", "1": "abc"}


def test_without_first_field_number_0_is_not_among_them():
    assert parts_of(packager(divided(48, "IFA_LLLCHAR", 999, N2, LL9, emitBitmap="false")), b"00503abc") == {"1": "abc"}


def test_a_packager_of_messages_has_a_header_and_field_0_before_the_others():
    whole = {"packager": "GenericPackager", "emitBitmap": "false", "headerLength": "1"}
    assert parts_of(packager(divided(48, "IFA_LLLCHAR", 999, N2, LL9, **whole)), b"008" + b"\xff4203abc") == {
        "header": "FF", "0": "42", "1": "abc"
    }  # fmt: skip
    mapped = packager(
        divided(
            48, "IFA_LLLCHAR", 999, N2, field(1, "IFB_BITMAP", 2), field(3, "IF_CHAR", 1), packager="GenericPackager"
        )
    )
    assert parts_of(mapped, b"005" + b"42\x20\x00x") == {"0": "42", "3": "x"}


BITS = field(0, "IFB_BITMAP", 1)


@pytest.mark.parametrize(
    ("bitmap", "bits"),
    [
        (field(0, "IFB_BITMAP", 1), b"\x40"),
        (field(0, "IFB_BITMAP", 8), b"\x40" + bytes(7)),
        (field(0, "IFB_BITMAP", 16), b"\x40" + bytes(7)),
        (field(0, "IFA_BITMAP", 2), b"4000"),
        (field(0, "IFE_BITMAP", 4), b"\xf4" + b"\xf0" * 7),
        (field(0, "packager.Base1_BITMAP126", 16), b"\x40" + bytes(7)),
    ],
)
@pytest.mark.parametrize("kind", [{"bitmapField": "0"}, {"packager": "Base1SubFieldPackager"}])
def test_subfields_by_bitmap(bitmap, bits, kind):
    text = packager(
        divided(48, "IFA_LLLCHAR", 999, bitmap, field(2, "IFA_NUMERIC", 2), field(8, "IFA_LLCHAR", 9), **kind)
    )
    if "packager" not in kind and "126" in bitmap:
        kind = {"firstField": "1", **kind}
    assert parts_of(text, b"%03d" % (len(bits) + 2) + bits + b"42") == {"2": "42"}


def test_subfields_in_the_characters_of_ebcdic():
    text = packager(divided(48, "IFE_LLLCHAR", 999, N2, LL9, emitBitmap="false", firstField="0"))
    assert parts_of(text, "0074203abc".encode("cp500")) == {"0": "42", "1": "abc"}
    bits = packager(divided(48, "IFE_LLCHAR", 99, field(0, "IFA_BITMAP", 1), LL9, bitmapField="0"))
    assert parts_of(bits, "078003abc".encode("cp500")) == {"1": "abc"}


def test_subfields_in_hex():
    text = packager(divided(48, "IFA_LLABINARY", 99, N2, LL9, emitBitmap="false", firstField="0"))
    assert parts_of(text, b"07" + b"4203abc".hex().upper().encode()) == {"0": "42", "1": "abc"}


def test_subfields_of_subfields():
    inner = divided(2, "IFA_LLCHAR", 99, N2, LL9, emitBitmap="false", firstField="0")
    text = packager(divided(48, "IFA_LLLCHAR", 999, LL9, inner, emitBitmap="false"))
    assert parts_of(text, b"014" + b"03abc" + b"07" + b"4203abc") == {"1": "abc", "2": {"0": "42", "1": "abc"}}


def test_subfields_by_tag_behind_a_first_one():
    fields = [field(0, "IF_CHAR", 1), field(11, "IFMC_LLCHAR", 9), field(92, "IFMC_LLLCHAR", 99)]
    text = packager(divided(48, "IFA_LLLCHAR", 999, *fields, packager="EuroSubFieldPackager"))
    assert parts_of(text, b"014" + b"P" + b"92003abc" + b"1101x") == {"0": "P", "92": "abc", "11": "x"}


def test_chip_data():
    text = packager(divided(48, "IFA_LLLBINARY", 999, packager="org.jpos.tlv.packager.bertlv.BERTLVBinaryPackager"))
    assert parts_of(text, b"009" + bytes.fromhex("9A032611239F2701 80")[:9]) == {"9A": "261123", "9F27": "80"}


def test_subfields_go_only_so_deep():
    nested = LL9
    for _ in range(9):
        nested = divided(2, "IFA_LLCHAR", 99, nested, emitBitmap="false")
    with pytest.raises(DialectError, match=r"field 2(\.2){8}: IFA_LLCHAR: subfields go 8 deep at most"):
        from_jpos(packager(nested))
