"""The local master key: twenty pairs of DES keys, under which every other key is kept (variant LMK)."""

import os
import tomllib
from pathlib import Path

from saklar.hsm_sim.crypto import tdes

TEST_LMK = "test"
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


class LmkError(ValueError):
    """An LMK cannot be loaded; says file and pair, never a key."""


class Lmk:
    """Twenty pairs. `repr` shows only where they are from.

    Args:
        pairs: 16 bytes each, in order from 00-01 to 38-39.
        source: where they were read, for people.
    """

    def __init__(self, pairs: tuple[bytes, ...], source: str) -> None:
        self._pairs = pairs
        self.source = source

    def __repr__(self) -> str:
        return f"<Lmk {self.source}>"

    def pair(self, index: int) -> bytes:
        """The pair by its index: 0 for 00-01, 3 for 06-07."""
        return self._pairs[index]

    @property
    def check_value(self) -> str:
        """16 hex digits that tell one LMK from another, as NC reports.

        Of the test set, the value that real units report. Of any other, saklar's own: zeros encrypted in
        turn under each pair, since the manufacturer's way is not public.
        """
        if self._pairs == _decoded(_TEST_PAIRS):
            return _TEST_CHECK_VALUE
        value = bytes(tdes.BLOCK)
        for pair in self._pairs:
            value = tdes.encrypt(pair, value)
        return value.hex().upper()


def load_lmk(name_or_path: str | os.PathLike[str]) -> Lmk:
    """The LMK "test", or of a TOML file with `pairs`: twenty texts of 32 hex digits, from 00-01 to 38-39.

    Raises:
        LmkError: the file cannot be read, or holds no LMK.
    """
    if name_or_path == TEST_LMK:
        return Lmk(_decoded(_TEST_PAIRS), TEST_LMK)
    path = Path(name_or_path)
    try:
        data = tomllib.loads(path.read_text())
    except OSError as error:
        raise LmkError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # Not the parser's words: they may quote the line, which holds a key.
        raise LmkError(f"{path}: not valid TOML") from None
    return Lmk(_checked(data.get("pairs"), path), str(path))


def _checked(pairs: object, path: Path) -> tuple[bytes, ...]:
    if not isinstance(pairs, list) or len(pairs) != PAIRS:
        raise LmkError(f"{path}: pairs: a list of {PAIRS} texts is expected, 00-01 to 38-39")
    for index, text in enumerate(pairs):
        name = f"{path}: pair {2 * index:02d}-{2 * index + 1:02d}"
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
