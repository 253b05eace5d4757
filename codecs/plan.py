"""How messages with one bitmap are read and changed, and which such plans are kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping

from saklar.codecs.bitmap import MOST
from saklar.codecs.compiler import (
    Change,
    Place,
    Scan,
    compile_byte_splice,
    compile_byte_values,
    compile_scan,
    compile_splice,
    compile_values,
    values_of,
)
from saklar.codecs.fault import Fault
from saklar.codecs.layout import Layout, fixed_size, text_reader

MAX_PLANS = 128
"""Plans kept for a dialect: a network has a few dozen kinds of message, and a peer chooses the bitmap."""

EARNED_AFTER = 3
"""Messages with a bitmap before it gets a plan: making one costs some hundred times what reading a message does."""

MAX_COUNTED = 4 * MAX_PLANS
"""Bitmaps that are counted at a time towards that."""

MAX_SPLICES = 64
"""Ways to change messages with one bitmap that are kept; a switch has two or three."""


class Plan:
    """How messages with one bitmap are read and changed.

    Attributes:
        numbers: the elements, in order.
        places: of each by number.
        head: bytes, or characters, of the MTI and the bitmaps.
        begins: of each where its length, or else its data, begins: the anchor, and the bytes after that.
        text: the character set of a subject that is text; None where it is the bytes.
        codec: what Python calls that.
        scan: given the subject, the anchors; None if it is not such a message, or where there is no code for it.
        values, document: given the subject and the anchors, every value, by number or by that as text.
        bitmap: the bitmaps' bytes.
        splices: how to change a message, for each set of elements that were.
        shape: this plan, if it is kept for many messages.
    """

    __slots__ = (
        "begins", "bitmap", "codec", "document", "head", "numbers", "places", "scan", "shape", "splices", "text",
        "values",
    )  # fmt: skip

    def __init__(self, layout: Layout, numbers: tuple[int, ...], bitmap: bytes, *, compiled: bool) -> None:
        coders = [layout.coders[number] for number in numbers]
        self.numbers = numbers
        self.bitmap = bitmap
        self.shape = self if compiled else None
        self.text = layout.text if compiled else None
        self.codec = self.text.codec if self.text else None
        self.begins: dict[int, tuple[int, int]] = {}
        self.places: dict[int, Place] = {}
        anchor = offset = 0
        for number, coder in zip(numbers, coders, strict=True):
            self.begins[number] = anchor, offset
            size = fixed_size(coder) if compiled else None
            last, end = (anchor + 1, 0) if size is None else (anchor, offset + size)
            read = text_reader(coder) if self.text else layout.readers[number]
            self.places[number] = (anchor, offset + (coder.prefix if self.text else 0), last, end, read)
            anchor, offset = last, end
        self.begins[0] = anchor, offset
        self.head = head = layout.mti_size + len(bitmap)
        if self.text:
            self.values, self.document = (compile_values(head, self.places, key) for key in ("{}", "'{}'"))
        else:
            self.values, self.document = (values_of(self.places, key) for key in (int, str))
            if compiled:
                self.values = compile_byte_values(self, coders, head)
        self.scan: Scan | None = compile_scan(self, coders, head, strict=layout.strict) if compiled else None
        self.splices: dict[object, Splice] = {}


class Splice:
    """How a message with some elements changed is put together: ranges of bytes to copy, and elements between them.

    Attributes:
        numbers: the elements that the changed message has.
        bitmap: its bitmaps' bytes.
        steps: bytes to keep, from an anchor and an offset to an anchor and an offset, and the element to write after
            them; 0 where there is none.
        write: code that does it, where the plan is kept: of the MTI, the subject, the anchors and the values; None
            from it where a value is not exactly as it should be.
    """

    __slots__ = ("bitmap", "numbers", "steps", "write")

    def __init__(self, plan: Plan, changes: Mapping[int, bool], layout: Layout) -> None:
        gone = {number for number, there in changes.items() if not there}
        self.numbers = tuple(sorted({*plan.numbers, *changes} - gone))
        self.bitmap = plan.bitmap if self.numbers == plan.numbers else layout.bitmap.write(self.numbers)
        self.steps = tuple(self._steps(plan, changes))
        self.write: Change | None = None
        if plan.text and plan.places:
            self.write = compile_splice(self, plan, layout, plan.text)
        elif plan.shape is not None and plan.places:
            self.write = compile_byte_splice(self, plan, layout)

    def _steps(self, plan: Plan, changes: Mapping[int, bool]) -> Iterator[tuple[int, int, int, int, int]]:
        kept_from = (0, 0)
        for number in sorted(changes):
            following = next((other for other in plan.numbers if other >= number), 0)
            if number in plan.places or changes[number]:
                yield *kept_from, *plan.begins[following], number if changes[number] else 0
                place = plan.places.get(number)
                kept_from = place[2:4] if place else plan.begins[following]
        yield *kept_from, *plan.begins[0], 0


class Plans:
    """The plans of a dialect, made as bitmaps come up again and again; the oldest make room.

    Attributes:
        known: by the bytes of all bitmaps.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        bitmap = layout.bitmap
        self._start = layout.mti_size
        self._size = bitmap.size
        self._end, self._second, self._third = (self._start + max(n, bitmap.always) * bitmap.size for n in (1, 2, 3))
        self._more = bitmap.first_bytes
        self._may_have_second = bitmap.most > bitmap.always
        self._may_have_third = bitmap.most == MOST
        self.known: OrderedDict[bytes, Plan] = OrderedDict()
        self._seen: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self.known)

    def of(self, message: bytes) -> Plan | None:
        """The plan for this message's bitmaps, if it has earned one."""
        key = message[self._start : self._end]
        if self._may_have_second and key and key[0] in self._more:
            key = message[self._start : self._second]
        if self._may_have_third and key[self._size : self._size + 1] and key[self._size] in self._more:
            key = message[self._start : self._third]
        plan = self.known.get(key)
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
        try:
            numbers, _ = self._layout.bitmap.read(key, 0)
        except Fault:
            return None
        if not self._layout.coders.keys() >= set(numbers):
            return None
        plan = Plan(self._layout, numbers, key, compiled=True)
        if len(self.known) >= MAX_PLANS:
            self.known.popitem(last=False)
        self.known[key] = plan
        return plan
