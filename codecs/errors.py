"""What can be wrong with a message or a dialect, as values that a person or a program can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saklar.codecs.fault import Fault
    from saklar.codecs.message import Message


class DialectError(ValueError):
    """A dialect cannot be loaded; the text says file, element, key, what is wrong and what would be right."""


class CodecError(ValueError):
    """A message cannot be read or written.

    Attributes:
        field: where: "t" the MTI, "p" and "1" the bitmaps, "h" a header, else the element's number
            (the keys that pyiso8583 uses); "" where no one element is to blame.
        path: where exactly, with the parts of an element: "55.9F26"; else the same as `field`.
        offset: bytes from the start of the message to where it stopped making sense; None when writing.
        expected: what should have been there.
        found: what was there, without any of the element's data.
        message: the two in words.
    """

    def __init__(self, path: str, offset: int | None, message: str, expected: str = "", found: str = "") -> None:
        self.path = path
        self.field = path.partition(".")[0]
        self.offset = offset
        self.message = message
        self.expected = expected
        self.found = found
        super().__init__(str(self))

    def __str__(self) -> str:
        where = _NAMES.get(self.path, f"DE {self.path}" if self.path else "message")
        return f"{where}: {self.message}" + (f" (at byte {self.offset})" if self.offset is not None else "")


class DecodeError(CodecError):
    """Bytes are no message of the dialect. `partial` is what could be read; its `mti` is "" if not even that."""

    def __init__(
        self, path: str, offset: int, message: str, partial: Message, expected: str = "", found: str = ""
    ) -> None:
        super().__init__(path, offset, message, expected, found)
        self.partial = partial


class EncodeError(CodecError):
    """A message has no form in the dialect."""

    def __init__(self, path: str, message: str, expected: str = "", found: str = "") -> None:
        super().__init__(path, None, message, expected, found)

    @classmethod
    def of(cls, path: str, fault: Fault) -> EncodeError:
        """What is wrong with the value of an element."""
        return cls(".".join((path, *fault.path)), in_words(fault), fault.expected, fault.found)


class PartError(CodecError):
    """The value of an element does not divide as its dialect says; `offset` is from the start of its data."""

    @classmethod
    def of(cls, path: str, fault: Fault) -> PartError:
        """What is wrong with a part of the element at `path`."""
        return cls(".".join((path, *fault.path)), fault.offset, in_words(fault), fault.expected, fault.found)


class FrameError(ValueError):
    """A frame's length cannot be, or its payload cannot be framed. `frames` are those whole before it."""

    def __init__(self, message: str, frames: list[bytes] | None = None) -> None:
        super().__init__(message)
        self.frames = frames or []


def in_words(fault: Fault) -> str:
    """What was expected and what was found."""
    return f"expected {fault.expected}, found {fault.found}"


_NAMES = {"t": "MTI", "p": "primary bitmap", "1": "secondary bitmap", "h": "header"}
