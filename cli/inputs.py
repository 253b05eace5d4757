"""Bytes that a user gives: as hex, base64, a file, standard input."""

from __future__ import annotations

import base64
import binascii
import re
import sys
from enum import StrEnum
from pathlib import Path

_SEPARATORS = re.compile(rb"[\s:]")
_HEX = re.compile(rb"[0-9A-Fa-f]*")
_BASE64 = re.compile(rb"[0-9A-Za-z+/_-]+={0,2}")


class Form(StrEnum):
    """How the bytes are given."""

    AUTO = "auto"
    HEX = "hex"
    BASE64 = "base64"
    RAW = "raw"
    PCAP = "pcap"


class BadInputError(ValueError):
    """What was given is not such bytes; `offset` counts bytes of the message."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


def read(data: str, form: Form) -> bytes:
    """The bytes of an argument: hex or base64 itself, the path of a file, or - for standard input.

    Raises:
        BadInputError: it is none of these, or cannot be read.
    """
    if data == "-":
        return _from(sys.stdin.buffer.read(), form, may_be_raw=True)
    if form in (Form.AUTO, Form.RAW, Form.PCAP) and _is_file(data):
        try:
            return _from(Path(data).read_bytes(), form, may_be_raw=True)
        except OSError as error:
            raise BadInputError(0, f"{data}: {error.strerror}") from None
    if form in (Form.RAW, Form.PCAP):
        raise BadInputError(0, f"{data}: no such file")
    return _from(data.encode(), form, may_be_raw=False)


def _is_file(data: str) -> bool:
    try:
        return Path(data).is_file()
    except OSError:  # too long for a name
        return False


def _from(content: bytes, form: Form, *, may_be_raw: bool) -> bytes:
    if form in (Form.RAW, Form.PCAP):
        return content
    text = _SEPARATORS.sub(b"", content)
    if form is Form.AUTO:
        if _HEX.fullmatch(text) and (text or not may_be_raw):
            form = Form.HEX
        elif may_be_raw and not (_BASE64.fullmatch(text) and len(text) % 4 == 0):
            return content
        elif _BASE64.fullmatch(text) and len(text) % 4 == 0:
            form = Form.BASE64
    return _base64(text) if form is Form.BASE64 else _hex(text)


def _hex(text: bytes) -> bytes:
    for position, digit in enumerate(text.decode("utf-8", "replace")):
        if digit not in "0123456789abcdefABCDEF":
            raise BadInputError(position // 2, f"{digit!r} is no hex digit")
    if len(text) % 2:
        raise BadInputError(len(text) // 2, "an odd number of hex digits")
    return bytes.fromhex(text.decode())


def _base64(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, altchars=b"-_" if b"-" in text or b"_" in text else None, validate=True)
    except binascii.Error as error:
        raise BadInputError(0, f"not base64: {error}") from None
