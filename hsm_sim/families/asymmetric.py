"""Key pairs of RSA and elliptic curves in host commands: their forms, and the private key under the LMK."""

from __future__ import annotations

from dataclasses import dataclass

from saklar.hsm_sim.crypto import mac, tdes
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys.lmk import Lmk
from saklar.hsm_sim.layout import Reader, Values

_PRIVATE_KEYS = 17
"""Index of LMK pair 34-35."""

_SEQUENCE = 0x30
_LONG = 0x80
_HEAD = 2


def under_lmk(lmk: Lmk, private_key: bytes) -> str:
    """A private key (DER of PKCS #8) under the LMK.

    Units keep it in a form that is not public. This one is padded with hexadecimal 80 and zeros and encrypted by
    triple DES in CBC mode with an IV of zeros, under LMK pair 34-35.
    """
    padded = mac.pad(private_key, 2)
    return tdes.encrypt_cbc(lmk.pair(_PRIVATE_KEYS), mac.ZERO_IV, padded).decode("latin-1")


@dataclass(frozen=True, slots=True)
class Der:
    """A DER sequence of bytes, which says its own length (ITU-T X.690 §8.1.3)."""

    name: str
    about: str = ""

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        head = reader.take_count(_HEAD, self.name)
        if ord(head[0]) != _SEQUENCE:
            raise HsmError(ErrorCode.INVALID_INPUT, f"{self.name}: no DER sequence")
        more = reader.take_count(max(ord(head[1]) - _LONG, 0), self.name)
        length = int.from_bytes(more.encode("latin-1"), "big") if more else ord(head[1])
        values[self.name] = head + more + reader.take_count(length, self.name)

    def write(self, values: Values) -> str:
        """See `Part`.

        Raises:
            ValueError: the value is missing or no DER sequence.
        """
        value = values.get(self.name, "")
        if value[:1] != chr(_SEQUENCE):
            raise ValueError(f"{self.name}: a DER sequence is expected")
        return value

    def rows(self) -> list[tuple[str, str, str]]:
        """See `Part`."""
        return [(self.name, "nB", f"{self.about}, in DER")]
