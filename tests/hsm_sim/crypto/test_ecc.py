"""Elliptic curve keys, read by cryptography."""

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from saklar.hsm_sim.crypto import ecc
from saklar.hsm_sim.crypto.inputs import CryptoInputError


@pytest.mark.parametrize(("curve", "bits"), [("P-256", 256), ("P-384", 384), ("P-521", 521)])
def test_a_new_key_is_on_its_curve_and_its_halves_belong_together(curve, bits):
    private, public = ecc.generate(curve)
    key = load_der_private_key(private, None)
    assert key.curve.key_size == bits
    assert load_der_public_key(public) == key.public_key()


def test_another_curve_is_refused():
    with pytest.raises(CryptoInputError):
        ecc.generate("P-192")
