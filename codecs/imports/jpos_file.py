"""The XML of jPOS's packagers: its elements and attributes, after its DTD (generic-packager-1.0)."""

from __future__ import annotations

from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException, ElementTree

from saklar.codecs.errors import DialectError
from saklar.codecs.imports.document import MOST_TEXT
from saklar.codecs.imports.jpos_classes import PACKAGE

_REFUSED = {
    "params": "parameters of a class",
    "thirdBitmapField": "a third bitmap in an element",
}
"""Attributes of any element that change what its class does in ways that a dialect cannot say."""


def parsed(text: str) -> Node:
    """The root of the file. Its DOCTYPE names jPOS's own DTD, which is not fetched; entities are refused."""
    if len(text) > MOST_TEXT:
        raise DialectError(f"over {MOST_TEXT} characters")
    try:
        root: Node = ElementTree.fromstring(text)
    except DefusedXmlException:
        raise DialectError("entities are not supported") from None
    except (ParseError, ValueError) as error:
        raise DialectError(f"not XML: {error}") from None
    if root.tag != "isopackager":
        raise DialectError(f"<{root.tag}>: <isopackager> is expected")
    return root


def by_number(parent: Node, where: str) -> dict[int, Node]:
    """The fields of a packager in order of their numbers; of two with the same number the last counts, as there."""
    found = {}
    for child in parent:
        if child.tag not in ("isofield", "isofieldpackager"):
            raise DialectError(f"{where}: <{child.tag}> is not supported")
        found[number_of(child, "id", where)] = child
    return dict(sorted(found.items()))


def number_of(field: Node, key: str, where: str, default: int | None = None) -> int:
    """The number that an attribute states; raises DialectError."""
    text = field.get(key)
    if text is None and default is not None:
        return default
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise DialectError(f"{where}: {key}={text!r}: a number is expected")
    return int(text)


def class_of(field: Node, where: str) -> str:
    """The class without jPOS's package; other packages' classes keep theirs, and are in no table."""
    found = (field.get("class") or "").strip()
    if not found:
        raise DialectError(f"{where}: class is required")
    return found.removeprefix(PACKAGE)


def packager_of(field: Node) -> str:
    """The class that divides a field."""
    return (field.get("packager") or "").strip()


def refuse(field: Node, where: str) -> None:
    """Raises DialectError where an attribute changes what the class does."""
    for key, what in _REFUSED.items():
        if field.get(key) is not None:
            raise DialectError(f"{where}: {key}={field.get(key)!r}: {what} is not supported")
    if flag(field, "trim"):
        raise DialectError(f"{where}: trim: a last element that is cut short is not supported")


def flag(field: Node, key: str, *, default: bool = False) -> bool:
    """Whether an attribute is true; anything else than "true" is false, as in Java."""
    text = field.get(key)
    return default if text is None else text.lower() == "true"
