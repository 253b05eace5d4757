"""Key pairs made by host commands: their layouts, and that the halves belong together."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from saklar.hsm_sim import Hsm, load_lmk, parse_response
from saklar.hsm_sim.crypto import tdes

HSM = Hsm(load_lmk("test"))
PAIR_34_35 = bytes.fromhex("2A2A2A2A2A2A2A2A2C2C2C2C2C2C2C2C")


def made(request):
    response = parse_response(request[:2].decode(), HSM.execute(request))
    assert response.ok, response.error
    return {name: value.encode("latin-1") for name, value in response.values.items()}


def private_key(encrypted):
    padded = tdes.decrypt_cbc(PAIR_34_35, bytes(8), encrypted)
    return load_der_private_key(padded.rstrip(b"\0")[:-1], None)


def test_a_public_rsa_key_of_unsigned_integers_is_shorter_by_the_sign():
    """As payShields give one of 2048 bits: 269 bytes (softwaregroup-bg/ut-codec-payshield)."""
    public = made(b"EI1204801")["public_key"]
    assert len(public) == 269
    assert public[:8] == bytes.fromhex("3082010902820100")
    assert public[-5:] == bytes.fromhex("0203010001")


def test_the_halves_of_an_rsa_key_belong_together():
    halves = made(b"EI0102401")
    key = private_key(halves["private_key"])
    assert key.public_key().public_numbers().n == int.from_bytes(halves["public_key"][-5 - 128 : -5], "big")


def test_a_public_rsa_key_in_pkcs_1_is_that_of_the_private_one():
    halves = made(b"EI2102402")
    key = private_key(halves["private_key"])
    assert halves["public_key"] == key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    assert isinstance(key, rsa.RSAPrivateKey)


@pytest.mark.parametrize(("curve", "name"), [("0", "secp256r1"), ("1", "secp384r1"), ("2", "secp521r1")])
def test_the_halves_of_an_elliptic_curve_key_belong_together(curve, name):
    halves = made(f"FY010{curve}03#S00S00".encode())
    key = private_key(halves["private_key"])
    assert load_der_public_key(halves["public_key"]) == key.public_key()
    assert isinstance(key.curve, ec.EllipticCurve) and key.curve.name == name


def test_a_response_to_fy_reads_as_clients_read_it():
    """Four decimal digits of length, the public key, a separator, the private key (payshield-pressure-test)."""
    body = HSM.execute(b"FY010203#S00S00")[4:]
    length = int(body[:4])
    assert load_der_public_key(body[4 : 4 + length])
    assert body[4 + length : 5 + length] == b";"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (b"EI2102401#0000", b"00"),
        (b"EI9102401", b"05"),
        (b"EI2032001#0000", b"04"),
        (b"EI2409701", b"04"),
        (b"EI2102409", b"03"),
        (b"EI2102401#00", b"15"),
        (b"FY020003", b"05"),
        (b"FY010303", b"D2"),
        (b"FY010001", b"D3"),
        (b"FY010003#Q00S00", b"15"),
    ],
)
def test_what_is_asked_for_in_vain_has_its_error_code(request_, error):
    assert HSM.execute(request_)[2:4] == error
