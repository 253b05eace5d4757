"""`saklar encode`: elements to bytes."""

import json
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from saklar.cli.service import fail
from saklar.cli.verbs.decode import DialectOption, load
from saklar.codecs import EncodeError, FrameError, framing

_DECODED = ("dialect", "header", "fields")


def encode(
    document: Annotated[
        str, typer.Argument(metavar="JSON", help='{"mti": "0200", "fields": {"2": "…"}}; - reads standard input.')
    ],
    *,
    dialect: DialectOption,
    framed: Annotated[
        str | None, typer.Option("--framing", help="Put the length before the message: binary-2 or ascii-4.")
    ] = None,
) -> None:
    """Encode a message and print it in hex.

    Takes what `saklar decode --json` prints. Exit code 1 when a value does not fit its element, 2 when the
    input is not such JSON.
    """
    spoken = load(dialect)
    elements = _elements(sys.stdin.read() if document == "-" else document)
    try:
        encoded = spoken.encode(elements)
        print((framing(framed).encode(encoded) if framed else encoded).hex().upper())  # noqa: T201
    except EncodeError as error:
        print(f"saklar: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None
    except (FrameError, ValueError) as error:
        raise fail(str(error)) from None


def _elements(text: str) -> dict[str, str]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise fail(f"not JSON: {error}") from None
    fields = document.get("fields", {}) if isinstance(document, dict) else None
    if not isinstance(fields, Mapping):
        raise fail('a JSON object is expected, as in {"mti": "0200", "fields": {"2": "…"}}')
    elements = {key: value for key, value in document.items() if key not in _DECODED} | dict(fields)
    for key, value in elements.items():
        if not isinstance(value, str):
            raise fail(f"{key}: a text in quotes is expected, as numbers lose their leading zeros")
    return elements
