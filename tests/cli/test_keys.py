"""`saklar keys` and `saklar keys lmk`."""

import json
import re

import pytest
from typer.testing import CliRunner

from saklar.cli.app import app
from saklar.hsm_sim import Hsm, keys, load_lmk
from saklar.hsm_sim.keys import key_types
from saklar.hsm_sim.keys.lmk_file import PASSPHRASE_VARIABLE

PASSPHRASE = "correct horse battery"
ZPK = "U1EF828AA8F6B80EB83E19FBC373F3A85"
ZMK = "U1457FF6ADF6250C66C368416B4C9D383"
PAIR = "01010101010101017902CD1FD36EF8BA"


@pytest.fixture
def _passphrase(monkeypatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)


@pytest.fixture
def _nobody_knows(monkeypatch):
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)


def saklar(*words, typed=None):
    return CliRunner().invoke(app, ["keys", *map(str, words)], input=typed)


def shown(*words):
    run = saklar(*words, "--json")
    assert run.exit_code == 0, run.stderr
    return json.loads(run.stdout)


def refused(*words):
    run = saklar(*words)
    assert run.exit_code == 2
    assert "Traceback" not in run.output
    return run.stderr


@pytest.mark.parametrize("name", sorted(key_types.BY_NAME))
@pytest.mark.parametrize("lmk", ["test", "test-tdes-block", "test-aes-block"])
def test_a_generated_key_of_each_type_has_the_check_value_that_is_shown(name, lmk):
    made = shown("generate", name, "--lmk", lmk)
    assert shown("kcv", name, made["key_under_lmk"], "--lmk", lmk) == {"check_value": made["check_value"]}


def test_a_generated_key_is_good_for_the_hsm():
    made = shown("generate", "ZPK")
    answer = Hsm(load_lmk("test")).execute(f"BU011{made['key_under_lmk']}".encode())
    assert answer[:10].decode() == "BV00" + made["check_value"]


@pytest.mark.parametrize(("algorithm", "length"), [("T3", 24), ("A2", 24), ("A3", 32), ("D1", 8)])
def test_a_key_is_of_the_algorithm_that_is_asked_for(algorithm, length):
    made = shown("generate", "ZPK", "--lmk", "test-aes-block", "--algorithm", algorithm)
    clear = keys.decrypt_under_lmk(load_lmk("test-aes-block"), "001", made["key_under_lmk"], algorithms="TA")
    assert len(clear.data) == length


@pytest.mark.parametrize("scheme", ["X", "U", "R", "S"])
def test_an_exported_key_imported_is_the_same(scheme):
    exported = shown("export", "ZPK", ZPK, "--zmk", ZMK, "--scheme", scheme)
    imported = shown("import", "ZPK", exported["key_under_zmk"], "--zmk", ZMK)
    assert imported == {"key_under_lmk": ZPK, "check_value": "6F1E3F"}


def test_a_generated_key_can_be_given_under_a_zmk_at_once():
    made = shown("generate", "ZPK", "--zmk", ZMK, "--scheme", "R")
    imported = shown("import", "ZPK", made["key_under_zmk"], "--zmk", ZMK)
    assert imported["check_value"] == made["check_value"]


def test_a_key_goes_from_a_variant_lmk_to_a_key_block_lmk():
    moved = shown("translate", "ZPK", ZPK, "--to", "test-aes-block")
    assert moved["key_under_lmk"].startswith("S1")
    assert moved["check_value"] == "6F1E3F"


def test_a_key_block_is_inspected_in_words():
    made = shown("generate", "PVK-VISA", "--lmk", "test-tdes-block")
    found = shown("inspect", made["key_under_lmk"])
    assert found["usage"] == "V2: PIN verification by Visa PVV"
    assert found["version"] == "0: payShield's own, under triple DES"


def test_a_variant_key_is_inspected_with_what_it_may_be():
    assert shown("inspect", ZPK, "--lmk", "test")["under the LMK"] == "001 ZPK, KCV 6F1E3F"


def test_a_key_block_that_is_not_of_the_lmk_is_said_to_be_so():
    made = shown("generate", "ZPK", "--lmk", "test-tdes-block")
    changed = made["key_under_lmk"][:-1] + ("0" if made["key_under_lmk"][-1] != "0" else "1")
    assert "error A4, key block authentication failed" in refused("inspect", changed, "--lmk", "test-tdes-block")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["kcv", "ZZZ", ZPK], "TYPE: 'ZZZ' is not one of ZMK, ZPK"),
        (["kcv", "TPK", ZPK], "error 10, source key parity error"),
        (["kcv", "ZPK", ZPK[:-1]], "error 26, invalid key scheme"),
        (["generate", "ZPK", "--algorithm", "Q9"], "--algorithm: 'Q9' is not one of D1"),
        (["generate", "ZPK", "--lmk", "test", "--algorithm", "A1"], "error 27"),
        (["generate", "ZPK", "--lmk", "nowhere.json"], "nowhere.json: No such file"),
        (["export", "ZPK", ZPK, "--zmk", ZMK, "--scheme", "Q"], "error 26"),
        (["import", "ZPK", "S00072", "--zmk", ZMK], "error A5, invalid key block length"),
    ],
)
@pytest.mark.usefixtures("_passphrase")
def test_what_is_wrong_is_said_with_its_error(words, said):
    assert said in refused(*words)


@pytest.mark.parametrize("kind", ["variant", "tdes-block", "aes-block"])
@pytest.mark.usefixtures("_passphrase")
def test_an_lmk_of_ones_own_holds_keys(tmp_path, kind):
    path = tmp_path / "lmk.json"
    assert saklar("lmk", "generate", path, "--kind", kind).exit_code == 0
    made = shown("generate", "ZPK", "--lmk", path)
    assert shown("kcv", "ZPK", made["key_under_lmk"], "--lmk", path)["check_value"] == made["check_value"]


@pytest.mark.usefixtures("_nobody_knows")
def test_people_form_an_lmk_by_typing_their_components(tmp_path):
    """The first of them mistypes, sees another check value than his, and types again."""
    brought = [shown("lmk", "component") for _ in range(2)]
    wrong = "0" * 64
    typed = [wrong, "n", brought[0]["component"], "y", "12", brought[1]["component"], "y", PASSPHRASE, PASSPHRASE]
    run = saklar("lmk", "form", tmp_path / "lmk.json", "--components", "2", typed="\n".join(typed) + "\n")
    assert run.exit_code == 0, run.output
    for one in brought:
        assert f"Check value {one['check_value']}" in run.output
        assert one["component"] not in run.output
    assert PASSPHRASE not in run.output
    assert re.search(r"variant LMK, check value [0-9A-F]{6}", run.output)


@pytest.mark.usefixtures("_passphrase")
def test_the_same_components_make_the_same_lmk_again(tmp_path):
    brought = [shown("lmk", "component") for _ in range(3)]
    typed = "".join(f"{one['component']}\ny\n" for one in brought)
    said = [saklar("lmk", "form", tmp_path / name, typed=typed).stdout.split(": ")[-1] for name in ("a", "b")]
    assert said[0] == said[1]
    assert saklar("lmk", "check", tmp_path / "a").stdout.endswith(said[0])


@pytest.mark.usefixtures("_passphrase")
def test_an_lmk_file_is_not_overwritten(tmp_path):
    path = tmp_path / "lmk.json"
    path.write_text("precious")
    assert "File exists" in refused("lmk", "generate", path)
    assert "is there already" in refused("lmk", "form", path)
    assert path.read_text() == "precious"


@pytest.mark.usefixtures("_passphrase")
def test_pairs_in_the_clear_are_taken_over(tmp_path):
    clear, path = tmp_path / "pairs.toml", tmp_path / "lmk.json"
    clear.write_text(f"pairs = {[PAIR] * 20}")
    assert saklar("lmk", "import", clear, path).exit_code == 0
    assert PAIR not in path.read_text()
    assert load_lmk(path).pair(7) == bytes.fromhex(PAIR)


@pytest.mark.usefixtures("_nobody_knows")
def test_a_file_without_its_passphrase_says_where_to_put_it(tmp_path, monkeypatch):
    path = tmp_path / "lmk.json"
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)
    saklar("lmk", "generate", path)
    monkeypatch.delenv(PASSPHRASE_VARIABLE)
    assert PASSPHRASE_VARIABLE in refused("lmk", "check", path)


@pytest.mark.usefixtures("_nobody_knows")
def test_a_short_passphrase_is_asked_for_again(tmp_path):
    """People who have just typed their components do not have to do that again."""
    typed = "".join(f"{text}\n" for text in ("short", "short", PASSPHRASE, PASSPHRASE))
    run = saklar("lmk", "generate", tmp_path / "lmk.json", typed=typed)
    assert run.exit_code == 0
    assert "needs 12 characters" in run.output
    assert load_lmk(tmp_path / "lmk.json", PASSPHRASE).kind == "variant"


@pytest.mark.usefixtures("_nobody_knows")
def test_a_short_passphrase_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "short")
    assert "fewer than 12" in refused("lmk", "generate", tmp_path / "lmk.json")
