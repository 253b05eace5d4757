"""Bytes as blocks: exclusive or, and the chaining modes of NIST SP 800-38A §6.2 and §6.3 over a cipher given as ECB."""

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


def cfb_encrypt(ecb: Ecb, key: bytes, iv: bytes, data: bytes, segment: int) -> bytes:
    """CFB of data of any length, a segment of so many bytes at a time; `ecb` encrypts."""
    register = iv
    encrypted = []
    for start in range(0, len(data), segment):
        encrypted.append(_segment(ecb, key, register, data[start : start + segment]))
        register = (register + encrypted[-1])[-len(iv) :]
    return b"".join(encrypted)


def cfb_decrypt(ecb: Ecb, key: bytes, iv: bytes, data: bytes, segment: int) -> bytes:
    """The inverse of `cfb_encrypt`; `ecb` encrypts here, too."""
    chained, size = iv + data, len(iv)
    return b"".join(
        _segment(ecb, key, chained[start : start + size], data[start : start + segment])
        for start in range(0, len(data), segment)
    )


def _segment(ecb: Ecb, key: bytes, register: bytes, data: bytes) -> bytes:
    return xor(ecb(key, register)[: len(data)], data)
