"""Bytes to messages and back: dialects as data, messages, framing, and translation between dialects.

`load_dialect("iso87-ascii").decode(data)` gives a `Message`; `bytes(message)` gives the data again. Nothing here
does I/O or knows of trio.
"""

from saklar.codecs.check import Check
from saklar.codecs.codes import native_response_code, network_code, response_code
from saklar.codecs.compiler import compile_same
from saklar.codecs.convert import convert
from saklar.codecs.dialect import Dialect
from saklar.codecs.divided import Divided
from saklar.codecs.element import Element, Violation
from saklar.codecs.errors import CodecError, DecodeError, DialectError, EncodeError, FrameError, PartError
from saklar.codecs.framing import FRAMING_NAMES, FrameDecoder, Framing, framing
from saklar.codecs.library import dialect_names, load_dialect, parse_dialect
from saklar.codecs.masking import mask_pan
from saklar.codecs.meanings import meaning_of
from saklar.codecs.message import Message
from saklar.codecs.patch import Patch

__all__ = [
    "FRAMING_NAMES",
    "Check",
    "CodecError",
    "DecodeError",
    "Dialect",
    "DialectError",
    "Divided",
    "Element",
    "EncodeError",
    "FrameDecoder",
    "FrameError",
    "Framing",
    "Message",
    "PartError",
    "Patch",
    "Violation",
    "compile_same",
    "convert",
    "dialect_names",
    "framing",
    "load_dialect",
    "mask_pan",
    "meaning_of",
    "native_response_code",
    "network_code",
    "parse_dialect",
    "response_code",
]
