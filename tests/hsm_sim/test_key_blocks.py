"""Keys in key blocks: under a key-block LMK, and under a ZMK as TR-31 or payShield's own."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from psec import tr31 as psec_tr31

from saklar.hsm_sim import ClearKey, HsmError, decrypt_under_lmk, encrypt_under_lmk, load_lmk
from saklar.hsm_sim.crypto.tr31_header import Header
from saklar.hsm_sim.keys import decrypt_under_key, encrypt_under_key
from saklar.hsm_sim.keys import key_types as kt
from saklar.hsm_sim.keys.clear_key import AES, TDES, Use, generate

TDES_LMK, AES_LMK, VARIANT = load_lmk("test-tdes-block"), load_lmk("test-aes-block"), load_lmk("test")
LENGTHS = {TDES: (8, 16, 24), AES: (16, 24, 32)}

block_lmks = st.sampled_from([TDES_LMK, AES_LMK])
kinds = st.sampled_from(kt.KEY_TYPES)
algorithms = st.sampled_from([TDES, AES])


def code_of(call):
    with pytest.raises(HsmError) as caught:
        call()
    return caught.value.code


@given(block_lmks, kinds, algorithms, st.data())
def test_a_key_comes_back_from_under_a_key_block_lmk(lmk, kind, algorithm, data):
    key = generate(data.draw(st.sampled_from(LENGTHS[algorithm])), algorithm)
    block = encrypt_under_lmk(lmk, kind, key, "S")
    assert decrypt_under_lmk(lmk, kind, block, algorithms=TDES + AES) == key


@pytest.mark.parametrize(
    ("lmk", "length", "algorithm", "characters"),
    [(TDES_LMK, 16, TDES, 73), (TDES_LMK, 24, TDES, 89), (AES_LMK, 16, AES, 97), (AES_LMK, 32, AES, 129)],
)
def test_a_key_block_is_as_long_as_a_units(lmk, length, algorithm, characters):
    """72 characters of a pair are seen in recorded messages."""
    assert len(encrypt_under_lmk(lmk, kt.ZPK, generate(length, algorithm), "S")) == characters


def test_a_key_block_says_what_the_key_is():
    assert encrypt_under_lmk(TDES_LMK, kt.ZPK, generate(16), "S")[:17] == "S0007272TB00E0000"


@given(st.integers(1, 72), st.integers(1, 255))
def test_a_changed_key_block_is_refused(position, flip):
    block = encrypt_under_lmk(TDES_LMK, kt.ZPK, ClearKey(b"\x01\x02" * 8), "S")
    changed = block[:position] + chr(ord(block[position]) ^ flip) + block[position + 1 :]
    assume(changed.upper() != block)
    assert code_of(lambda: decrypt_under_lmk(TDES_LMK, kt.ZPK, changed)) != "00"


@pytest.mark.parametrize(
    ("made_as", "used_as"),
    [
        (kt.ZPK, kt.TPK),
        (kt.ZMK, kt.TMK),
        (kt.PVK_IBM, kt.PVK_VISA),
        (kt.BDK, kt.ZPK),
        (kt.TAK, "001"),
        (kt.ZEK, kt.DEK),
    ],
)
def test_a_key_for_one_thing_is_not_for_another(made_as, used_as):
    block = encrypt_under_lmk(TDES_LMK, made_as, generate(16), "S")
    assert code_of(lambda: decrypt_under_lmk(TDES_LMK, used_as, block)) == "A6"


@pytest.mark.parametrize("made_as", [kt.TPK, kt.TMK, kt.PVK_VISA])
def test_a_code_that_several_kinds_share_is_any_of_them(made_as):
    block = encrypt_under_lmk(TDES_LMK, made_as, generate(16), "S")
    assert decrypt_under_lmk(TDES_LMK, "002", block).header.usage == made_as.usages[0]


@pytest.mark.parametrize(
    ("mode", "use", "error"),
    [
        ("V", Use.GENERATE, "A8"),
        ("V", Use.VERIFY, None),
        ("G", Use.VERIFY, "A8"),
        ("C", Use.GENERATE, None),
        ("N", Use.GENERATE, None),
        ("D", Use.ENCRYPT, "A8"),
        ("E", Use.ENCRYPT, None),
        ("X", Use.DERIVE, None),
        ("V", Use.ANY, None),
    ],
)
def test_a_key_does_what_its_mode_of_use_allows(mode, use, error):
    block = encrypt_under_lmk(TDES_LMK, kt.CVK, generate(16), "S", Header("0", "C0", "T", mode))
    if error is None:
        assert decrypt_under_lmk(TDES_LMK, kt.CVK, block, use=use).header.mode == mode
    else:
        assert code_of(lambda: decrypt_under_lmk(TDES_LMK, kt.CVK, block, use=use)) == error


def test_an_aes_key_is_not_for_commands_of_triple_des():
    block = encrypt_under_lmk(AES_LMK, kt.ZPK, generate(16, AES), "S")
    assert code_of(lambda: decrypt_under_lmk(AES_LMK, kt.ZPK, block)) == "A7"


def test_a_key_block_of_another_lmk_identifier_is_refused():
    other = load_lmk("test-tdes-block", identifier="01")
    block = encrypt_under_lmk(other, kt.ZPK, generate(16), "S")
    assert block[15:17] == "01"
    assert code_of(lambda: decrypt_under_lmk(TDES_LMK, kt.ZPK, block)) == "A3"


@pytest.mark.parametrize(("lmk", "version"), [(TDES_LMK, "1"), (AES_LMK, "0")])
def test_a_key_block_of_the_other_algorithm_is_refused(lmk, version):
    block = encrypt_under_lmk(AES_LMK if version == "1" else TDES_LMK, kt.ZPK, generate(16), "S")
    assert code_of(lambda: decrypt_under_lmk(lmk, kt.ZPK, block)) == "A9"


@pytest.mark.parametrize("text", ["U" + "0" * 32, "0" * 16, "R" + "0" * 72])
def test_a_key_block_lmk_takes_key_blocks_only(text):
    assert code_of(lambda: decrypt_under_lmk(TDES_LMK, kt.ZPK, text)) == "A1"


@pytest.mark.parametrize("scheme", ["U", "Z", "X", "R"])
def test_under_a_key_block_lmk_keys_are_of_scheme_s(scheme):
    assert code_of(lambda: encrypt_under_lmk(TDES_LMK, kt.ZPK, generate(16), scheme)) == "A1"


def test_an_aes_key_cannot_be_under_a_variant_lmk():
    assert code_of(lambda: encrypt_under_lmk(VARIANT, kt.ZPK, generate(16, AES), "U")) == "27"


ZMKS = {TDES: ClearKey(bytes(range(1, 17))), AES: ClearKey(bytes(range(32)), AES)}


@given(kinds, algorithms, algorithms, st.sampled_from("RS"), st.data())
def test_a_key_comes_back_from_a_key_block_under_a_zmk(kind, under, algorithm, scheme, data):
    key = generate(data.draw(st.sampled_from(LENGTHS[algorithm])), algorithm)
    block = encrypt_under_key(ZMKS[under], kind, key, scheme)
    assert decrypt_under_key(ZMKS[under], kt.ANY, block) == key


@pytest.mark.parametrize(("under", "version"), [(TDES, "A"), (TDES, "B"), (TDES, "C"), (AES, "D")])
def test_another_implementation_reads_the_tr31_block(under, version):
    key = generate(16)
    block = encrypt_under_key(ZMKS[under], kt.ZPK, key, "R", version=version)
    header, found = psec_tr31.unwrap(ZMKS[under].data, block[1:])
    assert (found, header.version_id, header.key_usage) == (key.data, version, "P0")


@pytest.mark.parametrize(("under", "version"), [(TDES, "D"), (AES, "B"), (TDES, "0"), (TDES, "")])
def test_a_version_that_the_zmk_cannot_make_is_refused(under, version):
    assert code_of(lambda: encrypt_under_key(ZMKS[under], kt.ZPK, generate(16), "R", version=version)) == "A9"


@pytest.mark.parametrize(
    ("exportability", "scheme", "error"), [("N", "R", "AA"), ("E", "R", None), ("E", "X", "AA"), ("S", "X", None)]
)
def test_a_key_leaves_as_its_exportability_allows(exportability, scheme, error):
    block = encrypt_under_lmk(
        TDES_LMK, kt.ZPK, generate(16), "S", Header("0", "P0", "T", "B", exportability=exportability)
    )
    key = decrypt_under_lmk(TDES_LMK, kt.ZPK, block)
    if error is None:
        assert encrypt_under_key(ZMKS[TDES], kt.ZPK, key, scheme)[0] == scheme
    else:
        assert code_of(lambda: encrypt_under_key(ZMKS[TDES], kt.ZPK, key, scheme)) == error


@pytest.mark.parametrize(("under", "algorithm"), [(AES, TDES), (TDES, AES)])
def test_old_schemes_are_of_triple_des_alone(under, algorithm):
    assert code_of(lambda: encrypt_under_key(ZMKS[under], kt.ZPK, generate(16, algorithm), "X")) == "26"


def test_an_imported_block_must_be_of_the_type_that_is_asked_for():
    block = encrypt_under_key(ZMKS[TDES], kt.ZPK, generate(16), "R")
    assert code_of(lambda: decrypt_under_key(ZMKS[TDES], "009", block)) == "A6"


def test_an_asymmetric_key_is_not_taken_from_a_block():
    from saklar.hsm_sim.crypto import tr31

    block = "R" + tr31.wrap(ZMKS[TDES].data, Header("B", "S0", "R", "S"), bytes(64), bytes)
    assert code_of(lambda: decrypt_under_key(ZMKS[TDES], kt.ANY, block)) == "A7"


def test_no_error_shows_what_is_in_a_block():
    block = encrypt_under_lmk(TDES_LMK, kt.ZPK, generate(16), "S")
    with pytest.raises(HsmError) as caught:
        decrypt_under_lmk(TDES_LMK, kt.TPK, block)
    assert block[17:] not in str(caught.value)
