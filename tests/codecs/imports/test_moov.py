"""Specifications of moov-io/iso8583, made into dialects."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.codecs import DialectError, parse_dialect
from saklar.codecs.imports import import_dialect
from saklar.codecs.imports.document import to_toml
from saklar.codecs.imports.moov import from_moov


def field(type_, length, enc, prefix, **more):
    return {"type": type_, "length": length, "description": "a field", "enc": enc, "prefix": prefix, **more}


MTI = field("String", 4, "ASCII", "ASCII.Fixed")
BITMAP = field("Bitmap", 8, "HexToASCII", "Hex.Fixed")


def spec(**fields):
    return json.dumps({"name": "a spec", "fields": {"0": MTI, "1": BITMAP} | {key[1:]: f for key, f in fields.items()}})


def dialect(text):
    return parse_dialect(to_toml(from_moov(text)))


def test_a_published_message_reads_with_its_specification():
    """moov-0200 of the published messages, whose specification mixes encodings."""
    left = {"type": "Left", "pad": "0"}
    imported = dialect(
        spec(
            _2=field("String", 19, "ASCII", "ASCII.LL"),
            _3=field("Numeric", 6, "ASCII", "ASCII.Fixed", padding=left),
            _4=field("String", 12, "ASCII", "ASCII.Fixed", padding=left),
            _52=field("Binary", 8, "HexToASCII", "Hex.Fixed"),
        )
    )
    wire = (
        b"0100" + b"7000000000001000" + b"16" + b"4242424242424242" + b"123456" + b"000000000100" + b"1122334455667788"
    )
    message = imported.decode(wire)
    assert message.to_dict() == {
        "mti": "0100", "2": "4242424242424242", "3": "123456", "4": "000000000100", "52": "1122334455667788"
    }  # fmt: skip
    assert imported.encode(message.to_dict()) == wire
    assert imported.encode({"mti": "0100", "4": "100"}) == b"0100" + b"1000000000000000" + b"000000000100"
    assert imported.elements[2].secret == "pan"


ENCODED = {
    "ASCII": ("ASCII", "ASCII.LLL", "12", b"00212"),
    "EBCDIC": ("EBCDIC", "EBCDIC.LL", "12", b"\xf0\xf2\xf1\xf2"),
    "EBCDIC 1047": ("EBCDIC1047", "EBCDIC1047.LL", "[1", b"\xf0\xf2\xad\xf1"),
    "BCD, odd on the left": ("BCD", "BCD.LL", "123", b"\x03\x01\x23"),
    "BCD, odd on the right": ("LBCD", "ASCII.LL", "123", b"03\x12\x30"),
    "bytes": ("Binary", "Binary.LL", "ABCD", b"\x00\x02\xab\xcd"),
    "hex": ("HexToASCII", "ASCII.LL", "ABCD", b"02ABCD"),
    "hex length": ("ASCII", "Hex.L", "12345678901", b"0B12345678901"),
}


@pytest.mark.parametrize(("enc", "prefix", "value", "wire"), ENCODED.values(), ids=ENCODED.keys())
def test_each_encoding_and_prefix_is_on_the_wire_as_there(enc, prefix, value, wire):
    imported = dialect(spec(_48=field("Binary" if enc == "Binary" else "String", 99, enc, prefix)))
    written = imported.encode({"mti": "0100", "48": value})
    assert written[20:] == wire
    assert imported.decode(written)[48] == value


@pytest.mark.parametrize(("prefix", "value"), [("Binary.L", 255), ("Binary.LL", 999), ("BCD.LLL", 999), ("Hex.L", 255)])
def test_a_length_states_what_its_prefix_can(prefix, value):
    imported = dialect(spec(_48=field("Binary", 999, "Binary", prefix)))
    assert imported.elements[48].max_length == value


def test_a_composite_by_position():
    parts = {"2": field("Numeric", 2, "ASCII", "ASCII.Fixed"), "1": field("String", 2, "ASCII", "ASCII.Fixed")}
    imported = dialect(spec(_3={**field("Composite", 4, "", "ASCII.Fixed"), "subfields": parts}))
    assert imported.decode(b"0100" + b"2000000000000000" + b"AB12")[3].to_dict() == {"1": "AB", "2": "12"}


def test_a_composite_by_tag():
    tag = {"length": 3, "enc": "ASCII", "padding": {"type": "Left", "pad": "0"}, "sort": "StringsByInt"}
    parts = {"1": field("String", 20, "ASCII", "ASCII.LL"), "22": field("String", 20, "ASCII", "ASCII.LL")}
    imported = dialect(spec(_48={**field("Composite", 99, "", "ASCII.LL"), "tag": tag, "subfields": parts}))
    message = imported.decode(b"0100" + b"0000000000010000" + b"14" + b"00102ab" + b"02202xy")
    assert message[48].to_dict() == {"001": "ab", "022": "xy"}


def test_a_composite_by_ber_tlv():
    parts = {"9F02": field("Binary", 6, "Binary", "BerTLV"), "9A": field("Binary", 3, "Binary", "BerTLV")}
    chip = {**field("Composite", 255, "", "ASCII.LLL"), "tag": {"enc": "BerTLVTag"}, "subfields": parts}
    message = dialect(spec(_55=chip)).decode(b"0100" + b"0000000000000200" + b"005\x9a\x03\x26\x11\x23")
    assert message[55].to_dict() == {"9A": "261123"}


def test_a_composite_by_bitmap():
    parts = {"1": field("String", 2, "ASCII", "ASCII.Fixed"), "8": field("String", 9, "ASCII", "ASCII.L")}
    bits = {"type": "Bitmap", "length": 1, "enc": "Binary", "prefix": "Binary.Fixed", "disableAutoExpand": True}
    composite = {**field("Composite", 99, "", "ASCII.LL"), "bitmap": bits, "subfields": parts}
    message = dialect(spec(_62=composite)).decode(b"0100" + b"0000000000000004" + b"04\x011" + b"xy"[:2])
    assert message[62] == b"\x011xy".hex().upper()
    assert dialect(spec(_62=composite)).decode(b"0100" + b"0000000000000004" + b"04\x012xy")[62].to_dict() == {
        "8": "xy"
    }


def test_a_long_bitmap_is_there_as_a_whole():
    text = json.dumps(
        {"fields": {"0": MTI, "1": {**BITMAP, "length": 16}, "11": field("String", 6, "ASCII", "ASCII.Fixed")}}
    )
    wire = b"0800" + b"0020000000000000" + b"0" * 16 + b"000042"
    assert dialect(text).encode({"mti": "0800", "11": "000042"}) == wire
    assert dialect(text).decode(wire)[11] == "000042"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"2": 7}, "fields: 2: an object is expected"),
        ({"x": MTI}, "fields.x: a number is expected"),
        ({"2": field("String", 19, "UTF-8", "ASCII.LL")}, "field 2.enc: 'UTF-8' is not supported"),
        ({"2": field("String", 19, "ASCII", "ASCII.XX")}, "field 2.prefix: 'ASCII.XX' is not supported"),
        ({"2": field("String", "19", "ASCII", "ASCII.LL")}, "field 2.length: '19': a number above 0 is expected"),
        ({"2": field("Composite", 19, "", "ASCII.LL")}, "field 2: subfields: an object is expected"),
        ({"2": field("Bitmap", 8, "Binary", "Binary.Fixed")}, "field 2: a bitmap in this place is not supported"),
        ({"2": field("String", 9, "ASCII", "ASCII.LL", padding={"type": "Both", "pad": "0"})}, "field 2.padding"),
        ({"1": {**BITMAP, "length": 9}}, "fields.1.length: 9"),
        ({"1": {**BITMAP, "enc": "EBCDIC"}}, "fields.1.enc: EBCDIC"),
        ({"0": {**MTI, "enc": "LBCD"}}, "fields.0.enc: LBCD"),
        ({"0": None}, "fields: 0: an object is expected"),
    ],
)
def test_what_cannot_be_said_names_its_field(changed, said):
    with pytest.raises(DialectError) as caught:
        from_moov(json.dumps({"fields": {"0": MTI, "1": BITMAP} | changed}))
    assert str(caught.value).startswith(said)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["String", "ASCII", "ASCII.LL"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["fields", "0", "1", "2", "type", "enc", "prefix", "length", "tag", "subfields", "bitmap"]), inner, max_size=6),
    max_leaves=20,
)  # fmt: skip


@given(value=JSON)
def test_any_json_is_a_dialect_or_a_dialect_error(value):
    assert loads_or_is_refused(json.dumps(value), "moov")


@given(text=st.text(max_size=200))
def test_any_text_is_a_dialect_or_a_dialect_error(text):
    assert all(loads_or_is_refused(text, format_) for format_ in ("moov", "jpos", "pyiso8583"))


def loads_or_is_refused(text, format_):
    try:
        parse_dialect(to_toml(import_dialect(text, format_, "x")))
    except DialectError:
        return True
    return True
