"""The journal's keys: wrapped by the LMK, and what they seal."""

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import load_lmk
from saklar.switch.journal import JournalError, read_keys, write_keys
from saklar.switch.journal.keys import JournalKeys, new_keys

LMK, OTHER_LMK = load_lmk("test"), load_lmk("test-aes-block")
KEYS = JournalKeys(b"h" * 32, {1: b"1" * 32})


@given(st.binary(max_size=500), st.text(max_size=20))
def test_what_is_sealed_is_opened(secret, about):
    assert KEYS.open(KEYS.seal(secret, about), about) == secret


@given(st.binary(min_size=1), st.data())
def test_a_changed_bit_is_noticed(secret, data):
    sealed = bytearray(KEYS.seal(secret, "01"))
    place = data.draw(st.integers(1, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(JournalError, match="01: what is sealed has been changed"):
        KEYS.open(bytes(sealed), "01")


def test_what_is_sealed_for_one_transaction_does_not_open_for_another():
    with pytest.raises(JournalError, match="02"):
        KEYS.open(KEYS.seal(b"secret", "01"), "02")


def test_the_same_secret_is_never_sealed_alike():
    assert len({KEYS.seal(b"secret", "01") for _ in range(1000)}) == 1000


def test_nonces_go_on_when_their_counter_is_used_up():
    keys = JournalKeys(b"h" * 32, {1: b"1" * 32})
    keys._count = 2**32 - 2
    sealed = [keys.seal(b"secret", "01") for _ in range(4)]
    assert len({each[1:13] for each in sealed}) == 4
    assert {keys.open(each, "01") for each in sealed} == {b"secret"}


def test_after_a_rotation_the_new_key_seals_and_the_old_one_opens():
    rotated = KEYS.rotated()
    assert rotated.open(KEYS.seal(b"old", "01"), "01") == b"old"
    with pytest.raises(JournalError, match="data key 2, which is not there"):
        KEYS.open(rotated.seal(b"new", "01"), "01")


def test_a_rotation_leaves_the_hashes_as_they_were():
    assert KEYS.rotated().hash_of("4000000000000002") == KEYS.hash_of("4000000000000002")


def test_the_repr_shows_no_key():
    assert "68" * 4 not in repr(KEYS)
    assert "hhhh" not in repr(KEYS)
    assert "1111" not in repr(KEYS)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "keys"
    write_keys(path, KEYS, LMK)
    return path


def test_keys_come_back_from_their_file(path):
    keys = read_keys(path, LMK)
    assert (keys.hash_key, keys.data_keys) == (KEYS.hash_key, KEYS.data_keys)


@pytest.mark.parametrize("lmk", ["test", "test-tdes-block", "test-aes-block"])
def test_every_kind_of_lmk_wraps_keys(tmp_path, lmk):
    write_keys(tmp_path / "keys", KEYS, load_lmk(lmk))
    assert read_keys(tmp_path / "keys", load_lmk(lmk)).hash_key == KEYS.hash_key


def test_the_file_has_no_key_in_the_clear(path):
    text = path.read_bytes()
    for key in (KEYS.hash_key, *KEYS.data_keys.values()):
        assert key not in text
        assert key.hex().encode() not in text


def test_the_file_is_for_its_owner_only(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_lmk_is_refused_by_its_check_value(path):
    with pytest.raises(JournalError, match=f"not {OTHER_LMK.check_value}"):
        read_keys(path, OTHER_LMK)


def test_a_damaged_key_is_refused(path):
    text = path.read_text()
    place = text.index('"hash_key": "') + 20
    path.write_text(text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :])
    with pytest.raises(JournalError, match="damaged"):
        read_keys(path, LMK)


def test_the_key_of_a_journal_of_schema_1_is_its_hash_key(tmp_path):
    path = tmp_path / "keys"
    path.write_text("ab" * 32 + "\n")
    path.chmod(0o600)
    assert read_keys(path, LMK).hash_key == b"\xab" * 32


def test_new_keys_are_new():
    first, second = new_keys(), new_keys()
    assert first.hash_key != second.hash_key
    assert first.data_keys != second.data_keys
