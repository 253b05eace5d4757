"""Local master keys, which protect every other key: twenty pairs of DES keys (variant), or one key (key blocks)."""

from dataclasses import dataclass, field
from typing import Final

from saklar.hsm_sim.crypto import kcv, mac, tdes

PAIRS = 20
PAIR_BYTES = 16

_TEST_PAIRS = (
    "01010101010101017902CD1FD36EF8BA", "20202020202020203131313131313131", "40404040404040405151515151515151",
    "61616161616161617070707070707070", "80808080808080809191919191919191", "A1A1A1A1A1A1A1A1B0B0B0B0B0B0B0B0",
    "C1C1010101010101D0D0010101010101", "E0E0010101010101F1F1010101010101", "1C587F1C13924FEF0101010101010101",
    "01010101010101010101010101010101", "02020202020202020404040404040404", "07070707070707071010101010101010",
    "13131313131313131515151515151515", "16161616161616161919191919191919", "1A1A1A1A1A1A1A1A1C1C1C1C1C1C1C1C",
    "23232323232323232525252525252525", "26262626262626262929292929292929", "2A2A2A2A2A2A2A2A2C2C2C2C2C2C2C2C",
    "2F2F2F2F2F2F2F2F3131313131313131", "01010101010101010101010101010101",
)  # fmt: skip
"""The public test set, pairs 00-01 to 38-39: it protects nothing, everybody has it."""

_TEST_CHECK_VALUE = "2686047444912422"
"""What units loaded with the test set report; how they compute it is not public."""

_CHECK_VALUE_DIGITS = 16

TDES_BLOCK, AES_BLOCK = "0", "1"
"""Versions of key blocks, by the algorithm of the LMK."""

KEY_BYTES = {TDES_BLOCK: 24, AES_BLOCK: 32}
"""Of the LMK, by version: triple-length triple DES, AES-256."""


class LmkError(ValueError):
    """An LMK cannot be loaded or made; says file and what of it, never a key."""


@dataclass(frozen=True, slots=True, eq=False)
class VariantLmk:
    """Twenty pairs, each for certain kinds of keys. `repr` shows only where they are from.

    Attributes:
        pairs: 16 bytes each, in order from 00-01 to 38-39.
        source: where they were read, for people.
    """

    pairs: tuple[bytes, ...] = field(repr=False)
    source: str
    kind: Final = "variant"

    def pair(self, index: int) -> bytes:
        """The pair by its index: 0 for 00-01, 3 for 06-07."""
        return self.pairs[index]

    @property
    def check_value(self) -> str:
        """16 hex digits that tell one LMK from another, as NC reports.

        Of the test set, the value that real units report. Of any other, saklar's own: zeros encrypted in
        turn under each pair, since the manufacturer's way is not public.
        """
        if self.pairs == _decoded(_TEST_PAIRS):
            return _TEST_CHECK_VALUE
        value = bytes(tdes.BLOCK)
        for pair in self.pairs:
            value = tdes.encrypt(pair, value)
        return value.hex().upper()


@dataclass(frozen=True, slots=True, eq=False)
class KeyBlockLmk:
    """One key that protects key blocks of scheme S. `repr` shows only where it is from.

    Attributes:
        version: `TDES_BLOCK` or `AES_BLOCK`.
        key: 24 or 32 bytes.
        source: where it was read, for people.
        identifier: two digits that its key blocks bear.
    """

    version: str
    key: bytes = field(repr=False)
    source: str
    identifier: str = "00"

    @property
    def kind(self) -> str:
        """As people call it."""
        return "tdes-block" if self.version == TDES_BLOCK else "aes-block"

    def pair(self, index: int) -> bytes:
        """A pair of DES keys for what is kept in no key block, such as PINs: derived of the LMK, one for each index."""
        cmac = mac.tdes_cmac if self.version == TDES_BLOCK else mac.aes_cmac
        halves = (cmac(self.key, b"saklar pair" + bytes([index, half]))[: tdes.BLOCK] for half in (0, 1))
        return tdes.with_odd_parity(b"".join(halves))

    @property
    def check_value(self) -> str:
        """16 hex digits: zeros encrypted, or the CMAC of zeros under AES (ANSI X9.24-1:2017 annex A)."""
        value = tdes.check_value(self.key) if self.version == TDES_BLOCK else kcv.aes_cmac(self.key, 16)
        return value.hex().upper()[:_CHECK_VALUE_DIGITS]


Lmk = VariantLmk | KeyBlockLmk


def checked_pairs(pairs: object, source: str) -> tuple[bytes, ...]:
    """Twenty pairs, of texts of 32 hex digits.

    Raises:
        LmkError: one is missing, malformed, or of even parity; says which, and the source.
    """
    if not isinstance(pairs, list) or len(pairs) != PAIRS:
        raise LmkError(f"{source}: pairs: a list of {PAIRS} texts is expected, 00-01 to 38-39")
    for index, text in enumerate(pairs):
        name = f"{source}: pair {2 * index:02d}-{2 * index + 1:02d}"
        try:
            pair = bytes.fromhex(text) if isinstance(text, str) else b""
        except ValueError:
            pair = b""
        if len(pair) != PAIR_BYTES:
            raise LmkError(f"{name}: {PAIR_BYTES * 2} hex digits are expected")
        if not tdes.has_odd_parity(pair):
            raise LmkError(f"{name}: a byte has even parity")
    return _decoded(tuple(pairs))


def _decoded(pairs: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(pair) for pair in pairs)


def _test_key(version: str) -> bytes:
    """A key that everybody can make: there is no published test LMK of this kind."""
    key = bytes(range(1, KEY_BYTES[version] + 1))
    return tdes.with_odd_parity(key) if version == TDES_BLOCK else key


TEST_LMKS: dict[str, Lmk] = {
    "test": VariantLmk(_decoded(_TEST_PAIRS), "test"),
    "test-tdes-block": KeyBlockLmk(TDES_BLOCK, _test_key(TDES_BLOCK), "test-tdes-block"),
    "test-aes-block": KeyBlockLmk(AES_BLOCK, _test_key(AES_BLOCK), "test-aes-block"),
}
"""LMKs by name that protect nothing: everybody has them."""
