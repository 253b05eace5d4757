"""A dialect file as data, before it is written as TOML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from saklar.codecs.dialect_file import describe
from saklar.codecs.errors import DialectError

Document = dict[str, Any]
"""What a dialect file says: nested dicts, lists, texts, numbers."""

MOST_TEXT = 1 << 20
"""Characters of a foreign description; the largest known ones have some 60,000."""

LENGTH_NAMES = {1: "LVAR", 2: "LLVAR", 3: "LLLVAR", 4: "LLLLVAR", 5: "LLLLLVAR", 6: "LLLLLLVAR"}

SECRETS = {2: "pan", 20: None, 34: "pan", 35: "track", 36: "track", 45: "all", 52: "all"}
"""Elements that hold card data in every edition, which no foreign description marks."""


def document(name: str, title: str, mti: str, bitmap: Mapping[str, Any]) -> Document:
    """A document without elements."""
    return {
        "name": name,
        "title": title,
        "version": "1987",
        "mti": {"encoding": mti},
        "bitmap": dict(bitmap),
        "encoding": {"n": "ascii", "z": "ascii", "text": "ascii", "b": "binary", "length": "ascii"},
        "elements": {},
    }


def secret_of(number: int, *, divided: bool = False) -> dict[str, str]:
    """The key that marks an element as secret, where it is one; as a whole, where it is divided into parts."""
    secret = SECRETS.get(number)
    return {"secret": "all" if divided else secret} if secret else {}


def name_of(text: str, default: str) -> str:
    """What to call an element: a text that a file can hold, half of a surrogate pair left out."""
    return text.encode("utf-8", "ignore").decode() or default


def checked(content: Document) -> Document:
    """The document, if it is a dialect file; raises DialectError."""
    try:
        written = to_toml(content).encode()
    except UnicodeEncodeError:
        raise DialectError("half of a surrogate pair in a key or name") from None
    describe(written, str(content["name"]))
    return content


def to_toml(content: Document) -> str:
    """The document as a TOML file, an element a line."""
    lines = [f"{key} = {_inline(value)}" for key, value in content.items() if not isinstance(value, dict)]
    for key, table in content.items():
        if isinstance(table, dict):
            lines += ["", f"[{key}]", *(f"{_key(name)} = {_inline(value)}" for name, value in table.items())]
    return "\n".join(lines) + "\n"


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_inline(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    # Texts, numbers, true and false are written in TOML as in JSON; but DEL, which JSON leaves bare.
    return _quoted(value)


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _key(key: object) -> str:
    text = str(key)
    bare = text.isascii() and text.replace("_", "").replace("-", "").isalnum()
    return text if bare else _quoted(text)
