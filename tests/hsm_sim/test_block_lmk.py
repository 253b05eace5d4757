"""Host commands under key-block LMKs: keys that say what they are for, and are held to it."""

import pytest

from saklar.hsm_sim import Hsm, build_command, load_lmk, parse_response
from saklar.hsm_sim.crypto import pin_block, pvv, tdes
from saklar.hsm_sim.keys import decrypt_under_lmk

ACCOUNT, PIN = "724547254322", "1234"


@pytest.fixture(params=["test-tdes-block", "test-aes-block"], scope="module")
def lmk(request):
    return load_lmk(request.param)


@pytest.fixture(scope="module")
def hsm(lmk):
    return Hsm(lmk)


def call(hsm, code, **fields):
    return parse_response(code, hsm.execute(build_command(code, **fields)))


def attributes(usage, mode, algorithm="T2", exportability="E"):
    return {
        "usage": usage, "algorithm": algorithm, "mode_of_use": mode, "key_version": "00",
        "exportability": exportability, "optional_blocks": "00",
    }  # fmt: skip


def made(hsm, *words, **more):
    answer = call(hsm, "A0", mode="0", key_type="FFF", lmk_scheme="S", **attributes(*words, **more))
    assert answer.ok, answer.error
    return answer.values["key_under_lmk"]


def block_under(lmk, key):
    clear = pin_block.encode("01", PIN, ACCOUNT, lambda count: "F" * count)
    return tdes.encrypt(decrypt_under_lmk(lmk, "FFF", key).data, clear).hex().upper()


def translated(hsm, code, source, destination, block):
    names = ("source_zpk", "destination_zpk") if code == "CC" else ("source_tpk", "destination_zpk")
    return call(
        hsm, code, maximum_pin_length="12", source_pin_block=block, source_format="01", destination_format="01",
        account_number=ACCOUNT, **dict(zip(names, (source, destination), strict=True)),
    )  # fmt: skip


@pytest.mark.parametrize(("code", "usage"), [("CC", "72"), ("CC", "P0"), ("CA", "71"), ("CA", "P0")])
def test_a_pin_is_translated_under_key_blocks(hsm, lmk, code, usage):
    source, destination = made(hsm, usage, "B"), made(hsm, "P0", "N")
    answer = translated(hsm, code, source, destination, block_under(lmk, source))
    assert answer.values["destination_pin_block"] == block_under(lmk, destination)


@pytest.mark.parametrize(
    ("source", "destination", "error"),
    [
        (("71", "B"), ("72", "B"), "A6"),
        (("72", "B"), ("71", "B"), "A6"),
        (("72", "E"), ("72", "B"), "A8"),
        (("72", "B"), ("72", "D"), "A8"),
        (("K0", "B"), ("72", "B"), "A6"),
        (("72", "D"), ("72", "E"), "00"),
    ],
)
def test_a_pin_is_translated_under_keys_for_that_alone(hsm, lmk, source, destination, error):
    keys = made(hsm, *source), made(hsm, *destination)
    assert translated(hsm, "CC", *keys, block_under(lmk, keys[0])).error == error


@pytest.mark.parametrize(
    ("mode", "generates", "verifies"), [("C", "00", "00"), ("G", "00", "A8"), ("V", "A8", "01"), ("N", "00", "00")]
)
def test_a_cvk_does_what_its_mode_of_use_says(hsm, mode, generates, verifies):
    card = {"pan": "4123456789012345", "expiry": "8701", "service_code": "101", "cvk": made(hsm, "C0", mode)}
    generated = call(hsm, "CW", **card)
    assert generated.error == generates
    assert call(hsm, "CY", cvv=generated.values.get("cvv", "000"), **card).error in (
        verifies,
        "00" if verifies == "01" else verifies,
    )


def test_a_pin_is_verified_by_its_pvv(hsm, lmk):
    zpk, pvk = made(hsm, "72", "B"), made(hsm, "V2", "V")
    value = pvv.visa_pvv(decrypt_under_lmk(lmk, "FFF", pvk).data, ACCOUNT, "1", PIN)
    wrong = f"{(int(value) + 1) % 10_000:04d}"
    request = {
        "zpk": zpk, "pvk": pvk, "pin_block": block_under(lmk, zpk), "pin_block_format": "01",
        "account_number": ACCOUNT, "pvki": "1",
    }  # fmt: skip
    assert [call(hsm, "EC", pvv=given, **request).error for given in (value, wrong)] == ["00", "01"]


def test_a_pvk_for_ibm_offsets_is_none_for_pvvs(hsm, lmk):
    zpk = made(hsm, "72", "B")
    request = {
        "zpk": zpk, "pvk": made(hsm, "V1", "V"), "pin_block": block_under(lmk, zpk), "pin_block_format": "01",
        "account_number": ACCOUNT, "pvki": "1", "pvv": "0000",
    }  # fmt: skip
    assert call(hsm, "EC", **request).error == "A6"


@pytest.mark.parametrize("algorithm", ["T2", "T3", "A1", "A3"])
def test_the_check_value_of_a_key_block_is_the_one_it_was_made_with(hsm, algorithm):
    answer = call(hsm, "A0", mode="0", key_type="FFF", lmk_scheme="S", **attributes("P0", "B", algorithm=algorithm))
    value = call(
        hsm, "BU", key_type_code="FF", length_flag="F", key=answer.values["key_under_lmk"], key_type="FFF",
        reserved="00", check_value_type="1",
    )  # fmt: skip
    assert value.values["check_value"] == answer.values["check_value"]


@pytest.mark.parametrize("scheme", ["R", "S"])
@pytest.mark.parametrize("zmk_algorithm", ["T2", "A1"])
def test_a_key_goes_out_in_a_block_and_comes_back(hsm, lmk, scheme, zmk_algorithm):
    zmk, zpk = made(hsm, "K0", "B", algorithm=zmk_algorithm), made(hsm, "P0", "B")
    out = call(hsm, "A8", key_type="FFF", zmk=zmk, key_under_lmk=zpk, zmk_scheme=scheme).values
    back = call(hsm, "A6", key_type="FFF", zmk=zmk, key_under_zmk=out["key_under_zmk"], lmk_scheme="S").values
    assert out["key_under_zmk"][0] == scheme
    assert decrypt_under_lmk(lmk, "FFF", back["key_under_lmk"]) == decrypt_under_lmk(lmk, "FFF", zpk)
    assert back["key_under_lmk"][6:13] == "P0TB00E"


def test_what_a_key_is_exported_as_can_be_said(hsm):
    zmk, zpk = made(hsm, "K0", "B"), made(hsm, "72", "B")
    said = {
        "export_usage": "P0", "export_mode_of_use": "E", "export_key_version": "07", "export_exportability": "N",
        "export_optional_blocks": "00", "block_version": "B",
    }  # fmt: skip
    out = call(hsm, "A8", key_type="FFF", zmk=zmk, key_under_lmk=zpk, zmk_scheme="R", **said).values["key_under_zmk"]
    assert out[:2] + out[6:13] == "RBP0TE07N"


def test_a_key_that_may_not_leave_does_not(hsm):
    zmk, zpk = made(hsm, "K0", "B"), made(hsm, "72", "B", exportability="N")
    assert call(hsm, "A8", key_type="FFF", zmk=zmk, key_under_lmk=zpk, zmk_scheme="R").error == "AA"


def test_a_key_without_attributes_is_not_made(hsm):
    assert hsm.execute(b"A00FFFS")[2:4] == b"15"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"usage": "ZZ"}, "A6"),
        ({"mode_of_use": "Q"}, "A8"),
        ({"exportability": "Q"}, "AA"),
        ({"optional_blocks": "01"}, "AB"),
    ],
)
def test_attributes_that_cannot_be_have_their_errors(hsm, changes, error):
    request = {"mode": "0", "key_type": "FFF", "lmk_scheme": "S"} | attributes("P0", "B") | changes
    assert call(hsm, "A0", **request).error == error


def test_a_key_under_a_variant_lmk_goes_out_as_tr31_and_comes_to_a_key_block_lmk(hsm, lmk):
    """The way from an old unit to a new one: the ZMK is under both LMKs."""
    old = Hsm(load_lmk("test"))
    zmk = call(old, "A0", mode="0", key_type="000", lmk_scheme="U").values["key_under_lmk"]
    zpk = call(old, "A0", mode="0", key_type="001", lmk_scheme="U").values
    out = call(old, "A8", key_type="001", zmk=zmk, key_under_lmk=zpk["key_under_lmk"], zmk_scheme="R").values
    from saklar.hsm_sim import encrypt_under_lmk

    moved = encrypt_under_lmk(lmk, "000", decrypt_under_lmk(old.lmk, "000", zmk), "S")
    back = call(hsm, "A6", key_type="FFF", zmk=moved, key_under_zmk=out["key_under_zmk"], lmk_scheme="S")
    assert back.values["check_value"] == zpk["check_value"]
