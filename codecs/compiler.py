"""Straight-line code for the messages that a dialect really sees.

For a bitmap, a `Plan` finds where each element ends and how its value reads, with no loop and no test that the
bitmap has already answered. A plan knows good messages only: whatever is not exactly as it should be is left to the
reference codec, which says what is wrong, or takes it all the same. So a plan is fast and never a second opinion.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from saklar.codecs.element import LENGTHS, Element

Subject = bytes | str
"""What a plan looks at: the message's bytes or, in a dialect that is ASCII throughout, its text."""

Scan = Callable[[Any], tuple[int, ...] | None]
Read = Callable[[bytes, int, int], str]

MAX_PLANS = 128
"""Plans kept for a dialect: a network has a few dozen kinds of message, and a peer chooses the bitmap."""

EARNED_AFTER = 3
"""Messages with a bitmap before it gets a plan: making one costs some hundred times what reading a message does."""

MAX_COUNTED = 4 * MAX_PLANS
"""Bitmaps that are counted at a time towards that."""

BITMAP_BITS = 64
MTI_DIGITS = 4


class Plan:
    """How messages with one bitmap are read.

    Attributes:
        numbers: the elements, in order.
        index: position of each in `numbers`.
        scan: given the subject, where the head and then each element ends; None if it is not such a message.
        prefixes: bytes of length before each element.
        read: what reads each element, of the subject and the bounds of its data; None where a slice is the value.
    """

    __slots__ = ("index", "numbers", "prefixes", "read", "scan")

    def __init__(
        self, numbers: tuple[int, ...], head: int, elements: Mapping[int, Element], *, all_ascii: bool
    ) -> None:
        parts = [elements[number] for number in numbers]
        self.numbers = numbers
        self.index = {number: position for position, number in enumerate(numbers)}
        self.prefixes = tuple(prefix_length(element) for element in parts)
        self.read: tuple[Read, ...] | None = None if all_ascii else tuple(reader(element) for element in parts)
        self.scan = _compile(parts, head, all_ascii=all_ascii)


class Plans:
    """The plans of a dialect, made as bitmaps come up again and again; the least used make room.

    Args:
        mti_length: bytes of the MTI.
        bitmap_length: bytes of one bitmap, 8 or (in hex) 16.
        elements: the dialect's.
    """

    def __init__(self, mti_length: int, bitmap_length: int, elements: Mapping[int, Element]) -> None:
        self._mti_length = mti_length
        self._bitmap_length = bitmap_length
        self._elements = elements
        self._in_hex = bitmap_length == 2 * BITMAP_BITS // 8
        self.all_ascii = self._in_hex and mti_length == MTI_DIGITS and all(map(in_ascii, elements.values()))
        """Whether messages are ASCII from end to end; their plans then look at text."""
        self._plans: OrderedDict[bytes, Plan] = OrderedDict()
        self._seen: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._plans)

    def of(self, message: bytes) -> Plan | None:
        """The plan for this message's bitmaps, if it has earned one."""
        start = self._mti_length
        end = start + self._bitmap_length
        key = message[start:end]
        if key and key[0] in _WITH_SECONDARY[self._in_hex]:
            key = message[start : end + self._bitmap_length]
        plan = self._plans.get(key)
        if plan is None:
            plan = self._earned(key)
        return plan

    def _earned(self, key: bytes) -> Plan | None:
        count = self._seen.get(key, 0) + 1
        if count < EARNED_AFTER:
            if len(self._seen) >= MAX_COUNTED:
                self._seen.clear()
            self._seen[key] = count
            return None
        self._seen.pop(key, None)
        return self._make(key)

    def _make(self, key: bytes) -> Plan | None:
        numbers = self._numbers(key)
        if numbers is None or not numbers <= self._elements.keys():
            return None
        head = self._mti_length + len(key)
        plan = Plan(tuple(sorted(numbers)), head, self._elements, all_ascii=self.all_ascii)
        if len(self._plans) >= MAX_PLANS:
            self._plans.popitem(last=False)
        self._plans[key] = plan
        return plan

    def _numbers(self, key: bytes) -> set[int] | None:
        """The elements that bitmaps announce; None where they are no bitmaps, or announce a third one."""
        digits = key if self._in_hex else key.hex().encode()
        whole = len(key) in (self._bitmap_length, 2 * self._bitmap_length)
        if not whole or not set(digits) <= _HEX_DIGITS:
            return None
        bits = f"{int(digits, 16):0{len(digits) * 4}b}"
        numbers = {position for position, bit in enumerate(bits, 1) if bit == "1"}
        if (1 in numbers) != (len(bits) > BITMAP_BITS) or BITMAP_BITS + 1 in numbers:
            return None
        return numbers - {1}


_HEX_DIGITS = set(b"0123456789ABCDEFabcdef")
_WITH_SECONDARY = (frozenset(range(0x80, 0x100)), frozenset(b"89ABCDEFabcdef"))
"""First bytes of a bitmap whose first bit is set: of a binary one, of one in hex."""


def prefix_length(element: Element) -> int:
    """Bytes of the length before an element."""
    digits = LENGTHS[element.length_type]
    return (digits + 1) // 2 if element.length_encoding == "bcd" else digits


def reader(element: Element) -> Read:
    """What makes an element's value of its bytes."""
    return {"ascii": _read_text, "hex": _read_text, "binary": _read_binary, "bcd": _bcd_reader(element)}[
        element.encoding
    ]


def _read_text(message: bytes, start: int, end: int) -> str:
    return message[start:end].decode("ascii")


def _read_binary(message: bytes, start: int, end: int) -> str:
    return message[start:end].hex().upper()


def _bcd_reader(element: Element) -> Read:
    prefix = prefix_length(element)
    is_track = element.format == "z"

    def read(message: bytes, start: int, end: int) -> str:
        digits = message[start:end].hex().upper()
        if prefix:
            count = _LENGTHS[prefix, "bcd"][message[start - prefix : start]]
            digits = digits[:count]  # odd: the pad is on the right
        elif element.max_length % 2:
            digits = digits[1:]
        return digits.replace("D", "=") if is_track else digits

    return read


def _bcd_lengths(size: int) -> dict[bytes, int]:
    return {bytes.fromhex(f"{value:0{2 * size}d}"): value for value in range(10 ** (2 * size))}


_LENGTHS: dict[tuple[int, str], dict[bytes, int]] = {
    **{(size, "ascii"): {b"%0*d" % (size, value): value for value in range(10**size)} for size in (1, 2, 3, 4)},
    **{(size, "bcd"): _bcd_lengths(size) for size in (1, 2)},
}
"""Lengths by their bytes: one look-up reads and checks them."""

_TEXT_LENGTHS = {
    key: {digits.decode("ascii"): value for digits, value in table.items()}
    for key, table in _LENGTHS.items()
    if key[1] == "ascii"
}
"""The same by their characters."""


def in_ascii(element: Element) -> bool:
    """Whether an element and its length are written in ASCII."""
    return element.encoding in ("ascii", "hex") and element.length_encoding == "ascii"


def _compile(parts: list[Element], head: int, *, all_ascii: bool) -> Scan:
    """The scan function of a plan.

    It is made as text, since a loop over elements costs more than the work on them: the same scan as a loop
    reads about a quarter as many messages.
    """
    lines = ["def scan(d):", "  try:"]
    where = str(head)
    names = [where]
    for position, element in enumerate(parts):
        name = f"e{position}"
        lines += [f"    {line}" for line in _element_lines(element, name, where, check_text=not all_ascii)]
        names.append(name)
        where = name
    lines += [f"    return ({', '.join(names)},) if {where} == len(d) else None"]
    lines += ["  except LookupError:", "    return None"]
    tables = _TEXT_LENGTHS if all_ascii else _LENGTHS
    namespace: dict[str, object] = {f"{encoding}{size}": table for (size, encoding), table in tables.items()}
    exec("\n".join(lines), namespace)  # noqa: S102 (of numbers and names made here)
    scan: Scan = namespace["scan"]  # type: ignore[assignment]
    return scan


def _element_lines(element: Element, name: str, where: str, *, check_text: bool) -> Iterator[str]:
    packed = element.encoding == "bcd"
    prefix = prefix_length(element)
    units = element.max_length * (2 if element.encoding == "hex" else 1)
    if prefix:
        table = f"{element.length_encoding}{prefix}"
        yield f"n = {table}[d[{where}:{where} + {prefix}]]"
        yield f"if n > {units}: return None"
        yield f"{name} = {where} + {prefix} + {'(n + 1) // 2' if packed else 'n'}"
        if packed:
            yield f"if n & 1 and d[{name} - 1] & 15: return None"
    else:
        yield f"{name} = {where} + {(units + 1) // 2 if packed else units}"
        if packed and units % 2:
            yield f"if d[{where}] >> 4: return None"
    if check_text and element.encoding in ("ascii", "hex"):
        yield f"if not d[{where} + {prefix}:{name}].isascii(): return None"
