"""Bytes as blocks: exclusive or, and cipher block chaining (NIST SP 800-38A §6.2) over a cipher given as ECB."""

from collections.abc import Callable

Ecb = Callable[[bytes, bytes], bytes]
"""A key and whole blocks to whole blocks."""


def xor(left: bytes, right: bytes) -> bytes:
    """The exclusive or of two byte strings of the same length."""
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")


def cbc_encrypt(ecb: Ecb, key: bytes, iv: bytes, data: bytes) -> bytes:
    """CBC of whole blocks, each as long as the IV; `ecb` encrypts."""
    size = len(iv)
    chain = iv
    encrypted = []
    for start in range(0, len(data), size):
        chain = ecb(key, xor(chain, data[start : start + size]))
        encrypted.append(chain)
    return b"".join(encrypted)


def cbc_decrypt(ecb: Ecb, key: bytes, iv: bytes, data: bytes) -> bytes:
    """The inverse of `cbc_encrypt`; `ecb` decrypts."""
    return xor(ecb(key, data), (iv + data)[: len(data)])
