"""Key pairs on the prime curves of NIST (FIPS 186-5, SP 800-186), as DER bytes.

As with `rsa`, new keys are made by the operating system's random numbers.
"""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from saklar.hsm_sim.crypto.inputs import CryptoInputError

CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}


def generate(curve: str) -> tuple[bytes, bytes]:
    """A new private key (PKCS #8) and its public key (X.509 SubjectPublicKeyInfo), as DER.

    Args:
        curve: one of `CURVES`.

    Raises:
        CryptoInputError: the curve is none of them.

    Examples:
        >>> private, public = generate("P-256")
        >>> len(public)
        91
    """
    if curve not in CURVES:
        raise CryptoInputError(f"the curve is none of {', '.join(CURVES)}")
    key = ec.generate_private_key(CURVES[curve])
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return private, key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
