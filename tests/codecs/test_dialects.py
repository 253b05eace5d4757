"""The shipped dialects on the wire, against pyiso8583 and against messages of others."""

import iso8583
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iso8583.specs import default_ascii

from saklar.codecs import CodecError, DecodeError, EncodeError, Message, dialect_names, load_dialect

ALPHABETS = {
    "n": "0123456789",
    "z": "0123456789=",
    "b": "0123456789ABCDEF",
    "x+n": "0123456789",
}
TEXT = "".join(map(chr, range(0x20, 0x7F)))


def values(element):
    """Values of the element that its format allows."""
    units = element.max_length * (2 if element.format == "b" else 1)
    alphabet = ALPHABETS.get(element.format, TEXT)
    if element.format == "x+n":
        return st.text(alphabet, min_size=units - 1, max_size=units - 1).map(lambda digits: "D" + digits)
    low = units if element.length_type == "fixed" else 0
    text = st.text(alphabet, min_size=low, max_size=min(units, 40) if not low else units)
    return text.map(lambda t: t[: len(t) // 2 * 2]) if element.format == "b" and not low else text


def messages(name):
    """Messages of a dialect: any set of its elements with allowed values."""
    elements = load_dialect(name).elements
    some = st.sets(st.sampled_from(sorted(elements)), max_size=12)
    mti = st.text("0123456789", min_size=4, max_size=4)
    return some.flatmap(
        lambda numbers: st.tuples(mti, st.fixed_dictionaries({n: values(elements[n]) for n in numbers}))
    ).map(lambda pair: {"mti": pair[0], **pair[1]})


NAMES = [
    "amex-gcag-like",
    "iso2003-ascii",
    "iso2003-binary",
    "iso87-ascii",
    "iso87-binary",
    "iso87-ebcdic",
    "iso93-ascii",
    "iso93-binary",
    "iso93-ebcdic",
    "jcb-like",
    "mastercard-cis-like",
    "mastercard-ipm-like",
    "pos-generic",
    "postilion-like",
    "unionpay-pos-like",
    "visa-base1-like",
]


def test_these_dialects_are_shipped():
    assert dialect_names() == tuple(NAMES)


@pytest.mark.parametrize("name", NAMES)
@given(st.data())
def test_what_is_encoded_decodes_to_itself_and_encodes_to_the_same_bytes(name, data):
    dialect = load_dialect(name)
    fields = data.draw(messages(name))
    message, wire = dialect.message(fields), dialect.encode(fields)
    assert bytes(message) == wire
    decoded = dialect.decode(wire)
    assert decoded == message
    assert bytes(decoded) == wire
    assert dialect.encode(decoded.to_dict()) == wire


@given(st.data())
def test_iso87_ascii_is_on_the_wire_what_pyiso8583_calls_default_ascii(data):
    fields = data.draw(messages("iso87-ascii"))
    theirs = {"t" if key == "mti" else str(key): value for key, value in fields.items()}
    wire, _ = iso8583.encode(theirs, default_ascii)
    assert load_dialect("iso87-ascii").encode(fields) == wire
    decoded, _ = iso8583.decode(wire, default_ascii)
    ours = load_dialect("iso87-ascii").decode(bytes(wire)).to_dict()
    assert ours == {"mti" if key == "t" else key: value for key, value in decoded.items() if key not in ("p", "1")}


@given(st.binary(max_size=200) | st.from_regex(rb"02[0-9]{2}[0-7][0-9A-F]{15}[ -~]{0,80}", fullmatch=True))
def test_iso87_ascii_fails_where_default_ascii_fails(wire):
    try:
        iso8583.decode(wire, default_ascii)
        theirs = None
    except iso8583.DecodeError as error:
        theirs = (error.field, error.pos)
    except KeyError:
        return  # pyiso8583 itself has no word for an element that a specification lacks
    try:
        load_dialect("iso87-ascii").decode(wire)
        ours = None
    except DecodeError as error:
        ours = (error.field, error.offset)
    assert ours == theirs


@pytest.mark.parametrize("name", NAMES)
@given(wire=st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_decode_error(name, wire):
    outcome = _decoded(load_dialect(name), wire)
    if isinstance(outcome, Message):
        assert bytes(outcome) == wire
    else:
        assert 0 <= outcome.offset <= len(wire)
        assert isinstance(outcome.partial, Message)


@pytest.mark.parametrize("name", NAMES)
def test_a_message_damaged_at_any_byte_is_a_message_or_a_decode_error(name, purchase):
    dialect = load_dialect(name)
    fits = {n: v for n, v in purchase.items() if n == "mti" or dialect.elements[n].problem(v) is None}
    wire = dialect.encode(fits)
    for position in range(len(wire)):
        for damaged in (wire[:position], *(_put(wire, position, byte) for byte in (0x00, 0x3F, 0x80, 0xFF))):
            outcome = _decoded(dialect, damaged)
            assert bytes(outcome) == damaged if isinstance(outcome, Message) else outcome.offset <= len(damaged)


def _decoded(dialect, wire):
    try:
        return dialect.decode(wire)
    except DecodeError as error:
        return error


def _put(wire, position, byte):
    return wire[:position] + bytes([byte]) + wire[position + 1 :]


def test_iso87_binary_packs_digits_and_lengths():
    wire = load_dialect("iso87-binary").encode(
        {"mti": "0200", 2: "400000000000000", 22: "051", 35: "4000000000000002=28121", 52: "1122334455667788"}
    )
    assert wire.hex() == (
        "0200" + "4000040020001000" + "15" + "4000000000000000" + "0051" + "22" + "4000000000000002d28121"
        "1122334455667788"
    )


def test_a_truncated_message_says_which_element_and_where(purchase):
    dialect = load_dialect("iso87-ascii")
    wire = dialect.encode(purchase)
    with pytest.raises(DecodeError) as caught:
        dialect.decode(wire[:-3])
    assert (caught.value.field, caught.value.offset) == ("52", len(wire) - 16)
    assert caught.value.partial[41] == "NTH00001"


def test_a_bitmap_that_promises_what_is_not_there_names_the_element():
    with pytest.raises(DecodeError) as caught:
        load_dialect("iso87-ascii").decode(b"0200" + b"F" * 16 + b"0" * 16)
    assert caught.value.field == "2"


def test_an_element_that_no_dialect_has_is_named():
    wire = b"0200" + b"8000000000000000" + b"8000000000000000" + b"8000000000000000"
    with pytest.raises(DecodeError, match="DE 129: expected elements that the dialect has") as caught:
        load_dialect("iso87-ascii").decode(wire)
    assert caught.value.offset == 52


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({2: "4" * 20}, "2"),
        ({4: "10"}, "4"),
        ({52: "11"}, "52"),
        ({41: "é" * 8}, "41"),
        ({200: "1"}, "200"),
        ({4: 1050}, "4"),
        ({"mti": "20"}, "t"),
        ({"mti": "02é0"}, "t"),
    ],
)
def test_a_value_that_does_not_fit_names_its_element(purchase, change, field):
    with pytest.raises(EncodeError) as caught:
        load_dialect("iso87-ascii").encode({**purchase, **change})
    assert caught.value.field == field


def test_an_mti_is_required(purchase):
    del purchase["mti"]
    with pytest.raises(EncodeError, match="MTI"):
        load_dialect("iso87-ascii").encode(purchase)


def test_t_and_text_numbers_are_keys_too(purchase):
    dialect = load_dialect("iso87-ascii")
    theirs = {"t" if key == "mti" else str(key): value for key, value in purchase.items()}
    assert dialect.encode(theirs) == dialect.encode(purchase)


def test_a_document_of_pyiso8583_encodes_with_its_bitmaps_ignored(purchase):
    dialect = load_dialect("iso87-ascii")
    wire = dialect.encode(purchase)
    document, _ = iso8583.decode(wire, default_ascii)
    assert dialect.encode(document) == wire


@given(st.dictionaries(st.integers() | st.text(max_size=4), st.text(max_size=20), max_size=5))
def test_any_mapping_encodes_or_is_a_codec_error(mapping):
    for name in NAMES:
        try:
            load_dialect(name).encode({"mti": "0200", **mapping})
        except CodecError:
            continue


@settings(max_examples=200)
@given(st.data())
def test_an_error_does_not_say_the_data(data):
    wire = load_dialect("iso87-ascii").encode({"mti": "0200", 2: "4000000000000002", 35: "4000000000000002=2812"})
    cut = data.draw(st.integers(0, len(wire) - 1))
    with pytest.raises(DecodeError) as caught:
        load_dialect("iso87-ascii").decode(wire[:cut])
    assert "40000000" not in str(caught.value) + repr(caught.value)
