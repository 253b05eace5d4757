"""The block ciphers and their check values, on published vectors and against psec and cryptography."""

import psec
import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim.crypto import aes, kcv, tdes
from saklar.hsm_sim.crypto.inputs import DataLengthError, KeyLengthError


def keys_of(*lengths):
    return st.sampled_from(lengths).flatmap(lambda size: st.binary(min_size=size, max_size=size))


def blocks_of(size):
    return st.integers(0, 5).flatmap(lambda count: st.binary(min_size=count * size, max_size=count * size))


tdes_keys = keys_of(8, 16, 24)
aes_keys = keys_of(16, 24, 32)


@pytest.mark.vectors("kcv", "tdes_kcv")
def test_a_des_check_value_is_the_published_one(vector):
    key = bytes.fromhex(vector["inputs"]["key"])
    expected = vector["expected"]["kcv"]
    assert tdes.check_value(key).hex().upper()[: len(expected)] == expected
    assert kcv.tdes_zeros(key) == tdes.check_value(key)[:3]


@pytest.mark.vectors("kcv", "aes_cmac_kcv")
def test_an_aes_check_value_is_the_published_one(vector):
    key = bytes.fromhex(vector["inputs"]["key"])
    expected = bytes.fromhex(vector["expected"]["kcv"])
    assert kcv.aes_cmac(key, len(expected)) == expected
    assert kcv.aes_cmac(key) == expected[:3]
    older = vector["expected"].get("aes_ecb_zero_kcv")
    assert older is None or kcv.aes_zeros(key).hex().upper() == older


@given(tdes_keys)
def test_a_des_check_value_is_psecs(key):
    assert tdes.check_value(key) == psec.des.generate_kcv(key, 8)


@given(tdes_keys)
def test_parity_is_made_odd_without_touching_the_key_bits(key):
    odd = tdes.with_odd_parity(key)
    assert tdes.has_odd_parity(odd)
    assert [a | 1 for a in odd] == [b | 1 for b in key]


@given(tdes_keys, st.binary(min_size=8, max_size=8), blocks_of(8))
def test_triple_des_is_psecs_and_has_an_inverse(key, iv, data):
    assert tdes.encrypt(key, data) == tdes.encrypt_once(key, data)
    assert tdes.decrypt(key, tdes.encrypt(key, data)) == data
    assert tdes.decrypt_cbc(key, iv, tdes.encrypt_cbc(key, iv, data)) == data
    if data:
        assert tdes.encrypt(key, data) == psec.des.encrypt_tdes_ecb(key, data)
        assert tdes.encrypt_cbc(key, iv, data) == psec.des.encrypt_tdes_cbc(key, iv, data)


@given(aes_keys, st.binary(min_size=16, max_size=16), blocks_of(16))
def test_aes_is_that_of_cryptography_and_has_an_inverse(key, iv, data):
    assert aes.encrypt(key, data) == aes.encrypt_once(key, data)
    assert aes.decrypt(key, aes.encrypt(key, data)) == data
    assert aes.decrypt_cbc(key, iv, aes.encrypt_cbc(key, iv, data)) == data
    for mode, ours in ((modes.ECB(), aes.encrypt(key, data)), (modes.CBC(iv), aes.encrypt_cbc(key, iv, data))):
        assert Cipher(algorithms.AES(key), mode).encryptor().update(data) == ours


@pytest.mark.parametrize(("cipher", "size"), [(tdes, 8), (aes, 16)])
@pytest.mark.parametrize("name", ["encrypt", "decrypt", "encrypt_once"])
def test_a_key_or_data_of_another_length_is_refused(cipher, size, name):
    operation = getattr(cipher, name)
    with pytest.raises(KeyLengthError, match="has 7 bytes"):
        operation(b"7" * 7, bytes(size))
    with pytest.raises(DataLengthError):
        operation(bytes(16), bytes(size + 1))


@pytest.mark.parametrize(("cipher", "size"), [(tdes, 8), (aes, 16)])
@pytest.mark.parametrize("name", ["encrypt_cbc", "decrypt_cbc"])
def test_an_iv_is_a_block_and_chained_data_is_blocks(cipher, size, name):
    operation = getattr(cipher, name)
    with pytest.raises(DataLengthError, match="IV"):
        operation(bytes(16), bytes(size - 1), bytes(size))
    with pytest.raises(DataLengthError):
        operation(bytes(16), bytes(size), bytes(size - 1))


@pytest.mark.parametrize(("segment", "mode"), [(1, modes.CFB8), (8, modes.CFB)])
@given(key=tdes_keys, iv=st.binary(min_size=8, max_size=8), data=st.binary(max_size=50))
def test_triple_des_in_feedback_modes_is_cryptographys_and_has_an_inverse(segment, mode, key, iv, data):
    encrypted = tdes.encrypt_cfb(key, iv, data, segment)
    encryptor = Cipher(TripleDES(tdes.expanded(key)), mode(iv)).encryptor()
    assert encrypted == encryptor.update(data) + encryptor.finalize()
    assert tdes.decrypt_cfb(key, iv, encrypted, segment) == data


def test_a_feedback_mode_takes_an_iv_of_a_block_only():
    with pytest.raises(DataLengthError):
        tdes.encrypt_cfb(bytes(16), bytes(7), b"", 1)
