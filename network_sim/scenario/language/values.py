"""The text of a value as a `Value`: literal, with variables, or one of the words and forms that mean more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from saklar.network_sim.scenario.language.source import Span, Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import Call, Duration, OneOf, Pattern, Range, Ref, Text, Value
from saklar.network_sim.scenario.language.words import CALLS, UNITS_S

_NAME = r"[A-Za-z_](?:[\w-]*\w)?"
_PATH = r"(?:\.[\w-]+)+"
_REFERENCE = re.compile(
    rf"\$(?:\{{(?P<braced>{_NAME})(?P<braced_path>{_PATH})?\}}|(?P<name>{_NAME})(?P<path>\.[\d][\w.]*\w|\.\d)?)"
)
_CALL = re.compile(rf"(?P<name>{_NAME})(?:\((?P<arguments>.*)\))?(?P<offset>[+-]\d+(?:s|min|h|d|w|mo|y))?")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$$"}
_DATED = ("now", "today")
LATIN = 0xFF


def parse_value(raw: str, span: Span) -> Value:
    """The value that a text is.

    Raises:
        Wrong: it has the form of something that it is not.
    """
    choices = list(_split(raw, "|"))
    if len(choices) > 1:
        return OneOf(tuple(_one(text, _part(span, at, text)) for at, text in choices), span=span)
    return _one(raw, span)


def _one(raw: str, span: Span) -> Value:
    if raw.startswith("/") and raw.endswith("/") and len(raw) > 1:
        return _pattern(raw[1:-1], span)
    ends = [(at, text) for at, text in _split(raw, "..") if text]
    if len(ends) == 2:
        low, high = (parse_text(text, _part(span, at, text)) for at, text in ends)
        return Range(low, high, span=span)
    return _call(raw, span) or parse_text(raw, span)


def _pattern(regex: str, span: Span) -> Pattern:
    try:
        re.compile(regex)
    except re.error as error:
        raise Wrong(span, f"no regular expression: {error}") from None
    return Pattern(regex, span=span)


def _call(raw: str, span: Span) -> Call | None:
    """A word that means something, or None where the text is to be taken as it stands."""
    match = _CALL.fullmatch(raw)
    if match is None:
        return None
    name, arguments, offset = match["name"], match["arguments"], match["offset"] or ""
    if name not in CALLS:
        if arguments is not None:
            raise Wrong(span, f"{name}(…) means nothing", did_you_mean(name, CALLS) or "put a literal text into quotes")
        return None
    if offset and name not in _DATED:
        return None
    given = [text.strip() for _, text in _split(arguments, ",")] if arguments else []
    if not CALLS[name][0] <= len(given) <= CALLS[name][1]:
        raise Wrong(span, f"{name} takes {CALLS[name][1] or 'no'} argument{'s' * (CALLS[name][1] != 1)}")
    return Call(name, tuple(parse_text(text, span) for text in given), offset, span=span)


def parse_text(raw: str, span: Span) -> Text:
    """A text with its variables; in quotes literally.

    Raises:
        Wrong: a `$` without a name, or an escape that there is not.
    """
    quoted = len(raw) > 1 and raw[0] == raw[-1] == '"'
    body = unescape(raw[1:-1], span) if quoted else raw
    return Text(tuple(_parts(body, span)), quoted, span=span)


def _parts(body: str, span: Span) -> Iterator[str | Ref]:
    at, literal = 0, ""
    while at < len(body):
        if body[at] != "$":
            literal += body[at]
            at += 1
            continue
        if body[at : at + 2] == "$$":
            literal += "$"
            at += 2
            continue
        match = _REFERENCE.match(body, at)
        if match is None:
            raise Wrong(span, "a $ without a name after it", "write $$ for a dollar sign")
        if literal:
            yield literal
            literal = ""
        path = match["braced_path"] or match["path"] or ""
        yield Ref(match["braced"] or match["name"], path.lstrip("."), span=span)
        at = match.end()
    if literal:
        yield literal


def unescape(body: str, span: Span) -> str:
    r"""The inside of a quoted text, its escapes replaced; a dollar that is not to name a variable stays doubled."""
    out, at = "", 0
    while at < len(body):
        if body[at] != "\\":
            out += body[at]
            at += 1
            continue
        code = body[at + 1 : at + 2]
        if code == "x" and re.fullmatch("[0-9A-Fa-f]{2}", body[at + 2 : at + 4]):
            out += chr(int(body[at + 2 : at + 4], 16))
            at += 4
        elif code in _ESCAPES:
            out += _ESCAPES[code]
            at += 2
        else:
            raise Wrong(span, f"no escape: \\{code}", 'there are \\n \\t \\r \\" \\\\ \\$ and \\xHH')
    return out


def quote(text: str) -> str:
    """The text in quotes, as `parse_text` reads it; the opposite of `unescape` for a text without variables."""
    out = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    named = out.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return '"' + "".join(c if c.isprintable() or ord(c) > LATIN else f"\\x{ord(c):02x}" for c in named) + '"'


def parse_duration(number: str, unit: str | None, span: Span) -> tuple[Duration, bool]:
    """A time, and whether `unit` (the word after the number) is part of it.

    Raises:
        Wrong: it is no time.
    """
    if "$" in number:
        known = unit in UNITS_S
        return Duration(parse_text(number, span), unit or "" if known else "", span=span), known
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z]*)", number)
    if match is None:
        raise Wrong(span, f"{number!r} is no time", "write a number and a unit, as in 31 s or 200 ms")
    attached = match[2]
    chosen = attached or unit or ""
    if chosen not in UNITS_S:
        hint = f"units are {', '.join(UNITS_S)}"
        raise Wrong(span, f"{number} of what?" if not chosen else f"{chosen!r} is no unit of time", hint)
    return Duration(Text((match[1],), span=span), chosen, span=span), not attached


def _split(raw: str, separator: str) -> Iterator[tuple[int, str]]:
    """The pieces between separators outside quotes, parentheses and regular expressions, with their places."""
    start = at = depth = 0
    while at < len(raw):
        if raw[at] == '"':
            at = _after(raw, at, '"')
            continue
        if raw[at] == "/" and (at == start):
            at = _after(raw, at, "/")
            continue
        depth += {"(": 1, ")": -1}.get(raw[at], 0)
        if depth == 0 and raw.startswith(separator, at):
            yield start, raw[start:at]
            at += len(separator)
            start = at
            continue
        at += 1
    yield start, raw[start:]


def _after(raw: str, at: int, mark: str) -> int:
    """Where what a mark opens has been closed; a slash closes only where an end or another choice follows."""
    end = at + 1
    while end < len(raw):
        if raw[end] == "\\":
            end += 1
        elif raw[end] == mark and (mark == '"' or end + 1 == len(raw) or raw[end + 1] in "|),"):
            return end + 1
        end += 1
    return len(raw)


def _part(span: Span, at: int, text: str) -> Span:
    return Span(span.file, span.line, span.column + at, max(1, len(text)))
