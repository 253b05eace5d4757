"""A message: an MTI and its data elements, in a dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar, overload

if TYPE_CHECKING:
    from saklar.codecs.dialect import Dialect

Default = TypeVar("Default")


class Message:
    """Elements by number: `message[11]` reads, `message[11] = "000042"` sets, `del message[11]` removes.

    Values are strings: digits and characters as they are, binary elements in hex, tracks with `=`. Numbers
    may be given as `11` or `"11"`. `bytes(message)` is the message on the wire; an unchanged decoded message
    gives the very bytes that it was decoded from. `repr` and `describe` mask what the dialect calls secret.
    """

    __slots__ = ("_elements", "_mti", "_raw", "dialect")

    def __init__(self, dialect: Dialect, mti: str, elements: Mapping[int, str], raw: bytes | None = None) -> None:
        self.dialect = dialect
        self._mti = mti
        self._elements = dict(elements)
        self._raw = raw

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
        return self._elements[int(element)]

    def __setitem__(self, element: int | str, value: str) -> None:
        if not isinstance(value, str):
            raise TypeError(f"DE {element}: a value is a str, not {type(value).__name__}")
        self._elements[self.dialect.number(element)] = value
        self._raw = None

    def __delitem__(self, element: int | str) -> None:
        del self._elements[int(element)]
        self._raw = None

    def __contains__(self, element: object) -> bool:
        return isinstance(element, int | str) and str(element).isdecimal() and int(element) in self._elements

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._elements))

    def __len__(self) -> int:
        return len(self._elements)

    @overload
    def get(self, element: int | str) -> str | None: ...
    @overload
    def get(self, element: int | str, default: Default) -> str | Default: ...
    def get(self, element: int | str, default: Default | None = None) -> str | Default | None:
        """The element's value, or `default` where the message has none."""
        return self._elements.get(int(element), default)

    def to_dict(self) -> dict[str, str]:
        """`{"mti": …, "2": …}`, in full: what `Dialect.encode` takes. Nothing is masked."""
        return {"mti": self._mti, **{str(number): self._elements[number] for number in self}}

    def copy(self) -> Message:
        """A message of its own with the same content."""
        return Message(self.dialect, self._mti, self._elements, self._raw)

    def __bytes__(self) -> bytes:
        """The message on the wire.

        Raises:
            EncodeError: a value does not fit its element.
        """
        if self._raw is None:
            self._raw = self.dialect.write(self._mti, self._elements)
        return self._raw

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        same = (self.dialect.name, self._mti, self._elements)
        return same == (other.dialect.name, other._mti, other._elements)

    __hash__ = None  # type: ignore[assignment]  # it can change

    def describe(self) -> dict[str, str]:
        """Like `to_dict`, with secrets masked: for people and logs."""
        shown = {str(number): self.dialect.shown(number, self._elements[number]) for number in self}
        return {"mti": self._mti, **shown}

    def __repr__(self) -> str:
        elements = " ".join(f"{key}={value}" for key, value in self.describe().items() if key != "mti")
        return f"<{self.dialect.name} {self._mti or 'no MTI'} {elements}>".replace(" >", ">")
