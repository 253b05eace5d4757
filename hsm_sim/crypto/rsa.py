"""RSA keys and PKCS #1 v1.5 signatures (RFC 8017), with keys as DER bytes.

The one module whose results depend on chance from within: new keys are made by the operating system's random numbers.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from saklar.hsm_sim.crypto.inputs import CryptoInputError

MODULUS_BITS = range(1024, 4097)
PUBLIC_EXPONENTS = (3, 65537)

HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 (older host commands sign it)
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def generate(bits: int, exponent: int = 65537) -> bytes:
    """A new private key, as DER of PKCS #8.

    Args:
        bits: of the modulus, 1024 to 4096.
        exponent: the public one, 3 or 65537.

    Raises:
        CryptoInputError: an argument is none of those.

    Examples:
        >>> len(generate(1024)) > 600
        True
    """
    if bits not in MODULUS_BITS or exponent not in PUBLIC_EXPONENTS:
        raise CryptoInputError("a modulus has 1024 to 4096 bits, a public exponent is 3 or 65537")
    key = rsa.generate_private_key(exponent, bits)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public_key(private_key: bytes) -> bytes:
    """The public key of a private one, as DER of the RSAPublicKey of PKCS #1: modulus and exponent.

    Raises:
        CryptoInputError: the private key is no DER of an RSA key.

    Examples:
        >>> len(public_key(generate(1024)))
        140
    """
    return _private(private_key).public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)


def unsigned_public_key(private_key: bytes) -> bytes:
    """As `public_key`, but of integers without the zero byte that DER puts before a set first bit, as HSMs give it.

    Raises:
        CryptoInputError: the private key is no DER of an RSA key.

    Examples:
        >>> len(unsigned_public_key(generate(1024)))
        139
    """
    numbers = _private(private_key).public_key().public_numbers()
    integers = (number.to_bytes((number.bit_length() + 7) // 8, "big") for number in (numbers.n, numbers.e))
    return _der(0x30, b"".join(_der(0x02, integer) for integer in integers))


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    count = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, length] if length < 0x80 else [tag, 0x80 + len(count), *count]) + content


def sign(private_key: bytes, data: bytes, hash_name: str = "sha256") -> bytes:
    """The signature of data, as long as the modulus (RFC 8017 §8.2.1).

    Args:
        private_key: DER, as `generate` makes it, or of PKCS #1.
        data: bytes to sign; they are hashed here.
        hash_name: one of `HASHES`.

    Raises:
        CryptoInputError: the key is no DER of an RSA key, or the hash is none of those.

    Examples:
        >>> private_key = generate(1024)
        >>> len(sign(private_key, b"data"))
        128
    """
    return _private(private_key).sign(data, padding.PKCS1v15(), _hash(hash_name))


def verify(public_key: bytes, data: bytes, signature: bytes, hash_name: str = "sha256") -> bool:
    """Whether a signature is that of data (RFC 8017 §8.2.2).

    Args:
        public_key: DER, as the function `public_key` makes it, or of an X.509 SubjectPublicKeyInfo.
        data: the bytes signed.
        signature: bytes.
        hash_name: one of `HASHES`.

    Raises:
        CryptoInputError: the key is no DER of an RSA key, or the hash is none of those.

    Examples:
        >>> private_key = generate(1024)
        >>> verify(public_key(private_key), b"data", sign(private_key, b"data"))
        True
    """
    try:
        _public(public_key).verify(signature, data, padding.PKCS1v15(), _hash(hash_name))
    except InvalidSignature:
        return False
    return True


def _private(encoded: bytes) -> rsa.RSAPrivateKey:
    try:
        key = load_der_private_key(encoded, None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CryptoInputError("this is no private RSA key in DER")
    return key


def _public(encoded: bytes) -> rsa.RSAPublicKey:
    try:
        key = load_der_public_key(encoded)
    except ValueError:
        key = None
    if not isinstance(key, rsa.RSAPublicKey):
        raise CryptoInputError("this is no public RSA key in DER")
    return key


def _hash(name: str) -> hashes.HashAlgorithm:
    if name not in HASHES:
        raise CryptoInputError(f"the hash is none of {', '.join(HASHES)}")
    return HASHES[name]
