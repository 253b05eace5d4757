"""Message authentication codes, on published vectors and against psec, pyemv and cryptography."""

import psec
import pyemv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim.crypto import mac
from saklar.hsm_sim.crypto.inputs import CryptoInputError, DataLengthError, KeyLengthError

data = st.binary(max_size=70)
double_keys = st.binary(min_size=16, max_size=16)
methods = st.sampled_from([1, 2, 3])


def read(vector):
    inputs = vector["inputs"]
    return bytes.fromhex(inputs["key"]), bytes.fromhex(inputs["data"]), inputs.get("padding")


def check(code, vector):
    assert code.hex().upper() == vector["expected"]["mac"]
    assert vector["expected"]["mac"].startswith(vector["expected"].get("mac4", ""))


@pytest.mark.vectors("mac", "iso9797_alg1_des")
def test_algorithm_1_with_a_single_key_has_the_published_code(vector):
    check(mac.algorithm_1(*read(vector)), vector)


@pytest.mark.vectors("mac", "iso9797_alg1_2tdes")
def test_algorithm_1_with_a_double_key_has_the_published_code(vector):
    check(mac.algorithm_1(*read(vector)), vector)


@pytest.mark.vectors("mac", "iso9797_alg3")
def test_algorithm_3_has_the_published_code(vector):
    check(mac.algorithm_3(*read(vector)), vector)


@pytest.mark.vectors("mac", "ansi_x919_single")
def test_x9_19_has_the_published_code(vector):
    # The record gives two blocks, but its code is that of the first alone. Of both, the code follows from the
    # x919_chained_block records, whose first IV is the chain after them.
    key, message, _ = read(vector)
    check(mac.ansi_x9_19(key, message[:8]), vector)
    assert mac.chain_3(key, message).hex().upper() == "A9D4D96683B51333"


@pytest.mark.vectors("mac", "x919_chained_block")
def test_x9_19_goes_from_block_to_block_as_published(vector):
    key, message, _ = read(vector)
    iv = bytes.fromhex(vector["inputs"]["iv"])
    if vector["inputs"]["position"] == "last":
        check(mac.ansi_x9_19(key, message, iv), vector)
    else:
        assert mac.chain_3(key, message, iv).hex().upper() == vector["expected"]["iv_out"]


@pytest.mark.vectors("mac", "tdes_cmac")
def test_cmac_with_triple_des_has_the_published_code(vector):
    key, message, _ = read(vector)
    check(mac.tdes_cmac(key, message), vector)


@pytest.mark.vectors("mac", "aes_cmac")
def test_cmac_with_aes_has_the_published_code(vector):
    key, message, _ = read(vector)
    check(mac.aes_cmac(key, message), vector)


def test_hmac_has_the_code_of_rfc_4231():
    code = mac.hmac(b"Jefe", b"what do ya want for nothing?")
    assert code.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


@given(data, methods)
def test_padding_is_psecs(message, method):
    reference = {1: psec.mac.pad_iso_1, 2: psec.mac.pad_iso_2, 3: psec.mac.pad_iso_3}[method]
    assert mac.pad(message, method) == reference(message, 8)


@given(st.sampled_from([8, 16, 24]).flatmap(lambda size: st.binary(min_size=size, max_size=size)), data, methods)
def test_algorithm_1_is_psecs(key, message, method):
    assert mac.algorithm_1(key, message, method) == psec.mac.generate_cbc_mac(key, message, method, 8)


@given(double_keys, data, methods)
def test_algorithm_3_is_psecs(key, message, method):
    assert mac.algorithm_3(key, message, method) == psec.mac.generate_retail_mac(key[:8], key[8:], message, method, 8)


@given(double_keys, data)
def test_algorithm_3_is_pyemvs(key, message):
    assert mac.algorithm_3(key, message, 2) == pyemv.mac.mac_iso9797_3(key[:8], key[8:], message, 2)


@given(double_keys, data, data)
def test_a_code_in_parts_is_the_code_of_the_whole(key, head, tail):
    head = mac.pad(head, 1)
    assert mac.algorithm_1(key, head + tail, 2) == mac.algorithm_1(key, tail, 2, mac.chain_1(key, head))
    assert mac.algorithm_3(key, head + tail, 2) == mac.algorithm_3(key, tail, 2, mac.chain_3(key, head))


@given(double_keys, st.binary(min_size=8, max_size=8), data)
def test_algorithm_3_under_three_keys_is_that_under_two_where_the_third_is_the_first(key, third, message):
    assert mac.algorithm_3(key + key[:8], message, 1) == mac.algorithm_3(key, message, 1)
    if third != key[:8]:
        assert mac.chain_3(key + third, mac.pad(message, 1)) == mac.chain_3(key, mac.pad(message, 1))


def test_an_empty_message_is_padded_to_a_block():
    assert mac.pad(b"", 1) == bytes(8)
    assert mac.pad(b"", 0) == b""


@pytest.mark.parametrize("method", [-1, 4])
def test_there_are_no_other_paddings(method):
    with pytest.raises(CryptoInputError, match="padding method"):
        mac.pad(b"", method)


def test_without_padding_the_data_is_whole_blocks():
    with pytest.raises(DataLengthError):
        mac.algorithm_1(bytes(8), b"123", 0)


@pytest.mark.parametrize("size", [0, 8, 15, 32])
def test_algorithm_3_takes_two_keys_or_three(size):
    with pytest.raises(KeyLengthError):
        mac.algorithm_3(bytes(size), b"", 1)


def test_other_keys_of_a_wrong_length_are_refused():
    with pytest.raises(KeyLengthError):
        mac.ansi_x9_19(bytes(24), b"")
    with pytest.raises(KeyLengthError):
        mac.tdes_cmac(bytes(9), b"")
    with pytest.raises(KeyLengthError):
        mac.aes_cmac(bytes(8), b"")
    with pytest.raises(KeyLengthError):
        mac.hmac(b"", b"")


def test_an_iv_is_one_block():
    with pytest.raises(DataLengthError, match="IV"):
        mac.algorithm_3(bytes(16), b"", 1, bytes(4))


def test_there_is_no_hmac_of_a_hash_that_is_not_listed():
    with pytest.raises(CryptoInputError, match="hash"):
        mac.hmac(b"key", b"", "md5")
