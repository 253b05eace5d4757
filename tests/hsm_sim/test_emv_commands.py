"""Cryptograms and dynamic card codes in host commands, against pyemv."""

import pyemv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import Hsm, build_command, keys, load_lmk, parse_response

HSM = Hsm(load_lmk("test"))
ISSUER = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
SMI = bytes.fromhex("FEDCBA98765432100123456789ABCDEF")
PAN, SEQUENCE = "54131235567848", "01"
LONG_PAN = "5413123556784801234"
CARD = bytes.fromhex(PAN + SEQUENCE).decode("latin-1")
LONG_CARD = bytes.fromhex("0" + LONG_PAN + SEQUENCE).decode("latin-1")
ATC, UN = b"\x00\x07", bytes.fromhex("AB12D5AD")
IV = bytes(range(16))


def under_lmk(key_type, clear):
    return keys.encrypt_under_lmk(HSM.lmk, key_type, keys.ClearKey(clear), "U")


MK_AC, MK_SMI, MK_CVC3 = under_lmk("109", ISSUER), under_lmk("209", SMI), under_lmk("709", ISSUER)
MASTER_A = pyemv.kd.derive_icc_mk_a(ISSUER, PAN, SEQUENCE)
MASTER_B = pyemv.kd.derive_icc_mk_b(ISSUER, LONG_PAN, SEQUENCE)


def text(data):
    return data.decode("latin-1")


def answer(code, **fields):
    return parse_response(code, HSM.execute(build_command(code, **fields)))


def padded(data):
    return data + b"\x80" + bytes(-(len(data) + 1) % 8)


KQ_CARD = {"mk_ac": MK_AC, "pan_and_sequence": CARD, "atc": text(ATC), "unpredictable_number": text(UN)}
KQ_KEYS = {"0": MASTER_A, "1": pyemv.kd.derive_common_sk(MASTER_A, ATC + b"\0\0" + UN), "2": MASTER_A}


def kq(mode, scheme, of=b"8 bytes.", **more):
    arqc = pyemv.ac.generate_ac(KQ_KEYS[scheme], of, pyemv.ac.PaddingType.VISA)
    fields = {"data": text(of)} if mode != "2" else {}
    return answer("KQ", **({"mode": mode, "scheme": scheme, "arqc": text(arqc)} | KQ_CARD | fields | more)), arqc


@given(st.sampled_from(sorted(KQ_KEYS)), st.binary(min_size=1, max_size=100))
def test_kq_verifies_pyemvs_cryptogram_and_answers_with_its_response(scheme, data):
    response, arqc = kq("1", scheme, data, response_code="00")
    assert response.values["arpc"].encode("latin-1") == pyemv.ac.generate_arpc_1(MASTER_A, arqc, b"00")


@pytest.mark.parametrize("scheme", KQ_KEYS)
def test_kq_only_verifies_or_only_responds(scheme):
    assert kq("0", scheme)[0].values == {}
    assert kq("2", scheme, response_code="00")[0].values == kq("1", scheme, response_code="00")[0].values


def discretionary(data=b"5 bytes."):
    session = pyemv.kd.derive_visa_sm_sk(pyemv.kd.derive_icc_mk_a(SMI, PAN, SEQUENCE), ATC)
    mac = pyemv.mac.mac_iso9797_3(session[:8], session[8:], data, 2)[:4]
    return {"mk_smi": MK_SMI, "discretionary_mac": text(mac), "discretionary_data": text(data)}


def test_kq_verifies_the_mac_of_discretionary_data_too():
    assert kq("3", "0", **discretionary())[0].values == {}
    assert "arpc" in kq("4", "0", response_code="00", **discretionary())[0].values


@pytest.mark.parametrize(
    ("mode", "scheme", "changed", "error"),
    [
        ("0", "0", {"arqc": "wrong..."}, "01"),
        ("0", "1", {"atc": "\0\x08"}, "01"),
        ("3", "1", discretionary(), "03"),
        ("3", "2", discretionary(), "03"),
        ("3", "0", discretionary() | {"discretionary_mac": "no.."}, "06"),
        ("0", "0", {"mk_ac": MK_SMI}, "10"),
        ("3", "0", discretionary() | {"mk_smi": MK_AC}, "11"),
        ("0", "0", {"pan_and_sequence": "\xaa" * 8}, "15"),
        ("0", "0", {"data": ""}, "81"),
        ("3", "0", discretionary() | {"discretionary_data": ""}, "82"),
    ],
)
def test_what_is_wrong_with_kq_has_its_error_code(mode, scheme, changed, error):
    assert kq(mode, scheme, **changed)[0].error == error


@pytest.mark.parametrize(("start", "error"), [(b"KQ50", b"04"), (b"KQ03", b"05"), (b"KW50", b"04"), (b"KW04", b"05")])
def test_an_unknown_mode_or_scheme_has_its_error_code(start, error):
    assert HSM.execute(start + MK_AC.encode())[2:4] == error


def test_data_shorter_than_its_length_is_error_80():
    request = b"KQ00" + MK_AC.encode() + bytes(8 + 2 + 4) + b"20" + b"8 bytes."
    assert HSM.execute(request)[2:4] == b"80"


def test_a_master_key_that_is_no_pair_is_error_27():
    single = keys.encrypt_under_lmk(HSM.lmk, "109", keys.ClearKey(ISSUER[:8]), "Z")
    assert kq("0", "0", mk_ac=single)[0].error == "27"


TREE = {"iv": text(IV), "branch_and_height": "1"}
KW_CARDS = {
    "0": {"pan_and_sequence": CARD} | TREE,
    "1": {"pan_and_sequence": LONG_CARD} | TREE,
    "2": {"pan_and_sequence": CARD},
    "3": {"pan_and_sequence": LONG_CARD},
}
KW_KEYS = {
    "0": pyemv.kd.derive_emv2000_tree_sk(MASTER_A, ATC, 8, 4, IV),
    "1": pyemv.kd.derive_emv2000_tree_sk(MASTER_B, ATC, 8, 4, IV),
    "2": pyemv.kd.derive_common_sk(MASTER_A, ATC + bytes(6)),
    "3": pyemv.kd.derive_common_sk(MASTER_B, ATC + bytes(6)),
}


def kw(mode, scheme, of=b"some data", key=None, **more):
    arqc = pyemv.ac.generate_ac(key or KW_KEYS[scheme], of, pyemv.ac.PaddingType.EMV)
    fields = {"data": text(padded(of))} if mode in "013" else {}
    fields |= {"mode": mode, "scheme": scheme, "mk_ac": MK_AC, "atc": text(ATC), "arqc": text(arqc)} | KW_CARDS[scheme]
    return answer("KW", **(fields | more)), arqc


@given(st.sampled_from(sorted(KW_KEYS)), st.binary(max_size=100))
def test_kw_verifies_pyemvs_cryptogram_and_answers_by_method_1(scheme, data):
    response, arqc = kw("1", scheme, data, response_code="00")
    assert response.values["arpc"].encode("latin-1") == pyemv.ac.generate_arpc_1(KW_KEYS[scheme], arqc, b"00")


@given(st.sampled_from(sorted(KW_KEYS)), st.sampled_from(["3", "4"]), st.binary(max_size=8))
def test_kw_answers_by_method_2_with_four_bytes_and_zeros(scheme, mode, proprietary):
    response, arqc = kw(mode, scheme, card_status_update="\0\x80\0\0", proprietary_data=text(proprietary))
    expected = pyemv.ac.generate_arpc_2(KW_KEYS[scheme], arqc, b"\0\x80\0\0", proprietary)
    assert response.values["arpc"].encode("latin-1") == expected + bytes(4)


@pytest.mark.parametrize("scheme", KW_KEYS)
def test_kw_only_verifies_or_only_responds(scheme):
    assert kw("0", scheme)[0].values == {}
    assert kw("2", scheme, response_code="00")[0].values == kw("1", scheme, response_code="00")[0].values


def test_kw_takes_the_other_tree():
    key = pyemv.kd.derive_emv2000_tree_sk(MASTER_A, ATC, 16, 2, IV)
    assert kw("0", "0", key=key, branch_and_height="0")[0].ok


@pytest.mark.parametrize(
    ("mode", "changed", "error"),
    [
        ("0", {"arqc": "wrong..."}, "01"),
        ("0", {"mk_ac": MK_SMI}, "10"),
        ("0", {"data": ""}, "81"),
        ("4", {"card_status_update": "\0" * 4, "proprietary_data": "9 bytes.."}, "15"),
    ],
)
def test_what_is_wrong_with_kw_has_its_error_code(mode, changed, error):
    assert kw(mode, "2", **changed)[0].error == error


def test_a_tree_of_another_shape_is_error_52():
    request = b"KW00" + MK_AC.encode() + IV + CARD.encode("latin-1") + b"2" + ATC
    assert HSM.execute(request)[2:4] == b"52"


def k2(card=CARD, derivation="0", master=MASTER_A, **more):
    session = pyemv.kd.derive_common_sk(master, ATC + b"\0\0" + UN)
    arqc = pyemv.ac.generate_ac(session, b"some data", pyemv.ac.PaddingType.EMV)
    fields = {
        "mode": "0", "scheme": "00", "card_derivation": derivation, "session_derivation": "1", "mk_ac": MK_AC,
        "pan_and_sequence": card, "atc": text(ATC), "unpredictable_number": text(UN), "data": "some data",
        "arqc": text(arqc), "bitmap": "\0" * 8, "bitmap_mac": "\0" * 4,
    }  # fmt: skip
    return answer("K2", **(fields | more)).error


def test_k2_verifies_pyemvs_cryptogram():
    assert k2() == "00"
    assert k2(LONG_CARD, "1", MASTER_B) == "00"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"arqc": "wrong..."}, "01"),
        ({"bitmap": "\xff" * 8}, "15"),
        ({"bitmap_mac": "\1" * 4}, "15"),
        ({"data": ""}, "15"),
    ],
)
def test_what_is_wrong_with_k2_has_its_error_code(changed, error):
    assert k2(**changed) == error


TRACK = bytes.fromhex("5413123556784804D09061019000990000000F")


def pm(**more):
    fields = {
        "scheme": "1", "version": "2", "mk_cvc3": MK_CVC3, "card_derivation": "A", "pan": "5413123556784804",
        "sequence_number": "00", "track": text(TRACK), "unpredictable_number": "00000772", "atc": "00005",
    }  # fmt: skip
    return answer("PM", **(fields | more)).error


@given(st.integers(0, 0xFFFF), st.from_regex("[0-9]{8}", fullmatch=True), st.integers(0, 4))
def test_pm_verifies_the_last_digits_of_pyemvs_cvc3(atc, number, unknown):
    card = pyemv.kd.derive_icc_mk_a(ISSUER, "5413123556784804", "00")
    value = pyemv.cvv.generate_cvc3(card, TRACK, atc.to_bytes(2, "big"), bytes.fromhex(number)).zfill(5)
    given_ = "X" * unknown + value[unknown:]
    assert pm(atc=f"{atc:05d}", unpredictable_number=number, cvc3=given_) == "00"
    assert pm(atc=f"{atc:05d}", unpredictable_number=number, cvc3=given_[:-1] + str((int(value[-1]) + 1) % 10)) == "01"


@pytest.mark.parametrize(
    ("changed", "error"),
    [({"atc": "65536"}, "15"), ({"mk_cvc3": MK_AC}, "10"), ({"cvc3": "00000", "atc": "00000"}, "01")],
)
def test_what_is_wrong_with_pm_has_its_error_code(changed, error):
    assert pm(**({"cvc3": "XX000"} | changed)) == error
