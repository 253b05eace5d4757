"""What is wrong with bytes or a value, as found inside the codec."""

from __future__ import annotations


class Fault(Exception):
    """Bytes or a value are no element: where (bytes from the start; None when writing), and why.

    Attributes:
        path: the parts on the way to it, outermost first.
    """

    def __init__(self, offset: int | None, expected: str, found: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(expected, found)
        self.offset = offset
        self.expected = expected
        self.found = found
        self.path = path

    def inside(self, part: str, base: int = 0) -> Fault:
        """The same, seen from outside the part, which begins at byte `base` of what holds it."""
        offset = None if self.offset is None else self.offset + base
        return Fault(offset, self.expected, self.found, (part, *self.path))


def byte_count(size: int) -> str:
    """So many bytes, in words."""
    return f"{max(0, size)} byte{'s' * (size != 1)}"
