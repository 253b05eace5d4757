"""What the field classes of jPOS do on the wire, as a table.

After the classes' behaviour in jPOS (package org.jpos.iso), as its public source has it: text is ISO 8859-1 or EBCDIC
of code page 1047; a length counts digits of numbers, characters of text, bytes of binary data; numbers are filled up
with 0 on the left and text with blanks on the right where the length is fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from saklar.codecs.imports.document import LENGTH_NAMES

PACKAGE = "org.jpos.iso."


class Content(NamedTuple):
    """What a class writes.

    Attributes:
        keys: of the element in a dialect file.
        fill: of an element of fixed length.
        odd: what completes an odd number of digits where `pad` is false, and where it is true.
        inner: how the element is written when its value is what another packager packed: "bytes" as those bytes,
            "hex" as their hex, "text" as characters of another character set; None where it cannot be.
    """

    keys: Mapping[str, Any]
    fill: str | None = None
    odd: tuple[str, str] | None = None
    inner: str | None = None


CONTENTS = {
    "n": Content({"format": "n", "encoding": "ascii"}, "left 0", inner="bytes"),
    "n ebcdic": Content({"format": "n", "encoding": "cp1047"}, "left 0", inner="text"),
    "n bcd": Content({"format": "n", "encoding": "bcd"}, "left 0", ("right 0", "left 0")),
    "n bcd F": Content({"format": "n", "encoding": "bcd"}, "left 0", ("right F", "left 0")),
    "n bcd even": Content({"format": "n", "encoding": "bcd"}, None, ("none", "none")),
    "hex digits": Content({"format": "an", "encoding": "bcd"}, "left 0", ("right F", "left 0")),
    "hex digits even": Content({"format": "an", "encoding": "bcd"}, None, ("none", "none")),
    "text": Content({"format": "ans", "encoding": "latin-1"}, "right space", inner="bytes"),
    "text ebcdic": Content({"format": "ans", "encoding": "cp1047"}, "right space", inner="text"),
    "b": Content({"format": "b", "encoding": "binary"}, inner="bytes"),
    "b hex": Content({"format": "b", "encoding": "hex", "counts": "bytes"}, inner="hex"),
    "b hex ebcdic": Content({"format": "b", "encoding": "hex-ebcdic", "counts": "bytes"}, inner="hex"),
    "x+n": Content({"format": "x+n", "encoding": "ascii"}),
    "x+n ebcdic": Content({"format": "x+n", "encoding": "cp1047"}),
    "x+n bcd": Content({"format": "x+n", "encoding": "ascii+bcd"}, None, ("right 0", "left 0")),
}

_LENGTHS = {"A": "ascii", "E": "cp1047", "B": "bcd", "H": "binary"}
"""How a length is written; the number behind the letter is its digits, of H its bytes."""

CLASSES: dict[str, tuple[str, str]] = {
    "IFA_NUMERIC": ("n", ""), "IFA_LLNUM": ("n", "A2"), "IFA_LLLNUM": ("n", "A3"), "IFA_LLBNUM": ("n bcd even", "A2"),
    "IFA_AMOUNT": ("x+n", ""), "IFA_AMOUNT2003": ("n", ""),
    "IFA_BINARY": ("b hex", ""), "IFA_LBINARY": ("b", "A1"), "IFA_LLBINARY": ("b", "A2"), "IFA_LLLBINARY": ("b", "A3"),
    "IFA_LLLLBINARY": ("b", "A4"), "IFA_LLLLLBINARY": ("b", "A5"), "IFA_LLLLLLBINARY": ("b", "A6"),
    "IFA_LLABINARY": ("b hex", "A2"), "IFA_LLLABINARY": ("b hex", "A3"),
    "IFA_LCHAR": ("text", "A1"), "IFA_LLCHAR": ("text", "A2"), "IFA_LLLCHAR": ("text", "A3"),
    "IFA_LLLLCHAR": ("text", "A4"), "IFA_LLLLLCHAR": ("text", "A5"), "IFA_LLLLLLCHAR": ("text", "A6"),
    "IFB_NUMERIC": ("n bcd", ""), "IFB_LLNUM": ("n bcd", "B2"), "IFB_LLLNUM": ("n bcd", "B3"),
    "IFB_LLHNUM": ("n bcd", "H1"), "IFB_LLLHNUM": ("n bcd", "H2"),
    "IFB_FNUMERIC": ("n bcd F", ""), "IFB_FLLNUM": ("n bcd F", "B2"), "IFB_FLLLNUM": ("n bcd F", "B3"),
    "IFB_AMOUNT": ("x+n bcd", ""), "IFB_AMOUNT2003": ("n bcd", ""),
    "IFB_HEX": ("hex digits", ""), "IFB_LLHEX": ("hex digits even", "B2"), "IFB_LLLHEX": ("hex digits even", "B3"),
    "IFB_BINARY": ("b", ""), "IFB_LLBINARY": ("b", "B2"), "IFB_LLLBINARY": ("b", "B3"), "IFB_LLLLBINARY": ("b", "B4"),
    "IFB_LLHBINARY": ("b", "H1"), "IFB_LLLHBINARY": ("b", "H2"),
    "IFB_LLCHAR": ("text", "B2"), "IFB_LLLCHAR": ("text", "B3"), "IFB_LLLLCHAR": ("text", "B4"),
    "IFB_LLLLLLCHAR": ("text", "B6"), "IFB_LLHCHAR": ("text", "H1"), "IFB_LLLHCHAR": ("text", "H2"),
    "IFB_LLHECHAR": ("text ebcdic", "H1"), "IFB_LLLHECHAR": ("text ebcdic", "H2"),
    "IFE_NUMERIC": ("n ebcdic", ""), "IFE_LNUM": ("n ebcdic", "E1"), "IFE_LLNUM": ("n ebcdic", "E2"),
    "IFE_LLLNUM": ("n ebcdic", "E3"), "IFE_AMOUNT": ("x+n ebcdic", ""),
    "IFE_BINARY": ("b hex ebcdic", ""), "IFE_LBINARY": ("b", "E1"), "IFE_LLBINARY": ("b", "E2"),
    "IFE_LLLBINARY": ("b", "E3"), "IFE_LLLLBINARY": ("b", "E4"), "IFE_LLLEBINARY": ("text ebcdic", "E3"),
    "IFE_CHAR": ("text ebcdic", ""), "IFE_LCHAR": ("text ebcdic", "E1"), "IFE_LLCHAR": ("text ebcdic", "E2"),
    "IFE_LLLCHAR": ("text ebcdic", "E3"), "IFE_LLLLCHAR": ("text ebcdic", "E4"),
    "IFAE_LLCHAR": ("text ebcdic", "A2"), "IFEA_LLCHAR": ("text", "E2"),
    "IF_CHAR": ("text", ""), "IF_ECHAR": ("text ebcdic", ""),
}  # fmt: skip
"""Content and length of each class. Those of four digits of BCD or less count in two digits a byte."""


class Tag(NamedTuple):
    """The tag that a class writes: its digits, its encoding, and whether the length stands before it and counts it."""

    digits: int
    encoding: str
    length_first: bool = False


TAGGED: dict[str, tuple[Tag, str, str]] = {
    "IFMC_LLCHAR": (Tag(2, "ascii"), "text", "A2"), "IFMC_LLLCHAR": (Tag(2, "ascii"), "text", "A3"),
    "IFMC_LLBINARY": (Tag(2, "ascii"), "b", "A2"), "IFMC_LLLBINARY": (Tag(2, "ascii"), "b", "A3"),
    "IFEMC_LLCHAR": (Tag(2, "ascii"), "text ebcdic", "E2"), "IFEMC_LLLCHAR": (Tag(4, "cp1047"), "text ebcdic", "E3"),
    "IFEPE_LLCHAR": (Tag(2, "cp1047"), "text ebcdic", "E2"), "IFEPE_LLLCHAR": (Tag(2, "cp1047"), "text ebcdic", "E3"),
    "IFEPE_LLBINARY": (Tag(2, "cp1047"), "b", "E2"), "IFIPM_LLLCHAR": (Tag(4, "ascii"), "text", "A3"),
    "IFEP_LLCHAR": (Tag(2, "ascii", length_first=True), "text", "A2"),
    "IFEP_LLLCHAR": (Tag(2, "cp1047", length_first=True), "text", "E3"),
    "IFEP_LLLBINARY": (Tag(2, "cp1047", length_first=True), "b", "E3"),
    "IFELPE_LLLCHAR": (Tag(2, "cp1047", length_first=True), "text ebcdic", "E3"),
    "IFA_TTLCHAR": (Tag(2, "ascii"), "text", "A1"), "IFA_TTLLCHAR": (Tag(2, "ascii"), "text", "A2"),
    "IFA_TTLLLCHAR": (Tag(2, "ascii"), "text", "A3"), "IFA_TTLLLLCHAR": (Tag(2, "ascii"), "text", "A4"),
    "IFA_TTTLLLCHAR": (Tag(3, "ascii"), "text", "A3"),
    "IFA_TTLBINARY": (Tag(2, "ascii"), "b", "A1"), "IFA_TTLLBINARY": (Tag(2, "ascii"), "b", "A2"),
    "IFA_TTLLLBINARY": (Tag(2, "ascii"), "b", "A3"), "IFA_TTLLLLBINARY": (Tag(2, "ascii"), "b", "A4"),
}  # fmt: skip
"""Classes of subfields that write the subfield's number before it: tag, content and length."""

BITMAPS = {"IFA_BITMAP": "hex", "IFB_BITMAP": "binary", "IFE_BITMAP": "hex-ebcdic"}

MTIS = {
    **dict.fromkeys(("IFA_NUMERIC", "IF_CHAR"), "ascii"),
    **dict.fromkeys(("IFE_NUMERIC", "IFE_CHAR", "IF_ECHAR"), "cp1047"),
    "IFB_NUMERIC": "bcd",
}

NOTHING = ("IF_NOP", "IF_UNUSED")
"""Classes that write nothing, or refuse to."""

UNSUPPORTED = {
    **dict.fromkeys(
        ("IFA_FLLNUM", "IFA_FLLCHAR", "IFB_LLHFBINARY"), "data of full size behind a length that may state less"
    ),
    **dict.fromkeys(("IFEB_LLNUM", "IFEB_LLLNUM"), "F behind an odd number of digits, counted in bytes"),
    **dict.fromkeys(("IFMC_TCC", "IFEMC_TCC"), "a first part that may be missing"),
    "IFE_SIGNED_NUMERIC": "a sign in the last digit",
    "IF_TCHAR": "text up to a token",
}
"""Classes that a dialect has no words for, and what those would be."""


def length_keys(code: str, length: int, *, inclusive: bool = False) -> dict[str, Any]:
    """The keys of a length written as a code of the table says; where it is inclusive it counts its own bytes too."""
    if not code:
        return {"length": length}
    encoding, digits = _LENGTHS[code[0]], int(code[1:])
    size = (digits + 1) // 2 if encoding == "bcd" else digits
    plus = size if inclusive else 0
    most = min(length, {"bcd": 100, "binary": 256}.get(encoding, 10) ** size - 1 - plus)
    stated = max(len(str(most)), 1 if encoding == "binary" else digits)
    made = {"length": LENGTH_NAMES[stated], "max": most, "length_encoding": encoding, "length_size": size}
    return made | ({"length_plus": plus} if plus else {})
