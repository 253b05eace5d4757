"""MACs made and verified by host commands, whole and in parts, against psec and pydukpt."""

import psec
import pydukpt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import Hsm, build_command, keys, load_lmk, parse_response

HSM = Hsm(load_lmk("test"))
PAIR = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
TAK = keys.encrypt_under_lmk(HSM.lmk, "003", keys.ClearKey(PAIR), "U")
BDK = keys.encrypt_under_lmk(HSM.lmk, "009", keys.ClearKey(PAIR), "U")
SINGLE = keys.encrypt_under_lmk(HSM.lmk, "003", keys.ClearKey(PAIR[:8]), "Z")
KSN = "FFFF9876543210E00008"
WHOLE, FIRST, MIDDLE, LAST = "0", "1", "2", "3"
FORMS = {
    "0": lambda data: data.decode("latin-1"),
    "1": lambda data: data.hex(),
    "2": lambda data: data.decode("latin-1"),
}


def ran(code, **fields):
    response = parse_response(code, HSM.execute(build_command(code, **fields)))
    assert response.ok, response.error
    return response.values


def mac_fields(algorithm="3", padding="1", form="0", size="1"):
    return {
        "input_format": form,
        "mac_size": size,
        "algorithm": algorithm,
        "padding": padding,
        "key_type": "003",
        "key": TAK,
    }


def m6(data, mode=WHOLE, iv=None, form="0", **fields):
    chained = {} if iv is None else {"iv": iv}
    return ran("M6", mode=mode, data=FORMS[form](data), **chained, **mac_fields(form=form, **fields))["mac"]


@given(st.binary(max_size=100), st.sampled_from(["1", "2", "3"]))
def test_m6_makes_psecs_retail_mac(data, padding):
    assert bytes.fromhex(m6(data, padding=padding)) == psec.mac.generate_retail_mac(
        PAIR[:8], PAIR[8:], data, int(padding)
    )


@given(st.binary(max_size=100), st.sampled_from(["1", "2", "3"]))
def test_m6_makes_psecs_cbc_mac(data, padding):
    assert bytes.fromhex(m6(data, algorithm="1", padding=padding)) == psec.mac.generate_cbc_mac(
        PAIR, data, int(padding)
    )


@given(
    first=st.binary(min_size=8, max_size=8),
    middle=st.lists(st.binary(min_size=8, max_size=8), max_size=4).map(b"".join),
    last=st.binary(min_size=1, max_size=20),
    algorithm=st.sampled_from(["1", "3"]),
    padding=st.sampled_from(["1", "2"]),
    form=st.sampled_from(sorted(FORMS)),
)
def test_m6_in_parts_makes_the_mac_of_the_whole(first, middle, last, algorithm, padding, form):
    options = {"algorithm": algorithm, "padding": padding, "form": form}
    iv = m6(first, FIRST, **options)
    iv = m6(middle, MIDDLE, iv, **options)
    assert m6(last, LAST, iv, **options) == m6(first + middle + last, **options)


@given(data=st.binary(max_size=50), algorithm=st.sampled_from(["1", "3"]), size=st.sampled_from(["0", "1"]))
def test_m8_verifies_what_m6_makes(data, algorithm, size):
    made = m6(data, algorithm=algorithm, size=size)
    assert len(made) == (16 if size == "1" else 8)
    assert ran("M8", mode=WHOLE, data=FORMS["0"](data), mac=made, **mac_fields(algorithm, size=size)) == {}


def test_m8_in_parts_verifies_the_mac_of_the_whole():
    made = m6(b"16 bytes of data and some more")
    iv = ran("M8", mode=FIRST, data="16 bytes", **mac_fields())["iv"]
    iv = ran("M8", mode=MIDDLE, iv=iv, data=" of data", **mac_fields())["iv"]
    assert ran("M8", mode=LAST, iv=iv, data=" and some more", mac=made, **mac_fields()) == {}


def m6_request(start, data, key=TAK):
    return b"M6" + start.encode() + key.encode() + data


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (m6_request("00131003", b"0008" + b"8 bytes."), b"00"),
        (m6_request("40131003", b"0008" + b"8 bytes."), b"02"),
        (m6_request("03131003", b"0008" + b"8 bytes."), b"03"),
        (m6_request("00231003", b"0008" + b"8 bytes."), b"04"),
        (m6_request("00121003", b"0008" + b"8 bytes."), b"04"),
        (m6_request("00131009", b"0008" + b"8 bytes."), b"05"),
        (m6_request("00130003", b"0007" + b"7 bytes"), b"06"),
        (m6_request("10131003", b"0007" + b"7 bytes"), b"06"),
        (m6_request("00131003", b"0008" + b"8 bytes.", SINGLE), b"06"),
        (m6_request("00134003", b"0008" + b"8 bytes."), b"09"),
        (m6_request("10133003", b"0008" + b"8 bytes."), b"09"),
        (m6_request("30133003", b"0" * 16 + b"0008" + b"8 bytes."), b"09"),
        (m6_request("00131008", b"0008" + b"8 bytes."), b"10"),
        (m6_request("01131003", b"0003" + b"123"), b"15"),
        (m6_request("30131003", b"0008" + b"8 bytes."), b"15"),
        (m6_request("00131003", b"0009" + b"8 bytes."), b"80"),
    ],
)
def test_what_is_wrong_with_m6_has_its_error_code(request_, error):
    assert HSM.execute(request_)[2:4] == error


@pytest.mark.parametrize("tak", [SINGLE, TAK])
def test_a_mac_of_the_old_form_is_psecs_cbc_mac(tak):
    clear = PAIR[:8] if tak == SINGLE else PAIR
    made = ran("MA", tak=tak, data="a message")["mac"]
    assert bytes.fromhex(made) == psec.mac.generate_cbc_mac(clear, b"a message", 1)[:4]
    assert ran("MC", tak=tak, mac=made, data="a message") == {}


def test_me_gives_what_ma_under_the_other_key_gives():
    made = ran("MA", tak=SINGLE, data="a message")["mac"]
    assert ran("ME", source_tak=SINGLE, destination_tak=TAK, mac=made, data="a message") == ran(
        "MA", tak=TAK, data="a message"
    )


@pytest.mark.parametrize("code", ["MC", "ME"])
def test_a_wrong_mac_of_the_old_form_is_error_01(code):
    request = code + SINGLE * (2 if code == "ME" else 1) + "00000000" + "a message"
    assert HSM.execute(request.encode())[2:4] == b"01"


def test_mq_in_blocks_makes_the_mac_of_the_whole():
    zak = keys.encrypt_under_lmk(HSM.lmk, "008", keys.ClearKey(PAIR), "U")
    iv = ran("MQ", part=FIRST, zak=zak, data="16 bytes of data")["mac"]
    assert (
        ran("MQ", part=LAST, zak=zak, iv=iv, data=" and more")["mac"]
        == ran("MQ", part=WHOLE, zak=zak, data="16 bytes of data and more")["mac"]
    )


def test_ms_gives_the_published_macs_of_five_blocks():
    """As the unit tests of ThalesSim (nickntg/thalessimulatorlibrary, HostCommandTests.vb) have them."""
    fields = {"key_type": "1", "key_length": "1", "message_type": "1", "key": "U4F24FC3AADA72104B6BE1D1E296CA774"}
    data, made = "30303030303030303131313131313131", []
    for block in "12223":
        iv = {"iv": made[-1]} if made else {}
        made.append(ran("MS", part=block, **iv, **fields, data=data)["mac"])
    assert made == ["A9D4D96683B51333", "DA46CEC9E61AF065", "56A27E35442BD07D", "B12874BED7137303", "0D99127F7734AA58"]


@pytest.mark.parametrize(("length", "key"), [("0", SINGLE), ("1", TAK)])
def test_ms_makes_psecs_macs_of_binary_data(length, key):
    made = ran("MS", part=WHOLE, key_type="0", key_length=length, message_type="0", key=key, data="a message")["mac"]
    expected = (
        psec.mac.generate_cbc_mac(PAIR[:8], b"a message", 1)
        if length == "0"
        else psec.mac.generate_retail_mac(PAIR[:8], PAIR[8:], b"a message", 1)
    )
    assert bytes.fromhex(made) == expected


@pytest.mark.parametrize(
    ("start", "data", "error"),
    [
        ("0010", b"0008" + b"8 bytes.", b"00"),
        ("4010", b"0008" + b"8 bytes.", b"05"),
        ("0210", b"0008" + b"8 bytes.", b"04"),
        ("0020", b"0008" + b"8 bytes.", b"06"),
        ("0000", b"0008" + b"8 bytes.", b"06"),
        ("0012", b"0008" + b"8 bytes.", b"03"),
        ("1010", b"0007" + b"7 bytes", b"80"),
        ("0011", b"0002" + b"00FG", b"15"),
        ("0011", b"0002" + b"00F", b"80"),
    ],
)
def test_what_is_wrong_with_ms_has_its_error_code(start, data, error):
    assert HSM.execute(b"MS" + start.encode() + TAK.encode() + data)[2:4] == error


GW = {"method": "1", "bdk": BDK, "ksn_descriptor": "A05", "ksn": KSN}


@given(st.binary(min_size=1, max_size=60).map(lambda data: data.decode("latin-1")))
def test_gw_makes_psecs_retail_mac_under_pydukpts_key(data):
    ksn = bytes.fromhex(KSN)
    key = pydukpt.mac_request_key(pydukpt.derive_key(pydukpt.derive_ipek(PAIR, ksn), ksn))
    made = ran("GW", mode="4", data=data, **GW)["mac"]
    assert bytes.fromhex(made) == psec.mac.generate_retail_mac(key[:8], key[8:], data.encode("latin-1"), 1)
    assert ran("GW", mode="1", mac=made, data=data, **GW) == {}


@pytest.mark.parametrize(
    ("start", "rest", "error"),
    [
        ("41", b"0008" + b"8 bytes.", b"00"),
        ("11", b"0" * 16 + b"0008" + b"8 bytes.", b"01"),
        ("31", b"0008" + b"8 bytes.", b"15"),
        ("42", b"0008" + b"8 bytes.", b"15"),
        ("41", b"0000", b"80"),
        ("41", b"0009" + b"8 bytes.", b"80"),
    ],
)
def test_what_is_wrong_with_gw_has_its_error_code(start, rest, error):
    assert HSM.execute(b"GW" + start.encode() + BDK.encode() + b"A05" + KSN.encode() + rest)[2:4] == error
