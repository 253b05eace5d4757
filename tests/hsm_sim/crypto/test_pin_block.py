"""PIN blocks of 8 bytes, on published vectors and against psec."""

import secrets

import psec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import pan12
from saklar.hsm_sim.crypto import pin_block, tdes
from saklar.hsm_sim.crypto.inputs import DataLengthError, NotDigitsError

pans = st.text("0123456789", min_size=13, max_size=19)
pins = st.text("0123456789", min_size=4, max_size=12)


def zeros(count):
    return "0" * count


def secrets_of_hex(count):
    return secrets.token_hex(count)[:count]


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


@given(pans, pins)
def test_format_0_is_psecs(pan, pin):
    assert pin_block.encode("01", pin, pan12(pan), zeros) == psec.pinblock.encode_pinblock_iso_0(pin, pan)


@given(pans, pins)
def test_psec_reads_our_format_3(pan, pin):
    block = pin_block.encode("47", pin, pan12(pan), secrets_of_hex)
    assert psec.pinblock.decode_pinblock_iso_3(block, pan) == pin


@given(pans, pins)
def test_we_read_psecs_format_3(pan, pin):
    assert pin_block.decode("47", psec.pinblock.encode_pinblock_iso_3(pin, pan), pan12(pan)) == pin


@pytest.mark.parametrize("code", sorted(pin_block.FORMATS))
@given(pan=pans, pin=pins)
def test_every_format_gives_back_the_pin(code, pan, pin):
    block = pin_block.encode(code, pin, pan12(pan), secrets_of_hex)
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


@pytest.mark.vectors("pinblock", "iso2_encode_decode")
def test_format_2_has_the_published_block(vector):
    pin = vector["inputs"]["pin"]
    block = pin_block.encode("34", pin, "", zeros)
    assert block.hex().upper() == vector["expected"]["block"]
    assert pin_block.decode("34", block, "") == pin


@given(pins)
def test_format_2_is_psecs(pin):
    assert pin_block.encode("34", pin, "", zeros) == psec.pinblock.encode_pinblock_iso_2(pin)


@pytest.mark.parametrize("block", ["241234FFFFFFFFF0", "24123FFFFFFFFFFF", "341234FFFFFFFFFF", "2F12345678901234"])
def test_another_block_is_none_of_format_2(block):
    with pytest.raises(pin_block.PinBlockError):
        pin_block.decode("34", bytes.fromhex(block), "")


def test_a_docutel_block_is_length_pin_zeros_and_digits():
    assert pin_block.encode("02", "12345", "", zeros).hex() == "5123450000000000"
    assert pin_block.decode("02", bytes.fromhex("4123400987654321"), "") == "1234"


@given(st.text("0123456789", min_size=4, max_size=6))
def test_a_docutel_block_gives_back_the_pin(pin):
    block = pin_block.encode("02", pin, "", secrets_of_hex)
    assert block.hex().isdecimal()
    assert pin_block.decode("02", block, "") == pin


@given(st.binary(min_size=8, max_size=8))
def test_any_block_is_of_docutel_or_is_refused(block):
    try:
        assert 4 <= len(pin_block.decode("02", block, "")) <= 6
    except (pin_block.PinBlockError, pin_block.PinLengthError):
        return


@pytest.mark.parametrize("block", ["4123410987654321", "412340098765432F", "C123400987654321"])
def test_a_block_with_other_digits_is_none_of_docutel(block):
    with pytest.raises(pin_block.PinBlockError):
        pin_block.decode("02", bytes.fromhex(block), "")


@pytest.mark.parametrize("block", ["3123000987654321", "7123456987654321"])
def test_a_docutel_block_of_a_pin_too_short_or_too_long_is_told_apart(block):
    with pytest.raises(pin_block.PinLengthError):
        pin_block.decode("02", bytes.fromhex(block), "")


@pytest.mark.parametrize("pin", ["123", "1234567", "1234567890123"])
def test_a_docutel_pin_has_four_to_six_digits(pin):
    with pytest.raises(pin_block.PinLengthError):
        pin_block.encode("02", pin, "", zeros)


@given(st.text("0123456789", min_size=18, max_size=18), pins)
def test_a_plus_block_is_format_0_of_the_left_most_digits(account, pin):
    block = pin_block.encode("04", pin, account, zeros)
    assert block == pin_block.encode("01", pin, account[:12], zeros)
    assert pin_block.decode("04", block, account) == pin


@pytest.mark.parametrize("account", ["1" * 12, "1" * 17 + "x"])
def test_the_account_number_of_a_plus_block_has_18_digits(account):
    with pytest.raises(pin_block.AccountNumberError):
        pin_block.encode("04", "1234", account, zeros)
    with pytest.raises(pin_block.AccountNumberError):
        pin_block.decode("04", bytes(8), account)


@pytest.mark.parametrize("code", sorted(pin_block.FORMATS | pin_block.PARTICULAR_FORMATS))
def test_a_pin_is_made_of_digits_and_not_repeated(code):
    for pin in ("12A4", "1²34"):
        with pytest.raises(NotDigitsError) as refusal:
            pin_block.encode(code, pin, "1" * 12, zeros)
        assert pin not in str(refusal.value)


@pytest.mark.parametrize("code", ["01", "47"])
@pytest.mark.parametrize("account", ["", "1" * 11, "1" * 16, "12345678901x", "12345678901A"])
def test_an_account_number_is_12_digits_and_not_repeated(code, account):
    for call in (
        lambda: pin_block.encode(code, "1234", account, secrets_of_hex),
        lambda: pin_block.decode(code, bytes(8), account),
    ):
        with pytest.raises(pin_block.AccountNumberError) as refusal:
            call()
        assert not account or account not in str(refusal.value)


@pytest.mark.parametrize("size", [0, 7, 16])
def test_a_block_has_8_bytes(size):
    with pytest.raises(DataLengthError):
        pin_block.decode("01", bytes(size), "1" * 12)
