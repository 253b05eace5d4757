"""Every dialect that pyiso8583 can express: the same values, the same bytes, the same places of errors."""

import iso8583
from hypothesis import given, note, settings
from hypothesis import strategies as st

from saklar.codecs import DecodeError, EncodeError, parse_dialect
from saklar.codecs.imports.document import to_toml
from saklar.codecs.imports.pyiso8583 import from_pyiso8583, to_pyiso8583

CODECS = ["ascii", "ascii", "cp500", "latin-1", "cp037", "utf-8", "cp1252"]


@st.composite
def fields(draw):
    """One element of a specification."""
    packed = draw(st.booleans())
    size = draw(st.sampled_from([0, 0, 1, 2, 3]))
    field = {"data_enc": "b" if packed else draw(st.sampled_from(CODECS)), "len_type": size, "desc": "an element"}
    field["len_enc"] = draw(st.sampled_from(["b", "bcd", "ascii", "cp500"])) if size else "ascii"
    field["max_len"] = draw(st.integers(1, 12 if size < 2 else 40))
    if draw(st.booleans()):
        field["len_count"] = draw(st.sampled_from(["bytes", "nibbles"]))
        field |= draw(st.sampled_from([{}, {"left_pad": "0"}, {"right_pad": "0"}, {"right_pad": "F"}]))
    if field.get("len_count") == "nibbles" and not packed:
        # What one digit can say of half bytes, it says of whole bytes up to 8: the reference reads 9 as 5 bytes, and
        # can itself not write it.
        field["max_len"] = min(2 * field["max_len"], 8 if size == 1 and field["len_enc"] in CODECS else 80)
    return field


@st.composite
def specs(draw):
    """A specification whose elements are of a few kinds."""
    bitmap = draw(st.sampled_from(["b", "ascii", "ascii", "cp500"]))
    kinds = draw(st.lists(fields(), min_size=1, max_size=6))
    mti = draw(st.sampled_from(["b", "ascii", "ascii", "cp500"]))
    header = draw(st.none() | fields())
    spec = {str(number): kinds[number % len(kinds)] for number in range(2, 193)}
    spec |= {key: {"data_enc": bitmap, "len_enc": "ascii", "len_type": 0, "max_len": 16} for key in ("p", "1")}
    spec["t"] = {"data_enc": mti, "len_enc": "ascii", "len_type": 0, "max_len": 4}
    spec["h"] = header or {"data_enc": "ascii", "len_enc": "ascii", "len_type": 0, "max_len": 0}
    return spec


ALPHABETS = ["0123456789", "0123456789ABCDEF", "ABC xyz", "0123456789abcdefG é", "12é"]


@st.composite
def documents(draw, spec):
    """Values that often fit and sometimes do not."""
    numbers = draw(
        st.lists(st.sampled_from([2, 3, 4, 5, 6, 7, 63, 64, 66, 67, 127, 128, 129, 192]), max_size=8, unique=True)
    )
    document = {"t": draw(st.sampled_from(["0200", "0200", "0200", "0800", "02X0", "020"]))}
    for key in [*(["h"] if spec["h"]["max_len"] else []), *map(str, numbers)]:
        field = spec[key]
        units = field["max_len"] * (2 if field["data_enc"] == "b" and field.get("len_count") != "nibbles" else 1)
        units = units // 2 if field["data_enc"] != "b" and field.get("len_count") == "nibbles" else units
        length = units if field["len_type"] == 0 else draw(st.integers(0, units))
        length = max(0, length + draw(st.sampled_from([0] * 9 + [1, -1])))
        alphabet = draw(
            st.sampled_from([*ALPHABETS[: 2 if field["data_enc"] == "b" else 5], *ALPHABETS[:1] * 3, ALPHABETS[3]])
        )
        document[key] = draw(st.text(alphabet, min_size=length, max_size=length))
    return document


def theirs_of(work):
    """What pyiso8583 does, or where it refuses."""
    try:
        return work()
    except (iso8583.DecodeError, iso8583.EncodeError) as error:
        return error.field, getattr(error, "pos", None)


def ours_of(work):
    """What saklar does, or where it refuses."""
    try:
        return work()
    except (DecodeError, EncodeError) as error:
        return error.field, error.offset


def in_their_words(message):
    """A message as pyiso8583 has it, without bitmaps."""
    document = {str(number): message[number] for number in message}
    header = {"h": message.header["header"]} if message.header else {}
    return {"t": message.mti, **header, **document}


def without_bitmaps(document):
    return {key: value for key, value in document.items() if key not in ("p", "1")}


@settings(max_examples=250)
@given(data=st.data())
def test_it_writes_what_the_reference_writes_or_refuses_the_same_element(data):
    spec = data.draw(specs())
    dialect = parse_dialect(to_toml(from_pyiso8583(spec)))
    document = data.draw(documents(spec))
    theirs = theirs_of(lambda: bytes(iso8583.encode(dict(document), spec)[0]))
    assert ours_of(lambda: dialect.encode(document)) == theirs


@settings(max_examples=250)
@given(data=st.data())
def test_it_reads_what_the_reference_reads_or_fails_where_it_fails(data):
    spec = data.draw(specs())
    dialect = parse_dialect(to_toml(from_pyiso8583(spec)))
    try:
        wire, _ = iso8583.encode(data.draw(documents(spec)), spec)
    except iso8583.EncodeError:
        wire = bytearray(data.draw(st.binary(max_size=60)))
    for _ in range(data.draw(st.integers(0, 3)) if wire else 0):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(
            st.sampled_from(b"09AFf +-_=\x00\x80\xff\x15\xf0\xf9")
        )
    cut = bytes(wire[: data.draw(st.sampled_from([len(wire), len(wire), len(wire) - 1, len(wire) // 2]))])
    note(cut.hex())
    theirs = theirs_of(lambda: without_bitmaps(iso8583.decode(cut, spec)[0]))
    for _ in range(4):
        assert ours_of(lambda: in_their_words(dialect.decode(cut))) == theirs


@settings(max_examples=200)
@given(data=st.data())
def test_a_specification_survives_the_way_there_and_back(data):
    spec = data.draw(specs())
    spec["h"] |= {"max_len": 0}
    there = to_pyiso8583(parse_dialect(to_toml(from_pyiso8583(spec))))
    document = data.draw(documents(spec))
    theirs = theirs_of(lambda: bytes(iso8583.encode(dict(document), spec)[0]))
    assert theirs_of(lambda: bytes(iso8583.encode(dict(document), there)[0])) == theirs
