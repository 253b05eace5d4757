import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from saklar.hsm_sim import LmkError
from saklar.hsm_sim.crypto import tdes
from saklar.hsm_sim.keys.ceremony import KINDS, check_value, form_lmk, new_component, read_component

ONE, TWO = bytes(range(32)), bytes(range(100, 132))


@pytest.mark.parametrize("kind", KINDS)
def test_components_make_the_same_lmk_in_any_order(kind):
    components = [new_component() for _ in range(3)]
    made = [form_lmk(kind, order, "x").check_value for order in (components, components[::-1])]
    assert made[0] == made[1]


@pytest.mark.parametrize("kind", KINDS)
def test_every_component_changes_the_lmk(kind):
    assert form_lmk(kind, [ONE, TWO], "x").check_value != form_lmk(kind, [ONE], "x").check_value


def test_an_aes_lmk_is_the_sum_of_its_components():
    assert form_lmk("aes-block", [ONE, TWO], "x").key == bytes(a ^ b for a, b in zip(ONE, TWO, strict=True))


def test_the_pairs_of_a_variant_lmk_are_des_keys_that_differ():
    pairs = form_lmk("variant", [ONE], "x").pairs
    assert len(set(pairs)) == 20
    assert all(tdes.has_odd_parity(pair) and len(pair) == 16 for pair in pairs)


def test_a_triple_des_lmk_has_three_parts_of_odd_parity():
    key = form_lmk("tdes-block", [ONE], "x").key
    assert len(key) == 24
    assert tdes.has_odd_parity(key)


def test_new_components_differ():
    assert new_component() != new_component()


def test_a_component_is_read_as_people_write_it():
    text = ONE.hex()
    assert read_component(f" {text[:4]} {text[4:8]}-{text[8:].upper()}\n") == ONE


@pytest.mark.parametrize(("text", "said"), [("12", "not 2"), ("G" * 64, "made of hex digits"), ("0" * 65, "not 65")])
def test_a_mistyped_component_is_refused_without_its_digits(text, said):
    with pytest.raises(LmkError, match=said) as caught:
        read_component(text)
    assert text not in str(caught.value).replace("not 12", "")


def test_a_component_has_the_check_value_of_an_aes_key():
    oracle = CMAC(AES(ONE))
    oracle.update(bytes(16))
    assert check_value(ONE) == oracle.finalize().hex()[:6].upper()


def test_the_same_component_twice_is_refused():
    with pytest.raises(LmkError, match="the same"):
        form_lmk("variant", [ONE, TWO, ONE], "x")
