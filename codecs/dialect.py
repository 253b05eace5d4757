"""A dialect: what bytes mean to one network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from saklar.codecs.compiler import Anchors
from saklar.codecs.dialect_file import Description
from saklar.codecs.divided import Divided
from saklar.codecs.element import Element, Violation
from saklar.codecs.errors import CodecError, DecodeError, EncodeError, PartError, in_words
from saklar.codecs.fault import Fault
from saklar.codecs.header import Header
from saklar.codecs.layout import Layout
from saklar.codecs.message import Message
from saklar.codecs.plan import Plan, Plans, Splice
from saklar.codecs.wire import Coder
from saklar.codecs.writer import Writer

_MTI, _HEADER = 0, -1
_DERIVED_KEYS = ("p", "1", "65", 1, 65)
"""Bitmaps, which pyiso8583's documents carry: they follow from the elements."""


class Dialect:
    """Reads and writes messages; made by `load_dialect`.

    Attributes:
        name, title: what it is called, and in words.
        version: "1987", "1993" or "2003", the edition of ISO 8583 whose elements it has.
        elements: its elements by number.
        description: all that its file says.
        framing: how its messages are framed on a connection, where the file says so; else None.
    """

    def __init__(self, description: Description) -> None:
        self.description = description
        self.name = description.name
        self.title = description.title
        self.version = description.version
        self.elements: Mapping[int, Element] = description.elements
        self.framing = description.framing
        self.bitmap = description.bitmap
        self.has_header = description.header is not None
        self._header = description.header
        self.numbers: dict[str | int, int] = {"mti": _MTI, "t": _MTI, "header": _HEADER, "h": _HEADER}
        for number in self.elements:
            self.numbers |= {number: number, str(number): number}
        self._coders = {number: Coder(element) for number, element in self.elements.items()}
        self._layout = Layout(description.mti_encoding, self.bitmap, self._coders, strict=description.strict)
        self._plans = Plans(self._layout)
        self._known = self._plans.known
        self._bitmap_start = self._layout.mti_size
        self._bitmap_end = self._bitmap_start + self.bitmap.size
        self._writer = Writer(self._layout, self.numbers)
        self._text = self._layout.text
        self._alike: dict[str, frozenset[int]] = {}
        """Elements that this dialect and another, by its name, write alike."""
        self._packed_mti = self._layout.mti is None
        self._nothing = Plan(self._layout, (), b"", compiled=False)

    def __repr__(self) -> str:
        return f"<Dialect {self.name}>"

    def decode(self, data: bytes) -> Message:
        """The message that the bytes (without framing) are.

        Raises:
            DecodeError: they are none; it says where, and holds what could be read.
        """
        if data.__class__ is not bytes:
            data = bytes(data)
        header, body = b"", data
        if self._header is not None:
            header, body = self._split(data, self._header)
        # A plan is found by the first bitmap alone where there is no other: one look-up for most messages.
        plan = self._known.get(body[self._bitmap_start : self._bitmap_end]) or self._plans.of(body)
        if plan is not None:
            try:
                if plan.codec is not None:
                    subject: Any = body.decode(plan.codec)
                    mti = subject[:4]
                else:
                    subject = body
                    mti = body[:2].hex().upper() if self._packed_mti else self._layout.read_mti(body)
            except (UnicodeDecodeError, Fault):
                return self._walk(data, header, body)
            anchors = plan.scan(subject)  # type: ignore[misc]
            if anchors is not None:
                return Message(self, mti, None, header, data, subject, plan, anchors)
        return self._walk(data, header, body)

    def _split(self, data: bytes, header: Header) -> tuple[bytes, bytes]:
        """The header, which is looked at, and the rest; raises DecodeError."""
        try:
            length = header.length(data)
            header.check(data[:length])
        except Fault as fault:
            path, partial = ".".join(("h", *fault.path)), self.made("", {}, {})
            raise DecodeError(path, fault.offset or 0, in_words(fault), partial, fault.expected, fault.found) from None
        return data[:length], data[length:]

    def _walk(self, data: bytes, header: bytes, body: bytes) -> Message:
        """Element by element, which reads every message and says what is wrong with what is none."""
        mti, values = "", {}  # type: str, dict[int, str]
        try:
            mti = self._layout.read_mti(body)
            numbers, ends = self._layout.walk(body, values)
        except Fault as fault:
            partial = self.made(mti, values, self.read_header(header))
            path = ".".join(part for part in fault.path if part)
            offset = (fault.offset or 0) + len(header)
            raise DecodeError(path, offset, in_words(fault), partial, fault.expected, fault.found) from None
        plan = Plan(self._layout, numbers, body[self._bitmap_start : ends[0]], compiled=False)
        return Message(self, mti, None, header, data, body, plan, ends)

    def read_header(self, header: bytes) -> dict[str, str]:
        """The parts of a header by name."""
        return self._header.read(header) if self._header is not None and header else {}

    def write_header(self, header: bytes | Mapping[str, str], body: int) -> bytes:
        """The bytes of a header before so many bytes of message.

        Raises:
            EncodeError: a value does not fit its part.
        """
        assert self._header is not None
        try:
            return (
                self._header.rewritten(header, body) if isinstance(header, bytes) else self._header.write(header, body)
            )
        except Fault as fault:
            raise EncodeError.of("h", fault) from None

    @property
    def needs_header(self) -> bool:
        """Whether a message must be given a header, as the dialect's file has no default for all of it."""
        return self._header is not None and any(part.value is None for part in self._header.parts)

    def answer_header(self, request: Message) -> dict[str, str]:
        """The header of an answer: that of the request, with its addresses as the dialect's file exchanges them."""
        return self._header.answer(request.header) if self._header is not None else {}

    def message(self, mapping: Mapping[Any, Any]) -> Message:
        """A message of these elements: keys "mti" (or "t"), "header" (or "h") and element numbers, as `11` or `"11"`.

        An element that has parts may be given as a mapping of those.

        Raises:
            EncodeError: no MTI, a key that names no element of the dialect, or a value that is no str.
        """
        mti, header, elements = None, None, {}
        for key, value in mapping.items():
            number = self.numbers.get(key)
            if number is None:
                if key in _DERIVED_KEYS and key not in self.elements:
                    continue
                number = self.number(key)
            if number == _HEADER:
                header = self._header_of(value)
            elif not isinstance(value, str):
                elements[number] = self._joined_or_refused(number, value)
            elif number == _MTI:
                mti = value
            else:
                elements[number] = value
        if mti is None:
            raise EncodeError("t", 'an MTI is required, under the key "mti"')
        return self.made(mti, elements, header)

    def made(self, mti: str, elements: Mapping[int, str], header: Mapping[str, str] | None = None) -> Message:
        """A message of these elements, none of which is looked at; see `message`."""
        return Message(self, mti, dict(elements), dict(header or {}), None, b"", self._nothing, (0,))

    def _header_of(self, value: object) -> dict[str, str]:
        parts = self._header.parts if self._header is not None else ()
        if isinstance(value, Mapping) and (parts or not value):
            return dict(value)
        if isinstance(value, str) and len(parts) == 1:
            return {parts[0].element.key: value}
        expected = f"a mapping of {', '.join(p.element.key for p in parts)}" if parts else "no header in this dialect"
        raise EncodeError("h", f"expected {expected}, found {type(value).__name__}")

    def _joined_or_refused(self, number: int, value: object) -> str:
        key = "mti" if number == _MTI else str(number)
        if isinstance(value, Mapping) and number != _MTI:
            return self.joined(number, value)
        raise EncodeError(key, f"a value is a str, not {type(value).__name__}")

    def encode(self, mapping: Mapping[Any, Any] | Message) -> bytes:
        """The bytes of a message, or of what `message` takes.

        Raises:
            EncodeError: an element that the dialect lacks, or a value that does not fit its element.
        """
        if isinstance(mapping, Message):
            return bytes(mapping)
        body = self._writer.mapping(mapping)
        if body is None:
            return bytes(self.message(mapping))
        return body if self._header is None else self.write_header({}, len(body)) + body

    def check(
        self, message: Message | Mapping[int, str], elements: Iterable[int] | None = None
    ) -> tuple[Violation, ...]:
        """The elements (of those given, or all) whose content is not what their format allows.

        Decoding looks only at lengths and character sets (but for a strict dialect); what it takes may still be no
        number where one is due. Where all elements are asked for, those that the dialect wants or does not want in a
        message of this MTI are checked too, and the parts of elements; these are asked of a message, others of its
        `values` as well.
        """
        found: list[Violation] = []
        for number in message if elements is None else elements:
            value = message.get(number)
            problem = self.elements[number].problem(value) if value is not None else None
            if problem is not None:
                found.append(Violation(number, problem, str(number)))
            elif elements is None and isinstance(value, Divided):
                found += _check_parts(number, value)
        if elements is None and isinstance(message, Message):
            found += self._missing(message)
        return tuple(found)

    def _missing(self, message: Message) -> list[Violation]:
        """What the MTI wants and the message lacks, or has and should not."""
        profile = self.description.profile_of(message.mti)
        if profile is None:
            return []
        found = [
            Violation(number, f"is required in a message {message.mti}", str(number))
            for number in sorted(profile.required)
            if number not in message
        ]
        return found + [
            Violation(number, f"has no place in a message {message.mti}", str(number))
            for number in message
            if not profile.allows(number)
        ]

    def write_body(self, mti: str, values: Mapping[int, str]) -> bytes:
        """The bytes of an MTI and elements.

        Raises:
            EncodeError: a value does not fit its element.
        """
        try:
            return self._writer.message(mti, values)
        except Fault as fault:
            raise _encode_error(fault) from None

    def write_changed(
        self, mti: str, body: bytes, anchors: Anchors, splice: Splice, changes: Mapping[int, str | None]
    ) -> bytes:
        """The bytes of a changed message: its old ones, with the changed elements between them.

        Raises:
            EncodeError: a value does not fit its element.
        """
        element = self._writer.element
        try:
            pieces = [self._layout.write_mti(mti), splice.bitmap]
            for first, start, last, end, number in splice.steps:
                pieces.append(body[anchors[first] + start : anchors[last] + end])
                if number:
                    pieces.append(element(number, changes[number]))  # type: ignore[arg-type]
        except Fault as fault:
            raise _encode_error(fault) from None
        return b"".join(pieces)

    def splice(self, plan: Plan, changes: Mapping[int, bool]) -> Splice:
        """How to change messages of a plan: elements that are set (true) or removed."""
        return Splice(plan, changes, self._layout)

    def number(self, key: object) -> int:
        """The number of an element of this dialect, given as `11` or `"11"`.

        Raises:
            EncodeError: the dialect has no such element.
        """
        number = self.numbers.get(key) if isinstance(key, int | str) else None
        if number is not None and number > 0:
            return number
        text = str(key)
        if text.isascii() and text.isdigit() and int(text) in self.elements:
            return int(text)
        raise EncodeError(text, f"dialect {self.name} has no such element")

    def joined(self, number: int, parts: Mapping[str, object]) -> str:
        """The value of an element that has these parts.

        Raises:
            EncodeError: the element has no parts, or not these.
        """
        division = self.elements[number].parts
        if division is None:
            raise EncodeError(str(number), f"dialect {self.name} has no parts for it")
        try:
            return division.written(parts)
        except Fault as fault:
            raise EncodeError.of(str(number), fault) from None

    def divided(self, number: int, value: str) -> str:
        """The value of an element, ready to give its parts where it has any."""
        parts = self.elements[number].parts
        return value if parts is None else Divided.of(value, parts, str(number))

    def parts_of(self, number: int, value: str) -> str | dict[str, Any]:
        """The value of an element as a dict of its parts, where it has some and can be divided."""
        divided = self.divided(number, value)
        try:
            return divided.to_dict() if isinstance(divided, Divided) else value
        except PartError:
            return value

    def translated(self, message: Message) -> Message | None:
        """A decoded message of another dialect as one of this one, element by element; None if it does not fit.

        Elements that both write alike keep their bytes; those that this one lacks are left out.
        """
        other = message.dialect
        alike = self._alike.get(other.name)
        if alike is None:
            alike = frozenset(number for number in self.elements if self._writes_alike(number, other))
            self._alike[other.name] = alike
        numbers = tuple(number for number in message if number in self.elements)
        try:
            pieces = [self._layout.write_mti(message.mti), self.bitmap.write(numbers)]
            for number in numbers:
                raw = message.raw_element(number) if number in alike else None
                pieces.append(raw if raw is not None else self._writer.element(number, message[number]))
            body = b"".join(pieces)
            header = self.write_header({}, len(body)) if self._header is not None else b""
            return self.decode(header + body)
        except (Fault, CodecError):
            return None

    def _writes_alike(self, number: int, other: Dialect) -> bool:
        """Whether the bytes of an element are the same in both dialects."""
        theirs = other.elements.get(number)
        return theirs is not None and _wire_facts(self.elements[number]) == _wire_facts(theirs)

    def shown(self, number: int, value: str) -> str:
        """An element's value as people may see it."""
        element = self.elements.get(number)
        return element.shown(value) if element else value


def _encode_error(fault: Fault) -> EncodeError:
    return EncodeError(".".join(fault.path), in_words(fault), fault.expected, fault.found)


def _check_parts(number: int, value: Divided) -> list[Violation]:
    try:
        return [Violation(number, problem, path) for path, problem in value.problems()]
    except PartError as error:
        return [Violation(number, error.message, error.path)]


def _wire_facts(element: Element) -> tuple[object, ...]:
    return (
        *(element.length_type, element.max_length, element.encoding, element.counts, element.odd),
        *(element.length_encoding, element.length_size, element.length_plus, element.format == "z", element.parts),
    )
