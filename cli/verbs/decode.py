"""`saklar decode`: bytes to elements."""

import json
import re
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from saklar.cli.service import fail
from saklar.codecs import DecodeError, Dialect, DialectError, FrameError, Message, framing, load_dialect

DialectOption = Annotated[
    str, typer.Option("--dialect", "-d", help="A shipped dialect's name (see `saklar dialects`), or a TOML file.")
]

_SEPARATORS = re.compile(r"[\s:]")


def decode(
    data: Annotated[
        str, typer.Argument(metavar="HEX", help="The message in hex, spaces allowed; - reads standard input.")
    ],
    *,
    dialect: DialectOption,
    framed: Annotated[
        str | None, typer.Option("--framing", help="Take off the length before the message: binary-2 or ascii-4.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every value in full.")] = False,
    unmasked: Annotated[bool, typer.Option("--unmasked", help="Show secrets in the table.")] = False,
) -> None:
    """Decode a message.

    Exit code 0, or 1 when the bytes are no message of the dialect (with --json: which field, at which byte,
    and why), or 2 when the dialect cannot be loaded.
    """
    spoken = load(dialect)
    try:
        message = spoken.decode(_unframed(_bytes(data), framed))
    except DecodeError as error:
        _refuse(error.field, error.offset, error.message, str(error), as_json=as_json)
    except _BadHex as error:
        _refuse(None, error.offset, str(error), f"HEX: {error}", as_json=as_json)
    except FrameError as error:
        _refuse(None, 0, str(error), f"frame: {error}", as_json=as_json)
    else:
        _show(message, spoken, as_json=as_json, unmasked=unmasked)


def load(name: str) -> Dialect:
    """The dialect, or the end of the program with what is wrong."""
    try:
        return load_dialect(name)
    except DialectError as error:
        raise fail(str(error)) from None


class _BadHex(ValueError):
    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


def _bytes(text: str) -> bytes:
    digits = _SEPARATORS.sub("", sys.stdin.read() if text == "-" else text)
    for position, digit in enumerate(digits):
        if digit not in "0123456789abcdefABCDEF":
            raise _BadHex(position // 2, f"{digit!r} is no hex digit")
    if len(digits) % 2:
        raise _BadHex(len(digits) // 2, "an odd number of hex digits")
    return bytes.fromhex(digits)


def _unframed(data: bytes, name: str | None) -> bytes:
    if name is None:
        return data
    try:
        decoder = framing(name, 65_535).decoder()
    except ValueError as error:
        raise fail(f"--framing: {error}") from None
    frames = decoder.feed(data)
    if len(frames) != 1 or decoder.buffered:
        raise FrameError(f"{len(frames)} whole frames and {decoder.buffered} bytes more, instead of one frame")
    return frames[0]


def _refuse(field: str | None, offset: int | None, message: str, words: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": {"field": field, "offset": offset, "message": message}}))  # noqa: T201
    else:
        print(f"saklar: {words}", file=sys.stderr)  # noqa: T201
    raise SystemExit(1)


def _show(message: Message, dialect: Dialect, *, as_json: bool, unmasked: bool) -> None:
    if as_json:
        print(json.dumps(as_document(message)))  # noqa: T201
        return
    values = message.to_dict() if unmasked else message.describe()
    table = Table(title=f"{message.mti}  {dialect.name}", title_justify="left")
    table.add_column("DE", justify="right")
    table.add_column("element")
    table.add_column("value", overflow="fold")
    for number in message:
        table.add_row(str(number), dialect.elements[number].name, values[str(number)], end_section=False)
    Console().print(table, markup=False)


def as_document(message: Message) -> dict[str, object]:
    """A message as JSON has it."""
    fields = {str(number): message[number] for number in message}
    return {"dialect": message.dialect.name, "header": message.header or None, "mti": message.mti, "fields": fields}
