"""How one element stands on the wire: its length, if it states one, and its data.

This is the plain and complete way to read and write an element. `compiler` has the fast one, for the same facts.
"""

from __future__ import annotations

from saklar.codecs.charsets import charset
from saklar.codecs.content import Content, content_of, hex_bytes, most_units
from saklar.codecs.element import BY_PARTS, LENGTHS, REST, Element
from saklar.codecs.fault import Fault, byte_count


class LengthPrefix:
    """The length before an element's data."""

    def __init__(self, element: Element) -> None:
        self.size = element.length_size
        self.encoding = element.length_encoding
        self.plus = element.length_plus
        self._digits = LENGTHS[element.length_type]

    def read(self, data: bytes, offset: int) -> int:
        """What it states, less `plus`.

        Raises:
            Fault: it is cut short, or states no number.
        """
        found = data[offset : offset + self.size]
        if len(found) < self.size:
            raise Fault(offset, f"a length of {self.size} bytes", str(len(found)))
        try:
            return self._number(found) - self.plus
        except ValueError:
            raise Fault(offset, f"a length in {self.encoding}", f"the bytes {found.hex().upper()}") from None

    def _number(self, found: bytes) -> int:
        if self.encoding == "binary":
            return int.from_bytes(found, "big")
        if self.encoding == "bcd":
            return int(found.hex(), 10)
        if self.encoding == "bcd-left":
            return int(found.hex()[: self._digits], 10)
        if self.encoding == "hex":
            return int(found.decode("ascii"), 16)
        return int(charset(self.encoding).decode(found))

    def write(self, units: int) -> bytes:
        """Its bytes.

        Raises:
            Fault: so large a length cannot be stated.
        """
        stated = units + self.plus
        try:
            written = self._written(stated)
        except OverflowError:
            written = b""
        if len(written) != self.size:
            raise Fault(None, f"a length that {self.size} bytes can state", str(stated))
        return written

    def _written(self, stated: int) -> bytes:
        if self.encoding == "binary":
            return stated.to_bytes(self.size, "big")
        if self.encoding == "bcd":
            return _packed(f"{stated:0{2 * self.size}d}")
        if self.encoding == "bcd-left":
            return _packed(f"{stated:0{self._digits}d}".ljust(2 * self.size, "0"))
        if self.encoding == "hex":
            return b"%0*X" % (self.size, stated)
        return charset(self.encoding).encode(f"{stated:0{self.size}d}")


def _packed(digits: str) -> bytes:
    return bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits)


class Coder:
    """Reads and writes one element.

    Attributes:
        element: which.
        prefix: bytes of length before its data.
        most: units that the length may state, or, of a fixed element, that it has.
    """

    def __init__(self, element: Element) -> None:
        self.element = element
        self.content: Content = content_of(element)
        self.length = LengthPrefix(element) if LENGTHS.get(element.length_type) else None
        self.prefix = self.length.size if self.length else 0
        self.most = most_units(element)

    def end(self, data: bytes, start: int) -> int:
        """Where the element that begins at `start` ends.

        Raises:
            Fault: it is cut short, or its length is none or too much.
        """
        if self.element.length_type == BY_PARTS:
            assert self.element.parts is not None
            return self.element.parts.end(data, start)
        if self.element.length_type == REST:
            return len(data)
        units = self.units(data, start)
        begin = start + self.prefix
        if units == 0:
            return begin
        try:
            end = self.content.end(data, begin, units)
        except Fault as fault:
            raise Fault(begin, fault.expected, fault.found) from None
        if units < 0 or end > len(data):
            raise Fault(begin, f"{units} {self.content_unit} of data", byte_count(len(data) - begin))
        return end

    @property
    def content_unit(self) -> str:
        """What the length counts, in a word."""
        return str(getattr(self.content, "unit", "bytes"))

    def units(self, data: bytes, start: int) -> int:
        """What the length of the element at `start` states.

        Raises:
            Fault: it states none or too much.
        """
        if self.length is None:
            # Of what goes on to the end only packed digits would need to know, and those are whole bytes then.
            return self.most
        units = self.length.read(data, start)
        if units > self.most:
            raise Fault(start, f"a length of at most {self.most}", str(units))
        return units

    def read(self, data: bytes, start: int, end: int) -> str:
        """The value of the element between `start` and `end`, its length included.

        Raises:
            Fault: its data is not as it should be.
        """
        begin = start + self.prefix
        if begin == end:
            return ""
        if self.element.length_type == BY_PARTS:
            return data[begin:end].hex().upper()
        try:
            return self.content.read(data[begin:end], self.units(data, start))
        except Fault as fault:
            raise Fault(begin, fault.expected, fault.found) from None

    def write(self, value: str) -> bytes:
        """The element's bytes, its length included.

        Raises:
            Fault: the value does not fit; its `offset` is None.
        """
        element = self.element
        if element.length_type == BY_PARTS:
            assert element.parts is not None
            return element.parts.checked(hex_bytes(value))
        if element.fill is not None and element.is_fixed:
            value = element.fill.to(value, element.max_length * (2 if element.format == "b" else 1))
        data, units = self.content.write(value)
        if self.length is None:
            if units != self.most and element.is_fixed:
                raise Fault(None, f"{self.most} {self.content_unit}", str(units))
            return data
        if units > self.most:
            raise Fault(None, f"at most {self.most} {self.content_unit}", str(units))
        return self.length.write(units) + data
