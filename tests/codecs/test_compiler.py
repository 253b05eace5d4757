"""The fast paths against the reference codec: the same messages, the same bytes, the same errors."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saklar.codecs import DecodeError, EncodeError, compiler, load_dialect, reference, writer
from saklar.codecs.compiler import MAX_COUNTED, MAX_PLANS, Plans

NAMES = ["iso87-ascii", "iso87-binary", "iso93-ascii"]

ODD = "0123456789ABCDEFXYZabcdef= é"
NUMBERS = [2, 3, 4, 11, 12, 22, 28, 32, 35, 37, 41, 43, 48, 49, 52, 54, 55, 62, 64, 70, 90, 95, 97, 99, 102, 128]


@st.composite
def documents(draw, dialect, alphabet):
    """Elements that often fit and sometimes do not."""
    numbers = draw(st.sets(st.sampled_from([n for n in NUMBERS if n in dialect.elements]), max_size=10))
    document = {}
    for number in numbers:
        element = dialect.elements[number]
        units = element.max_length * (2 if element.format == "b" else 1)
        length = units if element.length_type == "fixed" else draw(st.integers(0, min(units, 30)))
        length = max(0, length + draw(st.sampled_from([0, 0, 0, 0, 0, 0, 0, 1, -1])))
        digits = "0123456789" if element.format in ("n", "z", "b", "x+n") else alphabet
        document[number] = draw(
            st.text(draw(st.sampled_from([digits, digits, digits, ODD])), min_size=length, max_size=length)
        )
    return document


def by_reference(dialect, wire):
    try:
        return reference.decode(wire, dialect.spec, dialect.elements)
    except reference.WireError as error:
        return error.field, error.offset, error.message


def by_plan(dialect, wire):
    try:
        message = dialect.decode(wire)
    except DecodeError as error:
        return error.field, error.offset, error.message
    return message.mti, {number: message[number] for number in message}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=300)
@given(data=st.data())
def test_what_is_written_is_what_the_reference_writes_or_refuses(name, data):
    dialect = load_dialect(name)
    document = data.draw(documents(dialect, "ABC "))
    ours = outcome(lambda: dialect.encode({"mti": "0200", **document}))
    assert ours == outcome(lambda: reference.encode("0200", document, dialect.spec, dialect.elements))


def outcome(write):
    """What it writes, or where it refuses and why."""
    try:
        return write()
    except (EncodeError, reference.WireError) as error:
        return error.field, error.message


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=300)
@given(data=st.data())
def test_what_is_read_whole_or_damaged_is_what_the_reference_reads(name, data):
    dialect = load_dialect(name)
    document = data.draw(documents(dialect, "ABC "))
    try:
        wire = bytearray(dialect.encode({"mti": "0200", **document}))
    except EncodeError:
        return
    for _ in range(data.draw(st.integers(0, 3))):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.sampled_from(b"09AFf =\x00\x80\xff\x15"))
    cut = bytes(wire[: data.draw(st.sampled_from([len(wire), len(wire), len(wire) - 1, len(wire) // 2]))])
    assert by_plan(dialect, cut) == by_reference(dialect, cut)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=300)
@given(data=st.data())
def test_a_changed_message_is_what_the_reference_writes_of_its_elements(name, data):
    dialect = load_dialect(name)
    document, changes = data.draw(documents(dialect, "ABC ")), data.draw(documents(dialect, "ABC "))
    gone = data.draw(st.sets(st.sampled_from(NUMBERS), max_size=2))
    try:
        message = dialect.decode(dialect.encode({"mti": "0200", **document}))
        expected = {number: value for number, value in (document | changes).items() if number not in gone}
        wire = reference.encode("0210", expected, dialect.spec, dialect.elements)
    except (EncodeError, reference.WireError):
        return
    message.mti = "0210"
    for number, value in changes.items():
        message[number] = value
    for number in gone & set(message):
        del message[number]
    assert bytes(message) == wire
    assert list(message) == sorted(expected)
    assert bytes(message.copy()) == wire


def plans_of(dialect):
    return Plans(4, 16, dialect.elements)


def ascii_message(bitmap):
    return b"0800" + b"%016X" % bitmap


def test_a_bitmap_gets_a_plan_when_it_has_come_up_often_enough(monkeypatch):
    monkeypatch.setattr(compiler, "EARNED_AFTER", 3)
    plans = plans_of(load_dialect("iso87-ascii"))
    message = ascii_message(1 << 60)
    assert [plans.of(message) is not None for _ in range(4)] == [False, False, True, True]


def test_no_more_than_so_many_plans_and_counts_are_kept(monkeypatch):
    plans = plans_of(load_dialect("iso87-ascii"))
    for bitmap in range(2 * MAX_PLANS):
        plans.of(ascii_message(bitmap))
    assert len(plans) == MAX_PLANS
    monkeypatch.setattr(compiler, "EARNED_AFTER", 3)
    for bitmap in range(10_000, 10_000 + 2 * MAX_COUNTED):
        plans.of(ascii_message(bitmap))
    assert len(plans._seen) <= MAX_COUNTED


@pytest.mark.parametrize("head", [b"", b"08", b"0800", b"0800" + b"F" * 16, b"0800" + b"G" * 16, b"0800" + b" " * 16])
def test_what_has_no_whole_bitmap_has_no_plan(head):
    assert plans_of(load_dialect("iso87-ascii")).of(head) is None


def test_no_more_than_so_many_writers_are_kept():
    dialect = load_dialect("iso87-ascii")
    numbers = [n for n, element in dialect.elements.items() if element.length_type != "fixed"]
    for count in range(2 * writer.MAX_WRITERS):
        chosen = [n for bit, n in enumerate(numbers) if count >> bit & 1]
        dialect.encode({"mti": "0800", **dict.fromkeys(chosen, "1")})
    assert len(dialect._writer._writers) <= writer.MAX_WRITERS


def test_the_order_in_which_elements_are_given_does_not_matter(purchase):
    dialect = load_dialect("iso87-ascii")
    backwards = dict(reversed(purchase.items()))
    assert dialect.encode(backwards) == dialect.encode(purchase)
