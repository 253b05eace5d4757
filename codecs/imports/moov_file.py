"""The JSON of moov-io/iso8583: reading its keys, and saying where they are wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from saklar.codecs.errors import DialectError
from saklar.codecs.imports.document import MOST_TEXT

Spec = Mapping[str, Any]

_MOST = 999_999
"""The longest length that a dialect states."""


def parsed(text: str) -> Spec:
    """The specification; raises DialectError."""
    if len(text) > MOST_TEXT:
        raise DialectError(f"over {MOST_TEXT} characters")
    try:
        spec = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DialectError(f"not JSON: {error}") from None
    if not isinstance(spec, dict):
        raise DialectError("an object with `fields` is expected")
    return spec


def object_of(table: Spec, key: str, where: str) -> Spec:
    """An object under a key; raises DialectError."""
    value = table.get(key)
    if not isinstance(value, dict):
        raise DialectError(f"{where}.{key}: an object is expected")
    return value


def text_of(table: Spec, key: str, where: str, default: str | None = None) -> str:
    """A text under a key; raises DialectError."""
    value = table.get(key, default)
    if not isinstance(value, str):
        raise DialectError(f"{where}.{key}: {value!r}: a text is expected")
    return value


def number_of(table: Spec, key: str, where: str) -> int:
    """A whole number above 0 under a key; raises DialectError."""
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _MOST:
        raise DialectError(f"{where}.{key}: {value!r}: a number from 1 to {_MOST} is expected")
    return value
