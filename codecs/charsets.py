"""Character sets of the wire, by the names that dialect files use."""

from dataclasses import dataclass
from functools import cache

_MANY_BYTES = ("utf-8", "gbk", "gb18030", "big5", "shift_jis", "cp932", "euc_jp", "euc_kr")
"""Character sets with more than one byte for some characters."""

_ALIASES = {"ebcdic": "cp500"}

NAMES: tuple[str, ...] = (
    *("ascii", "ebcdic", "cp500", "cp1047", "cp037", "cp1140", "cp273", "cp1026", "latin-1", "iso8859-2", "iso8859-5"),
    *("iso8859-7", "iso8859-9", "iso8859-15", "cp437", "cp850", "cp866", "cp1250", "cp1251", "cp1252", "cp1254"),
    *("koi8-r", *_MANY_BYTES),
)
"""What a dialect may name; `ebcdic` is `cp500`, the international code page."""

_CP1047_FROM_CP037 = {0x5F: 0xB0, 0xB0: 0x5F, 0xAD: 0xBA, 0xBA: 0xAD, 0xBD: 0xBB, 0xBB: 0xBD}
"""Code page 1047 (IBM, open systems) is 037 with three pairs of places exchanged; Python lacks it."""

_SWAPPED = bytes(_CP1047_FROM_CP037.get(byte, byte) for byte in range(256))
"""1047 to 037, and back, as exchanges are their own opposite."""


@dataclass(frozen=True)
class Charset:
    """Text to bytes and back.

    Attributes:
        name: as in a dialect file.
        codec: what Python calls it; None where Python lacks it.
        single_byte: every character is one byte.
        total: every byte is a character, so that decoding cannot fail.
    """

    name: str
    codec: str | None
    single_byte: bool
    total: bool

    def decode(self, data: bytes) -> str:
        """The text of the bytes; raises UnicodeDecodeError."""
        return data.decode(self.codec) if self.codec else data.translate(_SWAPPED).decode("cp037")

    def encode(self, text: str) -> bytes:
        """The bytes of the text; raises UnicodeEncodeError."""
        return text.encode(self.codec) if self.codec else text.encode("cp037").translate(_SWAPPED)


@cache
def charset(name: str) -> Charset:
    """The character set of that name; one of `NAMES`."""
    codec = _ALIASES.get(name, name)
    if codec == "cp1047":
        return Charset(codec, None, single_byte=True, total=True)
    single_byte = codec not in _MANY_BYTES
    return Charset(codec, codec, single_byte, single_byte and _decodes_all(codec))


def _decodes_all(codec: str) -> bool:
    try:
        bytes(range(256)).decode(codec)
    except UnicodeDecodeError:
        return False
    return True
