"""`saklar decode`: bytes to elements."""

import json
import sys
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console

from saklar.cli.inputs import BadInputError, Form, read
from saklar.cli.listing import message_table
from saklar.cli.service import fail
from saklar.codecs import (
    FRAMING_NAMES,
    DecodeError,
    Dialect,
    DialectError,
    FrameError,
    Framing,
    Message,
    framing,
    load_dialect,
)
from saklar.codecs.guess import guess
from saklar.network_sim.draft.capture import CaptureError, Stream, is_capture, streams

DialectOption = Annotated[
    str, typer.Option("--dialect", "-d", help="A shipped dialect's name (see `saklar dialects`), or a TOML file.")
]

FramingOption = Annotated[
    str | None,
    typer.Option(
        "--framing", help=f"The length before a message: {', '.join(FRAMING_NAMES)}, or `dialect`: as it says."
    ),
]


@dataclass(frozen=True, slots=True)
class _Choice:
    """What to read with, and what to say about how that was found."""

    dialect: Dialect
    frame: Framing | None
    note: str = ""


def decode(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="The message in hex (spaces allowed) or base64, a file, a capture; - reads standard input.",
        ),
    ],
    *,
    dialect: Annotated[
        str | None,
        typer.Option(
            "--dialect",
            "-d",
            help="A shipped dialect's name (see `saklar dialects`), or a TOML file; left out, it is guessed.",
        ),
    ] = None,
    framed: FramingOption = None,
    form: Annotated[Form, typer.Option("--from", help="How DATA is given.")] = Form.AUTO,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every value in full, secrets too.")] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show secrets in the table.")] = False,
) -> None:
    """Decode a message, or every message in a packet capture.

    Prints a table: each element with its name, bytes, value, and what the value means; the parts of an element under
    it; secrets masked. A capture (pcap or pcapng) gives the messages of each TCP connection, put back in order.

    Exit code 0, or 1 when the bytes are no message of the dialect (with --json: which field, at which byte,
    and why), or 2 when the dialect cannot be loaded.
    """
    try:
        content = read(data, form)
    except BadInputError as error:
        raise _refused(None, error.offset, str(error), f"DATA: {error}", as_json=as_json) from None
    if form is Form.PCAP or (form is Form.AUTO and is_capture(content)):
        _decode_capture(content, dialect, framed, as_json=as_json, reveal=reveal)
        return
    choice = _choose(content, dialect, framed)
    try:
        message = choice.dialect.decode(choice.frame.unwrap(content) if choice.frame else content)
    except DecodeError as error:
        if not as_json and len(error.partial):
            _show(error.partial, "read until the error; the rest is missing", as_json=False, reveal=reveal)
        raise _refused(error.field, error.offset, error.message, str(error), as_json=as_json) from None
    except FrameError as error:
        raise _refused(None, 0, str(error), f"frame: {error}", as_json=as_json) from None
    _show(message, choice.note, as_json=as_json, reveal=reveal)


def load(name: str) -> Dialect:
    """The dialect, or the end of the program with what is wrong."""
    try:
        return load_dialect(name)
    except DialectError as error:
        raise fail(str(error)) from None


def framing_option(name: str | None, dialect: Dialect) -> Framing | None:
    """The framing of that name, or the end of the program with what is wrong."""
    if name is None:
        return None
    if name == "dialect":
        if dialect.framing is None:
            raise fail(f"--framing: dialect {dialect.name} does not say how it is framed")
        return dialect.framing
    try:
        return framing(name, 65_535)
    except ValueError as error:
        raise fail(f"--framing: {error}") from None


def _choose(content: bytes, name: str | None, framed: str | None) -> _Choice:
    """The dialect and framing that were asked for; the likeliest, where nobody said."""
    if name is not None:
        dialect = load(name)
        return _Choice(dialect, framing_option(framed, dialect))
    found = guess(content)
    if not found:
        raise fail("no shipped dialect reads this; give one with --dialect, to be told where it stops making sense")
    best = found[0]
    others = [one.dialect.name for one in found[1:] if one.likelihood >= best.likelihood / 2]
    words = f"dialect guessed: {best.dialect.name}, {best.likelihood:.0%} of its content fits"
    if best.framing is not None:
        words += f", framed {best.framing.name}"
    if others:
        words += f"; as likely or nearly: {', '.join(dict.fromkeys(others))}"
    return _Choice(best.dialect, best.framing, words)


def _refused(field: str | None, offset: int | None, message: str, words: str, *, as_json: bool) -> SystemExit:
    if as_json:
        print(json.dumps({"error": {"field": field, "offset": offset, "message": message}}))  # noqa: T201
    else:
        print(f"saklar: {words}", file=sys.stderr)  # noqa: T201
    return SystemExit(1)


def _show(message: Message, note: str, *, as_json: bool, reveal: bool) -> None:
    if as_json:
        print(json.dumps(as_document(message)))  # noqa: T201
        return
    console = Console()
    console.print(message_table(message, reveal=reveal))
    if note:
        console.print(note, markup=False, highlight=False)


def as_document(message: Message) -> dict[str, Any]:
    """A message as JSON has it: values in full, and of elements that divide their parts."""
    fields = {str(number): str(value) for number, value in message.values().items()}
    nested = message.to_dict(nested=True)
    parts = {key: nested[key] for key in fields if isinstance(nested[key], dict)}
    document = {"dialect": message.dialect.name, "header": message.header or None, "mti": message.mti, "fields": fields}
    return document | ({"parts": parts} if parts else {})


def _decode_capture(content: bytes, name: str | None, framed: str | None, *, as_json: bool, reveal: bool) -> None:
    """Every message of every connection; exit code 1 if nothing in it is one."""
    try:
        found = [stream for stream in streams(content) if stream.data]
    except CaptureError as error:
        raise fail(f"the capture {error}") from None
    count = sum(_decode_stream(stream, name, framed, as_json=as_json, reveal=reveal) for stream in found)
    if not count:
        print("saklar: the capture has no message that could be read", file=sys.stderr)  # noqa: T201
        raise SystemExit(1)


def _decode_stream(stream: Stream, name: str | None, framed: str | None, *, as_json: bool, reveal: bool) -> int:
    """The messages of one direction of a connection; says what in it could not be read. Returns how many there were."""
    who = f"{stream.source} → {stream.destination}"
    frames, dialect, trouble = _frames(bytes(stream.data), name, framed)
    if dialect is None:
        print(f"saklar: {who}: {trouble}", file=sys.stderr)  # noqa: T201
        return 0
    count = 0
    for frame in frames:
        try:
            message = dialect.decode(frame)
        except DecodeError as error:
            print(f"saklar: {who}: {error}", file=sys.stderr)  # noqa: T201
            continue
        count += 1
        if as_json:
            print(json.dumps({"from": stream.source, "to": stream.destination, **as_document(message)}))  # noqa: T201
        else:
            Console().print(who, highlight=False)
            Console().print(message_table(message, reveal=reveal))
    if trouble or stream.gap:
        print(f"saklar: {who}: {trouble or stream.gap}", file=sys.stderr)  # noqa: T201
    return count


def _frames(data: bytes, name: str | None, framed: str | None) -> tuple[list[bytes], Dialect | None, str]:
    """The frames of a stream, the dialect that they are in, and what could not be read of it."""
    dialect = load(name) if name is not None else None
    asked = framing_option(framed, dialect) if dialect and framed else dialect.framing if dialect else None
    candidates = [asked] if asked else [framing(known, 65_535) for known in FRAMING_NAMES]
    for frame in candidates:
        decoder = frame.decoder()
        trouble = ""
        try:
            frames = decoder.feed(data)
        except FrameError as error:
            frames, trouble = error.frames, str(error)
        if not frames:
            continue
        spoken = dialect or next((one.dialect for one in guess(frames[0])), None)
        if spoken is not None:
            left = (
                f"{decoder.buffered} bytes of a frame that is not whole"
                if decoder.buffered and not trouble
                else trouble
            )
            return frames, spoken, left
    return [], None, "no frame in it that a shipped dialect reads; give --dialect and --framing"
