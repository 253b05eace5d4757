import json
import stat

import pytest

from saklar.hsm_sim import LmkError, load_lmk
from saklar.hsm_sim.keys.ceremony import KINDS, form_lmk, new_component
from saklar.hsm_sim.keys.lmk import KeyBlockLmk
from saklar.hsm_sim.keys.lmk_file import PASSPHRASE_VARIABLE, read_pairs, save_lmk

PASSPHRASE = "correct horse battery"
PAIR = "01010101010101017902CD1FD36EF8BA"


def secret_of(lmk):
    return lmk.key if isinstance(lmk, KeyBlockLmk) else lmk.pairs


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lmk.json"


@pytest.fixture
def saved(path):
    save_lmk(form_lmk("aes-block", [new_component()], "test"), path, PASSPHRASE)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_an_lmk_comes_back_from_its_file(path, kind):
    lmk = form_lmk(kind, [new_component(), new_component()], "somewhere")
    save_lmk(lmk, path, PASSPHRASE)
    loaded = load_lmk(path, PASSPHRASE)
    assert (loaded.kind, loaded.source, secret_of(loaded)) == (kind, str(path), secret_of(lmk))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_has_nothing_of_its_lmk_in_the_clear(path, kind):
    lmk = form_lmk(kind, [new_component()], "somewhere")
    save_lmk(lmk, path, PASSPHRASE)
    clear = secret_of(lmk) if isinstance(secret_of(lmk), bytes) else secret_of(lmk)[0]
    written = path.read_bytes()
    assert clear not in written
    assert clear.hex().encode() not in written.lower()


def test_a_file_is_for_its_owner_alone(saved):
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600


def test_the_passphrase_may_be_in_the_environment(saved, monkeypatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)
    assert load_lmk(saved).kind == "aes-block"


def test_a_key_block_lmk_has_the_identifier_that_it_is_loaded_as(saved):
    assert load_lmk(saved, PASSPHRASE, identifier="07").identifier == "07"


def test_a_file_that_is_there_is_not_overwritten(saved):
    before = saved.read_bytes()
    with pytest.raises(LmkError, match="File exists"):
        save_lmk(load_lmk("test"), saved, PASSPHRASE)
    assert saved.read_bytes() == before


def test_a_short_passphrase_is_refused(path):
    with pytest.raises(LmkError, match="fewer than 12"):
        save_lmk(load_lmk("test"), path, "short")
    assert not path.exists()


def refused(path, passphrase=PASSPHRASE):
    with pytest.raises(LmkError) as caught:
        load_lmk(path, passphrase)
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


def test_another_passphrase_is_refused(saved):
    assert "another passphrase" in refused(saved, "wrong horse battery")


def test_a_missing_passphrase_names_the_variable(saved, monkeypatch):
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)
    assert PASSPHRASE_VARIABLE in refused(saved, None)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_may_open_is_refused(saved, mode):
    saved.chmod(mode)
    assert "0600" in refused(saved)


def test_a_file_that_is_not_there_is_named(path):
    assert "No such file" in refused(path)


@pytest.mark.parametrize(
    "change",
    [{"kind": "variant"}, {"check_value": "000000"}, {"n": 2**14}, {"salt": "AAAA"}, {"lmk": "AAAA"}, {"nonce": "?"},
     {"n": 2**40}, {"n": "x"}, {"r": 9}, {"kind": "none"}, {"lmk": None}, {"nonce": ""}],
)  # fmt: skip
def test_a_changed_file_is_refused(saved, change):
    saved.write_text(json.dumps(json.loads(saved.read_text()) | change))
    assert "damaged" in refused(saved)


@pytest.mark.parametrize("text", ["", "{}", "[]", "pairs = []", '{"format": "saklar LMK 2"}'])
def test_what_is_no_lmk_file_is_refused(path, text):
    path.write_text(text)
    path.chmod(0o600)
    assert "no LMK file" in refused(path)


@pytest.mark.parametrize("missing", ["kind", "n", "r", "salt", "nonce", "lmk", "check_value"])
def test_a_file_without_a_part_is_refused(saved, missing):
    record = json.loads(saved.read_text())
    del record[missing]
    saved.write_text(json.dumps(record))
    assert "damaged" in refused(saved)


@pytest.fixture
def pairs(tmp_path):
    def write(text):
        path = tmp_path / "pairs.toml"
        path.write_text(text)
        return path

    return write


def test_pairs_in_the_clear_are_read_to_be_saved(pairs):
    lmk = read_pairs(pairs(f"pairs = {[PAIR] * 20}"))
    assert lmk.pair(19) == bytes.fromhex(PAIR)
    assert lmk.check_value != load_lmk("test").check_value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pairs = [", "not valid TOML"),
        ("", "a list of 20 texts"),
        (f"pairs = {[PAIR] * 19}", "a list of 20 texts"),
        (f"pairs = {[PAIR] * 3 + ['XX'] + [PAIR] * 16}", "pair 06-07: 32 hex digits"),
        (f"pairs = {[PAIR] * 3 + ['00' * 16] + [PAIR] * 16}", "pair 06-07: a byte has even parity"),
        (f"pairs = {[PAIR] * 19 + [7]}", "pair 38-39: 32 hex digits"),
    ],
)
def test_pairs_that_are_no_lmk_are_named_without_their_keys(pairs, text, said):
    path = pairs(text)
    with pytest.raises(LmkError) as caught:
        read_pairs(path)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)
    assert PAIR not in str(caught.value)
