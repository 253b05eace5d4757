"""What can be wrong with a message or a dialect, as values that a person or a program can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saklar.codecs.message import Message


class DialectError(ValueError):
    """A dialect cannot be loaded; the text says file, element, key, what is wrong and what would be right."""


class CodecError(ValueError):
    """A message cannot be read or written.

    Attributes:
        field: where: "t" the MTI, "p" and "1" the bitmaps, "h" a header, else the element's number
            (the keys that pyiso8583 uses); "" where no one element is to blame.
        offset: bytes from the start of the message to where it stopped making sense; None when writing.
        message: what was expected and what was there, without any of the element's data.
    """

    def __init__(self, field: str, offset: int | None, message: str) -> None:
        self.field = field
        self.offset = offset
        self.message = message
        super().__init__(str(self))

    def __str__(self) -> str:
        where = _NAMES.get(self.field, f"DE {self.field}" if self.field else "message")
        return f"{where}: {self.message}" + (f" (at byte {self.offset})" if self.offset is not None else "")


class DecodeError(CodecError):
    """Bytes are no message of the dialect. `partial` is what could be read; its `mti` is "" if not even that."""

    def __init__(self, field: str, offset: int, message: str, partial: Message) -> None:
        super().__init__(field, offset, message)
        self.partial = partial


class EncodeError(CodecError):
    """A message has no form in the dialect."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, None, message)


class FrameError(ValueError):
    """A frame's length cannot be, or its payload cannot be framed. `frames` are those whole before it."""

    def __init__(self, message: str, frames: list[bytes] | None = None) -> None:
        super().__init__(message)
        self.frames = frames or []


_NAMES = {"t": "MTI", "p": "primary bitmap", "1": "secondary bitmap", "h": "header"}
