"""Keys formed of components, generated, and given other schemes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import ClearKey, Hsm, build_command, encrypt_under_lmk, load_lmk, parse_response
from saklar.hsm_sim.crypto.blocks import xor
from saklar.hsm_sim.crypto.tr31_header import Header
from saklar.hsm_sim.keys import decrypt_under_lmk
from saklar.hsm_sim.keys.clear_key import generate

LMK, BLOCK_LMK = load_lmk("test"), load_lmk("test-tdes-block")


@pytest.fixture
def hsm():
    return Hsm(LMK)


def call(hsm, code, **fields):
    return parse_response(code, hsm.execute(build_command(code, **fields)))


def components(count, length=16, lmk=LMK, key_type="000", scheme="U"):
    clear = [generate(length) for _ in range(count)]
    return clear, {f"component_{n + 1}": encrypt_under_lmk(lmk, key_type, key, scheme) for n, key in enumerate(clear)}


@given(st.integers(2, 9))
def test_a_zmk_is_the_sum_of_its_components(count):
    hsm = Hsm(LMK)
    clear, given_ = components(count)
    made = call(hsm, "GY", components=str(count), **given_).values["zmk_under_lmk"]
    total = bytes(16)
    for each in clear:
        total = xor(total, each.data)
    assert all((a ^ b) in (0, 1) for a, b in zip(decrypt_under_lmk(LMK, "000", made).data, total, strict=True))


def test_an_a4_key_is_of_the_type_and_scheme_that_are_asked_for(hsm):
    _, given_ = components(3, key_type="001")
    made = call(hsm, "A4", components="3", key_type="001", lmk_scheme="X", **given_)
    key = decrypt_under_lmk(LMK, "001", made.values["key_under_lmk"])
    assert made.values["key_under_lmk"][0] == "X"
    assert key.check_value[:6] == made.values["check_value"]


@pytest.mark.parametrize("count", ["0", "1"])
def test_a_number_of_components_that_cannot_be_has_error_03(hsm, count):
    assert hsm.execute(f"A4{count}001U".encode())[2:4] == b"03"


def test_a_component_of_another_type_has_error_10(hsm):
    _, given_ = components(2, key_type="002")
    assert call(hsm, "A4", components="2", key_type="001", lmk_scheme="U", **given_).error == "10"


def test_components_of_different_lengths_have_error_27(hsm):
    given_ = components(1)[1] | {"component_2": encrypt_under_lmk(LMK, "000", generate(8), "Z")}
    assert call(hsm, "A4", components="2", key_type="000", lmk_scheme="U", **given_).error == "27"


def test_components_that_cancel_each_other_out_have_error_11(hsm):
    one = components(1)[1]["component_1"]
    assert (
        call(hsm, "A4", components="2", key_type="000", lmk_scheme="U", component_1=one, component_2=one).error == "11"
    )


def test_a_key_block_formed_of_components_is_none_itself():
    hsm = Hsm(BLOCK_LMK)
    header = Header("0", "52", "T", "B", "c1", "E")
    given_ = {f"component_{n}": encrypt_under_lmk(BLOCK_LMK, "FFF", generate(16), "S", header) for n in (1, 2)}
    made = call(
        hsm, "A4", components="2", key_type="FFF", lmk_scheme="S", key_version="00", optional_blocks="00", **given_
    )
    assert made.values["key_under_lmk"][6:13] == "52TB00E"


def test_a_scheme_changes_and_the_key_does_not(hsm):
    key = encrypt_under_lmk(LMK, "001", ClearKey(b"\x01\x02" * 8), "U")
    changed = call(hsm, "B0", key_type="001", key=key, lmk_scheme="X").values["key_under_lmk"]
    assert changed[0] == "X"
    assert decrypt_under_lmk(LMK, "001", changed) == decrypt_under_lmk(LMK, "001", key)


@pytest.mark.parametrize(("code", "key_type"), [("AS", "402"), ("BI", "009")])
def test_a_pair_is_made_under_the_lmk(hsm, code, key_type):
    made = call(hsm, code, zmk_scheme="0", lmk_scheme="U", check_value_type="1").values
    assert decrypt_under_lmk(LMK, key_type, made["key_under_lmk"]).check_value[:6] == made["check_value"]


@pytest.mark.parametrize(("flag", "key_type"), [("0", "00A"), ("1", "008")])
def test_fi_makes_what_its_flag_says(hsm, flag, key_type):
    zmk = components(1)[1]["component_1"]
    made = call(hsm, "FI", flag=flag, zmk=zmk).values
    back = call(hsm, "FK", flag=flag, zmk=zmk, key_under_zmk=made["key_under_zmk"]).values
    assert back["key_under_lmk"] == made["key_under_lmk"]
    assert decrypt_under_lmk(LMK, key_type, made["key_under_lmk"]).check_value == made["check_value"]
