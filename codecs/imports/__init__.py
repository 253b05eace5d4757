"""Descriptions of dialects as other programs have them, made into dialect files and back."""

from __future__ import annotations

import json
from collections.abc import Callable

from saklar.codecs.errors import DialectError
from saklar.codecs.imports.document import Document
from saklar.codecs.imports.jpos import from_jpos
from saklar.codecs.imports.moov import from_moov
from saklar.codecs.imports.pyiso8583 import from_pyiso8583


def _pyiso8583(content: str, name: str) -> Document:
    try:
        spec = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DialectError(f"not JSON: {error}") from None
    if not isinstance(spec, dict) or not all(isinstance(field, dict) for field in spec.values()):
        raise DialectError("a specification is an object of objects")
    return from_pyiso8583(spec, name)


_READERS: dict[str, Callable[[str, str], Document]] = {"moov": from_moov, "jpos": from_jpos, "pyiso8583": _pyiso8583}

FORMATS = tuple(_READERS)


def import_dialect(content: str, format_: str | None, name: str) -> Document:
    """The dialect file that says what a file of another program does.

    Args:
        content: the file.
        format_: one of `FORMATS`; None to tell by the content.
        name: what to call the dialect.

    Raises:
        DialectError: it is no such file, or says what a dialect cannot.
    """
    chosen = format_ or recognised(content)
    if chosen not in _READERS:
        raise DialectError(f"unknown format {chosen!r}; there are: {', '.join(FORMATS)}")
    return _READERS[chosen](content, name)


def recognised(content: str) -> str:
    """Which of `FORMATS` a file seems to be."""
    if content.lstrip().startswith("<"):
        return "jpos"
    return "moov" if '"fields"' in content else "pyiso8583"
