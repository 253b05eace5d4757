"""DUKPT with triple DES, on published vectors and against pydukpt."""

import pydukpt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim.crypto import dukpt_tdes, mac, tdes
from saklar.hsm_sim.crypto.dukpt_tdes import KeyUse
from saklar.hsm_sim.crypto.inputs import DataLengthError, KeyLengthError

bdks = st.binary(min_size=16, max_size=16)
terminals = st.binary(min_size=10, max_size=10)
counters = st.integers(1, 0x1FFFFF)


def keys_of(vector):
    bdk, ksn = bytes.fromhex(vector["inputs"]["bdk"]), bytes.fromhex(vector["inputs"]["ksn"])
    return {use: dukpt_tdes.derive(bdk, ksn, use) for use in KeyUse}


def data_of(vector):
    return mac.pad(vector["inputs"]["data_ascii"].encode(), 1)


def check(value, vector, name):
    assert value.hex().upper() == vector["expected"][name]


@pytest.mark.vectors("dukpt_tdes", "initial_key")
def test_an_initial_key_is_the_published_one(vector):
    inputs = vector["inputs"]
    check(dukpt_tdes.initial_key(bytes.fromhex(inputs["bdk"]), bytes.fromhex(inputs["ksn"])), vector, "ik")


@pytest.mark.vectors("dukpt_tdes", "pin_encrypt")
def test_an_encrypted_pin_block_is_the_published_one(vector):
    block = bytes.fromhex(vector["inputs"]["clear_pinblock"])
    check(tdes.encrypt(keys_of(vector)[KeyUse.PIN], block), vector, "enc_pinblock")
    assert dukpt_tdes.is_used_counter(bytes.fromhex(vector["inputs"]["ksn"]))


@pytest.mark.vectors("dukpt_tdes", "txn")
def test_a_transaction_is_the_published_one(vector):
    inputs, keys = vector["inputs"], keys_of(vector)
    bdk, ksn = bytes.fromhex(inputs["bdk"]), bytes.fromhex(inputs["ksn"])
    check(dukpt_tdes.transaction_key(dukpt_tdes.initial_key(bdk, ksn), ksn), vector, "txn_key")
    check(tdes.encrypt(keys[KeyUse.PIN], bytes.fromhex(inputs["clear_pinblock"])), vector, "enc_pinblock")
    message = inputs["data_ascii"].encode()
    for use, way in ((KeyUse.MAC_REQUEST, "request"), (KeyUse.MAC_RESPONSE, "response")):
        check(mac.ansi_x9_19(keys[use], message)[:4], vector, f"mac_{way}4")
        check(mac.tdes_cmac(keys[use], message), vector, f"tdes_cmac_{way}")


@pytest.mark.vectors("dukpt_tdes", "txn_data_and_full_mac")
def test_encrypted_data_is_the_published_one(vector):
    keys, message = keys_of(vector), data_of(vector)
    check(tdes.encrypt_cbc(keys[KeyUse.DATA_REQUEST], bytes(8), message), vector, "data_request_enc")
    check(tdes.encrypt_cbc(keys[KeyUse.DATA_RESPONSE], bytes(8), message), vector, "data_response_enc")
    check(mac.algorithm_3(keys[KeyUse.MAC_REQUEST], message, 0), vector, "mac_request8")
    check(mac.algorithm_3(keys[KeyUse.MAC_RESPONSE], message, 0), vector, "mac_response8")


@given(bdks, terminals, counters)
def test_keys_are_pydukpts(bdk, terminal, counter):
    ksn = pydukpt.ksn_with_counter(terminal, counter)
    initial = dukpt_tdes.initial_key(bdk, ksn)
    assert initial == pydukpt.derive_ipek(bdk, ksn)
    transaction = dukpt_tdes.transaction_key(initial, ksn)
    assert transaction == pydukpt.derive_key(initial, ksn)
    reference = {
        KeyUse.PIN: pydukpt.pin_key,
        KeyUse.MAC_REQUEST: pydukpt.mac_request_key,
        KeyUse.MAC_RESPONSE: pydukpt.mac_response_key,
        KeyUse.DATA_REQUEST: pydukpt.data_request_key,
        KeyUse.DATA_RESPONSE: pydukpt.data_response_key,
    }
    for use, of_theirs in reference.items():
        assert dukpt_tdes.working_key(transaction, use) == of_theirs(transaction)
        assert dukpt_tdes.derive(bdk, ksn, use) == of_theirs(transaction)


@given(bdks, terminals)
def test_the_initial_key_is_the_terminals_whatever_the_counter(bdk, terminal):
    assert dukpt_tdes.initial_key(bdk, pydukpt.ksn_with_counter(terminal, 0)) == dukpt_tdes.initial_key(bdk, terminal)


@given(bdks, st.binary(min_size=8, max_size=9))
def test_a_short_serial_number_is_filled_on_the_left(bdk, ksn):
    whole = b"\xff" * (10 - len(ksn)) + ksn
    assert dukpt_tdes.derive(bdk, ksn, KeyUse.PIN) == dukpt_tdes.derive(bdk, whole, KeyUse.PIN)


@given(terminals, counters)
def test_a_counter_that_a_terminal_comes_to_is_used(terminal, counter):
    try:
        ksn = pydukpt.next_ksn(pydukpt.ksn_with_counter(terminal, counter))
    except pydukpt.KSNExhaustedError:
        return
    assert dukpt_tdes.is_used_counter(ksn)


@pytest.mark.parametrize("counter", [0, 0x7FF, 0x1FFFFF])
def test_other_counters_are_not_used(counter):
    assert not dukpt_tdes.is_used_counter(pydukpt.ksn_with_counter(bytes(10), counter))


@pytest.mark.parametrize("size", [0, 8, 24])
def test_keys_have_16_bytes(size):
    for call in (
        lambda: dukpt_tdes.initial_key(bytes(size), bytes(10)),
        lambda: dukpt_tdes.transaction_key(bytes(size), bytes(10)),
        lambda: dukpt_tdes.working_key(bytes(size), KeyUse.PIN),
    ):
        with pytest.raises(KeyLengthError):
            call()


@pytest.mark.parametrize("size", [0, 7, 11])
def test_a_serial_number_has_8_to_10_bytes(size):
    for call in (dukpt_tdes.initial_key, dukpt_tdes.transaction_key):
        with pytest.raises(DataLengthError):
            call(bytes(16), bytes(size))
    with pytest.raises(DataLengthError):
        dukpt_tdes.is_used_counter(bytes(size))
