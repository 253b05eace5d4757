"""The header of a TR-31 key block: what the key is for, in the clear (ASC X9 TR 31:2018, ANSI X9.143)."""

import re
from dataclasses import dataclass
from typing import NoReturn

FIXED = 16
"""Characters before the optional blocks."""

MAX_LENGTH = 9999
"""Characters of a key block."""

MAX_OPTIONAL = 99
PADDING_BLOCK = "PB"

BLOCK_SIZES = {"A": 8, "B": 8, "C": 8, "D": 16, "0": 8, "1": 16}
"""By version: the bytes of a cipher block, and the characters that optional blocks together come in. 0 and 1 are
payShield's own."""

USAGES = {
    "B0": "base derivation key",
    "B1": "initial DUKPT key",
    "B2": "base key for key variants",
    "B3": "key derivation key",
    "C0": "card verification key",
    "D0": "symmetric data encryption",
    "D1": "asymmetric data encryption",
    "D2": "decimalisation table",
    "D3": "encryption of sensitive data",
    "E0": "EMV master key: application cryptograms",
    "E1": "EMV master key: script confidentiality",
    "E2": "EMV master key: script integrity",
    "E3": "EMV master key: data authentication code",
    "E4": "EMV master key: dynamic numbers",
    "E5": "EMV master key: card personalisation",
    "E6": "EMV master key: other",
    "E7": "EMV master key: card personalisation, other",
    "I0": "initialisation vector",
    "K0": "key encryption or wrapping",
    "K1": "key block protection key",
    "K2": "TR-34 asymmetric key",
    "K3": "asymmetric key agreement",
    "K4": "ISO 20038 key block protection key",
    "M0": "ISO 16609 MAC algorithm 1",
    "M1": "ISO 9797-1 MAC algorithm 1",
    "M2": "ISO 9797-1 MAC algorithm 2",
    "M3": "ISO 9797-1 MAC algorithm 3",
    "M4": "ISO 9797-1 MAC algorithm 4",
    "M5": "ISO 9797-1:1999 MAC algorithm 5",
    "M6": "ISO 9797-1:2011 MAC algorithm 5 (CMAC)",
    "M7": "HMAC",
    "M8": "ISO 9797-1:2011 MAC algorithm 6",
    "P0": "PIN encryption",
    "P1": "PIN generation",
    "S0": "digital signature",
    "S1": "digital signature of a certificate authority",
    "S2": "digital signature, other",
    "V0": "PIN verification, other",
    "V1": "PIN verification by IBM 3624",
    "V2": "PIN verification by Visa PVV",
    "V3": "PIN verification by X9.132 algorithm 1",
    "V4": "PIN verification by X9.132 algorithm 2",
    "V5": "PIN verification by X9.132 algorithm 3",
}
"""What a key is for. Digits are left to those who agree on them."""

ALGORITHMS = {"A": "AES", "D": "DES", "E": "elliptic curve", "H": "HMAC", "R": "RSA", "S": "DSA", "T": "triple DES"}
"""What algorithm a key is of."""

MODES = {
    "B": "encrypt and decrypt, or wrap and unwrap",
    "C": "generate and verify",
    "D": "decrypt or unwrap only",
    "E": "encrypt or wrap only",
    "G": "generate only",
    "N": "no restriction",
    "S": "sign only",
    "T": "sign and decrypt",
    "V": "verify only",
    "X": "derive keys",
    "Y": "make key variants",
}
"""What may be done with a key."""

EXPORTABILITIES = {
    "E": "exportable in a key block",
    "N": "not exportable",
    "S": "exportable in other forms too",
}
"""Where a key may go."""

OPTIONAL_BLOCKS = {
    "AL": "life of an asymmetric key",
    "BI": "identifier of the base derivation key",
    "CT": "certificate of a public key",
    "DA": "derivations that are allowed",
    "HM": "hash of HMAC",
    "IK": "identifier of the initial key of AES DUKPT",
    "KC": "check value of the key",
    "KP": "check value of the key block protection key",
    "KS": "initial key serial number of triple DES DUKPT",
    "KV": "version of the values in the header",
    "LB": "label",
    "PK": "check value of the key block protection key at export",
    "TC": "time of the key's creation",
    "TS": "time of the block's creation",
    "WP": "wrapping pedigree: how strong the keys were that the key was under before",
}
"""What is in an optional block (ANSI X9.143:2021 §6.3.6). Others are left to those who agree on them."""


class Tr31Error(ValueError):
    """A key block cannot be read or made; no message has anything of the key."""


class HeaderError(Tr31Error):
    """A part of a header is not what it may be; `part` names it."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(f"{part}: {reason}")
        self.part = part


@dataclass(frozen=True, slots=True)
class OptionalBlock:
    """More about a key: two characters for its kind (KS: key serial number, KV: version of values, IK...) and data."""

    kind: str
    data: str


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says of a key. A padding block (PB) is made and read over where it is needed, and not listed.

    Raises:
        HeaderError: a part has characters that it cannot have; `part` is the name of the field here.
    """

    version: str
    """How the key is protected: A, B, C or D; 0 or 1 for payShield's own."""
    usage: str
    """One of `USAGES`, or two digits."""
    algorithm: str
    """One of `ALGORITHMS`, or a digit."""
    mode: str
    """One of `MODES`, or a digit."""
    key_version: str = "00"
    """Two letters or digits: 00 for none, c and a digit for a component."""
    exportability: str = "N"
    """One of `EXPORTABILITIES`."""
    optional: tuple[OptionalBlock, ...] = ()
    reserved: str = "00"
    """Two letters or digits; X9.143 has the key context in the first, payShield's own blocks the LMK's identifier."""

    def __post_init__(self) -> None:
        _check("version", self.version, self.version in BLOCK_SIZES)
        _check("usage", self.usage, self.usage in USAGES or _is(r"[0-9]{2}", self.usage))
        _check("algorithm", self.algorithm, self.algorithm in ALGORITHMS or _is("[0-9]", self.algorithm))
        _check("mode", self.mode, self.mode in MODES or _is("[0-9]", self.mode))
        _check("key_version", self.key_version, _is("[0-9A-Za-z]{2}", self.key_version))
        _check("exportability", self.exportability, self.exportability in EXPORTABILITIES)
        _check("reserved", self.reserved, _is("[0-9A-Z]{2}", self.reserved))
        for block in self.optional:
            _check("optional", block.kind, _is("[0-9A-Z]{2}", block.kind) and block.kind != PADDING_BLOCK)
            if not _is("[ -~]*", block.data):
                _refuse("optional", "block data is not printable ASCII")


def write(header: Header, protected: int) -> str:
    """The text of a header, with its padding block if it needs one.

    Args:
        header: the header.
        protected: characters that follow it: encrypted key and code, in hexadecimal.

    Raises:
        HeaderError: there are too many optional blocks, one is too long, or all of it is.

    Examples:
        >>> write(Header("B", usage="P0", algorithm="T", mode="E", exportability="E"), protected=64)
        'B0080P0TE00E0000'
    """
    blocks = [_write_block(block) for block in header.optional]
    missing = -sum(map(len, blocks)) % BLOCK_SIZES[header.version]
    if missing:
        filled = missing if missing >= len("PB00") else missing + BLOCK_SIZES[header.version]
        blocks.append(_write_block(OptionalBlock(PADDING_BLOCK, "0" * (filled - len("PB00")))))
    if len(blocks) > MAX_OPTIONAL:
        _refuse("optional", f"there are more than {MAX_OPTIONAL} blocks")
    optional = "".join(blocks)
    length = FIXED + len(optional) + protected
    if length > MAX_LENGTH:
        _refuse("length", f"a key block has no more than {MAX_LENGTH} characters")
    return (
        f"{header.version}{length:04d}{header.usage}{header.algorithm}{header.mode}{header.key_version}"
        f"{header.exportability}{len(blocks):02d}{header.reserved}{optional}"
    )


def read(block: str) -> tuple[Header, int]:
    """The header of a key block, and how many of its characters it takes.

    Args:
        block: the whole key block; what comes after the header is not looked at, but its length is.

    Raises:
        HeaderError: it has no header, or the header another length than the block.

    Examples:
        >>> block = "B0120P0TE12E0100KS1800604B120F9292800000" + 80 * "0"
        >>> header, end = read(block)
        >>> header.mode, header.key_version, end
        ('E', '12', 40)
        >>> header.optional
        (OptionalBlock(kind='KS', data='00604B120F9292800000'),)
    """
    if len(block) < FIXED or not block.isascii():
        _refuse("length", f"a key block has {FIXED} ASCII characters at least")
    if not _is("[0-9]{4}", block[1:5]) or int(block[1:5]) != len(block):
        _refuse("length", f"the block has {len(block)} characters, the header says otherwise")
    if not _is("[0-9]{2}", block[12:14]):
        _refuse("optional", "the number of blocks is not two digits")
    optional, end = _read_blocks(block, int(block[12:14]))
    kept = tuple(each for each in optional if each.kind != PADDING_BLOCK)
    header = Header(block[0], block[5:7], block[7], block[8], block[9:11], block[11], kept, block[14:16])
    if len(block) % BLOCK_SIZES[header.version] or end % BLOCK_SIZES[header.version]:
        _refuse("length", f"a version {header.version} block comes in {BLOCK_SIZES[header.version]} characters")
    return header, end


_SHORT = 4
_LONG = 10
_MAX_SHORT = 0xFF
_MAX_LONG = 0xFFFF


def _write_block(block: OptionalBlock) -> str:
    """Kind, length of all of it in hexadecimal, data; a length of more than two digits has its own length before it."""
    length = _SHORT + len(block.data)
    if length <= _MAX_SHORT:
        return f"{block.kind}{length:02X}{block.data}"
    length = _LONG + len(block.data)
    if length > _MAX_LONG:
        _refuse("optional", "a block is too long")
    return f"{block.kind}0002{length:04X}{block.data}"


def _read_blocks(text: str, count: int) -> tuple[list[OptionalBlock], int]:
    blocks = []
    place = FIXED
    for _ in range(count):
        start, length = _read_length(text, place)
        end = place + length
        if not start <= end <= len(text):
            _refuse("optional", "a block has a length that cannot be")
        blocks.append(OptionalBlock(text[place : place + 2], text[start:end]))
        place = end
    return blocks, place


def _read_length(text: str, place: int) -> tuple[int, int]:
    """Where the data of the block at that place starts, and the length of the whole block."""
    short = _hexadecimal(text[place + 2 : place + 4])
    if short:
        return place + _SHORT, short
    pairs = _hexadecimal(text[place + 4 : place + 6])
    start = place + 6 + 2 * pairs
    return start, _hexadecimal(text[place + 6 : start])


def _hexadecimal(text: str) -> int:
    if not _is("(?:[0-9A-Fa-f]{2})+", text):
        _refuse("optional", "the length of a block is not hexadecimal")
    return int(text, 16)


def _is(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


def _check(part: str, value: str, good: bool) -> None:  # noqa: FBT001 (private)
    if not good:
        _refuse(part, f"{value!r} is not known")


def _refuse(part: str, reason: str) -> NoReturn:
    raise HeaderError(part, reason)
