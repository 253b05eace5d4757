"""IBM 3624 PINs, offsets and decimalisation tables, on published vectors and against psec."""

import psec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim.crypto import decimalisation, ibm3624
from saklar.hsm_sim.crypto.inputs import CryptoInputError, KeyLengthError, NotDigitsError

TABLE = "0123456789012345"

keys = st.sampled_from([8, 16, 24]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
validations = st.text("0123456789ABCDEF", min_size=16, max_size=16)
tables = st.text("0123456789", min_size=16, max_size=16)
pins = st.text("0123456789", min_size=4, max_size=12)


def arguments(vector):
    inputs = vector["inputs"]
    return bytes.fromhex(inputs["pvk"]), inputs["validation_data"], inputs["decimalisation_table"]


@pytest.mark.vectors("ibm3624", "generate_offset")
def test_an_offset_is_the_published_one(vector):
    inputs, expected = vector["inputs"], vector["expected"]
    length = inputs["check_length"]
    decimalisation.check_table(inputs["decimalisation_table"])
    assert ibm3624.natural_pin(*arguments(vector), length) == expected["natural_pin"]
    offset = ibm3624.offset(*arguments(vector), inputs["pin"], length)
    assert offset == expected["offset"]
    assert offset.ljust(12, "F") == expected["payshield_offset12"]
    assert ibm3624.verify(*arguments(vector), inputs["pin"], offset)


@pytest.mark.vectors("ibm3624", "natural_pin_and_offset")
def test_the_pin_of_an_offset_is_the_published_one(vector):
    pin = vector["expected"]["pin"]
    offset = vector["inputs"]["offset"]
    assert ibm3624.pin_of_offset(*arguments(vector), offset) == pin
    assert ibm3624.offset(*arguments(vector), pin, 4) == offset


@given(keys, tables, st.text("0123456789", min_size=16, max_size=16), pins)
def test_an_offset_is_psecs(key, table, pan, pin):
    expected = psec.pin.generate_ibm3624_offset(key, table, pin, pan, 0, 16, "F")
    assert ibm3624.offset(key, pan, table, pin, len(pin)) == expected


@given(keys, tables, st.text("0123456789", min_size=16, max_size=16), pins)
def test_the_pin_of_an_offset_is_psecs(key, table, pan, offset):
    expected = psec.pin.generate_ibm3624_pin(key, table, offset, pan, 0, 16, "F")
    assert ibm3624.pin_of_offset(key, pan, table, offset) == expected


@given(keys, validations, tables, pins, st.data())
def test_an_offset_verifies_its_pin_and_no_other(key, validation, table, pin, data):
    length = data.draw(st.integers(4, len(pin)))
    offset = ibm3624.offset(key, validation, table, pin, length)
    assert len(offset) == length
    assert ibm3624.pin_of_offset(key, validation, table, offset) == pin[:length]
    assert ibm3624.verify(key, validation, table, pin, offset)
    place = data.draw(st.integers(0, length - 1))
    other = pin[:place] + str((int(pin[place]) + 1) % 10) + pin[place + 1 :]
    assert not ibm3624.verify(key, validation, table, other, offset)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("1234567890AB", "1234567890ABFFFF"),
        ("N00000000000", "5678900000000000"),
        ("12345N678901", "1234556789678901"),
        ("60218505709N", "6021850570956789"),
    ],
)
def test_the_account_number_goes_where_the_mark_is(template, expected):
    assert ibm3624.validation_block(template, "123412356789") == expected


@pytest.mark.parametrize("template", ["123", "12345678901G", "123456789012F"])
def test_validation_data_is_12_characters(template):
    with pytest.raises(NotDigitsError):
        ibm3624.validation_block(template, "1" * 12)


def test_there_is_one_mark_at_most():
    with pytest.raises(CryptoInputError, match="more than one"):
        ibm3624.validation_block("NN3456789012", "1" * 12)


@pytest.mark.parametrize(
    "table", ["0123456701234567", "0123456789012345", "8351296477461538", "0000111122345678", "9876543210987654"]
)
def test_a_good_table_is_accepted(table):
    decimalisation.check_table(table)


@pytest.mark.parametrize("table", ["0000000000000000", "0123456012345601", "0000012345678912"])
def test_a_weak_table_is_refused(table):
    with pytest.raises(decimalisation.WeakTableError):
        decimalisation.check_table(table)


@pytest.mark.parametrize("table", ["", "012345678901234", "012345678901234A", "01234567890123456"])
def test_a_table_is_16_digits(table):
    with pytest.raises(NotDigitsError):
        decimalisation.check_table(table)
    with pytest.raises(NotDigitsError):
        ibm3624.natural_pin(bytes(16), "0" * 16, table, 4)


def test_other_arguments_are_refused_without_repeating_them():
    with pytest.raises(KeyLengthError):
        ibm3624.natural_pin(bytes(7), "0" * 16, TABLE, 4)
    with pytest.raises(NotDigitsError):
        ibm3624.natural_pin(bytes(8), "0" * 15, TABLE, 4)
    with pytest.raises(CryptoInputError):
        ibm3624.natural_pin(bytes(8), "0" * 16, TABLE, 3)
    with pytest.raises(CryptoInputError, match="shorter") as refusal:
        ibm3624.offset(bytes(8), "0" * 16, TABLE, "9876", 5)
    assert "9876" not in str(refusal.value)
    with pytest.raises(NotDigitsError):
        ibm3624.verify(bytes(8), "0" * 16, TABLE, "98x6", "0000")
    with pytest.raises(NotDigitsError):
        ibm3624.pin_of_offset(bytes(8), "0" * 16, TABLE, "000")
