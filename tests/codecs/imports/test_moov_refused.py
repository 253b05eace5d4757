"""What is no specification of moov-io/iso8583, or says what a dialect cannot."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saklar.codecs import DecodeError, DialectError
from saklar.codecs.imports.moov import from_moov

from .specifications import BITMAP, BY_TAG, CHIP, HEX, LL2, MTI, bits, composite, dialect, field, fixed, padded, spec


def with_tag(tag, subfields=None):
    return {"2": composite(subfields or {"1": LL2}, tag=tag)}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"2": 7}, "fields.2: an object is expected"),
        ({"x": MTI}, "fields.x: a number is expected"),
        ({"-1": MTI}, "fields.-1: a number is expected"),
        ({"0": None}, "fields.0: an object is expected"),
        ({"200": LL2}, "field 200: is not in bitmaps of 192 bits"),
        ({"1": BITMAP | {"length": 9}}, "field 1.length: 9"),
        ({"1": BITMAP | {"length": True}}, "field 1.length: True"),
        ({"1": BITMAP | {"length": []}}, "field 1.length: []"),
        ({"1": BITMAP | {"enc": "EBCDIC"}}, "field 1.enc: 'EBCDIC': a bitmap is Binary or"),
        ({"1": BITMAP | {"length": 24}, "65": LL2}, "field 65: is not in bitmaps of 192 bits, or the bit of one"),
        ({"0": MTI | {"enc": "HexToASCII"}}, "field 0.enc: 'HexToASCII': an MTI is in"),
        ({"0": MTI | {"length": 3}}, "field 0: an MTI has a fixed length of 4"),
        ({"0": MTI | {"prefix": "ASCII.LL"}}, "field 0: an MTI has a fixed length of 4; 'ASCII.LL'"),
        ({"2": {}}, "field 2.type: None: a text is expected"),
        ({"2": LL2 | {"type": "Money"}}, "field 2.type: 'Money' is not supported"),
        ({"2": LL2 | {"type": "Bitmap"}}, "field 2.type: 'Bitmap' is not supported"),
        ({"2": LL2 | {"description": 7}}, "field 2.description: 7: a text is expected"),
        ({"2": LL2 | {"enc": "UTF-8"}}, "field 2.enc: 'UTF-8' is not supported"),
        ({"2": LL2 | {"enc": None}}, "field 2.enc: None: a text is expected"),
        ({"2": LL2 | {"enc": "BerTLVTag"}}, "field 2.enc: 'BerTLVTag' is not supported"),
        ({"2": LL2 | {"enc": "ASCIIToHex"}}, "field 2.prefix: 'ASCII.LL' states other lengths than ASCIIToHex reads"),
        ({"2": LL2 | {"prefix": "Hex.Fixed"}}, "field 2.prefix: 'Hex.Fixed' of ASCII is not supported"),
        ({"2": LL2 | {"prefix": "ASCII.XX"}}, "field 2.prefix: 'ASCII.XX' is not supported"),
        ({"2": LL2 | {"prefix": "ASCII.LLLLLLL"}}, "field 2.prefix: 'ASCII.LLLLLLL' is not supported"),
        ({"2": LL2 | {"prefix": "ASCII."}}, "field 2.prefix: 'ASCII.' is not supported"),
        ({"2": LL2 | {"prefix": "None.Fixed"}}, "field 2.prefix: a field up to the end of the message"),
        ({"2": LL2 | {"prefix": "BerTLV"}}, "field 2.prefix: a field up to the end of the message"),
        ({"2": LL2 | {"length": "19"}}, "field 2.length: '19': a number from 1 to 999999 is expected"),
        ({"2": LL2 | {"length": 0}}, "field 2.length: 0: a number from 1 to 999999 is expected"),
        ({"2": LL2 | {"length": 4.0}}, "field 2.length: 4.0: a number"),
        ({"2": LL2 | {"padding": 7}}, "field 2.padding: an object is expected"),
        ({"2": LL2 | padded("Both", "0")}, "field 2.padding: 'Both' '0': Left or Right"),
        ({"2": LL2 | padded("Left", "00")}, "field 2.padding: 'Left' '00': Left or Right"),
        ({"2": LL2 | padded("Left", "0")}, "field 2.padding: of ASCII behind 'ASCII.LL' is not supported"),
        ({"2": fixed(2, **padded("Left", "F")) | {"enc": "BCD"}}, "field 2.padding: of BCD behind 'ASCII.Fixed'"),
        ({"2": fixed(2, **padded("Left", "0")) | {"enc": "HexToASCII"}}, "field 2.padding: of HexToASCII behind"),
        ({"2": field("Composite", 19, "", "ASCII.LL")}, "field 2.subfields: an object is expected"),
        ({"2": composite({})}, "field 2.subfields: there are none"),
        ({"2": composite({"1": 7})}, "field 2.subfields.1: an object is expected"),
        ({"2": composite({"1": LL2}, "Hex.Fixed")}, "field 2.prefix: 'Hex.Fixed' of a composite is not supported"),
        ({"2": composite({"1": LL2}, **padded("Left", "0"))}, "field 2.padding: of a composite is not supported"),
        ({"2": composite({"x": LL2})}, "field 2.x: a number is expected by StringsByInt"),
        ({"2": composite({"1" * 99: LL2})}, f"field 2.{'1' * 99}: a number is expected by StringsByInt"),
        ({"2": composite({"1": LL2 | {"enc": "X"}})}, "field 2.1.enc: 'X' is not supported"),
        ({"2": composite({"1": HEX})}, "field 2.1.prefix: BerTLV is not supported here"),
        (with_tag(7), "field 2.tag: an object is expected"),
        (with_tag({"sort": "Strings"}), "field 2.tag.sort: 'Strings' is not supported"),
        (with_tag(BY_TAG | {"enc": "HexToASCII"}), "field 2.tag.enc: 'HexToASCII' is not supported"),
        (with_tag(BY_TAG | {"enc": "BCD", "length": 3}), "field 2.tag.length: 3: an odd number of packed digits"),
        (with_tag(BY_TAG | {"length": None}), "field 2.tag.length: None: a number"),
        (with_tag(BY_TAG | {"padding": None}), "field 2.tag: '1': a tag has 2 characters"),
        (with_tag(BY_TAG | padded("Both", "0")), "field 2.tag.padding: 'Both' '0': Left or Right"),
        (with_tag(BY_TAG | {"prefUnknownTLV": "X"}), "field 2.tag.prefix: 'X' is not supported"),
        (with_tag(CHIP), "field 2.1.prefix: 'ASCII.LL' behind a BerTLVTag is not supported"),
        (
            with_tag(CHIP, {"9A": HEX | {"enc": "BCD"}}),
            "field 2.9A.enc: 'BCD': a BerTLV length that does not count bytes",
        ),
        (with_tag(CHIP, {"9A": HEX | {"enc": "HexToASCII"}}), "field 2.9A.enc: 'HexToASCII': a BerTLV length"),
        ({"2": composite({"1": LL2}, bitmap=7)}, "field 2.bitmap: an object is expected"),
        ({"2": composite({"1": LL2}, bitmap=bits(25))}, "field 2.bitmap.length: 25: a number from 1 to 24"),
        ({"2": composite({"1": LL2}, bitmap=bits(8, "BCD"))}, "field 2.bitmap.enc: 'BCD': a bitmap is one of"),
        ({"2": composite({"9": LL2}, bitmap=bits(1))}, "field 2.9: a number from 1 to 8 is expected"),
        (
            {"2": composite({"1": LL2}, bitmap=bits(8) | {"disableAutoExpand": False})},
            "field 2.bitmap.disableAutoExpand: a bitmap that grows",
        ),
    ],
)
def test_what_cannot_be_said_names_its_field(changed, said):
    with pytest.raises(DialectError) as caught:
        from_moov(json.dumps({"fields": {"0": MTI, "1": BITMAP} | changed}))
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not JSON"),
        ("[", "not JSON"),
        ("[" * 9999, "not JSON"),
        ("1" * 9999, "not JSON"),
        ("[]", "an object with `fields` is expected"),
        ("{}", "the specification.fields: an object is expected"),
        (" " * (1 << 20) + "{}", "over 1048576 characters"),
    ],
)
def test_what_is_no_specification_is_refused(content, said):
    with pytest.raises(DialectError) as caught:
        from_moov(content)
    assert str(caught.value).startswith(said)


def test_subfields_go_only_so_deep():
    nested = LL2
    for _ in range(9):
        nested = composite({"2": nested})
    with pytest.raises(DialectError, match=r"field 2(\.2){8}: subfields go 8 deep at most"):
        from_moov(spec(_2=nested))


def test_half_of_a_surrogate_pair_in_a_tag_is_refused():
    with pytest.raises(DialectError, match="half of a surrogate pair"):
        from_moov(spec(_2=composite({"\ud800": HEX}, tag=CHIP)))


def outcome(content):
    """A dialect, or None where it is refused."""
    try:
        return dialect(content)
    except DialectError:
        return None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
TYPE = st.sampled_from(["String", "Numeric", "Binary", "Hex", "Composite", "Composite", "Track2", "Bitmap"])
ENC = st.sampled_from(
    ["ASCII", "EBCDIC", "BCD", "LBCD", "Binary", "HexToASCII", "ASCIIToHex", "BerTLVTag", "EBCDIC1047", ""]
)
PREFIX = st.builds(
    "{}.{}".format,
    st.sampled_from(["ASCII", "BCD", "Binary", "Hex", "EBCDIC", "None"]),
    st.sampled_from(["Fixed", "L", "LL", "LLL", "LLLLLL"]),
) | st.just("BerTLV")  # fmt: skip
LENGTH = st.sampled_from([0, 1, 2, 3, 8, 99, 999, 999999, 10**7, None, "x"])
PADDING = st.none() | st.fixed_dictionaries(
    {"type": st.sampled_from(["Left", "Right", "None"]), "pad": st.sampled_from(["0", " ", "F", "", "é"])}
)
TAG = st.none() | st.fixed_dictionaries(
    {"length": LENGTH, "enc": ENC, "padding": PADDING, "sort": st.sampled_from(["StringsByInt", "StringsByHex"])}
)  # fmt: skip
FIELD = st.recursive(
    st.fixed_dictionaries({"type": TYPE, "length": LENGTH, "enc": ENC, "prefix": PREFIX, "padding": PADDING}),
    lambda inner: (
        st.fixed_dictionaries(
            {
                "type": st.just("Composite"),
                "length": LENGTH,
                "prefix": PREFIX,
                "tag": TAG,
                "bitmap": st.none() | inner,
                "subfields": st.dictionaries(
                    st.sampled_from(["1", "2", "03", "9A", "9F02", "x", "\U0001f600"]), inner, max_size=3
                ),
            }
        )
        | inner
    ),
    max_leaves=4,
)


@given(JSON)
@example({"fields": {"0": MTI, "1": BITMAP, "2": {**LL2, "description": "\ud800"}}})
def test_any_json_is_a_specification_or_refused(content):
    outcome(json.dumps(content))


@given(st.text())
def test_any_text_is_a_specification_or_refused(content):
    outcome(content)


@given(
    fields=st.dictionaries(st.sampled_from(["2", "3", "4", "48", "65", "66"]), FIELD | JSON, max_size=2), data=st.data()
)
def test_any_specification_is_a_dialect_that_works_or_is_refused(fields, data):
    imported = outcome(json.dumps({"fields": {"0": MTI, "1": BITMAP, **fields}}))
    if imported is None:
        return
    wire = (
        b"0100" + data.draw(st.integers(0, 2**63 - 1).map(lambda n: b"%016X" % n)) + data.draw(st.binary(max_size=80))
    )
    try:
        values = imported.decode(wire).to_dict()
    except DecodeError:
        return
    assert imported.decode(imported.encode(values)).to_dict() == values
