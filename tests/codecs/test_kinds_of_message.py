"""What is done by kind of message (values at once, patches, checks) does what is done element by element."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saklar.codecs import Check, CodecError, Patch, compile_same, dialect_names, load_dialect
from saklar.codecs.check import MAX_SHAPES
from saklar.codecs.plan import EARNED_AFTER

TEXT = "".join(map(chr, range(0x20, 0x7F)))
DIGITS = "0123456789"


def values(element, *, sloppy=False):
    """Values that can be written; sloppy ones are not all what the element's format allows."""
    units = element.max_length * (2 if element.format == "b" else 1)
    if element.format == "b" or element.encoding == "bcd" or element.format == "x+n":
        alphabet = DIGITS
    else:
        alphabet = TEXT if sloppy else DIGITS
    if element.format == "x+n":
        return st.text(alphabet, min_size=units - 1, max_size=units - 1).map(lambda digits: "D" + digits)
    low = units if element.length_type == "fixed" else 0
    text = st.text(alphabet, min_size=low, max_size=max(low, min(units, 40)))
    return text.map(lambda t: t[: len(t) // 2 * 2]) if element.format == "b" and not low else text


@st.composite
def decoded(draw, name, *, sloppy=False):
    """A message as it was decoded, by a plan."""
    dialect = load_dialect(name)
    numbers = draw(st.sets(st.sampled_from(sorted(dialect.elements)), max_size=12))
    elements = {number: draw(values(dialect.elements[number], sloppy=sloppy)) for number in numbers}
    try:
        wire = dialect.encode({"mti": draw(st.text(DIGITS, min_size=4, max_size=4)), **elements})
    except CodecError:  # an element that divides into parts does not take any text
        return dialect.decode(dialect.encode({"mti": "0200", 11: "000042"}))
    return dialect.decode(wire)


def outcome(act):
    try:
        return act()
    except CodecError as error:
        return type(error)


@pytest.mark.parametrize("name", dialect_names())
@settings(max_examples=50)
@given(data=st.data())
def test_all_values_at_once_are_those_of_each_element(name, data):
    message = data.draw(decoded(name))
    assert message.values() == {number: message[number] for number in message}


@pytest.mark.parametrize("name", dialect_names())
@settings(max_examples=50)
@given(data=st.data())
def test_a_patch_does_what_setting_and_removing_does(name, data):
    message = data.draw(decoded(name))
    elements = message.dialect.elements
    sets = data.draw(st.sets(st.sampled_from(sorted(elements)), max_size=3))
    drops = data.draw(st.frozensets(st.sampled_from(sorted(elements)), max_size=5))
    new = {number: data.draw(values(elements[number], sloppy=True)) for number in sets}
    before = bytes(message)

    def slowly():
        changed = message.without(drops - sets)
        for number, value in new.items():
            changed[number] = value
        changed.mti = "0210"
        return bytes(changed)

    patch = Patch(sets, drops)
    assert outcome(lambda: message.patched(patch, new, "0210")) == outcome(slowly)
    assert bytes(message) == before


@pytest.mark.parametrize("name", dialect_names())
@settings(max_examples=50)
@given(data=st.data())
def test_a_check_finds_what_a_look_at_each_element_finds_first(name, data):
    message = data.draw(decoded(name, sloppy=True))
    asked = data.draw(st.sets(st.sampled_from(sorted(message.dialect.elements)), max_size=12).map(sorted))
    found = message.dialect.check(message.values(), asked)
    assert Check(message.dialect, asked)(message, message.values()) == (found[0] if found else None)


def planned(dialect, mapping):
    """Decoded by a plan that is kept, whatever its elements are."""
    wire = dialect.encode(mapping)
    return [dialect.decode(wire) for _ in range(EARNED_AFTER)][-1]


@pytest.mark.parametrize("name", dialect_names())
@settings(max_examples=50)
@given(data=st.data())
def test_messages_agree_where_each_element_has_the_same_bytes(name, data):
    one = data.draw(decoded(name))
    dialect, given_ = one.dialect, one.to_dict()
    changed = data.draw(st.sets(st.sampled_from(sorted(one) or [11]), max_size=2))
    others = {str(number): data.draw(values(dialect.elements[number])) for number in changed}
    try:
        one, other = planned(dialect, given_), planned(dialect, {**given_, **others})
    except CodecError:  # an element that divides into parts does not take any text
        return
    common = [number for number in one if number in other]
    compared = data.draw(st.sets(st.sampled_from(common), max_size=len(common))) if common else set()
    same = compile_same(one.shape, other.shape, compared)
    assert one.agrees(other, same) == all(one.raw_element(n) == other.raw_element(n) for n in compared)


def test_a_message_that_was_changed_has_no_shape(purchase):
    message = load_dialect("iso87-ascii").decode(load_dialect("iso87-ascii").encode(purchase))
    assert message.shape is not None
    message[11] = "000043"
    assert message.shape is None


def test_messages_with_the_same_elements_have_one_shape(purchase):
    dialect = load_dialect("iso87-ascii")
    one, other = (dialect.decode(dialect.encode({**purchase, 11: stan})) for stan in ("000042", "000043"))
    assert one.shape is other.shape
    assert dialect.decode(dialect.encode({"mti": "0800", 11: "000042"})).shape is not one.shape


def test_what_is_kept_of_kinds_of_message_is_bounded():
    dialect = load_dialect("iso87-ascii")
    check = Check(dialect, (11,))
    for number in range(2, 64):
        for other in range(66, 76):
            units = {n: 2 if dialect.elements[n].format == "b" else 1 for n in (number, other)}
            elements = {n: "1" * dialect.elements[n].max_length * units[n] for n in units}
            message = dialect.decode(dialect.encode({"mti": "0200", **elements}))
            assert check(message, message.values()) is None
    assert len(check._looks) <= MAX_SHAPES
