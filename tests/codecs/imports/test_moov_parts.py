"""Composites of moov-io/iso8583, made into the parts of elements."""

import pytest

from .specifications import BY_TAG, CHIP, HEX, LL2, bits, composite, dialect, field, fixed, number, padded, spec


def parts_of(made, data):
    """The parts of element 48, behind its length, which are written the same again."""
    imported = dialect(spec(_48=made))
    wire = b"0100" + b"0000000000010000" + data
    message = imported.decode(wire)
    assert imported.encode(message.to_dict(nested=True)) == wire
    return message[48].to_dict()


INNER = field("Composite", 6, "", "ASCII.LL", tag=BY_TAG, subfields={"1": LL2})


def test_a_composite_by_position():
    some = {"10": number(2), "2": fixed(2), "1": fixed(2)}
    assert parts_of(composite(some, tag={"sort": "StringsByInt"}), b"006ABCD12") == {"1": "AB", "2": "CD", "10": "12"}
    assert parts_of(composite(some), b"004ABCD") == {"1": "AB", "2": "CD"}
    assert parts_of(composite({"A": fixed(1), "1F": fixed(1)}, tag={"sort": "StringsByHex"}), b"002xy") == {
        "A": "x",
        "1F": "y",
    }


def test_a_composite_of_a_fixed_length():
    made = {**composite({"1": fixed(2), "2": field("String", 0, "ASCII", "None.Fixed")}, "ASCII.Fixed"), "length": 6}
    assert parts_of(made, b"ABCD12") == {"1": "AB", "2": "CD12"}


def test_a_composite_by_tag():
    made = composite(
        {"1": LL2, "2": LL2, "3": {**number(2), "prefix": "ASCII.LL", "padding": None}, "11": INNER},
        "ASCII.LL",
        tag=BY_TAG,
    )
    assert parts_of(made, b"280102AB0202CD03021211060102YZ") == {"01": "AB", "02": "CD", "03": "12", "11": {"01": "YZ"}}


TAGS = {
    "EBCDIC": ({"length": 2, "enc": "EBCDIC", **padded("Left", "0")}, b"\xf0\xf1", "01"),
    "right": ({"length": 2, "enc": "ASCII", **padded("Right", " ")}, b"1 ", "1 "),
    "its own characters": ({"length": 1, "enc": "Binary"}, b"1", "1"),
    "BCD": ({"length": 4, "enc": "BCD", **padded("Left", "0")}, b"\x00\x01", "0001"),
    "hex": ({"length": 1, "enc": "ASCIIToHex", **padded("Left", "0")}, b"\x01", "01"),
}


@pytest.mark.parametrize(("tag", "written", "key"), TAGS.values(), ids=TAGS.keys())
def test_each_encoding_of_tags(tag, written, key):
    data = written + b"02AB"
    assert parts_of(composite({"1": LL2}, tag=tag), b"%03d" % len(data) + data) == {key: "AB"}


def test_tags_that_are_not_listed():
    length = {"prefix": "Binary.LL", "enc": "Binary"}
    assert parts_of(composite({"1": LL2 | length}, tag=BY_TAG), b"006" + b"99\x00\x02AB") == {"99": "4142"}
    assert parts_of(composite({"1": fixed(1)}, tag=BY_TAG), b"00599abc") == {"99": "616263"}
    named = BY_TAG | {"skipUnknownTLVTags": True, "prefUnknownTLV": "ASCII.L"}
    assert parts_of(composite({"1": LL2}, tag=named), b"005" + b"992AB") == {"99": "4142"}


def test_a_composite_by_ber_tlv():
    data = bytes.fromhex("9A032107209F0206000000000501")
    assert parts_of(composite({"9A": HEX, "9f02": HEX}, tag=CHIP), b"014" + data) == {
        "9A": "210720",
        "9F02": "000000000501",
    }


def test_a_constructed_object_of_ber_tlv():
    inner = {"type": "Composite", "prefix": "BerTLV", "tag": CHIP, "subfields": {"9F45": HEX, "9F02": HEX}}
    made = composite({"82": HEX, "9F36": HEX, "9F3B": inner}, tag=CHIP)
    assert parts_of(made, b"017" + bytes.fromhex("8202017F9F3602027F9F3B059F4502047F")) == {
        "82": "017F", "9F36": "027F", "9F3B": {"9F45": "047F"}
    }  # fmt: skip


def test_a_composite_by_bitmap():
    some = {"1": LL2, "2": LL2, "3": LL2, "11": INNER}
    stated = {"1": "AB", "2": "CD", "3": "12", "11": {"01": "YZ"}}
    assert parts_of(composite(some, "ASCII.LL", bitmap=bits(8)), b"36E02000000000000002AB02CD0212060102YZ") == stated
    assert parts_of(composite(some, "ASCII.LL", bitmap=bits(3)), b"26E0200002AB02CD0212060102YZ") == stated
    assert parts_of(composite(some, "ASCII.LL", bitmap=bits(2, "Binary")), b"06\x80\x0002AB") == {"1": "AB"}
