"""`saklar encode`: elements to bytes."""

import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from saklar.cli.service import fail
from saklar.cli.verbs.decode import DialectOption, FramingOption, framing_option, load
from saklar.codecs import EncodeError, FrameError

_BESIDE = ("dialect", "fields", "parts", "header")
"""What a document has beside its elements, if they are not in it themselves."""


def encode(
    document: Annotated[
        str,
        typer.Argument(
            metavar="DOCUMENT",
            help='JSON as in {"mti": "0200", "fields": {"2": "…"}}, or a file of JSON or TOML; - is standard input.',
        ),
    ],
    *,
    dialect: DialectOption,
    framed: FramingOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Refuse values that their element's format does not allow.")
    ] = False,
) -> None:
    """Encode a message and print it in hex.

    Takes what `saklar decode --json` prints, or the same as TOML. An element that has parts may be given by them:
    `{"55": {"9F26": "…"}}`. Exit code 1 when a value does not fit its element, 2 when the input is no such document.
    """
    spoken = load(dialect)
    elements = _elements(_document(document))
    frame = framing_option(framed, spoken)
    try:
        message = spoken.message(elements)
        violations = spoken.check(message) if check else ()
        if violations:
            raise EncodeError(violations[0].path, violations[0].message)
        encoded = bytes(message)
        print((frame.encode(encoded) if frame else encoded).hex().upper())  # noqa: T201
    except EncodeError as error:
        print(f"saklar: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None
    except FrameError as error:
        raise fail(str(error)) from None


def _document(given: str) -> dict[str, Any]:
    """What was given, as JSON or TOML."""
    if given == "-":
        return _parsed(sys.stdin.read())
    if given.lstrip().startswith(("{", "[")):
        return _parsed(given)
    try:
        return _parsed(Path(given).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise fail(f"{given}: {reason}; a document is JSON, or a file of JSON or TOML") from None


def _parsed(text: str) -> dict[str, Any]:
    if text.lstrip().startswith(("{", "[")):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise fail(f"not JSON: {error}") from None
    else:
        try:
            document = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise fail(f"neither JSON nor TOML: {error}") from None
    if not isinstance(document, dict):
        raise fail('a JSON object is expected, as in {"mti": "0200", "fields": {"2": "…"}}')
    return document


def _elements(document: dict[str, Any]) -> dict[str, Any]:
    """The MTI, header and elements of a document, which has these in `fields` or beside the MTI."""
    fields = document.get("fields", {})
    if not isinstance(fields, Mapping):
        raise fail('fields: an object is expected, as in {"mti": "0200", "fields": {"2": "…"}}')
    elements = {key: value for key, value in document.items() if key not in _BESIDE} | dict(fields)
    header = document.get("header")
    for key, value in elements.items():
        if not isinstance(value, str | Mapping):
            raise fail(f"{key}: a text in quotes is expected, as numbers lose their leading zeros")
    return elements | ({"header": header} if header else {})
