"""A message: an MTI and its data elements, in a dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

from saklar.codecs.compiler import Anchors, Place, Same, Subject
from saklar.codecs.divided import Divided
from saklar.codecs.errors import EncodeError
from saklar.codecs.patch import Patch
from saklar.codecs.plan import MAX_SPLICES, Plan, Splice

if TYPE_CHECKING:
    from saklar.codecs.dialect import Dialect

Default = TypeVar("Default")

_NO_PLACES: dict[int, Place] = {}


class Message:
    """Elements by number: `message[11]` reads, `message[11] = "000042"` sets, `del message[11]` removes.

    Values are strings: digits and characters as they are, binary elements in hex, tracks with `=`. Numbers
    may be given as `11` or `"11"`. Where the dialect says how an element divides, `message[55]["9F26"]` is a part,
    and so is `message["55.9F26"]`, which can be set and removed as well. `bytes(message)` is the message on the
    wire; an unchanged decoded message gives the very bytes that it was decoded from. `repr` and `describe` mask what
    the dialect calls secret.

    A decoded message is a view on its bytes: an element is decoded when it is read, and a changed message is the
    old bytes with the changed elements in their places.
    """

    __slots__ = (
        "_anchors", "_changes", "_header", "_mti", "_places", "_plan", "_raw", "_subject", "_values", "dialect",
    )  # fmt: skip

    def __init__(
        self,
        dialect: Dialect,
        mti: str,
        changes: dict[int, str | None] | None,
        header: bytes | dict[str, str],
        raw: bytes | None,
        subject: Subject,
        plan: Plan,
        anchors: Anchors,
    ) -> None:
        """Made by `Dialect.decode` and `Dialect.message`."""
        self.dialect = dialect
        self._mti = mti
        self._changes = changes
        """Values set since; None is an element removed."""
        self._header = header
        """Of a decoded message the bytes before the MTI; otherwise, or once changed, the values."""
        self._raw = raw
        """All bytes, header included; None when they are not known yet."""
        self._subject = subject
        """The bytes from the MTI on, or their text, that the plan and the anchors are about."""
        self._plan = plan
        self._places = _NO_PLACES if changes else plan.places
        """Where elements are; none of them once one has changed, so that a look at this tells the two cases apart."""
        self._anchors = anchors
        self._values: dict[int, str] | None = None

    @classmethod
    def from_dict(cls, dialect: Dialect, mapping: Mapping[Any, Any]) -> Message:
        """The message that `to_dict` gave; see `Dialect.message`."""
        return dialect.message(mapping)

    @property
    def mti(self) -> str:
        """The message type identifier, four digits; "" where not even that could be read."""
        return self._mti

    @mti.setter
    def mti(self, value: str) -> None:
        self._mti = value
        self._raw = None
        if self._changes is None:
            self._changes = {}

    @property
    def header(self) -> dict[str, str]:
        """What stands before the MTI, by name; empty where the dialect has no header. Set it as a whole."""
        return self.dialect.read_header(self._header) if isinstance(self._header, bytes) else dict(self._header)

    @header.setter
    def header(self, values: Mapping[str, str]) -> None:
        self._header = dict(values)
        self._raw = None

    def __getitem__(self, element: int | str) -> str:
        try:
            first, start, last, end, read = self._places[element]  # type: ignore[index]
        except KeyError:
            pass
        else:
            anchors = self._anchors
            if read is None:
                return self._subject[anchors[first] + start : anchors[last] + end]  # type: ignore[return-value]
            return read(self._subject, anchors[first] + start, anchors[last] + end)
        value = self.get(element)
        if value is None:
            raise KeyError(element)
        return value

    @overload
    def get(self, element: int | str) -> str | None: ...
    @overload
    def get(self, element: int | str, default: Default) -> str | Default: ...
    def get(self, element: int | str, default: Default | None = None) -> str | Default | None:
        """The value of an element or (as "55.9F26") of a part, or `default` where the message has none.

        Raises:
            PartError: the element cannot be divided.
        """
        place = self._places.get(element)  # type: ignore[arg-type]
        if place is not None:  # by far the most common case: an element of a message that was not changed
            first, start, last, end, read = place
            anchors = self._anchors
            if read is None:
                return self._subject[anchors[first] + start : anchors[last] + end]  # type: ignore[return-value]
            return read(self._subject, anchors[first] + start, anchors[last] + end)
        if isinstance(element, str):
            value = self._by_path(element)
        elif self._changes is not None and element in self._changes:
            changed = self._changes[element]
            value = None if changed is None else self.dialect.divided(element, changed)
        else:
            value = self._read(element)
        return default if value is None else value

    def _by_path(self, path: str) -> str | None:
        number, *keys = path.split(".")
        value = self.get(int(number)) if number.isdecimal() else None
        for key in keys:
            value = value.get(key) if isinstance(value, Divided) else None
        return value

    def _read(self, number: int) -> str | None:
        """An element as the bytes have it."""
        place = self._plan.places.get(number)
        if place is None:
            return None
        first, start, last, end, read = place
        start, end = self._anchors[first] + start, self._anchors[last] + end
        return self._subject[start:end] if read is None else read(self._subject, start, end)  # type: ignore[return-value]

    def __setitem__(self, element: int | str, value: str | Mapping[str, object]) -> None:
        number = self.dialect.numbers.get(element, 0)
        if number <= 0 or value.__class__ is not str:
            number, value = self._to_set(element, value)
        if self._changes is None:
            self._changes = {number: value}
        else:
            self._changes[number] = value
        self._places = _NO_PLACES
        self._raw = None

    def _to_set(self, element: int | str, value: str | Mapping[str, object]) -> tuple[int, str]:
        """The element to set, and its value, where either is not simply that."""
        key, _, path = element.partition(".") if isinstance(element, str) else (element, "", "")
        number = self.dialect.number(key)
        if path:
            value = self._whole(number).with_part(path, value)
        elif isinstance(value, Mapping):
            value = self.dialect.joined(number, value)
        if not isinstance(value, str):
            raise TypeError(f"DE {key}: a value is a str, not {type(value).__name__}")
        return number, value

    def __delitem__(self, element: int | str) -> None:
        if element not in self:
            raise KeyError(element)
        if isinstance(element, str) and "." in element:
            key, _, path = element.partition(".")
            self[key] = self._whole(int(key)).with_part(path, None)
            return
        number = int(element)
        if self._changes is None:
            self._changes = {}
        if number in self._plan.places:
            self._changes[number] = None
        else:
            del self._changes[number]
        self._places = _NO_PLACES
        self._raw = None

    def _whole(self, number: int) -> Divided:
        """An element, to set a part of it."""
        value = self.dialect.divided(number, self.get(number, ""))
        if not isinstance(value, Divided):
            raise EncodeError(str(number), f"dialect {self.dialect.name} has no parts for it")
        return value

    def __contains__(self, element: object) -> bool:
        if element in self._places:
            return True
        if element.__class__ is int:
            if self._changes is not None and element in self._changes:
                return self._changes[element] is not None
            return element in self._plan.places
        if isinstance(element, str) and element.partition(".")[0].isdecimal():
            return self.get(element) is not None
        return isinstance(element, int) and self.get(element) is not None

    def _numbers(self) -> tuple[int, ...]:
        return self._splice().numbers if self._changes else self._plan.numbers

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers())

    def __len__(self) -> int:
        return len(self._numbers())

    def values(self) -> dict[int, str]:
        """Every element's value, by number; not to be changed, as who asks again may get the same."""
        if self._changes:
            return {number: self[number] for number in self._numbers()}
        if self._values is None:
            self._values = self._plan.values(self._subject, self._anchors)
        return self._values

    def agrees(self, other: Message, same: Same) -> bool:
        """Whether two messages as they were decoded are the same in what `same` compares, made for their shapes."""
        return same(self._subject, self._anchors, other._subject, other._anchors)

    def to_dict(self, *, nested: bool = False) -> dict[str, Any]:
        """`{"mti": …, "2": …}`, in full: what `Dialect.encode` takes. Nothing is masked.

        Args:
            nested: give elements that have parts as dicts of those, where they can be divided.
        """
        document: dict[str, Any] = {"mti": self._mti}
        if self.dialect.has_header:
            document["header"] = self.header
        if self._changes:
            document |= {str(number): self[number] for number in self._numbers()}
        else:
            document |= self._plan.document(self._subject, self._anchors)
        if nested:
            document |= {str(number): self.dialect.parts_of(number, value) for number, value in self.values().items()}
        return document

    def copy(self) -> Message:
        """A message of its own with the same content."""
        changes = dict(self._changes) if self._changes is not None else None
        return Message(
            self.dialect, self._mti, changes, self._header, self._raw, self._subject, self._plan, self._anchors
        )

    def without(self, elements: frozenset[int]) -> Message:
        """A message of its own, without these elements, whether or not it has them."""
        other = self.copy()
        changes = {number: value for number, value in (self._changes or {}).items() if number not in elements}
        changes.update({number: None for number in elements if number in self._plan.places})
        if changes or self._changes:
            other._changes, other._places, other._raw = changes, _NO_PLACES, None
        return other

    @property
    def shape(self) -> Plan | None:
        """The same object for messages as they were decoded that have the same elements; None of any other.

        For those who keep what they found out of one for the next. A peer chooses the elements, so keep few.
        """
        return self._plan.shape if self._changes is None else None

    def patched(self, patch: Patch, values: Mapping[int, str], mti: str | None = None) -> bytes:
        """The bytes of this message with some elements changed; it stays as it is itself.

        Args:
            patch: which elements.
            values: of those that the patch sets; others do not matter.
            mti: another one, if given.

        Raises:
            EncodeError: a value does not fit its element.
        """
        plan = self._plan
        if self._changes is None and plan.shape is not None and not self.dialect.has_header:
            splice = plan.splices.get(patch) or self._patching(patch)
            if splice.write is not None:
                written = splice.write(mti or self._mti, self._subject, self._anchors, values)
                if written is not None:
                    return written
        changed = self.without(patch.drops)
        for number in patch.sets:
            changed[number] = values[number]
        if mti is not None:
            changed.mti = mti
        return bytes(changed)

    def _patching(self, patch: Patch) -> Splice:
        """How messages of this plan are patched so."""
        splices = self._plan.splices
        if len(splices) >= MAX_SPLICES:
            splices.clear()
        there = {number: number in patch.sets for number in (*patch.sets, *patch.drops)}
        splice = splices[patch] = self.dialect.splice(self._plan, there)
        return splice

    def __bytes__(self) -> bytes:
        """The message on the wire.

        Raises:
            EncodeError: a value does not fit its element.
        """
        if self._raw is None:
            self._raw = self._write()
        return self._raw

    def _write(self) -> bytes:
        if not self.dialect.has_header:
            return self._write_body()
        self.dialect.write_header(self._header, 0)  # what is wrong with it comes before what is wrong with the rest
        body = self._write_body()
        return self.dialect.write_header(self._header, len(body)) + body

    def _write_body(self) -> bytes:
        changes = self._changes or {}
        if not self._plan.places:
            return self.dialect.write_body(self._mti, {n: value for n, value in changes.items() if value is not None})
        splice = self._splice()
        if splice.write is not None:
            written = splice.write(self._mti, self._subject, self._anchors, changes)
            if written is not None:
                return written
        return self.dialect.write_changed(self._mti, self._in_bytes(self._subject), self._anchors, splice, changes)

    def _in_bytes(self, subject: Subject) -> bytes:
        if isinstance(subject, bytes):
            return subject
        assert self._plan.text is not None
        return self._plan.text.encode(subject)

    def _splice(self) -> Splice:
        changes = self._changes or {}
        key: object = tuple(changes)
        if None in changes.values():
            key = tuple((number, value is None) for number, value in changes.items())
        splices = self._plan.splices
        splice = splices.get(key)
        if splice is None:
            if len(splices) >= MAX_SPLICES:
                splices.clear()
            there = {number: value is not None for number, value in changes.items()}
            splice = splices[key] = self.dialect.splice(self._plan, there)
        return splice

    def raw_element(self, number: int) -> bytes | None:
        """The bytes of an element as it was decoded, its length included; None if it was not, or has been changed."""
        place = self._plan.places.get(number)
        if place is None or (self._changes and number in self._changes):
            return None
        anchor, offset = self._plan.begins[number]
        _, _, last, end, _ = place
        return self._in_bytes(self._subject[self._anchors[anchor] + offset : self._anchors[last] + end])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        same = (self.dialect.name, self._mti, self.values())
        return same == (other.dialect.name, other._mti, other.values())

    __hash__ = None  # type: ignore[assignment]  # it can change

    def describe(self) -> dict[str, str]:
        """Like `to_dict`, with secrets masked: for people and logs."""
        shown = {str(number): self.dialect.shown(number, value) for number, value in self.values().items()}
        return {"mti": self._mti, **shown}

    def __repr__(self) -> str:
        elements = " ".join(f"{key}={value}" for key, value in self.describe().items() if key != "mti")
        return f"<{self.dialect.name} {self._mti or 'no MTI'} {elements}>".replace(" >", ">")
