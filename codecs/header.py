"""What stands before the MTI: a TPDU, a network's header, a literal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from saklar.codecs.element import Element
from saklar.codecs.fault import Fault
from saklar.codecs.wire import Coder

Result = TypeVar("Result")

REJECTED = "rejected."
"""Before the names of the parts of a rejected message's own header, which follows the header of the rejection."""


@dataclass(frozen=True, slots=True)
class HeaderPart:
    """One part of a header.

    Attributes:
        element: how it is written.
        value: what is written where nothing else is given; None where something must be.
        literal: whether it must be that value.
        length_of: what it states the length of: "header", "message" (header included), or nothing.
        since: the part from which on that is counted.
        answers: the part of a request's header whose value this part has in the answer; itself, if empty.
    """

    element: Element
    value: str | None = None
    literal: bool = False
    length_of: Literal["header", "message"] | None = None
    since: str = ""
    answers: str = ""


class Header:
    """Reads and writes the header of a dialect.

    Args:
        parts: in order. Where one states the header's length, all have a fixed length.
        standard: bytes of a usual header, where a part states the header's length; a longer one is that of a
            rejection, and the header of the rejected message follows it (as Visa's does). None: all parts are there.
    """

    def __init__(self, parts: tuple[HeaderPart, ...], standard: int | None = None) -> None:
        self.parts = parts
        self._standard = standard
        self._coders = {part.element.key: Coder(part.element) for part in parts}
        self._starts, position = {}, 0
        for key, coder in self._coders.items():
            self._starts[key] = position
            position = coder.content.end(b"", position, coder.most)
        self._count = next((part for part in parts if part.length_of == "header"), None)
        self._default: bytes | None = None
        self._may_be_wrong = any(part.literal or part.element.encoding != "binary" for part in parts)
        self._of_message = [part for part in parts if part.length_of == "message"]
        self._fixed = position if self._count is None and all(part.element.is_fixed for part in parts) else None

    def length(self, data: bytes) -> int:
        """Bytes of the header; raises Fault."""
        if self._fixed is not None and len(data) >= self._fixed:
            return self._fixed
        if self._count is None:
            position = 0
            for key, coder in self._coders.items():
                position = _inside(key, coder.end, data, position)
            return position
        one = self._stated(data, 0, self._count)
        if self._standard is not None and one > self._standard:
            return one + self._stated(data, one, self._count)
        return one

    def _stated(self, data: bytes, start: int, count: HeaderPart) -> int:
        """Bytes of the one header at `start`, as its part says."""
        key = count.element.key
        begin = start + self._starts[key]
        if begin >= len(data):
            raise Fault(start, f"a header of {self._starts[key] + 1} bytes or more", str(len(data) - start))
        end = _inside(key, self._coders[key].end, data, begin)
        try:
            length = self._starts[count.since] + int(self._coders[key].read(data, begin, end), _base(count))
        except ValueError:
            raise Fault(begin, "a number", f"the bytes {data[begin:end].hex().upper()}") from None
        if length < self._starts[key] + (end - begin) or start + length > len(data):
            raise Fault(begin, f"the length of a header, of {len(data) - start} bytes at most", str(length))
        return length

    def check(self, header: bytes) -> None:
        """Look at what a header of the right length can still be wrong in; raises Fault."""
        if self._may_be_wrong or (self._count is not None and len(header) != self._standard):
            self.read(header)

    def rewritten(self, header: bytes, body: int) -> bytes:
        """A header before another number of bytes of message; raises Fault."""
        if not self._of_message:
            return header
        if self._standard is not None and len(header) != self._standard:
            return self.write(self.read(header), body)
        data = bytearray(header)
        for part in self._of_message:
            start = self._starts[part.element.key]
            number = self._number(part, len(header) - self._starts[part.since] + body)
            data[start : start + len(number)] = number
        return bytes(data)

    def read(self, data: bytes) -> dict[str, str]:
        """The parts' values by name; raises Fault."""
        if self._count is None:
            return self._one(data, 0, len(data), "")
        end = self._stated(data, 0, self._count)
        values = self._one(data, 0, end, "")
        if end < len(data):
            values |= self._one(data, end, len(data), REJECTED)
        return values

    def _one(self, data: bytes, start: int, stop: int, prefix: str) -> dict[str, str]:
        values, position = {}, start
        for part in self.parts:
            if position >= stop:
                break
            coder = self._coders[part.element.key]
            end = _inside(part.element.key, coder.end, data[:stop], position)
            value = _inside(part.element.key, coder.read, data, position, end)
            if part.literal and value != part.value:
                raise Fault(position, f"the header {part.value!r}", repr(value))
            values[prefix + part.element.key] = value
            position = end
        if position < stop:
            raise Fault(position, "the end of the header", f"{stop - position} bytes more")
        return values

    def answer(self, values: Mapping[str, str]) -> dict[str, str]:
        """The header of the answer to a request that has this one: an address of one is the other's of the other."""
        found = {part.element.key: values.get(part.answers or part.element.key) for part in self.parts}
        return {key: value for key, value in found.items() if value is not None}

    def write(self, values: Mapping[str, str], body: int) -> bytes:
        """The bytes of a header, of the values given and the defaults; raises Fault.

        Args:
            values: by name; lengths are counted anew whatever they say.
            body: bytes of the message after the header.
        """
        for name in values:
            if name.removeprefix(REJECTED) not in self._coders:
                raise Fault(None, f"a header of {', '.join(self._coders)}", repr(name))
        if not values:
            return self._usual(body)
        own = {name: value for name, value in values.items() if not name.startswith(REJECTED)}
        theirs = {name.removeprefix(REJECTED): value for name, value in values.items() if name not in own}
        rejected = self._write(theirs, body) if theirs else b""
        return self._write(own, body + len(rejected)) + rejected

    def _usual(self, body: int) -> bytes:
        """The header of defaults, written once."""
        if self._default is None:
            self._default = self._write({}, body)
        return self.rewritten(self._default, body)

    def _write(self, values: Mapping[str, str], body: int) -> bytes:
        parts = [part for part in self.parts if self._is_there(part, values)]
        pieces = {part.element.key: self._piece(part, values) for part in parts}
        total = sum(map(len, pieces.values()))
        for part in parts:
            if part.length_of is not None:
                counted = total - self._starts[part.since] + (body if part.length_of == "message" else 0)
                pieces[part.element.key] = self._number(part, counted)
        return b"".join(pieces.values())

    def _is_there(self, part: HeaderPart, values: Mapping[str, str]) -> bool:
        """Parts beyond the standard length are there when they have values."""
        key = part.element.key
        return key in values or self._standard is None or self._starts[key] < self._standard

    def _piece(self, part: HeaderPart, values: Mapping[str, str]) -> bytes:
        key = part.element.key
        value = values.get(key, part.value)
        if value is None:
            raise Fault(None, "a value, as the dialect gives no default", "none", (key,))
        if part.literal and value != part.value:
            raise Fault(None, f"the header {part.value!r}", repr(value), (key,))
        return _inside(key, self._coders[key].write, value)

    def _number(self, part: HeaderPart, number: int) -> bytes:
        element = part.element
        width = element.max_length * (2 if element.format == "b" else 1)
        digits = f"{number:0{width}{'X' if _base(part) == 16 else 'd'}}"
        return _inside(element.key, self._coders[element.key].write, digits)


def _inside(key: str, work: Callable[..., Result], *arguments: object) -> Result:
    """Does the work; a fault of it is one of the part."""
    try:
        return work(*arguments)
    except Fault as fault:
        raise fault.inside(key) from None


def _base(part: HeaderPart) -> int:
    return 16 if part.element.format == "b" else 10
