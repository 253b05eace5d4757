"""The pure functions, on published vectors and against psec."""

import secrets

import psec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import pan12
from saklar.hsm_sim.crypto import pin_block, tdes
from saklar.hsm_sim.crypto.pvv import visa_pvv

pans = st.text("0123456789", min_size=13, max_size=19)
pins = st.text("0123456789", min_size=4, max_size=12)
keys = st.sampled_from([8, 16, 24]).flatmap(lambda size: st.binary(min_size=size, max_size=size))


def zeros(count):
    return "0" * count


@pytest.mark.vectors("kcv", "tdes_kcv")
def test_a_check_value_is_the_published_one(vector):
    value = tdes.check_value(bytes.fromhex(vector["inputs"]["key"])).hex().upper()
    expected = vector["expected"]["kcv"]
    assert value[: len(expected)] == expected


@pytest.mark.vectors("pinblock", "iso0_encode_decode")
def test_format_0_has_the_published_block(vector):
    pan, pin = vector["inputs"]["pan"], vector["inputs"]["pin"]
    block = pin_block.encode("01", pin, pan12(pan), zeros)
    assert block.hex().upper() == vector["expected"]["block"]
    assert pin_block.decode("01", block, pan12(pan)) == pin


@pytest.mark.vectors("pinblock", "iso0_encrypt_2tdes")
def test_format_0_under_a_key_has_the_published_block(vector):
    inputs = vector["inputs"]
    clear = pin_block.encode("01", inputs["pin"], pan12(inputs["pan"]), zeros)
    assert tdes.encrypt(bytes.fromhex(inputs["key"]), clear).hex().upper() == vector["expected"]["block"]


@pytest.mark.vectors("pinblock", "iso0_decode_reject")
def test_a_block_that_is_none_is_refused(vector):
    with pytest.raises(pin_block.PinBlockError):
        pin_block.decode("01", bytes.fromhex(vector["inputs"]["block"]), pan12(vector["inputs"]["pan"]))


@pytest.mark.parametrize(
    ("code", "block"),
    [("01", "03123FFFFFFFFFFF"), ("01", "0D1234567890123F"), ("03", "123FFFFFFFFFFFFF"), ("05", "131230000000000A")],
)
def test_a_well_formed_block_of_a_pin_too_short_or_too_long_is_told_apart(code, block):
    with pytest.raises(pin_block.PinLengthError):
        pin_block.decode(code, bytes.fromhex(block), "0" * 12)


@pytest.mark.vectors("pinblock", "iso1_decode")
def test_format_1_holds_the_published_pin(vector):
    block = bytes.fromhex(vector["inputs"]["block"])
    assert pin_block.decode("05", block, "0" * 12) == vector["expected"]["pin"]


@pytest.mark.vectors("pinblock", "iso1_decrypt_2tdes")
def test_format_1_under_a_key_holds_the_published_pin(vector):
    inputs = vector["inputs"]
    block = tdes.decrypt(bytes.fromhex(inputs["key"]), bytes.fromhex(inputs["block"]))
    assert pin_block.decode("05", block, "0" * 12) == vector["expected"]["pin"]


@pytest.mark.vectors("pinblock", "iso3_decode")
def test_format_3_holds_the_published_pin(vector):
    block = bytes.fromhex(vector["inputs"]["block"])
    assert pin_block.decode("47", block, pan12(vector["inputs"]["pan"])) == vector["expected"]["pin"]


@pytest.mark.vectors("pinblock", "iso3_decrypt_2tdes")
def test_format_3_under_a_key_holds_the_published_pin(vector):
    inputs = vector["inputs"]
    block = tdes.decrypt(bytes.fromhex(inputs["key"]), bytes.fromhex(inputs["block"]))
    assert pin_block.decode("47", block, pan12(inputs["pan"])) == vector["expected"]["pin"]


@pytest.mark.vectors("pvv", "visa_pvv")
def test_a_pvv_is_the_published_one(vector):
    inputs = vector["inputs"]
    pvv = visa_pvv(bytes.fromhex(inputs["pvk"]), pan12(inputs["pan"]), inputs["pvki"], inputs["pin"])
    assert pvv == vector["expected"]["pvv"]


@given(pans, pins)
def test_format_0_is_psecs(pan, pin):
    assert pin_block.encode("01", pin, pan12(pan), zeros) == psec.pinblock.encode_pinblock_iso_0(pin, pan)


@given(pans, pins)
def test_psec_reads_our_format_3(pan, pin):
    block = pin_block.encode("47", pin, pan12(pan), lambda n: secrets.token_hex(n)[:n])
    assert psec.pinblock.decode_pinblock_iso_3(block, pan) == pin


@given(pans, pins)
def test_we_read_psecs_format_3(pan, pin):
    assert pin_block.decode("47", psec.pinblock.encode_pinblock_iso_3(pin, pan), pan12(pan)) == pin


@given(pans, pins, st.binary(min_size=16, max_size=16), st.sampled_from("123456789"))
def test_a_pvv_is_psecs(pan, pin, pvk, pvki):
    assert visa_pvv(pvk, pan12(pan), pvki, pin) == psec.pin.generate_visa_pvv(pvk, pvki, pin[:4], pan)


@given(keys)
def test_a_check_value_is_psecs(key):
    assert tdes.check_value(key) == psec.des.generate_kcv(key, 8)


@pytest.mark.parametrize("code", sorted(pin_block.FORMATS))
@given(pan=pans, pin=pins)
def test_every_format_gives_back_the_pin(code, pan, pin):
    block = pin_block.encode(code, pin, pan12(pan), lambda n: secrets.token_hex(n)[:n])
    assert pin_block.decode(code, block, pan12(pan)) == pin


@pytest.mark.parametrize("code", sorted(pin_block.FORMATS))
@given(block=st.binary(min_size=8, max_size=8), pan=pans)
def test_any_block_holds_a_pin_or_is_refused(code, block, pan):
    try:
        pin = pin_block.decode(code, block, pan12(pan))
    except (pin_block.PinBlockError, pin_block.PinLengthError):
        return
    assert 4 <= len(pin) <= 12
    assert pin.isdecimal()


@pytest.mark.parametrize("pin", ["123", "1234567890123"])
def test_a_pin_that_is_too_short_or_too_long_is_refused(pin):
    with pytest.raises(pin_block.PinLengthError):
        pin_block.encode("01", pin, "0" * 12, zeros)


@given(keys)
def test_parity_is_made_odd_without_touching_the_key_bits(key):
    odd = tdes.with_odd_parity(key)
    assert tdes.has_odd_parity(odd)
    assert [a | 1 for a in odd] == [b | 1 for b in key]


@given(keys, st.binary(min_size=8, max_size=8))
def test_what_is_encrypted_decrypts(key, block):
    assert tdes.decrypt(key, tdes.encrypt(key, block)) == block
