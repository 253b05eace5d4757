"""EMV keys, cryptograms and scripts, on published vectors and against pyemv."""

import pyemv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim.crypto import emv_cryptogram, emv_keys, emv_script, pin_block, tdes
from saklar.hsm_sim.crypto.emv_cryptogram import Padding
from saklar.hsm_sim.crypto.emv_script import Confidentiality
from saklar.hsm_sim.crypto.inputs import CryptoInputError, DataLengthError, KeyLengthError, NotDigitsError

PADDINGS = {"00": Padding.ZEROS, "80": Padding.ONE_ZEROS}
MASTER_KEYS = {"A": emv_keys.master_key_a, "B": emv_keys.master_key_b}

pans = st.text("0123456789", min_size=8, max_size=19)
pins = st.text("0123456789", min_size=4, max_size=12)
numbers = st.text("0123456789", min_size=2, max_size=2)


def exactly(size):
    return st.binary(min_size=size, max_size=size)


keys = exactly(16)


def hex_of(vector, name):
    return bytes.fromhex(vector["inputs"][name])


def master_key(vector, name="imk_ac"):
    inputs = vector["inputs"]
    return MASTER_KEYS[inputs.get("option", "A")](hex_of(vector, name), inputs["pan"], inputs["psn"])


def check(value, vector, name):
    assert value.hex().upper() == vector["expected"][name]


def check_answer(key, vector):
    """The ARPC that a record wants, of what it has under the names of several sources."""
    inputs, expected = vector["inputs"], vector["expected"]
    data = bytes.fromhex(inputs.get("arc_or_csu") or expected.get("csu") or expected["arpc_input"])
    method = inputs.get("arpc_method") or expected["arpc_method"]
    answer = {1: emv_cryptogram.arpc_1, 2: emv_cryptogram.arpc_2}[method]
    check(answer(key, bytes.fromhex(expected["arqc"]), data), vector, "arpc")


def check_whole(vector, session_key, padding, data="data"):
    """The cryptogram and the answer to it; `arpc_key` says under which key."""
    cryptogram_data = hex_of(vector, data)
    check(emv_cryptogram.application_cryptogram(session_key, cryptogram_data, padding), vector, "arqc")
    assert emv_cryptogram.verify(session_key, cryptogram_data, padding, bytes.fromhex(vector["expected"]["arqc"]))
    check_answer(master_key(vector) if vector["expected"]["arpc_key"] == "ICC_MK" else session_key, vector)


@pytest.mark.vectors("emv", "icc_mk_and_common_sk")
def test_the_keys_of_a_card_and_a_session_are_the_published_ones(vector):
    card = master_key(vector, "imk")
    check(card, vector, "icc_mk")
    check(tdes.check_value(card)[:2], vector, "icc_mk_kcv2")
    session = emv_keys.common_session_key(card, hex_of(vector, "r"))
    check(session, vector, "sk")
    check(tdes.check_value(session)[:2], vector, "sk_kcv2")


@pytest.mark.vectors("emv", "emv2000_tree_sk")
def test_a_key_of_the_tree_is_the_published_one(vector):
    inputs = vector["inputs"]
    tree = inputs["height"], inputs["branch"], hex_of(vector, "iv")
    check(emv_keys.tree_session_key(hex_of(vector, "icc_mk"), hex_of(vector, "atc"), *tree), vector, "sk")


@pytest.mark.vectors("emv", "arqc")
def test_a_cryptogram_is_the_published_one(vector):
    if "sk" in vector["inputs"]:
        key = hex_of(vector, "sk")
    else:
        key = emv_keys.common_session_key(master_key(vector, "imk"), hex_of(vector, "r"))
    padding = PADDINGS[vector["inputs"]["padding"]]
    check(emv_cryptogram.application_cryptogram(key, hex_of(vector, "data"), padding), vector, "arqc")


@pytest.mark.vectors("emv", "arpc_method1")
def test_an_answer_by_method_1_is_the_published_one(vector):
    arguments = (hex_of(vector, name) for name in ("key", "arqc", "arc"))
    check(emv_cryptogram.arpc_1(*arguments), vector, "arpc")


@pytest.mark.vectors("emv", "arpc_method2")
def test_an_answer_by_method_2_is_the_published_one(vector):
    arguments = (hex_of(vector, name) for name in ("key", "arqc", "csu", "prop"))
    check(emv_cryptogram.arpc_2(*arguments), vector, "arpc")


@pytest.mark.vectors("emv", "arqc_arpc_cskd")
def test_a_transaction_with_the_common_derivation_is_the_published_one(vector):
    key = emv_keys.common_cryptogram_key(master_key(vector), hex_of(vector, "atc"))
    check_whole(vector, key, PADDINGS[vector["inputs"]["padding"]])


@pytest.mark.vectors("emv", "arqc_arpc_mchip")
def test_a_transaction_of_mchip_is_the_published_one(vector):
    key = emv_keys.mastercard_cryptogram_key(master_key(vector), hex_of(vector, "atc"), hex_of(vector, "un"))
    check_whole(vector, key, PADDINGS[vector["inputs"]["padding"]])


@pytest.mark.vectors("emv", "arqc_arpc_vsdc")
def test_a_transaction_of_vsdc_is_the_published_one(vector):
    check_whole(vector, master_key(vector), PADDINGS[vector["inputs"]["padding"]])


@pytest.mark.vectors("emv", "full_common")
def test_a_whole_transaction_is_the_published_one(vector):
    check_common(vector)


@pytest.mark.vectors("emv", "full_cvn18")
def test_a_whole_transaction_of_cvn_18_is_the_published_one(vector):
    check_common(vector)


def check_common(vector):
    check(master_key(vector), vector, "icc_mk")
    key = emv_keys.common_cryptogram_key(master_key(vector), hex_of(vector, "atc"))
    check(key, vector, "sk")
    check_whole(vector, key, Padding.ONE_ZEROS)


def check_scheme(vector, key, padding):
    check(key, vector, "sk")
    check(tdes.check_value(key)[:2], vector, "sk_kcv2")
    check_whole(vector, key, padding, "cryptogram_data")


def tag(vector, name):
    return bytes.fromhex(vector["inputs"]["tags"][name])


@pytest.mark.vectors("emv", "scheme_visa_cvn10")
def test_visa_cvn_10_is_the_published_one(vector):
    check_scheme(vector, master_key(vector), Padding.ZEROS)


@pytest.mark.vectors("emv", "scheme_visa_cvn18")
def test_visa_cvn_18_is_the_published_one(vector):
    check_scheme(vector, emv_keys.common_cryptogram_key(master_key(vector), tag(vector, "tag_9f36")), Padding.ONE_ZEROS)


def check_mastercard(vector):
    key = emv_keys.mastercard_cryptogram_key(master_key(vector), tag(vector, "tag_9f36"), tag(vector, "tag_9f37"))
    check_scheme(vector, key, Padding.ONE_ZEROS)


@pytest.mark.vectors("emv", "scheme_mastercard_cvn16")
def test_mastercard_cvn_16_is_the_published_one(vector):
    check_mastercard(vector)


@pytest.mark.vectors("emv", "scheme_mastercard_cvn17")
def test_mastercard_cvn_17_is_the_published_one(vector):
    check_mastercard(vector)


@pytest.mark.vectors("emv", "scheme_mastercard_cvn20")
def test_mastercard_cvn_20_is_the_published_one(vector):
    check_scheme(vector, emv_keys.common_cryptogram_key(master_key(vector), tag(vector, "tag_9f36")), Padding.ONE_ZEROS)


@pytest.mark.vectors("emv", "scheme_mastercard_cvn21")
def test_mastercard_cvn_21_is_the_published_one(vector):
    check_scheme(vector, emv_keys.common_cryptogram_key(master_key(vector), tag(vector, "tag_9f36")), Padding.ONE_ZEROS)


@pytest.mark.vectors("emv", "script_mac_visa_sk")
def test_the_code_of_a_script_is_the_published_one(vector):
    key = emv_keys.visa_script_key(master_key(vector, "imk_smi"), hex_of(vector, "atc"))
    check(tdes.check_value(key)[:2], vector, "sk_kcv2")
    check(emv_script.script_mac(key, hex_of(vector, "command")), vector, "mac")


@given(keys, pans, numbers)
def test_the_key_of_a_card_is_pyemvs(key, pan, number):
    assert emv_keys.master_key_a(key, pan, number) == pyemv.kd.derive_icc_mk_a(key, pan, number)
    assert emv_keys.master_key_b(key, pan, number) == pyemv.kd.derive_icc_mk_b(key, pan, number)


@given(keys, exactly(8), exactly(2))
def test_the_key_of_a_session_is_pyemvs(key, value, atc):
    assert emv_keys.common_session_key(key, value) == pyemv.kd.derive_common_sk(key, value)
    assert emv_keys.common_cryptogram_key(key, atc) == pyemv.kd.derive_common_sk(key, atc + bytes(6))
    assert emv_keys.visa_script_key(key, atc) == pyemv.kd.derive_visa_sm_sk(key, atc)


@given(keys, exactly(2), st.sampled_from([(8, 4), (16, 2), (4, 16), (16, 3)]), exactly(16))
def test_the_key_of_a_tree_is_pyemvs(key, atc, tree, iv):
    assert emv_keys.tree_session_key(key, atc, *tree, iv) == pyemv.kd.derive_emv2000_tree_sk(key, atc, *tree, iv)


@given(keys, st.binary(min_size=1, max_size=60), st.sampled_from([Padding.ZEROS, Padding.ONE_ZEROS]), st.data())
def test_a_cryptogram_is_pyemvs_and_verifies(key, data, padding, draw):
    kind = {Padding.ZEROS: pyemv.ac.PaddingType.VISA, Padding.ONE_ZEROS: pyemv.ac.PaddingType.EMV}[padding]
    cryptogram = emv_cryptogram.application_cryptogram(key, data, padding)
    assert cryptogram == pyemv.ac.generate_ac(key, data, kind)
    assert emv_cryptogram.verify(key, data, padding, cryptogram)
    place = draw.draw(st.integers(0, 63))
    other = int.from_bytes(cryptogram, "big") ^ 1 << place
    assert not emv_cryptogram.verify(key, data, padding, other.to_bytes(8, "big"))


@given(keys, exactly(8), exactly(2), exactly(4), st.binary(max_size=8))
def test_an_answer_is_pyemvs(key, arqc, code, update, proprietary):
    assert emv_cryptogram.arpc_1(key, arqc, code) == pyemv.ac.generate_arpc_1(key, arqc, code)
    expected = pyemv.ac.generate_arpc_2(key, arqc, update, proprietary)
    assert emv_cryptogram.arpc_2(key, arqc, update, proprietary) == expected


@given(keys, st.binary(max_size=60), st.integers(4, 8))
def test_the_code_of_a_script_is_pyemvs(key, data, length):
    assert emv_script.script_mac(key, data, length) == pyemv.sm.generate_command_mac(key, data, length)


@pytest.mark.parametrize("form", Confidentiality)
@given(key=keys, data=st.binary(min_size=1, max_size=60))
def test_the_data_of_a_script_is_pyemvs(form, key, data):
    reference = pyemv.sm.encrypt_command_data(key, data, pyemv.sm.EncryptionType[form.name])
    assert emv_script.encrypt(key, data, form) == reference


@given(keys, pins, st.none() | pins)
def test_the_block_that_changes_a_pin_is_pyemvs(key, new, current):
    assert emv_script.visa_pin_block(key, new, current) == pyemv.sm.format_vis_pin_block(key, new, current)


@given(pins)
def test_other_cards_take_format_2(pin):
    block = pin_block.encode("34", pin, "", "0".__mul__)
    assert block == pyemv.sm.format_iso9564_2_pin_block(pin)


def test_data_that_is_padded_already_is_taken_as_it_is():
    cryptogram = emv_cryptogram.application_cryptogram(bytes(range(16)), b"12345678", Padding.NONE)
    assert cryptogram == emv_cryptogram.application_cryptogram(bytes(range(16)), b"12345678", Padding.ZEROS)
    with pytest.raises(DataLengthError):
        emv_cryptogram.application_cryptogram(bytes(range(16)), b"1234567", Padding.NONE)


@pytest.mark.parametrize(
    "call",
    [
        lambda key: emv_keys.master_key_a(key, "1" * 16),
        lambda key: emv_keys.master_key_b(key, "1" * 19),
        lambda key: emv_keys.common_session_key(key, bytes(8)),
        lambda key: emv_keys.visa_script_key(key, bytes(2)),
        lambda key: emv_keys.tree_session_key(key, bytes(2)),
        lambda key: emv_cryptogram.application_cryptogram(key, b"1", Padding.ZEROS),
        lambda key: emv_cryptogram.arpc_1(key, bytes(8), bytes(2)),
        lambda key: emv_cryptogram.arpc_2(key, bytes(8), bytes(4)),
        lambda key: emv_script.script_mac(key, b""),
        lambda key: emv_script.encrypt(key, b"", Confidentiality.EMV),
        lambda key: emv_script.visa_pin_block(key, "1234"),
    ],
)
@pytest.mark.parametrize("size", [0, 8, 24])
def test_keys_have_16_bytes(call, size):
    with pytest.raises(KeyLengthError):
        call(bytes(size))


@pytest.mark.parametrize(
    "call",
    [
        lambda: emv_keys.common_session_key(bytes(16), bytes(7)),
        lambda: emv_keys.common_cryptogram_key(bytes(16), bytes(3)),
        lambda: emv_keys.mastercard_cryptogram_key(bytes(16), bytes(1), bytes(4)),
        lambda: emv_keys.mastercard_cryptogram_key(bytes(16), bytes(2), bytes(5)),
        lambda: emv_keys.visa_script_key(bytes(16), bytes(1)),
        lambda: emv_keys.tree_session_key(bytes(16), bytes(1)),
        lambda: emv_keys.tree_session_key(bytes(16), bytes(2), iv=bytes(8)),
        lambda: emv_cryptogram.verify(bytes(16), b"1", Padding.ZEROS, bytes(7)),
        lambda: emv_cryptogram.arpc_1(bytes(16), bytes(7), bytes(2)),
        lambda: emv_cryptogram.arpc_1(bytes(16), bytes(8), bytes(3)),
        lambda: emv_cryptogram.arpc_2(bytes(16), bytes(9), bytes(4)),
        lambda: emv_cryptogram.arpc_2(bytes(16), bytes(8), bytes(2)),
        lambda: emv_cryptogram.arpc_2(bytes(16), bytes(8), bytes(4), bytes(9)),
    ],
)
def test_data_of_another_length_is_refused(call):
    with pytest.raises(DataLengthError):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: emv_keys.tree_session_key(bytes(16), bytes(2), 15, 2),
        lambda: emv_keys.tree_session_key(bytes(16), bytes(2), 8, 1),
        lambda: emv_keys.tree_session_key(bytes(16), bytes(2), 17, 2),
        lambda: emv_keys.tree_session_key(bytes(16), bytes(2), 8, 256),
        lambda: emv_cryptogram.application_cryptogram(bytes(16), b"", Padding.ZEROS),
        lambda: emv_script.script_mac(bytes(16), b"", 3),
        lambda: emv_script.encrypt(bytes(16), bytes(256), Confidentiality.VISA),
    ],
)
def test_what_has_no_sense_is_refused(call):
    with pytest.raises(CryptoInputError):
        call()


@pytest.mark.parametrize(
    ("pan", "number"), [("1" * 7, "00"), ("1" * 20, "00"), ("1" * 15 + "F", "00"), ("1" * 16, "0")]
)
def test_a_card_is_named_by_digits(pan, number):
    for derive in MASTER_KEYS.values():
        with pytest.raises(NotDigitsError) as refusal:
            derive(bytes(16), pan, number)
        assert pan not in str(refusal.value)


@pytest.mark.parametrize(("new", "current"), [("123", None), ("12345678901234", None), ("1234", "12"), ("12a4", None)])
def test_a_new_pin_is_4_to_12_digits(new, current):
    with pytest.raises(NotDigitsError):
        emv_script.visa_pin_block(bytes(16), new, current)
