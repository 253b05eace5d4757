"""What the HSM refuses though it could: the safe settings, and files of settings."""

import pytest

from saklar.codecs.settings import ConfigurationError
from saklar.hsm_sim import Hsm, HsmError, LmkError, build_command, load_lmk, parse_response
from saklar.hsm_sim.security import PERMISSIVE, SAFE, Attempts, Security, check_request, load_security

LMK = load_lmk("test")
ZPK, OTHER_ZPK = "U7AC018136B04AE541075AD0AADEEB90D", "U1EF828AA8F6B80EB83E19FBC373F3A85"
BLOCK, PAN, ACCOUNT = "949F53FE63F1DCFC", "7245472543225", "724547254322"


def translation(**changes):
    fields = {
        "source_zpk": ZPK, "destination_zpk": OTHER_ZPK, "maximum_pin_length": "12", "source_pin_block": BLOCK,
        "source_format": "01", "destination_format": "01", "account_number": ACCOUNT, "pan": PAN,
    }  # fmt: skip
    return build_command("CC", **(fields | changes))


def error_of(hsm, request):
    return hsm.execute(request)[2:4].decode()


@pytest.mark.parametrize(("source", "destination"), [("01", "01"), ("01", "47"), ("05", "01"), ("47", "01")])
def test_safe_translations_are_allowed(source, destination):
    check_request(SAFE, {"source_format": source, "destination_format": destination})


@pytest.mark.parametrize(
    ("source", "destination"),
    [("01", "05"), ("47", "05"), ("48", "05"), ("01", "34"), ("34", "01"), ("01", "03"), ("02", "01")],
)
def test_unsafe_translations_have_error_69(source, destination):
    assert error_of(Hsm(LMK), translation(source_format=source, destination_format=destination)) == "69"


def test_the_old_form_of_dukpt_translation_is_from_format_0():
    request = f"CIU8E3D3E2FD5919657F05A1AA90D32A014{ZPK}605FFFF9876543210E000011B9C1845EB993A7A05401234567890"
    assert error_of(Hsm(LMK), request.encode()) == "69"


def test_a_format_that_does_not_exist_keeps_its_own_error():
    assert error_of(Hsm(LMK), translation(destination_format="99")) == "23"


def test_a_disabled_format_has_error_69_in_a_verification_too():
    request = b"BE" + ZPK.encode() + BLOCK.encode() + b"03" + ACCOUNT.encode() + b"01234"
    assert error_of(Hsm(LMK), request) == "69"


def test_settings_can_allow_what_is_not_safe():
    assert error_of(Hsm(LMK, PERMISSIVE), translation(destination_format="03")) == "00"


def test_a_disabled_command_is_as_one_that_does_not_exist():
    hsm = Hsm(LMK, Security(disabled_commands={"CC"}))
    assert error_of(hsm, translation()) == "68"
    assert error_of(hsm, b"NC") == "00"


def test_the_account_number_of_a_block_may_not_change():
    request = {"account_number": ACCOUNT, "other_account_number": "000000000000"}
    with pytest.raises(HsmError) as caught:
        check_request(SAFE, request)
    assert caught.value.code == "22"
    check_request(SAFE.model_copy(update={"account_number_may_change": True}), request)


def test_an_account_number_that_is_the_same_is_no_change():
    check_request(SAFE, {"account_number": ACCOUNT, "other_account_number": ACCOUNT})


def test_a_pin_block_cannot_be_asked_again_and_again():
    """With the right account number refused at last, nothing more can be learnt of the block."""
    hsm = Hsm(LMK, Security(attempts_per_pin_block=10))
    errors = [error_of(hsm, translation(account_number=f"{number:012d}")) for number in range(10)]
    assert "39" not in errors
    assert error_of(hsm, translation()) == "39"


def test_the_same_request_may_come_any_number_of_times():
    hsm = Hsm(LMK, Security(attempts_per_pin_block=2))
    assert {error_of(hsm, translation()) for _ in range(50)} == {"00"}


def test_a_trailer_does_not_make_a_request_another():
    hsm = Hsm(LMK, Security(attempts_per_pin_block=2))
    assert {error_of(hsm, translation(trailer=f"{number}")) for number in range(50)} == {"00"}


def test_another_block_has_attempts_of_its_own():
    hsm = Hsm(LMK, Security(attempts_per_pin_block=1))
    assert error_of(hsm, translation()) == "00"
    assert error_of(hsm, translation(source_pin_block="0" * 16)) == "20"
    assert error_of(hsm, translation(account_number="0" * 12)) == "39"


def test_attempts_remember_a_bounded_number_of_blocks():
    attempts = Attempts(1)
    for number in range(25_000):
        attempts.admit(f"{number}", {"n": "1"})
    assert not attempts.admit("24999", {"n": "2"})
    assert attempts.admit("1", {"n": "2"})
    assert len(attempts._seen) == 10_000


def test_settings_come_from_a_file(tmp_path):
    path = tmp_path / "security.toml"
    path.write_text('pin_block_formats = ["01"]\nattempts_per_pin_block = 3\n[translations]\n"01" = ["01"]\n')
    security = load_security(path)
    assert security.pin_block_formats == {"01"}
    assert security.attempts_per_pin_block == 3
    assert security.translations == {"01": {"01"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('pin_block_formats = ["99"]', "pin_block_formats.0: '99' is not one of 01, 02"),
        ("attempts_per_pin_block = -1", "attempts_per_pin_block: input should be greater"),
        ("attempts_pin_block = 1", "attempts_pin_block: unknown key; did you mean attempts_per_pin_block?"),
        ('disabled_commands = ["NC"]', "clients look with NC"),
    ],
)
def test_a_setting_that_cannot_be_is_named(tmp_path, text, said):
    path = tmp_path / "security.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_security(path)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)


def test_a_request_names_its_lmk():
    hsm = Hsm({"00": LMK, "01": load_lmk("test-tdes-block", identifier="01")})
    made = parse_response("A0", hsm.execute(b"A00FFFS%01#P0T2B00E00"))
    assert made.values["key_under_lmk"][:17] == "S00072P0TB00E0001"
    assert error_of(hsm, b"A00001U") == "00"
    assert error_of(hsm, b"NC%02") == "13"


def test_each_lmk_has_its_own_check_value():
    hsm = Hsm({"00": LMK, "01": load_lmk("test-aes-block", identifier="01")})
    assert hsm.execute(b"NC")[4:20].decode() == LMK.check_value
    assert hsm.execute(b"NC%01")[4:20].decode() == load_lmk("test-aes-block").check_value


@pytest.mark.parametrize("lmks", [{"01": LMK}, {}, {"00": load_lmk("test-aes-block", identifier="03")}])
def test_lmks_that_do_not_fit_are_refused(lmks):
    with pytest.raises(LmkError):
        Hsm(lmks)
