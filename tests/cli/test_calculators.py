"""The calculators: `saklar pin`, `cvv`, `arqc`, `mac`, `dukpt`, `tr31` and `kcv`, on published vectors."""

import json
import re
import shlex
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from saklar.cli.app import app

DATA = Path(__file__).parent.parent / "data" / "hsm" / "vectors.json"
VECTORS = json.loads(DATA.read_text())["vectors"]
CALCULATORS = ("pin", "cvv", "arqc", "mac", "dukpt", "tr31", "kcv")

KEY = "0123456789ABCDEFFEDCBA9876543210"
PAN = "5555555551234567"
BLOCK = "041261AAAAEDCBA9"


def saklar(*words, typed=None, env=None):
    return CliRunner().invoke(app, [str(word) for word in words], input=typed, env=env)


def shown(*words, exit_code=0, **options):
    run = saklar(*words, "--json", **options)
    assert run.exit_code == exit_code, run.stderr
    return json.loads(run.stdout)


def refused(*words, exit_code=2, **options):
    run = saklar(*words, **options)
    assert run.exit_code == exit_code
    assert run.stdout == ""
    assert "Traceback" not in run.output
    return run.stderr


def published(category, operation=None):
    """Runs a test for each vector; those that their source states for an own way of computing are left out."""
    chosen = [
        vector
        for vector in VECTORS
        if vector["category"] == category
        and operation in (None, vector["op"])
        and "implementation_specific" not in vector
    ]
    assert chosen
    return pytest.mark.parametrize("vector", chosen, ids=lambda vector: vector["id"])


def parts(vector):
    return vector["inputs"], vector["expected"]


# Examples in the help


def commands(command, path=("saklar",)):
    """Each calculator's commands, with the words that call them."""
    if not hasattr(command, "list_commands"):
        yield path, command
        return
    for name in command.list_commands(None):
        if len(path) > 1 or name in CALCULATORS:
            yield from commands(command.get_command(None, name), (*path, name))


ALL = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_the_example_in_the_help_runs(path):
    example = ALL[path].help.partition("Try: ")[2]
    words = shlex.split(example)
    assert tuple(words[: len(path)]) == path
    run = saklar(*words[1:])
    assert run.exit_code == 0, run.stderr


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_the_help_shows(path):
    assert saklar(*path[1:], "--help").exit_code == 0


# PINs


@published("pinblock", "iso0_encode_decode")
def test_a_block_of_format_0_is_the_published_one(vector):
    inputs, expected = parts(vector)
    made = shown("pin", "encode", "--format", "iso-0", "--pin", inputs["pin"], "--pan", inputs["pan"])
    assert made == {"pin_block": expected["block"]}
    taken = shown("pin", "decode", "--format", "01", "--block", expected["block"], "--pan", inputs["pan"])
    assert taken == {"pin": inputs["pin"]}


@published("pinblock", "iso0_encrypt_2tdes")
def test_a_block_under_a_key_is_the_published_one(vector):
    inputs, expected = parts(vector)
    options = ("--format", "iso-0", "--pan", inputs["pan"], "--key", inputs["key"], "--steps")
    made = shown("pin", "encode", "--pin", inputs["pin"], *options)
    assert made == {"clear_block": expected["clear_block"], "pin_block": expected["block"]}
    taken = shown("pin", "decode", "--block", expected["block"], *options)
    assert taken == {"clear_block": expected["clear_block"], "pin": inputs["pin"]}


@published("pinblock", "iso2_encode_decode")
def test_a_block_of_format_2_is_the_published_one(vector):
    inputs, expected = parts(vector)
    assert shown("pin", "encode", "--format", "34", "--pin", inputs["pin"]) == {"pin_block": expected["block"]}


@published("pinblock", "iso3_decrypt_2tdes")
def test_the_pin_in_a_block_of_format_3_is_the_published_one(vector):
    inputs, expected = parts(vector)
    options = ("--format", "iso-3", "--pan", inputs["pan"], "--key", inputs["key"])
    assert shown("pin", "decode", "--block", inputs["block"], *options) == {"pin": expected["pin"]}


@published("pinblock", "iso4_decipher")
def test_the_pin_in_a_block_of_format_4_is_the_published_one(vector):
    inputs, expected = parts(vector)
    options = ("--format", "iso-4", "--pan", inputs["pan"], "--key", inputs["key"])
    assert shown("pin", "decode", "--block", inputs["block"], *options) == {"pin": expected["pin"]}


@published("pinblock", "iso4_encipher")
def test_a_block_of_format_4_with_given_filling_is_the_published_one(vector):
    inputs, expected = parts(vector)
    options = ("--format", "iso-4", "--pan", inputs["pan"], "--key", inputs["key"], "--fill", "FF", "--steps")
    made = shown("pin", "encode", "--pin", "1234", *options)
    assert made["pin_field"] == inputs["pin_field"]
    assert made["pin_block"] == expected["block"]


@published("pinblock", "iso0_decode_reject")
def test_a_block_without_a_pin_is_exit_1(vector):
    inputs, _ = parts(vector)
    options = ("--format", "iso-0", "--pan", inputs["pan"])
    said = refused("pin", "decode", "--block", inputs["block"], *options, exit_code=1)
    assert said == "saklar: not a block of ISO 9564 format 0 for this key and account\n"


@pytest.mark.parametrize("name", ["iso-0", "iso-1", "iso-2", "iso-3", "diebold", "docutel"])
def test_a_translated_block_holds_the_pin(name):
    way = ("--to", name, "--to-key", KEY)
    made = shown("pin", "translate", "--from", "iso-0", "--block", BLOCK, "--pan", PAN, *way)["pin_block"]
    assert shown("pin", "decode", "--format", name, "--block", made, "--key", KEY, "--pan", PAN) == {"pin": "1234"}


def test_a_block_is_translated_to_another_pan():
    options = ("--from", "iso-0", "--to", "iso-0", "--pan", PAN, "--to-pan", "8998811234567890")
    assert shown("pin", "translate", "--block", BLOCK, *options) == {"pin_block": "0412BCEEDCBA9876"}


@published("pvv")
def test_a_pvv_is_the_published_one(vector):
    inputs, expected = parts(vector)
    options = ("--pvk", inputs["pvk"], "--pvki", inputs["pvki"], "--pan", inputs["pan"], "--pin", inputs["pin"])
    assert shown("pin", "pvv", *options) == expected
    assert shown("pin", "verify", *options, "--pvv", expected["pvv"]) == {**expected, "verified": True}


def test_a_wrong_pin_is_exit_1():
    options = ("--pvk", KEY, "--pan", "1122334455667788", "--pvv", "8523")
    assert shown("pin", "verify", *options, "--pin", "4525", exit_code=1)["verified"] is False


@published("ibm3624", "generate_offset")
def test_an_offset_is_the_published_one(vector):
    inputs, expected = parts(vector)
    length = inputs["check_length"]
    card = (
        "--pvk",
        inputs["pvk"],
        "--validation",
        inputs["validation_data"],
        "--table",
        inputs["decimalisation_table"],
    )
    natural = shown("pin", "natural", *card, "--length", length)
    assert natural == {"natural_pin": expected["natural_pin"]}
    options = (*card, "--pin", inputs["pin"])
    assert shown("pin", "offset", *options, "--length", length) == {"offset": expected["offset"]}
    verified = shown("pin", "verify", *options, "--offset", expected["offset"])
    assert verified == {"offset": expected["offset"], "verified": True}


@published("ibm3624", "natural_pin_and_offset")
def test_the_pin_of_an_offset_is_the_published_one(vector):
    inputs, expected = parts(vector)
    card = (
        "--pvk",
        inputs["pvk"],
        "--validation",
        inputs["validation_data"],
        "--table",
        inputs["decimalisation_table"],
    )
    assert shown("pin", "verify", *card, "--pin", expected["pin"], "--offset", inputs["offset"])["verified"] is True


def test_payshields_validation_data_takes_digits_of_the_account_number():
    by_hand = shown("pin", "natural", "--pvk", KEY, "--validation", "AAAAAA" + "23456" + "11111")
    template = shown("pin", "natural", "--pvk", KEY, "--validation", "AAAAAAN11111", "--pan", PAN)
    assert template == by_hand


# Card verification values


@published("cvv")
def test_a_cvv_is_the_published_one(vector):
    inputs, expected = parts(vector)
    options = ("--cvk", inputs["cvk"], "--pan", inputs["pan"], "--expiry", inputs["expiry_field"])
    if inputs["service_code"] == "000":
        assert shown("cvv", "cvv2", *options) == {"cvv2": expected["cvv"]}
    made = shown("cvv", "cvv1", *options, "--service-code", inputs["service_code"], "--verify", expected["cvv"])
    assert made == {**expected, "verified": True}


def test_an_icvv_is_the_cvv_of_service_code_999():
    options = ("--cvk", KEY, "--pan", "4123456789012345", "--expiry", "8701")
    stripe = shown("cvv", "cvv1", *options, "--service-code", "999")["cvv"]
    assert shown("cvv", "icvv", *options) == {"icvv": stripe}


@published("dcvv_cvc3", "visa_dcvv")
def test_a_dcvv_is_the_published_one(vector):
    inputs, expected = parts(vector)
    card = ("--imk", inputs["imk_ac"], "--pan", inputs["pan"], "--psn", inputs["psn"])
    options = ("--option", inputs["derivation"].lower(), "--expiry", inputs["expiry"], "--atc", inputs["atc"])
    made = shown("cvv", "dcvv", *card, *options, "--service-code", inputs["service_code"])
    assert made == expected


@published("dcvv_cvc3", "cvc3")
def test_a_cvc3_is_the_published_one(vector):
    inputs, expected = parts(vector)
    card = ("--imk", inputs["imk_cvc3"], "--pan", inputs["pan"])
    form = ["--text"] if inputs.get("track_is_ascii") else []
    (value,) = expected.values()
    options = ("--track", inputs["track"], *form, "--un", inputs["un"], "--atc", inputs["atc"])
    assert shown("cvv", "cvc3", *card, *options, "--verify", value) == {"cvc3": value, "verified": True}


def test_a_wrong_cvv_is_exit_1():
    options = ("--cvk", KEY, "--pan", "4123456789012345", "--expiry", "8701", "--service-code", "101")
    assert shown("cvv", "cvv1", *options, "--verify", "562", exit_code=1) == {"cvv": "561", "verified": False}


# Cryptograms

SCHEMES = {
    "scheme_visa_cvn10": "visa-cvn10",
    "scheme_visa_cvn18": "visa-cvn18",
    "scheme_mastercard_cvn16": "mastercard",
    "scheme_mastercard_cvn17": "mastercard",
    "scheme_mastercard_cvn20": "emv",
    "scheme_mastercard_cvn21": "emv",
}


def card_of(inputs):
    return "--imk", inputs["imk_ac"], "--pan", inputs["pan"], "--psn", inputs["psn"]


def answer_of(expected):
    return {1: "--arc", 2: "--csu"}[expected["arpc_method"]], expected["arpc_input"]


@pytest.mark.parametrize("operation", SCHEMES)
def test_a_scheme_s_cryptogram_of_tags_and_the_answer_are_the_published_ones(operation):
    (vector,) = [vector for vector in VECTORS if vector["op"] == operation]
    inputs, expected = parts(vector)
    values = {name.removeprefix("tag_").upper(): value for name, value in inputs["tags"].items()}
    values["9F10"] = inputs["cvr_or_iad"]
    tags = "".join(f"{tag}{len(value) // 2:02X}{value}" for tag, value in reversed(values.items()))
    options = ("--scheme", SCHEMES[operation], "--tags", tags, "--cdol", ",".join(values))
    made = shown("arqc", *card_of(inputs), *options, *answer_of(expected), "--verify", expected["arqc"], "--steps")
    assert made["session_key"] == expected["sk"]
    assert made["session_key_kcv"].startswith(expected["sk_kcv2"])
    assert made["padded"].startswith(inputs["cryptogram_data"])
    assert (made["arqc"], made["verified"], made["arpc"]) == (expected["arqc"], True, expected["arpc"])


@published("emv", "arqc_arpc_cskd")
def test_a_cryptogram_of_raw_data_by_either_derivation_is_the_published_one(vector):
    inputs, expected = parts(vector)
    options = ("--option", inputs["option"].lower(), "--atc", inputs["atc"], "--data", inputs["data"])
    made = shown("arqc", *card_of(inputs), *options, "--csu", inputs["arc_or_csu"])
    assert (made["arqc"], made["arpc"]) == (expected["arqc"], expected["arpc"])


@published("emv", "arqc_arpc_mchip")
def test_a_cryptogram_by_mastercards_session_key_is_the_published_one(vector):
    inputs, expected = parts(vector)
    options = ("--scheme", "mastercard", "--atc", inputs["atc"], "--un", inputs["un"], "--data", inputs["data"])
    answer = {1: "--arc", 2: "--csu"}[inputs["arpc_method"]]
    made = shown("arqc", *card_of(inputs), *options, answer, inputs["arc_or_csu"])
    assert (made["arqc"], made["arpc"]) == (expected["arqc"], expected["arpc"])


def test_the_session_key_of_the_tree_is_the_published_one():
    options = ("--scheme", "emv2000", "--icc-key", "0123456789ABCDEF" * 2, "--atc", "0000", "--data", "00", "--steps")
    assert shown("arqc", *options)["session_key"] == "80BF3145AECB948A5201DAB9EF469875"


def test_a_wrong_cryptogram_is_exit_1_and_has_no_answer():
    options = ("--icc-key", KEY, "--atc", "0001", "--data", "00", "--arc", "3030", "--verify", "0" * 16)
    made = shown("arqc", *options, exit_code=1)
    assert made["verified"] is False
    assert "arpc" not in made


def test_keys_are_shown_by_their_check_values_alone():
    made = shown("arqc", "--icc-key", KEY, "--atc", "0001", "--data", "00")
    assert list(made) == ["icc_key_kcv", "session_key_kcv", "arqc"]
    assert made["icc_key_kcv"] == "08D7B4"


# MACs

MACS = {
    "iso9797_alg1_des": "alg1",
    "iso9797_alg1_2tdes": "alg1",
    "iso9797_alg3": "alg3",
    "aes_cmac": "cmac-aes",
    "tdes_cmac": "cmac-tdes",
}


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["op"] in MACS], ids=lambda vector: vector["id"])
def test_a_mac_is_the_published_one(vector):
    inputs, expected = parts(vector)
    padding = ["--padding", inputs["padding"]] if "padding" in inputs else []
    options = ("--key", inputs["key"], "--algorithm", MACS[vector["op"]], *padding)
    made = shown("mac", inputs["data"], *options, "--verify", expected["mac"])
    assert made == {"mac": expected["mac"], "verified": True}


@published("mac", "x919_chained_block")
def test_a_mac_of_x9_19_is_algorithm_3_with_padding_1(vector):
    inputs, _ = parts(vector)
    retail = shown("mac", inputs["data"], "--key", inputs["key"], "--algorithm", "alg3", "--padding", "1")
    assert shown("mac", inputs["data"], "--key", inputs["key"], "--algorithm", "x9.19") == retail


def test_a_mac_of_x9_9_is_algorithm_1_under_a_single_key():
    single = shown("mac", "00", "--key", KEY[:16], "--algorithm", "alg1")
    assert shown("mac", "00", "--key", KEY[:16], "--algorithm", "x9.9") == single


def test_an_hmac_is_that_of_rfc_4231():
    made = shown("mac", "what do ya want for nothing?", "--text", "--key", b"Jefe".hex(), "--algorithm", "hmac-sha256")
    assert made["mac"] == "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843"


def test_the_start_of_a_mac_is_shown_and_checked():
    options = ("68656C6C6F20776F726C64", "--key", "A" * 16 + "B" * 16, "--padding", "2")
    assert shown("mac", *options, "--length", "4") == {"mac": "2BC2D9ED"}
    assert shown("mac", *options, "--verify", "2BC2D9ED")["verified"] is True
    assert shown("mac", *options, "--verify", "2BC2D9EE", exit_code=1)["verified"] is False


def test_the_padded_data_is_a_step():
    made = shown("mac", "01", "--key", KEY, "--padding", "2", "--steps")
    assert made["padded"] == "0180000000000000"


# DUKPT


@published("dukpt_tdes", "txn")
def test_keys_and_pin_block_of_a_transaction_are_the_published_ones(vector):
    inputs, expected = parts(vector)
    terminal = ("--bdk", inputs["bdk"], "--ksn", inputs["ksn"])
    keys = shown("dukpt", "keys", *terminal)
    assert keys["transaction_key"] == expected["txn_key"]
    made = shown("dukpt", "encrypt", inputs["clear_pinblock"], *terminal)
    assert made == {"encrypted": expected["enc_pinblock"]}
    assert shown("dukpt", "decrypt", made["encrypted"], *terminal) == {"decrypted": inputs["clear_pinblock"]}
    code = shown("mac", inputs["data_ascii"], "--text", "--key", keys["mac_request_key"], "--length", "4")
    assert code == {"mac": expected["mac_request4"]}


@published("dukpt_tdes", "txn_data_and_full_mac")
def test_data_under_dukpt_is_the_published_one(vector):
    inputs, expected = parts(vector)
    data = inputs["data_ascii"].encode().ljust(24, b"\0").hex()
    for use in ("request", "response"):
        options = ("--bdk", inputs["bdk"], "--ksn", inputs["ksn"], "--use", f"data-{use}")
        assert shown("dukpt", "encrypt", data, *options) == {"encrypted": expected[f"data_{use}_enc"]}


@published("dukpt_tdes", "initial_key")
def test_an_initial_key_is_the_published_one_and_stands_for_the_bdk(vector):
    inputs, expected = parts(vector)
    keys = shown("dukpt", "keys", "--bdk", inputs["bdk"], "--ksn", inputs["ksn"])
    assert keys["initial_key"] == expected["ik"]
    assert shown("dukpt", "keys", "--ik", expected["ik"], "--ksn", inputs["ksn"]) == keys


@published("dukpt_aes", "txn")
def test_keys_and_pin_block_by_aes_are_the_published_ones(vector):
    inputs, expected = parts(vector)
    terminal = ("--bdk", inputs["bdk"], "--ksn", inputs["ksn"], "--key-type", "aes-128")
    keys = shown("dukpt", "keys", *terminal)
    assert keys["transaction_key"] == expected["txn_key"]
    assert keys["pin_key"] == expected["pin_key_aes128"]
    assert keys["mac_request_key"] == expected["mac_generation_key_aes128"]
    assert keys["data_request_key"] == expected["data_encrypt_request_key_aes128"]
    options = (*terminal, "--pan", inputs["pan"])
    made = shown("dukpt", "encrypt", inputs["pin_field"], *options)["encrypted"]
    assert made == expected.get("enc_pinblock_iso4", made)
    assert shown("dukpt", "decrypt", made, *options) == {"decrypted": inputs["pin_field"]}


# Key blocks and check values


@pytest.mark.parametrize(
    "vector",
    [v for v in VECTORS if v["op"].startswith("unwrap_") and v["op"] != "unwrap_reject" and v["id"] != "V0600"],
    ids=lambda vector: vector["id"],
)
def test_the_key_in_a_block_is_the_published_one(vector):
    inputs, expected = parts(vector)
    opened = shown("tr31", "unwrap", inputs["key_block"], "--kbpk", inputs["kbpk"])
    assert opened["key"] == expected["key"]
    inspected = shown("tr31", "inspect", inputs["key_block"])
    assert inspected.items() <= opened.items()
    assert inspected["usage"].startswith(expected["header"][5:7])


@published("tr31", "unwrap_reject")
def test_a_block_that_is_not_authentic_is_exit_1(vector):
    inputs, _ = parts(vector)
    said = refused("tr31", "unwrap", inputs["key_block"], "--kbpk", inputs["kbpk"], exit_code=1)
    assert said == "saklar: the key block is not authentic under this protection key\n"


@pytest.mark.parametrize(("version", "kbpk"), [("A", KEY), ("B", KEY), ("C", KEY), ("D", KEY + KEY)])
def test_a_wrapped_key_unwrapped_is_the_same(version, kbpk):
    header = ("--version", version, "--usage", "B1", "--algorithm", "T", "--mode", "X")
    block = ("--optional", "KS=00604B120F9292800000", "--key", "F039121BEC83D26B169BDCD5B22AAF8F")
    made = shown("tr31", "wrap", "--kbpk", kbpk, *header, *block)
    assert made["check_value"] == "CB9DEA"
    opened = shown("tr31", "unwrap", made["key_block"], "--kbpk", kbpk)
    assert opened["key"] == "F039121BEC83D26B169BDCD5B22AAF8F"
    assert opened["block KS"] == "00604B120F9292800000 (initial key serial number of triple DES DUKPT)"


@published("kcv", "tdes_kcv")
def test_a_check_value_is_the_published_one(vector):
    inputs, expected = parts(vector)
    length = len(expected["kcv"]) // 2
    assert shown("kcv", inputs["key"], "--length", length) == {"check_value": expected["kcv"]}


@published("kcv", "aes_cmac_kcv")
def test_a_check_value_of_an_aes_key_is_the_published_one(vector):
    inputs, expected = parts(vector)
    made = shown("kcv", inputs["key"], "--aes", "--length", len(expected["kcv"]) // 2)
    assert made["check_value"] == expected["kcv"]


# How keys are given


def test_a_key_may_have_spaces():
    assert shown("kcv", "0123456789ABCDEF FEDCBA9876543210") == {"check_value": "08D7B4"}


def test_a_key_may_be_in_a_file(tmp_path):
    (tmp_path / "key").write_text(KEY + "\n")
    assert shown("kcv", f"@{tmp_path / 'key'}") == {"check_value": "08D7B4"}


def test_a_key_may_be_in_the_environment():
    assert shown("kcv", "env:TEST_KEY", env={"TEST_KEY": KEY}) == {"check_value": "08D7B4"}


def test_secrets_may_come_on_standard_input_a_line_each_in_the_order_of_the_options():
    options = ("--format", "iso-0", "--pin", "-", "--pan", PAN, "--key", "-")
    typed = shown("pin", "encode", *options, typed=f"1234\n{KEY}\n")
    assert typed == shown("pin", "encode", "--format", "iso-0", "--pin", "1234", "--pan", PAN, "--key", KEY)


def test_even_parity_is_noted_and_accepted():
    run = saklar("kcv", "00" * 16)
    assert run.exit_code == 0
    assert run.stderr == "saklar: KEY: note: not every byte has odd parity; used as it is\n"


# What is refused


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (KEY[:-1], "has 31 hex digits, 16 or 32 or 48 or 64 are expected"),
        (KEY[:-1] + "G", "character 32 is no hex digit"),
        ("", "has 0 hex digits, 16 or 32 or 48 or 64 are expected"),
        ("@/no/such/file", "/no/such/file: No such file or directory"),
        ("env:SAKLAR_TEST_NO_SUCH", "the environment has no SAKLAR_TEST_NO_SUCH"),
        ("-", "standard input has no line for it"),
    ],
)
def test_a_key_that_cannot_be_read_is_one_line_that_says_why(given, reason):
    assert refused("kcv", given) == f"saklar: KEY: {reason}\n"


def test_a_file_of_bytes_is_no_key(tmp_path):
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    assert refused("kcv", f"@{tmp_path / 'key'}").endswith("not text\n")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("pin encode --format iso-9 --pin 1234", "--format: 'iso-9' is none of"),
        ("pin encode --format iso-0 --pin 1234", "--pan: missing: a block of this format is tied to the PAN"),
        (
            "pin encode --format iso-0 --pin 12 --pan 5555555551234567",
            "--pin: has 2 decimal digits, 4 to 12 are expected",
        ),
        ("pin encode --format iso-0 --pin 12A4 --pan 5555555551234567", "--pin: character 3 is no decimal digit"),
        ("pin encode --format iso-4 --pin 1234 --pan 5555555551234567", "--key: missing: a block of iso-4 is under"),
        (f"pin encode --format iso-2 --pin 1234 --key {KEY}{KEY}", "--key: has 32 bytes, 8 or 16 or 24 are expected"),
        ("pin encode --format docutel --pin 1234567", "a PIN of Docutel has 4 to 6 digits"),
        (f"pin verify --pin 1234 --pvk {KEY}", "--pvv or --offset: one of them is expected"),
        (f"pin verify --pin 1234 --pvk {KEY} --offset 0000", "--validation: missing"),
        (f"pin natural --pvk {KEY} --validation 12345N123456", "--pan: missing"),
        (f"pin natural --pvk {KEY} --validation 1234", "the validation data is not made of 16 hexadecimal digits"),
        (f"cvv cvv2 --cvk {KEY} --pan 123 --expiry 1108", "--pan: has 3 decimal digits, 12 to 19 are expected"),
        ("cvv cvv2 --cvk 00 --pan 123456789012 --expiry 1108", "--cvk: has 2 hex digits, 32 are expected"),
        ("arqc --atc 0001 --data 00", "--imk or --icc-key: one of them is expected"),
        (f"arqc --imk {KEY} --atc 0001 --data 00", "--pan: missing: the card's key is derived of it"),
        (f"arqc --icc-key {KEY} --data 00", "--atc: missing"),
        (f"arqc --icc-key {KEY} --atc 0001 --data 00 --scheme mastercard", "--un: missing"),
        (f"arqc --icc-key {KEY} --atc 0001", "--data or --tags: one of them is expected"),
        (f"arqc --icc-key {KEY} --tags 9F0206", "--tags: no BER-TLV at byte 3: 6 bytes of data expected, 0 found"),
        (f"arqc --icc-key {KEY} --tags 9F36020001 --cdol 9F02", "--cdol: 9F02 not among the tags"),
        (f"arqc --icc-key {KEY} --atc 0001 --data 00 --arc 3030 --csu 00000000", "--arc and --csu: one of them"),
        (f"arqc --icc-key {KEY} --atc 0001 --data 00 --padding 0", "1 bytes are no whole number of 8-byte blocks"),
        (f"mac 00 --key {KEY} --algorithm x9.9", "--key: has 16 bytes, 8 are expected for this algorithm"),
        (f"mac 00 --key {KEY} --algorithm x9.19 --padding 2", "--padding: only alg1 and alg3 leave it open"),
        (f"mac 0 --key {KEY}", "DATA: has 1 hex digits, an odd number"),
        (f"mac 00 --key {KEY} --padding 0", "DATA: 1 bytes are no whole number of 8-byte blocks"),
        (f"dukpt keys --ksn {'0' * 20}", "--bdk or --ik: one of them is expected"),
        (f"dukpt keys --bdk {KEY} --ksn 00", "--ksn: has 2 hex digits, 16 or 18 or 20 or 24 are expected"),
        (f"dukpt keys --bdk {KEY}{KEY} --ksn {'0' * 20}", "--bdk: the key has 32 bytes, not 16"),
        (f"dukpt keys --bdk {KEY} --ksn {'0' * 20} --key-type aes-128", "--key-type: only for AES"),
        (f"dukpt keys --bdk {KEY} --ksn {'0' * 24} --key-type aes", "--key-type: 'aes' is none of"),
        (
            f"dukpt keys --bdk {KEY} --ksn {'0' * 24} --key-type aes-256",
            "--key-type: a derivation key of 16 bytes derives",
        ),
        (f"dukpt encrypt 00 --bdk {KEY} --ksn {'0' * 20}", "DATA: 1 bytes are no whole number of 8-byte blocks"),
        (f"dukpt encrypt 00 --use mac-request --bdk {KEY} --ksn {'0' * 20}", "--use: mac-request is no use for data"),
        (f"dukpt encrypt 00 --bdk {KEY} --ksn {'0' * 24}", "--pan: missing: a PIN block under an AES key"),
        ("tr31 inspect A0088P0TE00E0000", "BLOCK: length: the block has 16 characters, the header says otherwise"),
        (f"tr31 wrap --kbpk {KEY} --key 00 --usage XX --algorithm T --mode E", "usage: 'XX' is not known"),
        (
            f"tr31 wrap --version A --kbpk {KEY}{KEY} --key 00 --usage P0 --algorithm T --mode E",
            "the protection key has 32",
        ),
        (f"kcv {KEY[:16]} --aes", "KEY: has 8 bytes, 16 or 24 or 32 are expected of an AES key"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_it(command, said):
    lines = [line for line in refused(*shlex.split(command)).splitlines() if "note: not every byte" not in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"saklar: {said}")


def test_no_error_repeats_a_secret():
    said = refused("pin", "encode", "--format", "iso-0", "--pin", "98765432109876", "--pan", PAN)
    assert not re.search("98765", said)
