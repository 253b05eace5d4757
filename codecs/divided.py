"""The value of an element that has parts: a text, as every value, that also gives its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex

from saklar.codecs.errors import PartError
from saklar.codecs.fault import Fault

if TYPE_CHECKING:
    from saklar.codecs.element import Element
    from saklar.codecs.parts import Parts


class Divided(str):
    """`message[55]` where the dialect divides DE 55: `message[55]["9F26"]` is the value of that part.

    It is the element's whole value, a `str`, which cannot change; a part is set as `message["55.9F26"] = …`.
    """

    __slots__ = ("_parts", "_path")

    _parts: Parts
    _path: str

    @classmethod
    def of(cls, value: str, parts: Parts, path: str) -> Divided:
        """The value, with its parts; `path` names the element in errors."""
        divided = cls(value)
        divided._parts, divided._path = parts, path
        return divided

    def __getitem__(self, key: str | SupportsIndex | slice) -> str:
        """The part of that key, or the character at that index.

        Raises:
            KeyError: there is no such part.
            PartError: the value cannot be divided.
        """
        if not isinstance(key, str):
            return super().__getitem__(key)
        return self.parts()[key]

    def __setitem__(self, key: str, value: object) -> NoReturn:
        raise TypeError(f'a value cannot change; write message["{self._path}.{key}"] = …')

    def get(self, key: str, default: str | None = None) -> str | None:
        """The part of that key, or `default`; raises PartError."""
        return self.parts().get(key, default)

    def parts(self) -> dict[str, str]:
        """The parts by key, in order; of parts with the same key the first.

        Raises:
            PartError: the value cannot be divided.
        """
        try:
            values = self._parts.read(self)
        except Fault as fault:
            raise PartError.of(self._path, fault) from None
        for key, value in values.items():
            below = self._parts.element(key).parts
            if below is not None:
                values[key] = Divided.of(value, below, f"{self._path}.{key}")
        return values

    def element(self, key: str) -> Element:
        """What describes the part of that key; raises KeyError."""
        return self._parts.element(key)

    def to_dict(self) -> dict[str, Any]:
        """The parts, and theirs, as dicts; raises PartError."""
        return {key: value.to_dict() if isinstance(value, Divided) else value for key, value in self.parts().items()}

    def problems(self) -> list[tuple[str, str]]:
        """The parts whose content is not what their format allows: path and what is wrong; raises PartError."""
        found = []
        for key, value in self.parts().items():
            path = f"{self._path}.{key}"
            problem = self._parts.element(key).problem(value)
            if problem is not None:
                found.append((path, problem))
            elif isinstance(value, Divided):
                found += value.problems()
        return found

    def with_part(self, path: str, value: str | Mapping[str, object] | None) -> str:
        """The element's value with another value (or, as None, without it) for the part at a path such as "9F26".

        Raises:
            PartError: there is no such part, or the value does not fit it.
        """
        key, _, below = path.partition(".")
        try:
            if below:
                inner = self.parts().get(key)
                if not isinstance(inner, Divided):
                    raise KeyError(path)
                return self._parts.changed(self, key, inner.with_part(below, value))
            return self._parts.changed(self, key, value)
        except Fault as fault:
            raise PartError.of(self._path, fault) from None
