"""Blocks of data encrypted, decrypted and translated by host commands, against the cryptography library and pydukpt."""

import pydukpt
import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import Hsm, build_command, keys, load_lmk, parse_response

HSM = Hsm(load_lmk("test"))
CLEAR_KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
BDK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
KSN = "FFFF9876543210E00008"
IV = bytes.fromhex("1122334455667788")

MODES = {"00": None, "01": modes.CBC, "02": modes.CFB8, "03": modes.CFB}
CHAINING = {"01": IV, "02": IV, "03": IV}
BINARY, HEX, TEXT = "0", "1", "2"


def under_lmk(key_type, clear):
    return keys.encrypt_under_lmk(HSM.lmk, key_type, keys.ClearKey(clear), "U")


def key_fields(key_type, prefix=""):
    clear = BDK if key_type == "009" else CLEAR_KEY
    fields = {"key_type": key_type, "key": under_lmk(key_type, clear)}
    if key_type == "009":
        fields |= {"ksn_descriptor": "A05", "ksn": KSN}
    return {prefix + name: value for name, value in fields.items()}


def in_form(data, form):
    return data.hex().upper() if form == HEX else data.decode("latin-1")


def ran(code, **fields):
    response = parse_response(code, HSM.execute(build_command(code, **fields)))
    assert response.ok, response.error
    return response.values


def iv_field(mode, name="iv"):
    return {name: CHAINING[mode].hex().upper()} if mode in CHAINING else {}


def reference(mode, key=CLEAR_KEY):
    """The library's cipher. CFB of a block of 8 bytes is CFB64."""
    chosen = modes.ECB() if mode == "00" else MODES[mode](IV)
    return Cipher(TripleDES(key + key[:8]), chosen)


@pytest.mark.parametrize("mode", MODES)
def test_m0_encrypts_as_the_library_does(mode):
    data = bytes(range(32))
    made = ran("M0", mode=mode, input_format=BINARY, output_format=BINARY, **key_fields("00A"), **iv_field(mode),
               data=in_form(data, BINARY))  # fmt: skip
    encryptor = reference(mode).encryptor()
    assert made["data"].encode("latin-1") == encryptor.update(data) + encryptor.finalize()


@pytest.mark.parametrize("mode", ["02", "03"])
def test_feedback_modes_take_data_of_any_length(mode):
    made = ran(
        "M0",
        mode=mode,
        input_format=TEXT,
        output_format=HEX,
        **key_fields("00B"),
        **iv_field(mode),
        data="13 characters",
    )
    encryptor = reference(mode).encryptor()
    assert bytes.fromhex(made["data"]) == encryptor.update(b"13 characters") + encryptor.finalize()


@given(
    mode=st.sampled_from(sorted(MODES)),
    clear_form=st.sampled_from([BINARY, HEX, TEXT]),
    encrypted_form=st.sampled_from([BINARY, HEX]),
    key_type=st.sampled_from(["00A", "00B", "30B", "009"]),
    blocks=st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=8),
)
def test_m2_gives_back_what_m0_took(mode, clear_form, encrypted_form, key_type, blocks):
    data = in_form(b"".join(blocks), clear_form)
    common = {"mode": mode} | key_fields(key_type) | iv_field(mode)
    made = ran("M0", input_format=clear_form, output_format=encrypted_form, data=data, **common)
    back = ran("M2", input_format=encrypted_form, output_format=clear_form, data=made["data"], **common)
    assert back == {"iv": made["iv"], "data": data}


@given(
    source=st.sampled_from(sorted(MODES)),
    destination=st.sampled_from(sorted(MODES)),
    data=st.binary(min_size=16, max_size=16),
)
def test_m4_gives_what_m0_under_the_other_key_gives(source, destination, data):
    made = ran("M0", mode=source, input_format=BINARY, output_format=HEX, data=in_form(data, BINARY),
               **key_fields("00A"), **iv_field(source))  # fmt: skip
    direct = ran("M0", mode=destination, input_format=BINARY, output_format=BINARY, data=in_form(data, BINARY),
                 **key_fields("30B"), **iv_field(destination))  # fmt: skip
    moved = ran(
        "M4", source_mode=source, destination_mode=destination, input_format=HEX, output_format=HEX,
        **key_fields("00A", "source_"), **key_fields("30B", "destination_"),
        **iv_field(source, "source_iv"), **iv_field(destination, "destination_iv"), data=made["data"],
    )  # fmt: skip
    assert bytes.fromhex(moved["data"]).decode("latin-1") == direct["data"]
    assert moved["ivs"] == made["iv"] + direct["iv"]


def test_m4_translates_from_one_dukpt_key_to_another():
    made = ran("M0", mode="00", input_format=BINARY, output_format=HEX, **key_fields("009"), data="8 bytes.")
    other = key_fields("009", "destination_") | {"destination_ksn": "FFFF9876543210E00009"}
    moved = ran("M4", source_mode="00", destination_mode="00", input_format=HEX, output_format=HEX,
                **key_fields("009", "source_"), **other, data=made["data"])  # fmt: skip
    back = ran(
        "M2",
        mode="00",
        input_format=HEX,
        output_format=TEXT,
        **key_fields("009") | {"ksn": "FFFF9876543210E00009"},
        data=moved["data"],
    )
    assert back["data"] == "8 bytes."


def test_data_under_dukpt_is_under_pydukpts_key_for_requests():
    ksn = bytes.fromhex(KSN)
    key = pydukpt.data_request_key(pydukpt.derive_key(pydukpt.derive_ipek(BDK, ksn), ksn))
    encryptor = reference("00", key).encryptor()
    made = ran("M0", mode="00", input_format=BINARY, output_format=BINARY, **key_fields("009"), data="8 bytes.")
    assert made["data"].encode("latin-1") == encryptor.update(b"8 bytes.")


@pytest.mark.parametrize("mode", CHAINING)
@pytest.mark.parametrize(("code", "other"), [("M0", "M2"), ("M2", "M0")])
def test_data_in_parts_gives_what_it_gives_whole(mode, code, other):
    common = {"mode": mode, "input_format": HEX, "output_format": HEX} | key_fields("00A")
    data = bytes(range(48)).hex().upper()
    whole = ran(code, data=data, **common, **iv_field(mode))
    first = ran(code, data=data[:32], **common, **iv_field(mode))
    second = ran(code, data=data[32:], iv=first["iv"], **common)
    assert first["data"] + second["data"] == whole["data"]
    assert second["iv"] == whole["iv"]


GOOD = b"M0001100A" + under_lmk("00A", CLEAR_KEY).encode() + b"00100123456789ABCDEF"
CBC = GOOD.replace(b"M000", b"M001").replace(b"0010012", IV.hex().encode() + b"0010012")


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (GOOD, b"00"),
        (CBC, b"00"),
        (GOOD.replace(b"M000", b"M004"), b"02"),
        (GOOD.replace(b"M00011", b"M00031"), b"03"),
        (GOOD.replace(b"M00011", b"M00013"), b"04"),
        (GOOD.replace(b"M00011", b"M00012"), b"04"),
        (GOOD.replace(b"00A", b"001"), b"05"),
        (GOOD.replace(b"00A", b"00B"), b"10"),
        (GOOD.replace(b"0010012", b"0020012"), b"80"),
        (GOOD[:-20] + b"0000", b"06"),
        (GOOD[:-20] + b"000E" + b"0" * 14, b"06"),
        (GOOD[:-20] + b"000F" + b"0" * 15, b"35"),
        (GOOD[:-1] + b"G", b"35"),
        (CBC.replace(IV.hex().encode(), b"Z" * 16), b"15"),
    ],
)
def test_what_is_wrong_with_m0_has_its_error_code(request_, error):
    assert HSM.execute(request_)[2:4] == error


ZEK = under_lmk("00A", CLEAR_KEY).encode()


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (b"M400001100A" + ZEK + b"00A" + ZEK + b"0010" + b"0" * 16, b"00"),
        (b"M404001100A" + ZEK + b"00A" + ZEK + b"0010" + b"0" * 16, b"02"),
        (b"M400041100A" + ZEK + b"00A" + ZEK + b"0010" + b"0" * 16, b"07"),
        (b"M400002100A" + ZEK + b"00A" + ZEK + b"0010" + b"0" * 16, b"03"),
        (b"M400001200A" + ZEK + b"00A" + ZEK + b"0010" + b"0" * 16, b"04"),
        (b"M4000011001" + ZEK + b"00A" + ZEK + b"0010" + b"0" * 16, b"05"),
        (b"M400001100A" + ZEK + b"001" + ZEK + b"0010" + b"0" * 16, b"08"),
        (b"M400001100B" + ZEK + b"00A" + ZEK + b"0010" + b"0" * 16, b"10"),
        (b"M400001100A" + ZEK + b"00B" + ZEK + b"0010" + b"0" * 16, b"11"),
    ],
)
def test_what_is_wrong_with_m4_has_its_error_code(request_, error):
    assert HSM.execute(request_)[2:4] == error


def test_a_bdk_that_is_no_pair_is_error_27():
    single = keys.encrypt_under_lmk(HSM.lmk, "009", keys.ClearKey(CLEAR_KEY[:8]), "Z")
    request = b"M00011009" + single.encode() + b"A05" + KSN.encode() + b"0010" + b"0" * 16
    assert HSM.execute(request)[2:4] == b"27"


def test_a_trailer_behind_the_data_is_no_part_of_it():
    response = parse_response("M0", HSM.execute(GOOD + b"\x19trail"))
    assert response.values["trailer"] == "trail"
    assert len(response.values["data"]) == 16
