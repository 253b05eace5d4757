"""A message: an MTI and its data elements, in a dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar, overload

if TYPE_CHECKING:
    from saklar.codecs.compiler import Plan
    from saklar.codecs.dialect import Dialect

Default = TypeVar("Default")


class View:
    """Where in a message's bytes its elements are: a plan, and the ends that its scan found.

    `subject` is what the plan looks at: the bytes, or the text where a dialect is ASCII throughout.
    """

    __slots__ = ("ends", "plan", "subject")

    def __init__(self, subject: bytes | str, plan: Plan, ends: tuple[int, ...]) -> None:
        self.subject = subject
        self.plan = plan
        self.ends = ends

    def read(self, position: int) -> str:
        """The value of the element at a position of the plan."""
        plan, ends, subject = self.plan, self.ends, self.subject
        start, end = ends[position] + plan.prefixes[position], ends[position + 1]
        if isinstance(subject, str):
            return subject[start:end]
        assert plan.read is not None
        return plan.read[position](subject, start, end)

    def patched(self, head: bytes, patches: Mapping[int, bytes]) -> bytes:
        """The bytes with another head (MTI and bitmaps) and other elements in place of some."""
        index, ends, subject = self.plan.index, self.ends, self.subject
        raw = subject.encode("ascii") if isinstance(subject, str) else subject
        pieces, kept_from = [head], ends[0]
        for position in sorted(index[number] for number in patches):
            pieces += (raw[kept_from : ends[position]], patches[self.plan.numbers[position]])
            kept_from = ends[position + 1]
        pieces.append(raw[kept_from:])
        return b"".join(pieces)

    def bitmaps(self, mti_length: int) -> bytes:
        """The bitmaps, as they stand after the MTI."""
        found = self.subject[mti_length : self.ends[0]]
        return found.encode("ascii") if isinstance(found, str) else found


class Message:
    """Elements by number: `message[11]` reads, `message[11] = "000042"` sets, `del message[11]` removes.

    Values are strings: digits and characters as they are, binary elements in hex, tracks with `=`. Numbers
    may be given as `11` or `"11"`. `bytes(message)` is the message on the wire; an unchanged decoded message
    gives the very bytes that it was decoded from. `repr` and `describe` mask what the dialect calls secret.

    A decoded message may be a view on its bytes: an element is then decoded when it is read, and a changed
    message is the old bytes with the changed elements in their places.
    """

    __slots__ = ("_elements", "_mti", "_patched", "_raw", "_view", "dialect")

    def __init__(self, dialect: Dialect, mti: str, elements: Mapping[int, str], raw: bytes | None = None) -> None:
        self.dialect = dialect
        self._mti = mti
        self._elements = dict(elements)
        """Every element; of a view, those that were read or set."""
        self._raw = raw
        self._view: View | None = None
        self._patched: set[int] | None = None
        """Of a view, the elements that are no longer as its bytes have them."""

    @classmethod
    def over(cls, dialect: Dialect, mti: str, raw: bytes, view: View) -> Message:
        """The message that a view shows; made for every message that comes in, so without detours."""
        message = cls.__new__(cls)
        message.dialect = dialect
        message._mti = mti
        message._elements = {}
        message._raw = raw
        message._view = view
        message._patched = None
        return message

    @property
    def mti(self) -> str:
        """The message type identifier, four digits; "" where not even that could be read."""
        return self._mti

    @mti.setter
    def mti(self, value: str) -> None:
        self._mti = value
        self._raw = None

    @property
    def header(self) -> str | None:
        """What stands before the MTI; None, as no dialect has a header yet."""
        return None

    def __getitem__(self, element: int | str) -> str:
        value = self.get(element)
        if value is None:
            raise KeyError(element)
        return value

    def __setitem__(self, element: int | str, value: str) -> None:
        if not isinstance(value, str):
            raise TypeError(f"DE {element}: a value is a str, not {type(value).__name__}")
        number = self.dialect.number(element)
        view = self._view
        if view is not None:
            if number not in view.plan.index:
                self._read_all()
            elif self._patched is None:
                self._patched = {number}
            else:
                self._patched.add(number)
        self._elements[number] = value
        self._raw = None

    def __delitem__(self, element: int | str) -> None:
        self._read_all()
        del self._elements[int(element)]
        self._raw = None

    def __contains__(self, element: object) -> bool:
        if not (isinstance(element, int) or (isinstance(element, str) and element.isdecimal())):
            return False
        return int(element) in (self._elements if self._view is None else self._view.plan.index)

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._elements) if self._view is None else self._view.plan.numbers)

    def __len__(self) -> int:
        return len(self._elements if self._view is None else self._view.plan.numbers)

    @overload
    def get(self, element: int | str) -> str | None: ...
    @overload
    def get(self, element: int | str, default: Default) -> str | Default: ...
    def get(self, element: int | str, default: Default | None = None) -> str | Default | None:
        """The element's value, or `default` where the message has none."""
        number = element if isinstance(element, int) else int(element)
        value = self._elements.get(number)
        if value is not None:
            return value
        view = self._view
        position = view.plan.index.get(number) if view is not None else None
        if view is None or position is None:
            return default
        value = self._elements[number] = view.read(position)
        return value

    def to_dict(self) -> dict[str, str]:
        """`{"mti": …, "2": …}`, in full: what `Dialect.encode` takes. Nothing is masked."""
        return {"mti": self._mti, **{str(number): self[number] for number in self}}

    def copy(self) -> Message:
        """A message of its own with the same content."""
        copy = Message(self.dialect, self._mti, self._elements, self._raw)
        copy._view = self._view
        copy._patched = set(self._patched) if self._patched is not None else None
        return copy

    def __bytes__(self) -> bytes:
        """The message on the wire.

        Raises:
            EncodeError: a value does not fit its element.
        """
        if self._raw is None:
            self._raw = self._write()
        return self._raw

    def _write(self) -> bytes:
        if self._view is None:
            return self.dialect.write(self._mti, self._elements)
        patches = {number: self._elements[number] for number in self._patched or ()}
        return self.dialect.rewrite(self._mti, patches, self._view) or self.dialect.write(self._mti, self._all())

    def _all(self) -> dict[int, str]:
        return {number: self[number] for number in self}

    def _read_all(self) -> None:
        """Be a view no longer."""
        if self._view is not None:
            self._elements, self._view = self._all(), None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        same = (self.dialect.name, self._mti, self._all())
        return same == (other.dialect.name, other._mti, other._all())

    __hash__ = None  # type: ignore[assignment]  # it can change

    def describe(self) -> dict[str, str]:
        """Like `to_dict`, with secrets masked: for people and logs."""
        shown = {str(number): self.dialect.shown(number, self[number]) for number in self}
        return {"mti": self._mti, **shown}

    def __repr__(self) -> str:
        elements = " ".join(f"{key}={value}" for key, value in self.describe().items() if key != "mti")
        return f"<{self.dialect.name} {self._mti or 'no MTI'} {elements}>".replace(" >", ">")
