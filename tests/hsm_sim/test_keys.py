import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import ClearKey, HsmError, decrypt_under_lmk, encrypt_under_lmk, load_lmk
from saklar.hsm_sim.keys import SCHEME_DIGITS, generate
from saklar.hsm_sim.keys.key_types import NAMES

ZPK = "U1EF828AA8F6B80EB83E19FBC373F3A85"


@pytest.fixture(scope="module")
def lmk():
    return load_lmk("test")


@pytest.mark.vectors("lmk_key", "decrypt_under_test_lmk")
def test_a_key_under_the_test_lmk_is_the_published_one(lmk, vector):
    key = decrypt_under_lmk(lmk, vector["inputs"]["key_type"], vector["inputs"]["encrypted_key"])
    assert key.data.hex().upper() == vector["expected"]["clear_key"]
    assert key.check_value.startswith(vector["expected"].get("kcv", ""))


@pytest.mark.vectors("lmk_key", "wrap_roundtrip")
def test_a_key_goes_under_the_test_lmk_as_published(lmk, vector):
    inputs = vector["inputs"]
    clear = ClearKey(bytes.fromhex(inputs["clear_key"]))
    encrypted = encrypt_under_lmk(lmk, inputs["key_type"], clear, inputs["scheme"])
    assert encrypted == vector["expected"]["encrypted_key"]
    assert decrypt_under_lmk(lmk, inputs["key_type"], encrypted) == clear


@given(st.sampled_from(sorted(NAMES)), st.sampled_from(sorted(SCHEME_DIGITS)))
def test_a_new_key_comes_back_from_under_the_lmk(key_type, scheme):
    key = generate(SCHEME_DIGITS[scheme] // 2)
    encrypted = encrypt_under_lmk(load_lmk("test"), key_type, key, scheme)
    assert decrypt_under_lmk(load_lmk("test"), key_type, encrypted) == key


@pytest.mark.parametrize("length", [8, 16, 24])
def test_a_new_key_has_odd_parity_and_parts_that_differ(length):
    data = generate(length).data
    assert all(byte.bit_count() % 2 for byte in data)
    assert len({data[i : i + 8] for i in range(0, length, 8)}) == length // 8


def test_a_key_of_one_type_is_none_of_another(lmk):
    with pytest.raises(HsmError) as caught:
        decrypt_under_lmk(lmk, "002", ZPK)
    assert caught.value.code == "10"


@pytest.mark.parametrize(
    ("key_type", "encrypted", "code"),
    [
        ("FFF", ZPK, "04"),
        ("001", "S" + ZPK[1:], "A1"),
        ("001", ZPK[:-1], "26"),
        ("001", "", "26"),
        ("001", "U" + "G" * 32, "26"),
    ],
)
def test_what_is_no_key_has_its_error_code(lmk, key_type, encrypted, code):
    with pytest.raises(HsmError) as caught:
        decrypt_under_lmk(lmk, key_type, encrypted)
    assert caught.value.code == code


@pytest.mark.parametrize(("scheme", "code"), [("T", "27"), ("Y", "27"), ("Q", "26")])
def test_a_scheme_must_suit_the_key(lmk, scheme, code):
    with pytest.raises(HsmError) as caught:
        encrypt_under_lmk(lmk, "001", generate(16), scheme)
    assert caught.value.code == code


def test_no_repr_shows_a_key(lmk):
    key = decrypt_under_lmk(lmk, "001", ZPK)
    assert repr(key) == "<ClearKey 6F1E3F>"
    assert repr(lmk) == "VariantLmk(source='test', kind='variant')"


def test_no_error_shows_a_key(lmk):
    with pytest.raises(HsmError) as caught:
        decrypt_under_lmk(lmk, "002", ZPK)
    assert ZPK[1:] not in str(caught.value)
