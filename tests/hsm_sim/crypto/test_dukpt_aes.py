"""DUKPT with AES, on published vectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim.crypto import aes, dukpt_aes, mac, pin_block_aes
from saklar.hsm_sim.crypto.dukpt_aes import KeyType, KeyUsage
from saklar.hsm_sim.crypto.inputs import DataLengthError, KeyLengthError

bdks = st.sampled_from([16, 24, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
ksns = st.binary(min_size=12, max_size=12)


def read(vector):
    bdk, ksn = bytes.fromhex(vector["inputs"]["bdk"]), bytes.fromhex(vector["inputs"]["ksn"])
    assert 8 * len(bdk) == vector["inputs"]["key_bits"]
    return bdk, ksn


def check(value, vector, name):
    assert value.hex().upper() == vector["expected"][name]


def check_transaction_key(vector):
    bdk, ksn = read(vector)
    check(dukpt_aes.transaction_key(dukpt_aes.initial_key(bdk, ksn[:8]), ksn), vector, "txn_key")


@pytest.mark.vectors("dukpt_aes", "initial_key")
def test_an_initial_key_is_the_published_one(vector):
    bdk, name = bytes.fromhex(vector["inputs"]["bdk"]), bytes.fromhex(vector["inputs"]["initial_key_id"])
    check(dukpt_aes.initial_key(bdk, name), vector, "ik")


@pytest.mark.vectors("dukpt_aes", "txn_key")
def test_the_key_of_a_transaction_is_the_published_one(vector):
    check_transaction_key(vector)


@pytest.mark.vectors("dukpt_aes", "txn")
def test_a_transaction_is_the_published_one(vector):
    check_transaction_key(vector)
    bdk, ksn = read(vector)
    pin_key = dukpt_aes.derive(bdk, ksn, KeyUsage.PIN_ENCRYPTION, KeyType.AES_128)
    check(pin_key, vector, "pin_key_aes128")
    generation = dukpt_aes.derive(bdk, ksn, KeyUsage.MAC_GENERATION, KeyType.AES_128)
    check(generation, vector, "mac_generation_key_aes128")
    request = dukpt_aes.derive(bdk, ksn, KeyUsage.DATA_ENCRYPT, KeyType.AES_128)
    check(request, vector, "data_encrypt_request_key_aes128")
    pan, field = vector["inputs"]["pan"], bytes.fromhex(vector["inputs"]["pin_field"])
    block = pin_block_aes.encipher_field(pin_key, field, pan)
    assert pin_block_aes.decipher(pin_key, block, pan) == vector["inputs"]["pin"]
    assert block.hex().upper() == vector["expected"].get("enc_pinblock_iso4", block.hex().upper())


@pytest.mark.vectors("dukpt_aes", "txn_mac_data")
def test_codes_and_encrypted_data_are_the_published_ones(vector):
    bdk, ksn = read(vector)
    message = vector["inputs"]["data_ascii"].encode()
    ways = [
        ("request", KeyUsage.MAC_GENERATION, KeyUsage.DATA_ENCRYPT),
        ("response", KeyUsage.MAC_VERIFICATION, KeyUsage.DATA_DECRYPT),
    ]
    for way, mac_usage, data_usage in ways:
        code = mac.aes_cmac(dukpt_aes.derive(bdk, ksn, mac_usage, KeyType.AES_128), message)
        check(code, vector, f"cmac_{way}")
        code = mac.hmac(dukpt_aes.derive(bdk, ksn, mac_usage, KeyType.HMAC_128), message)
        check(code, vector, f"hmac128_sha256_{way}")
        data_key = dukpt_aes.derive(bdk, ksn, data_usage, KeyType.AES_128)
        check(aes.encrypt_cbc(data_key, bytes(16), mac.pad(message, 1, 16)), vector, f"data_{way}_enc")


@given(st.binary(min_size=32, max_size=32), ksns)
def test_each_usage_and_type_has_a_key_of_its_own(bdk, ksn):
    transaction = dukpt_aes.transaction_key(dukpt_aes.initial_key(bdk, ksn[:8]), ksn)
    keys = set()
    for usage in KeyUsage:
        for key_type in KeyType:
            key = dukpt_aes.working_key(transaction, ksn, usage, key_type)
            assert len(key) == key_type.value.length
            keys.add(key[:16])
    assert len(keys) == len(KeyUsage) * len(KeyType)


@given(bdks, ksns)
def test_a_key_derives_those_that_are_no_stronger(bdk, ksn):
    weakest = {KeyType.TDEA_2, KeyType.TDEA_3, KeyType.AES_128, KeyType.HMAC_128}
    allowed = {16: weakest, 24: weakest | {KeyType.AES_192, KeyType.HMAC_192}, 32: set(KeyType)}[len(bdk)]
    for key_type in KeyType:
        if key_type in allowed:
            assert len(dukpt_aes.derive(bdk, ksn, KeyUsage.DATA_ENCRYPT, key_type)) == key_type.value.length
        else:
            with pytest.raises(KeyLengthError, match=key_type.name):
                dukpt_aes.derive(bdk, ksn, KeyUsage.DATA_ENCRYPT, key_type)


@pytest.mark.parametrize(
    ("counter", "used"),
    [("00000000", False), ("00000001", True), ("0001FFFE", True), ("0001FFFF", False), ("FFFF0000", True)],
)
def test_a_counter_is_used_up_to_16_ones(counter, used):
    assert dukpt_aes.is_used_counter(bytes(8) + bytes.fromhex(counter)) is used


@pytest.mark.parametrize("size", [0, 8, 17])
def test_keys_are_those_of_aes(size):
    for call in (
        lambda: dukpt_aes.initial_key(bytes(size), bytes(8)),
        lambda: dukpt_aes.transaction_key(bytes(size), bytes(12)),
        lambda: dukpt_aes.working_key(bytes(size), bytes(12), KeyUsage.PIN_ENCRYPTION, KeyType.AES_128),
    ):
        with pytest.raises(KeyLengthError):
            call()


@pytest.mark.parametrize("size", [0, 8, 13])
def test_a_serial_number_has_12_bytes(size):
    for call in (
        lambda: dukpt_aes.transaction_key(bytes(16), bytes(size)),
        lambda: dukpt_aes.working_key(bytes(16), bytes(size), KeyUsage.PIN_ENCRYPTION, KeyType.AES_128),
        lambda: dukpt_aes.derive(bytes(16), bytes(size), KeyUsage.PIN_ENCRYPTION, KeyType.AES_128),
        lambda: dukpt_aes.is_used_counter(bytes(size)),
    ):
        with pytest.raises(DataLengthError):
            call()


def test_the_name_of_an_initial_key_has_8_bytes():
    with pytest.raises(DataLengthError):
        dukpt_aes.initial_key(bytes(16), bytes(12))
