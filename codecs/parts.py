"""How the data of an element divides into parts: by position, by tag, or by a bitmap of its own.

The parts of a text element are text: they are read from its characters. Those of a binary element are read from
its bytes, and each says how it is written.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from saklar.codecs.content import hex_bytes
from saklar.codecs.element import Element
from saklar.codecs.fault import Fault
from saklar.codecs.masking import mask
from saklar.codecs.wire import Coder

MAX_DEPTH = 8
"""Parts in parts; EMV templates in practice go three deep."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it was found: its bytes with tag and length, and where in them its own begin."""

    key: str
    raw: bytes
    begin: int
    offset: int
    coder: Coder

    def value(self) -> str:
        """Its value; raises Fault."""
        try:
            return self.coder.read(self.raw, self.begin, len(self.raw))
        except Fault as fault:
            raise fault.inside(self.key, self.offset) from None


class Kind(ABC):
    """A way to divide bytes."""

    @abstractmethod
    def split(self, data: bytes, start: int) -> Iterator[Part]:
        """The parts from `start` on, in order; raises Fault."""

    @abstractmethod
    def one(self, key: str, value: str) -> bytes:
        """The bytes of a part with its tag; raises Fault, or KeyError if there can be no such part."""

    @abstractmethod
    def element(self, key: str) -> Element:
        """What describes the part; raises KeyError."""

    @abstractmethod
    def elements(self) -> list[Element]:
        """The parts that it knows."""

    def joined(self, parts: Mapping[str, bytes]) -> bytes:
        """The bytes of parts together, each with its tag; raises Fault."""
        return b"".join(parts.values())

    def end(self, data: bytes, start: int) -> int:
        """Where the last part ends; raises Fault."""
        end = start
        for part in self.split(data, start):
            end = part.offset + len(part.raw)
        return end


def part_end(coder: Coder, data: bytes, start: int, key: str) -> int:
    """Where the part that begins at `start` ends; raises Fault."""
    try:
        return coder.end(data, start)
    except Fault as fault:
        raise fault.inside(key) from None


@dataclass(frozen=True)
class Parts:
    """The division of an element's data.

    Attributes:
        kind: what follows the prefix.
        kind_name: its name in dialect files.
        prefix: parts at fixed positions before that, such as a data set identifier.
        counted: the part of the prefix that states how many bytes follow it, if one does.
        over: what the parts are read from: the bytes of a binary element, or the characters of another.
    """

    kind: Kind
    kind_name: str
    prefix: tuple[Element, ...] = ()
    counted: str | None = None
    over: Literal["bytes", "text"] = "bytes"

    def split(self, data: bytes, start: int = 0) -> list[Part]:
        """The parts, in order; raises Fault."""
        found, position = [], start
        for element in self.prefix:
            coder = Coder(element)
            end = part_end(coder, data, position, element.key)
            found.append(Part(element.key, data[position:end], 0, position, coder))
            position = end
        found += self.kind.split(data, position)
        return found

    def end(self, data: bytes, start: int) -> int:
        """Where the last part ends; raises Fault."""
        position = start
        for element in self.prefix:
            position = part_end(Coder(element), data, position, element.key)
        return self.kind.end(data, position)

    def checked(self, data: bytes) -> bytes:
        """The data, if its parts end where it does; raises Fault."""
        if self.end(data, 0) != len(data):
            raise Fault(None, "no more than the parts of the element", "bytes after them")
        return data

    def element(self, key: str) -> Element:
        """What describes a part; raises KeyError."""
        return next((element for element in self.prefix if element.key == key), None) or self.kind.element(key)

    def elements(self) -> list[Element]:
        """The parts that it knows."""
        return [*self.prefix, *self.kind.elements()]

    def content(self, value: str) -> bytes:
        """What the parts of an element's value are read from; raises Fault where that is not hex, as it should be."""
        return hex_bytes(value) if self.over == "bytes" else value.encode()

    def value(self, content: bytes) -> str:
        """The opposite of `content`."""
        return content.hex().upper() if self.over == "bytes" else content.decode()

    def read(self, value: str) -> dict[str, str]:
        """The parts of an element's value, by key; of parts with the same key the first. Raises Fault."""
        found: dict[str, str] = {}
        for part in self.split(self.content(value)):
            found.setdefault(part.key, part.value())
        return found

    def shown(self, value: str) -> str:
        """The value as people may see it: where a part is secret, the parts one by one."""
        try:
            values = self.read(value)
        except Fault:
            return mask("all", value) if self.has_secrets else value
        elements = {key: self.element(key) for key in values}
        texts = {key: elements[key].shown(text) for key, text in values.items()}
        return value if texts == values else " ".join(f"{key}:{text}" for key, text in texts.items())

    @property
    def has_secrets(self) -> bool:
        """Whether a part may be one that people must not see."""
        return any(element.secret is not None for element in self.elements())

    def written(self, values: Mapping[str, object]) -> str:
        """The value of an element that has these parts, which may be divided themselves; raises Fault."""
        pieces = {key: self._one(key, value) for key, value in values.items()}
        return self.value(self._together(pieces))

    def changed(self, value: str, key: str, part: object) -> str:
        """The value with one part replaced or, as None, left out; the others keep their bytes. Raises Fault."""
        pieces: dict[str, bytes] = {}
        extra = 0
        for found in self.split(self.content(value)):
            if found.key in pieces:  # the same tag again: kept, under a key of its own
                extra += 1
                pieces[f"{found.key}\0{extra}"] = found.raw
            else:
                pieces[found.key] = found.raw
        if part is None:
            del pieces[key]
        else:
            pieces[key] = self._one(key, part)
        return self.value(self._together(pieces))

    def _one(self, key: str, value: object) -> bytes:
        try:
            element = self.element(key)
            if isinstance(value, Mapping) and element.parts is not None:
                value = element.parts.written(value)
            if not isinstance(value, str):
                raise Fault(None, "a text", type(value).__name__)
            if any(element.key == key for element in self.prefix):
                return Coder(element).write(value)
            return self.kind.one(key, value)
        except KeyError:
            raise Fault(None, "a part that the dialect has", "another", (key,)) from None
        except Fault as fault:
            raise fault.inside(key) from None

    def _together(self, pieces: dict[str, bytes]) -> bytes:
        heads = {element.key: pieces.pop(element.key, b"") for element in self.prefix}
        body = self.kind.joined(pieces)
        if self.counted is not None:
            element = next(element for element in self.prefix if element.key == self.counted)
            heads[self.counted] = Coder(element).write(_count(element, len(body)))
        return b"".join(heads.values()) + body


def _count(element: Element, length: int) -> str:
    width = element.max_length * (2 if element.format == "b" else 1)
    return f"{length:0{width}X}" if element.format == "b" else f"{length:0{width}d}"
