"""RSA keys and signatures, against cryptography's own use of them."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from saklar.hsm_sim.crypto import rsa
from saklar.hsm_sim.crypto.inputs import CryptoInputError


@pytest.fixture(scope="module")
def private_key():
    return rsa.generate(1024)


@pytest.mark.parametrize("exponent", [3, 65537])
def test_a_new_key_has_the_modulus_and_exponent_asked_for(exponent):
    numbers = load_der_public_key(rsa.public_key(rsa.generate(1024, exponent))).public_numbers()
    assert numbers.n.bit_length() == 1024
    assert numbers.e == exponent


@pytest.fixture(scope="module")
def public_key(private_key):
    return rsa.public_key(private_key)


@pytest.mark.parametrize("hash_name", rsa.HASHES)
@settings(max_examples=25)  # of each hash; a private key takes milliseconds to be read
@given(data=st.binary(max_size=40), other=st.binary(max_size=40))
def test_a_signature_is_of_its_data_alone(private_key, public_key, hash_name, data, other):
    signature = rsa.sign(private_key, data, hash_name)
    assert rsa.verify(public_key, data, signature, hash_name)
    assert rsa.verify(public_key, other, signature, hash_name) is (data == other)
    assert not rsa.verify(public_key, data, bytes([signature[0] ^ 1]) + signature[1:], hash_name)
    assert not rsa.verify(public_key, data, b"", hash_name)


def test_a_signature_is_that_of_pkcs_1(private_key):
    key = load_der_private_key(private_key, None)
    assert rsa.sign(private_key, b"data") == key.sign(b"data", padding.PKCS1v15(), hashes.SHA256())


def test_keys_are_read_in_their_other_encodings(private_key):
    key = load_der_private_key(private_key, None)
    older = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert rsa.verify(public, b"data", rsa.sign(older, b"data"))


@pytest.mark.parametrize(("bits", "exponent"), [(512, 3), (8192, 3), (1024, 5)])
def test_other_keys_are_not_made(bits, exponent):
    with pytest.raises(CryptoInputError):
        rsa.generate(bits, exponent)


def test_what_is_no_rsa_key_is_refused(private_key):
    curve = ec.generate_private_key(ec.SECP256R1())
    private = curve.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = curve.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for encoded in (b"", b"no key", private):
        with pytest.raises(CryptoInputError, match="private"):
            rsa.sign(encoded, b"")
    for encoded in (b"", b"no key", public, private_key):
        with pytest.raises(CryptoInputError, match="public"):
            rsa.verify(encoded, b"", b"")


def test_what_is_no_hash_is_refused(private_key):
    with pytest.raises(CryptoInputError, match="hash"):
        rsa.sign(private_key, b"", "md5")


def test_a_public_key_of_unsigned_integers_lacks_the_zero_before_the_modulus(private_key):
    numbers = load_der_public_key(rsa.public_key(private_key)).public_numbers()
    modulus = numbers.n.to_bytes(128, "big")
    assert rsa.unsigned_public_key(private_key) == bytes.fromhex("308188028180") + modulus + bytes.fromhex("0203010001")
