"""PIN blocks of 16 bytes, on published vectors and against psec."""

import secrets

import psec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim.crypto import pin_block_aes
from saklar.hsm_sim.crypto.inputs import DataLengthError, KeyLengthError, NotDigitsError
from saklar.hsm_sim.crypto.pin_block import PinBlockError, PinLengthError

pans = st.text("0123456789", min_size=1, max_size=19)
pins = st.text("0123456789", min_size=4, max_size=12)
keys = st.sampled_from([16, 24, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size))


def filler(count):
    return secrets.token_hex(count)[:count]


def hex_of(vector, name):
    return bytes.fromhex(vector["inputs"][name])


@pytest.mark.vectors("pinblock", "iso4_pan_field")
def test_a_pan_field_is_the_published_one(vector):
    field = pin_block_aes.pan_field(vector["inputs"]["pan"])
    assert field.hex().upper() == vector["expected"]["pan_field"]


@pytest.mark.vectors("pinblock", "iso4_encipher")
def test_a_field_has_the_published_block(vector):
    block = pin_block_aes.encipher_field(hex_of(vector, "key"), hex_of(vector, "pin_field"), vector["inputs"]["pan"])
    assert block.hex().upper() == vector["expected"]["block"]


@pytest.mark.vectors("pinblock", "iso4_decipher")
def test_a_block_holds_the_published_pin(vector):
    arguments = hex_of(vector, "key"), hex_of(vector, "block"), vector["inputs"]["pan"]
    field = pin_block_aes.decipher_field(*arguments).hex().upper()
    assert field == vector["expected"].get("pin_field", field)
    assert pin_block_aes.decipher(*arguments) == vector["expected"]["pin"]


@pytest.mark.vectors("pinblock", "iso4_decipher_reject")
def test_a_block_that_is_none_is_refused(vector):
    refusal = PinLengthError if vector["expected"]["reason"].startswith("length") else PinBlockError
    with pytest.raises(refusal):
        pin_block_aes.decipher(hex_of(vector, "key"), hex_of(vector, "block"), vector["inputs"]["pan"])


@given(keys, pans, pins)
def test_psec_reads_our_blocks(key, pan, pin):
    assert psec.pinblock.decipher_pinblock_iso_4(key, pin_block_aes.encipher(key, pin, pan, filler), pan) == pin


@given(keys, pans, pins)
def test_we_read_psecs_blocks(key, pan, pin):
    assert pin_block_aes.decipher(key, psec.pinblock.encipher_pinblock_iso_4(key, pin, pan), pan) == pin


@given(keys, st.binary(min_size=16, max_size=16), pans)
def test_any_block_holds_a_pin_or_is_refused(key, field, pan):
    try:
        pin = pin_block_aes.decipher(key, pin_block_aes.encipher_field(key, b"\x44" + field[1:], pan), pan)
    except (PinBlockError, PinLengthError):
        return
    assert len(pin) == 4


@pytest.mark.parametrize("start", ["43123AAAAAAAAAAA", "40AAAAAAAAAAAAAA", "4D1234567890123A", "4E12345678901234"])
def test_a_pin_too_short_or_too_long_is_told_apart(start):
    block = pin_block_aes.encipher_field(bytes(16), bytes.fromhex(start + "0" * 16), "1" * 16)
    with pytest.raises(PinLengthError):
        pin_block_aes.decipher(bytes(16), block, "1" * 16)


@pytest.mark.parametrize("start", ["4F12345678901234", "341234AAAAAAAAAA", "44123AAAAAAAAAAA", "441234AAAAAAAAAB"])
def test_a_field_that_is_none_is_refused(start):
    block = pin_block_aes.encipher_field(bytes(16), bytes.fromhex(start + "0" * 16), "1" * 16)
    with pytest.raises(PinBlockError):
        pin_block_aes.decipher(bytes(16), block, "1" * 16)


def test_arguments_of_a_wrong_length_are_refused_and_not_repeated():
    with pytest.raises(PinLengthError):
        pin_block_aes.encipher(bytes(16), "123", "1" * 16, filler)
    with pytest.raises(NotDigitsError) as refusal:
        pin_block_aes.encipher(bytes(16), "12E45", "1" * 16, filler)
    assert "12E45" not in str(refusal.value)
    with pytest.raises(NotDigitsError):
        pin_block_aes.encipher(bytes(16), "1234", "1" * 20, filler)
    with pytest.raises(KeyLengthError):
        pin_block_aes.encipher(bytes(8), "1234", "1" * 16, filler)
    with pytest.raises(DataLengthError):
        pin_block_aes.encipher_field(bytes(16), bytes(8), "1" * 16)
    with pytest.raises(DataLengthError):
        pin_block_aes.decipher(bytes(16), bytes(8), "1" * 16)
