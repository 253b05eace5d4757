"""A key in the clear, and what commands do with keys."""

import enum
import secrets
from dataclasses import dataclass, field

from saklar.hsm_sim.crypto import kcv, tdes
from saklar.hsm_sim.crypto.tr31_header import Header

PAIR_BYTES = 16
"""Of a double-length key."""

TDES, AES = "T", "A"
"""Algorithms of keys, as TR-31 has them in byte 7."""


class Use(enum.Enum):
    """What a command does with a key: the modes of use (TR-31, byte 8) of the key blocks that allow it.

    A key under a variant LMK says its type only, and may do all that the type may.
    """

    ENCRYPT = "ENB"
    DECRYPT = "DNB"
    GENERATE = "GNC"
    VERIFY = "VNC"
    DERIVE = "XN"
    SIGN = "SNT"
    ANY = ""


@dataclass(frozen=True, slots=True)
class ClearKey:
    """A key in the clear, inside the HSM. `repr` shows its check value only.

    Attributes:
        data: 8, 16 or 24 bytes of triple DES; 16, 24 or 32 of AES.
        algorithm: `TDES` or `AES`.
        header: what the key block that it came in says of it, if it came in one.
    """

    data: bytes = field(repr=False)
    algorithm: str = TDES
    header: Header | None = field(default=None, compare=False)

    @property
    def check_value(self) -> str:
        """16 hex digits, of which people compare the first six: zeros encrypted, or for AES the CMAC of zeros."""
        value = tdes.check_value(self.data) if self.algorithm == TDES else kcv.aes_cmac(self.data, tdes.BLOCK)
        return value.hex().upper()

    def __repr__(self) -> str:
        return f"<ClearKey {self.check_value[:6]}>"


def generate(length: int, algorithm: str = TDES) -> ClearKey:
    """A random key; one of DES has odd parity and parts that differ."""
    if algorithm == AES:
        return ClearKey(secrets.token_bytes(length), AES)
    while True:
        data = tdes.with_odd_parity(secrets.token_bytes(length))
        parts = {data[start : start + 8] for start in range(0, length, 8)}
        if len(parts) == length // 8:
            return ClearKey(data)
