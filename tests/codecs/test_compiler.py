"""The fast paths against the reference codec: the same messages, the same bytes, the same errors."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saklar.codecs import load_dialect, plan, writer
from saklar.codecs.plan import MAX_COUNTED, MAX_PLANS, Plans

NAMES = ["iso87-ascii", "iso87-binary", "iso93-ascii"]

ODD = "0123456789ABCDEFXYZabcdef= é"
NUMBERS = [2, 3, 4, 11, 12, 22, 28, 32, 35, 37, 41, 43, 48, 49, 52, 54, 55, 62, 64, 70, 90, 95, 97, 99, 102, 128]


@st.composite
def documents(draw, dialect):
    """Elements that fit."""
    numbers = draw(st.sets(st.sampled_from([n for n in NUMBERS if n in dialect.elements]), max_size=10))
    document = {}
    for number in numbers:
        element = dialect.elements[number]
        units = element.max_length * (2 if element.format == "b" else 1)
        length = units if element.length_type == "fixed" else draw(st.integers(0, min(units, 30)))
        length -= length % 2 if element.format == "b" else 0
        alphabet = "0123456789" if element.format in ("n", "z", "b", "x+n") else "ABC "
        document[number] = draw(st.text(alphabet, min_size=length, max_size=length))
    return document


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=300)
@given(data=st.data())
def test_a_message_read_by_a_plan_is_the_message_read_element_by_element(name, data):
    dialect = load_dialect(name)
    wire = dialect.encode({"mti": "0200", **data.draw(documents(dialect))})
    by_plan, walked = dialect.decode(wire), dialect._walk(wire, b"", wire)
    assert by_plan._plan.scan is not None
    assert by_plan == walked
    assert list(by_plan) == list(walked)
    assert by_plan.to_dict() == walked.to_dict()
    assert [by_plan.raw_element(n) for n in by_plan] == [walked.raw_element(n) for n in walked]


@pytest.mark.parametrize("walked", [False, True], ids=["by a plan", "walked"])
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=200)
@given(data=st.data())
def test_a_changed_message_is_what_is_written_of_its_elements(name, walked, data):
    dialect = load_dialect(name)
    document, changes = data.draw(documents(dialect)), data.draw(documents(dialect))
    gone = data.draw(st.sets(st.sampled_from(NUMBERS), max_size=2))
    expected = {number: value for number, value in (document | changes).items() if number not in gone}
    wire = dialect.encode({"mti": "0200", **document})
    message = dialect._walk(wire, b"", wire) if walked else dialect.decode(wire)
    message.mti = "0210"
    for number, value in changes.items():
        message[number] = value
    for number in gone & set(message):
        del message[number]
    written = dialect.encode({"mti": "0210", **expected})
    assert list(message) == sorted(expected)
    assert message.to_dict() == dialect.decode(written).to_dict()
    assert bytes(message.copy()) == bytes(message) == written


def plans_of(dialect):
    return Plans(dialect._layout)


def ascii_message(bitmap):
    return b"0800" + b"%016X" % bitmap


def test_a_bitmap_gets_a_plan_when_it_has_come_up_often_enough(monkeypatch):
    monkeypatch.setattr(plan, "EARNED_AFTER", 3)
    plans = plans_of(load_dialect("iso87-ascii"))
    message = ascii_message(1 << 60)
    assert [plans.of(message) is not None for _ in range(4)] == [False, False, True, True]


def test_no_more_than_so_many_plans_and_counts_are_kept(monkeypatch):
    plans = plans_of(load_dialect("iso87-ascii"))
    for bitmap in range(2 * MAX_PLANS):
        plans.of(ascii_message(bitmap))
    assert len(plans) == MAX_PLANS
    monkeypatch.setattr(plan, "EARNED_AFTER", 3)
    for bitmap in range(10_000, 10_000 + 2 * MAX_COUNTED):
        plans.of(ascii_message(bitmap))
    assert len(plans._seen) <= MAX_COUNTED


@pytest.mark.parametrize("head", [b"", b"08", b"0800", b"0800" + b"F" * 16, b"0800" + b"G" * 16])
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
