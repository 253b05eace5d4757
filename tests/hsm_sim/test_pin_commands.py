"""PINs in host commands: AES blocks, other formats, the old LMK, PINs in the clear, decimalisation tables under the LMK."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import ClearKey, Hsm, build_command, encrypt_under_lmk, load_lmk, parse_response
from saklar.hsm_sim.crypto import dukpt_tdes, pin_block, pin_block_aes, tdes
from saklar.hsm_sim.families.decimalisation_tables import encrypt_table
from saklar.hsm_sim.keys import decrypt_under_lmk
from saklar.hsm_sim.keys.ceremony import form_lmk
from saklar.hsm_sim.security import PERMISSIVE, Security

LMK, OLD_LMK = load_lmk("test"), form_lmk("variant", [bytes(range(32))], "old")
AES_LMK = load_lmk("test-aes-block")
PAN, PIN = "4000000000000002", "1234"
ACCOUNT = PAN[-13:-1]


def call(hsm, code, **fields):
    return parse_response(code, hsm.execute(build_command(code, **fields)))


@pytest.fixture
def block_hsm():
    return Hsm(AES_LMK, Security(attempts_per_pin_block=0))


def zpk(hsm, algorithm):
    answer = call(
        hsm, "A0", mode="0", key_type="FFF", lmk_scheme="S", usage="72", algorithm=algorithm, mode_of_use="B",
        key_version="00", exportability="E", optional_blocks="00",
    )  # fmt: skip
    return answer.values["key_under_lmk"]


def translation(source, destination, block, formats, **account):
    return {
        "source_zpk": source, "destination_zpk": destination, "maximum_pin_length": "12", "source_pin_block": block,
        "source_format": formats[0], "destination_format": formats[1], **(account or {"pan": PAN}),
    }  # fmt: skip


def format_4(key, pan=PAN):
    return (
        pin_block_aes.encipher(decrypt_under_lmk(AES_LMK, "FFF", key, algorithms="A").data, PIN, pan, "0".__mul__)
        .hex()
        .upper()
    )


@pytest.mark.parametrize("algorithm", ["A1", "A2", "A3"])
def test_a_pin_comes_back_from_triple_des_to_aes_and_again(block_hsm, algorithm):
    old, new = zpk(block_hsm, "T2"), zpk(block_hsm, algorithm)
    there = call(block_hsm, "CC", **translation(new, old, format_4(new), ("48", "01"))).values
    back = call(block_hsm, "CC", **translation(old, new, there["destination_pin_block"], ("01", "48"))).values
    block = bytes.fromhex(back["destination_pin_block"])
    assert pin_block_aes.decipher(decrypt_under_lmk(AES_LMK, "FFF", new, algorithms="A").data, block, PAN) == PIN
    assert (there["pin_length"], back["destination_format"]) == ("04", "48")


def test_a_pin_goes_from_one_aes_key_to_another(block_hsm):
    one, two = zpk(block_hsm, "A1"), zpk(block_hsm, "A3")
    made = call(block_hsm, "CC", **translation(one, two, format_4(one), ("48", "48"))).values
    assert len(made["destination_pin_block"]) == 32


def test_an_aes_block_is_tied_to_the_whole_pan(block_hsm):
    one, two = zpk(block_hsm, "A1"), zpk(block_hsm, "A1")
    request = translation(one, two, format_4(one), ("48", "48"), pan=PAN[:-1] + "3")
    assert call(block_hsm, "CC", **request).error == "20"


@pytest.mark.parametrize(("algorithm", "code"), [("T2", "48"), ("A1", "01")])
def test_a_format_must_suit_the_key(block_hsm, algorithm, code):
    source, destination = zpk(block_hsm, "T2"), zpk(block_hsm, algorithm)
    request = translation(source, destination, "0" * 16, ("01", code), pan=PAN, account_number=ACCOUNT)
    assert call(block_hsm, "CC", **request).error == "27"


def test_a_pin_under_an_aes_key_is_stored_and_given_out_again(block_hsm):
    key = zpk(block_hsm, "A2")
    stored = call(block_hsm, "JE", zpk=key, pin_block=format_4(key), pin_block_format="48", pan=PAN).values["pin"]
    made = call(block_hsm, "JG", zpk=key, pin_block_format="48", pan=PAN, pin=stored).values["pin_block"]
    assert call(block_hsm, "BE", zpk=key, pin_block=made, pin_block_format="48", pan=PAN, pin=stored).ok


ZPK = "U7AC018136B04AE541075AD0AADEEB90D"


@pytest.fixture
def hsm():
    return Hsm(LMK, PERMISSIVE, authorised=True, old_lmk=OLD_LMK)


@pytest.mark.parametrize(
    ("code", "account"),
    [
        ("02", {"account_number": ACCOUNT}),
        ("03", {"account_number": ACCOUNT}),
        ("04", {"plus_number": "400000" + ACCOUNT}),
        ("34", {"account_number": ACCOUNT}),
    ],
)
def test_a_pin_goes_through_each_format(hsm, code, account):
    stored = call(hsm, "BA", clear_pin="1234F", account_number=ACCOUNT).values["pin"]
    block = call(hsm, "JG", zpk=ZPK, pin_block_format=code, pin=stored, **account).values["pin_block"]
    assert call(hsm, "BE", zpk=ZPK, pin_block=block, pin_block_format=code, pin=stored, **account).error == "00"


def test_a_pin_that_a_format_does_not_take_has_error_24(hsm):
    stored = call(hsm, "BA", clear_pin="1234567F", account_number=ACCOUNT).values["pin"]
    assert call(hsm, "JG", zpk=ZPK, pin_block_format="02", pin=stored, account_number=ACCOUNT).error == "24"


@given(st.from_regex("[0-9]{4,12}", fullmatch=True))
def test_a_clear_pin_encrypted_and_decrypted_is_the_same(pin):
    hsm = Hsm(LMK, authorised=True)
    stored = call(hsm, "BA", clear_pin=pin + "F", account_number=ACCOUNT).values["pin"]
    assert call(hsm, "NG", account_number=ACCOUNT, pin=stored).values["clear_pin"] == pin + "F"


@pytest.mark.parametrize("request_", [b"BA1234F000000000000", b"NG00000000000001234"])
def test_clear_pins_need_the_authorised_state(request_):
    assert Hsm(LMK).execute(request_)[2:4] == b"17"


def test_ra_ends_the_authorised_state_for_every_lmk():
    hsm = Hsm({"00": LMK, "01": OLD_LMK}, authorised=True)
    assert hsm.execute(b"BA1234F000000000000%01")[2:4] == b"00"
    hsm.execute(b"RA")
    assert hsm.execute(b"BA1234F000000000000%01")[2:4] == b"17"


def test_a_stored_pin_comes_from_under_the_old_lmk(hsm):
    old = Hsm(OLD_LMK, authorised=True)
    before = call(old, "BA", clear_pin="98765F", account_number=ACCOUNT).values["pin"]
    after = call(hsm, "BG", account_number=ACCOUNT, pin=before).values["pin"]
    assert call(hsm, "NG", account_number=ACCOUNT, pin=after).values["clear_pin"] == "98765F"


def test_a_key_comes_from_under_the_old_lmk(hsm):
    made = call(Hsm(OLD_LMK), "A0", mode="0", key_type="001", lmk_scheme="U").values
    moved = call(
        hsm, "BW", key_type_code="01", length_flag="1", key=made["key_under_lmk"], check_value_flag="1", check_value_type="1"
    ).values  # fmt: skip
    assert moved["check_value"] == made["check_value"]
    assert decrypt_under_lmk(LMK, "001", moved["key_under_lmk"]).check_value[:6] == made["check_value"]


def test_a_key_comes_from_under_an_old_variant_lmk_into_a_key_block():
    hsm = Hsm(AES_LMK, old_lmk=LMK)
    moved = call(
        hsm, "BW", key_type_code="01", length_flag="1", key=ZPK, reserved="0", lmk_scheme="S", reserved_2="0", usage="P0",
        algorithm="T2", mode_of_use="B", key_version="00", exportability="N", optional_blocks="00",
    ).values["key_under_lmk"]  # fmt: skip
    assert moved[6:13] == "P0TB00N"
    assert decrypt_under_lmk(AES_LMK, "001", moved) == decrypt_under_lmk(LMK, "001", ZPK)


@pytest.mark.parametrize("request_", [b"BW011" + ZPK.encode(), b"BG00000000000001234", b"LO0123456789012345"])
def test_without_an_old_lmk_nothing_comes_from_under_it(request_):
    assert Hsm(LMK).execute(request_)[2:4] == b"33"


TABLE = "8351296477461538"


def offset_request(hsm, table):
    stored = call(hsm, "BA", clear_pin="1234F", account_number=ACCOUNT).values["pin"]
    return call(
        hsm, "DE", pvk=made_pvk(hsm), pin=stored, check_length="04", account_number=ACCOUNT, decimalisation_table=table,
        validation_data="72454725432N",
    )  # fmt: skip


def made_pvk(hsm):
    return "UE4D98C70C699D619FDE92B2D97140185" if hsm.lmk is LMK else ""


def test_a_table_under_the_lmk_is_as_good_as_the_clear_one(hsm):
    clear = offset_request(hsm, TABLE)
    encrypted = Hsm(LMK, Security(encrypted_decimalisation_tables=True), authorised=True)
    assert offset_request(encrypted, encrypt_table(LMK, TABLE)).values == clear.values


@pytest.mark.parametrize("table", [TABLE, "0123456789ABCDEF"])
def test_where_tables_are_encrypted_a_clear_one_has_error_25(table):
    encrypted = Hsm(LMK, Security(encrypted_decimalisation_tables=True), authorised=True)
    assert offset_request(encrypted, table).error == "25"


@pytest.mark.parametrize(("table", "safe"), [("0000000000000000", "25"), ("0123456789ABCDEF", "25"), (TABLE, "00")])
def test_a_table_that_gives_pins_away_is_refused(table, safe):
    assert offset_request(Hsm(LMK, authorised=True), table).error == safe


def test_a_table_comes_from_under_the_old_lmk(hsm):
    moved = call(hsm, "LO", decimalisation_table=encrypt_table(OLD_LMK, TABLE)).values["decimalisation_table"]
    assert moved == encrypt_table(LMK, TABLE)


def test_validation_data_may_be_given_whole(hsm):
    """P and 16 digits stand for what 12 with an N are filled up to."""
    request = {
        "pvk": made_pvk(hsm),
        "check_length": "04",
        "account_number": ACCOUNT,
        "decimalisation_table": TABLE,
        "offset": "1234FFFFFFFF",
    }
    whole = f"P{'72454725432' + ACCOUNT[-5:]}"
    assert call(hsm, "EE", validation_data="72454725432N", **request) == call(
        hsm, "EE", validation_data=whole, **request
    )


def test_a_pin_goes_to_another_account_number(hsm):
    stored = call(hsm, "BA", clear_pin="1234F", account_number=ACCOUNT).values["pin"]
    moved = call(hsm, "QK", pin=stored, account_number=ACCOUNT, new_account_number="1" * 12).values["pin"]
    assert call(hsm, "NG", account_number="1" * 12, pin=moved).values["clear_pin"] == "1234F"


@pytest.mark.parametrize("security", [PERMISSIVE, Security()])
def test_a_block_for_another_account_number_is_made_where_that_is_allowed(security):
    hsm = Hsm(LMK, security, authorised=True)
    stored = call(hsm, "BA", clear_pin="1234F", account_number=ACCOUNT).values["pin"]
    block = call(hsm, "JG", zpk=ZPK, pin_block_format="01", account_number=ACCOUNT, pin=stored).values["pin_block"]
    request = {
        "zpk": ZPK,
        "pvk": made_pvk(hsm),
        "pin_block": block,
        "pin_block_format": "01",
        "account_number": ACCOUNT,
    }
    other = call(
        hsm,
        "DG",
        pvk=made_pvk(hsm),
        pin=call(hsm, "QK", pin=stored, account_number=ACCOUNT, new_account_number="1" * 12).values["pin"],
        account_number="1" * 12,
        pvki="1",
    )
    answer = call(hsm, "EC", **request, other_account_number="1" * 12, pvki="1", pvv=other.values["pvv"])
    assert answer.error == ("00" if security is PERMISSIVE else "22")


@pytest.mark.parametrize("mode", ["1", "9"])
def test_dukpt_modes_with_a_mac_have_error_02(hsm, mode):
    request = (
        f"GO{mode}U8E3D3E2FD5919657F05A1AA90D32A01456C1DC7F3A899043605FFFF9876543210E000011B9C1845EB993A7A0104"
        "40123456789001234567890123450004012345N99252FFFFFFFF"
    )
    assert hsm.execute(request.encode())[2:4] == b"02"


BDKS = {"*": "009", "~": "609"}
KSN = "FFFF9876543210E00001"


@pytest.mark.parametrize("flag", BDKS)
@pytest.mark.parametrize("code", ["CA", "G0"])
def test_a_pin_goes_out_under_a_dukpt_key(hsm, flag, code):
    """Its block is the one that a terminal with that BDK and KSN would make."""
    terminal = dukpt_tdes.derive(BDK_CLEAR, bytes.fromhex(KSN), dukpt_tdes.KeyUse.PIN)
    clear = pin_block.encode("01", PIN, ACCOUNT, lambda count: "F" * count)
    fields = {
        "destination_flag": flag, "destination_zpk": under(BDKS[flag]), "destination_ksn_descriptor": "A05",
        "destination_ksn": KSN, "source_format": "01", "destination_format": "01", "account_number": ACCOUNT,
    }  # fmt: skip
    if code == "CA":
        tpk = ClearKey(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
        fields |= {
            "source_tpk": encrypt_under_lmk(LMK, "002", tpk, "U"), "maximum_pin_length": "12",
            "source_pin_block": tdes.encrypt(tpk.data, clear).hex().upper(),
        }  # fmt: skip
    else:
        other = "FFFF9876543210E00002"
        source = dukpt_tdes.derive(BDK_CLEAR, bytes.fromhex(other), dukpt_tdes.KeyUse.PIN)
        fields |= {
            "bdk_flag": flag, "bdk": under(BDKS[flag]), "ksn_descriptor": "A05", "ksn": other,
            "source_pin_block": tdes.encrypt(source, clear).hex().upper(),
        }  # fmt: skip
    made = call(hsm, code, **fields).values
    assert made["destination_pin_block"] == tdes.encrypt(terminal, clear).hex().upper()


def test_a_bdk_of_one_kind_is_none_of_another(hsm):
    request = {
        "source_zpk": ZPK, "destination_zpk": under("009"), "maximum_pin_length": "12", "source_pin_block": "0" * 16,
        "source_format": "01", "destination_format": "01", "account_number": ACCOUNT,
    }  # fmt: skip
    assert call(hsm, "CC", **request).error == "11"


def test_a_bdk_that_is_no_pair_has_error_27(hsm):
    bdk = encrypt_under_lmk(LMK, "009", ClearKey(bytes.fromhex("0123456789ABCDEF")), "Z")
    request = f"G0{bdk}{ZPK}A05{KSN}{'0' * 16}0101{ACCOUNT}"
    assert hsm.execute(request.encode())[2:4] == b"27"


BDK_CLEAR = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")


def under(key_type):
    return encrypt_under_lmk(LMK, key_type, ClearKey(BDK_CLEAR), "U")
